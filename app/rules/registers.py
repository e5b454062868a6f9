"""Checks against the unit's registers at the bureau: its handlers, accounts, project rosters, and open bills.

A pack says which register and which fields make up the key; what is not known here is left for the bureau to judge.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.findings import Where, error
from app.domain.months import Month
from app.rules.registry import Case, check
from app.rules.windows import month_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from app.domain.findings import Finding


def _register(case: Case) -> Mapping[str, str] | None:
    """The register, if the rule applies: ``when`` is ``field=value``, other filings of the item are let alone."""
    when, _, wanted = case.settings.get("when", "").partition("=")
    registers = case.ground.unit.registers if case.ground.unit else None
    if registers is None or (when and case.values.get(when) != wanted):
        return None
    return registers.get(case.settings["register"])


def _key(case: Case) -> str:
    """The entry that the filing speaks of: its fields' values joined by a slash; empty where one is missing."""
    parts = [case.values.get(name, "") for name in case.settings["key"].split("/")]
    return "/".join(parts) if all(parts) else ""


@check("registered", "$key", "$when", "$not_before")
def registered(case: Case) -> Iterator[Finding]:
    """The entry is in the register, and ``not_before`` (a date field) is not earlier than its own date."""
    register, key = _register(case), _key(case)
    if register is None or not key:
        return
    day = case.values.get(case.settings.get("not_before", ""), "")
    if key not in register or (day and day < register[key]):
        yield error(case.settings["code"], where=Where(field=case.settings["key"].split("/")[-1]), bill=key)


@check("not-registered", "$key", "$when", "name")
def not_registered(case: Case) -> Iterator[Finding]:
    """The entry is not in the register yet."""
    register, key = _register(case), _key(case)
    if register is not None and key and key in register:
        where = Where(field=case.settings["key"].split("/")[-1])
        yield error(case.settings["code"], where=where, person=case.values.get("name", ""))


@check("months-registered", "$when", "first", "last", "insurances")
def months_registered(case: Case) -> Iterator[Finding]:
    """One of the months ``first`` to ``last`` in one of the insurances is in the register (month/insurance)."""
    register, first = _register(case), month_in(case, "first")
    last = month_in(case, "last") or first
    if register is None or first is None or last is None or last < first:
        return
    unit = case.ground.unit
    asked = [one for one in case.values.get("insurances", "").split(",") if one] or (unit.insurances if unit else ())
    for entry in register:
        month, _, insurance = entry.partition("/")
        if insurance in asked and first <= Month.parse(month) <= last:
            return
    yield error(case.settings["code"], where=Where(field="first"), first=first.spoken, last=last.spoken)

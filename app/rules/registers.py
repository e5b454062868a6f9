"""Checks against the unit's registers at the bureau: its handlers, accounts, project rosters, and open bills.

A pack says which register and which fields make up the key; what is not known here is left for the bureau to judge.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.findings import Where, error
from app.rules.registry import Case, check

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


@check("registered")
def registered(case: Case) -> Iterator[Finding]:
    """The entry is in the register, and ``not_before`` (a date field) is not earlier than its own date."""
    register, key = _register(case), _key(case)
    if register is None or not key:
        return
    day = case.values.get(case.settings.get("not_before", ""), "")
    if key not in register or (day and day < register[key]):
        yield error(case.settings["code"], where=Where(field=case.settings["key"].split("/")[-1]), bill=key)


@check("not-registered")
def not_registered(case: Case) -> Iterator[Finding]:
    """The entry is not in the register yet."""
    register, key = _register(case), _key(case)
    if register is not None and key and key in register:
        where = Where(field=case.settings["key"].split("/")[-1])
        yield error(case.settings["code"], where=where, person=case.values.get("name", ""))

"""Checks of what is held already: the people of the unit, its insurances, its bills, its own data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.findings import Finding, Where, error, warning
from app.domain.identity import IdentityKind, Sex, examine
from app.domain.months import Month
from app.rules.ground import Standing
from app.rules.registry import BORN_MONTH, PERSON, SEX, Case, check
from app.rules.retirement import FEWEST_MONTHS, Category, retirement

if TYPE_CHECKING:
    from collections.abc import Iterator


@check("insured-here", PERSON, "identity")
def insured_here(case: Case) -> Iterator[Finding]:
    """The item is about a person of this unit (paused ones too where ``paused`` is "yes")."""
    identity = case.values.get("identity", "")
    if case.ground.people is None or not identity:
        return
    person = case.person
    known = {Standing.ACTIVE_HERE} | ({Standing.PAUSED_HERE} if case.settings.get("paused") == "yes" else set())
    if person is None or person.standing not in known:
        yield error("person-not-here", where=Where(field="identity"))


@check("something-filled", "$fields")
def something_filled(case: Case) -> Iterator[Finding]:
    """A change says what changes: at least one of ``fields`` is filled in."""
    keys = case.settings["fields"].split(",")
    if not any(case.values.get(key) for key in keys):
        names = "、".join(case.name_of(key) for key in keys)
        yield error("nothing-changed", where=Where(), fields=names)


@check("insurances-not-held", PERSON, "insurances")
def insurances_not_held(case: Case) -> Iterator[Finding]:
    """An insurance that is there cannot be added (湖北: 增加险种登记)."""
    held, names = _held(case)
    twice = [one for one in names if held is not None and one in held]
    if twice:
        yield error("insurance-held", where=Where(field="insurances"), names=_names(case, twice))


@check("insurances-held", PERSON, "insurances")
def insurances_held(case: Case) -> Iterator[Finding]:
    """An insurance that is not there cannot be taken away (湖北: 减少险种登记)."""
    held, names = _held(case)
    absent = [one for one in names if held is not None and one not in held]
    if absent:
        yield error("insurance-not-held", where=Where(field="insurances"), names=_names(case, absent))


def _held(case: Case) -> tuple[tuple[str, ...] | None, list[str]]:
    """What the person has, or the unit where the item names nobody; None where it is not known."""
    names = [one for one in case.values.get("insurances", "").split(",") if one]
    if any(one.key == "identity" for one in case.item.fields):
        return (None if case.person is None else case.person.insurances), names
    return (None if case.ground.unit is None else case.ground.unit.insurances), names


def _names(case: Case, ids: list[str]) -> str:
    return "、".join(case.region.insurance(one).short for one in ids)


@check("credit-code", "$field")
def credit_code(case: Case) -> Iterator[Finding]:
    """A unified social credit code; an odd check character is only warned of: some early codes have one (GB 32100).

    浙江's building projects have a made-up one of the same form (seed 001, 2: “18位虚拟统一信用代码”).
    """
    key = case.settings["field"]
    text = case.values.get(key, "")
    if not text:
        return
    found = examine(text)
    if found.kind is not IdentityKind.CREDIT_CODE:
        yield error("credit-code-form", where=Where(field=key), name=case.name_of(key))
    elif found.problem:
        yield warning("credit-code-check", where=Where(field=key))


@check("retirement-reached", BORN_MONTH, SEX, "$category", along=(BORN_MONTH,))
def retirement_reached(case: Case) -> Iterator[Finding]:
    """Whoever has reached the statutory age is warned of, not refused.

    全国人大常委会关于实施渐进式延迟法定退休年龄的决定 (2024-09-13). A woman's age turns on her post: where
    ``category`` is not filled in and it decides, it is asked for.
    """
    found = case.told
    if not (found.valid and found.born and found.sex):
        return
    born, now = Month.of(found.born), case.ground.month
    if now - born < FEWEST_MONTHS:
        return
    told = case.values.get(case.settings.get("category", ""), "")
    if found.sex is Sex.MALE or told:
        dates = [retirement(born, found.sex, Category(told) if told else Category.WORKER).month]
    else:
        dates = [retirement(born, found.sex, one).month for one in (Category.WORKER, Category.CADRE)]
    if now >= dates[-1]:
        yield warning("retirement-reached", where=Where(field="identity"), month=dates[-1].spoken)
    elif now >= dates[0]:
        worker, cadre = dates[0].spoken, dates[-1].spoken
        yield warning("retirement-category", where=Where(field="identity"), worker=worker, cadre=cadre)


@check("span-in-order", "begins", "ends")
def span_in_order(case: Case) -> Iterator[Finding]:
    """A project ends after it begins."""
    first, last = case.values.get("begins", ""), case.values.get("ends", "")
    if first and last and last < first:
        yield error("project-reversed", where=Where(field="ends"), begins=first, ends=last)

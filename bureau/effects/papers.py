"""Papers that a filing brings about: certificates, statements of account, retirement notices."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy import select

from app.domain.findings import error
from app.domain.identity import examine
from app.domain.money import wire
from app.domain.months import Month, months_between
from app.domain.notices import RosterForm
from app.regions.pack_errors import ParameterUnknown
from app.rules.contributions import ZERO, calculate
from app.rules.retirement import Category, retirement
from bureau.bases import Bases
from bureau.case import Outcome
from bureau.certificates import PAID, certify
from bureau.charges import ChargeState
from bureau.documents import issue
from bureau.effects.people import end
from bureau.errors import Declined
from bureau.models import Charge, Insured

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bureau.case import Case
    from bureau.models import Person


def certificate(case: Case) -> Outcome:
    """A certificate of participation for people of the unit."""
    issued = certify(
        case.office,
        case.session,
        case.unit,
        case.listed("insurance"),
        int(case.values["months"]),
        case.listed("people"),
        case.now,
    )
    return Outcome(certificate=issued)


def account_statement(case: Case) -> Outcome:
    """A person's account in the insurances named, month by month. Raises Declined where nothing was ever paid."""
    person = case.person()
    insurances = case.listed("insurance") or case.unit.insurances.split(",")[:1]
    rows = [row for insurance in insurances for row in _paid_rows(case, person, insurance)]
    if not rows:
        raise Declined(error("nothing-to-certify"))
    header = {
        "unit_number": case.unit.number,
        "unit_name": case.unit.name,
        "name": person.name,
        "identity": person.identity,
        "person_number": person.number,
        "insurance": "、".join(case.region.insurance(one).name for one in insurances),
        "months": str(len(rows)),
    }
    # 宁波 does not know the unit's side of a person (seed 001, 6.7): the column stays empty there.
    sides = ("unit", "person") if case.region.conduct.unit_share_shown else ("person",)
    totals = {key: sum((Decimal(row[key]) for row in rows), ZERO) for key in sides}
    rows = [{key: text if key != "unit" or key in sides else "" for key, text in row.items()} for row in rows]
    paper = RosterForm(title=case.item.name, header=header, rows=tuple(rows), totals=totals)
    return Outcome(document=issue(case, "account-statement", person.identity, paper))


def retirement_notice(case: Case) -> Outcome:
    """When a person retires, on paper; with ``retires`` the insurance ends by itself (seed 002, 常见问题 17).

    “退休时间次月会自动不参与下期缴费核定，不需要做停保”. A woman's month turns on her post (``category``); where it is
    not told both are. Raises Declined for a number that does not tell age and sex.
    """
    person = case.person()
    found = examine(person.identity)
    if not (found.valid and found.born and found.sex):
        raise Declined(error("age-unknown"))
    told = case.values.get("category", "")
    categories = [Category(told)] if told in set(Category) else list(Category)
    months = sorted({retirement(Month.of(found.born), found.sex, one).month for one in categories})
    until = case.month("retires", months[0]) if case.values.get("retires") else None
    if until is not None:
        end(case, person, case.unit.insurances.split(","), until + 1)
    header = {
        "unit_number": case.unit.number,
        "unit_name": case.unit.name,
        "name": person.name,
        "identity": person.identity,
        "person_number": person.number,
        "born": found.born.isoformat(),
        "sex": found.sex.label,
        "statutory": "、".join(month.spoken for month in months),
        "month": until.spoken if until else "",
    }
    paper = RosterForm(title=case.item.name, header=header)
    return Outcome(document=issue(case, "retirement-notice", person.identity, paper))


def _paid_rows(case: Case, person: Person, insurance: str) -> Iterator[dict[str, str]]:
    spells = select(Insured).where(
        Insured.unit_number == case.unit.number, Insured.person_id == person.id, Insured.insurance == insurance
    )
    short = case.region.insurance(insurance).short
    bases = Bases(case.session, case.unit.number, [person.id])
    for spell in case.session.scalars(spells.order_by(Insured.since)):
        if spell.carried_from and spell.carried_until:
            for month in months_between(spell.carried_from, spell.carried_until):
                base = bases.of(spell, month)
                yield _row(short, month, base, *_amounts(case, month, base, insurance))
    paid = select(Charge).where(
        Charge.unit_number == case.unit.number,
        Charge.person_id == person.id,
        Charge.insurance == insurance,
        Charge.state == ChargeState.PAID.value,
    )
    for charge in case.session.scalars(paid.order_by(Charge.month)):
        yield _row(short, charge.month, charge.base, charge.unit_amount, charge.person_amount or ZERO)


def _amounts(case: Case, month: Month, base: Decimal, insurance: str) -> tuple[Decimal, Decimal]:
    """What a month from before this system cost, by the rates of that month; nothing where the pack has none."""
    try:
        (line,) = calculate(case.region, month, base, case.unit.injury_class, [insurance]).lines
    except ParameterUnknown:
        return ZERO, ZERO
    return line.unit, line.person or ZERO


def _row(insurance: str, month: Month, base: Decimal, unit: Decimal, person: Decimal) -> dict[str, str]:
    return {
        "insurance": insurance,
        "month": month.spoken,
        "base": wire(base),
        "unit": wire(unit),
        "person": wire(person),
        "status": PAID,
    }

"""The yearly declaration of wages, and a base that changes within the year."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy import select

from app.rules.contributions import calculate
from bureau import wages
from bureau.bases import put_in_force
from bureau.case import NOTHING
from bureau.charges import ChargeState
from bureau.models import Charge

if TYPE_CHECKING:
    from app.domain.months import Month
    from bureau.case import Case, Outcome
    from bureau.models import Person


def wage(case: Case) -> Outcome:
    """The base for a social-insurance year, in force from its first month; months charged already stay as they are."""
    person, base = case.person(), Decimal(case.values["wage"])
    year = int(case.values.get("year") or wages.year_of(case.region, case.this_month))
    wages.declare(case, person, case.this_month, base, year)
    insurances = case.unit.insurances.split(",")
    since = wages.first_month(case.region, year)
    put_in_force(case.session, case.unit.number, person.id, insurances, since, base, case.filing_id)
    return NOTHING


def adjust(case: Case) -> Outcome:
    """Another base from ``from_month`` on; what is charged for those months and not billed is reckoned anew.

    Raises ParameterUnknown.
    """
    person, base = case.person(), Decimal(case.values["wage"])
    since = case.month("from_month", case.this_month)
    insurances = case.insurances()
    put_in_force(case.session, case.unit.number, person.id, insurances, since, base, case.filing_id)
    wages.declare(case, person, since, base)
    _reckon_anew(case, person, insurances, since, base)
    return NOTHING


def _reckon_anew(case: Case, person: Person, insurances: list[str], since: Month, base: Decimal) -> None:
    open_charges = select(Charge).where(
        Charge.unit_number == case.unit.number,
        Charge.person_id == person.id,
        Charge.insurance.in_(insurances),
        Charge.month >= since,
        Charge.state == ChargeState.UNBILLED.value,
    )
    for charge in case.session.scalars(open_charges):
        (line,) = calculate(case.region, charge.month, base, case.unit.injury_class, [charge.insurance]).lines
        charge.base, charge.unit_amount, charge.person_amount = line.base, line.unit, line.person
    case.session.flush()

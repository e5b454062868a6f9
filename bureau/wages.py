"""Wages declared year by year, and the bases that follow from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from app.domain.months import Month
from bureau.models import Insured
from bureau.registers import WageDeclared

if TYPE_CHECKING:
    from decimal import Decimal

    from sqlalchemy.orm import Session

    from app.regions.pack import Region
    from bureau.case import Case
    from bureau.models import Person, Unit

_JANUARY = 1


def first_month(region: Region, year: int) -> Month:
    """The first month of the social-insurance year ``year``: July where the region says so, else January."""
    required = region.conduct.wages_required_from
    return Month(year, int(required[:2]) if required else _JANUARY)


def year_of(region: Region, month: Month) -> int:
    """The social-insurance year that a month lies in."""
    return month.year if month >= first_month(region, month.year) else month.year - 1


def declare(case: Case, person: Person, month: Month, wage: Decimal, year: int | None = None) -> None:
    """Note that a person's wage is declared for ``year``, else for the year that ``month`` lies in."""
    year = year if year is not None else year_of(case.region, month)
    kept = case.session.get(WageDeclared, (case.unit.number, person.id, year))
    if kept is None:
        kept = WageDeclared(unit_number=case.unit.number, person_id=person.id, year=year)
        case.session.add(kept)
    kept.wage, kept.filing_id, kept.at = wage, case.filing_id, case.now
    case.session.flush()


def declared_years(session: Session, unit_number: str, person_ids: list[int]) -> dict[int, int]:
    """The last year that each person's wage is declared for."""
    years: dict[int, int] = {}
    for start in range(0, len(person_ids), 500):
        mine = select(WageDeclared.person_id, WageDeclared.year).where(
            WageDeclared.unit_number == unit_number, WageDeclared.person_id.in_(person_ids[start : start + 500])
        )
        for person_id, year in session.execute(mine):
            years[person_id] = max(year, years.get(person_id, year))
    return years


def undeclared(session: Session, region: Region, unit: Unit, month: Month) -> int:
    """How many people insured in ``month`` have no wage declared for its year; 0 where the region does not ask."""
    if not region.conduct.wages_required_from:
        return 0
    insured = select(Insured.person_id).where(
        Insured.unit_number == unit.number,
        Insured.since <= month,
        Insured.stopped_from.is_(None) | (Insured.stopped_from > month),
    )
    ids = sorted(set(session.scalars(insured)))
    year, years = year_of(region, month), declared_years(session, unit.number, ids)
    return sum(years.get(one, 0) < year for one in ids)

"""What is charged to whom: the month's normal charges, arrears of a late enrolment, injury insurance alone.

Every amount comes from :func:`app.rules.contributions.calculate`, per person and insurance, and is stored so.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import or_, select

from app.domain.money import wire
from app.domain.months import Month
from app.rules.contributions import ZERO, calculate
from bureau.bases import Bases
from bureau.models import Charge, Insured, Person, Unit
from bureau.standing import paid_elsewhere_until

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from app.regions.pack import Region

INJURY: Final = "injury"
"""The one insurance that several employers owe for the same month (seed 002, 常见问题 19)."""


class Kind(StrEnum):
    """Why something is charged; the label is the 核定数据类型 on the notice."""

    NORMAL = "normal"
    BACK = "back"
    INJURY_ONLY = "injury-only"

    @property
    def label(self) -> str:
        """The words on the notice."""
        return {"normal": "单位整体核定", "back": "个人补收核定", "injury-only": "工伤保险单独核定"}[self]


class ChargeState(StrEnum):
    """How far the money of a charge has come."""

    UNBILLED = "unbilled"
    BILLED = "billed"
    PAID = "paid"
    REFUNDING = "refunding"
    DEFERRED = "deferred"


@dataclass(frozen=True, slots=True)
class Due:
    """One person's month in one insurance, in yuan."""

    person_id: int
    insurance: str
    month: Month
    kind: Kind
    base: Decimal
    unit: Decimal
    person: Decimal | None


def of_month(
    session: Session,
    region: Region,
    unit: Unit,
    month: Month,
    insurances: Sequence[str],
    person_ids: Sequence[int] | None = None,
    kind: Kind = Kind.NORMAL,
) -> list[Due]:
    """What is due for a month from everybody insured in it (or from ``person_ids``) and not charged yet.

    Whoever another unit has paid the month for owes injury insurance only. Raises ParameterUnknown.
    """
    spells = select(Insured).where(
        Insured.unit_number == unit.number,
        Insured.insurance.in_(insurances),
        Insured.since <= month,
        or_(Insured.stopped_from.is_(None), Insured.stopped_from > month),
    )
    charged = select(Charge.person_id, Charge.insurance).where(Charge.unit_number == unit.number, Charge.month == month)
    if person_ids is not None:
        spells = spells.where(Insured.person_id.in_(person_ids))
        charged = charged.where(Charge.person_id.in_(person_ids))
    already = {(person_id, insurance) for person_id, insurance in session.execute(charged)}
    by_person: dict[int, list[Insured]] = defaultdict(list)
    for spell in session.scalars(spells.order_by(Insured.person_id, Insured.id)):
        carried = spell.carried_from and spell.carried_until and spell.carried_from <= month <= spell.carried_until
        if (spell.person_id, spell.insurance) not in already and not carried:
            by_person[spell.person_id].append(spell)
    elsewhere = paid_elsewhere_until(session, unit.number, by_person)
    bases = Bases(session, unit.number, by_person)
    due: list[Due] = []
    for person_id, mine in by_person.items():
        paid = elsewhere.get(person_id)
        injury_only = paid is not None and paid >= month
        chosen = [one for one in mine if one.insurance == INJURY] if injury_only else mine
        due += _amounts(region, unit, month, chosen, bases, Kind.INJURY_ONLY if injury_only else kind)
    return due


def _amounts(
    region: Region, unit: Unit, month: Month, spells: Iterable[Insured], bases: Bases, kind: Kind
) -> list[Due]:
    by_base: dict[Decimal, list[Insured]] = defaultdict(list)
    for spell in spells:
        by_base[bases.of(spell, month)].append(spell)
    return [
        Due(mine[0].person_id, line.insurance, month, kind, line.base, line.unit, line.person)
        for base, mine in by_base.items()
        for line in calculate(region, month, base, unit.injury_class, [one.insurance for one in mine]).lines
    ]


def book(
    session: Session,
    unit: Unit,
    due: Iterable[Due],
    filing_id: str,
    *,
    state: ChargeState = ChargeState.UNBILLED,
    due_on: date | None = None,
    late_free: bool = False,
) -> None:
    """Write charges down. ``due_on``: the last day they are in time; ``late_free``: they never are late."""
    session.add_all(
        Charge(
            unit_number=unit.number,
            person_id=one.person_id,
            insurance=one.insurance,
            month=one.month,
            kind=one.kind.value,
            base=one.base,
            unit_amount=one.unit,
            person_amount=one.person,
            state=state.value,
            filing_id=filing_id,
            due_on=due_on,
            late_free=late_free,
        )
        for one in due
    )
    session.flush()


def unbilled(session: Session, unit: Unit) -> list[Charge]:
    """What has been charged and not billed, by month and person."""
    return list(
        session.scalars(
            select(Charge)
            .where(Charge.unit_number == unit.number, Charge.state == ChargeState.UNBILLED.value)
            .order_by(Charge.month, Charge.person_id, Charge.id)
        )
    )


def as_due(charge: Charge) -> Due:
    """A charge without what became of it."""
    return Due(
        charge.person_id,
        charge.insurance,
        charge.month,
        Kind(charge.kind),
        charge.base,
        charge.unit_amount,
        charge.person_amount,
    )


def by_people(session: Session, region: Region, due: Sequence[Due]) -> list[dict[str, Any]]:
    """Charges person by person, as they travel; the unit's side 0.00 where the bureau does not assess it (宁波)."""
    shown = region.conduct.unit_share_shown
    ids = sorted({one.person_id for one in due})
    people: Mapping[int, Person] = {
        person.id: person
        for start in range(0, len(ids), 500)
        for person in session.scalars(select(Person).where(Person.id.in_(ids[start : start + 500])))
    }
    rows: dict[int, dict[str, Any]] = {}
    for one in due:
        person = people[one.person_id]
        row = rows.setdefault(person.id, {"identity": person.identity, "name": person.name, "lines": []})
        row["lines"].append(
            {
                "insurance": one.insurance,
                "month": str(one.month),
                "kind": one.kind.value,
                "base": wire(one.base),
                "unit": wire(one.unit if shown else ZERO),
                "person": None if one.person is None else wire(one.person),
            }
        )
    return list(rows.values())


def sums(due: Iterable[Due]) -> tuple[Decimal, Decimal]:
    """The unit's side and the person's side."""
    unit, person = ZERO, ZERO
    for one in due:
        unit += one.unit
        person += one.person or ZERO
    return unit, person


def preview(session: Session, region: Region, unit: Unit, month: Month, insurances: Sequence[str]) -> dict[str, Any]:
    """What declaring the month and billing would come to. A month already declared adds nothing any more."""
    due = [as_due(one) for one in unbilled(session, unit)]
    if unit.last_period is None or month > unit.last_period:
        due += of_month(session, region, unit, month, insurances)
    ours, theirs = sums(due)
    if not region.conduct.unit_share_shown:
        ours = ZERO
    return {
        "people": by_people(session, region, due),
        "unit_known": region.conduct.unit_share_shown,
        "unit": wire(ours),
        "person": wire(theirs),
        "total": wire(ours + theirs),
    }

"""Which base is in force for whom and when: the one a spell began with, unless a later one was declared."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from bureau.registers import BaseInForce

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from decimal import Decimal

    from sqlalchemy.orm import Session

    from app.domain.months import Month
    from bureau.models import Insured

_AT_ONCE = 500


class Bases:
    """The bases of some people at a unit, read once."""

    def __init__(self, session: Session, unit_number: str, person_ids: Iterable[int]) -> None:
        self._later: dict[tuple[int, str], list[BaseInForce]] = defaultdict(list)
        ids = sorted(set(person_ids))
        for start in range(0, len(ids), _AT_ONCE):
            mine = select(BaseInForce).where(
                BaseInForce.unit_number == unit_number, BaseInForce.person_id.in_(ids[start : start + _AT_ONCE])
            )
            for one in session.scalars(mine.order_by(BaseInForce.since)):
                self._later[one.person_id, one.insurance].append(one)

    def of(self, spell: Insured, month: Month) -> Decimal:
        """The base of a spell in a month, in yuan."""
        base = spell.base
        for one in self._later.get((spell.person_id, spell.insurance), ()):
            if spell.since <= one.since <= month:
                base = one.base
        return base


def put_in_force(
    session: Session,
    unit_number: str,
    person_id: int,
    insurances: Sequence[str],
    since: Month,
    base: Decimal,
    filing_id: str,
) -> None:
    """Let ``base`` be in force from ``since`` on, whatever was declared for later before."""
    session.execute(
        delete(BaseInForce).where(
            BaseInForce.unit_number == unit_number,
            BaseInForce.person_id == person_id,
            BaseInForce.insurance.in_(insurances),
            BaseInForce.since >= since,
        )
    )
    session.add_all(
        BaseInForce(
            unit_number=unit_number,
            person_id=person_id,
            insurance=insurance,
            since=since,
            base=base,
            filing_id=filing_id,
        )
        for insurance in insurances
    )
    session.flush()


def keep_from(
    session: Session, unit_number: str, person_id: int, insurance: str, since: Month, base: Decimal, filing_id: str
) -> None:
    """Let ``base`` go on from ``since`` where nothing else is in force from that very month; later ones stay."""
    there = select(BaseInForce).where(
        BaseInForce.unit_number == unit_number,
        BaseInForce.person_id == person_id,
        BaseInForce.insurance == insurance,
        BaseInForce.since == since,
    )
    if session.scalar(there) is None:
        session.add(
            BaseInForce(
                unit_number=unit_number,
                person_id=person_id,
                insurance=insurance,
                since=since,
                base=base,
                filing_id=filing_id,
            )
        )
    session.flush()

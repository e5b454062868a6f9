"""A payroll against the insured roster: who is missing, who has left, whose base changed, and what that costs.

Pure: people in, differences out. A wage within the same step of the base (ten yuan in 湖北), or beyond the same limit,
is no difference, since the bill would be the same.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from app.regions.pack_errors import ParameterUnknown
from app.rules.contributions import ZERO, calculate
from app.rules.ground import Standing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet
    from datetime import date

    from app.domain.months import Month
    from app.regions.pack import Region
    from app.rules.ground import PersonFacts, UnitFacts


class Kind(StrEnum):
    """What sort of difference it is, named after what would mend it."""

    MISSING = "missing"
    LEFT = "left"
    CHANGED = "changed"
    RENAMED = "renamed"

    @property
    def label(self) -> str:
        """The words a clerk reads."""
        return {"missing": "未参保", "left": "不在工资表", "changed": "基数不同", "renamed": "姓名不同"}[self.value]


@dataclass(frozen=True, slots=True)
class Paid:
    """A person of the payroll: the row in Excel, the wage in yuan a month, first and last day where the sheet tells.

    ``more`` are further rows of the same person, whose payments are in the wage.
    """

    row: int
    identity: str
    name: str
    wage: Decimal | None
    start: str = ""
    stop_date: str = ""
    more: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """One person on whom payroll and roster differ.

    ``before`` and ``after`` are the month's contributions in yuan (both sides, as the bureau bills them) without and
    with the change, None where a wage or a rate is not known. ``pending``: something of this person is already under
    way. ``doubtful``: the payroll has the same name with another or an unreadable number, so that it may be a slip of
    the pen and nobody came or left.
    """

    kind: Kind
    identity: str
    name: str
    paid: Paid | None
    person: PersonFacts | None
    wage: Decimal | None
    before: Decimal | None
    after: Decimal | None
    pending: bool = False
    doubtful: bool = False

    @property
    def change(self) -> Decimal | None:
        """By how much the month's bill changes, in yuan."""
        return None if self.before is None or self.after is None else self.after - self.before


@dataclass(frozen=True, slots=True)
class Reconciled:
    """All differences of a month, how many people agree, and the bill now and if everything were mended (yuan)."""

    month: Month
    differences: tuple[Difference, ...]
    same: int
    before: Decimal | None
    after: Decimal | None

    def of(self, kind: Kind) -> tuple[Difference, ...]:
        """The differences of one kind."""
        return tuple(one for one in self.differences if one.kind is kind)


def reconcile(
    region: Region,
    unit: UnitFacts,
    roster: Mapping[str, PersonFacts],
    payroll: Sequence[Paid],
    today: date,
    unread: AbstractSet[str] = frozenset(),
) -> Reconciled:
    """Compare the payroll with the unit's people of today. A row with a last day in the past counts as gone.

    ``unread`` are the names of rows whose number could not be read: whoever bears one is not simply gone.
    """
    ledger = _Ledger(region, unit, today)
    here = {key: person for key, person in roster.items() if ledger.pays_for(person)}
    paid = {one.identity: one for one in payroll if not one.stop_date or one.stop_date >= today.isoformat()}
    found = [
        *(ledger.missing(one, roster.get(one.identity)) for one in paid.values() if one.identity not in here),
        *(ledger.left(person, _row_of(payroll, key)) for key, person in here.items() if key not in paid),
    ]
    same = 0
    for key in here.keys() & paid.keys():
        differences = list(ledger.changed(paid[key], here[key]))
        found += differences
        same += not differences
    found = _doubted(found, unread)
    found.sort(key=lambda one: (list(Kind).index(one.kind), one.paid.row if one.paid else 0, one.identity))
    before = _sum(ledger.bill(person, person.base) for person in here.values())
    changes = _sum(one.change for one in found if one.kind is not Kind.RENAMED)
    after = None if before is None or changes is None else before + changes
    return Reconciled(ledger.month, tuple(found), same, before, after)


class _Ledger:
    """What people cost in the month of ``today``."""

    def __init__(self, region: Region, unit: UnitFacts, today: date) -> None:
        from app.domain.months import Month

        self.month = Month.of(today)
        self._region = region
        self._unit = unit

    def pays_for(self, person: PersonFacts) -> bool:
        """Whether the unit pays for the person from now on: insured here, with no stop that was already filed."""
        return person.standing is Standing.ACTIVE_HERE and person.stopped_from is None

    def missing(self, paid: Paid, person: PersonFacts | None) -> Difference:
        wage = self._on_step(paid.wage)
        after = self._cost(wage, self._unit.insurances)
        pending = person is not None and person.pending
        return Difference(Kind.MISSING, paid.identity, paid.name, paid, person, wage, ZERO, after, pending)

    def left(self, person: PersonFacts, paid: Paid | None) -> Difference:
        before = self.bill(person, person.base)
        return Difference(Kind.LEFT, person.identity, person.name, paid, person, None, before, ZERO, person.pending)

    def changed(self, paid: Paid, person: PersonFacts) -> Iterable[Difference]:
        wage = self._on_step(paid.wage)
        before = self.bill(person, person.base)
        if paid.name and paid.name != person.name:
            yield Difference(Kind.RENAMED, person.identity, paid.name, paid, person, wage, before, before)
        if wage is None or wage == self._on_step(person.base):
            return
        after = self.bill(person, wage)
        if after is None or after != before:
            yield Difference(
                Kind.CHANGED, person.identity, person.name, paid, person, wage, before, after, person.pending
            )

    def bill(self, person: PersonFacts, wage: Decimal | None) -> Decimal | None:
        """The month's contributions for a person of the roster at that wage."""
        return self._cost(wage, person.insurances)

    def _cost(self, wage: Decimal | None, insurances: Iterable[str]) -> Decimal | None:
        if wage is None:
            return None
        try:
            found = calculate(self._region, self.month, wage, self._unit.injury_class, insurances)
        except ParameterUnknown:
            return None
        return found.person + (found.unit if self._region.conduct.unit_share_shown else ZERO)

    def _on_step(self, wage: Decimal | None) -> Decimal | None:
        """A wage as it would be declared: on the region's step, ten yuan in 湖北 (seed 002: 保留到10元)."""
        if wage is None:
            return None
        step = self._region.base_step
        return (wage / step).quantize(Decimal(1), rounding=ROUND_HALF_UP) * step


def _doubted(found: Sequence[Difference], unread: AbstractSet[str]) -> list[Difference]:
    """Mark those who may only have been written down with another number."""
    came, went = ({one.name for one in found if one.kind is kind} for kind in (Kind.MISSING, Kind.LEFT))
    twins = came & went
    return [
        replace(one, doubtful=one.name in twins or (one.kind is Kind.LEFT and one.name in unread))
        if one.kind in (Kind.MISSING, Kind.LEFT)
        else one
        for one in found
    ]


def _row_of(payroll: Iterable[Paid], identity: str) -> Paid | None:
    return next((one for one in payroll if one.identity == identity), None)


def _sum(amounts: Iterable[Decimal | None]) -> Decimal | None:
    total = ZERO
    for one in amounts:
        if one is None:
            return None
        total += one
    return total

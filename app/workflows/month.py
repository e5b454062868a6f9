"""What one month still needs, what waits for the clerk, and where the money is: facts from the store, offline.

Only :func:`fetch_stages` asks the bureau; what it brings is kept for the next look.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from app.domain.filings import FilingState
from app.regions.errors import CalendarUnknown
from app.regions.pack import Kind
from app.workflows import drafts, queries
from app.workflows import session as sessions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.domain.filings import Filing
    from app.domain.months import Month
    from app.regions.pack import Region
    from app.rules.ground import UnitFacts
    from app.workflows.desk import Desk

STRIP = 12
STAGES = "stages"
UNDER_WAY = (
    FilingState.SEALED,
    FilingState.QUEUED,
    FilingState.SENT,
    FilingState.ACCEPTED,
    FilingState.UNDER_REVIEW,
)


class MonthState(StrEnum):
    """A month in the strip of the last twelve."""

    DECLARED = "declared"
    MISSED = "missed"
    CURRENT = "current"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Tally:
    """How the filings of one item stand in a month."""

    item: str
    name: str
    drafts: int
    under_way: int
    approved: int
    rejected: int


@dataclass(frozen=True, slots=True)
class Bill:
    """A notice as the list of notices tells of it. ``total`` in yuan; ``due_on`` None where it has no term."""

    number: str
    name: str
    month: Month
    total: Decimal
    due_on: date | None
    state: str

    @property
    def is_open(self) -> bool:
        """Whether it can be paid."""
        return self.state == "open"


@dataclass(frozen=True, slots=True)
class StageReached:
    """A stage of the money's way: when it was reached, or when it is to be expected."""

    name: str
    reached_at: datetime | None
    expected_by: datetime | None


@dataclass(frozen=True, slots=True)
class WageWindow:
    """The yearly declaration of wages: which item, from when to when, and whether it is done (None: not known).

    ``required_from``: from then on the bureau takes no payment without it; None where it does not ask.
    """

    item: str
    name: str
    opens: date
    closes: date
    declared: bool | None
    required_from: date | None


@dataclass(frozen=True, slots=True)
class MonthView:
    """One month as it stands on this computer.

    ``declared`` is None where the bureau was never heard. ``declare_by`` is the region's last day for declaring,
    ``working_days_left`` counts working days up to it, today included; None where the region names no day, the month is
    another, or the year's calendar is not known. ``bill`` is the latest notice of the month. ``wages`` is the window of
    the yearly declaration where the region has one. ``taxes_itself``: the unit declares and pays at the tax office by
    itself; ``tax_state`` is what the tax office last said of the bill, None where it was not asked or has it not yet.
    """

    month: Month
    today: date
    heard_at: datetime | None
    tallies: tuple[Tally, ...]
    declared: bool | None
    separate_notice: bool
    bill_name: str
    unbilled: bool
    declare_by: date | None
    working_days_left: int | None
    bill: Bill | None
    bill_days_left: int | None
    stages: tuple[StageReached, ...]
    rejected: tuple[Filing, ...]
    drafts: int
    waiting: int
    strip: tuple[tuple[Month, MonthState], ...]
    wages: WageWindow | None = None
    taxes_itself: bool = False
    tax_state: str | None = None


def view(desk: Desk, region_id: str, unit_number: str, month: Month) -> MonthView:
    """The month as it stands for a unit ("" before the first login: drafts only)."""
    region = desk.region(region_id)
    unit = drafts.ground(desk, unit_number or None).unit
    counts = desk.filings.counts(unit_number, region_id)
    rejected = desk.filings.select(unit_number, states=[FilingState.REJECTED])
    today = desk.today()
    bill = next((one for one in bills(desk, unit_number) if one.month == month), None)
    return MonthView(
        month=month,
        today=today,
        heard_at=heard_at(desk, unit_number, "unit"),
        tallies=_tallies(region, {key: many for key, many in counts.items() if key[1] == month}),
        declared=None if unit is None else unit.last_period is not None and month <= unit.last_period,
        separate_notice=region.payment.separate_notice,
        bill_name=region.payment.bill_name,
        unbilled=unit.unbilled_charges if unit else False,
        declare_by=_declare_by(region, month),
        working_days_left=_working_days(desk, today, _declare_by(region, month)),
        bill=bill,
        bill_days_left=_working_days(desk, today, bill.due_on) if bill and bill.is_open else None,
        stages=_kept_stages(desk, unit_number, region, bill),
        rejected=tuple(one for one in rejected if one.region == region_id),
        drafts=sum(many for (_, _, state), many in counts.items() if state.is_editable),
        waiting=len(desk.outbox.waiting(unit_number, limit=10**6)),
        strip=strip(unit, desk.month()),
        wages=_wage_window(region, unit, month),
        taxes_itself=region.conduct.self_service_tax,
        tax_state=_tax_state(desk, region, unit_number, bill) if bill else None,
    )


def heard_at(desk: Desk, unit_number: str, topic: str) -> datetime | None:
    """When the bureau was last heard on a topic, by the bureau's own clock; None where it never was."""
    return desk.heard_at(unit_number, topic)


def bills(desk: Desk, unit_number: str) -> list[Bill]:
    """All notices the bureau last told of, newest first."""
    kept = (desk.said.get(unit_number, "notices") or []) if unit_number else []
    return sorted((_bill(one) for one in kept), key=lambda one: (one.month, one.number), reverse=True)


def strip(unit: UnitFacts | None, current: Month) -> tuple[tuple[Month, MonthState], ...]:
    """The last twelve months, the current one last. Nothing is known of months before the first one declared."""
    months = [current + offset for offset in range(1 - STRIP, 1)]
    return tuple((month, _month_state(unit, month, current)) for month in months)


def fetch_stages(desk: Desk, number: str) -> None:
    """Ask the bureau where the money of a notice is, and keep the answer. Raises what the bureau's calls raise."""
    session = sessions.current(desk)
    bureau = sessions.connect(desk, session)
    try:
        found = bureau.notice(number)
    finally:
        bureau.close()
    kept = {"number": number, "stages": [dict(one) for one in found.stages]}
    desk.said.put(session.unit.number, STAGES, kept, desk.system_clock())


def _tallies(region: Region, counts: Mapping[tuple[str, Month, FilingState], int]) -> tuple[Tally, ...]:
    counted = Counter[tuple[str, str]]()
    for (item, _, state), many in counts.items():
        counted[item, _kind(state)] += many
    return tuple(
        Tally(item.id, item.name, *(counted[item.id, kind] for kind in ("drafts", "under-way", "approved", "rejected")))
        for item in region.items.values()
        if item.kind is Kind.FILING
    )


def _wage_window(region: Region, unit: UnitFacts | None, month: Month) -> WageWindow | None:
    """The window of the month's year, from the check that holds the item to it."""
    for item in region.items.values():
        for use in item.checks if item.effect == "wage" else ():
            if use.check == "wage-window":
                days = (f"{month.year}-{use.settings[key]}" for key in ("opens", "closes"))
                opens, closes = map(date.fromisoformat, days)
                told = unit.wages_declared_for if unit else None
                required = region.conduct.wages_required_from
                return WageWindow(
                    item=item.id,
                    name=item.name,
                    opens=opens,
                    closes=closes,
                    declared=None if told is None else told >= month.year,
                    required_from=date.fromisoformat(f"{month.year}-{required}") if required else None,
                )
    return None


def _tax_state(desk: Desk, region: Region, unit_number: str, bill: Bill) -> str | None:
    for item in region.items.values():
        told = queries.last(desk, unit_number, item) if item.query == "tax-bills" else None
        for row in told.table.rows if told else ():
            if row.get("number") == bill.number:
                return row.get("state") or None
    return None


def _kind(state: FilingState) -> str:
    if state.is_editable:
        return "drafts"
    return "under-way" if state in UNDER_WAY else state.value


def _declare_by(region: Region, month: Month) -> date | None:
    by_day = region.payment.by_day
    return date(month.year, month.number, min(by_day, month.last_day.day)) if by_day else None


def _working_days(desk: Desk, today: date, last: date | None) -> int | None:
    if last is None or (last - today).days > 366:
        return None
    try:
        span = range((last - today).days + 1)
        return sum(desk.calendar.is_working(today + timedelta(days=offset)) for offset in span)
    except CalendarUnknown:
        return None


def _month_state(unit: UnitFacts | None, month: Month, current: Month) -> MonthState:
    if month == current and (unit is None or unit.last_period is None or unit.last_period < current):
        return MonthState.CURRENT
    if unit is None or unit.last_period is None:
        return MonthState.UNKNOWN
    return MonthState.DECLARED if month <= unit.last_period else MonthState.MISSED


def _bill(told: dict[str, Any]) -> Bill:
    from app.domain.months import Month

    return Bill(
        number=told["number"],
        name=told["bill_name"],
        month=Month.parse(told["month"]),
        total=Decimal(told["total"]),
        due_on=date.fromisoformat(told["due_on"]) if told["due_on"] else None,
        state=told["state"],
    )


def _kept_stages(desk: Desk, unit_number: str, region: Region, bill: Bill | None) -> tuple[StageReached, ...]:
    kept = desk.said.get(unit_number, STAGES) if bill else None
    if bill is None or kept is None or kept["number"] != bill.number:
        return tuple(StageReached(one.name, None, None) for one in region.payment.stages)
    return tuple(
        StageReached(one["name"], _moment(one["reached_at"]), _moment(one["expected_by"])) for one in kept["stages"]
    )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None

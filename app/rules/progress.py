"""When each stage of a bill's way is to be expected."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.regions.calendar import WorkingCalendar
    from app.regions.pack import Stage

CLOSE_OF_BUSINESS = time(17, 0)


def expected(stage: Stage, before: datetime, calendar: WorkingCalendar) -> datetime:
    """When ``stage`` should be reached if the one before it was at ``before``. Raises CalendarUnknown."""
    at = before + timedelta(minutes=stage.minutes)
    if stage.working_days:
        at = datetime.combine(calendar.deadline(at.date(), stage.working_days), CLOSE_OF_BUSINESS, at.tzinfo)
    if stage.tick_hours:
        hour = (at.hour // stage.tick_hours + 1) * stage.tick_hours
        at = datetime.combine(at.date(), time(), at.tzinfo) + timedelta(hours=hour)
    if stage.at:
        at = datetime.combine(at.date() + timedelta(days=1), time.fromisoformat(stage.at), at.tzinfo)
    return at


def expected_by(
    stages: Sequence[Stage], reached: Mapping[str, datetime], calendar: WorkingCalendar
) -> dict[str, datetime | None]:
    """For every stage not yet reached, when to expect it; None once a stage waits for the unit itself to pay.

    ``reached`` holds when the reached stages were reached, by key.
    """
    forecast: dict[str, datetime | None] = {}
    before: datetime | None = None
    for stage in stages:
        if stage.key in reached:
            before = reached[stage.key]
        else:
            # Nobody can say when a unit pays: what follows is only told once it has.
            before = expected(stage, before, calendar) if before is not None and stage.by != "unit" else None
            forecast[stage.key] = before
    return forecast

"""What happens to bills by themselves as the bureau's clock moves on: payment, expiry, and the money's way back.

The times are those of :mod:`app.rules.progress`, which the client forecasts with; only when a unit pays is decided
here. ``Notice.next_at`` says when there is next something to do, so that asking what is due costs one look.
"""

from __future__ import annotations

import contextlib
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select, update

from app.regions.errors import CalendarUnknown
from app.rules.progress import expected
from bureau.models import CHINA, Charge, Notice, Reached, Unit

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from app.regions.calendar import WorkingCalendar
    from app.regions.pack import Stage
    from bureau.office import Office

DEBIT_TIME: Final = time(9, 0)
"""When the tax office debits units with a tripartite agreement, on the working day after it sees the bill."""
_EXPIRY: Final = "(expiry)"


def settle(office: Office, session: Session, now: datetime) -> None:
    """Let everything happen to open and paid bills that is due by ``now``, each at its own time."""
    due = session.execute(
        select(Notice, Unit).join(Unit, Unit.number == Notice.unit_number).where(Notice.next_at <= now)
    ).all()
    for notice, unit in due:
        while notice.next_at is not None and notice.next_at <= now:
            step = _next(office, session, notice, unit)
            if step is not None:
                _take(office, session, notice, unit, *step)
            plan_next(office, session, notice, unit)


def plan_next(office: Office, session: Session, notice: Notice, unit: Unit) -> None:
    """Note when something will next happen to the bill."""
    step = _next(office, session, notice, unit)
    notice.next_at = step[1] if step else None
    session.flush()


def order_payment(office: Office, session: Session, notice: Notice, unit: Unit, now: datetime) -> None:
    """The unit pays at the tax office now, or as soon as the tax office sees the bill."""
    notice.ordered_at = now
    plan_next(office, session, notice, unit)


def stages(office: Office, session: Session, notice: Notice, unit: Unit) -> list[dict[str, Any]]:
    """Every stage of the bill, reached or expected, as it travels.

    Nobody can say when a unit without a tripartite agreement pays: from there on nothing is expected until it has.
    """
    reached = _reached(session, notice)
    told, before = [], None
    for stage in office.region(unit.region).payment.stages:
        at = reached.get(stage.key)
        forecast = None
        if at is None and before is not None and notice.state != "expired":
            # Beyond the years whose working days are fixed nothing can be foretold.
            with contextlib.suppress(CalendarUnknown):
                forecast = _when(stage, before, notice, unit, office.calendar)
        before = at or forecast
        told.append(
            {
                "key": stage.key,
                "name": stage.name,
                "reached_at": at.isoformat() if at else None,
                "expected_by": forecast.isoformat() if forecast else None,
            }
        )
    return told


def _reached(session: Session, notice: Notice) -> dict[str, datetime]:
    rows = session.execute(select(Reached.stage, Reached.at).where(Reached.notice_number == notice.number))
    return {stage: at for stage, at in rows}  # noqa: C416 - rows are not pairs to a type checker


def _next(office: Office, session: Session, notice: Notice, unit: Unit) -> tuple[str, datetime] | None:
    """The next thing to happen to the bill and when; None if nothing will by itself."""
    if notice.state == "expired":
        return None
    reached = _reached(session, notice)
    before: datetime | None = None
    for stage in office.region(unit.region).payment.stages:
        if stage.key in reached:
            before = reached[stage.key]
            continue
        at = _when(stage, before, notice, unit, office.calendar) if before else None
        if stage.by == "unit" and notice.void_after is not None:
            expires = datetime.combine(notice.void_after + timedelta(days=1), time(), CHINA)
            if at is None or at >= expires:
                return _EXPIRY, expires
        return (stage.key, at) if at else None
    return None


def _when(stage: Stage, before: datetime, notice: Notice, unit: Unit, calendar: WorkingCalendar) -> datetime | None:
    at = expected(stage, before, calendar)
    if stage.by != "unit":
        return at
    times = []
    if unit.tripartite:
        working = calendar.next_working(at.date() + timedelta(days=1))
        times.append(datetime.combine(working, DEBIT_TIME, at.tzinfo))
    if notice.ordered_at is not None:
        times.append(max(notice.ordered_at, at))
    return min(times, default=None)


def _take(office: Office, session: Session, notice: Notice, unit: Unit, step: str, at: datetime) -> None:
    mine = update(Charge).where(Charge.notice_number == notice.number)
    if step == _EXPIRY:
        notice.state = "expired"
        session.execute(mine.values(state="unbilled", notice_number=None))
        return
    session.add(Reached(notice_number=notice.number, stage=step, at=at))
    all_stages = office.region(unit.region).payment.stages
    if any(stage.by == "unit" for stage in all_stages if stage.key == step):
        notice.state = "paid"
    if step == all_stages[-1].key:
        session.execute(mine.values(state="paid"))
    session.flush()

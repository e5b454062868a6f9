"""What happens to bills by themselves as the bureau's clock moves on: payment, expiry, and the money's way back.

The times are those of :mod:`app.rules.progress`, which the client forecasts with; only when a unit pays is decided
here. ``Notice.next_at`` says when there is next something to do, so that asking what is due costs one look.
"""

from __future__ import annotations

import contextlib
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select, update

from app.domain.findings import error
from app.domain.money import wire
from app.regions.errors import CalendarUnknown
from app.rules.contributions import ZERO
from app.rules.progress import expected
from bureau import e_receipts, refunds, tax
from bureau.errors import Declined
from bureau.models import CHINA, Charge, Notice, Reached, Unit

if TYPE_CHECKING:
    from decimal import Decimal

    from sqlalchemy.orm import Session

    from app.regions.pack import Stage
    from bureau.office import Office

DEBIT_TIME: Final = time(9, 0)
"""When the tax office debits units with a tripartite agreement, on the working day after it sees the bill."""
_EXPIRY: Final = "(expiry)"
_OVER: Final = frozenset({"expired", "revoked"})


def settle(office: Office, session: Session, now: datetime) -> None:
    """Let everything happen to bills and refunds that is due by ``now``, each at its own time."""
    refunds.pay_out(session, now)
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


def order_payment(
    office: Office, session: Session, notice: Notice, unit: Unit, now: datetime, paid: Decimal | None = None
) -> None:
    """The unit pays at the tax office now, or as soon as the tax office sees the bill.

    ``paid`` (yuan) beyond the bill's total becomes 待转金. Raises Declined for less than the total.
    """
    if paid is not None and paid < notice.total:
        raise Declined(error("paid-too-little", bill=notice.number, total=wire(notice.total)))
    notice.ordered_at = now
    notice.overpaid = ZERO if paid is None else paid - notice.total
    plan_next(office, session, notice, unit)


def stages(office: Office, session: Session, notice: Notice, unit: Unit) -> list[dict[str, Any]]:
    """Every stage of the bill, reached or expected, as it travels.

    Nobody can say when a unit without a tripartite agreement pays: from there on nothing is expected until it has.
    """
    reached = _reached(session, notice)
    told, before, paid_at = [], None, None
    for stage in office.region(unit.region).payment.stages:
        at = reached.get(stage.key)
        forecast = None
        if at is None and before is not None and notice.state not in _OVER:
            # Beyond the years whose working days are fixed nothing can be foretold.
            with contextlib.suppress(CalendarUnknown):
                forecast = _when(office, stage, before, notice, unit, paid_at)
        before = at or forecast
        paid_at = before if stage.by == "unit" else paid_at
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
    if notice.state in _OVER:
        return None
    reached = _reached(session, notice)
    before: datetime | None = None
    paid_at: datetime | None = None
    for stage in office.region(unit.region).payment.stages:
        if stage.key in reached:
            before = reached[stage.key]
            paid_at = before if stage.by == "unit" else paid_at
            continue
        at = _when(office, stage, before, notice, unit, paid_at) if before else None
        if stage.by == "unit" and notice.void_after is not None:
            expires = datetime.combine(notice.void_after + timedelta(days=1), time(), CHINA)
            if at is None or at >= expires:
                return _EXPIRY, expires
        return (stage.key, at) if at else None
    return None


def _when(
    office: Office, stage: Stage, before: datetime, notice: Notice, unit: Unit, paid_at: datetime | None
) -> datetime | None:
    region, calendar = office.region(unit.region), office.calendar
    conduct = region.conduct
    if stage.by != "unit":
        if paid_at is not None and conduct.write_back_days and stage.key == region.payment.stages[-1].key:
            # “一般在税务完成缴费后4天左右” (seed 000, 二.8(6)): the last stage comes no earlier.
            day = calendar.deadline(paid_at.date(), conduct.write_back_days)
            before = max(before, datetime.combine(day, time(), paid_at.tzinfo))
        return expected(stage, before, calendar)
    at = tax.visible_at(region, before)
    times = []
    if unit.tripartite and not conduct.self_service_tax:
        working = calendar.next_working(at.date() + timedelta(days=1))
        times.append(datetime.combine(working, DEBIT_TIME, at.tzinfo))
    if notice.ordered_at is not None:
        times.append(max(notice.ordered_at, at))
    return min(times, default=None)


def _take(office: Office, session: Session, notice: Notice, unit: Unit, step: str, at: datetime) -> None:
    mine = update(Charge).where(Charge.notice_number == notice.number)
    if step == _EXPIRY:
        notice.state = "expired"
        tax.settled(session, notice, tax.VOID, at)
        session.execute(mine.values(state="unbilled", notice_number=None))
        return
    session.add(Reached(notice_number=notice.number, stage=step, at=at))
    all_stages = office.region(unit.region).payment.stages
    if any(stage.by == "unit" for stage in all_stages if stage.key == step):
        notice.state = "paid"
        unit.offset_balance += notice.overpaid
        tax.settled(session, notice, tax.PAID, at)
    if step == all_stages[-1].key:
        session.execute(mine.values(state="paid"))
        e_receipts.issue(office, session, notice, unit, at)
    session.flush()

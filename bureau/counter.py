"""The other side of the counter: decide reviews, move the clock, pay a bill at the tax office."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from app.domain.filings import FilingState
from app.domain.findings import any_stops
from app.domain.identity import masked
from app.domain.money import wire
from app.errors import BureauRefused, InputRefused, UsageError
from bureau import receiving, settlement
from bureau.case import Case
from bureau.errors import Declined
from bureau.models import Filing, Notice, Unit

if TYPE_CHECKING:
    from datetime import timedelta
    from decimal import Decimal

    from sqlalchemy.orm import Session

    from bureau.office import Office


def under_review(office: Office) -> list[dict[str, Any]]:
    """The filings that wait for a decision, oldest first."""
    office.settle()
    with office.database.read() as session:
        waiting = session.execute(
            select(Filing, Unit)
            .join(Unit, Unit.number == Filing.unit_number)
            .where(Filing.state == FilingState.UNDER_REVIEW.value)
            .order_by(Filing.cursor)
        )
        return [
            {
                "filing": filing.id,
                "unit": unit.number,
                "unit_name": unit.name,
                "item": filing.item,
                "month": str(filing.month),
                "subject": masked(filing.subject) if filing.subject else None,
                "since": filing.changed_at.isoformat(),
            }
            for filing, unit in waiting
        ]


def approve(office: Office, filing_id: str) -> dict[str, Any]:
    """Approve a filing and carry it out.

    Raises UsageError where there is none to decide, InputRefused where it can no longer be carried out; it stays under
    review then.
    """
    now = office.settle()
    with office.database.write() as session:
        filing, unit = _waiting(session, filing_id)
        region = office.region(unit.region)
        item = region.items[filing.item]
        # It would find itself waiting; what counts is everything else.
        filing.state = FilingState.ACCEPTED.value
        session.flush()
        values, findings = receiving.judge(office, session, unit, region, item, json.loads(filing.content), now)
        if any_stops(findings):
            raise InputRefused(findings=findings, count=len(findings))
        case = Case(office, session, region, item, unit, filing.id, values, now)
        verdict = receiving.carry_out(session, case, findings)
        if verdict.state is not FilingState.APPROVED:
            raise InputRefused(findings=verdict.findings, count=len(verdict.findings))
        filing.notice, filing.certificate = verdict.outcome.notice, verdict.outcome.certificate
        filing.document = verdict.outcome.document
        receiving.moved(session, filing, FilingState.APPROVED, now)
        return _told(filing)


def reject(office: Office, filing_id: str, reason: str) -> dict[str, Any]:
    """Reject a filing with a reason that the clerk reads. Raises UsageError where there is none to decide."""
    now = office.settle()
    with office.database.write() as session:
        filing, _ = _waiting(session, filing_id)
        receiving.moved(session, filing, FilingState.REJECTED, now, reason)
        return _told(filing)


def pay(office: Office, number: str, amount: Decimal | None = None) -> dict[str, Any]:
    """Have a unit pay its bill at the tax office: now, or as soon as the tax office sees it. Paying twice is once.

    ``amount`` (yuan) beyond the bill becomes 待转金. Raises UsageError where there is no such bill, BureauRefused where
    it has expired, InputRefused for less than the bill.
    """
    now = office.settle()
    with office.database.write() as session:
        notice, unit = _notice(session, number)
        if notice.state in ("expired", "revoked"):
            raise BureauRefused(f"notice-{notice.state}", number=number)
        if notice.state == "open" and notice.ordered_at is None:
            try:
                settlement.order_payment(office, session, notice, unit, now, amount)
            except Declined as declined:
                raise InputRefused(findings=[declined.finding], count=1) from declined
    office.settle()
    with office.database.read() as session:
        notice, unit = _notice(session, number)
        return {
            "number": notice.number,
            "state": notice.state,
            "total": wire(notice.total),
            "stages": settlement.stages(office, session, notice, unit),
        }


def advance(office: Office, by: timedelta) -> dict[str, Any]:
    """Move the clock on; the bills it touched, with their state."""
    before = office.settle()
    was = _states(office)
    now = office.advance(by)
    changed = [
        {"number": number, "state": state, "stage": stage}
        for number, (state, stage) in _states(office).items()
        if was.get(number) != (state, stage)
    ]
    return {"before": before.isoformat(), "now": now.isoformat(), "notices": changed}


def _states(office: Office) -> dict[str, tuple[str, str | None]]:
    """Each bill's state and the last stage it has reached."""
    with office.database.read() as session:
        rows = session.execute(select(Notice, Unit).join(Unit, Unit.number == Notice.unit_number)).all()
        states = {}
        for notice, unit in rows:
            way = settlement.stages(office, session, notice, unit)
            states[notice.number] = (
                notice.state,
                next((one["key"] for one in reversed(way) if one["reached_at"]), None),
            )
        return states


def _waiting(session: Session, filing_id: str) -> tuple[Filing, Unit]:
    filing = session.get(Filing, filing_id)
    if filing is None or filing.state != FilingState.UNDER_REVIEW.value:
        raise UsageError("filing-unknown", id=filing_id)
    return filing, session.get_one(Unit, filing.unit_number)


def _notice(session: Session, number: str) -> tuple[Notice, Unit]:
    notice = session.get(Notice, number)
    if notice is None:
        raise UsageError("notice-unknown", number=number)
    return notice, session.get_one(Unit, notice.unit_number)


def _told(filing: Filing) -> dict[str, Any]:
    return {
        "filing": filing.id,
        "state": filing.state,
        "note": filing.note,
        "notice": filing.notice,
        "certificate": filing.certificate,
        "document": filing.document,
    }

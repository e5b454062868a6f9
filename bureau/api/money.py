"""Payment, notices, certificates."""

from __future__ import annotations

import json
from typing import Any

from fastapi import APIRouter
from sqlalchemy import select

from app.domain.money import wire
from app.domain.months import Month
from app.regions.errors import CalendarUnknown
from app.regions.pack_errors import ParameterUnknown
from bureau import charges, settlement
from bureau.api.schemas import CertificateTold, MonthAsked, NoticeInFull, Notices, Preview, Verified
from bureau.api.session import OfficeHere, Visiting
from bureau.certificates import VERIFIABLE_FOR
from bureau.errors import Refusal, not_found
from bureau.models import Certificate, Notice, Unit
from bureau.registers import Document

router = APIRouter(tags=["money"])


@router.post("/payments/preview", response_model=Preview)
def preview(visit: Visiting, asked: MonthAsked) -> dict[str, Any]:
    """What declaring the month and billing would come to, person by person."""
    try:
        with visit.office.database.read() as session:
            unit, region = visit.unit(session), visit.region(session)
            return charges.preview(session, region, unit, Month.parse(asked.month), asked.insurances)
    except (CalendarUnknown, ParameterUnknown) as lacking:
        raise Refusal(409, lacking.code, facts=lacking.facts) from lacking


@router.get("/notices", response_model=Notices)
def notices(visit: Visiting) -> dict[str, Any]:
    """All notices of the unit, newest first."""
    with visit.office.database.read() as session:
        bill_name = visit.region(session).payment.bill_name
        mine = select(Notice).where(Notice.unit_number == visit.unit_number).order_by(Notice.number.desc())
        rows = [
            {
                "number": one.number,
                "month": str(one.month),
                "total": wire(one.total),
                "issued_on": one.issued_on.isoformat(),
                "due_on": one.void_after.isoformat() if one.void_after else None,
                "state": one.state,
                "bill_name": bill_name,
            }
            for one in session.scalars(mine)
        ]
    return {"notices": rows}


@router.get("/notices/{number}", response_model=NoticeInFull)
def notice(visit: Visiting, number: str) -> dict[str, Any]:
    """One notice with its stages and the people behind its amounts."""
    with visit.office.database.read() as session:
        found = session.get(Notice, number)
        if found is None or found.unit_number != visit.unit_number:
            raise not_found()
        return {
            "notice": json.loads(found.paper),
            "state": found.state,
            "stages": settlement.stages(visit.office, session, found, visit.unit(session)),
            "people": json.loads(found.lines),
        }


@router.get("/certificates/{code}", response_model=CertificateTold)
def certificate(visit: Visiting, code: str) -> dict[str, Any]:
    """A certificate of the unit by its authorization code."""
    with visit.office.database.read() as session:
        found = session.get(Certificate, code)
        if found is None or found.unit_number != visit.unit_number:
            raise not_found()
        return {"certificate": json.loads(found.paper)}


@router.get("/verify/{code}", response_model=Verified)
def verify(office: OfficeHere, code: str) -> dict[str, Any]:
    """Whether a paper of that code was issued. No session needed: it is for whoever was handed one."""
    now = office.settle()
    with office.database.read() as session:
        found = session.get(Certificate, code) or session.get(Document, code)
        if found is None:
            return {"valid": False, "issued_at": None, "unit_name": None}
        return {
            "valid": now <= found.issued_at + VERIFIABLE_FOR,
            "issued_at": found.issued_at,
            "unit_name": session.get_one(Unit, found.unit_number).name,
        }

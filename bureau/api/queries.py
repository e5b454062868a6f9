"""What a unit can ask, and the papers that its filings brought about."""

from __future__ import annotations

import json
from typing import Any

from fastapi import APIRouter, Request

from bureau import querying
from bureau.api.schemas import DocumentTold, Table
from bureau.api.session import Visiting
from bureau.errors import not_found
from bureau.queries.asked import Asked
from bureau.registers import Document

router = APIRouter(tags=["queries"])


@router.get("/queries/{name}", response_model=Table)
def query(visit: Visiting, request: Request, name: str) -> dict[str, Any]:
    """A table of the unit's own rows; its conditions are the parameters of the address."""
    conditions = {key: value for key, value in request.query_params.items() if value}
    querying.check(name, conditions)
    with visit.office.database.read() as session:
        asked = Asked(visit.office, session, visit.region(session), visit.unit(session), conditions, visit.now)
        return querying.answer(name, asked)


@router.get("/documents/{code}", response_model=DocumentTold)
def document(visit: Visiting, code: str) -> dict[str, Any]:
    """A statement, notice, voucher or receipt of the unit by its code."""
    with visit.office.database.read() as session:
        found = session.get(Document, code)
        if found is None or found.unit_number != visit.unit_number:
            raise not_found()
        return {"kind": found.kind, "issued_at": found.issued_at, "document": json.loads(found.paper)}

"""Attachments, sealed filings, what becomes of them."""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from sqlalchemy import select

from bureau import receiving
from bureau.api.edge import ATTACHMENT_BYTES
from bureau.api.schemas import Batch, Changes, Results, SealedMessage, Withdrawn
from bureau.api.session import Visiting
from bureau.errors import Refusal
from bureau.models import Attachment, Filing

router = APIRouter(tags=["filings"])
_BEGINNINGS = {"application/pdf": b"%PDF-", "image/jpeg": b"\xff\xd8\xff"}
_MOST_CHANGES = 10_000
_BINARY = {"schema": {"type": "string", "format": "binary", "maxLength": ATTACHMENT_BYTES}}
_BODY = {"requestBody": {"required": True, "content": dict.fromkeys(_BEGINNINGS, _BINARY)}}


async def _body(request: Request) -> bytes:
    return await request.body()


Body = Annotated[bytes, Depends(_body)]


@router.put("/attachments/{digest}", status_code=204, openapi_extra=_BODY)
def put_attachment(
    visit: Visiting, request: Request, content: Body, digest: Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]
) -> Response:
    """Put a PDF or a JPEG there, under its SHA-256; doing so again changes nothing."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not content.startswith(_BEGINNINGS.get(media_type, b"\0not taken")):
        raise Refusal(400, "media-type")
    if not hmac.compare_digest(sha256(content).hexdigest(), digest):
        raise Refusal(400, "digest-wrong")
    with visit.office.database.write() as session:
        if session.get(Attachment, (visit.unit_number, digest)) is None:
            session.add(
                Attachment(
                    unit_number=visit.unit_number,
                    sha256=digest,
                    media_type=media_type,
                    size=len(content),
                    content=content,
                )
            )
    return Response(status_code=204)


@router.post("/filings", response_model=Results)
def file(visit: Visiting, batch: Batch) -> dict[str, Any]:
    """Hand over sealed filings. Each is decided by itself; one that came before is answered as it was then."""
    answers = [receiving.receive(visit.office, visit.unit_number, one.decoded(), visit.now) for one in batch.filings]
    return {"results": answers}


@router.get("/filings", response_model=Changes)
def changes(visit: Visiting, since: Annotated[int, Query(ge=0)] = 0) -> dict[str, Any]:
    """Filings changed after ``since``, oldest change first; ask again with the cursor until none come."""
    statement = (
        select(Filing)
        .where(Filing.unit_number == visit.unit_number, Filing.cursor > since)
        .order_by(Filing.cursor)
        .limit(_MOST_CHANGES)
    )
    with visit.office.database.read() as session:
        changed = session.scalars(statement).all()
        rows = [
            {
                "key": one.key,
                "filing": one.id,
                "item": one.item,
                "month": str(one.month),
                "state": one.state,
                "note": one.note,
                "changed_at": one.changed_at,
                "notice": one.notice,
                "certificate": one.certificate,
                "document": one.document,
            }
            for one in changed
        ]
        cursor = changed[-1].cursor if changed else since
    return {"cursor": cursor, "filings": rows}


@router.post("/filings/{filing}/withdraw", response_model=Withdrawn)
def withdraw(visit: Visiting, filing: str, sealed: SealedMessage) -> dict[str, Any]:
    """Take a filing back while it is under review."""
    return receiving.withdraw(visit.office, visit.unit_number, filing, sealed.decoded(), visit.now)

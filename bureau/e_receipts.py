"""Electronic receipts (电子票据): one for each bill whose money has come, with the text of its QR code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.money import wire
from app.domain.notices import RosterForm
from bureau import documents

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from bureau.models import Notice, Unit
    from bureau.office import Office


def issue(office: Office, session: Session, notice: Notice, unit: Unit, at: datetime) -> None:
    """Write the receipt of a bill that is settled."""
    code = documents.new_code(at)
    header = {
        "unit_number": unit.number,
        "unit_name": unit.name,
        "bill": notice.number,
        "month": notice.month.spoken,
        "amount": wire(notice.total),
        "code": code,
        "qr": f"{office.origin}/v1/verify/{code}",
    }
    paper = RosterForm(title="社会保险费电子票据", header=header)
    documents.keep(session, code, unit.number, "e-receipt", notice.number, at, paper)

"""Papers besides notices and certificates, kept under a code by which anybody can verify them."""

from __future__ import annotations

import json
import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from app.domain.notices import to_wire
from bureau.registers import Document

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from app.domain.notices import RosterForm
    from bureau.case import Case

_LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ"


def new_code(now: datetime) -> str:
    """An authorization code of 20 characters: the moment, and six letters that nobody can guess."""
    return f"{now:%Y%m%d%H%M%S}" + "".join(secrets.choice(_LETTERS) for _ in range(6))


def issue(case: Case, kind: str, about: str, paper: RosterForm) -> str:
    """Keep a paper and tell its code, which is put on it."""
    code = new_code(case.now)
    header = {
        **paper.header,
        "code": code,
        "agency": case.region.agency,
        "issued_at": f"{case.now:%Y-%m-%d %H:%M}",
        "verify_url": f"{case.office.origin}/v1/verify/{code}",
    }
    keep(case.session, code, case.unit.number, kind, about, case.now, replace(paper, header=header))
    return code


def keep(
    session: Session, code: str, unit_number: str, kind: str, about: str, now: datetime, paper: RosterForm
) -> None:
    """Write a paper down under its code."""
    session.add(
        Document(
            code=code,
            unit_number=unit_number,
            kind=kind,
            about=about,
            issued_at=now,
            paper=json.dumps(to_wire(paper), ensure_ascii=False),
        )
    )
    session.flush()

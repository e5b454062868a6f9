"""What the papers already issued say."""

from __future__ import annotations

import json
from datetime import datetime, time
from typing import TYPE_CHECKING

from sqlalchemy import select

from bureau.models import CHINA, Certificate

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from app.domain.months import Month
    from bureau.models import Unit


def certified(session: Session, unit: Unit, month: Month) -> frozenset[str]:
    """Whom the unit's certificates of a month name, by identity number."""
    begin, end = (datetime.combine(one.first_day, time(), CHINA) for one in (month, month + 1))
    papers = select(Certificate.paper).where(
        Certificate.unit_number == unit.number, Certificate.issued_at >= begin, Certificate.issued_at < end
    )
    return frozenset(row["identity"] for paper in session.scalars(papers) for row in json.loads(paper)["persons"])

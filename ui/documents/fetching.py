"""Documents as PDF, made by jobs: the bureau gives the content, the region's layout the form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.workflows import certify, papers, payment
from app.workflows import session as sessions

if TYPE_CHECKING:
    from app.documents import Rendered
    from app.workflows.desk import Desk
    from app.workflows.session import Session


def notice_paper(desk: Desk, session: Session, number: str) -> Rendered:
    """A notice. Raises UsageError ``notice-unknown`` and what the bureau's calls raise."""
    region = desk.region(session.region)
    bureau = sessions.connect(desk, session)
    try:
        found = payment.notice(bureau, number)
    finally:
        bureau.close()
    return papers.printed(region, region.payment.layout, found.notice)


def certificate_paper(desk: Desk, session: Session, code: str) -> Rendered:
    """A certificate issued before. Raises UsageError ``certificate-unknown`` and what the bureau's calls raise."""
    region = desk.region(session.region)
    bureau = sessions.connect(desk, session)
    try:
        found = certify.fetch(bureau, code)
    finally:
        bureau.close()
    return papers.printed(region, desk.item(region.id, certify.ITEM).prints[0], found)

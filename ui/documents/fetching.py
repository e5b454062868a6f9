"""Documents as PDF, made by jobs: the bureau gives the content once, the region's layout the form.

What was issued does not change, so its content is kept when it is first fetched and can be printed offline afterwards.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.notices import AssessmentNotice, ParticipationCertificate, RosterForm, from_wire, to_wire
from app.workflows import certify, papers, payment
from app.workflows import session as sessions

if TYPE_CHECKING:
    from app.documents import Rendered
    from app.workflows.desk import Desk
    from app.workflows.session import Session


def notice_paper(desk: Desk, region_id: str, unit_number: str, session: Session | None, number: str) -> Rendered | None:
    """A notice; None where it is not kept here and nobody is logged in.

    Raises UsageError ``notice-unknown`` and what the bureau's calls raise.
    """
    region = desk.region(region_id)
    kept = desk.said.get(unit_number, f"notice:{number}")
    if kept is None and session is None:
        return None
    if kept is None:
        assert session is not None  # noqa: S101 - for the type checker: looked at above
        bureau = sessions.connect(desk, session)
        try:
            kept = to_wire(payment.notice(bureau, number).notice)
        finally:
            bureau.close()
        desk.said.put(unit_number, f"notice:{number}", kept, desk.system_clock())
    return papers.printed(region, region.payment.layout, from_wire(AssessmentNotice, kept))


def certificate_paper(
    desk: Desk, region_id: str, unit_number: str, session: Session | None, code: str
) -> Rendered | None:
    """A certificate issued before; None where it is not kept here and nobody is logged in.

    Raises UsageError ``certificate-unknown`` and what the bureau's calls raise.
    """
    region = desk.region(region_id)
    kept = desk.said.get(unit_number, f"certificate:{code}")
    if kept is None and session is None:
        return None
    if kept is None:
        assert session is not None  # noqa: S101 - for the type checker: looked at above
        bureau = sessions.connect(desk, session)
        try:
            kept = to_wire(certify.fetch(bureau, code))
        finally:
            bureau.close()
        desk.said.put(unit_number, f"certificate:{code}", kept, desk.system_clock())
    layout = desk.item(region.id, certify.ITEM).prints[0]
    return papers.printed(region, layout, from_wire(ParticipationCertificate, kept))


def other_paper(desk: Desk, region_id: str, unit_number: str, session: Session | None, code: str) -> Rendered | None:
    """Another paper that a filing brought about, e.g. a statement of account, under the layout of its kind.

    None where it is not kept here and nobody is logged in. Raises what the bureau's calls raise.
    """
    kept = desk.said.get(unit_number, f"document:{code}")
    if kept is None and session is None:
        return None
    if kept is None:
        assert session is not None  # noqa: S101 - for the type checker: looked at above
        bureau = sessions.connect(desk, session)
        try:
            kind, paper = bureau.document(code)
        finally:
            bureau.close()
        kept = {"kind": kind, "document": to_wire(paper)}
        desk.said.put(unit_number, f"document:{code}", kept, desk.system_clock())
    return papers.printed(desk.region(region_id), kept["kind"], from_wire(RosterForm, kept["document"]))

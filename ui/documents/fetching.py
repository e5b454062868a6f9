"""Documents as PDF, made by jobs: the bureau gives the content once, the region's layout the form.

What was issued does not change, so its content is kept when it is first fetched and can be printed offline afterwards.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.domain.notices import AssessmentNotice, ParticipationCertificate, RosterForm, from_wire, to_wire
from app.workflows import certify, papers, payment
from app.workflows import session as sessions

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.bureau_api.client import Bureau
    from app.documents import Rendered
    from app.workflows.desk import Desk
    from app.workflows.session import Session


def notice_paper(desk: Desk, region_id: str, unit_number: str, session: Session | None, number: str) -> Rendered | None:
    """A notice; None where it is not kept here and nobody is logged in.

    Raises UsageError ``notice-unknown`` and what the bureau's calls raise.
    """
    region = desk.region(region_id)
    said = _said(
        desk, unit_number, session, f"notice:{number}", lambda bureau: to_wire(payment.notice(bureau, number).notice)
    )
    return said and papers.printed(region, region.payment.layout, from_wire(AssessmentNotice, said))


def certificate_paper(
    desk: Desk, region_id: str, unit_number: str, session: Session | None, code: str
) -> Rendered | None:
    """A certificate issued before; None where it is not kept here and nobody is logged in.

    Raises UsageError ``certificate-unknown`` and what the bureau's calls raise.
    """
    region = desk.region(region_id)
    said = _said(desk, unit_number, session, f"certificate:{code}", lambda bureau: to_wire(certify.fetch(bureau, code)))
    layout = desk.item(region.id, certify.ITEM).prints[0]
    return said and papers.printed(region, layout, from_wire(ParticipationCertificate, said))


def other_paper(desk: Desk, region_id: str, unit_number: str, session: Session | None, code: str) -> Rendered | None:
    """Another paper that a filing brought about, e.g. a statement of account, under the layout of its kind.

    None where it is not kept here and nobody is logged in. Raises what the bureau's calls raise.
    """

    def ask(bureau: Bureau) -> dict[str, Any]:
        kind, paper = bureau.document(code)
        return {"kind": kind, "document": to_wire(paper)}

    said = _said(desk, unit_number, session, f"document:{code}", ask)
    return said and papers.printed(desk.region(region_id), said["kind"], from_wire(RosterForm, said["document"]))


def _said(
    desk: Desk, unit_number: str, session: Session | None, topic: str, ask: Callable[[Bureau], dict[str, Any]]
) -> Any:  # noqa: ANN401 - what was kept is JSON
    """What is kept under a topic, asked of the bureau and kept where it is not there yet; None if that cannot be."""
    said = desk.said.get(unit_number, topic)
    if said is None and session is not None:
        bureau = sessions.connect(desk, session)
        try:
            said = ask(bureau)
        finally:
            bureau.close()
        desk.said.put(unit_number, topic, said, desk.system_clock())
    return said

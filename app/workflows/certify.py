"""参保证明: ask for it under the UKey's seal, then fetch what is printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.progress import silent
from app.errors import BureauRefused, InputRefused, UsageError
from app.workflows import drafts
from app.workflows.submit import submit_made

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.bureau_api.client import Bureau
    from app.domain.notices import ParticipationCertificate
    from app.domain.progress import Progress
    from app.regions.pack import Item
    from app.rules.fields import Raw
    from app.workflows.desk import Desk
    from app.workflows.login import Signer
    from app.workflows.session import Session
    from app.workflows.submit import Submitted

ITEM = "certificate"


def certify(
    desk: Desk,
    bureau: Bureau,
    session: Session,
    signer: Signer,
    *,
    insurance: str,
    months: int,
    people: Sequence[str] = (),
) -> ParticipationCertificate:
    """A certificate for ``people`` (identity numbers; none named: everybody insured here) over ``months`` months.

    Raises InputRefused with findings, and what submitting raises.
    """
    done = request(desk, bureau, session, signer, insurance=insurance, months=months, people=people)
    if done.stopped_by is not None:
        raise done.stopped_by
    if done.refused:
        findings = list(done.refused[0][1])
        raise InputRefused(findings=findings, count=len(findings))
    return fetch(bureau, done.accepted[0].outcome["certificate"])


def request(
    desk: Desk,
    bureau: Bureau,
    session: Session,
    signer: Signer,
    *,
    insurance: str,
    months: int,
    people: Sequence[str] = (),
    progress: Progress = silent,
) -> Submitted:
    """Ask for a certificate; the number of what was issued is in the filing's outcome. Raises InputRefused."""
    item = desk.item(session.region, ITEM)
    chosen = list(people) or [one.identity for one in bureau.people() if insurance in one.insurances]
    raw: dict[str, Raw] = {"insurance": insurance, "months": months, "people": ",".join(chosen)}
    values, findings = desk.checker(session.region, item.id).check(raw, drafts.ground(desk, session.unit.number))
    if any(finding.stops for finding in findings):
        raise InputRefused(findings=findings, count=len(findings))
    return submit_made(desk, bureau, session, signer, item.id, values, progress)


def months_offered(item: Item) -> tuple[int, ...]:
    """The spans in months that the region offers; none where its pack names none."""
    for use in item.checks:
        if use.check == "months-offered":
            return tuple(int(one) for one in use.settings["months"].split(","))
    return ()


def fetch(bureau: Bureau, code: str) -> ParticipationCertificate:
    """A certificate issued before. Raises UsageError ``certificate-unknown``."""
    try:
        return bureau.certificate(code)
    except BureauRefused as refused:
        if refused.code == "not-found":
            raise UsageError("certificate-unknown", code=code) from refused
        raise

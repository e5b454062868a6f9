"""Seal and send: from checked drafts to receipts, so that a kill at any instruction loses and doubles nothing.

1. Each draft is checked on what the bureau says now; what has errors stays a draft.
2. Each is sealed by the UKey over its canonical JSON and, in one transaction, marked queued and put in the outbox.
3. The outbox is sent in batches. A row is answered only by a verified receipt or a refusal; without an answer it is
   sent again later under the same key, and the bureau answers as it did the first time.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from app.domain.filings import Filing, FilingState
from app.domain.findings import Finding
from app.domain.progress import silent
from app.domain.signing import Purpose
from app.errors import BureauDistrusted, BureauUnreachable, CalledOff, KeyTrouble, SessionEnded, ShebaoError
from app.store.outbox import Sealed
from app.workflows import drafts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.bureau_api.client import Bureau, Result
    from app.domain.progress import Progress
    from app.workflows.desk import Desk
    from app.workflows.login import Signer
    from app.workflows.session import Session

BATCH = 500
ENVELOPE_VERSION = 1


@dataclass
class Submitted:
    """What became of each filing: receipts of the accepted, the refused with their findings, the rest waits.

    ``stopped_by`` is what ended the work early (key pulled, bureau gone, cancelled); None where nothing did.
    """

    accepted: list[Filing] = field(default_factory=list)
    queued: list[Filing] = field(default_factory=list)
    refused: list[tuple[Filing, tuple[Finding, ...]]] = field(default_factory=list)
    receipts: dict[str, str] = field(default_factory=dict)
    stopped_by: ShebaoError | None = None


def submit(
    desk: Desk,
    bureau: Bureau,
    session: Session,
    signer: Signer,
    filings: Sequence[Filing],
    progress: Progress = silent,
) -> Submitted:
    """Check, seal, queue and send. Never raises for a key or a bureau that goes away: see ``Submitted.stopped_by``."""
    done = Submitted()
    try:
        ready = _checked(desk, bureau, filings, done, progress)
        _seal_all(desk, session, signer, ready, progress)
    except (KeyTrouble, CalledOff, BureauUnreachable, SessionEnded) as stopped:
        done.stopped_by = stopped
    # What was sealed before a key was pulled is on its way already and goes out now, unless the bureau is what is gone.
    if not isinstance(done.stopped_by, (BureauUnreachable, SessionEnded)):
        send_waiting(desk, bureau, session, done, progress)
    if done.accepted:
        # What was filed has changed who is insured and what is owed; not to hear of it now is no failure of the filing.
        with contextlib.suppress(BureauUnreachable, SessionEnded):
            _hear_of_unit(desk, bureau)
    waiting = {one.filing for one in desk.outbox.waiting(session.unit.number, limit=10**6)}
    done.queued = [desk.filings.get(one.id) for one in filings if one.id in waiting]
    return done


def submit_made(
    desk: Desk,
    bureau: Bureau,
    session: Session,
    signer: Signer,
    item: str,
    values: Mapping[str, str],
    progress: Progress = silent,
) -> Submitted:
    """Submit a form that the program makes anew each time, such as a month's; stopped before sealing it leaves nothing.

    It is kept all the same while it is under way. Raises no more than :func:`submit`.
    """
    (filing,) = drafts.keep(desk, session.region, session.unit.number, item, [values])
    done = submit(desk, bureau, session, signer, [filing], progress)
    kept = desk.filings.get(filing.id)
    if kept.state.is_editable:
        drafts.void(desk, kept)
    return done


def send_waiting(
    desk: Desk, bureau: Bureau, session: Session, done: Submitted | None = None, progress: Progress = silent
) -> Submitted:
    """Send what waits in the outbox, from this time or an earlier one."""
    done = done or Submitted()
    total = len(desk.outbox.waiting(session.unit.number, limit=10**6))
    verifier = desk.verifier(session.endpoint, bureau.origin)
    sent = 0
    try:
        while batch := desk.outbox.waiting(session.unit.number, BATCH):
            progress(sent, total, "发送")
            _mark_sent(desk, batch)
            _upload(desk, bureau, batch)
            for sealed, result in _paired(batch, bureau.send(batch)):
                receipt = None
                if result.accepted:
                    if result.receipt is None:
                        raise BureauDistrusted(detail="receipt missing")
                    verifier.check(result.receipt, sealed.key, sealed.digest)
                    receipt = json.dumps(dict(result.receipt), ensure_ascii=False)
                _take(desk, sealed, result, receipt, done)
                if result.repeated:
                    # What happened to it since the first answer may lie behind the cursor: hear everything again.
                    desk.said.forget(session.unit.number, drafts.CURSOR)
            sent += len(batch)
        progress(sent, total, "发送")
    except (BureauUnreachable, BureauDistrusted, SessionEnded, CalledOff) as stopped:
        done.stopped_by = done.stopped_by or stopped
    return done


def _checked(
    desk: Desk, bureau: Bureau, filings: Sequence[Filing], done: Submitted, progress: Progress
) -> list[Filing]:
    """The filings nothing stops, as the bureau sees their people and the unit at this moment."""
    progress(0, len(filings), "核对")
    for filing in filings:
        if not filing.state.is_editable:
            raise drafts.fixed(filing, "submit")
    _hear_of_unit(desk, bureau)
    to_ask = [one.values.get("identity", "") for one in filings if desk.item(one.region, one.item).lookup]
    seen = drafts.look_up(bureau, to_ask)
    ready = []
    for draft in drafts.check(desk, filings, seen):
        if draft.ready:
            ready.append(draft.filing)
        else:
            done.refused.append((draft.filing, draft.findings))
    return ready


def _hear_of_unit(desk: Desk, bureau: Bureau) -> None:
    unit, now = bureau.unit()
    desk.heard_time(now)
    drafts.remember(desk, unit, bureau.people())


def _seal_all(desk: Desk, session: Session, signer: Signer, ready: Sequence[Filing], progress: Progress) -> None:
    for count, filing in enumerate(ready):
        progress(count, len(ready), "签名")
        sealed = seal(desk, session, signer, filing)
        with desk.database.transaction():
            now = desk.now()
            for state in (FilingState.CHECKED, FilingState.SEALED, FilingState.QUEUED):
                if filing.state is not state:
                    filing = filing.moved(state, now)  # noqa: PLW2901 - the same filing, some steps on
                    desk.filings.save(filing)
            desk.outbox.put([sealed], now)


def seal(desk: Desk, session: Session, signer: Signer, filing: Filing) -> Sealed:
    """The filing as it is signed and sent. Raises KeyTrouble."""
    return _signed(
        signer,
        filing.id,
        {
            "version": ENVELOPE_VERSION,
            "key": uuid.uuid4().hex,
            "region": filing.region,
            "unit": session.unit.number,
            "item": filing.item,
            "month": str(filing.month),
            "values": {key: value for key, value in filing.values.items() if value},
            "attachments": [
                {
                    "slot": one.slot,
                    "name": one.name,
                    "sha256": one.sha256,
                    "size": one.size,
                    "media_type": one.media_type,
                }
                for one in filing.attachments
            ],
            "made_at": desk.now().isoformat(timespec="seconds"),
        },
    )


def withdraw(desk: Desk, bureau: Bureau, session: Session, signer: Signer, filing: Filing) -> Filing:
    """Take a filing back while the bureau has not decided. Raises UsageError or BureauRefused where it is too late."""
    if filing.state not in (FilingState.ACCEPTED, FilingState.UNDER_REVIEW) or filing.bureau_id is None:
        raise drafts.fixed(filing, "withdraw")
    sealed = _signed(
        signer,
        filing.id,
        {
            "version": ENVELOPE_VERSION,
            "key": uuid.uuid4().hex,
            "unit": session.unit.number,
            "action": "withdraw",
            "filing": filing.bureau_id,
            "made_at": desk.now().isoformat(timespec="seconds"),
        },
    )
    state = FilingState(bureau.withdraw(filing.bureau_id, sealed))
    withdrawn = filing.moved(state, desk.now())
    desk.filings.save(withdrawn)
    return withdrawn


def _signed(signer: Signer, filing_id: str, content: Mapping[str, Any]) -> Sealed:
    import rfc8785

    envelope = rfc8785.dumps(dict(content))
    return Sealed(
        key=content["key"],
        filing=filing_id,
        envelope=envelope.decode(),
        digest=hashlib.sha256(envelope).hexdigest(),
        algorithm=signer.algorithm.value,
        certificate=signer.certificate.der,
        signature=signer.sign(envelope, Purpose.SEAL),
    )


def _mark_sent(desk: Desk, batch: Sequence[Sealed]) -> None:
    with desk.database.transaction():
        desk.outbox.tried([one.key for one in batch])
        for sealed in batch:
            filing = desk.filings.get(sealed.filing)
            if filing.state is FilingState.QUEUED:
                desk.filings.save(filing.moved(FilingState.SENT, desk.now()))


def _upload(desk: Desk, bureau: Bureau, batch: Sequence[Sealed]) -> None:
    """Put the attachments of a batch there, each once."""
    wanted = {one["sha256"]: one for sealed in batch for one in json.loads(sealed.envelope)["attachments"]}
    for digest, attachment in wanted.items():
        bureau.upload(digest, attachment["media_type"], desk.filings.file(digest))


def _paired(batch: Sequence[Sealed], results: Sequence[Result]) -> list[tuple[Sealed, Result]]:
    by_key = {result.key: result for result in results}
    if set(by_key) != {sealed.key for sealed in batch}:
        raise BureauDistrusted(detail="answers for other filings")
    return [(sealed, by_key[sealed.key]) for sealed in batch]


def _take(desk: Desk, sealed: Sealed, result: Result, receipt: str | None, done: Submitted) -> None:
    """Write one answer down: the filing's state and the outbox row in one transaction."""
    filing = desk.filings.get(sealed.filing)
    papers = (("notice", result.notice), ("certificate", result.certificate), ("document", result.document))
    outcome = {key: value for key, value in papers if value}
    with desk.database.transaction():
        now = desk.now()
        moved = filing.moved(FilingState(result.state), now)
        moved = moved._replace(bureau_id=result.filing, outcome=outcome, findings=result.findings)
        desk.filings.save(moved)
        desk.outbox.answered(sealed.key, receipt, now)
    if result.accepted and receipt is not None:
        done.accepted.append(moved)
        done.receipts[moved.id] = receipt
    else:
        done.refused.append((moved, result.findings))

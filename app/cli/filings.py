"""``shebao filing …``: list, show, submit, sync, attach, withdraw, void."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.cli.keys import signer_for
from app.cli.output import Answered, failure_json, findings_json, progress
from app.domain.filings import FilingState
from app.errors import InputRefused, UsageError
from app.workflows import drafts, papers, sync
from app.workflows import session as sessions
from app.workflows import submit as submitting

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterator

    from app.bureau_api.client import Bureau
    from app.domain.filings import Filing
    from app.workflows.desk import Desk
    from app.workflows.session import Session
    from app.workflows.submit import Submitted


@contextlib.contextmanager
def in_session(desk: Desk) -> Iterator[tuple[Session, Bureau]]:
    """The kept session and the bureau in it. Raises NotLoggedIn."""
    session = sessions.current(desk)
    bureau = sessions.connect(desk, session)
    try:
        yield session, bureau
    finally:
        bureau.close()


def filing_json(filing: Filing) -> dict[str, Any]:
    """A filing as a line of the list."""
    return {
        "id": filing.id,
        "item": filing.item,
        "region": filing.region,
        "month": str(filing.month),
        "state": filing.state.value,
        "state_label": filing.state.label,
        "name": filing.values.get("name"),
        "batch": filing.batch,
        "bureau_id": filing.bureau_id,
        "updated_at": filing.updated_at.isoformat(timespec="seconds"),
        **filing.outcome,
    }


def filing_list(desk: Desk, _: Namespace) -> dict[str, Any]:
    """All filings of this computer, newest first."""
    return {"filings": [filing_json(filing) for filing in desk.filings.select()]}


def filing_show(desk: Desk, options: Namespace) -> dict[str, Any]:
    """One filing with its values, findings, history and receipt."""
    filing = desk.filings.get(options.id)
    editable = filing.state.is_editable
    findings = drafts.check(desk, [filing])[0].findings if editable else filing.findings
    receipt = desk.outbox.receipt_of(filing.id)
    return {
        **filing_json(filing),
        "values": dict(filing.values),
        "attachments": [{"slot": one.slot, "name": one.name, "sha256": one.sha256} for one in filing.attachments],
        "findings": findings_json(findings),
        "history": [
            {"state": state.value, "state_label": state.label, "note": note, "at": at.isoformat(timespec="seconds")}
            for state, note, at in desk.filings.history(filing.id)
        ],
        "receipt": None if receipt is None else json.loads(receipt),
    }


def filing_submit(desk: Desk, options: Namespace) -> dict[str, Any]:
    """Seal and send the named filings, a batch, or every draft; what still waits in the outbox goes with them."""
    with in_session(desk) as (session, bureau):
        chosen = _chosen(desk, options, session)
        signer = signer_for(desk, session, options)
        try:
            done = submitting.submit(desk, bureau, session, signer, chosen, progress)
        finally:
            signer.close()
    return submitted_json(done)


def _chosen(desk: Desk, options: Namespace, session: Session) -> list[Filing]:
    if options.ids:
        return [desk.filings.get(one) for one in options.ids]
    editable = (FilingState.DRAFT, FilingState.CHECKED)
    # Drafts made offline before the first login belong to the unit that then logs in.
    drafts.adopt(desk, session)
    chosen = desk.filings.select(session.unit.number, states=editable, batch=options.batch)
    if not chosen and not (options.batch is None and desk.outbox.waiting(session.unit.number, 1)):
        raise UsageError("batch-unknown" if options.batch else "nothing-to-submit", batch=options.batch or "")
    return chosen[::-1]


def submitted_json(done: Submitted) -> dict[str, Any]:
    """What became of it. Raises Answered where the exit code is not 0."""
    result = {
        "accepted": [
            {"id": one.id, "state": one.state.value, "receipt": json.loads(done.receipts[one.id]), **one.outcome}
            for one in done.accepted
        ],
        "queued": [one.id for one in done.queued],
        "refused": [{"id": one.id, "findings": findings_json(findings)} for one, findings in done.refused],
    }
    if done.stopped_by is not None:
        raise Answered({**result, **failure_json(done.stopped_by)}, done.stopped_by.exit_code)
    if done.refused:
        sent = any(filing.state is FilingState.REJECTED for filing, _ in done.refused)
        raise Answered(result, 5 if sent else InputRefused.exit_code)
    return result


def filing_sync(desk: Desk, _: Namespace) -> dict[str, Any]:
    """Send what waits, then fetch news."""
    with in_session(desk) as (session, bureau):
        done = submitting.send_waiting(desk, bureau, session, progress=progress)
        news = None if done.stopped_by else sync.fetch(desk, bureau, session)
    result = submitted_json(done)
    return {**result, "changed": list(news.changed) if news else []}


def filing_attach(desk: Desk, options: Namespace) -> dict[str, Any]:
    """Attach a scan, or the form made from the filing, ready for the seal."""
    filing = desk.filings.get(options.id)
    item = desk.item(filing.region, filing.item)
    slots = {slot.key: slot for slot in item.attachments}
    if options.slot not in slots:
        raise UsageError("slot-unknown", slot=options.slot, known="、".join(slots))
    slot = slots[options.slot]
    if options.file:
        path = Path(options.file)
        if not path.is_file():
            raise UsageError("file-missing", file=str(path))
        filing = drafts.attach(desk, filing, slot, path.name, path.read_bytes())
    elif slot.made_from is None:
        raise UsageError("nothing-to-attach", name=slot.name, formats="、".join(slot.formats))
    else:
        with in_session(desk) as (session, _):
            paper = papers.form(desk, session.unit, slot.made_from, [filing])
        filing = drafts.attach(desk, filing, slot, f"{slot.name}.pdf", paper.pdf)
    return filing_json(filing)


def filing_withdraw(desk: Desk, options: Namespace) -> dict[str, Any]:
    """Take a filing back while it is under review."""
    with in_session(desk) as (session, bureau):
        filing = desk.filings.get(options.id)
        signer = signer_for(desk, session, options)
        try:
            return filing_json(submitting.withdraw(desk, bureau, session, signer, filing))
        finally:
            signer.close()


def filing_void(desk: Desk, options: Namespace) -> dict[str, Any]:
    """Put a draft out of the way."""
    return filing_json(drafts.void(desk, desk.filings.get(options.id)))

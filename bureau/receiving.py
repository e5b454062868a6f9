"""Take sealed filings in: each in a transaction of its own, once and for all under its key."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from app.domain.filings import FilingState
from app.domain.findings import Finding, any_stops, error
from app.regions.errors import CalendarUnknown
from app.regions.pack import Subject
from app.regions.pack_errors import ParameterUnknown
from bureau import decisions, receipts, standing, words
from bureau.case import Case, Outcome, subjects
from bureau.envelopes import FilingEnvelope, Unsealed, WithdrawEnvelope, key_of, opened
from bureau.errors import Declined, Refusal, not_found
from bureau.models import Attachment, Filing, Seal, Unit
from bureau.numbering import next_number

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from app.regions.pack import Item, Region
    from bureau.envelopes import Sealed
    from bureau.office import Office


_FORMATS: Final = {"application/pdf": "pdf", "image/jpeg": "jpg"}


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What becomes of a filing: its state, its findings, and what came of it."""

    state: FilingState
    findings: Sequence[Finding]
    outcome: Outcome = field(default_factory=Outcome)


def receive(office: Office, unit_number: str, sealed: Sealed, now: datetime) -> dict[str, Any]:
    """The answer to one filing; the first one again if it came before, ``repeated`` then."""
    with office.database.write() as session:
        unit = session.get_one(Unit, unit_number)
        region = office.region(unit.region)
        try:
            envelope = opened(office, sealed, FilingEnvelope, unit.number, unit.credit_code)
            repeated = _first_answer(session, envelope.key, sealed.digest, unit)
            if repeated is not None:
                return {**repeated, "repeated": True}
            item = _item_of(region, envelope)
            _check_uploaded(session, unit, envelope)
        except Unsealed as refused:
            return _unkept(key_of(sealed.envelope), refused.finding, region)
        return _decide(office, session, unit, region, item, envelope, sealed, now)


def withdraw(office: Office, unit_number: str, filing_id: str, sealed: Sealed, now: datetime) -> dict[str, Any]:
    """Take a filing back while it is under review. Raises Refusal: 404, 409 once it is decided, 400 for a bad seal."""
    with office.database.write() as session:
        unit = session.get_one(Unit, unit_number)
        try:
            envelope = opened(office, sealed, WithdrawEnvelope, unit.number, unit.credit_code)
            repeated = _first_answer(session, envelope.key, sealed.digest, unit)
        except Unsealed as refused:
            raise Refusal(400, refused.finding.code, findings=[refused.finding]) from refused
        if repeated is not None:
            return repeated
        filing = session.get(Filing, filing_id)
        if filing is None or filing.unit_number != unit.number or envelope.filing != filing_id:
            raise not_found()
        if filing.state != FilingState.UNDER_REVIEW.value:
            raise Refusal(409, "filing-decided", facts={"state": filing.state})
        moved(session, filing, FilingState.WITHDRAWN, now)
        receipt = _receipt(office, session, filing, envelope.key, sealed.digest, now)
        answer = {"filing": filing.id, "state": filing.state, "receipt": receipt}
        _keep_seal(session, unit, envelope.key, sealed, answer, now)
        return answer


def moved(session: Session, filing: Filing, state: FilingState, now: datetime, note: str = "") -> None:
    """Change a filing's state, so that who asks for changes learns of it."""
    filing.state, filing.note, filing.changed_at = state.value, note, now
    filing.cursor = next_number(session, "cursor")
    session.flush()


def judge(
    office: Office, session: Session, unit: Unit, region: Region, item: Item, values: dict[str, str], now: datetime
) -> tuple[dict[str, str], list[Finding]]:
    """Canonical values and what the rules say of them, on the bureau's own data."""
    checker = office.checker(region, item)
    ground = standing.ground(session, region, unit, now.date(), subjects(values))
    return checker.check(values, ground)


def _decide(
    office: Office,
    session: Session,
    unit: Unit,
    region: Region,
    item: Item,
    envelope: FilingEnvelope,
    sealed: Sealed,
    now: datetime,
) -> dict[str, Any]:
    values, findings = judge(office, session, unit, region, item, envelope.values, now)
    findings += _attachment_findings(item, envelope)
    filing_id = f"{now:%Y%m%d}{next_number(session, 'filing'):08d}"
    verdict = _Verdict(FilingState.REJECTED, findings)
    if not any_stops(findings):
        verdict = _Verdict(FilingState.UNDER_REVIEW, findings)
        if not office.reviews(item):
            case = Case(office, session, region, item, unit, filing_id, values, now)
            verdict = carry_out(session, case, findings)
    filing = Filing(
        id=filing_id,
        key=envelope.key,
        unit_number=unit.number,
        item=item.id,
        month=envelope.of_month,
        state=verdict.state.value,
        note="",
        subject=(values.get("identity") or None) if item.subject is Subject.PERSON else None,
        content=json.dumps(values, ensure_ascii=False),
        notice=verdict.outcome.notice,
        certificate=verdict.outcome.certificate,
        document=verdict.outcome.document,
        cursor=next_number(session, "cursor"),
        changed_at=now,
    )
    accepted = verdict.state is not FilingState.REJECTED
    told = [words.on_wire(one, region) for one in verdict.findings]
    answer = {
        "key": envelope.key,
        "outcome": "accepted" if accepted else "refused",
        "filing": filing_id,
        "state": verdict.state.value,
        "receipt": _receipt(office, session, filing, envelope.key, sealed.digest, now) if accepted else None,
        "findings": told,
        "notice": verdict.outcome.notice,
        "certificate": verdict.outcome.certificate,
        "document": verdict.outcome.document,
    }
    if not accepted:
        filing.note = "；".join(one["message"] for one in told if one["severity"] == "error")
    _keep_seal(session, unit, envelope.key, sealed, answer, now)
    session.add(filing)
    return {**answer, "repeated": False}


def carry_out(session: Session, case: Case, findings: Sequence[Finding]) -> _Verdict:
    """Apply an approved filing, or say what stood in the way; then nothing of it is done."""
    try:
        with session.begin_nested():
            return _Verdict(FilingState.APPROVED, findings, decisions.apply(case))
    except Declined as declined:
        finding = declined.finding
    except (CalendarUnknown, ParameterUnknown) as lacking:
        # A rate or a calendar that is not in the sources: the bureau cannot calculate and says which.
        finding = Finding(lacking.code, facts=lacking.facts)
    return _Verdict(FilingState.REJECTED, [*findings, finding])


def _first_answer(session: Session, key: str, digest: str, unit: Unit) -> dict[str, Any] | None:
    seal = session.get(Seal, key)
    if seal is None:
        return None
    if seal.digest != digest or seal.unit_number != unit.number:
        raise Unsealed(error("key-reused"))
    answer: dict[str, Any] = json.loads(seal.answer)
    return answer


def _keep_seal(session: Session, unit: Unit, key: str, sealed: Sealed, answer: dict[str, Any], now: datetime) -> None:
    session.add(
        Seal(
            key=key,
            unit_number=unit.number,
            digest=sealed.digest,
            envelope=sealed.envelope,
            algorithm=sealed.algorithm,
            certificate=sealed.certificate,
            signature=sealed.signature,
            received_at=now,
            answer=json.dumps(answer, ensure_ascii=False),
        )
    )
    session.flush()


def _item_of(region: Region, envelope: FilingEnvelope) -> Item:
    if envelope.region != region.id:
        raise Unsealed(error("region-differs"))
    item = region.items.get(envelope.item)
    if item is None or not decisions.served(item):
        raise Unsealed(error("item-unknown"))
    known = {field.key for field in item.fields}
    for key in envelope.values:
        if key not in known:
            raise Unsealed(error("field-unknown", field=key))
    return item


def _check_uploaded(session: Session, unit: Unit, envelope: FilingEnvelope) -> None:
    for named in envelope.attachments:
        kept = session.execute(
            select(Attachment.media_type, Attachment.size).where(
                Attachment.unit_number == unit.number, Attachment.sha256 == named.sha256
            )
        ).one_or_none()
        if kept is None:
            raise Unsealed(error("attachment-missing", name=named.name, formats="pdf、jpg"))
        if (kept.media_type, kept.size) != (named.media_type, named.size):
            raise Unsealed(error("envelope-wrong", reason="attachment"))


def _attachment_findings(item: Item, envelope: FilingEnvelope) -> list[Finding]:
    slots = {slot.key: slot for slot in item.attachments}
    here = {one.slot for one in envelope.attachments}
    findings = [
        error("attachment-missing", name=slot.name, formats="、".join(slot.formats))
        for slot in item.attachments
        if slot.required and slot.key not in here
    ]
    for one in envelope.attachments:
        slot = slots.get(one.slot)
        if slot is None:
            findings.append(error("slot-unknown", slot=one.slot))
        elif _FORMATS[one.media_type] not in slot.formats:
            findings.append(error("attachment-format", file=one.name, formats="、".join(slot.formats)))
        elif one.size > slot.max_kb * 1024:
            size = -(-one.size // 1024)
            findings.append(error("attachment-too-large", file=one.name, size=size, limit=slot.max_kb))
    return findings


def _unkept(key: str, finding: Finding, region: Region) -> dict[str, Any]:
    return {
        "key": key,
        "outcome": "refused",
        "repeated": False,
        "filing": None,
        "state": FilingState.REJECTED.value,
        "receipt": None,
        "findings": [words.on_wire(finding, region)],
        "notice": None,
        "certificate": None,
        "document": None,
    }


def _receipt(office: Office, session: Session, filing: Filing, key: str, digest: str, now: datetime) -> dict[str, str]:
    body = receipts.ReceiptBody(
        receipt=f"R{now:%Y%m%d}{next_number(session, 'receipt'):08d}",
        key=key,
        filing=filing.id,
        digest=digest,
        unit=filing.unit_number,
        item=filing.item,
        state=filing.state,
        received_at=now.isoformat(),
    )
    return receipts.sign(office, body)

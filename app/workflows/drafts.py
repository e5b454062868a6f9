"""Drafts: make them, change them, look their people up, see what is wrong with them."""

from __future__ import annotations

import contextlib
import os
from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple, overload

from app.domain.filings import Attachment, Filing, FilingState
from app.domain.findings import Finding, Where, error
from app.domain.progress import silent
from app.errors import InputRefused, UsageError
from app.regions.pack import FieldType, Subject
from app.rules.ground import Ground
from app.rules.wire import person_from_wire, person_to_wire, unit_from_wire, unit_to_wire

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from app.bureau_api.client import Bureau
    from app.domain.progress import Progress
    from app.regions.pack import AttachmentSlot, Item, Region
    from app.rules.fields import Raw
    from app.rules.ground import PersonFacts, UnitFacts
    from app.workflows.desk import Desk
    from app.workflows.session import Session

LOOKUP_AT_ONCE = 500
NO_UNIT = ""
CURSOR = "cursor"
KEEPING = "存为草稿"
_ACTIONS = {"edit": "修改", "submit": "提交", "withdraw": "撤回", "void": "作废"}


class Draft(NamedTuple):
    """A filing with what is wrong with it today."""

    filing: Filing
    findings: tuple[Finding, ...]

    @property
    def ready(self) -> bool:
        """Whether nothing stops it."""
        return not any(finding.stops for finding in self.findings)


def ground(desk: Desk, unit_number: str | None, seen: Mapping[str, PersonFacts] | None = None) -> Ground:
    """What is known today: the bureau's date, and the unit and its people as last heard (None: never heard)."""
    unit = people = None
    if unit_number is not None:
        heard = desk.said.get(unit_number, "unit")
        unit = None if heard is None else unit_from_wire(heard)
        roster = desk.said.get(unit_number, "people")
        people = None if roster is None else {one["identity"]: person_from_wire(one) for one in roster}
    return Ground(desk.today(), unit, people, seen or {})


def new_filing(desk: Desk, region: str, unit_number: str, item: str, values: Mapping[str, str], **more: str) -> Filing:
    """A draft that is not kept yet; ``more`` may name its ``batch``."""
    now = desk.now()
    return Filing(
        id=next(_random_ids(1)),
        region=region,
        unit_number=unit_number,
        item=desk.item(region, item).id,
        month=desk.month(),
        values=values,
        created_at=now,
        updated_at=now,
        batch=more.get("batch"),
    )


def keep(
    desk: Desk, region: str, unit_number: str, item: str, rows: Iterable[Mapping[str, str]], batch: str | None = None
) -> list[Filing]:
    """Keep one draft for each row of canonical values: all of them or, interrupted, none."""
    more = {} if batch is None else {"batch": batch}
    filings = [new_filing(desk, region, unit_number, item, values, **more) for values in rows]
    desk.filings.add(filings)
    return filings


def keep_columns(
    desk: Desk,
    region: str,
    unit_number: str,
    item: str,
    pieces: Iterable[Mapping[str, Sequence[str]]],
    batch: str | None = None,
    progress: Progress = silent,
) -> Kept:
    """As :func:`keep`, for rows that are columns of canonical values: a hundred thousand at once.

    ``progress`` is told piece by piece and may raise CalledOff: then none is kept.
    """
    more = {} if batch is None else {"batch": batch}
    kept = Kept(new_filing(desk, region, unit_number, item, {}, **more), list(pieces))
    desk.filings.add_alike(kept.pattern, _told(kept, progress))
    return kept


def _told(kept: Kept, progress: Progress) -> Iterator[tuple[Sequence[str], Mapping[str, Sequence[str]]]]:
    """The pieces, each told before it is written, and once more before all of them count."""
    done = 0
    for ids, piece in zip(kept.ids, kept.pieces, strict=True):
        progress(done, len(kept), KEEPING)
        yield ids, piece
        done += len(ids)
    progress(done, len(kept), KEEPING)


class Kept(Sequence[Filing]):
    """Many drafts made at one moment, each put together when it is looked at."""

    def __init__(self, pattern: Filing, pieces: Sequence[Mapping[str, Sequence[str]]]) -> None:
        self.pattern = pattern
        self.pieces = pieces
        heights = [len(next(iter(piece.values()), ())) for piece in pieces]
        self._starts = [sum(heights[:at]) for at in range(len(heights) + 1)]
        # In order: the database's index then grows at its end instead of everywhere at once.
        fresh = sorted(_random_ids(self._starts[-1]))
        self.ids = [fresh[first:last] for first, last in pairwise(self._starts)]

    def __len__(self) -> int:
        return self._starts[-1]

    @overload
    def __getitem__(self, index: int) -> Filing: ...
    @overload
    def __getitem__(self, index: slice) -> list[Filing]: ...
    def __getitem__(self, index: int | slice) -> Filing | list[Filing]:
        if isinstance(index, slice):
            return [self[one] for one in range(*index.indices(len(self)))]
        if index < 0:
            index += len(self)
        if not 0 <= index < len(self):
            raise IndexError(index)
        piece = bisect_right(self._starts, index) - 1
        at = index - self._starts[piece]
        values = {key: column[at] for key, column in self.pieces[piece].items()}
        return self.pattern._replace(id=self.ids[piece][at], values=values)


def _random_ids(count: int) -> Iterator[str]:
    """As many version 4 UUIDs as 32 hexadecimal digits, ten times as fast as one by one."""
    digits = os.urandom(16 * count).hex()
    return (
        f"{digits[at : at + 12]}4{digits[at + 13 : at + 16]}a{digits[at + 17 : at + 32]}"
        for at in range(0, 32 * count, 32)
    )


def edit(desk: Desk, filing: Filing, raw: Mapping[str, Raw]) -> Draft:
    """Keep other values and check them. Raises UsageError ``filing-fixed`` where it can no longer be changed."""
    if not filing.state.is_editable:
        raise fixed(filing, "edit")
    values, findings = desk.checker(filing.region, filing.item).check(raw, ground(desk, filing.unit_number))
    changed = filing.edited(values, desk.now())
    desk.filings.save(changed)
    return Draft(changed, tuple(findings))


def reopen(desk: Desk, filing: Filing) -> Filing:
    """A new draft with what was refused or withdrawn, to be mended; the old one stays in the history."""
    if filing.state not in (FilingState.REJECTED, FilingState.WITHDRAWN):
        raise fixed(filing, "edit")
    again = filing.moved(FilingState.DRAFT, desk.now())._replace(bureau_id=None, findings=(), outcome={})
    desk.filings.save(again)
    return again


def void(desk: Desk, filing: Filing) -> Filing:
    """Put a draft, or a refused or withdrawn filing, out of the way. What is with the bureau can only be withdrawn."""
    if filing.state not in (FilingState.DRAFT, FilingState.CHECKED, FilingState.REJECTED, FilingState.WITHDRAWN):
        raise fixed(filing, "void")
    voided = filing.moved(FilingState.VOIDED, desk.now())
    desk.filings.save(voided)
    return voided


def fixed(filing: Filing, action: str) -> UsageError:
    """The refusal to do something with a filing that its state does not allow."""
    remedy = {
        FilingState.QUEUED: "它会在连上社保系统后发送；有结果后再处理。",
        FilingState.SENT: "它正在发送；有结果后再处理。",
        FilingState.ACCEPTED: "可以先撤回。",
        FilingState.UNDER_REVIEW: "可以先撤回。",
    }.get(filing.state, "需要改的请新建一笔。")
    return UsageError("filing-fixed", id=filing.id, state=filing.state.label, action=_ACTIONS[action], remedy=remedy)


def attach(desk: Desk, filing: Filing, slot: AttachmentSlot, name: str, content: bytes) -> Filing:
    """Attach a scan or a produced form to a draft, as a picture where the bureau takes no PDF.

    Raises InputRefused with what is wrong with the file.
    """
    import hashlib

    from app.documents import attachments
    from app.documents.errors import AttachmentRefused

    if not filing.state.is_editable:
        raise fixed(filing, "edit")
    limits = attachments.Limits(slot.max_kb, frozenset(map(attachments.ScanKind, slot.formats)))
    try:
        name, content = attachments.fitted(name, content, limits)
        media_type = attachments.check(name, content, limits).kind.media_type
    except AttachmentRefused as refused:
        finding = error(refused.code, where=Where(field=slot.key, value=name), **refused.facts)
        raise InputRefused(findings=[finding], count=1) from refused
    digest = hashlib.sha256(content).hexdigest()
    with desk.database.transaction():
        desk.filings.keep_file(digest, media_type, content)
        others = tuple(one for one in filing.attachments if one.slot != slot.key)
        added = Attachment(slot.key, name, digest, len(content), media_type)
        changed = filing.edited(filing.values, desk.now())._replace(attachments=(*others, added))
        desk.filings.save(changed)
    return changed


def adopt(desk: Desk, session: Session) -> None:
    """Give drafts that were made before the first login to the unit that logged in, if they are for its region."""
    for filing in desk.filings.select(NO_UNIT):
        if filing.region == session.region and filing.state.is_editable:
            desk.filings.give(filing.id, session.unit.number)


def look_up(bureau: Bureau, identities: Sequence[str]) -> dict[str, PersonFacts]:
    """Ask the bureau who these people are; by identity number."""
    found: dict[str, PersonFacts] = {}
    wanted = list(dict.fromkeys(filter(None, identities)))
    for start in range(0, len(wanted), LOOKUP_AT_ONCE):
        found.update({one.identity: one for one in bureau.lookup(wanted[start : start + LOOKUP_AT_ONCE])})
    return found


def check(desk: Desk, filings: Sequence[Filing], seen: Mapping[str, PersonFacts] | None = None) -> list[Draft]:
    """Check filings of one unit on today's ground, attachments and doubles among themselves included."""
    if not filings:
        return []
    on = ground(desk, filings[0].unit_number, seen)
    first: dict[tuple[str, str], str] = {}
    drafts = []
    for filing in filings:
        item = desk.item(filing.region, filing.item)
        checker = desk.checker(filing.region, filing.item)
        findings = checker.check(filing.values, on)[1] + missing_attachments(item, filing)
        subject = filing.values.get("identity", "")
        if item.subject is Subject.PERSON and subject:
            before = first.setdefault((filing.item, subject), filing.id)
            if before != filing.id:
                findings.append(error("duplicate-draft", where=Where(field="identity"), other=before))
        drafts.append(Draft(filing, tuple(findings)))
    return drafts


def missing_attachments(item: Item, filing: Filing) -> list[Finding]:
    """A finding for each required attachment that is not there."""
    there = {one.slot for one in filing.attachments}
    return [_missing(slot) for slot in item.attachments if slot.required and slot.key not in there]


def _missing(slot: AttachmentSlot) -> Finding:
    return error("attachment-missing", where=Where(field=slot.key), name=slot.name, formats="、".join(slot.formats))


def confirmation(region: Region, item: Item, filing: Filing, count: int = 1) -> str:
    """The one sentence of what will happen, e.g. “张示例 缴费到 2022年7月，2022年8月 起停。”."""
    from datetime import date
    from decimal import Decimal, InvalidOperation

    from app.domain.money import shown
    from app.domain.months import Month

    values = dict(filing.values)
    facts = {**values, "count": str(count)}
    for field in item.fields:
        if field.table and values.get(field.key):
            facts[field.key] = region.tables[field.table].entries.get(values[field.key], values[field.key])
        if field.type is FieldType.MONEY and values.get(field.key):
            with contextlib.suppress(InvalidOperation):
                facts[field.key] = shown(Decimal(values[field.key]))
    for key in ("insurances", "insurance"):
        facts[key] = "、".join(region.insurance(one).short for one in values.get(key, "").split(",") if one)
    if values.get("stop_date"):
        last = Month.of(date.fromisoformat(values["stop_date"])) + (0 if region.conduct.stop_month_paid else -1)
        facts |= {"last_month": last.spoken, "next_month": (last + 1).spoken}
    for key in ("start", "month", "first", "last", "from_month"):
        if values.get(key):
            facts[key] = Month.parse(values[key][:7]).spoken
    return item.confirmation.format_map(_Blank(facts))


class _Blank(dict[str, str]):
    """Facts for a sentence; what is not known yet shows as a dash."""

    def __missing__(self, key: str) -> str:
        return "—"


def remember(desk: Desk, unit: UnitFacts, people: Iterable[PersonFacts]) -> None:
    """Keep what the bureau said of the unit and its people."""
    now = desk.system_clock()
    with desk.database.transaction():
        desk.said.put(unit.number, "unit", unit_to_wire(unit), now)
        desk.said.put(unit.number, "people", [person_to_wire(one) for one in people], now)

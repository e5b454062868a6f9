"""Many drafts of one item on one table: what is wrong with each, kept up to date while the clerk types.

The table is the working copy in memory; :func:`keep_changes` brings the store to it. The table itself is pure, so that
a window may call it for every key stroke.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from app.domain.filings import FilingState
from app.domain.findings import Finding, Severity, Where, any_stops, error
from app.domain.progress import silent
from app.errors import UsageError
from app.regions.pack import FilledBy, Subject
from app.rules.columns import ColumnChecker
from app.rules.corrections import correction
from app.wording import sentence
from app.workflows import drafts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from app.bureau_api.client import Bureau
    from app.domain.filings import Attachment, Filing
    from app.domain.progress import Progress
    from app.regions.pack import AttachmentSlot, Item
    from app.rules.engine import Checker
    from app.rules.fields import Raw
    from app.rules.ground import Ground, PersonFacts
    from app.workflows.desk import Desk

OPEN = (FilingState.DRAFT, FilingState.CHECKED)
EVERY = 2000
#: So many lines are written at once before a window may turn to its clerk: a few milliseconds.
AT_ONCE = 50


@dataclass(eq=False, slots=True)
class Line:
    """One person of the table. ``row`` is where it stands in the file it came from, None for a draft of another day."""

    values: dict[str, str]
    row: int | None = None
    filing: Filing | None = None
    own: tuple[Finding, ...] = ()
    across: tuple[Finding, ...] = ()
    #: What the bureau said when it refused this one. It stands until the line is changed and stops nothing: the cause
    #: may have gone without anything to change here.
    said: tuple[Finding, ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Everything that is wrong with it."""
        return self.own + self.across + self.said

    @property
    def ready(self) -> bool:
        """Whether nothing stops it."""
        return not any_stops(self.own) and not any_stops(self.across)

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        """What is attached to it."""
        return self.filing.attachments if self.filing else ()


@dataclass(frozen=True, slots=True)
class Group:
    """One kind of complaint: its sentence, how grave it is, and the lines and fields it speaks of."""

    code: str
    message: str
    remedy: str
    stops: bool
    places: tuple[tuple[Line, str | None], ...]


@dataclass(frozen=True, slots=True)
class Tally:
    """What a table comes to: findings by kind, how many lines nothing stops, in how many places something does.

    ``attached`` are the names of attached files by slot, one for each line that has it; ``people`` counts the lines.
    """

    groups: Sequence[Group] = ()
    ready: int = 0
    stopped: int = 0
    attached: Mapping[str, Sequence[str]] = field(default_factory=dict)
    people: int = 0


@dataclass
class Table:
    """The lines, each checked on ``ground``, and the doubles among them.

    What goes through many lines tells a :class:`Progress` every few, so that a window can turn to its clerk meanwhile.
    """

    checker: Checker
    ground: Ground
    lines: list[Line] = field(default_factory=list)
    _holders: dict[str, list[Line]] = field(default_factory=lambda: defaultdict(list))
    _held: set[Line] = field(default_factory=set)
    _unmarked: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        for line in self.lines:
            self._hold(line)
        self._mark_doubles()

    def __contains__(self, line: Line) -> bool:
        return line in self._held

    @property
    def ready(self) -> list[Line]:
        """Lines that nothing stops."""
        return [line for line in self.lines if line.ready]

    def new_line(self, raw: Mapping[str, Raw], row: int | None = None) -> Line:
        """A line with what was typed, read and checked, not yet in the table."""
        line = Line(self.checker.read(raw)[0], row)
        self.check(line)
        return line

    def insert(self, places: Sequence[tuple[int, Line]], progress: Progress = silent) -> None:
        """Put checked lines at their places, lowest first."""
        lines: list[Line] = []
        taken = 0
        for done, (place, line) in enumerate(places):
            if done % AT_ONCE == 0:
                progress(done, len(places), "放入表格")
            upto = taken + max(0, place - len(lines))
            lines += self.lines[taken:upto]
            taken = upto
            lines.append(line)
            self._hold(line)
        self.lines = lines + self.lines[taken:]
        self._mark_doubles()

    def remove(self, lines: Iterable[Line], progress: Progress = silent) -> list[tuple[int, Line]]:
        """Take lines out; their places, lowest first, for putting them back."""
        gone = set(lines)
        places = [(place, line) for place, line in enumerate(self.lines) if line in gone]
        self.lines = [line for line in self.lines if line not in gone]
        for done, (_, line) in enumerate(places):
            if done % AT_ONCE == 0:
                progress(done, len(places), "删除")
            self._release(line)
        self._mark_doubles()
        return places

    def write(self, changes: Sequence[tuple[Line, Mapping[str, Raw]]], progress: Progress = silent) -> None:
        """Give some fields of each line what was typed, read and check the lines anew."""
        for start in range(0, len(changes), AT_ONCE):
            progress(start, len(changes), "检查")
            some = changes[start : start + AT_ONCE]
            self._settle([(line, self.checker.read(self._typed(line, raw))[0]) for line, raw in some])

    def restore(self, changes: Sequence[tuple[Line, Mapping[str, str]]], progress: Progress = silent) -> None:
        """Give each line canonical values and check it anew."""
        for start in range(0, len(changes), AT_ONCE):
            progress(start, len(changes), "检查")
            self._settle(changes[start : start + AT_ONCE])

    def _typed(self, line: Line, raw: Mapping[str, Raw]) -> dict[str, Raw]:
        """The line as it is typed now."""
        told = self._told_by_identity(line.values) if "identity" in raw else {}
        return {**line.values, **told, **raw}

    def _settle(self, changes: Sequence[tuple[Line, Mapping[str, str]]]) -> None:
        """Take canonical values, checked by columns: many lines cost little more than one."""
        cells = {key: [values.get(key, "") for _, values in changes] for key in self.checker.parsers}
        problems = ColumnChecker(self.checker, self.ground).check(cells, len(changes)).problems
        for place, (line, values) in enumerate(changes):
            # Who keeps the number keeps the place among those who bear it.
            same = line.values.get("identity", "") == values.get("identity", "")
            held = not same and self._release(line)
            line.values = dict(values)
            line.said = ()
            line.own = (*problems.get(place, ()), *self._missing(line))
            if held:
                self._hold(line)
        self._mark_doubles()

    def check(self, line: Line) -> None:
        """Check one line by itself, attachments included."""
        findings = self.checker.check(line.values, self.ground)[1]
        line.own = tuple(findings + self._missing(line))

    def check_on(
        self, ground: Ground, lines: Sequence[Line], values: Sequence[dict[str, str]], progress: Progress = silent
    ) -> list[tuple[Finding, ...]]:
        """What is wrong with ``values`` on another ground, for :meth:`take`. Changes nothing and may run anywhere."""
        found = []
        for done, (line, one) in enumerate(zip(lines, values, strict=True)):
            if done % EVERY == 0:
                progress(done, len(lines), "检查")
            found.append(tuple(self.checker.check(one, ground)[1] + self._missing(line)))
        return found

    def take(
        self,
        ground: Ground,
        lines: Sequence[Line],
        values: Sequence[dict[str, str]],
        findings: Sequence[tuple[Finding, ...]],
        progress: Progress = silent,
    ) -> None:
        """Stand on another ground, with what :meth:`check_on` found; lines changed since are checked here."""
        self.ground = ground
        for done, (line, checked, found) in enumerate(zip(lines, values, findings, strict=True)):
            if done % EVERY == 0:
                progress(done, len(lines), "检查")
            if line.values is checked:
                line.own = found
            else:
                self.check(line)

    def tally(self, progress: Progress = silent) -> Tally:
        """Count everything. May run beside the window: lines that change meanwhile count as they are then."""
        lines = list(self.lines)
        groups = self.groups(progress)
        ready = stopped = 0
        for done, line in enumerate(lines):
            if done % EVERY == 0:
                progress(done, len(lines), "检查")
            stops = sum(finding.stops for finding in line.findings)
            stopped += stops
            ready += not stops or line.ready
        return Tally(groups, ready, stopped, attached(lines), len(lines))

    def groups(self, progress: Progress = silent) -> list[Group]:
        """Findings by kind: what stops first, then the most frequent."""
        places: dict[tuple[str, bool, str, str], list[tuple[Line, str | None]]] = defaultdict(list)
        kinds: dict[tuple[str, Severity, int], tuple[object, tuple[str, bool, str, str]]] = {}
        lines = list(self.lines)
        for done, line in enumerate(lines):
            if done % EVERY == 0:
                progress(done, len(lines), "检查")
            for finding in line.findings:
                # A check says the same of many lines with the same facts; they are held, so that none takes the number
                # of another.
                facts = finding.facts
                name = (finding.code, finding.severity, id(facts))
                if name not in kinds:
                    kinds[name] = facts, _kind(finding)
                places[kinds[name][1]].append((line, finding.where.field))
        many = Counter(code for code, *_ in places)
        groups = [
            Group(code, message, remedy, stops, tuple(places[code, stops, message, remedy]))
            for code, stops, message, remedy in places
        ]
        return sorted(_joined(groups, many), key=lambda one: (not one.stops, -len(one.places)))

    def _missing(self, line: Line) -> list[Finding]:
        there = {one.slot for one in line.attachments}
        return [
            error("attachment-missing", where=Where(field=slot.key), name=slot.name, formats="、".join(slot.formats))
            for slot in self.checker.item.attachments
            if slot.required and slot.key not in there
        ]

    def _told_by_identity(self, values: Mapping[str, str]) -> dict[str, Raw]:
        """Blanks for what the old identity number told, so that the new one tells it; what was typed stays."""
        keys = [one.key for one in self.checker.item.fields if one.filled_by is FilledBy.IDENTITY]
        alone = dict.fromkeys(values, "") | {"identity": values.get("identity", "")}
        self.checker.complete(alone)
        return {key: "" for key in keys if values.get(key) and values[key] == alone.get(key)}

    def _hold(self, line: Line) -> None:
        self._held.add(line)
        identity = line.values.get("identity", "")
        if identity and self.checker.item.subject is Subject.PERSON:
            holders = self._holders[identity]
            holders.append(line)
            if len(holders) > 1:
                self._unmarked.add(identity)

    def _release(self, line: Line) -> bool:
        """Forget a line among its doubles; whether it is in the table."""
        if line not in self._held:
            return False
        self._held.discard(line)
        identity = line.values.get("identity", "")
        holders = self._holders.get(identity)
        if holders and line in holders:
            holders.remove(line)
            line.across = ()
            self._unmarked.add(identity)
        return True

    def _mark_doubles(self) -> None:
        """Say of each who stands in the table again, for numbers that were held or released."""
        for identity in self._unmarked:
            holders = self._holders[identity]
            if not holders:
                del self._holders[identity]
                continue
            first = holders[0]
            first.across = ()
            for other in holders[1:]:
                place = Where(field="identity", row=other.row)
                code = "duplicate-draft" if first.row is None else "duplicate-in-file"
                other.across = (error(code, where=place, other_row=first.row or ""),)
        self._unmarked.clear()


def _kind(finding: Finding) -> tuple[str, bool, str, str]:
    """Two findings of one code are one kind where the clerk reads the same sentence; else by code alone."""
    words = sentence(finding)
    return finding.code, finding.stops, words.message, words.remedy


def attached(lines: Iterable[Line]) -> dict[str, list[str]]:
    """The names of attached files by slot, one for each line that has it."""
    names: dict[str, list[str]] = defaultdict(list)
    for line in lines:
        for one in line.attachments:
            names[one.slot].append(one.name)
    return names


def _joined(groups: Sequence[Group], many: Mapping[str, int]) -> list[Group]:
    """Groups of one code that differ only in names or days as one, under the first one's words; up to three stay."""
    kept: list[Group] = []
    joined: dict[tuple[str, bool], Group] = {}
    for group in groups:
        if many[group.code] <= 3:
            kept.append(group)
            continue
        key = (group.code, group.stops)
        first = joined.get(key)
        joined[key] = replace(first, places=first.places + group.places) if first else group
    return kept + list(joined.values())


@dataclass(frozen=True, slots=True)
class Correction:
    """A value that a field of a line can only have meant."""

    line: Line
    key: str
    value: str


def corrections(checker: Checker, group: Group, progress: Progress = silent) -> list[Correction]:
    """What can safely be corrected of a group, to be shown before it is written. Changes nothing and may run anywhere.

    Raises CalledOff from ``progress``.
    """
    found: list[Correction] = []
    for done, (line, key) in enumerate(group.places):
        if done % EVERY == 0:
            progress(done, len(group.places), "检查")
        for finding in line.own:
            if finding.code == group.code and finding.where.field == key:
                value = correction(checker, line.values, finding)
                if value is not None:
                    found.append(Correction(line, key or "", value))
    return found


def told_by_bureau(checker: Checker, person: PersonFacts) -> dict[str, str]:
    """What a look-up fills in: the fields that the item declares so and that the bureau knows."""
    worked = "" if person.first_work is None else person.first_work.isoformat()
    known = {"AAC003": person.name, "AAC001": person.number, "AAC007": worked}
    return {
        one.key: known[one.data_item]
        for one in checker.item.fields
        if one.filled_by is FilledBy.LOOKUP and known.get(one.data_item)
    }


def open_drafts(desk: Desk, region: str, unit_number: str, item: str) -> list[Filing]:
    """The drafts of an item that wait to be submitted, oldest first."""
    found = desk.filings.select(unit_number, states=OPEN, item=item)
    return [one for one in reversed(found) if one.region == region]


def keep_changes(
    desk: Desk,
    region: str,
    unit_number: str,
    item: str,
    changes: Sequence[tuple[Filing | None, Mapping[str, str] | None]],
    batch: str | None = None,
) -> list[Filing | None]:
    """Bring the store to what the table says: all of it or, interrupted, nothing.

    Each change is the filing (None: not kept yet) and its values (None: taken out of the table). Gives the filings as
    they are now, in the same order; None where there is none any more.
    """
    more = {} if batch is None else {"batch": batch}
    kept: list[Filing | None] = []
    with desk.database.transaction():
        for filing, values in changes:
            now = None if filing is None else desk.filings.get(filing.id)
            if values is None:
                if now is not None and now.state.is_editable:
                    drafts.void(desk, now)
                kept.append(None)
            elif now is None:
                fresh = drafts.new_filing(desk, region, unit_number, item, values, **more)
                desk.filings.add([fresh])
                kept.append(fresh)
            elif now.state.is_editable:
                changed = now.edited(values, desk.now())
                desk.filings.save(changed)
                kept.append(changed)
            else:
                kept.append(now)
    return kept


def attach_to_all(
    desk: Desk, filings: Sequence[Filing], slot: AttachmentSlot, name: str, content: bytes
) -> list[Filing]:
    """Attach one file (a stamped form lists many people) to all of these drafts. Raises InputRefused."""
    first, *others = (desk.filings.get(one.id) for one in filings)
    done = [drafts.attach(desk, first, slot, name, content)]
    (added,) = (one for one in done[0].attachments if one.slot == slot.key)
    with desk.database.transaction():
        for filing in others:
            kept = tuple(one for one in filing.attachments if one.slot != slot.key)
            changed = filing.edited(filing.values, desk.now())._replace(attachments=(*kept, added))
            desk.filings.save(changed)
            done.append(changed)
    return done


def look_up_all(bureau: Bureau, ground: Ground, identities: Sequence[str]) -> Ground:
    """The ground with what the bureau says of these people; who is known already is not asked for again."""
    wanted = [one for one in identities if one and one not in ground.seen]
    return ground._replace(seen={**ground.seen, **drafts.look_up(bureau, wanted)}) if wanted else ground


def receipt_number(receipt: str) -> str:
    """The number under which the bureau took a filing, out of its receipt."""
    return str(json.loads(json.loads(receipt)["body"])["receipt"])


def attach_file_to_all(desk: Desk, filings: Sequence[Filing], slot: AttachmentSlot, path: Path) -> list[Filing]:
    """Attach a scan. Raises UsageError ``file-missing``, and InputRefused with what is wrong with the file."""
    try:
        content = path.read_bytes()
    except OSError as missing:
        raise UsageError("file-missing", file=str(path)) from missing
    return attach_to_all(desk, filings, slot, path.name, content)


def chosen_from_roster(item: Item) -> bool:
    """Whether the item speaks of people who are insured here already, so that they can be picked from the roster."""
    return any(use.check in ("insured-here", "insured-to-stop") for use in item.checks)


def from_roster(checker: Checker, person: PersonFacts) -> dict[str, Raw]:
    """What a form begins with for somebody of the roster."""
    raw: dict[str, Raw] = {"identity": person.identity, **told_by_bureau(checker, person)}
    stops = any(use.check == "insured-to-stop" for use in checker.item.checks)
    if stops and person.insurances and any(one.key == "insurances" for one in checker.item.fields):
        raw["insurances"] = ",".join(person.insurances)  # who leaves mostly leaves them all
    return raw

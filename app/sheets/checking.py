"""Check every row of a table at once: cell by cell, row by row, and across rows. All findings in one pass.

A sheet is checked block by block as it comes from its reader, so that a clerk waits for the slower of the two and not
for both; what the whole table has to say is said at the end.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import compress
from typing import TYPE_CHECKING, NamedTuple, overload

from app.domain.findings import Finding, Severity, Where, error, warning
from app.errors import InputRefused
from app.rules.coded import kept
from app.rules.columns import ColumnChecker
from app.rules.fields import as_text
from app.sheets.form import is_form
from app.sheets.layout import NONE_KNOWN, Known, Table, column_letter, find_table, table_in
from app.sheets.nobody import OTHER_TABLE, Nobody
from app.sheets.ticks import ticks_in

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from app.domain.progress import Progress
    from app.rules.columns import Part
    from app.rules.engine import Checker
    from app.rules.fields import Raw
    from app.rules.ground import Ground
    from app.sheets.sheet import Block, Sheet, Workbook

# What the pack does not know of the month is the same for every row: said once, of the whole table.
_OF_THE_MONTH = frozenset({"limit-unknown"})
_IDENTITY = "identity"
_MOST_NAMED = 10


class Row(NamedTuple):
    """One row of the table: its number as Excel shows it, canonical values, and whether nothing stops it."""

    number: int
    values: dict[str, str]
    findings: tuple[Finding, ...] = ()

    @property
    def valid(self) -> bool:
        """Whether it can be filed."""
        return not any(finding.stops for finding in self.findings)


class Checked(NamedTuple):
    """A checked table.

    ``general`` are findings about the table as a whole; ``skipped`` rows that are no people, by number with the reason
    (:mod:`app.sheets.nobody`). ``sheets`` names all sheets that hold a table of this item, the
    likeliest first. ``peak`` is the most memory that the reader held, in bytes.
    """

    format: str
    table: Table
    rows: Sequence[Row]
    general: list[Finding]
    skipped: Sequence[tuple[int, str]] = ()
    sheets: tuple[str, ...] = ()
    peak: int = 0

    @property
    def findings(self) -> list[Finding]:
        """All findings, the table's own first, then by row."""
        if isinstance(self.rows, Rows):
            return self.general + list(self.rows.findings())
        return self.general + [finding for row in self.rows for finding in row.findings]

    @property
    def wrong(self) -> Iterator[Row]:
        """The rows of which something is to be said."""
        if isinstance(self.rows, Rows):
            return self.rows.wrong()
        return (row for row in self.rows if row.findings)

    @property
    def valid(self) -> int:
        """How many rows can be filed."""
        if any(one.stops for one in self.general):
            return 0
        if isinstance(self.rows, Rows):
            return len(self.rows) - self.rows.stopped
        return sum(row.valid for row in self.rows)


class _Piece(NamedTuple):
    """The checked people of one block: ``places`` are theirs in the block."""

    block: Block
    places: Sequence[int]
    part: Part


class Rows(Sequence[Row]):
    """The rows of a table, each made when it is looked at: of a hundred thousand the clerk looks at a few."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._letters = {key: column_letter(index) for key, index in table.columns.items()}
        self._pieces: list[_Piece] = []
        self._starts: list[int] = []
        self._length = 0
        self.stopped = 0

    def add(self, piece: _Piece) -> None:
        """The next rows."""
        self._pieces.append(piece)
        self._starts.append(self._length)
        self._length += len(piece.places)
        self.stopped += sum(any(one.stops for one in found) for found in piece.part.problems.values())

    def wrong(self) -> Iterator[Row]:
        """The rows of which something is to be said."""
        for piece in self._pieces:
            for place in sorted(piece.part.problems):
                yield self._row(piece, place)

    def findings(self) -> Iterator[Finding]:
        """What is to be said of the rows, at its cells."""
        return (
            finding
            for piece in self._pieces
            for place, found in sorted(piece.part.problems.items())
            for finding in self._at_cells(piece, place, found)
        )

    def columns(self) -> Iterator[dict[str, Sequence[str]]]:
        """The canonical values as columns, piece by piece."""
        return (piece.part.values for piece in self._pieces)

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> list[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | list[Row]:
        if isinstance(index, slice):
            return [self[one] for one in range(*index.indices(self._length))]
        if index < 0:
            index += self._length
        if not 0 <= index < self._length:
            raise IndexError(index)
        at = bisect_right(self._starts, index) - 1
        return self._row(self._pieces[at], index - self._starts[at])

    def __iter__(self) -> Iterator[Row]:
        for piece in self._pieces:
            for place in range(len(piece.places)):
                yield self._row(piece, place)

    def _row(self, piece: _Piece, place: int) -> Row:
        number = piece.block.start + piece.places[place] + 1
        values = {key: column[place] for key, column in piece.part.values.items()}
        return Row(number, values, tuple(self._at_cells(piece, place, piece.part.problems.get(place, ()))))

    def _at_cells(self, piece: _Piece, place: int, found: Sequence[Finding]) -> Iterator[Finding]:
        at = piece.places[place]
        return (self._placed(one, piece.block.start + at + 1, piece.block, at) for one in found)

    def _placed(self, finding: Finding, number: int, block: Block, at: int) -> Finding:
        key = finding.where.field
        index = self._table.columns.get(key or "")
        raw = None if index is None else _cell(block, index, at)
        value = None if raw is None else as_text(raw)
        name = self._table.sheet.name
        return finding.at(Where(field=key, sheet=name, row=number, column=self._letters.get(key or ""), value=value))


def _cell(block: Block, index: int, at: int) -> Raw:
    inside = index - block.left
    return block.columns[inside][at] if 0 <= inside < len(block.columns) else None


def check_workbook(
    workbook: Workbook,
    checker: Checker,
    ground: Ground,
    drafted: AbstractSet[str] = frozenset(),
    progress: Progress | None = None,
    sheet: str | None = None,
) -> Checked:
    """Check a workbook against an item's rules. ``drafted`` are identity numbers that already have a draft.

    ``sheet`` is the one the clerk chose, None for the likeliest. Raises InputRefused where no header is found;
    ``progress`` may raise CalledOff.
    """
    return Checking(checker, ground, drafted, progress, sheet).finish(workbook)


class Checking:
    """A check that may begin while the workbook is still being read: :meth:`block` for each block as it comes."""

    def __init__(
        self,
        checker: Checker,
        ground: Ground,
        drafted: AbstractSet[str] = frozenset(),
        progress: Progress | None = None,
        sheet: str | None = None,
        known: Known = NONE_KNOWN,
    ) -> None:
        self._known = known
        self._checker = checker
        self._ground = ground
        self._drafted = drafted
        self._progress = progress
        self._wanted = sheet
        self._run: _Run | None = None

    def block(self, sheet: Sheet) -> None:
        """The sheet has one more block. Only a table that has all it needs is begun before the rest is known."""
        if self._run is None and len(sheet.blocks) == 1 and self._wanted in {None, sheet.name}:
            table = table_in(sheet, self._checker.item, self._known)
            if table is not None and not table.missing and sheet.visible:
                self._run = self._begin(table)
        if self._run is not None and self._run.table.sheet is sheet:
            self._run.block(sheet.blocks[-1])

    def finish(self, workbook: Workbook) -> Checked:
        """The whole workbook is there."""
        run = self._run
        tables = self._tables(workbook)
        if run is None or run.table.sheet is not tables[0].sheet:
            run = self._begin(tables[0])
            for block in run.table.sheet.blocks:
                run.block(block)
        run.close()
        general = [Finding(code, Severity.WARNING, facts) for code, facts in workbook.notes] + run.general()
        names = tuple(one.sheet.name for one in tables)
        others = [one.sheet.name for one in tables[1:] if one.sheet.visible and not one.missing and one.filled]
        if others and _IDENTITY in run.table.columns:
            general.append(warning("sheet-others", names="、".join(others), name=names[0]))
        return Checked(workbook.format, run.table, run.rows, general, run.skipped, names, workbook.peak)

    def _tables(self, workbook: Workbook) -> list[Table]:
        """The tables of the item, the likeliest first. Raises InputRefused where there is none, with the reason."""
        item = self._checker.item
        meant = [one for one in workbook.sheets if self._wanted in {None, one.name}]
        if self._wanted is not None and not meant:
            there = "、".join(one.name for one in workbook.sheets)
            raise InputRefused("sheet-name-unknown", name=self._wanted, names=there)
        begun = self._run.table if self._run else None
        found = find_table(workbook, item, self._wanted, self._known, begun)
        tables = [one for one in found if not is_form(one.sheet, item, one)]
        if tables:
            return tables
        if any(is_form(one, item) for one in meant):
            raise InputRefused("sheet-form")
        wanted = "、".join(one.name for one in item.fields if one.required and one.in_sheet)
        raise InputRefused("sheet-no-header", findings=[error("header-missing", columns=wanted)])

    def _begin(self, table: Table) -> _Run:
        return _Run(table, self._checker, self._ground, self._drafted, self._progress)


class _Run:
    """The state of one pass over a table."""

    def __init__(
        self, table: Table, checker: Checker, ground: Ground, drafted: AbstractSet[str], progress: Progress | None
    ) -> None:
        self.table = table
        self.rows = Rows(table)
        self.skipped: list[tuple[int, str]] = []
        self._drafted = drafted
        self._progress = progress
        self._of_month: dict[str, Finding] = {}
        self._unseen: list[int] = []
        self._first: dict[str, int] = {}
        # A required column that is missing is one finding for the table, not one for each row.
        self._columns = ColumnChecker(checker, ground, frozenset(one.key for one in table.missing))
        self._nobody = Nobody(table, checker.item)
        self._ticks = ticks_in(table, checker.item, checker.region)
        self._fields = {index: key for key, index in table.columns.items()}

    def block(self, block: Block) -> None:
        """Check the rows of a block that stand below the header."""
        begin = max(0, self.table.first_row - block.start)
        if begin >= block.height:
            return
        self.table.sheet.fill_merged(block, self.table.first_row, self._fields)
        places: Sequence[int] = range(begin, block.height)
        left_out = self._nobody.left_out(block, begin)
        self.skipped += [(block.start + at + 1, why) for at, why in left_out.items() if why is not None]
        wanted: list[bool] | None = None
        if left_out:
            wanted = [place not in left_out for place in places]
            places = list(compress(places, wanted))
        cells: dict[str, Sequence[Raw]] = {}
        for key, index in self.table.columns.items():
            inside = index - block.left
            if 0 <= inside < len(block.columns):
                column = block.columns[inside][begin:] if begin else block.columns[inside]
                cells[key] = column if wanted is None else kept(column, wanted)
        if self._ticks is not None and (ticked := self._ticks.cells(block, places)) is not None:
            cells[self._ticks.key] = ticked
        if places:
            if hidden := self.table.sheet.hidden:
                self._unseen += [number for at in places if (number := block.start + at + 1) in hidden]
            part = self._columns.check(cells, len(places))
            self._of_the_month(part)
            self._across(block, places, part)
            self._formulas(block, places, part)
            self.rows.add(_Piece(block, places, part))
        if self._progress is not None:
            done = block.start + block.height
            self._progress(done, max(done, self.table.sheet.height), "检查")

    def _of_the_month(self, part: Part) -> None:
        for place, found in list(part.problems.items()):
            if any(one.code in _OF_THE_MONTH for one in found):
                for one in found:
                    if one.code in _OF_THE_MONTH:
                        self._of_month.setdefault(one.facts.get("name", ""), one)
                kept = [one for one in found if one.code not in _OF_THE_MONTH]
                if kept:
                    part.problems[place] = kept
                else:
                    del part.problems[place]

    def _across(self, block: Block, places: Sequence[int], part: Part) -> None:
        """Who stands twice in the file, or has a draft already."""
        identities = part.values.get(_IDENTITY, ())
        if not identities:
            return  # an item of the unit, not of people
        people = set(identities)
        if len(people) == len(identities) and "" not in people and self._first.keys().isdisjoint(people):
            self._first.update(zip(identities, (block.start + at + 1 for at in places), strict=True))
            if self._drafted.isdisjoint(people):
                return
        where = Where(field=_IDENTITY)
        for place, (at, identity) in enumerate(zip(places, identities, strict=True)):
            if not identity:
                continue
            number = block.start + at + 1
            before = self._first.setdefault(identity, number)
            if before != number:
                part.problems[place].append(error("duplicate-in-file", where=where, other_row=before))
            elif identity in self._drafted:
                part.problems[place].append(error("duplicate-draft", where=where))

    def _formulas(self, block: Block, places: Sequence[int], part: Part) -> None:
        """Formulas that show an error, or were never calculated: their cells came empty."""
        if not self.table.sheet.flaws:
            return
        rows = {block.start + at + 1: place for place, at in enumerate(places)}
        for (row, column), shown in self.table.sheet.flaws.items():
            key, place = self._fields.get(column), rows.get(row)
            if key is not None and place is not None:
                where = Where(field=key)
                found = (
                    error("formula-error", where=where, value=shown) if shown else warning("formula-empty", where=where)
                )
                # What the error text is as a date or a name is nobody's concern.
                others = [one for one in part.problems.get(place, ()) if one.where.field != key or not shown]
                part.problems[place] = [*others, found]

    def close(self) -> None:
        """All rows were seen."""
        if self._ticks is not None and self._ticks.used:
            ticked = set(self._ticks.columns.values())
            left = tuple(one for one in self.table.unused if one[0] not in ticked)
            self.table = self.table._replace(unused=left)

    def _repeated(self) -> list[Finding]:
        """A second column of numbers with the same title: a list printed side by side, of which one side was read."""
        index = self.table.columns.get(_IDENTITY)
        if index is None:
            return []
        title = self.table.titles[index]
        more = [
            column_letter(at) for at, said in enumerate(self.table.titles) if at != index and list(said) == list(title)
        ]
        if not more:
            return []
        where = Where(field=_IDENTITY, sheet=self.table.sheet.name, row=self.table.header + 1, column=more[0])
        return [
            warning(
                "column-repeated", where=where, column=title[-1], first=column_letter(index), letters="、".join(more)
            )
        ]

    def general(self) -> list[Finding]:
        """What is to be said of the table as a whole."""
        name, row = self.table.sheet.name, self.table.header + 1
        found = [
            error("column-missing", where=Where(field=one.key, sheet=name, row=row), column=one.name)
            for one in self.table.missing
        ]
        found += [
            warning(
                "column-unused",
                where=Where(sheet=name, row=row, column=column_letter(index), value=title),
                column=title,
            )
            for index, title in self.table.unused
        ]
        found += self._repeated()
        elsewhere = [row for row, why in self.skipped if why == OTHER_TABLE]
        if elsewhere:
            where = Where(sheet=name, row=elsewhere[0])
            found.append(warning("sheet-second-table", where=where, first=elsewhere[0], count=len(elsewhere)))
        if self._unseen:
            rows = "、".join(map(str, self._unseen[:_MOST_NAMED])) + ("……" if len(self._unseen) > _MOST_NAMED else "")
            where = Where(sheet=name, row=self._unseen[0])
            found.append(warning("sheet-hidden-rows", where=where, count=len(self._unseen), rows=rows))
        if self.table.sheet.stale:
            found.append(warning("formula-stale", where=Where(sheet=name)))
        found += [one.at(Where(sheet=name)) for one in self._of_month.values()]
        if not self.rows:
            found.append(error("sheet-empty", where=Where(sheet=name, row=row)))
        return found

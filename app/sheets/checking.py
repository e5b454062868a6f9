"""Check every row of a table at once: cell by cell, row by row, and across rows. All findings in one pass.

The loop runs a hundred thousand times twenty cells: it looks nothing up that could be known before it begins.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from app.domain.findings import Finding, Where, error, warning
from app.errors import InputRefused
from app.rules.fields import as_text
from app.sheets.layout import Table, column_letter, find_table, is_hint_row

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet

    from app.domain.progress import Progress
    from app.rules.engine import Checker
    from app.rules.fields import Raw
    from app.rules.ground import Ground
    from app.sheets.reading import Workbook

_CLOSING = re.compile(r"^(合\s*计|总\s*计|小\s*计|制表|填表|审核|负责人|备注|注[:：1１]|说明)")
REPORT_EVERY = 2000
# What the pack does not know of the month is the same for every row: said once, of the whole table.
_OF_THE_MONTH = frozenset({"limit-unknown"})


@dataclass(slots=True)
class Row:
    """One row of the table: its number as Excel shows it, canonical values, and whether nothing stops it."""

    number: int
    values: dict[str, str]
    findings: tuple[Finding, ...] = ()

    @property
    def valid(self) -> bool:
        """Whether it can be filed."""
        return not any(finding.stops for finding in self.findings)


@dataclass(slots=True)
class Checked:
    """A checked table.

    ``general`` are findings about the table as a whole; ``skipped`` rows that are no people (totals, notes, the
    template's example), by number with the reason.
    """

    format: str
    table: Table
    rows: list[Row]
    general: list[Finding]
    skipped: list[tuple[int, str]] = field(default_factory=list)

    @property
    def findings(self) -> list[Finding]:
        """All findings, the table's own first, then by row."""
        return self.general + [finding for row in self.rows for finding in row.findings]

    @property
    def valid(self) -> int:
        """How many rows can be filed."""
        return sum(row.valid for row in self.rows) if not any(one.stops for one in self.general) else 0


def check_workbook(
    workbook: Workbook,
    checker: Checker,
    ground: Ground,
    drafted: AbstractSet[str] = frozenset(),
    progress: Progress | None = None,
) -> Checked:
    """Check a workbook against an item's rules. ``drafted`` are identity numbers that already have a draft.

    Raises InputRefused where no header is found; ``progress`` may raise CalledOff.
    """
    table = find_table(workbook, checker.item)
    if table is None:
        wanted = "、".join(one.name for one in checker.item.fields if one.required and one.in_sheet)
        raise InputRefused("sheet-no-header", findings=[error("header-missing", columns=wanted)])
    run = _Run(table, checker, ground, drafted)
    run.all(progress)
    return Checked(workbook.format, table, run.rows, run.general(), run.skipped)


class _Run:
    """The state of one pass over a table."""

    def __init__(self, table: Table, checker: Checker, ground: Ground, drafted: AbstractSet[str]) -> None:
        self.table = table
        self.checker = checker
        self.ground = ground
        self.drafted = drafted
        self.rows: list[Row] = []
        self.skipped: list[tuple[int, str]] = []
        self._first: dict[str, int] = {}
        self._of_month: dict[str, Finding] = {}
        self._name = table.sheet.name
        # A required column that is missing is one finding for the table, not one for each row.
        missing = {one.key for one in table.missing}
        self._plan = [(key, parse, table.columns.get(key), key in missing) for key, parse in checker.parsers.items()]
        self._letters = {key: column_letter(index) for key, index in table.columns.items()}
        self._example = {one.key: one.example for one in checker.item.fields if one.example}

    def all(self, progress: Progress | None) -> None:
        """Every row below the header."""
        cells = self.table.sheet.rows
        total = len(cells) - self.table.first_row
        for index in range(self.table.first_row, len(cells)):
            done = index - self.table.first_row
            if progress is not None and done % REPORT_EVERY == 0:
                progress(done, total, "检查")
            row = cells[index]
            if any(cell != "" and cell is not None for cell in row):
                self._one(index + 1, row)

    def _one(self, number: int, cells: Sequence[Raw]) -> None:
        reason = self._no_person(number, cells)
        if reason:
            self.skipped.append((number, reason))
            return
        values: dict[str, str] = {}
        found: list[Finding] = []
        width = len(cells)
        for key, parse, index, missing in self._plan:
            raw = cells[index] if index is not None and index < width else None
            value, problems = parse(raw)
            values[key] = value
            if problems and not missing:
                found.extend(self._placed(problem, number, key, cells) for problem in problems)
        self.checker.complete(values)
        broken = frozenset(one.where.field or "" for one in found if one.stops)
        judged = self.checker.judge(values, self.ground, broken)
        for problem in judged:
            if problem.code in _OF_THE_MONTH:
                self._of_month.setdefault(problem.facts.get("name", ""), problem)
            else:
                found.append(self._placed(problem, number, problem.where.field, cells))
        self._across(number, values, found, cells)
        self.rows.append(Row(number, values, tuple(found)))

    def _no_person(self, number: int, cells: Sequence[Raw]) -> str | None:
        if number == self.table.first_row + 1 and is_hint_row(cells):
            return "hint"
        first = next(as_text(cell).strip() for cell in cells if cell != "" and cell is not None)
        if _CLOSING.match(first):
            identity = self.table.columns.get("identity")
            there = identity is not None and identity < len(cells) and cells[identity] not in ("", None)
            if not there or as_text(cells[identity or 0]).strip() == first:
                return "closing"
        return "example" if self._is_example(cells) else None

    def _is_example(self, cells: Sequence[Raw]) -> bool:
        """Whether the row is the template's example, untouched."""
        index = self.table.columns.get("identity", 0)
        if index >= len(cells) or cells[index] != self._example.get("identity"):
            return False
        shown = [
            (self._example.get(key), as_text(cells[index]).strip())
            for key, index in self.table.columns.items()
            if index < len(cells)
        ]
        return len(shown) > 1 and all(example is not None and example == text for example, text in shown if text)

    def _across(self, number: int, values: dict[str, str], found: list[Finding], cells: Sequence[Raw]) -> None:
        identity = values.get("identity", "")
        if not identity:
            return
        before = self._first.setdefault(identity, number)
        if before != number:
            found.append(self._placed(error("duplicate-in-file", other_row=before), number, "identity", cells))
        elif identity in self.drafted:
            found.append(self._placed(error("duplicate-draft"), number, "identity", cells))

    def _placed(self, finding: Finding, number: int, key: str | None, cells: Sequence[Raw]) -> Finding:
        index = self.table.columns.get(key or "")
        value = as_text(cells[index]) if index is not None and index < len(cells) and cells[index] is not None else None
        where = Where(field=key, sheet=self._name, row=number, column=self._letters.get(key or ""), value=value)
        return replace(finding, where=where)

    def general(self) -> list[Finding]:
        """What is to be said of the table as a whole."""
        row = self.table.header + 1
        found = [
            error("column-missing", where=Where(field=one.key, sheet=self._name, row=row), column=one.name)
            for one in self.table.missing
        ]
        found += [
            warning(
                "column-unused",
                where=Where(sheet=self._name, row=row, column=column_letter(index), value=name),
                column=name,
            )
            for index, name in self.table.unused
        ]
        found += [one.at(Where(sheet=self._name)) for one in self._of_month.values()]
        if not self.rows:
            found.append(error("sheet-empty", where=Where(sheet=self._name, row=row)))
        return found

    def _heading(self, row: int, index: int, name: str) -> Where:
        return Where(sheet=self._name, row=row, column=column_letter(index), value=name)

"""The marked-up error workbook: what goes back to HR, with every problem coloured and explained at its cell."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from app.domain.progress import silent
from app.rules.coded import different
from app.rules.fields import as_text
from app.sheets import styles, writing
from app.sheets.layout import column_index, column_letter, titles_at
from app.wording import sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

    from app.domain.findings import Finding
    from app.domain.progress import Progress
    from app.rules.fields import Raw
    from app.sheets.checking import Checked, Row
    from app.sheets.layout import Table
    from app.sheets.sheet import Sheet

PROBLEMS = "问题"
_DRAFT = re.compile(r"〔草稿 ([0-9a-f]{8,32})〕")

#: So much of a draft's id is written: enough to know it among a clerk's own.
DRAFT_LETTERS = 12
NO_DRAFTS: Mapping[int, str] = {}
#: Rows up to which the original is opened again and marked; beyond, a plain copy is written, which takes seconds.
MOST_REOPENED = 5000
#: Comments beyond this many make Excel slow; the last column says everything all the same.
MOST_COMMENTS = 2000
EVERY = 1000
MARKING = "标错"


def marked(
    checked: Checked,
    original: Path,
    drafts: Mapping[int, str] = NO_DRAFTS,
    progress: Progress = silent,
    wrong: Iterable[Row] | None = None,
) -> bytes:
    """An xlsx file with the findings of ``checked``. ``progress`` counts rows and may raise CalledOff.

    ``wrong`` are the rows of which something is to be said, where that is no longer what the check has found; they are
    looked at one after the other, and need not be there all at once.

    The original with comments and colours where it is xlsx and not too long, a plain copy of the sheet with the same
    marks otherwise. A last column says for each row what is wrong and what to do, and of which of ``drafts`` (ids by
    row) it speaks, so that :func:`drafts_named_in` knows the row again when HR sends it back mended.
    """
    table = checked.table
    wrong = checked.wrong if wrong is None else wrong
    book = _reopened(original) if checked.format == "xlsx" and table.sheet.height <= MOST_REOPENED else None
    if book is None or table.sheet.name not in book.sheetnames:
        return _copied(checked, wrong, drafts, progress)
    sheet = book[table.sheet.name]
    book.active = book.sheetnames.index(sheet.title)
    column = len(table.sheet.rows[table.header]) + 1
    _head(sheet, table.first_row, column)
    for finding in checked.general:
        _mark(sheet, finding, row=table.first_row)
    for row in wrong:
        progress(row.number, table.sheet.height, MARKING)
        for finding in row.findings:
            _mark(sheet, finding, row=row.number)
        styles.put_text(sheet.cell(row.number, column), _summary(row.findings, drafts.get(row.number)))
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _copied(checked: Checked, wrong: Iterable[Row], drafts: Mapping[int, str], progress: Progress) -> bytes:
    """A copy of the sheet as text, marked."""
    table = checked.table
    width = max((block.left + len(block.columns) for block in table.sheet.blocks), default=0)
    marks = writing.Marks(last_column=width)
    marks.last[table.first_row] = PROBLEMS
    for finding in checked.general:
        _note(marks, finding, table.first_row)
    for row in wrong:
        for finding in row.findings:
            _note(marks, finding, row.number)
        marks.last[row.number] = _summary(row.findings, drafts.get(row.number))
    header = range(table.header + 1, table.first_row + 1)
    name = re.sub(r"[\[\]:*?/\\]", " ", table.sheet.name)[:31].strip("'") or "Sheet1"
    lines = _counted(_lines(table.sheet, marks, header), table.sheet.height, progress)
    return writing.workbook(name, lines, marks, {width: 60})


def _counted(lines: Iterator[tuple[int, list[str]]], of: int, progress: Progress) -> Iterator[tuple[int, list[str]]]:
    """The lines, told every few."""
    for number, cells in lines:
        if number % EVERY == 1:
            progress(number, of, MARKING)
        yield number, cells


def _lines(sheet: Sheet, marks: writing.Marks, header: range) -> Iterator[tuple[int, list[str]]]:
    """The rows of the copy. A cell that occurs again is written once and repeated."""
    styled: dict[int, list[tuple[int, int]]] = {}
    for (row, at), style in marks.styles.items():
        styled.setdefault(row, []).append((at, style))
    for block in sheet.blocks:
        left = ["<c/>"] * block.left
        columns = []
        for column in block.columns:
            written = {one: _cell(one) for one in different(column)}
            columns.append(list(map(written.__getitem__, column)))
        rows = list(zip(*columns, strict=True))
        for number, cells in enumerate(rows, start=block.start + 1):
            if number not in marks.last and number not in styled and number not in header:
                yield number, [*left, *cells]
                continue
            line = [*left, *cells, *["<c/>"] * (marks.last_column - block.left - len(cells))]
            marked_here = [(at, writing.HEADER) for at in range(len(line))] if number in header else []
            for at, style in (*marked_here, *styled.get(number, ())):
                inside = at - block.left
                raw = block.columns[inside][number - block.start - 1] if 0 <= inside < len(block.columns) else ""
                line[at] = _cell(raw, style)
            if number in marks.last:
                line.append(writing.cell(marks.last[number], writing.HEADER if number in header else writing.TEXT))
            yield number, line


def _cell(raw: Raw, style: int = writing.TEXT) -> str:
    """A cell of the copy: a day stays one, everything else is the text that it showed."""
    if isinstance(raw, datetime) and raw.time() == time():
        return writing.day_cell(raw.date(), style)
    if isinstance(raw, date) and not isinstance(raw, datetime):
        return writing.day_cell(raw, style)
    return writing.cell("" if raw is None else as_text(raw), style)


def _note(marks: writing.Marks, finding: Finding, row: int) -> None:
    if finding.where.column is None:
        return
    place = (row, column_index(finding.where.column))
    if marks.styles.get(place) != writing.ERROR:
        marks.styles[place] = writing.ERROR if finding.stops else writing.WARNING
    if place in marks.comments or len(marks.comments) < MOST_COMMENTS:
        words = sentence(finding)
        before = f"{marks.comments[place]}\n" if place in marks.comments else ""
        marks.comments[place] = styles.writable(f"{before}{words.message}。{words.remedy}")


def _reopened(path: Path) -> Workbook | None:
    """The original, where openpyxl can carry it; a file it cannot read is answered with a clean one."""
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        return load_workbook(path)
    except (InvalidFileException, ValueError, KeyError, TypeError, OSError):
        return None


def _head(sheet: Worksheet, row: int, column: int) -> None:
    from openpyxl.styles import Font

    cell = sheet.cell(row, column)
    styles.put_text(cell, PROBLEMS)
    cell.font, cell.fill = Font(name=styles.FONT, bold=True), styles.ground(styles.HEADER_GROUND)
    sheet.column_dimensions[column_letter(column - 1)].width = 60


def _mark(sheet: Worksheet, finding: Finding, row: int) -> None:
    from openpyxl.cell import MergedCell
    from openpyxl.comments import Comment

    if finding.where.column is None:
        return
    cell = sheet[f"{finding.where.column}{row}"]
    if isinstance(cell, MergedCell):
        return
    words = sentence(finding)
    said = f"{cell.comment.text}\n" if cell.comment else ""
    words_there = styles.writable(f"{said}{words.message}。{words.remedy}")
    cell.comment = Comment(words_there, "ShebaoDesk", width=320, height=120)
    cell.fill = styles.ground(styles.ERROR_GROUND if finding.stops else styles.WARNING_GROUND)


def _summary(findings: tuple[Finding, ...], draft: str | None) -> str:
    parts = []
    for finding in findings:
        words = sentence(finding)
        place = f"{finding.where.column} 列：" if finding.where.column else ""
        parts.append(f"{'' if finding.stops else '提醒 '}{place}{words.message}。{words.remedy}")
    return "\n".join([*parts, f"〔草稿 {draft[:DRAFT_LETTERS]}〕"] if draft else parts)


def drafts_named_in(table: Table) -> dict[int, str]:
    """The beginnings of draft ids by row number, in a marked-up workbook that has come back."""
    titles = titles_at(table.sheet, table.header)
    at = next((index for index, said in enumerate(titles) if said == [PROBLEMS]), None)
    if at is None:
        return {}
    found = {}
    for block in table.sheet.blocks:
        inside = at - block.left
        cells = block.columns[inside] if 0 <= inside < len(block.columns) else []
        for number, cell in enumerate(cells, start=block.start + 1):
            if isinstance(cell, str) and (named := _DRAFT.search(cell)):
                found[number] = named[1]
    return found

"""The marked-up error workbook: what goes back to HR, with every problem coloured and explained at its cell."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from app.rules.fields import as_text
from app.sheets import styles
from app.sheets.layout import column_letter
from app.wording import sentence

if TYPE_CHECKING:
    from pathlib import Path

    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

    from app.domain.findings import Finding
    from app.sheets.checking import Checked
    from app.sheets.sheet import Sheet

PROBLEMS = "问题"


def marked(checked: Checked, original: Path) -> bytes:
    """An xlsx file with the findings of ``checked``.

    The original with comments and colours where it is xlsx, a clean one otherwise. A last column says for each row what
    is wrong and what to do.
    """
    book = _reopened(original) if checked.format == "xlsx" else None
    if book is None or checked.table.sheet.name not in book.sheetnames:
        book = _clean(checked.table.sheet)
    sheet = book[checked.table.sheet.name[:31]]
    book.active = book.sheetnames.index(sheet.title)
    column = len(checked.table.sheet.rows[checked.table.header]) + 1
    _head(sheet, checked.table.header + 1, column)
    for finding in checked.general:
        _mark(sheet, finding, row=checked.table.header + 1)
    for row in checked.rows:
        for finding in row.findings:
            _mark(sheet, finding, row=row.number)
        if row.findings:
            styles.put_text(sheet.cell(row.number, column), _summary(row.findings))
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _reopened(path: Path) -> Workbook | None:
    """The original, where openpyxl can carry it; a file it cannot read is answered with a clean one."""
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        return load_workbook(path)
    except (InvalidFileException, ValueError, KeyError, TypeError, OSError):
        return None


def _clean(sheet: Sheet) -> Workbook:
    from openpyxl import Workbook

    book = Workbook()
    copy = book.active
    assert copy is not None  # noqa: S101 - a new workbook has a sheet
    copy.title = sheet.name[:31]
    for number, row in enumerate(sheet.rows, start=1):
        for index, cell in enumerate(row, start=1):
            if cell not in ("", None):
                styles.put_text(copy.cell(number, index), as_text(cell))
    return book


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
    cell.comment = Comment(f"{said}{words.message}。{words.remedy}", "ShebaoDesk", width=320, height=120)
    cell.fill = styles.ground(styles.ERROR_GROUND if finding.stops else styles.WARNING_GROUND)


def _summary(findings: tuple[Finding, ...]) -> str:
    parts = []
    for finding in findings:
        words = sentence(finding)
        place = f"{finding.where.column} 列：" if finding.where.column else ""
        parts.append(f"{'' if finding.stops else '提醒 '}{place}{words.message}。{words.remedy}")
    return "\n".join(parts)

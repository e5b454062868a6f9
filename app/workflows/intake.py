"""HR's file into the table of an item: read, asked about where it is unclear, kept as drafts, given back marked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.domain.progress import silent
from app.errors import InputRefused
from app.sheets import reading
from app.sheets.layout import column_letter
from app.sheets.marking import DRAFT_LETTERS, EVERY, MARKING, drafts_named_in, marked
from app.workflows import drafts, importing
from app.workflows.batch import Line, Table
from app.workflows.layouts import Unclear

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from app.domain.progress import Progress
    from app.sheets.checking import Checked, Row
    from app.workflows.desk import Desk

#: Said of the table as a whole while the clerk works on it, not of a line by itself.
_ACROSS = frozenset(("duplicate-in-file", "duplicate-draft"))


@dataclass(frozen=True)
class FromFile:
    """What came of a file: its people as checked lines that are drafts already, and where they stood.

    ``returned`` are ids of older drafts that it names, because it is a marked-up workbook that has come back.
    ``sheets`` are those it could be read from, the likeliest first, whichever was chosen.
    """

    path: Path
    checked: Checked
    lines: tuple[Line, ...]
    returned: frozenset[str] = frozenset()
    sheets: tuple[str, ...] = ()


def read_file(
    desk: Desk,
    path: Path,
    region: str,
    unit_number: str,
    item: str,
    *,
    sheet: str | None = None,
    asks: bool = False,
    progress: Progress = silent,
) -> FromFile | Unclear:
    """Read, check and keep a file in one go: nothing is kept of a file that cannot be read or was called off.

    ``sheet`` is the one to take, the likeliest where None. With ``asks``, a file without a header or without a required
    column is not kept either: the clerk can say which column is which (:func:`app.workflows.layouts.remember`).
    """
    try:
        checked = importing.check_file(
            desk, path, region, item, unit_number=unit_number, sheet=sheet, progress=progress
        )
    except InputRefused as refused:
        if not asks or refused.code != "sheet-no-header":
            raise
        return Unclear(path, reading.read(path, progress))
    if asks and checked.table.missing:
        return Unclear(path, reading.read(path, progress))
    kept = importing.keep(desk, region, item, checked.rows, unit_number, progress)
    lines = tuple(
        Line(row.values, row.number, filing, own=tuple(one for one in row.findings if one.code not in _ACROSS))
        for row, filing in zip(checked.rows, kept.filings, strict=True)
    )
    if checked.table.missing:
        # Said once of the sheet so far; in the table it has to be said of each line.
        Table(desk.checker(region, item), drafts.ground(desk, unit_number or None)).restore(
            [(line, line.values) for line in lines]
        )
    return FromFile(path, checked, lines, frozenset(drafts_named_in(checked.table).values()), checked.sheets)


def look_again(path: Path, progress: Progress = silent) -> Unclear:
    """A file that was read before, so that the clerk can say otherwise which column is which."""
    return Unclear(path, reading.read(path, progress))


def older_drafts(source: FromFile, lines: Iterable[Line]) -> list[Line]:
    """Drafts among ``lines`` of people in the file: HR's corrected file has those of the first one in it."""
    fresh = set(source.lines)
    numbers = {line.values["identity"] for line in source.lines if line.values.get("identity")}
    # HR may have mended the identity number itself: then only the draft's own number tells who it is.
    return [
        one for one in lines if one not in fresh and (named_in(source, one) or one.values.get("identity") in numbers)
    ]


def named_in(source: FromFile, line: Line) -> bool:
    """Whether the file is a marked-up workbook that names this draft."""
    return line.filing is not None and line.filing.id[:DRAFT_LETTERS] in source.returned


def marked_file(source: FromFile, progress: Progress = silent) -> bytes:
    """The file HR sent with every problem that is still there marked at its cell.

    Raises CalledOff from ``progress``.
    """
    drafts = {line.row: line.filing.id for line in source.lines if line.row and line.filing and line.findings}
    # One after the other: to let go of all of them at once would hold up the window.
    return marked(source.checked, source.path, drafts, progress, _still_wrong(source, progress))


def _still_wrong(source: FromFile, progress: Progress) -> Iterator[Row]:
    """The rows of which something is to be said now, at their cells."""
    from app.sheets.checking import Row

    letters = {key: column_letter(index) for key, index in source.checked.table.columns.items()}
    sheet = source.checked.table.sheet.name
    for done, line in enumerate(source.lines):
        if done % EVERY == 0:
            progress(done, len(source.lines), MARKING)
        placed = tuple(
            one.at(one.where._replace(sheet=sheet, row=line.row, column=letters.get(one.where.field or "")))
            for one in line.findings
        )
        if placed:
            yield Row(line.row or 0, line.values, placed)

"""Workbooks read by calamine, or by the second reader where that gives up. Runs in the reader."""

from __future__ import annotations

import threading

from app.errors import InputRefused
from app.sheets import telling, wire
from app.sheets.content import Kind, content_of
from app.sheets.opening import MOST_NAMED, is_fault, opened, trimmed_97

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any

    from python_calamine import CalamineSheet

    from app.rules.fields import Raw
    from app.sheets.biff import Seen
    from app.sheets.flaws import Place
    from app.sheets.opening import Note


def tell(path: str, kind: Kind, out: wire.Writable) -> None:
    """Tell all sheets of a workbook. Raises InputRefused."""
    try:
        _by_calamine(path, kind, out)
    except InputRefused as refused:
        if kind is not Kind.XLSX or refused.code != "sheet-unreadable":
            raise
        # Of a package that is not read at all no sheet was told yet.
        if not _once_more(path, out):
            raise
        wire.send(out, {"notes": _notes(path, kind, [])})


def _by_calamine(path: str, kind: Kind, out: wire.Writable) -> None:
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    workbook, notes = opened(path, kind)
    sheets = [(at, one) for at, one in enumerate(workbook.sheets_metadata) if one.typ == SheetTypeEnum.WorkSheet]
    flaws = _Flaws(path) if kind is Kind.XLSX else None
    counted = _counted(path, kind) if kind in {Kind.XLS, Kind.XLSB} else []
    failed: list[str] = []
    read = 0
    for at, one in sheets:
        if flaws:
            flaws.begin(one.name)
        try:
            sheet = workbook.get_sheet_by_name(one.name)
        except BaseException as fault:
            if not is_fault(fault):
                raise
            failed.append(one.name)
            if flaws:
                flaws.found()
            continue
        told: dict[str, Any] = flaws.found() if flaws else {}
        if at < len(counted):
            told = {"flaws": counted[at].errors, "hidden": counted[at].hidden}
        merged = (sheet.merged_cell_ranges or [])[: telling.MOST_MERGED]
        visible = one.visible == SheetVisibleEnum.Visible
        wire.send(out, {"sheet": one.name, "visible": visible, "merged": merged, **told})
        rows_there, height, left = _laid_out(sheet, told.get("flaws", ()))
        filled = _Filled(rows_there)
        telling.blocks(out, filled if counted else rows_there, height, left)
        read += len(filled.places)
        if at < len(counted) and (lost := sorted(counted[at].rows - filled.places)):
            rows = "、".join(str(row + 1) for row in lost[:MOST_NAMED])
            notes.append(("sheet-rows-unread", {"name": one.name, "count": str(len(lost)), "rows": rows}))
    if (failed and len(failed) == len(sheets)) or (read == 0 and any(code == "sheet-rows-unread" for code, _ in notes)):
        raise InputRefused("sheet-unreadable", detail=kind.value)
    if failed and kind is Kind.XLSX:
        failed = [one for one in failed if one not in _once_more(path, out, failed)]
    wire.send(out, {"notes": notes + _notes(path, kind, failed)})


def _once_more(path: str, out: wire.Writable, wanted: Sequence[str] | None = None) -> list[str]:
    """Let the second reader tell the sheets that the first could not read; the names of those that it can."""
    from xml.parsers.expat import ExpatError
    from zipfile import BadZipFile

    from app.sheets import second

    read: list[str] = []
    try:
        for one in second.sheets(path, wanted):
            if isinstance(one, second.Found):
                telling.sheet(out, one.name, one.rows, one.merged[: telling.MOST_MERGED], **one.told)
                read.append(one.name)
    except (BadZipFile, OSError, RuntimeError, EOFError, KeyError, IndexError, ValueError, ExpatError):
        pass  # what could be read of it was told
    return read


def _laid_out(sheet: CalamineSheet, flaws: Sequence[Place]) -> tuple[Iterable[Sequence[Raw]], int, int]:
    """The rows of a sheet, errors that formulas show among them, how many, and the index of their first column."""
    rows: Iterable[Sequence[Raw]] = sheet.iter_rows() if sheet.start else ()
    height, left = sheet.end[0] + 1 if sheet.end else 0, sheet.start[1] if sheet.start else 0
    if not any(text for _, _, text in flaws):
        return rows, height, left
    from app.sheets.shown import Shown

    shown = Shown(rows, height, left, sheet.width, flaws)
    return shown, shown.height, shown.left


def _counted(path: str, kind: Kind) -> list[Seen]:
    if kind is Kind.XLSB:
        from app.sheets import biff12

        return biff12.seen(path)
    from app.sheets import biff

    near = trimmed_97(path)
    return biff.seen(content_of(path) if near is None else near[0])


def _notes(path: str, kind: Kind, failed: list[str]) -> list[Note]:
    """What is to be said of the workbook as a whole."""
    notes = [("sheet-part-unread", {"name": name}) for name in failed]
    if kind in {Kind.XLSX, Kind.XLSB}:
        from app.sheets import flaws

        if flaws.has_macros(path):
            notes.append(("sheet-macros", {}))
    return notes


class _Flaws:
    """Looks through a sheet's XML while its values are read."""

    def __init__(self, path: str) -> None:
        from xml.parsers.expat import ExpatError
        from zipfile import BadZipFile, ZipFile

        from app.sheets import flaws

        self._flaws = flaws
        self._thread: threading.Thread | None = None
        self._found: tuple[list[Any], bool, list[int]] = ([], False, [])
        self._faults = (BadZipFile, OSError, ValueError, KeyError, EOFError, ExpatError)
        try:
            self._archive = ZipFile(path)
            self._parts = flaws.sheet_parts(path)
            self._by_hand = flaws.calculated_by_hand(path)
        except self._faults:
            # calamine reads more crooked packages than we do; then there is nothing to say of formulas.
            self._parts, self._by_hand = {}, False

    def begin(self, name: str) -> None:
        """Look through the sheet of that name."""
        self._found = ([], False, [])
        part = self._parts.get(name)
        if part is not None:
            self._thread = threading.Thread(target=self._look, args=(part,), daemon=True)
            self._thread.start()

    def _look(self, part: str) -> None:
        try:
            self._found = self._flaws.places(self._archive, part)
        except self._faults:
            self._found = ([], False, [])

    def found(self) -> dict[str, Any]:
        """What was found, once it is."""
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        found, formulas, hidden = self._found
        return {"flaws": found, "by_hand": formulas and self._by_hand, "hidden": hidden}


class _Filled:
    """Rows on their way, with a note of the places of those that hold anything."""

    def __init__(self, rows: Iterable[Sequence[Raw]]) -> None:
        self._rows = rows
        self.places: set[int] = set()

    def __iter__(self) -> Iterator[Sequence[Raw]]:
        for place, row in enumerate(self._rows):
            if any(cell not in ("", None) for cell in row):
                self.places.add(place)
            yield row

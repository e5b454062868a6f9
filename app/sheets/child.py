"""The reader: a process of its own, for one file. It may panic, run out of memory or hang without harm to the program.

Started by :mod:`app.sheets.starting` (in a frozen program as ``PROGRAM --sheet-reader FILE SECONDS MEMORY``); tells
what it finds in frames of :mod:`app.sheets.wire` on its standard output.
"""

from __future__ import annotations

import gc
import io
import os
import sys
import threading

from app.errors import InputRefused
from app.sheets import wire
from app.sheets.content import Kind, kind_of
from app.sheets.limits import hold_self

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import IO, Any

    from python_calamine import CalamineSheet, CalamineWorkbook

    from app.rules.fields import Raw
    from app.sheets.biff import Seen
    from app.sheets.flaws import Place

_MOST_NAMED = 10
MOST_MERGED = 10_000


def main(arguments: Sequence[str]) -> int:
    """Read one file; the exit code is 0 where everything was told, a refusal included."""
    file, seconds, memory = arguments
    hold_self(int(memory), float(seconds))
    gc.disable()  # a process that makes millions of cells, none of which is part of a cycle, and then ends
    # By number: in a windowed program on Windows sys.stdout is None although the pipe is there. What else writes to
    # standard output goes where the panics go, not among the frames.
    out = wire.Outlet(os.fdopen(os.dup(1), "wb"))
    os.dup2(2, 1)
    if sys.platform != "win32":
        # Nobody reads what it says of its end before it has ended: what does not fit is not said.
        os.set_blocking(2, False)
    try:
        _read(file, out)
    except InputRefused as refused:
        wire.send(out, {"refused": refused.code, "facts": dict(refused.facts), "peak": _peak()})
    except MemoryError:
        wire.send(out, {"refused": "sheet-too-large", "facts": {"detail": f"{int(memory) // 2**20} MB"}})
    except OSError as failed:
        wire.send(out, {"refused": "sheet-unreadable", "facts": {"detail": failed.strerror or type(failed).__name__}})
    out.close()
    return 0


def _read(path: str, out: wire.Writable) -> None:
    kind = kind_of(path)
    wire.send(out, {"format": kind.value})
    if kind is Kind.TEXT:
        _text(path, out)
    elif kind in {Kind.XML, Kind.HTML}:
        _markup(path, kind, out)
    else:
        try:
            _calamine(path, kind, out)
        except InputRefused as refused:
            if kind is not Kind.XLSX or refused.code != "sheet-unreadable":
                raise
            # Of a package that is not read at all no sheet was told yet.
            if not _once_more(path, out):
                raise
            wire.send(out, {"notes": _notes(path, kind, [])})
    wire.send(out, {"end": True, "peak": _peak()})


def _text(path: str, out: wire.Writable) -> None:
    from app.sheets import text

    raw = _content(path)
    content = text.decoded(raw)
    if content is None:
        content = text.guessed(raw)
        if content is None:
            code = "sheet-encoding" if text.is_text(raw) else "sheet-not-a-sheet"
            raise InputRefused(code, file=os.path.basename(path))
        wire.send(out, {"notes": [("sheet-encoding-guessed", {})]})
    if not content.strip():
        raise InputRefused("sheet-nothing-in-it", file=os.path.basename(path))
    _sheet(out, _title(path), text.rows_of(content))


def _markup(path: str, kind: Kind, out: wire.Writable) -> None:
    from app.sheets import markup, text

    content = _content(path)
    told = markup.told_encoding(content)
    try:
        words = content.decode(told) if told else text.decoded(content)
    except (LookupError, UnicodeDecodeError):
        words = text.decoded(content)
    if words is None:
        raise InputRefused("sheet-unreadable", detail=kind.value)
    if kind is Kind.XML:
        sheets = markup.workbook_2003(words.lstrip("\ufeff \t\r\n").encode())
    else:
        title = _title(path)
        sheets = [(title if not at else f"{title} {at + 1}", *one) for at, one in enumerate(markup.html_tables(words))]
        if not sheets and "<table" in words.lower():
            raise InputRefused("sheet-nothing-in-it", file=os.path.basename(path))
    if not sheets:
        raise InputRefused("sheet-not-a-sheet", form=kind.value, file=os.path.basename(path))
    for name, rows, ranges in sheets:
        merged = [((top, left), (bottom, right)) for top, left, bottom, right in ranges[:MOST_MERGED]]
        _sheet(out, name, rows, merged)


def _calamine(path: str, kind: Kind, out: wire.Writable) -> None:
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    workbook, notes = _opened(path, kind)
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
            if not _is_fault(fault):
                raise
            failed.append(one.name)
            if flaws:
                flaws.found()
            continue
        told: dict[str, Any] = flaws.found() if flaws else {}
        if at < len(counted):
            told = {"flaws": counted[at].errors, "hidden": counted[at].hidden}
        merged = (sheet.merged_cell_ranges or [])[:MOST_MERGED]
        visible = one.visible == SheetVisibleEnum.Visible
        wire.send(out, {"sheet": one.name, "visible": visible, "merged": merged, **told})
        rows_there, height, left = _laid_out(sheet, told.get("flaws", ()))
        filled = _Filled(rows_there)
        _blocks(out, filled if counted else rows_there, height, left)
        read += len(filled.places)
        if at < len(counted) and (lost := sorted(counted[at].rows - filled.places)):
            rows = "、".join(str(row + 1) for row in lost[:_MOST_NAMED])
            notes.append(("sheet-rows-unread", {"name": one.name, "count": str(len(lost)), "rows": rows}))
    if (failed and len(failed) == len(sheets)) or (read == 0 and any(code == "sheet-rows-unread" for code, _ in notes)):
        raise InputRefused("sheet-unreadable", detail=kind.value)
    if failed and kind is Kind.XLSX:
        failed = [one for one in failed if one not in _once_more(path, out, failed)]
    wire.send(out, {"notes": notes + _notes(path, kind, failed)})


def _is_fault(fault: BaseException) -> bool:
    """Whether calamine says that it cannot read something, or has given up in a panic."""
    from python_calamine import CalamineError, ZipError

    # The panic's class is one that nobody can name in an except.
    faults = (CalamineError, ZipError, ValueError, KeyError, OSError)
    return isinstance(fault, faults) or type(fault).__name__ == "PanicException"


def _once_more(path: str, out: wire.Writable, wanted: Sequence[str] | None = None) -> list[str]:
    """Let the second reader tell the sheets that the first could not read; the names of those that it can."""
    from xml.parsers.expat import ExpatError
    from zipfile import BadZipFile

    from app.sheets import second

    read: list[str] = []
    try:
        for one in second.sheets(path, wanted):
            if isinstance(one, second.Found):
                _sheet(out, one.name, one.rows, one.merged[:MOST_MERGED], **one.told)
                read.append(one.name)
    except (BadZipFile, OSError, RuntimeError, EOFError, KeyError, IndexError, ValueError, ExpatError):
        pass  # what could be read of it was told
    return read


def _opened(path: str, kind: Kind) -> tuple[CalamineWorkbook, list[tuple[str, dict[str, str]]]]:
    """The workbook, put right where that is all that keeps it from being read, and what is to be said of that.

    Raises InputRefused.
    """
    from python_calamine import CalamineWorkbook, PasswordError

    try:
        if kind is Kind.XLSX and (near := _trimmed(path)) is not None:
            return CalamineWorkbook.from_filelike(near[0]), near[1]
        if kind is Kind.XLS and (left := _trimmed_97(path)) is not None:
            workbook = CalamineWorkbook.from_filelike(io.BytesIO(left[0]))
            return workbook, [_far_cells(workbook.sheet_names[at], cells) for at, cells in left[1]]
        return CalamineWorkbook.from_path(path), []
    except PasswordError as locked:
        raise InputRefused("sheet-encrypted", file=os.path.basename(path)) from locked
    except BaseException as broken:
        if not _is_fault(broken):
            raise
        if kind in {Kind.ODS, Kind.XLSB} and (better := _mended(path, kind)) is not None:
            return better, []
        if kind is Kind.XLS and _is_cut_off(path):
            raise InputRefused("sheet-truncated", file=os.path.basename(path)) from broken
        raise InputRefused("sheet-unreadable", detail=kind.value) from broken


def _is_cut_off(path: str) -> bool:
    from app.sheets import biff

    return biff.is_cut_off(_content(path))


def _mended(path: str, kind: Kind) -> CalamineWorkbook | None:
    import struct
    from zipfile import BadZipFile

    from python_calamine import CalamineWorkbook

    from app.sheets import biff12, mending

    try:
        better = mending.mended(path) if kind is Kind.ODS else biff12.mended(path)
        return None if better is None else CalamineWorkbook.from_filelike(better)
    except BaseException as broken:
        if not _is_fault(broken) and not isinstance(broken, (BadZipFile, RuntimeError, EOFError, struct.error)):
            raise
        return None  # what is wrong with it is more than that: refused as what it was


def _trimmed(path: str) -> tuple[IO[bytes], list[tuple[str, dict[str, str]]]] | None:
    """The workbook without cells that are too far away to be laid out, and what is to be said of them."""
    from xml.parsers.expat import ExpatError
    from zipfile import BadZipFile

    from app.sheets import trimming

    try:
        found = trimming.trimmed(path)
    except (BadZipFile, OSError, ValueError, KeyError, EOFError, ExpatError):
        return None  # calamine reads more crooked packages than we do
    if found is None:
        return None
    return found[0], [_far_cells(name, cells) for name, cells in found[1]]


def _trimmed_97(path: str) -> tuple[bytes, list[tuple[int, list[str]]]] | None:
    from app.sheets import trimming97

    return trimming97.trimmed(_content(path))


def _far_cells(name: str, cells: list[str]) -> tuple[str, dict[str, str]]:
    return "sheet-far-cells", {"name": name, "count": str(len(cells)), "cells": "、".join(cells[:_MOST_NAMED])}


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

    near = _trimmed_97(path)
    return biff.seen(_content(path) if near is None else near[0])


def _content(path: str) -> bytes:
    with open(path, "rb") as stream:
        return stream.read()


def _title(path: str) -> str:
    """What a file without named sheets calls its one: the file's own name."""
    return os.path.splitext(os.path.basename(path))[0]


def _notes(path: str, kind: Kind, failed: list[str]) -> list[tuple[str, dict[str, str]]]:
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


def _sheet(
    out: wire.Writable,
    name: str,
    rows: Sequence[Sequence[Raw]],
    merged: Sequence[tuple[tuple[int, int], ...]] = (),
    *,
    visible: bool = True,
    hidden: Sequence[int] = (),
    flaws: Sequence[Place] = (),
) -> None:
    wire.send(out, {"sheet": name, "visible": visible, "merged": merged, "hidden": hidden, "flaws": flaws})
    _blocks(out, rows, len(rows), 0)


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


def _blocks(out: wire.Writable, rows: Iterable[Sequence[Raw]], height: int, left: int) -> None:
    """Send rows in blocks; a block without anything in it is not sent, so that a million ghost rows cost nothing."""
    start = 0
    for block in _batched(rows):
        ends = {len(row) for row in block}
        if len(ends) > 1:
            widest = max(ends)
            block = [[*row, *[""] * (widest - len(row))] for row in block]  # noqa: PLW2901 - made even
        columns = list(zip(*block, strict=True))
        height_here = len(block)
        packed, indexes = wire.pack(columns)
        if any(one["v"] not in ([""], [None]) for one in packed):
            frame = {"block": start, "height": height_here, "left": left, "columns": packed, "of": height}
            wire.send(out, frame, indexes)
        start += height_here


def _batched(rows: Iterable[Sequence[Raw]]) -> Iterator[list[Sequence[Raw]]]:
    from itertools import islice

    source = iter(rows)
    while block := list(islice(source, wire.ROWS_PER_BLOCK)):
        yield block


def _peak() -> int:
    """The most memory this process has held, in bytes; 0 where the system does not tell."""
    try:
        # Not getrusage: what it tells begins with what the starting process held.
        status = _content("/proc/self/status")
    except OSError:
        return 0
    _, _, held = status.partition(b"VmHWM:")
    return int((held.split(maxsplit=1) or [b"0"])[0]) * 1024

"""A second count of an Excel 97 workbook: which rows hold values and which cells errors, by its records alone.

The reader of the values passes over a record that it does not know, and with it the cell, without a word, and it leaves
the cells of errors empty. This looks at nothing but the records' kinds and places ([MS-XLS] 2.5.198), so that what was
passed over can at least be told.
"""

from __future__ import annotations

import struct
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from app.sheets.flaws import Place

_NAMES = ("Workbook", "Book", "WORKBOOK", "BOOK")
_SMALL = 6
_FREE = 0xFFFFFFF0  # sector numbers from here on are marks
_UNUSED = 0xFFFFFFFF
_MOST_RECORDS = 20_000_000
_BOUND_SHEET, _END, _BEGIN = 0x85, 0x0A, 0x809
#: FORMULA as each version of Excel numbered it; with it NUMBER, LABEL, BOOLERR, RK, MULRK, RSTRING and LABELSST.
_FORMULAS = frozenset((0x0006, 0x0206, 0x0406))
_VALUES = _FORMULAS | {0x0203, 0x0204, 0x0205, 0x027E, 0x00BD, 0x00D6, 0x00FD}
#: Read without fail; which of these texts are empty stands elsewhere.
_SHARED_TEXT = 0x00FD
_EMPTY, _ERROR = 3, 2
_TRUTH_OR_ERROR = 0x0205
_ROW, _NO_HEIGHT = 0x0208, 0x20
_DIMENSIONS = 0x0200
MOST_ERRORS = 10_000
#: [MS-XLS] 2.5.10 BErr
ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}


class Seen(NamedTuple):
    """Of one sheet the indexes of the rows with values, the cells with errors, and hidden rows, from 1."""

    rows: set[int]
    errors: list[Place]
    hidden: list[int]


def seen(content: bytes) -> list[Seen]:
    """What each sheet in the workbook's order holds; empty where it cannot be told."""
    try:
        book = _workbook(content)
        return [_seen(book, start) for start in sheets(book)] if book else []
    except (struct.error, IndexError, ValueError, MemoryError):
        return []


def is_cut_off(content: bytes) -> bool:
    """Whether the file ends before its last sector that is in use begins."""
    try:
        shift = int.from_bytes(content[30:32], "little")
        used = [sector for sector, following in enumerate(_table(content, shift)) if following != _UNUSED]
        return bool(used) and (used[-1] + 1) << shift >= len(content)
    except (struct.error, IndexError, ValueError, MemoryError):
        return True  # not even the list of its sectors is whole


def _records(book: bytes, at: int) -> Iterator[tuple[int, int, int]]:
    """Kind, place of the content, and length of each record from ``at`` on."""
    end = len(book) - 4
    while at <= end:
        kind, length = struct.unpack_from("<HH", book, at)
        yield kind, at + 4, length
        at += 4 + length


def sheets(book: bytes) -> list[int]:
    """Where each sheet begins in the workbook's stream."""
    starts = []
    for kind, at, _ in islice(_records(book, 0), _MOST_RECORDS):
        if kind == _END:
            break
        if kind == _BOUND_SHEET:
            starts.append(struct.unpack_from("<I", book, at)[0])
    return starts


def _seen(book: bytes, start: int) -> Seen:
    rows: set[int] = set()
    errors: list[Place] = []
    hidden: list[int] = []
    for kind, at, length in _of_sheet(book, start):
        if kind == _ROW and length >= 14 and book[at + 12] & _NO_HEIGHT:
            hidden.append((book[at] | book[at + 1] << 8) + 1)
        elif kind in _VALUES and length >= 6 and not _is_empty_text(book, at, kind):
            row = book[at] | book[at + 1] << 8
            if kind != _SHARED_TEXT:
                rows.add(row)
            if (error := _error(book, at, kind)) and len(errors) < MOST_ERRORS:
                errors.append((row + 1, book[at + 2] | book[at + 3] << 8, error))
    return Seen(rows, errors, hidden)


def cells(book: bytes, start: int) -> Iterator[tuple[int, int, int]]:
    """Row, column and place in the stream of each record with values (of several the first column)."""
    for kind, at, length in _of_sheet(book, start):
        if kind in _VALUES and length >= 6:
            yield book[at] | book[at + 1] << 8, book[at + 2] | book[at + 3] << 8, at - 4


def extent(book: bytes, start: int) -> tuple[int, int]:
    """How many rows and columns a sheet says that it reaches over ([MS-XLS] 2.4.90 Dimensions)."""
    for kind, at, length in _of_sheet(book, start):
        if kind == _DIMENSIONS and length >= 14:
            _, rows, _, columns = struct.unpack_from("<IIHH", book, at)
            return rows, columns
    return 0, 0


def _of_sheet(book: bytes, start: int) -> Iterator[tuple[int, int, int]]:
    """The records of a sheet itself."""
    depth = 0
    for kind, at, length in islice(_records(book, start), _MOST_RECORDS):
        # A chart inside the sheet is a part of its own, with numbers that are no cells.
        if kind == _BEGIN:
            depth += 1
        elif kind == _END:
            depth -= 1
            if depth <= 0:
                break
        elif depth == 1:
            yield kind, at, length


def _error(book: bytes, at: int, kind: int) -> str:
    """The error that a cell shows, if it shows one ([MS-XLS] 2.4.24 BoolErr, 2.5.133 FormulaValue)."""
    if kind == _TRUTH_OR_ERROR and book[at + 7]:
        return ERRORS.get(book[at + 6], "#?")
    if kind in _FORMULAS and book[at + 12 : at + 14] == b"\xff\xff" and book[at + 6] == _ERROR:
        return ERRORS.get(book[at + 8], "#?")
    return ""


def _is_empty_text(book: bytes, at: int, kind: int) -> bool:
    """Whether a formula shows nothing ([MS-XLS] 2.5.133 FormulaValue)."""
    return kind in _FORMULAS and book[at + 12 : at + 14] == b"\xff\xff" and book[at + 6] == _EMPTY


def _workbook(content: bytes) -> bytes:
    """The workbook's stream out of its compound file; empty where there is none."""
    return located(content)[0]


def located(content: bytes) -> tuple[bytes, list[int]]:
    """The workbook's stream ([MS-CFB]), and where in the file each of its sectors begins; none of a very short one."""
    shift, small = struct.unpack_from("<HH", content, 30)
    if shift not in {9, 12} or small != _SMALL:
        return b"", []
    directory, _, cutoff, small_table = struct.unpack_from("<4I", content, 48)
    sectors, table = content[1 << shift :], _table(content, shift)
    entries = _chain(sectors, shift, table, directory)
    for at in range(0, len(entries) - 127, 128):
        (length,) = struct.unpack_from("<H", entries, at + 64)
        if entries[at : at + max(0, min(length, 64) - 2)].decode("utf-16-le", "replace") not in _NAMES:
            continue
        start, size = struct.unpack_from("<II", entries, at + 116)
        if size >= cutoff:
            places = [(sector + 1) << shift for sector in _following(table, start)]
            return _chain(sectors, shift, table, start)[:size], places
        # What is short lies in parts of 64 bytes within the stream of the first entry.
        parts = _chain(sectors, shift, table, struct.unpack_from("<I", entries, 116)[0])
        following = _numbers(_chain(sectors, shift, table, small_table))
        return _chain(parts, _SMALL, following, start)[:size], []
    return b"", []


def _table(content: bytes, shift: int) -> list[int]:
    """Which sector follows which."""
    each = (1 << shift) // 4
    places = list(struct.unpack_from("<109I", content, 76))
    (more,) = struct.unpack_from("<I", content, 68)
    for _ in range(len(content) >> shift):
        if more >= _FREE:
            break
        *further, more = struct.unpack_from(f"<{each}I", content, (more + 1) << shift)
        places += further
    return [
        following
        for place in places
        if place < _FREE
        for following in _numbers(content[(place + 1) << shift : (place + 2) << shift])
    ]


def _numbers(content: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(content) // 4}I", content[: len(content) // 4 * 4])


def _chain(sectors: bytes, shift: int, table: Sequence[int], sector: int) -> bytes:
    return b"".join(sectors[one << shift : (one + 1) << shift] for one in _following(table, sector))


def _following(table: Sequence[int], sector: int) -> list[int]:
    """The sectors of a stream, from its first on."""
    found: list[int] = []
    while sector < _FREE and len(found) <= len(table):
        found.append(sector)
        sector = table[sector]
    return found

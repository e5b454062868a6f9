"""An Excel 97 workbook made on the spot: records in a compound file ([MS-XLS], [MS-CFB])."""

from __future__ import annotations

import struct
from collections.abc import Collection
from pathlib import Path

from tests.support.workbooks import Rows


def xls(
    path: Path,
    rows: Rows,
    hidden: Collection[int] = (),
    far: Collection[tuple[int, int]] = (),
    blank: Collection[tuple[int, int]] = (),
) -> Path:
    """An Excel 97 workbook with ``rows`` from the first row on; texts that are errors (#N/A) become such cells.

    ``hidden`` are indexes of rows that are not shown, ``far`` rows and columns of cells that hold an x,
    ``blank`` of cells that hold a text without letters.
    """
    name = "名单".encode("utf-16-le")
    start = b"".join((_record(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 0)), _record(0x42, b"\xb0\x04")))
    sheet = _record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 0))
    height = max((row for row, _ in far), default=len(rows) - 1) + 1
    width = max((column for _, column in far), default=max(map(len, rows), default=1) - 1) + 1
    sheet += _record(0x200, struct.pack("<IIHHH", 0, height, 0, width, 0))
    for at, row in enumerate(rows):
        flags = 0x120 if at in hidden else 0x100
        sheet += _record(0x208, struct.pack("<6HI", at, 0, len(row), 255, 0, 0, flags))
        sheet += b"".join(_xls_cell(struct.pack("<3H", at, column, 0), cell) for column, cell in enumerate(row))
    sheet += b"".join(_xls_cell(struct.pack("<3H", row, column, 0), "x") for row, column in far)
    sheet += b"".join(_record(0xFD, struct.pack("<3HI", row, column, 0, 0)) for row, column in blank)
    start += _record(0xFC, struct.pack("<IIHB", 1, 1, 0, 0))
    bound = len(start) + 12 + len(name) + len(_record(0x0A, b""))
    start += _record(0x85, struct.pack("<IBBBB", bound, 0, 0, len(name) // 2, 1) + name) + _record(0x0A, b"")
    path.write_bytes(_compound(start + sheet + _record(0x0A, b"")))
    return path


_XLS_ERRORS = {"#DIV/0!": 7, "#VALUE!": 15, "#REF!": 23, "#N/A": 42}


def _xls_cell(place: bytes, cell: object) -> bytes:
    match cell:
        case str() if cell in _XLS_ERRORS:
            return _record(0x205, place + bytes((_XLS_ERRORS[cell], 1)))
        case str() if cell:
            return _record(0x204, place + struct.pack("<HB", len(cell), 1) + cell.encode("utf-16-le"))
        case int() | float():
            return _record(0x203, place + struct.pack("<d", cell))
    return b""


def _record(kind: int, content: bytes) -> bytes:
    return struct.pack("<HH", kind, len(content)) + content


def _compound(stream: bytes) -> bytes:
    """A compound file with the stream "Workbook": its table, its directory, and the stream, in this order."""
    stream = stream.ljust(-(-max(len(stream), 4096) // 512) * 512, b"\0")
    sectors = len(stream) // 512
    assert sectors <= 126
    table = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, sectors + 2), 0xFFFFFFFE]
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    head += struct.pack("<5H", 0x3E, 3, 0xFFFE, 9, 6) + bytes(10)
    head += struct.pack("<8I", 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0) + struct.pack("<I", 0)
    numbers = [*table, *[0xFFFFFFFF] * (128 - len(table))]
    directory = _entry("Root Entry", 5, 1, 0xFFFFFFFE, 0) + _entry("Workbook", 2, 0xFFFFFFFF, 2, len(stream))
    return head.ljust(512, b"\xff") + struct.pack("<128I", *numbers) + directory.ljust(512, b"\0") + stream


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    text = f"{name}\0".encode("utf-16-le")
    none = 0xFFFFFFFF
    return (
        text.ljust(64, b"\0")
        + struct.pack("<HBBIII", len(text), kind, 1, none, none, child)
        + bytes(36)
        + struct.pack("<IQ", start, size)
    )

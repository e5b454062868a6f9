"""A lone cell at the far corner of an Excel 97 sheet: left out and told, see :mod:`app.sheets.trimming`.

Its record is given a kind that no reader knows, in its place in the file.
"""

from __future__ import annotations

import struct

from app.sheets import biff
from app.sheets.trimming import FAR_DOWN, FAR_RIGHT, near

#: The reader lays out values and formulas of a sheet, each by themselves.
MOST_CELLS = 8_000_000
_NO_KIND = b"\xfe\x7f"


def trimmed(content: bytes) -> tuple[bytes, list[tuple[int, list[str]]]] | None:
    """The workbook without far cells, and which they were by the place of their sheet; None where there are none."""
    try:
        book, places = biff.located(content)
        left_out: list[tuple[int, list[str]]] = []
        patched = bytearray(content)
        sector = 1 << int.from_bytes(content[30:32], "little")
        for sheet, start in enumerate(biff.sheets(book) if places else ()):
            far = _far(book, start)
            if far:
                from app.sheets.layout import column_letter  # a reader has no other need of it

                left_out.append((sheet, [f"{column_letter(column)}{row + 1}" for row, column, _ in far]))
            for _, _, begins in far:
                for at, byte in enumerate(_NO_KIND, start=begins):
                    patched[places[at // sector] + at % sector] = byte
        return (bytes(patched), left_out) if left_out else None
    except (struct.error, IndexError, ValueError):
        return None  # the reader says what is wrong with it


def _far(book: bytes, start: int) -> list[tuple[int, int, int]]:
    rows, columns = biff.extent(book, start)
    if rows * columns <= MOST_CELLS:
        return []
    found = list(biff.cells(book, start))
    last_row = near({row for row, _, _ in found}, FAR_DOWN)
    last_column = near({column for _, column, _ in found}, FAR_RIGHT)
    return [one for one in found if one[0] > last_row or one[1] > last_column]

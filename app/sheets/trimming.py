"""A lone cell at the far corner of a sheet: left out and told, where laying out all that lies between is too much.

The reader of the values lays a sheet out as one block from its first cell to its last. A blank that somebody typed at
XFD1048576 makes that sixteen thousand million cells.
"""

from __future__ import annotations

import io
import re
import zipfile

from app.sheets.flaws import CELL, PLACE, VALUE, column_of, sheet_parts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO

#: So many cells, of thirty-two bytes each, fit into the reader.
MOST_CELLS = 24_000_000
#: What stands beyond so many empty rows or columns belongs to no table.
FAR_DOWN, FAR_RIGHT = 10_000, 500
_HEAD = 4096
#: A part up to this size is looked at to its end, whatever it says of its own extent.
_SHORT = 256 * 1024
#: A longer part is no small table with a lone cell beside it.
_LONGEST = 64 * 1024 * 1024
_DIMENSION = re.compile(rb"<(?:\w+:)?dimension\b[^>]*\bref=\"[A-Z]+\d+:([A-Z]{1,3})(\d{1,7})\"")

#: What was left out: the name of the sheet and its cells.
LeftOut = list[tuple[str, list[str]]]


def trimmed(path: str) -> tuple[io.BytesIO, LeftOut] | None:
    """The workbook without cells that are far from all others; None where it can be read as it is, or not even so.

    Raises BadZipFile, OSError and what sheet_parts raises for what is no package at all.
    """
    with zipfile.ZipFile(path) as package:
        parts = [one for one in package.infolist() if one.filename.lower().startswith("xl/worksheets/")]
        far = [one.filename for one in parts if one.file_size <= _LONGEST and _is_far(package, one)]
        if not far:
            return None
        names = {part: name for name, part in sheet_parts(path).items()}
        better: dict[str, bytes] = {}
        left_out: LeftOut = []
        for part in far:
            content, cells = _without_far_cells(package.read(part))
            if cells:
                better[part] = content
                left_out.append((names.get(part, part), cells))
        if not better:
            return None
        whole = io.BytesIO()
        with zipfile.ZipFile(whole, "w") as new:
            for one in package.infolist():
                new.writestr(one.filename, better.get(one.filename) or package.read(one))
    whole.seek(0)
    return whole, left_out


def _is_far(package: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    """Whether the part says that it reaches further than can be laid out, or is short and does."""
    with package.open(part) as stream:
        head = stream.read(_HEAD)
        told = _DIMENSION.search(head)
        if told and (column_of(told[1]) + 1) * int(told[2]) > MOST_CELLS:
            return True
        return part.file_size <= _SHORT and _reaches(head, stream) > MOST_CELLS


def _reaches(head: bytes, stream: IO[bytes]) -> int:
    """How many cells lie between the first and the last one of a short part."""
    last = re.findall(PLACE, (head + stream.read())[-_HEAD:])
    return max((column_of(letters) + 1 for letters, _ in last), default=0) * max(
        (int(row) for _, row in last), default=0
    )


def _without_far_cells(content: bytes) -> tuple[bytes, list[str]]:
    """The part without its far cells, and which they were."""
    rows, columns = set[int](), set[int]()
    for cell in re.finditer(CELL, content):
        place = re.search(PLACE, cell[1])
        if place is not None and re.search(VALUE, cell[2] or b""):
            rows.add(int(place[2]))
            columns.add(column_of(place[1]))
    last_row, last_column = near(rows, FAR_DOWN), near(columns, FAR_RIGHT)
    left_out: list[str] = []

    def keep(cell: re.Match[bytes]) -> bytes:
        place = re.search(PLACE, cell[1])
        if place is None or (int(place[2]) <= last_row and column_of(place[1]) <= last_column):
            return cell[0]
        if re.search(VALUE, cell[2] or b""):
            left_out.append((place[1] + place[2]).decode())
        return b""

    return re.sub(CELL, keep, content), left_out


def near(used: set[int], far: int) -> int:
    """The last before the first long gap."""
    last = min(used, default=0)
    for one in sorted(used):
        if one - last > far:
            break
        last = one
    return last

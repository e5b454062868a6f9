"""Many new drafts at once, kept as they came: as columns.

A sheet of a hundred thousand people must be on the disk before the clerk is told that it is kept, and as many rows with
their indexes take longer to write than the sheet took to read. So they are first written as pieces, columns of some
thousand drafts each, in one transaction; afterwards each piece becomes rows, in a transaction of its own. Who reads
filings sees to it first that no piece is left: nobody ever sees the difference.
"""

from __future__ import annotations

import json
import struct
from array import array
from typing import TYPE_CHECKING

from app.rules.coded import Coded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from app.rules.coded import Codes

_HEAD = struct.Struct("<I")
_TWO_BYTES = array("H").itemsize


def packed(ids: Sequence[str], columns: Mapping[str, Sequence[str]]) -> bytes:
    """Ids and values of some filings, all columns of one height."""
    told: dict[str, list[object]] = {}
    codes = []
    for key, column in columns.items():
        if isinstance(column, Coded):
            told[key] = [column.values, 1 if isinstance(column.codes, (bytes, bytearray)) else _TWO_BYTES]
            codes.append(bytes(column.codes))
        else:
            told[key] = [column, 0]
    head = json.dumps({"ids": "".join(ids), "columns": told}, ensure_ascii=False, separators=(",", ":")).encode()
    return b"".join([_HEAD.pack(len(head)), head, *codes])


def unpacked(piece: bytes) -> tuple[list[str], dict[str, Sequence[str]]]:
    """What :func:`packed` packed."""
    (length,) = _HEAD.unpack_from(piece)
    at = _HEAD.size + length
    head = json.loads(piece[_HEAD.size : at])
    ids = [head["ids"][first : first + 32] for first in range(0, len(head["ids"]), 32)]
    columns: dict[str, Sequence[str]] = {}
    for key, (values, width) in head["columns"].items():
        if width:
            told = piece[at : at + len(ids) * width]
            codes: Codes = told if width == 1 else array("H", told)
            columns[key] = Coded(values, codes)
            at += len(told)
        else:
            columns[key] = values
    return ids, columns


def objects(columns: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """The JSON object of each row of columns, as :func:`json.dumps` would write it."""
    said = json.encoder.encode_basestring
    written: list[Iterator[str]] = []
    for key, column in columns.items():
        name = f"{json.dumps(key)}: "
        if isinstance(column, Coded):
            told = [name + said(one) for one in column.values]
            written.append(map(told.__getitem__, column.codes))
        else:
            written.append(iter([name + said(one) for one in column]))
    return ("{" + ", ".join(row) + "}" for row in zip(*written, strict=True))

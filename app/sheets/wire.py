"""What passes between the reader and the program: frames of JSON, each with the column indexes that belong to it.

The reader parses what strangers wrote, so nothing that it says can do more than be data: no pickle, no marshal. A
column of a block travels as its different values and, for each cell, which of them it holds: a file of a hundred
thousand people repeats itself, and the values that repeat are then kept once.
"""

from __future__ import annotations

import json
import struct
from array import array
from datetime import date, datetime, time, timedelta
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from app.rules.fields import Raw

ROWS_PER_BLOCK = 16384  # an index then always fits in two bytes
_BYTE = 256  # so few different values are told by one byte each
_HEAD = struct.Struct("<II")
_LONGEST = 512 * 1024 * 1024


class WireBroken(Exception):
    """The other side ended or does not speak this language."""


def send(stream: IO[bytes], frame: dict[str, Any], indexes: bytes = b"") -> None:
    """Write one frame."""
    text = json.dumps(frame, separators=(",", ":")).encode("ascii")
    stream.write(_HEAD.pack(len(text), len(indexes)))
    stream.write(text)
    stream.write(indexes)


def receive(stream: IO[bytes]) -> tuple[dict[str, Any], bytes] | None:
    """Read one frame; None at the end. Raises WireBroken for half a frame and for none at all."""
    head = stream.read(_HEAD.size)
    if not head:
        return None
    if len(head) != _HEAD.size:
        raise WireBroken
    words, count = _HEAD.unpack(head)
    if words > _LONGEST or count > _LONGEST:
        raise WireBroken
    text, indexes = stream.read(words), stream.read(count)
    if len(text) != words or len(indexes) != count:
        raise WireBroken
    try:
        frame = json.loads(text)
    except ValueError as broken:
        raise WireBroken from broken
    if not isinstance(frame, dict):
        raise WireBroken
    return frame, indexes


def pack(columns: Iterable[Sequence[Raw]]) -> tuple[list[dict[str, Any]], bytes]:
    """The columns of one block, each at most ROWS_PER_BLOCK cells."""
    packed, indexes = [], bytearray()
    for column in columns:
        kinds = set(map(type, column))
        if bool in kinds:
            # A truth value equals one or zero and would be lost among the numbers.
            column = [_shown(cell) if isinstance(cell, bool) else cell for cell in column]  # noqa: PLW2901
        values = list(dict.fromkeys(column))
        one: dict[str, Any] = {"v": values}
        if not kinds <= _PLAIN:
            one = {"v": [_packed(cell) for cell in values], "x": 1}
        if len(values) == len(column):
            one["a"] = 1
        elif len(values) > 1:
            places = dict(zip(values, range(len(values)), strict=True))
            found = map(places.__getitem__, column)
            indexes += bytes(found) if len(values) <= _BYTE else array("H", found).tobytes()
        packed.append(one)
    return packed, bytes(indexes)


def unpack(columns: Iterable[dict[str, Any]], indexes: bytes, height: int) -> list[list[Raw]]:
    """The columns of a block as lists of cells. Raises WireBroken."""
    found: list[list[Raw]] = []
    taken = 0
    try:
        for one in columns:
            values = [_unpacked(cell) for cell in one["v"]] if "x" in one else one["v"]
            if "a" in one:
                found.append(values)
            elif len(values) == 1:
                found.append(values * height)
            else:
                which: bytes | array[int] = indexes[taken : taken + height]
                if len(values) > _BYTE:
                    which = array("H", indexes[taken : taken + 2 * height])
                taken += len(which) * (1 if len(values) <= _BYTE else 2)
                found.append([values[one] for one in which])
    except (KeyError, IndexError, TypeError, ValueError) as broken:
        raise WireBroken from broken
    if any(len(column) != height for column in found):
        raise WireBroken
    return found


_PLAIN = frozenset((str, float, int, bool, type(None)))


def _shown(cell: bool) -> str:
    return "TRUE" if cell else "FALSE"


def _packed(cell: Raw) -> object:
    match cell:
        case datetime():
            return ["T", cell.isoformat()]
        case date():
            return ["D", cell.isoformat()]
        case time():
            return ["t", cell.isoformat()]
        case timedelta():
            return ["d", cell.total_seconds()]
    return cell


def _unpacked(cell: Any) -> Raw:  # noqa: ANN401 - what JSON gave
    if not isinstance(cell, list):
        return cell  # type: ignore[no-any-return]  # text, number or nothing: JSON has no more
    kind, value = cell
    match kind:
        case "T":
            return datetime.fromisoformat(value)
        case "D":
            return date.fromisoformat(value)
        case "t":
            return time.fromisoformat(value)
        case _:
            return timedelta(seconds=value)

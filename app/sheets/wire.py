"""What passes between the reader and the program: frames of JSON, each with the column indexes that belong to it.

The reader parses what strangers wrote, so nothing that it says can do more than be data: no pickle, no marshal. A
column of a block travels as its different values and, for each cell, which of them it holds: a file of a hundred
thousand people repeats itself, and the values that repeat are then kept once.
"""

from __future__ import annotations

import json
import struct
import threading
from array import array
from queue import SimpleQueue

TYPE_CHECKING = False  # as a type checker reads it: see child.py
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import IO, Any, Protocol

    from app.rules.fields import Raw

    class Writable(Protocol):
        """What bytes can be written to."""

        def write(self, data: bytes, /) -> object:
            """Take all of them."""


#: So few that their cells stay in a processor's own memory from their making to their packing: with sixteen times as
#: many, a large file takes twice as long. An index always fits in two bytes.
ROWS_PER_BLOCK = 1024
#: So many different values are told by a byte each, more by two bytes.
BYTE = 256
_MOST_DIFFERENT = 0.75  # a column with a greater share of different values is told as it is
_HEAD = struct.Struct("<II")
_LONGEST = 512 * 1024 * 1024


class WireBroken(Exception):
    """The other side ended or does not speak this language."""


class Outlet:
    """The way out to somebody who may be slow to listen: what is written waits in memory, and nobody waits for it."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._waiting: SimpleQueue[bytes | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def write(self, data: bytes, /) -> None:
        """Write when the stream takes it."""
        self._waiting.put(data)

    def close(self) -> None:
        """Wait until all is written."""
        self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        try:
            while (data := self._waiting.get()) is not None:
                self._stream.write(data)
                self._stream.flush()
        except OSError:
            pass  # nobody listens any more: whoever started this process has ended it


def send(stream: Writable, frame: dict[str, Any], indexes: bytes = b"") -> None:
    """Write one frame."""
    text = json.dumps(frame, separators=(",", ":")).encode("ascii")
    stream.write(b"".join((_HEAD.pack(len(text), len(indexes)), text, indexes)))


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
        values: Sequence[Raw] = list(dict.fromkeys(column))
        if not _TRUTHS.isdisjoint(values):
            # A truth value equals one or zero and would be lost among the numbers.
            column = [_shown(cell) if isinstance(cell, bool) else cell for cell in column]  # noqa: PLW2901
            values = list(dict.fromkeys(column))
        kinds = set(map(type, values))
        one: dict[str, Any] = {}
        if len(values) > len(column) * _MOST_DIFFERENT:
            values, one["a"] = column, 1
        elif len(values) > 1:
            places = dict(zip(values, range(len(values)), strict=True))
            found = map(places.__getitem__, column)
            indexes += bytes(found) if len(values) <= BYTE else array("H", found).tobytes()
        one["v"] = values
        if not kinds <= _PLAIN:
            one = {**one, "v": [_packed(cell) for cell in values], "x": 1}
        packed.append(one)
    return packed, bytes(indexes)


_TRUTHS = frozenset((0, 1))  # False and True are among them
_PLAIN = frozenset((str, float, int, bool, type(None)))


def _shown(cell: bool) -> str:
    return "TRUE" if cell else "FALSE"


def _packed(cell: Raw) -> object:
    from datetime import date, datetime, time, timedelta

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

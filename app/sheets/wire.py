"""What passes between the reader and the program: frames of JSON, each with the column indexes that belong to it.

The reader parses what strangers wrote, so nothing that it says can do more than be data: no pickle, no marshal. A
column of a block travels as its different values and, for each cell, which of them it holds: a file of a hundred
thousand people repeats itself, and the values that repeat are then kept once.
"""

from __future__ import annotations

import contextlib
import json
import struct
import threading
from array import array
from datetime import date, datetime, time, timedelta
from queue import SimpleQueue
from typing import IO, TYPE_CHECKING, Any, Protocol

from app.rules.coded import BYTE, MOST_VALUES, Coded

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from app.rules.coded import Codes
    from app.rules.fields import Raw

#: So few that their cells stay in a processor's own memory from their making to their packing: with sixteen times as
#: many, a large file takes twice as long. An index always fits in two bytes.
ROWS_PER_BLOCK = 1024
_MOST_DIFFERENT = 0.75  # a column with a greater share of different values is told as it is
_HEAD = struct.Struct("<II")
_LONGEST = 512 * 1024 * 1024


class WireBroken(Exception):
    """The other side ended or does not speak this language."""


class Writable(Protocol):
    """What bytes can be written to."""

    def write(self, data: bytes, /) -> object:
        """Take all of them."""


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
        with contextlib.suppress(OSError):  # nobody listens any more: whoever started this process has ended it
            while (data := self._waiting.get()) is not None:
                self._stream.write(data)
                self._stream.flush()


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


def unpack(columns: Iterable[dict[str, Any]], indexes: bytes, height: int) -> list[Sequence[Raw]]:
    """The columns of a block: coded where cells repeat, lists where they do not. Raises WireBroken."""
    found: list[Sequence[Raw]] = []
    taken = 0
    try:
        for one in columns:
            values = [_unpacked(cell) for cell in one["v"]] if "x" in one else list(one["v"])
            if "a" in one or not values:
                found.append(values)
                continue
            codes: Codes = bytes(height)
            if len(values) > 1:
                codes = indexes[taken : taken + height]
                if len(values) > BYTE:
                    codes = array("H", indexes[taken : taken + 2 * height])
                taken += len(codes) * (1 if len(values) <= BYTE else 2)
            if max(codes, default=0) >= len(values):
                raise WireBroken
            found.append(Coded(values, codes))
    except (KeyError, TypeError, ValueError) as broken:
        raise WireBroken from broken
    if any(len(column) != height for column in found):
        raise WireBroken
    return found


class Growing:
    """A column that is put together of pieces, coded as long as its pieces are."""

    def __init__(self) -> None:
        self._places: dict[object, int] = {}
        self._values: list[Raw] = []
        self._codes: bytearray | array[int] = bytearray()
        self._cells: list[Raw] | None = None

    def add(self, piece: Sequence[Raw]) -> None:
        """The next cells."""
        if self._cells is None and isinstance(piece, Coded) and len(self._places) < MOST_VALUES - len(piece.values):
            self._add(piece)
            return
        if self._cells is None:
            self._cells = list(Coded(self._values, self._codes))
        self._cells += piece

    def column(self) -> Sequence[Raw]:
        """All cells so far."""
        return Coded(self._values, self._codes) if self._cells is None else self._cells

    def _add(self, piece: Coded[Raw]) -> None:
        translated = []
        for one in piece.values:
            # The type as well: 1 and 1.0 pass for one another.
            code = self._places.setdefault((type(one), one), len(self._places))
            if code == len(self._values):
                self._values.append(one)
            translated.append(code)
        if len(self._values) > BYTE and isinstance(self._codes, bytearray):
            self._codes = array("H", list(self._codes))  # of the bytes themselves, it would make one of two
        if isinstance(self._codes, bytearray):
            # So few values of this piece, whatever it is told by: bytes.
            self._codes += bytes(piece.codes).translate(bytes(translated).ljust(BYTE, b"\0"))
        else:
            self._codes.extend(map(translated.__getitem__, piece.codes))


_TRUTHS = frozenset((0, 1))  # False and True are among them
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

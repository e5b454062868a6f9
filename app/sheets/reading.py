"""Read a workbook by a reader process: what it does, crashes or takes for ever is told, never suffered.

The reader is started before anything else, so that a command or a window does its own preparations meanwhile.
"""

from __future__ import annotations

import queue
import threading
import time
from typing import IO, TYPE_CHECKING, Any, Self

from app.domain.progress import silent
from app.errors import InputRefused
from app.sheets import unpacking, wire
from app.sheets.sheet import Block, Sheet, Workbook
from app.sheets.starting import Started

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from app.domain.progress import Progress
    from app.sheets.limits import Limits

#: What the reader said, and the columns of its block.
Told = tuple[dict[str, Any], "list[Sequence[Any]]"]

_LOOK_EVERY = 0.1  # seconds between two looks at the clock and at the clerk's wish to stop
_ROWS_AT_ONCE = 8192  # so many rows are checked in one go, and so finely is progress told
_OUT_OF_MEMORY = (b"memory allocation of", b"capacity overflow", b"MemoryError", b"Cannot allocate memory")


def read(path: Path, progress: Progress = silent, limits: Limits | None = None) -> Workbook:
    """Read a whole workbook.

    Raises UsageError where there is no such file, InputRefused with a code for whatever cannot be read, CalledOff from
    ``progress``.
    """
    with Reading(path, limits) as reading:
        return reading.workbook(progress)


class Reading:
    """One file on its way. Leaving the context ends the reader, whatever it is doing."""

    def __init__(self, path: Path, limits: Limits | None = None, started: Started | None = None) -> None:
        """``started`` is a reader that is at work on this file already."""
        self._started = started or Started(path, limits)
        self._path = path
        #: The most memory that the reader has held, in bytes; 0 until it tells.
        self.peak = 0
        self._limits = self._started.limits
        self._ends = time.monotonic() + self._limits.seconds
        self._frames: queue.SimpleQueue[Told | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._listen, args=(self._started.told,), daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._started.__exit__()
        self._thread.join()
        self._started.close()

    def workbook(self, progress: Progress = silent, watch: Callable[[Sheet], None] | None = None) -> Workbook:
        """The workbook, once it is read; ``watch`` is told of a sheet whenever it has one more block.

        Raises InputRefused, and what ``progress`` and ``watch`` raise.
        """
        kind, sheets = "", list[Sheet]()
        notes: list[tuple[str, dict[str, str]]] = []
        while True:
            frame, columns = self._next(progress)
            self.peak = frame.get("peak", self.peak)
            if "refused" in frame:
                raise InputRefused(frame["refused"], **frame["facts"])
            kind = frame.get("format", kind)
            notes += [(code, facts) for code, facts in frame.get("notes", ())]
            if "sheet" in frame:
                sheets.append(_sheet(frame))
            elif "block" in frame:
                start, height = frame["block"], frame["height"]
                sheets[-1].add(Block(start, height, frame["left"], columns))
                progress(start + height, max(frame["of"], start + height), "读取")
                if watch is not None:
                    watch(sheets[-1])
            elif "end" in frame:
                return Workbook.of(kind, sheets)._replace(notes=tuple(notes), peak=self.peak)

    def _next(self, progress: Progress) -> Told:
        while True:
            if time.monotonic() > self._ends:
                raise InputRefused("sheet-too-slow", seconds=round(self._limits.seconds))
            try:
                frame = self._frames.get(timeout=_LOOK_EVERY)
            except queue.Empty:
                progress(0, 1, "读取")
                continue
            if frame is None:
                raise self._died()
            return frame

    def _listen(self, stream: IO[bytes]) -> None:
        try:
            for told in _gathered(stream):
                self._frames.put(told)
        except (wire.WireBroken, OSError, KeyError, TypeError, ValueError):
            pass  # told by its end: a reader that stops speaking has died
        self._frames.put(None)

    def _died(self) -> InputRefused:
        """Why the reader ended without a last word."""
        code, words = self._started.ended(1)
        if any(one in words for one in _OUT_OF_MEMORY):
            return InputRefused("sheet-too-large", detail=f"{self._limits.memory // 2**20} MB")
        return InputRefused("sheet-reader-died", file=self._path.name, code=code)


def _gathered(stream: IO[bytes]) -> Iterator[Told]:
    """The frames with their columns; blocks that follow one another are joined, as a check of many rows costs less."""
    held: Told | None = None
    growing: list[unpacking.Growing] = []
    while (received := wire.receive(stream)) is not None:
        frame, indexes = received
        columns = unpacking.unpack(frame.pop("columns"), indexes, frame["height"]) if "block" in frame else []
        if held is not None and _follows(held[0], frame, len(columns) == len(held[1])):
            growing = growing or [unpacking.Growing(one) for one in held[1]]
            held[0]["height"] += frame["height"]
            for one, more in zip(growing, columns, strict=True):
                one.add(more)
            continue
        if held is not None:
            yield _joined(held, growing)
            held, growing = None, []
        if "block" in frame:
            held = frame, columns
        else:
            yield frame, []
    if held is not None:
        yield _joined(held, growing)


def _joined(held: Told, growing: list[unpacking.Growing]) -> Told:
    """The block with all that followed it."""
    return (held[0], [one.column() for one in growing]) if growing else held


def _follows(held: dict[str, Any], frame: dict[str, Any], as_wide: bool) -> bool:
    return (
        "block" in frame
        and as_wide
        and held["height"] < _ROWS_AT_ONCE
        and held["block"] + held["height"] == frame["block"]
        and held["left"] == frame["left"]
    )


def _sheet(frame: dict[str, Any]) -> Sheet:
    merged = [(first[0], first[1], last[0], last[1]) for first, last in frame["merged"]]
    flaws = {(row, column): text for row, column, text in frame.get("flaws", ())}
    stale = frame.get("by_hand", False)
    hidden = frozenset(frame.get("hidden", ()))
    return Sheet(frame["sheet"], [], visible=frame["visible"], merged=merged, flaws=flaws, stale=stale, hidden=hidden)

"""How long the event loop of a window does not come round, told step by step."""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import starmap
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEventLoop, QObject, Qt, QTimer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

BEAT_MS = 4
LOOK_MS = 20
PATIENCE = 120.0


@dataclass(frozen=True, slots=True)
class Gaps:
    """The times between two beats of one step, in milliseconds: ``BEAT_MS`` where nothing is in the way."""

    name: str
    beats: int
    longest: float
    p99: float

    @classmethod
    def of(cls, name: str, gaps: Sequence[float]) -> Gaps:
        """Of the gaps, in milliseconds; there is at least one."""
        ranked = sorted(gaps)
        return cls(name, len(gaps), ranked[-1], ranked[(len(ranked) * 99 - 1) // 100])

    def __str__(self) -> str:
        return f"{self.name}: longest {self.longest:.0f} ms, 99th percentile {self.p99:.1f} ms  ({self.beats} beats)"

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        return {
            "name": self.name,
            "beats": self.beats,
            "longest_ms": round(self.longest, 1),
            "p99_ms": round(self.p99, 2),
        }


class Heartbeat(QObject):
    """A timer of the event loop that notes when it is late."""

    def __init__(self) -> None:
        super().__init__()
        self.steps: list[tuple[str, list[float]]] = []
        self._last = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)

    def step(self, name: str, begin: Callable[[], object], ended: Callable[[], bool]) -> None:
        """Call ``begin`` from the event loop and let it run until ``ended``; raises TimeoutError after two minutes."""
        gaps: list[float] = []
        self.steps.append((name, gaps))
        loop = QEventLoop()
        look = QTimer()
        begun = done = False
        deadline = time.monotonic() + PATIENCE

        def start() -> None:
            nonlocal begun
            begin()
            begun = True

        def watch() -> None:
            nonlocal done
            done = begun and ended()
            if done or time.monotonic() > deadline:
                loop.quit()

        look.timeout.connect(watch)
        QTimer.singleShot(LOOK_MS, start)
        self._last = time.perf_counter()
        self._timer.start(BEAT_MS)
        look.start(LOOK_MS)
        loop.exec()
        self._timer.stop()
        self._beat()
        if not done:
            raise TimeoutError(name)

    def gaps(self) -> list[Gaps]:
        """All steps, and the whole at the end."""
        named: dict[str, list[float]] = {}
        for name, gaps in self.steps:
            named.setdefault(name, []).extend(gaps)
        whole = [one for _, gaps in self.steps for one in gaps]
        return [*starmap(Gaps.of, named.items()), Gaps.of("event loop, all steps", whole)]

    def _beat(self) -> None:
        now = time.perf_counter()
        self.steps[-1][1].append((now - self._last) * 1000)
        self._last = now

"""Keeps an eye on the UKeys: plugged in, pulled out, logged out.

In a lane of its own: a login waits for the network and for a slow key, and a key that is pulled meanwhile has to be
noticed within a second all the same.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from app.workflows.ukey import translated
from ui.jobs import Lane

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.domain.progress import Progress
    from app.errors import ShebaoError
    from app.workflows.desk import Desk
    from pkcs11_drivers.model import Presence, Scan
    from ui.jobs import Jobs

EVERY_MS = 400
ASLEEP_SECONDS = 20.0
"""Between two looks only a sleep of the machine takes as long; the timer stands still then, the wall clock does not."""


class Watcher(QObject):
    """``scanned`` after every change of what is plugged in, ``seen`` after every look."""

    scanned = Signal(object)
    seen = Signal(object)
    failed = Signal(object)

    def __init__(
        self, desk: Desk, jobs: Jobs, every_ms: int = EVERY_MS, wall_clock: Callable[[], float] = time.time
    ) -> None:
        super().__init__()
        self._wall_clock = wall_clock
        self._looked_at = wall_clock()
        self._desk = desk
        self._jobs = jobs
        self._last: Presence | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(every_ms)
        self._timer.timeout.connect(self._look)

    def start(self) -> None:
        """Look for the first time, then again and again."""
        self.rescan()
        self._timer.start()

    def stop(self) -> None:
        """Look no more."""
        self._timer.stop()

    def rescan(self) -> None:
        """Look at everything anew, drivers included."""
        self._jobs.run(Lane.WATCH, self._scan, self._scanned, self._scan_failed, owner=self)

    def _look(self) -> None:
        looked_at, self._looked_at = self._looked_at, self._wall_clock()
        if self._looked_at - looked_at > ASLEEP_SECONDS:
            self._jobs.run(Lane.WATCH, self._wake, self._scanned, self._scan_failed, owner=self)
            return
        # A driver that is slow to answer must not find a queue of questions behind the one it is busy with.
        if self._jobs.idle(Lane.WATCH):
            self._jobs.run(Lane.WATCH, self._poll, self._polled, self._scan_failed, owner=self)

    def _wake(self, progress: Progress) -> tuple[Scan, Presence]:
        """Look anew after a sleep: readers have come and gone unseen, and a driver may hold on to one that is gone."""
        with translated():
            if not self._desk.keys.poll().logged_in:
                self._desk.keys.end_hosts()
        return self._scan(progress)

    def _poll(self, _: Progress) -> Presence:
        with translated():
            return self._desk.keys.poll()

    def _scan(self, _: Progress) -> tuple[Scan, Presence]:
        with translated():
            # The picture first: what changes during the scan is then seen by the next look.
            before = self._desk.keys.poll()
            scan = self._desk.keys.scan()
            return scan, before if before.plugged else self._desk.keys.poll()

    def _polled(self, presence: Presence) -> None:
        self.seen.emit(presence)
        before, self._last = self._last, presence
        if before is not None and (before.plugged, before.failed) != (presence.plugged, presence.failed):
            self.rescan()

    def _scanned(self, found: tuple[Scan, Presence]) -> None:
        scan, self._last = found
        self.scanned.emit(scan)

    def _scan_failed(self, failure: ShebaoError) -> None:
        self.failed.emit(failure)

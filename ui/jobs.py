"""Work off the GUI thread, as objects with success, failure, progress and cancel.

Lanes keep apart what must not wait for each other, and in order what has state: one worker for the UKey, one to watch
for UKeys that come and go, one for the store, one for reading files, one for counting findings, two for the network.
What a job returns is delivered on the GUI thread, and only while the page that asked for it is there.
"""

from __future__ import annotations

import queue
import threading
import time
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QCoreApplication, QObject, Signal, Slot
from shiboken6 import isValid

from app import crash
from app.errors import CalledOff, ShebaoError

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.domain.progress import Progress

ResultT = TypeVar("ResultT")
PROGRESS_EVERY = 0.05
PATIENCE = 5.0


class Lane(StrEnum):
    """Where a job waits for its turn."""

    TOKEN = "token"  # noqa: S105 - a lane's name
    WATCH = "watch"
    STORE = "store"
    NETWORK = "network"
    READING = "reading"
    COUNT = "count"


WORKERS = {Lane.TOKEN: 1, Lane.WATCH: 1, Lane.STORE: 1, Lane.NETWORK: 2, Lane.READING: 1, Lane.COUNT: 1}


class Fault(ShebaoError):
    """Our own bug, as the clerk is told of it. ``report`` is the file with the crash report, "" where there is none."""


class Job:
    """One piece of work. :meth:`cancel` lets it stop at its next step; it then fails with CalledOff."""

    def __init__(
        self,
        lane: Lane,
        function: Callable[[Progress], Any],
        owner: QObject,
        on_done: Callable[[Any], None] | None,
        on_failed: Callable[[ShebaoError], None] | None,
        on_progress: Callable[[int, int, str], None] | None,
    ) -> None:
        self.lane = lane
        self.function = function
        self.owner = owner
        self.on_done = on_done
        self.on_failed = on_failed
        self.on_progress = on_progress
        self._cancelled = threading.Event()

    def cancel(self) -> None:
        """Ask it to stop. Work that is past its last step still succeeds."""
        self._cancelled.set()

    @property
    def cancelled(self) -> bool:
        """Whether it was asked to stop, or nobody is left to hear of it."""
        return self._cancelled.is_set() or self.orphaned

    @property
    def orphaned(self) -> bool:
        """Whether the page that asked is gone."""
        return not isValid(self.owner)


class Jobs(QObject):
    """All lanes of one window. ``failed`` carries the failures that no page took upon itself."""

    failed = Signal(object)
    _outcome = Signal(object, object, object)
    _progress = Signal(object, int, int, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._queues: dict[Lane, queue.SimpleQueue[Job | None]] = {}
        self._threads: list[threading.Thread] = []
        self._open: dict[Lane, int] = dict.fromkeys(Lane, 0)
        self._undelivered: dict[Lane, int] = dict.fromkeys(Lane, 0)
        self._running: set[Job] = set()
        self._lock = threading.Lock()
        self._closed = False
        # Emitted on a worker's thread and received on this object's: the queue between the two is Qt's.
        self._outcome.connect(self._deliver)
        self._progress.connect(self._deliver_progress)

    def run(
        self,
        lane: Lane,
        function: Callable[[Progress], ResultT],
        on_done: Callable[[ResultT], None] | None = None,
        on_failed: Callable[[ShebaoError], None] | None = None,
        on_progress: Callable[[int, int, str], None] | None = None,
        *,
        owner: QObject,
    ) -> Job:
        """Do ``function`` in a lane and call back on the GUI thread while ``owner`` lives.

        ``function`` gets a progress callable that raises CalledOff once the job is cancelled. Without ``on_failed`` a
        failure goes out by the signal ``failed``. A job given after :meth:`close` is dropped.
        """
        job = Job(lane, function, owner, on_done, on_failed, on_progress)
        if self._closed:
            job.cancel()
            return job
        self._undelivered[lane] += 1
        with self._lock:
            self._open[lane] += 1
            self._running.add(job)
        if lane not in self._queues:
            self._start(lane)
        self._queues[lane].put(job)
        return job

    def idle(self, lane: Lane) -> bool:
        """Whether nothing runs or waits in a lane."""
        return self._open[lane] == 0

    def drain(self, lane: Lane) -> bool:
        """Wait until a lane is through, with what its results bring about in it; whether it was in time.

        Only results are delivered meanwhile, no key stroke and no click.
        """
        deadline = time.monotonic() + PATIENCE
        while self._undelivered[lane] and time.monotonic() < deadline:
            time.sleep(0.002)
            QCoreApplication.sendPostedEvents(self)
        return not self._undelivered[lane]

    def close(self) -> bool:
        """Cancel everything and end the threads; whether all of them ended in time."""
        self._closed = True
        with self._lock:
            for job in self._running:
                job.cancel()
        for thread in self._threads:
            self._queues[Lane(thread.name.split("-")[1])].put(None)
        deadline = time.monotonic() + PATIENCE
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _start(self, lane: Lane) -> None:
        self._queues[lane] = queue.SimpleQueue()
        for number in range(WORKERS[lane]):
            # A daemon: a UKey module or a network disk that hangs must not keep the program from ending.
            thread = threading.Thread(target=self._work, args=(lane,), name=f"job-{lane}-{number}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _work(self, lane: Lane) -> None:
        waiting = self._queues[lane]
        while (job := waiting.get()) is not None:
            result, failure = _outcome_of(job, self._reporter(job))
            with self._lock:
                self._open[lane] -= 1
                self._running.discard(job)
            if not self._closed:
                self._outcome.emit(job, result, failure)

    def _reporter(self, job: Job) -> Progress:
        said_at = 0.0

        def report(done: int, total: int, what: str) -> None:
            nonlocal said_at
            if job.cancelled:
                raise CalledOff
            now = time.monotonic()
            # A hundred thousand rows must not become a hundred thousand events.
            if job.on_progress is not None and (now - said_at >= PROGRESS_EVERY or done >= total):
                said_at = now
                self._progress.emit(job, done, total, what)

        return report

    @Slot(object, object, object)
    def _deliver(self, job: Job, result: object, failure: ShebaoError | None) -> None:
        self._undelivered[job.lane] -= 1
        if job.orphaned:
            return
        if failure is None:
            if job.on_done is not None:
                job.on_done(result)
        elif job.on_failed is not None:
            job.on_failed(failure)
        else:
            self.failed.emit(failure)

    @Slot(object, int, int, str)
    def _deliver_progress(self, job: Job, done: int, total: int, what: str) -> None:
        if not job.cancelled and job.on_progress is not None:
            job.on_progress(done, total, what)


def _outcome_of(job: Job, progress: Progress) -> tuple[object, ShebaoError | None]:
    """What became of it. A bug becomes a Fault with a crash report: the window goes on."""
    if job.cancelled:
        return None, CalledOff()
    try:
        return job.function(progress), None
    except ShebaoError as failure:
        return None, failure
    except Exception as bug:  # noqa: BLE001 - the one edge where a bug in work off the GUI thread is caught
        return None, fault_of(bug)


def fault_of(bug: BaseException) -> Fault:
    """A bug as a failure that can be shown, with its crash report written."""
    report = crash.report(bug)
    return Fault("fault", report=str(report) if report else "", kind=type(bug).__name__)

"""Keeps the store in step with the table: what is typed is a draft on the disk a moment later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from app.workflows import batch
from ui.jobs import Lane
from ui.pace import Breath

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.domain.filings import Filing
    from app.domain.progress import Progress
    from app.errors import ShebaoError
    from app.workflows.batch import Line
    from ui.context import Context

PAUSE_MS = 300


class Saver(QObject):
    """One write at a time; what changes meanwhile goes with the next. ``kept`` comes when nothing is left to write."""

    kept = Signal()
    failed = Signal(object)

    def __init__(self, context: Context, region: str, unit_number: str, item: str) -> None:
        super().__init__()
        self._context = context
        self._place = (region, unit_number, item)
        self._waiting: dict[Line, bool] = {}
        self._writing: dict[Line, bool] = {}
        self._then: list[Callable[[], None]] = []
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE_MS)
        self._timer.timeout.connect(self.write)

    @property
    def idle(self) -> bool:
        """Whether the store says what the table says."""
        return not self._waiting and not self._writing

    def keep(self, lines: list[Line]) -> None:
        """These lines changed."""
        self._note(lines, stays=True)

    def drop(self, lines: list[Line]) -> None:
        """These lines were taken out."""
        self._note(lines, stays=False)

    def when_kept(self, then: Callable[[], None]) -> None:
        """Call ``then`` once everything is on the disk."""
        if self.idle:
            then()
            return
        self._then.append(then)
        self.write()

    def write(self) -> None:
        """Write now what waits."""
        self._timer.stop()
        if self._writing or not self._waiting:
            return
        writing, self._waiting = self._waiting, {}
        self._writing = writing
        desk, place = self._context.desk, self._place

        def work(_: Progress) -> list[Filing | None]:
            # A line that changes meanwhile waits again: what of it is written now does not matter.
            changes = [(line.filing, line.values if stays else None) for line, stays in writing.items()]
            return batch.keep_changes(desk, *place, changes)

        def done(kept: list[Filing | None]) -> None:
            breath = Breath()
            for line, filing in zip(writing, kept, strict=True):
                breath()
                line.filing = filing
            self._writing = {}
            self._next()

        def failed(failure: ShebaoError) -> None:
            # Nothing is lost: what could not be written waits for the next change or the next try.
            self._waiting = {**self._writing, **self._waiting}
            self._writing = {}
            self._then.clear()
            self.failed.emit(failure)

        self._context.jobs.run(Lane.STORE, work, done, failed, owner=self)

    def _note(self, lines: list[Line], *, stays: bool) -> None:
        self._waiting.update(dict.fromkeys(lines, stays))
        self._timer.start()

    def _next(self) -> None:
        if self._waiting:
            self.write()
            return
        self.kept.emit()
        then, self._then = self._then, []
        for one in then:
            one()

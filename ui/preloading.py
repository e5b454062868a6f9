"""Bring in what the pages are made of while the clerk types the PIN: the first click must not wait for imports."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

import app.workflows
from ui.jobs import Jobs, Lane
from ui.pages import ENTRIES

if TYPE_CHECKING:
    from app.domain.progress import Progress


class Preloading(QObject):
    """What knows nothing of Qt is imported by a worker, then the pages themselves on the GUI thread, one at a turn.

    A class of Qt's must never be made in a worker: until Python 3.12 PySide keeps what it knows of each class in one
    table that the GUI thread reads without the GIL, and a class that is added meanwhile ends the process.
    """

    def __init__(self, jobs: Jobs, parent: QObject) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._left = iter(ENTRIES)
        self._turns = QTimer(self, interval=0)
        self._turns.timeout.connect(self._next)

    def start(self) -> None:
        """Begin; it ends by itself, or with its parent."""
        self._jobs.run(Lane.READING, _workings, lambda _: self._turns.start(), owner=self)

    def stop(self) -> None:
        """Bring in nothing more."""
        self._turns.stop()

    def _next(self) -> None:
        entry = next(self._left, None)
        if entry is None:
            self._turns.stop()
        else:
            entry.load()


def _workings(progress: Progress) -> None:
    """Import the workflows, which bring most of the program's other half along, and the documents."""
    names = [f"{app.workflows.__name__}.{one.name}" for one in pkgutil.iter_modules(app.workflows.__path__)]
    for at, name in enumerate([*names, "app.documents"]):
        progress(at, len(names), name)
        import_module(name)

"""Keeps the event loop turning: long work in slices, other threads that let go, no long collections."""

from __future__ import annotations

import gc
import sys
import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEventLoop, QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication

if TYPE_CHECKING:
    from collections.abc import Sequence

#: So long the GUI thread works before it looks for what else there is to do.
SLICE_SECONDS = 0.006
#: So long a job keeps the interpreter while the GUI thread wants it; Python's own five milliseconds are a third of a
#: frame, and painting asks more than once.
SWITCH_SECONDS = 0.0002
COLLECT_EVERY_MS = 2000
#: After so many new objects they are data that stays: looking through them for cycles would only take time.
MANY_OBJECTS = 10_000
#: Freed at once: a millisecond of lines with what they hold.
RELEASED_AT_ONCE = 1000
RELEASE_EVERY_MS = 10


class Breath:
    """Progress of work on the GUI thread: between its steps windows are painted and jobs delivered.

    What the clerk types and clicks waits until the work is done, so that nothing changes under it.
    """

    def __init__(self) -> None:
        self._last = time.perf_counter()

    def __call__(self, done: int = 0, total: int = 0, what: str = "") -> None:
        """A step is done."""
        del done, total, what
        if time.perf_counter() - self._last > SLICE_SECONDS:
            QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)
            self._last = time.perf_counter()


class Release(QObject):
    """Lets go of very many objects a few at a time: the last reference to all of them at once frees them at once.

    Nobody else is let in meanwhile, neither the window nor, by another thread, the window's share of the interpreter.
    """

    def __init__(self, parent: QObject, objects: Sequence[object]) -> None:
        super().__init__(parent)
        self._objects = list(objects)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._some)
        self._timer.start(RELEASE_EVERY_MS)

    def _some(self) -> None:
        del self._objects[-RELEASED_AT_ONCE:]
        if not self._objects:
            self._timer.stop()
            self.deleteLater()


class Collector(QObject):
    """Looks for cycles at quiet moments, on the GUI thread alone, where widgets may be let go.

    Python would look whenever a job or the window has made enough objects, and with a hundred thousand rows in memory
    each look takes longer than a frame. What was read is set aside instead and still freed once nothing refers to it.
    All of it is looked through while the clerk works in another program.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._switch = sys.getswitchinterval()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.collect)
        application = QGuiApplication.instance()
        if isinstance(application, QGuiApplication):
            application.applicationStateChanged.connect(self._seen)

    def start(self) -> None:
        """Take it over from Python."""
        gc.disable()
        gc.freeze()
        sys.setswitchinterval(SWITCH_SECONDS)
        self._timer.start(COLLECT_EVERY_MS)

    def stop(self) -> None:
        """Give it back."""
        self._timer.stop()
        sys.setswitchinterval(self._switch)
        gc.unfreeze()
        gc.enable()

    def collect(self) -> None:
        """A quiet moment: look through what is new, unless it is much."""
        if gc.get_count()[0] > MANY_OBJECTS:
            gc.freeze()
        else:
            gc.collect(1)

    def _seen(self, state: Qt.ApplicationState) -> None:
        if state is Qt.ApplicationState.ApplicationInactive and self._timer.isActive():
            gc.unfreeze()
            gc.collect()
            gc.freeze()

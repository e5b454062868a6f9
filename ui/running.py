"""One program per home: the first start opens the window, a second one only raises it.

The window is on the screen first, bare; what the program is made of is loaded behind it.
"""

from __future__ import annotations

import functools
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QLockFile, QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication

from app.workflows import preferences
from app.workflows.home import default_home
from ui.application import application
from ui.frame import Frame
from ui.theme.roles import in_force

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from types import TracebackType

    from PySide6.QtNetwork import QLocalServer

    from ui.bootstrap import Program

ANSWER_MS = 500
UNSEEN_MS = 400
MIDDLE = 128  # between black and white


class OneOnly(QObject):
    """The right to be the one program over a home. ``raised`` when another start asked for the window."""

    raised = Signal()

    def __init__(self, home: Path) -> None:
        super().__init__()
        home.mkdir(parents=True, exist_ok=True)
        self._home = home
        self._lock = QLockFile(str(home / "window.lock"))
        self._lock.setStaleLockTime(0)
        self._server: QLocalServer | None = None

    def take(self) -> bool:
        """Whether this is the first; if not, the first was asked to show its window."""
        if self._lock.tryLock(0):
            return True
        from PySide6.QtNetwork import QLocalSocket

        socket = QLocalSocket()
        socket.connectToServer(self._name)
        socket.waitForConnected(ANSWER_MS)
        socket.disconnectFromServer()
        return False

    def listen(self) -> None:
        """From now on hear of other starts; a start before that finds the window about to come."""
        from PySide6.QtNetwork import QLocalServer

        QLocalServer.removeServer(self._name)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._called)
        self._server.listen(self._name)

    def release(self) -> None:
        """Let the next start be the first."""
        if self._server is not None:
            self._server.close()
        self._lock.unlock()

    @property
    def _name(self) -> str:
        import hashlib

        return "shebaodesk-" + hashlib.sha256(str(self._home.resolve()).encode()).hexdigest()[:16]

    def _called(self) -> None:
        while self._server is not None and self._server.hasPendingConnections():
            socket = self._server.nextPendingConnection()
            socket.disconnected.connect(socket.deleteLater)
        self.raised.emit()


class Start(QObject):
    """The bare window now, the program in it once it can be seen."""

    def __init__(self, home: Path, options: argparse.Namespace, one: OneOnly) -> None:
        super().__init__()
        self._home, self._options, self._one = home, options, one
        self._program: Program | None = None
        chosen = preferences.load(home)
        system_is_dark = QGuiApplication.palette().window().color().lightness() < MIDDLE
        self.window = Frame(chosen, in_force(chosen.appearance, system_is_dark=system_is_dark).window)
        self.window.painted.connect(self._soon)
        self.window.show_as_left()
        # One that is started minimised is not painted.
        QTimer.singleShot(UNSEEN_MS, self._open)

    def close(self) -> None:
        """Take down whatever there is."""
        if self._program is not None:
            self._program.close()

    def _soon(self) -> None:
        QTimer.singleShot(0, self._open)

    def _open(self) -> None:
        if self._program is not None:
            return
        from ui.bootstrap import open_program

        options = self._options
        program = open_program(self._home, bureau=options.bureau, authority=options.ca, bare=self.window)
        self._program = program
        sys.excepthook = functools.partial(_report, program)
        self._one.raised.connect(self._raise)
        self._one.listen()
        program.start()

    def _raise(self) -> None:
        from PySide6.QtCore import Qt

        self.window.setWindowState(self.window.windowState() & ~Qt.WindowState.WindowMinimized)
        self.window.raise_()
        self.window.activateWindow()


def run(words: Sequence[str]) -> int:
    """Parse the words, open the window, and stay until it is closed."""
    import argparse

    parser = argparse.ArgumentParser(prog="shebaodesk", description="社保申报")
    parser.add_argument("--home", type=Path, help="数据文件夹")
    parser.add_argument("--bureau", help="社保系统的地址，以 https:// 开头")
    parser.add_argument("--ca", type=Path, help="社保系统证书的签发机构证书文件")
    options = parser.parse_args(words)
    home = options.home or default_home()
    qt = application([sys.argv[0]])
    one = OneOnly(home)
    if not one.take():
        return 0
    start = Start(home, options, one)
    try:
        return qt.exec()
    finally:
        start.close()
        one.release()


def _report(program: Program, kind: type[BaseException], bug: BaseException, trace: TracebackType | None) -> None:
    """A bug on the GUI thread: write the crash report, tell the clerk, say it on the terminal, go on."""
    from ui.jobs import fault_of

    program.jobs.failed.emit(fault_of(bug.with_traceback(trace)))
    sys.__excepthook__(kind, bug, trace)

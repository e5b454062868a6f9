"""One program per home: the first start opens the window, a second one only raises it."""

from __future__ import annotations

import functools
import hashlib
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QLockFile, QObject, Qt, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from app.workflows.home import default_home
from ui.bootstrap import application, open_program
from ui.jobs import fault_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from ui.bootstrap import Program

ANSWER_MS = 500


class OneOnly(QObject):
    """The right to be the one program over a home. ``raised`` when another start asked for the window."""

    raised = Signal()

    def __init__(self, home: Path) -> None:
        super().__init__()
        home.mkdir(parents=True, exist_ok=True)
        self._name = "shebaodesk-" + hashlib.sha256(str(home.resolve()).encode()).hexdigest()[:16]
        self._lock = QLockFile(str(home / "window.lock"))
        self._lock.setStaleLockTime(0)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._called)

    def take(self) -> bool:
        """Whether this is the first; if not, the first was asked to show its window."""
        if not self._lock.tryLock(0):
            socket = QLocalSocket()
            socket.connectToServer(self._name)
            socket.waitForConnected(ANSWER_MS)
            socket.disconnectFromServer()
            return False
        QLocalServer.removeServer(self._name)
        self._server.listen(self._name)
        return True

    def release(self) -> None:
        """Let the next start be the first."""
        self._server.close()
        self._lock.unlock()

    def _called(self) -> None:
        while self._server.hasPendingConnections():
            socket = self._server.nextPendingConnection()
            socket.disconnected.connect(socket.deleteLater)
        self.raised.emit()


def run(words: Sequence[str]) -> int:
    """Parse the words, open the window, and stay until it is closed."""
    parser = ArgumentParser(prog="shebaodesk", description="社保申报")
    parser.add_argument("--home", type=Path, help="数据文件夹")
    parser.add_argument("--bureau", help="社保系统的地址，以 https:// 开头")
    parser.add_argument("--ca", type=Path, help="社保系统证书的签发机构证书文件")
    options = parser.parse_args(words)
    home = options.home or default_home()
    qt = application([sys.argv[0]])
    one = OneOnly(home)
    if not one.take():
        return 0
    program = open_program(home, bureau=options.bureau, authority=options.ca)
    sys.excepthook = functools.partial(_report, program)

    def show_window() -> None:
        if program.window is not None:
            program.window.setWindowState(program.window.windowState() & ~Qt.WindowState.WindowMinimized)
            program.window.raise_()
            program.window.activateWindow()

    one.raised.connect(show_window)
    program.start()
    try:
        return qt.exec()
    finally:
        program.close()
        one.release()


def _report(program: Program, kind: type[BaseException], bug: BaseException, trace: TracebackType | None) -> None:
    """A bug on the GUI thread: write the crash report, tell the clerk, say it on the terminal, go on."""
    program.jobs.failed.emit(fault_of(bug.with_traceback(trace)))
    sys.__excepthook__(kind, bug, trace)

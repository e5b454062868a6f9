"""Open the program on the prepared ground, with the panel beside it."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QWidget

from bureau.demo import hr
from bureau.demo.ground import prepared
from bureau.demo.panel import Panel
from ui.application import application
from ui.bootstrap import Program, open_program
from ui.frame import Frame

GAP = 8
FOOTER = 64
TITLE = 32  # the panel's own bar, which the window manager adds to its height once it is shown


def windowed(region: str, out: Path | None) -> int:
    """Stay until the window is closed. ``out`` keeps HR's workbook where the clerk can find it."""
    folder = Path(tempfile.mkdtemp(prefix="shebao-demo-"))
    desk_folder = (out or folder / "人事部").resolve()
    desk_folder.mkdir(parents=True, exist_ok=True)
    try:
        with prepared(folder, region) as ground:
            workbook = hr.workbook(desk_folder, region)
            qt = application()
            program = open_program(
                ground.desk.home,
                desk=ground.desk,
                bureau=ground.endpoint.url,
                authority=ground.endpoint.authority,
                region=ground.region,
            )
            panel = Panel(ground, program.theme, workbook)
            program.ready.connect(lambda: _beside(panel, program))
            program.start()
            try:
                return int(qt.exec())
            finally:
                panel.end()
                program.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def make_room(window: Frame, screen: QRect, needed: int) -> None:
    """Make the window narrower, where it may be, so that the panel covers nothing of it: so on most office screens."""
    frame = window.frameGeometry()
    room = screen.width() - needed
    around = frame.width() - window.width()
    if window.isMaximized() or room - around < window.minimumWidth():
        return
    window.resize(min(window.width(), room - around), window.height())
    window.move(min(frame.x(), screen.x() + room - window.frameGeometry().width()), frame.y())


def _beside(panel: Panel, program: Program) -> None:
    """Show the panel beside the window, and let it end with the window."""
    window = program.window
    assert window is not None  # noqa: S101 - the program is ready once it has one
    # The panel is a window too: without this the program would stay for its sake.
    window.closing.connect(panel.end)
    panel.adjustSize()
    screen = window.screen().availableGeometry()
    make_room(window, screen, panel.width() + GAP)
    frame = window.frameGeometry()
    beside = frame.topRight() + QPoint(GAP, 0)
    panel.move(beside if beside.x() + panel.width() <= screen.right() else over_corner(panel, frame))
    panel.show()


def over_corner(panel: QWidget, frame: QRect) -> QPoint:
    """Where the panel lies on a small screen, or beside a window as large as the screen.

    At the lower right, above the footer: it covers the end of a page, not the rail by which every page is come to, and
    is dragged away from there.
    """
    return frame.bottomRight() - panel.rect().bottomRight() - QPoint(GAP, GAP + FOOTER + TITLE)

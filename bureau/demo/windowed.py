"""Open the program on the prepared ground, with the panel beside it."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from PySide6.QtCore import QPoint, QRect

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


def place(panel: Panel, window: Frame, screen: QRect) -> None:
    """Put the panel beside the window, which makes room for it where it may: so on most office screens.

    On a smaller one, one line of it lies over the window's lower right corner, above the footer: not on the rail by
    which every page is come to, nor on a page's own buttons.
    """
    frame = window.frameGeometry()
    around = frame.width() - window.width()
    room = screen.width() - window.minimumWidth() - around - GAP
    if room < panel.narrowest:
        panel.fold(folded=True)
        panel.move(frame.bottomRight() - panel.rect().bottomRight() - QPoint(GAP, GAP + FOOTER + TITLE))
        return
    if window.isMaximized():  # as on a screen that its usual size does not fit
        window.showNormal()
    panel.setFixedWidth(min(panel.width(), room))
    left = screen.width() - panel.width() - GAP
    window.resize(min(window.width(), left - around), min(window.height(), screen.height() - TITLE))
    window.move(min(frame.x(), screen.x() + left - window.frameGeometry().width()), frame.y())
    panel.move(window.frameGeometry().topRight() + QPoint(GAP, 0))


def _beside(panel: Panel, program: Program) -> None:
    """Show the panel with the window, and let it end with the window."""
    window = program.window
    assert window is not None  # noqa: S101 - the program is ready once it has one
    # The panel is a window too: without this the program would stay for its sake.
    window.closing.connect(panel.end)
    panel.adjustSize()
    place(panel, window, window.screen().availableGeometry())
    panel.show()

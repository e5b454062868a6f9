"""Pictures of every page of the window, in the state that the demo left."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

from app.workflows import session as sessions
from app.workflows import ukey
from bureau.demo import hr
from bureau.demo.ground import PIN
from bureau.demo.record import expect

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PySide6.QtWidgets import QApplication, QWidget

    from app.errors import ShebaoError
    from bureau.demo.ground import Ground
    from ui.bootstrap import Program

SIZE = (1366, 768)
PATIENCE = 30.0
SETTLED = 0.1
COLOURS = 192


def take_pictures(ground: Ground, out: Path) -> list[str]:
    """Open the window on the demo's desk, log in, and save a picture of each page; their names. Raises StepFailed."""
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
        # What the offscreen platform cannot do is no news to whoever runs the demo.
        os.environ.setdefault("QT_LOGGING_RULES", "qt.qpa.*=false")
    from ui.application import application
    from ui.bootstrap import open_program
    from ui.pages import offered, rail

    sessions.log_out(ground.desk)
    qt = application()
    program = open_program(
        ground.desk.home,
        desk=ground.desk,
        bureau=ground.endpoint.url,
        authority=ground.endpoint.authority,
        region=ground.region,
    )
    camera = Camera(qt, program, out)
    try:
        program.start()
        camera.wait(lambda: program.window is not None)
        camera.settle()
        camera.take("登录")
        log_in(ground, program, camera)
        region = ground.desk.region(ground.region)
        for entry in rail():
            if not offered(entry, region):
                continue  # an empty page shows nothing of the region
            assert program.window is not None  # noqa: S101 - waited for above
            program.window.navigate(entry.name, **_on_page(entry.name, out))
            camera.settle()
            camera.take(entry.title.replace(" ", ""))
    finally:
        program.close()
        camera.settle()
    return camera.names


def _on_page(page: str, out: Path) -> dict[str, object]:
    """What a page is opened with: the page for new staff shows HR's workbook with its findings."""
    workbook = out / hr.NAME
    return {"file": workbook} if page == "enrol" and workbook.is_file() else {}


def log_in(ground: Ground, program: Program, camera: Camera) -> None:
    """Log in with the plugged-in UKey, in the window. Raises StepFailed."""
    assert program.window is not None  # noqa: S101 - the caller waited for it
    failed: list[ShebaoError] = []
    context = program.window.context
    context.signin.log_in(ground.endpoint, ukey.choose(ground.desk), PIN, failed.append)
    camera.wait(lambda: context.state.session is not None or bool(failed))
    expect(not failed, f"窗口里没有登录上：{failed}")
    camera.settle()


class Camera:
    """Lets the window live until it is still, and takes its picture."""

    def __init__(self, qt: QApplication, program: Program, out: Path) -> None:
        self._qt, self._program, self._out = qt, program, out
        self.names: list[str] = []

    def wait(self, until: Callable[[], bool]) -> None:
        """Let events run until something holds."""
        end = time.monotonic() + PATIENCE
        while not until():
            expect(time.monotonic() < end, "窗口没有应答")
            self._live(0.02)

    def settle(self) -> None:
        """Let events run until the page has filled itself from its jobs."""
        self._live(SETTLED)
        from ui.jobs import Lane

        jobs = self._program.jobs
        self.wait(lambda: all(jobs.idle(lane) for lane in Lane if lane is not Lane.WATCH))
        self._live(SETTLED)

    def take(self, name: str) -> None:
        """Save the window as ``窗口-NAME.png``."""
        window = self._program.window
        assert window is not None  # noqa: S101 - waited for before
        window.resize(*SIZE)
        window.hush()
        self._live(SETTLED)
        file = f"窗口-{len(self.names) + 1:02d}-{name}.png"
        expect(window.grab().save(str(self._out / file)), f"{file} 没有存下来")
        self.names.append(file)

    def take_widget(self, widget: QWidget, name: str) -> None:
        """Save a dialog, or any part of the window, as ``NAME.png``."""
        from PIL import Image
        from PySide6.QtCore import QCoreApplication, QEvent

        # What was closed is deleted by the event loop, which nobody runs here.
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        self.settle()
        file = self._out / f"{name}.png"
        expect(widget.grab().save(str(file)), f"{name}.png 没有存下来")
        # A page has few colours: with a palette the file is a third of the size.
        with Image.open(file) as picture:
            flat = picture.convert("RGB").quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        flat.save(file, optimize=True)
        self.names.append(file.name)

    def _live(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._qt.processEvents()
            time.sleep(0.005)

"""A window without a screen, closed after each test."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

# Before Qt is first imported; a machine with a screen is not to be filled with windows. The one that is not there is
# smaller than the window may be, unless it is told.
os.environ["QT_QPA_PLATFORM"] = f"offscreen:configfile={Path(__file__).parents[1] / 'support' / 'screen.json'}"

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.workflows.desk import Desk
from tests.support.scripted_keys import ScriptedKeys
from ui.bootstrap import Program, open_program
from ui.frame import Frame

SCREEN = Path(__file__).parents[1] / "support" / "screen.json"
Open = Callable[..., Program]
PATIENCE = 20_000
"""Milliseconds: a machine that does much else is slow, and that is no failure."""


class PatientBot(QtBot):
    """Waits longer than five seconds where a test does not say how long."""

    def waitUntil(self, callback: Callable[[], bool | None], *, timeout: int = PATIENCE) -> None:
        """See :class:`QtBot`."""
        super().waitUntil(callback, timeout=timeout)


@pytest.fixture
def qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> QtBot:
    """pytest-qt's own, with more patience."""
    return PatientBot(request)


@pytest.fixture(autouse=True)
def _own_ground(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The key of the store in a file, crash reports in the test's own folder."""
    monkeypatch.setenv("SHEBAO_KEY_IN_FILE", "1")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


@pytest.fixture
def keys() -> ScriptedKeys:
    """A socket with nothing in it."""
    return ScriptedKeys()


@pytest.fixture
def opened(qtbot: QtBot, tmp_path: Path, keys: ScriptedKeys) -> Iterator[Open]:
    """Opens a program and waits for its window; ``desk`` may be handed in."""
    programs: list[Program] = []

    def open_one(desk: Desk | None = None, **options: object) -> Program:
        chosen = desk or Desk(tmp_path / "home", open_keys=lambda: keys)
        program = open_program(chosen.home, desk=chosen, **options)  # type: ignore[arg-type]
        programs.append(program)
        with qtbot.waitSignal(program.ready):
            program.start()
        return program

    yield open_one
    for program in programs:
        program.close()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def window(opened: Open) -> Frame:
    """A window over an empty home, nobody logged in."""
    window = opened().window
    assert window is not None
    return window

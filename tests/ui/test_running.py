"""Starting: one window per home, and the UKey's child process without Qt."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from app.errors import UsageError
from app.workflows.desk import Desk
from pkcs11_drivers.model import Presence
from tests.support.scripted_keys import ScriptedKeys
from tests.ui.conftest import SCREEN, Open
from ui.bootstrap import open_program
from ui.parts.cards import Message
from ui.running import OneOnly

ROOT = Path(__file__).parents[2]
HOSTING = """
import sys
from unittest import mock
from ui.__main__ import main
with mock.patch("pkcs11_drivers.host.main", side_effect=lambda words: print(words) or 0):
    code = main(["--token-host", "/module.so"])
print(code, any(name.startswith("PySide6") for name in sys.modules))
"""
SHOWING = """
import sys
from ui import running

def seen(start):
    print([name for name in ("ui.page", "app.workflows.desk", "pkcs11_drivers", "PySide6.QtNetwork")
           if name in sys.modules], start.window.isVisible())
    open_the_rest(start)

def look(start):
    if start.window.findChildren(running.QObject, "footer"):
        print(start.window.current_name, start.window.isVisible())
        start.window.close()
    else:
        running.QTimer.singleShot(10, lambda: look(start))

open_the_rest = running.Start._soon
running.Start._soon = lambda start: (seen(start), look(start))
print(running.run(["--home", sys.argv[1]]))
"""
CLOSING = """
import sys
from ui import running

running.Start._soon = lambda start: start.window.close()
print(running.run(["--home", sys.argv[1]]), "ui.bootstrap" in sys.modules)
"""


def test_the_window_is_seen_before_what_stands_in_it_is_loaded(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SHOWING, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.stdout.splitlines() == ["[] True", "login True", "0"], done.stderr


def test_a_window_that_is_closed_while_nothing_stands_in_it_ends_the_program(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CLOSING, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.stdout.splitlines() == ["0 False"], done.stderr


FITTING = """
from app.workflows.preferences import Preferences
from ui.application import application
from ui.frame import Frame

qt = application()
frame = Frame(Preferences())
frame.show_as_left()
room = frame.screen().availableSize()
print(frame.isMaximized(), frame.minimumWidth() <= room.width() and frame.minimumHeight() < room.height())
"""


@pytest.mark.parametrize(("width", "height", "fills"), [(1366, 728, True), (1092, 574, True), (1920, 1040, False)])
def test_the_window_is_never_larger_than_the_screen(tmp_path: Path, width: int, height: int, fills: bool) -> None:
    screens = json.loads(SCREEN.read_text("utf-8"))
    screens["screens"][0] |= {"width": width, "height": height}
    (tmp_path / "screen.json").write_text(json.dumps(screens), "utf-8")
    environment = {**os.environ, "QT_QPA_PLATFORM": f"offscreen:configfile={tmp_path / 'screen.json'}"}
    done = subprocess.run(
        [sys.executable, "-c", FITTING], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )

    assert done.stdout == f"{fills} True\n", done.stderr


SPEAKING = """
import re
from PySide6.QtWidgets import QFileDialog, QLabel, QLineEdit, QPushButton
from ui.application import application
from ui.files import ask_which

qt = application()
line, parent = QLineEdit("text"), QLabel()
ask_which(parent, "title", "kind (*.x)", print)
dialog = parent.findChild(QFileDialog)
said = [one.text() for kind in (QLabel, QPushButton) for one in dialog.findChildren(kind)]
said += [one.text().partition(chr(9))[0] for one in line.createStandardContextMenu().actions()]
print(len(said) > 8, [one for one in said if re.search("[a-z]{2}", one)])
"""


def test_what_qt_says_by_itself_is_chinese(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", SPEAKING], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.stdout == "True []\n", done.stdout + done.stderr


def test_a_second_start_only_raises_the_first(qtbot: QtBot, tmp_path: Path) -> None:
    first, second = OneOnly(tmp_path), OneOnly(tmp_path)
    assert first.take()
    first.listen()
    with qtbot.waitSignal(first.raised):
        assert not second.take()
    first.release()

    assert second.take()
    second.release()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def test_two_homes_are_two_programs(qtbot: QtBot, tmp_path: Path) -> None:
    one, other = OneOnly(tmp_path / "one"), OneOnly(tmp_path / "other")
    assert one.take()
    assert other.take()
    one.release()
    other.release()


def test_the_host_of_a_key_is_started_before_qt_is_loaded() -> None:
    done = subprocess.run([sys.executable, "-c", HOSTING], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout.splitlines() == ["['/module.so']", "0 False"]


def test_a_store_that_cannot_be_opened_is_said_in_words(qtbot: QtBot, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "store.db").write_bytes(b"not a database" * 1000)
    (home / "store.key").write_text("00" * 32, "ascii")
    program = open_program(home)
    program.start()
    qtbot.waitUntil(lambda: program.obstacle is not None)

    assert program.window is None
    assert isinstance(program.obstacle, Message)
    assert "本机" in program.obstacle.accessibleName()
    program.close()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


class Broken(ScriptedKeys):
    """The vendor files themselves cannot be read."""

    def poll(self) -> Presence:
        """Fail, each time."""
        raise UsageError("file-missing", file="vendors")


def test_a_search_for_keys_that_fails_is_said_and_does_not_go_on_for_ever(
    qtbot: QtBot, tmp_path: Path, opened: Open
) -> None:
    window = opened(Desk(tmp_path / "home", open_keys=Broken)).window
    assert window is not None
    qtbot.waitUntil(lambda: window.findChild(Message) is not None)

    said = [one.text() for one in window.current.findChildren(QLabel)]
    assert "没有检测到 UKey" in said

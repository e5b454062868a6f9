"""The UKey page: changing a PIN, adding a driver, the report; and keys that go while the network is slow."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from app import crash
from app.bureau_api.transport import Answer
from app.errors import BureauUnreachable
from app.workflows import drivers
from app.workflows.desk import Desk
from bureau.demo.ground import PIN, Ground
from pkcs11_drivers.model import PinEntry, PinState, Scan
from tests.support.scripted_keys import CREDIT_CODE, UNIT, ScriptedKeys, token
from tests.ui.conftest import Open
from tests.ui.test_login import BUREAU, at_the_door, ground, shown, words
from tests.workflows.test_drivers import Scripted
from ui.bootstrap import Program
from ui.frame import Frame
from ui.jobs import Jobs
from ui.parts.buttons import Button
from ui.ukey.change_pin import ChangePinDialog
from ui.ukey.page import UKeyPage
from ui.watcher import Watcher

__all__ = ["at_the_door", "ground"]  # fixtures
NEW = "580246"


def page_of(window: Frame) -> UKeyPage:
    window.navigate("ukey")
    page = window.current
    assert isinstance(page, UKeyPage)
    return page


def button(page: UKeyPage, text: str) -> Button:
    return next(one for one in page.findChildren(Button) if one.text() == text)


def dialog_of(qtbot: QtBot, window: Frame) -> ChangePinDialog:
    page = page_of(window)
    qtbot.waitUntil(lambda: any(one.text() == "修改 PIN" for one in page.findChildren(Button)), timeout=20_000)
    button(page, "修改 PIN").click()
    dialog = page.findChild(ChangePinDialog)
    assert isinstance(dialog, ChangePinDialog)
    return dialog


def fill(dialog: ChangePinDialog, old: str, new: str, again: str) -> None:
    for edit, text in ((dialog.old.edit, old), (dialog.new, new), (dialog.again, again)):
        edit.clear()
        QTest.keyClicks(edit, text)


def test_the_pin_is_changed_in_the_window(qtbot: QtBot, at_the_door: Program, ground: Ground) -> None:
    window, _ = shown(at_the_door)
    dialog = dialog_of(qtbot, window)
    for old, new, again in ((PIN, "111111", "111111"), (PIN, NEW, "580247"), (PIN, NEW, ""), ("", NEW, NEW)):
        fill(dialog, old, new, again)
        assert not dialog.confirm.isEnabled()
    fill(dialog, PIN, NEW, NEW)
    with qtbot.waitSignal(dialog.accepted, timeout=20_000):
        dialog.confirm.click()

    assert ground.desk.keys.login(ground.desk.keys.scan().tokens[0], NEW).logged_in


def test_a_wrong_old_pin_is_tried_once_and_said(qtbot: QtBot, at_the_door: Program, ground: Ground) -> None:
    window, _ = shown(at_the_door)
    dialog = dialog_of(qtbot, window)
    fill(dialog, "864209", NEW, NEW)
    dialog.confirm.click()
    qtbot.waitUntil(lambda: "PIN 不对" in words(dialog), timeout=20_000)

    assert not dialog.confirm.isVisible()
    dialog.reject()
    assert ground.desk.keys.scan().tokens[0].pin_state is PinState.COUNT_LOW


@pytest.mark.parametrize("state", [PinState.LOCKED, PinState.NOT_INITIALISED])
def test_a_pin_that_cannot_be_changed_is_not_offered_to_be(
    qtbot: QtBot, opened: Open, keys: ScriptedKeys, state: PinState
) -> None:
    keys.plugged = (token(state=state),)
    window = opened().window
    assert window is not None
    page = page_of(window)
    qtbot.waitUntil(lambda: UNIT in words(page))

    assert "修改 PIN" not in [one.text() for one in page.findChildren(Button)]


def test_a_driver_is_added_by_its_file(
    qtbot: QtBot, opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = tmp_path / "vendor_p11.so"
    module.touch()
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(module), ""))
    program = opened()
    assert program.window is not None
    page = page_of(program.window)
    button(page, "添加驱动").click()

    qtbot.waitUntil(lambda: drivers.picked(program.desk.home) == (module,))


def test_the_report_that_is_copied_names_nobody(qtbot: QtBot, opened: Open, tmp_path: Path) -> None:
    keys = Scripted(token("A1B2C3"))
    window = opened(Desk(tmp_path / "home", open_keys=lambda: keys)).window
    assert window is not None
    page = page_of(window)
    copy = button(page, "复制自检报告")
    qtbot.waitUntil(copy.isEnabled, timeout=20_000)
    QGuiApplication.clipboard().clear()
    copy.click()
    qtbot.waitUntil(lambda: "certificate" in QGuiApplication.clipboard().text(), timeout=20_000)

    text = QGuiApplication.clipboard().text()
    assert not [one for one in (UNIT, CREDIT_CODE, "A1B2C3", str(tmp_path)) if one in text]


class Slow:
    """A bureau that does not answer until it is let go."""

    origin = BUREAU

    def __init__(self) -> None:
        self.let_go = threading.Event()
        self.asked = threading.Event()

    def send(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:  # noqa: ARG002
        self.asked.set()
        self.let_go.wait(20)
        raise BureauUnreachable(host="127.0.0.1")

    def close(self) -> None:
        """Nothing to close."""


def test_a_key_pulled_while_the_network_is_slow_is_noticed_at_once(
    qtbot: QtBot, opened: Open, keys: ScriptedKeys, tmp_path: Path
) -> None:
    slow = Slow()
    keys.plugged = (token(),)
    desk = Desk(tmp_path / "home", open_keys=lambda: keys, open_transport=lambda _: slow)
    _, page = shown(opened(desk, bureau=BUREAU))
    qtbot.waitUntil(page._pin.isVisible)
    QTest.keyClicks(page._pin.edit, PIN)
    page._button.click()
    qtbot.waitUntil(slow.asked.is_set)
    keys.plugged = ()

    qtbot.waitUntil(lambda: "没有检测到 UKey" in words(page))  # the bureau has not answered yet

    assert not slow.let_go.is_set()
    slow.let_go.set()
    qtbot.waitUntil(lambda: not page._busy)


def test_a_key_with_a_pad_of_its_own_is_waited_for_with_a_countdown(
    qtbot: QtBot, opened: Open, keys: ScriptedKeys, tmp_path: Path
) -> None:
    slow = Slow()
    keys.plugged = (replace(token(), pin_entry=PinEntry.PROTECTED_PATH),)
    desk = Desk(tmp_path / "home", open_keys=lambda: keys, open_transport=lambda _: slow)
    _, page = shown(opened(desk, bureau=BUREAU))
    qtbot.waitUntil(lambda: UNIT in words(page) and page._button.isEnabled())
    assert not page._pin.edit.isVisible()
    page._button.click()

    assert "还有 90 秒" in page._button.text()
    qtbot.waitUntil(lambda: "还有 89 秒" in page._button.text())
    slow.let_go.set()
    qtbot.waitUntil(lambda: page._button.text() == "登录")


def test_a_crash_with_a_pin_at_hand_reports_no_pin(tmp_path: Path) -> None:
    def login(pin: str) -> int:
        return int(pin + " is no number")

    with pytest.raises(ValueError, match="invalid literal") as fault:
        login("739154")
    report = crash.report(fault.value)

    assert report is not None
    assert "739154" not in report.read_text("utf-8")


def test_after_a_sleep_the_keys_are_looked_at_anew(qtbot: QtBot, tmp_path: Path, keys: ScriptedKeys) -> None:
    now = [1000.0]
    keys.plugged = (token(),)
    desk, jobs = Desk(tmp_path / "home", open_keys=lambda: keys), Jobs()
    watcher = Watcher(desk, jobs, every_ms=10, wall_clock=lambda: now[0])
    scans: list[Scan] = []
    watcher.scanned.connect(scans.append)
    watcher.start()
    qtbot.waitUntil(lambda: len(scans) == 1)
    now[0] += 3600

    qtbot.waitUntil(lambda: len(scans) == 2)

    assert scans[1].tokens[0].serial == "A1"
    watcher.stop()
    jobs.close()
    desk.close()

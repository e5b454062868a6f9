"""The UKey page: changing a PIN, adding a driver, the report; and keys that go while the network is slow."""

from __future__ import annotations

import os
import shutil
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
from app.domain.signing import Purpose
from app.errors import BureauUnreachable
from app.workflows import drivers
from app.workflows.desk import Desk
from app.workflows.login import Signer
from bureau.demo.ground import PIN, Ground
from pkcs11_drivers import Registry, UKeys
from pkcs11_drivers.model import PinEntry, PinState, Scan, SkipReason
from pkcs11_drivers.softkey import SoftKeys
from tests.support.scripted_keys import CREDIT_CODE, UNIT, ScriptedKeys, token
from tests.ui.conftest import Open
from tests.ui.test_login import BUREAU, at_the_door, ground, shown, words
from tests.workflows.test_drivers import Scripted
from ui.bootstrap import Program
from ui.dialogs import PinDialog
from ui.frame import Frame
from ui.jobs import Jobs, Lane
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


def log_in(qtbot: QtBot, program: Program) -> Frame:
    window, page = shown(program)
    QTest.keyClicks(page._pin.edit, PIN)
    with qtbot.waitSignal(program.news_done, timeout=20_000):
        page._button.click()
    assert window.context.state.signer is not None
    return window


def looked_again(qtbot: QtBot, program: Program) -> None:
    """Until the watcher has looked twice from now on: what it has to say of now has been said."""
    for _ in range(2):
        with qtbot.waitSignal(program.watcher.seen, timeout=20_000):
            pass


def test_whoever_is_logged_in_stays_so_and_signs_next_with_the_new_pin(
    qtbot: QtBot, at_the_door: Program, ground: Ground
) -> None:
    window = log_in(qtbot, at_the_door)
    state = window.context.state
    dialog = dialog_of(qtbot, window)
    assert "登录不会退出" in words(dialog)
    fill(dialog, PIN, NEW, NEW)
    with qtbot.waitSignal(dialog.accepted, timeout=20_000):
        dialog.confirm.click()
    looked_again(qtbot, at_the_door)
    assert state.session is not None
    assert state.signer is None
    assert "UKey 已拔出" not in words(window)

    ready: list[Signer] = []
    window.context.signin.with_signer(
        window, "提交 1 人增员。", lambda _, signer: ready.append(signer), window.show_failure
    )
    asked = window.findChild(PinDialog)
    assert isinstance(asked, PinDialog)
    QTest.keyClicks(asked.panel.edit, NEW)
    asked.confirm.click()
    qtbot.waitUntil(lambda: bool(ready), timeout=20_000)
    assert ready[0].sign(b"x", Purpose.SEAL)


def test_a_wrong_old_pin_leaves_the_session_and_may_be_typed_anew(
    qtbot: QtBot, at_the_door: Program, ground: Ground
) -> None:
    window = log_in(qtbot, at_the_door)
    dialog = dialog_of(qtbot, window)
    fill(dialog, "864209", NEW, NEW)
    dialog.confirm.click()
    qtbot.waitUntil(dialog.retry.isVisible, timeout=20_000)
    assert "已有输错的记录" in words(dialog)
    looked_again(qtbot, at_the_door)
    assert window.context.state.session is not None
    assert (dialog.old.edit.text(), dialog.new.text(), dialog.again.text()) == ("", "", "")

    dialog.retry.click()
    fill(dialog, PIN, NEW, NEW)
    with qtbot.waitSignal(dialog.accepted, timeout=20_000):
        dialog.confirm.click()

    assert ground.desk.keys.login(ground.desk.keys.scan().tokens[0], NEW).logged_in


def test_while_the_key_signs_no_pin_is_taken(qtbot: QtBot, opened: Open, keys: ScriptedKeys) -> None:
    keys.plugged = (token(),)
    program = opened()
    assert program.window is not None
    dialog = dialog_of(qtbot, program.window)
    fill(dialog, PIN, NEW, NEW)
    signing = threading.Event()
    program.jobs.run(Lane.TOKEN, lambda _: signing.wait(20), owner=program)
    dialog.confirm.click()
    assert "正在签名" in words(dialog)
    assert dialog.old.edit.text() == PIN
    signing.set()
    qtbot.waitUntil(lambda: program.jobs.idle(Lane.TOKEN))


def test_a_key_that_is_pulled_takes_the_dialog_with_it(qtbot: QtBot, opened: Open, keys: ScriptedKeys) -> None:
    keys.plugged = (token(),)
    window = opened().window
    assert window is not None
    dialog = dialog_of(qtbot, window)
    with qtbot.waitSignal(dialog.rejected, timeout=20_000):
        keys.plugged = ()


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
    module.write_bytes(b"\x7fELF")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(module), ""))
    program = opened()
    assert program.window is not None
    page = page_of(program.window)
    button(page, "添加驱动").click()

    qtbot.waitUntil(lambda: drivers.picked(program.desk.home) == (module,))


def softhsm() -> Path:
    return Registry.load().only("softhsm").locate().installed[0].path


def test_a_driver_that_is_added_shows_its_keys_without_a_restart(
    qtbot: QtBot, opened: Open, ground: Ground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = {**os.environ, **SoftKeys(tmp_path / "ukey", Registry.load()).environment}
    desk = Desk(tmp_path / "other", open_keys=lambda: UKeys(Registry(()), environment=environment))
    program = opened(desk, bureau=ground.endpoint.url, authority=ground.endpoint.authority)
    window, login = shown(program)
    qtbot.waitUntil(lambda: "没有检测到 UKey" in words(login))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(softhsm()), ""))
    button(page_of(window), "添加驱动").click()
    qtbot.waitUntil(lambda: bool(window.context.state.tokens), timeout=20_000)
    window.navigate("login")
    qtbot.waitUntil(login._pin.isVisible)

    assert log_in(qtbot, program).context.state.session is not None


def test_a_driver_that_is_added_while_logged_in_is_looked_through_at_once(
    qtbot: QtBot, at_the_door: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = log_in(qtbot, at_the_door)
    state = window.context.state
    module = tmp_path / "vendor_p11.so"
    shutil.copy(softhsm(), module)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(module), ""))
    page = page_of(window)
    button(page, "添加驱动").click()
    qtbot.waitUntil(lambda: str(module) in words(page), timeout=20_000)

    assert state.scan is not None
    (same,) = [one for one in state.scan.skipped if one.module == str(module) and one.reason is SkipReason.SAME_KEY]
    assert same.vendor == "picked"
    looked_again(qtbot, at_the_door)
    assert state.session is not None
    assert state.signer is not None
    assert state.signer.sign(b"x", Purpose.SEAL)


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

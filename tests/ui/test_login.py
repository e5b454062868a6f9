"""Logging in: what is shown before the PIN, what a wrong one leads to, what pulling the key does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QRadioButton, QWidget
from pytestqt.qtbot import QtBot

from app.domain.filings import FilingState
from app.workflows import drafts
from app.workflows import session as sessions
from app.workflows.desk import Desk
from bureau import training
from bureau.demo.ground import PIN, Ground, prepared
from pkcs11_drivers import KeyAlgorithm, Registry
from pkcs11_drivers.model import PinState, Token
from pkcs11_drivers.softkey import NewKey, SoftKeys
from tests.pkcs11_drivers.conftest import issue
from tests.support.scripted_keys import CREDIT_CODE, UNIT, ScriptedKeys, token
from tests.ui.conftest import Open
from tests.workflows.test_drivers import Scripted
from ui.bootstrap import Program
from ui.dialogs import PinDialog
from ui.frame import Frame
from ui.login.page import LoginPage
from ui.parts.cards import Message

OTHER_UNIT = (("2.5.4.3", "另一家商贸有限公司"), ("2.5.4.97", training.unit("zaozhuang").credit_code))
BUREAU = "https://127.0.0.1:8443"


def words(widget: QWidget) -> str:
    """Everything a clerk can read in a widget."""
    return "\n".join(one.text() for one in widget.findChildren(QLabel) if one.isVisibleTo(widget))


def says(widget: QWidget, text: str) -> bool:
    """Whether a clerk can read this there."""
    return text in words(widget)


def shown(program: Program) -> tuple[Frame, LoginPage]:
    """The window and its login page."""
    assert program.window is not None
    page = program.window.current
    assert isinstance(page, LoginPage)
    return program.window, page


def test_without_a_key_the_page_says_what_can_be_done(qtbot: QtBot, opened: Open) -> None:
    _, page = shown(opened())
    qtbot.waitUntil(lambda: "没有检测到 UKey" in words(page))

    assert "不插 UKey 也能导入表格、检查和保存草稿" in words(page)


def test_a_key_that_is_plugged_in_later_shows_its_unit_before_the_pin(
    qtbot: QtBot, opened: Open, keys: ScriptedKeys
) -> None:
    window, page = shown(opened(bureau=BUREAU))
    qtbot.waitUntil(lambda: "没有检测到 UKey" in words(page))
    keys.plugged = (token(),)
    qtbot.waitUntil(lambda: UNIT in words(page))

    assert CREDIT_CODE in words(page)
    assert page._pin.edit.text() == ""
    assert "UKey 已插入" in window.topbar.ukey.text()
    keys.plugged = ()
    qtbot.waitUntil(lambda: "没有检测到 UKey" in words(page))


@pytest.mark.parametrize(("days", "said"), [(104, "还有 104 天过期"), (106, "证书有效到"), (-2, "过期，要到发放")])
def test_the_certificate_is_warned_of_from_105_days(
    qtbot: QtBot, opened: Open, keys: ScriptedKeys, days: int, said: str
) -> None:
    keys.plugged = (token(days=days),)
    _, page = shown(opened(bureau=BUREAU))

    qtbot.waitUntil(lambda: said in words(page))


def with_certificate(key: Token, **facts: object) -> Token:
    """The same key, with one other fact in its certificate."""
    return replace(key, certificates=tuple(replace(one, **facts) for one in key.certificates))  # type: ignore[arg-type]


def test_a_certificate_whose_time_has_not_come_is_told(qtbot: QtBot, opened: Open, keys: ScriptedKeys) -> None:
    keys.plugged = (with_certificate(token(), not_before=datetime.now(UTC) + timedelta(days=3)),)
    _, page = shown(opened(bureau=BUREAU))

    qtbot.waitUntil(lambda: "证书还没有生效，先看电脑的日期对不对" in words(page))


def test_a_key_that_cannot_sign_is_told_and_asked_for_no_pin(qtbot: QtBot, opened: Open, keys: ScriptedKeys) -> None:
    encrypting = with_certificate(token(), may_sign=False)
    keys.plugged = (encrypting,)
    window, page = shown(opened(bureau=BUREAU))
    qtbot.waitUntil(lambda: "这把 UKey 里的证书不是签名用的" in words(page))
    assert UNIT in words(page)
    assert "UKey 不能签名" in window.topbar.ukey.text()
    assert not page._pin.isVisible()
    assert not page._button.isEnabled()

    keys.plugged = (encrypting, token("B2", unit="另一家示例公司"))
    qtbot.waitUntil(lambda: "另一家示例公司" in words(page))

    assert "不是签名用的" not in words(page)
    assert page._pin.isVisible()


def test_a_reader_with_something_blank_is_no_key(qtbot: QtBot, opened: Open, keys: ScriptedKeys) -> None:
    keys.plugged = (replace(token(state=PinState.NOT_INITIALISED), certificates=()),)
    _, page = shown(opened(bureau=BUREAU))

    qtbot.waitUntil(lambda: "没有检测到 UKey" in words(page))
    assert "到发放它的机构写入" in words(page)


def test_of_several_keys_one_is_chosen_first(qtbot: QtBot, opened: Open, keys: ScriptedKeys) -> None:
    keys.plugged = (token("A1"), token("B2", unit="另一家示例公司"))
    _, page = shown(opened(bureau=BUREAU))
    qtbot.waitUntil(lambda: "另一家示例公司" in words(page))
    assert not page._pin.isVisible()
    second = next(one for one in page.findChildren(QRadioButton) if one.accessibleName() == "另一家示例公司")
    second.click()

    assert page._pin.isVisible()
    assert page._cards.token is not None
    assert page._cards.token.serial == "B2"


def test_the_last_try_needs_a_tick(qtbot: QtBot, opened: Open, keys: ScriptedKeys) -> None:
    keys.plugged = (token(state=PinState.FINAL_TRY),)
    _, page = shown(opened(bureau=BUREAU))
    qtbot.waitUntil(lambda: "只剩最后一次" in words(page))
    QTest.keyClicks(page._pin.edit, "123456")
    assert not page._button.isEnabled()
    page._pin._tick.setChecked(True)

    assert page._button.isEnabled()


def test_a_locked_key_takes_no_pin(qtbot: QtBot, opened: Open, keys: ScriptedKeys) -> None:
    keys.plugged = (token(state=PinState.LOCKED),)
    _, page = shown(opened(bureau=BUREAU))
    qtbot.waitUntil(lambda: "PIN 已锁定" in words(page))

    assert not page._pin.edit.isVisible()
    assert not page._button.isEnabled()


def test_a_locked_key_is_told_its_way_out_at_the_door(qtbot: QtBot, opened: Open, tmp_path: Path) -> None:
    ways = (
        (replace(token(state=PinState.LOCKED), vendor="opensc"), "PUK"),
        (replace(token(state=PinState.LOCKED), vendor="guomi"), "到发放它的机构解锁"),
        (token(state=PinState.NOT_INITIALISED), "到发放 UKey 的机构设好 PIN"),
    )
    scripted = Scripted(ways[0][0])
    _, page = shown(opened(Desk(tmp_path / "home", open_keys=lambda: scripted), bureau=BUREAU))
    for key, way in ways:
        scripted.plugged = (key,)
        page.context.signin.look_again.emit()
        qtbot.waitUntil(partial(says, page, way))

        assert not page._pin.edit.isVisible()


def test_a_key_that_no_pin_makes_sign_is_told_before_one_is_asked_for(
    qtbot: QtBot, opened: Open, keys: ScriptedKeys
) -> None:
    keys.plugged = (with_certificate(token(), key_algorithm=KeyAlgorithm.SM2, usable=False),)
    _, page = shown(opened(bureau=BUREAU))
    qtbot.waitUntil(lambda: "密钥是 SM2" in words(page))

    assert not page._pin.isVisible()
    assert not page._button.isEnabled()


def test_two_keys_with_one_serial_number_are_two_keys(qtbot: QtBot, opened: Open, keys: ScriptedKeys) -> None:
    """The PIN that was typed for one of them is never left standing for the other."""
    mine = with_certificate(token(), der=b"1")
    other = replace(with_certificate(token(unit="另一家示例公司"), der=b"2"), slot=99)
    keys.plugged = (mine, other)
    _, page = shown(opened(bureau=BUREAU))
    qtbot.waitUntil(lambda: "另一家示例公司" in words(page))
    first, second = page.findChildren(QRadioButton)
    first.click()
    QTest.keyClicks(page._pin.edit, "739154")
    keys.plugged = (mine, other, token("C3", unit="第三家示例公司"))
    qtbot.waitUntil(lambda: "第三家示例公司" in words(page))
    assert page._cards.token == mine
    assert page._pin.edit.text() == "739154"
    second = next(one for one in page.findChildren(QRadioButton) if one.accessibleName() == "另一家示例公司")
    second.click()

    assert page._cards.token == other
    assert page._pin.edit.text() == ""


def test_caps_lock_is_noticed_by_what_it_does(qtbot: QtBot, opened: Open, keys: ScriptedKeys) -> None:
    keys.plugged = (token(),)
    _, page = shown(opened(bureau=BUREAU))
    qtbot.waitUntil(page._pin.isVisible)
    for held, text, told in (("Shift", "A", False), ("No", "A", True), ("No", "a", False), ("Shift", "a", True)):
        modifier = Qt.KeyboardModifier[f"{held}Modifier"]
        QCoreApplication.sendEvent(page._pin.edit, QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_A, modifier, text))
        assert page._pin._caps.isVisible() is told


def test_without_an_address_the_page_asks_for_one(qtbot: QtBot, opened: Open, keys: ScriptedKeys) -> None:
    keys.plugged = (token(),)
    _, page = shown(opened())
    qtbot.waitUntil(lambda: "填写社保系统的地址后才能登录" in words(page))
    page._address.url.setText(BUREAU)
    QTest.keyClicks(page._pin.edit, "123456")

    assert page._button.isEnabled()


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Ground]:
    """The real bureau, a software UKey, an empty desk."""
    with prepared(tmp_path, "yichang") as made:
        yield made


@pytest.fixture
def at_the_door(qtbot: QtBot, ground: Ground, opened: Open) -> Program:
    """The login page with the unit's key shown."""
    program = opened(ground.desk, bureau=ground.endpoint.url, authority=ground.endpoint.authority)
    _, page = shown(program)
    qtbot.waitUntil(page._pin.isVisible, timeout=20_000)
    return program


def test_a_wrong_pin_is_said_plainly_and_the_right_one_opens(qtbot: QtBot, at_the_door: Program) -> None:
    window, page = shown(at_the_door)
    QTest.keyClicks(page._pin.edit, "654321")
    page._button.click()
    qtbot.waitUntil(lambda: "PIN 不对" in words(page), timeout=20_000)
    assert "没有再试第二次" in words(page)
    assert "UKey 报告" in words(page)
    assert page._pin.edit.text() == ""
    QTest.keyClicks(page._pin.edit, PIN)
    with qtbot.waitSignal(at_the_door.news_done, timeout=20_000):
        page._button.click()

    assert window.current_name == "workbench"
    assert UNIT in words(window.topbar)
    assert window.context.state.unit_number in words(window.topbar)
    assert "已连接" in window.topbar.connection.text()


def test_pulling_the_key_ends_the_login_in_sight_and_keeps_the_drafts(
    qtbot: QtBot, at_the_door: Program, ground: Ground
) -> None:
    window, page = shown(at_the_door)
    QTest.keyClicks(page._pin.edit, PIN)
    with qtbot.waitSignal(at_the_door.news_done, timeout=20_000):
        page._button.click()
    state = window.context.state
    kept = drafts.keep(ground.desk, "yichang", state.unit_number, "enrol", [{"name": "张示例"}])
    ground.key.pull()
    qtbot.waitUntil(lambda: window.findChild(Message) is not None, timeout=20_000)
    message = window.findChild(Message)
    assert isinstance(message, Message)

    assert "UKey 已拔出，登录已结束。" in words(message)
    assert "已填的 1 人保存在草稿里。" in words(message)
    assert state.session is None
    assert window.current_name == "workbench"
    assert UNIT in words(window.topbar)
    assert ground.desk.filings.get(kept[0].id).state is FilingState.DRAFT
    ground.key.plug()
    window.navigate("login")
    qtbot.waitUntil(page._pin.isVisible, timeout=20_000)


def test_a_kept_session_goes_on_without_a_pin_and_sealing_asks_for_it(
    qtbot: QtBot, at_the_door: Program, ground: Ground, opened: Open
) -> None:
    _, page = shown(at_the_door)
    QTest.keyClicks(page._pin.edit, PIN)
    with qtbot.waitSignal(at_the_door.news_done, timeout=20_000):
        page._button.click()
    at_the_door.close()
    again = opened(ground.desk)
    window = again.window
    assert window is not None
    qtbot.waitUntil(lambda: window.context.state.session is not None, timeout=20_000)
    assert window.context.state.signer is None
    ready: list[object] = []
    window.context.signin.with_signer(
        window, "提交 1 人增员。", lambda _, signer: ready.append(signer), window.show_failure
    )
    dialog = window.findChild(PinDialog)
    assert isinstance(dialog, PinDialog)
    assert UNIT in words(dialog)
    QTest.keyClicks(dialog.panel.edit, PIN)
    dialog.confirm.click()
    qtbot.waitUntil(lambda: bool(ready), timeout=20_000)

    assert window.context.state.signer is ready[0]


def test_a_key_of_another_unit_is_warned_of_before_its_pin_and_may_be_meant(
    qtbot: QtBot, at_the_door: Program, ground: Ground, tmp_path: Path
) -> None:
    window, page = shown(at_the_door)
    assert "拿错了" not in words(page)
    QTest.keyClicks(page._pin.edit, PIN)
    with qtbot.waitSignal(at_the_door.news_done, timeout=20_000):
        page._button.click()
    window.context.signin.log_out()
    qtbot.waitUntil(lambda: ground.desk.said.get("", sessions.TOPIC) is None, timeout=20_000)
    window.navigate("login")
    ground.key.pull()
    other = SoftKeys(tmp_path / "ukey", Registry.load())
    other.make("other", PIN, NewKey(KeyAlgorithm.EC_P256, issue(subject=OTHER_UNIT))).plug()

    qtbot.waitUntil(lambda: "这把 UKey 是“另一家商贸有限公司”的" in words(page), timeout=20_000)

    assert f"这台电脑上次办的是“{UNIT}”" in words(page)
    QTest.keyClicks(page._pin.edit, PIN)
    assert page._button.isEnabled()


def test_logging_out_leaves_the_unit_and_its_drafts_in_reach(
    qtbot: QtBot, at_the_door: Program, ground: Ground
) -> None:
    window, page = shown(at_the_door)
    QTest.keyClicks(page._pin.edit, PIN)
    with qtbot.waitSignal(at_the_door.news_done, timeout=20_000):
        page._button.click()
    unit = window.context.state.unit_number
    window.context.signin.log_out()
    qtbot.waitUntil(lambda: ground.desk.said.get("", sessions.TOPIC) is None, timeout=20_000)

    assert window.context.state.session is None
    assert window.context.state.unit_number == unit
    assert "未登录" in window.topbar.connection.text()

"""The dialog that asks for the PIN of a signature, while hands move the key."""

from __future__ import annotations

import os
import signal

from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from bureau.demo.ground import PIN, Ground
from tests.ui.test_login import at_the_door, ground, words
from tests.ui.test_ukey_page import log_in
from ui.bootstrap import Program
from ui.dialogs import PinDialog
from ui.frame import Frame

__all__ = ["at_the_door", "ground"]  # fixtures


def asked(window: Frame) -> PinDialog:
    """The dialog, open: somebody is logged in and the key no more."""
    state, signin = window.context.state, window.context.signin
    if state.signer is not None:
        state.signer.close()
        state.set_signer(None)
    signin.with_signer(window, "提交 1 人增员。", lambda *_: None, window.show_failure)
    dialog = window.findChild(PinDialog)
    assert isinstance(dialog, PinDialog)
    return dialog


def test_a_driver_that_dies_is_not_called_a_key_that_was_pulled(
    qtbot: QtBot, at_the_door: Program, ground: Ground
) -> None:
    window = log_in(qtbot, at_the_door)
    signer = window.context.state.signer
    assert signer is not None
    host = ground.desk.keys.host_pid(signer.token)
    assert host is not None
    os.kill(host, signal.SIGKILL)
    qtbot.waitUntil(lambda: "驱动重新启动过" in words(window), timeout=20_000)

    assert "已拔出" not in words(window)
    assert window.context.state.session is None


def test_a_key_that_is_pulled_takes_the_question_for_its_pin_with_it(
    qtbot: QtBot, at_the_door: Program, ground: Ground
) -> None:
    window = log_in(qtbot, at_the_door)
    dialog = asked(window)
    QTest.keyClicks(dialog.panel.edit, PIN[:3])
    with qtbot.waitSignal(dialog.rejected, timeout=20_000):
        ground.key.pull()
    qtbot.waitUntil(lambda: "UKey 已拔出" in words(window), timeout=20_000)

    assert window.context.state.session is None

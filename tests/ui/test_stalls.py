"""A driver that hangs or crashes never freezes the window."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from bureau.demo.ground import PIN, Ground, prepared
from pkcs11_drivers import Registry
from pkcs11_drivers.softkey import SoftKeys
from tests.support.faulty import Faulty
from tests.ui.conftest import Open
from tests.ui.test_login import shown, words
from ui.bootstrap import Program

LONGEST_STALL = 0.1
TRIES = 4
"""A busy machine stalls a window now and then; a window that waits for a driver stalls for the driver's whole limit,
every time."""


class Heartbeat(QObject):
    """The longest time the event loop did not come round, in seconds."""

    def __init__(self) -> None:
        super().__init__()
        self.longest = 0.0
        self._last = time.perf_counter()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._timer.start(5)

    def _beat(self) -> None:
        now = time.perf_counter()
        self.longest = max(self.longest, now - self._last)
        self._last = now


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Ground]:
    """The real bureau and a software UKey behind a module that misbehaves to order."""
    with prepared(tmp_path, "yichang") as made:
        yield made


@pytest.fixture
def faulty(ground: Ground, tmp_path: Path) -> Faulty:
    made = Faulty(SoftKeys(tmp_path / "ukey", Registry.load()), tmp_path)
    ground.desk.open_keys = made.ukeys
    return made


@pytest.fixture
def at_the_door(qtbot: QtBot, faulty: Faulty, ground: Ground, opened: Open) -> Program:
    """The login page with the unit's key shown."""
    program = opened(ground.desk, bureau=ground.endpoint.url, authority=ground.endpoint.authority)
    _, page = shown(program)
    qtbot.waitUntil(page._pin.isVisible, timeout=20_000)
    return program


def least_stall(once: Callable[[], None]) -> float:
    """The longest stall of the best of several tries."""
    stalls: list[float] = []
    while len(stalls) < TRIES and (not stalls or min(stalls) > LONGEST_STALL):
        heart = Heartbeat()
        once()
        heart._timer.stop()
        stalls.append(heart.longest)
    return min(stalls)


@pytest.mark.parametrize("plan", ["C_GetSlotList hang", "C_GetSlotList crash"])
def test_nobody_waits_for_a_driver_that_hangs_while_it_is_watched(
    qtbot: QtBot, at_the_door: Program, faulty: Faulty, plan: str
) -> None:
    window, page = shown(at_the_door)

    def once() -> None:
        faulty.plan(plan)
        at_the_door.watcher.rescan()
        qtbot.wait(1500)
        faulty.plan()
        qtbot.waitUntil(lambda: bool(window.context.state.tokens), timeout=20_000)
        qtbot.waitUntil(page._pin.isVisible, timeout=20_000)

    assert least_stall(once) <= LONGEST_STALL


@pytest.mark.parametrize("plan", ["C_Login hang", "C_Login crash", "C_Sign hang", "C_Sign crash"])
def test_nobody_waits_for_a_driver_that_fails_a_login(
    qtbot: QtBot, at_the_door: Program, faulty: Faulty, plan: str
) -> None:
    window, page = shown(at_the_door)
    logins = faulty.calls("C_Login")

    def once() -> None:
        qtbot.waitUntil(page._pin.isVisible, timeout=20_000)
        QTest.keyClicks(page._pin.edit, PIN)
        faulty.plan(plan)
        page._button.click()
        qtbot.waitUntil(lambda: page._failure.count() > 0, timeout=20_000)
        faulty.plan()
        qtbot.waitUntil(lambda: bool(window.context.state.tokens) and not page._busy, timeout=20_000)
        page._clear_failure()

    assert least_stall(once) <= LONGEST_STALL
    assert faulty.calls("C_Login") - logins <= TRIES
    qtbot.waitUntil(page._pin.isVisible, timeout=20_000)
    QTest.keyClicks(page._pin.edit, PIN)
    with qtbot.waitSignal(at_the_door.news_done, timeout=20_000):
        page._button.click()
    assert window.context.state.session is not None
    assert "已登录" in words(page) or window.current_name == "workbench"

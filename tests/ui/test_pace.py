"""What the event loop is spared."""

from __future__ import annotations

import weakref

from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from ui.pace import RELEASED_AT_ONCE, Release


class Held:
    """Something that can be watched."""


def test_many_objects_are_let_go_a_few_at_a_time(qtbot: QtBot) -> None:
    objects = [Held() for _ in range(3 * RELEASED_AT_ONCE)]
    alive = weakref.WeakSet(objects)
    most = 0
    seen = len(alive)

    def fewer() -> bool:
        nonlocal most, seen
        now = len(alive)
        most, seen = max(most, seen - now), now
        return now == 0

    owner = QObject()
    Release(owner, objects)
    objects.clear()
    assert len(alive) == 3 * RELEASED_AT_ONCE
    qtbot.waitUntil(fewer, timeout=5000)
    assert most < 3 * RELEASED_AT_ONCE
    qtbot.waitUntil(lambda: not owner.children())

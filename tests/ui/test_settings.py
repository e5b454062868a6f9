"""The region packs on the settings page: what is used, a signed update installed and taken back."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from tests.support.publisher import Publisher
from ui.dialogs import ConfirmDialog
from ui.frame import Frame
from ui.parts.buttons import Button
from ui.parts.cards import Message
from ui.settings.packs import PackCard, grouped


@pytest.fixture
def card(window: Frame, qtbot: QtBot) -> PackCard:
    window.navigate("settings")
    (found,) = window.findChildren(PackCard)
    qtbot.waitUntil(lambda: len(found.table.rows.all) == 5)
    return found


def version(card: PackCard) -> int:
    (used,) = [one for one in card.table.rows.all if one.region_id == "yichang"]
    return used.version


def asked(qtbot: QtBot) -> ConfirmDialog:
    """The question on the screen."""

    def open_ones() -> list[ConfirmDialog]:
        return [one for one in QApplication.topLevelWidgets() if isinstance(one, ConfirmDialog) and one.isVisible()]

    qtbot.waitUntil(lambda: len(open_ones()) == 1)
    return open_ones()[0]


def press(dialog: ConfirmDialog, words: str) -> None:
    (button,) = [one for one in dialog.findChildren(Button) if one.text() == words]
    button.click()


def test_an_update_of_a_stranger_is_installed_after_its_fingerprint_is_confirmed_and_taken_back(
    card: PackCard, qtbot: QtBot, tmp_path: Path
) -> None:
    publisher = Publisher(tmp_path)
    assert not card.back_button.isEnabled()

    card.install(publisher.update(publisher.pack()))
    dialog = asked(qtbot)
    assert grouped(publisher.fingerprint) in [one.text() for one in dialog.findChildren(QLabel)]
    press(dialog, "指纹一致，信任并安装")
    qtbot.waitUntil(lambda: version(card) == 2)

    assert card.table.choose(lambda one: one.region_id == "yichang")
    assert card.back_button.isEnabled()
    card.back_button.click()
    press(asked(qtbot), "撤回更新")
    qtbot.waitUntil(lambda: version(card) == 1)


def test_declined_nothing_is_installed_and_a_broken_file_is_told_of(
    card: PackCard, qtbot: QtBot, tmp_path: Path
) -> None:
    publisher = Publisher(tmp_path)
    card.install(publisher.update(publisher.pack()))
    press(asked(qtbot), "返回")

    broken = tmp_path / "broken.zip"
    broken.write_bytes(b"nothing")
    card.install(broken)

    qtbot.waitUntil(lambda: bool(card.findChildren(Message)))
    assert version(card) == 1

"""What the eye needs, computed; and the Qt binding that must not lose references."""

from __future__ import annotations

import sys

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from tests.ui.conftest import Open
from ui.theme import DARK, LIGHT, Palette, contrast

READABLE = 4.5
TEXTS = ("text", "secondary", "accent", "error", "warning", "success", "info")
GROUNDS = ("window", "surface", "raised")
TONES = ("error", "warning", "success", "info")
PAIRS = [
    *((text, ground) for text in TEXTS for ground in GROUNDS),
    *((tone, f"{tone}_ground") for tone in TONES),
    *(("text", f"{tone}_ground") for tone in TONES),
    *(("secondary", f"{tone}_ground") for tone in TONES),
    ("on_accent", "accent"),
    ("on_accent", "accent_hover"),
    ("accent", "info_ground"),
    ("surface", "text"),
]


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_every_text_is_readable_on_its_ground(palette: Palette, text: str, ground: str) -> None:
    assert contrast(palette.of(text), palette.of(ground)) >= READABLE


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


def test_both_palettes_name_colours_only() -> None:
    values = [value for palette in (LIGHT, DARK) for value in palette]

    assert all(len(value) == 7 and value[0] == "#" and int(value[1:], 16) >= 0 for value in values)


def test_dark_and_light_follow_the_choice_at_once(opened: Open) -> None:
    theme = opened().theme
    theme.use("dark", 100)
    assert theme.palette is DARK
    theme.use("light", 100)
    assert theme.palette is LIGHT


def test_lengths_grow_with_the_text_and_stay_within_limits(opened: Open) -> None:
    theme = opened().theme
    theme.use("light", 150)
    assert theme.px(32) == 48
    theme.use("light", 900)
    assert theme.px(32) == 64


def test_twenty_thousand_calls_lose_no_reference(qtbot: QtBot) -> None:
    """PySide 6.12.0 on Python 3.11 drops a reference of None with every void call and dies of it."""
    label = QLabel()
    qtbot.addWidget(label)
    before = sys.getrefcount(None)
    for number in range(20_000):
        label.setText(str(number))

    assert sys.getrefcount(None) > before - 1_000

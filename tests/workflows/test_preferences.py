"""Choices that are remembered, and files that somebody else has written."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.workflows import preferences
from app.workflows.preferences import Preferences


def test_what_was_chosen_comes_back(tmp_path: Path) -> None:
    chosen = Preferences("dark", 150, "https://127.0.0.1:8443", "/ca.pem", "yichang", 1200, 700, maximised=True)
    preferences.save(tmp_path, chosen)

    assert preferences.load(tmp_path) == chosen


def test_nothing_chosen_yet(tmp_path: Path) -> None:
    assert preferences.load(tmp_path) == Preferences()
    assert Preferences().endpoint is None


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"scale": "large"}', '{"appearance": "pink"}', '{"scale": true}', "\0"]
)
def test_a_file_that_makes_no_sense_counts_as_no_choice(tmp_path: Path, text: str) -> None:
    (tmp_path / preferences.FILE).write_text(text, "utf-8")

    assert preferences.load(tmp_path) == Preferences()


def test_a_scale_beyond_the_limits_is_brought_back(tmp_path: Path) -> None:
    (tmp_path / preferences.FILE).write_text('{"scale": 900, "width": 1200}', "utf-8")

    assert preferences.load(tmp_path) == Preferences(scale=200, width=1200)

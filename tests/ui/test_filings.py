"""The list of filings: what can be read of it, on a small screen and with large text too."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QScrollArea
from pytestqt.qtbot import QtBot

from app.workflows import drafts
from app.workflows.desk import Desk
from tests.support.ground import newcomer_rows
from tests.ui.conftest import Open
from ui.filings.page import LEAST_ROWS, FilingsPage
from ui.parts.text import masked
from ui.theme import SMALL

WHOLE_UNIT = "全单位（养老、失业、工伤）"


@pytest.fixture
def page(qtbot: QtBot, opened: Open, tmp_path: Path) -> FilingsPage:
    """Six newcomers and one filing of the whole unit, on an office screen."""
    desk = Desk(tmp_path / "home")
    drafts.keep(desk, "yichang", "", "enrol", newcomer_rows(6))
    drafts.keep(desk, "yichang", "", "payment", [{"insurances": "pension,unemployment,injury"}])
    window = opened(desk).window
    assert window is not None
    window.resize(1366, 768)
    window.navigate("filings")
    found = window.current
    assert isinstance(found, FilingsPage)
    qtbot.waitUntil(lambda: len(found.table.rows.shown) == 7)
    return found


@pytest.mark.parametrize("scale", [100, 150, 200])
def test_some_rows_are_in_sight_whatever_the_size_of_the_text(qtbot: QtBot, page: FilingsPage, scale: int) -> None:
    table = page.table
    table.choose(lambda _: True)
    qtbot.waitUntil(lambda: page.details._known is not None)
    page.context.theme.use("light", scale)
    qtbot.wait(20)

    def in_sight() -> int:
        return table.viewport().visibleRegion().boundingRect().height() // table.rowHeight(0)

    qtbot.waitUntil(lambda: in_sight() >= LEAST_ROWS)
    assert page.window().height() == 768


def test_large_text_in_a_small_window_cuts_nothing_at_the_right(qtbot: QtBot, page: FilingsPage) -> None:
    page.window().resize(page.window().minimumSize())
    page.context.theme.use("light", 200)
    qtbot.wait(20)
    areas = [one for one in page.findChildren(QScrollArea) if one.isVisible()]

    assert areas
    qtbot.waitUntil(lambda: not any(one.horizontalScrollBar().maximum() for one in areas))


def test_whom_a_filing_is_for_is_read_whole(page: FilingsPage) -> None:
    table, theme = page.table, page.context.theme
    (at,) = (at for at, one in enumerate(table.rows.columns) if one.title == "谁")
    assert WHOLE_UNIT in [table.rows.columns[at].text(one) for one in table.rows.shown]

    assert QFontMetrics(theme.font()).horizontalAdvance(WHOLE_UNIT) <= table.columnWidth(at) - 2 * theme.px(SMALL)
    assert table.horizontalScrollBar().maximum() == 0


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("37048119900101123X", "370481 1990**** 123X"),
        ("420500199001", "42********01"),
        ("E12345678", "E1*****78"),
        ("4.20500199001E+17", "4.20500199001E+17"),
        ("4.205001990010E+17", "4.205001990010E+17"),
        ("5E+17", "5E+17"),
        ("身份证待补", "身份证待补"),
        ("", ""),
    ],
)
def test_only_what_is_a_number_is_masked(number: str, shown: str) -> None:
    assert masked(number) == shown

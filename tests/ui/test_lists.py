"""A list keeps what the clerk made of it, shows what is cut off, and gives to a spreadsheet what is chosen."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from app.workflows import drafts, preferences
from app.workflows.desk import Desk
from tests.support.ground import newcomer_rows
from tests.ui.conftest import Open
from ui.bootstrap import Program
from ui.filings.page import FilingsPage
from ui.importing.page import StaffPage

MANY = 60


def listed(qtbot: QtBot, program: Program, people: int) -> FilingsPage:
    """The drafts of so many newcomers, on an office screen."""
    window = program.window
    assert window is not None
    window.resize(1366, 768)
    window.navigate("filings")
    page = window.current
    assert isinstance(page, FilingsPage)
    qtbot.waitUntil(lambda: len(page.table.rows.shown) == people)
    return page


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """With more newcomers than a screen has lines."""
    made = Desk(tmp_path / "home")
    drafts.keep(made, "yichang", "", "enrol", newcomer_rows(MANY))
    return made


def pulled(table: object, column: int, by: int) -> None:
    """The edge of a title, with the mouse."""
    header = table.horizontalHeader()  # type: ignore[attr-defined]
    edge = QPoint(header.sectionViewportPosition(column) + header.sectionSize(column) - 2, header.height() // 2)
    QTest.mousePress(header.viewport(), Qt.MouseButton.LeftButton, pos=edge)
    for step in (by // 2, by):
        QTest.mouseMove(header.viewport(), edge + QPoint(step, 0))
    QTest.mouseRelease(header.viewport(), Qt.MouseButton.LeftButton, pos=edge + QPoint(by, 0))


def menu_of(qtbot: QtBot, widget: object) -> QMenu:
    """What a right click brings up."""
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(5, 5), QPoint(5, 5))
    QApplication.sendEvent(widget.viewport(), event)  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: isinstance(QApplication.activePopupWidget(), QMenu))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return menu


def pressed(menu: QMenu, text: str) -> None:
    """One of its entries."""
    next(one for one in menu.actions() if one.text().startswith(text)).trigger()
    menu.close()


def test_a_column_stays_as_wide_as_it_was_pulled(qtbot: QtBot, opened: Open, desk: Desk) -> None:
    program = opened(desk)
    page = listed(qtbot, program, MANY)
    before = page.table.columnWidth(3)
    pulled(page.table, 3, 60)
    wide = page.table.columnWidth(3)
    assert wide == before + 60
    page.window().resize(1200, 700)
    assert page.table.columnWidth(3) == wide
    page.window().close()

    home = desk.home
    again = listed(qtbot, opened(Desk(home)), MANY)
    assert again.table.columnWidth(3) == wide
    again.context.theme.use("light", 200)
    assert again.table.columnWidth(3) == 2 * wide
    again.context.theme.use("light", 100)
    pressed(menu_of(qtbot, again.table), "列宽恢复原样")
    assert again.table.columnWidth(3) == before
    again.window().close()
    assert preferences.load(home).columns == {}


def test_the_columns_of_the_table_of_people_stay_too(qtbot: QtBot, opened: Open, desk: Desk) -> None:
    def people(program: Program) -> StaffPage:
        assert program.window is not None
        program.window.navigate("enrol")
        page = program.window.current
        assert isinstance(page, StaffPage)
        qtbot.waitUntil(lambda: page.sheet is not None and len(page.sheet.table.lines) == MANY)
        return page

    page = people(opened(desk, region="yichang"))
    assert page.sheet is not None
    pulled(page.sheet.grid, 2, 40)
    wide = page.sheet.grid.columnWidth(2)
    page.window().close()

    again = people(opened(Desk(desk.home), region="yichang"))
    assert again.sheet is not None
    assert again.sheet.grid.columnWidth(2) == wide


def test_a_list_is_not_moved_sideways_for_the_sake_of_its_scroll_bar(qtbot: QtBot, opened: Open, desk: Desk) -> None:
    page = listed(qtbot, opened(desk), MANY)

    assert page.table.verticalScrollBar().isVisible()
    assert not page.table.horizontalScrollBar().isVisible()


def test_what_is_chosen_goes_to_a_spreadsheet_with_its_titles(qtbot: QtBot, opened: Open, desk: Desk) -> None:
    page = listed(qtbot, opened(desk), MANY)
    page.table.choose(lambda _: True)
    pressed(menu_of(qtbot, page.table), "连同列名复制")
    titles, row = (line.split("\t") for line in QGuiApplication.clipboard().text().split("\n"))

    assert titles[:3] == ["状态", "谁", "身份证号"]
    assert row[2] == page.table.rows.shown[0].values["identity"]

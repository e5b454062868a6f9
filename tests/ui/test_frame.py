"""The frame: every page opens without a login, keys lead where they should, lists find what is looked for."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from app.domain.filings import FilingState
from app.errors import BureauUnreachable, CalledOff
from app.rules.ground import UnitFacts
from app.workflows import drafts, preferences
from app.workflows.desk import Desk
from app.workflows.overview import Place
from tests.support.scripted_keys import ScriptedKeys, token
from tests.ui.conftest import Open
from ui.dialogs import ConfirmDialog, PinDialog
from ui.filings.page import FilingsPage
from ui.frame import Frame
from ui.importing.page import FORM, NOTHING, StaffPage
from ui.jobs import Lane
from ui.pages import ENTRIES, rail
from ui.parts.cards import Message
from ui.searching import SearchDialog
from ui.theme.roles import DARK


def idle(qtbot: QtBot, window: Frame) -> None:
    """Wait until every job is done and delivered."""
    jobs = window.context.jobs
    qtbot.waitUntil(lambda: all(jobs.idle(lane) for lane in Lane))
    qtbot.wait(20)


def read(widget: QWidget) -> str:
    found: list[QLabel | QPushButton] = [*widget.findChildren(QLabel), *widget.findChildren(QPushButton)]
    return "\n".join(one.text() for one in found if one.isVisibleTo(widget))


@pytest.mark.parametrize("name", [entry.name for entry in ENTRIES])
def test_a_page_opens_empty_and_without_a_login(qtbot: QtBot, window: Frame, name: str) -> None:
    window.navigate(name)
    idle(qtbot, window)

    assert window.current_name == name
    assert window.findChild(Message) is None
    assert read(window.current)


@pytest.mark.parametrize("name", [entry.name for entry in ENTRIES])
@pytest.mark.parametrize("scale", [100, 200])
def test_no_button_is_cut_off_at_the_size_of_an_office_screen(
    qtbot: QtBot, window: Frame, name: str, scale: int
) -> None:
    window.resize(1366, 768)
    window.context.theme.use("light", scale)
    window.navigate(name)
    idle(qtbot, window)
    cut = [
        one.text()
        for one in window.findChildren(QPushButton)
        if one.isVisible() and one.width() < one.minimumSizeHint().width()
    ]

    assert cut == []


def test_the_rail_has_at_most_nine_entries_on_its_top_level() -> None:
    assert 0 < len([one for one in rail() if not one.level]) <= 9


def test_alt_and_a_figure_goes_along_the_rail(qtbot: QtBot, window: Frame) -> None:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    everywhere = [one for one in rail() if not one.asks]
    for number, entry in enumerate(everywhere[:9], start=1):
        QTest.keyClick(window, Qt.Key(Qt.Key.Key_0 + number), Qt.KeyboardModifier.AltModifier)
        assert window.current_name == entry.name


def test_the_month_is_moved_and_brought_back(window: Frame) -> None:
    state = window.context.state
    here = state.month
    state.set_month(here + -3)
    assert window.topbar.month.text() == (here + -3).spoken
    assert window.topbar.this_month.isVisible()
    window.topbar.this_month.click()

    assert state.month == here
    assert not window.topbar.this_month.isVisible()


def test_a_failure_is_shown_in_three_parts_with_the_raw_text_behind(qtbot: QtBot, window: Frame) -> None:
    window.show_failure(BureauUnreachable(host="https://nowhere", detail="connection refused"))
    message = window.findChild(Message)
    assert isinstance(message, Message)
    assert "连不上社保系统" in read(message)
    assert "不会丢，也不会重复" in read(message)
    assert "connection refused" not in read(message)
    assert "连不上" in window.topbar.connection.text()
    window.clear_message()
    qtbot.waitUntil(lambda: window.findChild(Message) is None)
    window.show_failure(CalledOff())
    assert window.findChild(Message) is None


def test_typing_finds_a_draft_and_leads_to_it(qtbot: QtBot, opened: Open, tmp_path: Path, keys: ScriptedKeys) -> None:
    desk = Desk(tmp_path / "home", open_keys=lambda: keys)
    (filing,) = drafts.keep(desk, "yichang", "", "enrol", [{"name": "张示例"}])
    window = opened(desk).window
    assert window is not None
    dialog = SearchDialog(window, window.context)
    dialog.show()
    idle(qtbot, window)
    dialog.line.setText("张示例")
    assert dialog.list.count() == 1
    QTest.keyClick(dialog.line, Qt.Key.Key_Return)
    page = window.current
    assert isinstance(page, FilingsPage)
    qtbot.waitUntil(lambda: page.details._known is not None)

    assert page.table.current is not None
    assert page.table.current.id == filing.id


def test_filings_are_filtered_voided_and_copied_whole(
    qtbot: QtBot, opened: Open, tmp_path: Path, keys: ScriptedKeys
) -> None:
    desk = Desk(tmp_path / "home", open_keys=lambda: keys)
    identity = "420500199003079139"
    people = [{"name": "张示例", "identity": identity}, {"name": "李示例"}]
    drafts.keep(desk, "yichang", "", "enrol", people)
    window = opened(desk).window
    assert window is not None
    window.navigate("filings", state="draft")
    page = window.current
    assert isinstance(page, FilingsPage)
    qtbot.waitUntil(lambda: len(page.table.rows.shown) == 2)
    page._text.setText("张")
    assert [one.values["name"] for one in page.table.rows.shown] == ["张示例"]
    page.table.choose(lambda _: True)
    page.table.copy()
    assert identity in QGuiApplication.clipboard().text()
    qtbot.waitUntil(lambda: page.details._known is not None)
    assert identity not in read(page)
    page.details.buttons["void"].click()
    dialog = window.findChild(ConfirmDialog)
    assert isinstance(dialog, ConfirmDialog)
    assert "不能恢复" in read(dialog)
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    idle(qtbot, window)
    assert {one.state for one in desk.filings.select("")} == {FilingState.DRAFT}
    page.details.buttons["void"].click()
    dialog = next(one for one in window.findChildren(ConfirmDialog) if one.isVisible())
    dialog.confirm.click()
    idle(qtbot, window)

    assert [one.state for one in desk.filings.select("") if one.values["name"] == "张示例"] == [FilingState.VOIDED]


def test_the_size_of_the_window_and_the_look_are_remembered(opened: Open, tmp_path: Path) -> None:
    program = opened()
    window = program.window
    assert window is not None
    window.resize(1200, 700)
    window.keep(replace(window.context.preferences, appearance="dark", scale=125))
    assert program.theme.palette is DARK
    window.close()

    kept = preferences.load(tmp_path / "home")
    assert (kept.width, kept.height, kept.appearance, kept.scale) == (1200, 700, "dark", 125)


def test_no_dialog_shows_a_pin(qtbot: QtBot, window: Frame) -> None:
    given: list[str | None] = []
    dialog = PinDialog(window, window.context.theme, token(), "提交 22 人增员。", given.append)
    dialog.open()
    QTest.keyClicks(dialog.panel.edit, "123456")
    assert "123456" not in dialog.panel.edit.displayText()
    assert "提交 22 人增员。" in read(dialog)
    dialog.confirm.click()

    assert given == ["123456"]


def test_pages_are_in_reach_of_the_tab_key(qtbot: QtBot, window: Frame) -> None:
    window.navigate("settings")
    idle(qtbot, window)
    reached = set()
    for _ in range(40):
        QTest.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
        reached.add(window.focusWidget().accessibleName())
    assert {"颜色", "文字大小", "地址"} <= reached


def test_the_region_is_asked_for_before_anything_is_imported(qtbot: QtBot, window: Frame, tmp_path: Path) -> None:
    """Before the first login nobody but the clerk knows it, and drafts of another region would be lost from sight."""
    assert window.topbar.region.currentText() == ""
    window.navigate("enrol")
    page = window.page("enrol")
    assert isinstance(page, StaffPage)
    qtbot.waitUntil(lambda: page.sheet is not None)
    page.import_file(tmp_path / "新员工.xlsx")
    assert "还不知道单位在哪里参保" in "".join(one.text() for one in page.findChildren(QLabel))
    page.new()
    assert page.stack.currentIndex() == NOTHING

    box = window.topbar.region
    box.setCurrentIndex(box.findData("yichang"))
    box.activated.emit(box.currentIndex())
    qtbot.waitUntil(lambda: page.place == ("yichang", "") and page.sheet is not None and not page.opening.busy)
    page.new()
    assert page.stack.currentIndex() == FORM
    assert preferences.load(tmp_path / "home").region == "yichang"


def unit(name: str) -> UnitFacts:
    """One of that name."""
    return UnitFacts("4205001024", name, "91420500MA4901234M", "", (), None)


@pytest.mark.parametrize("scale", [100, 200])
@pytest.mark.parametrize("width", [1024, 1366])
@pytest.mark.parametrize("name", ["示例机械有限公司", "示例市示例区示例精密机械设备制造股份有限公司第二分公司"])
def test_the_bar_above_leaves_the_units_name_its_room(window: Frame, name: str, width: int, scale: int) -> None:
    window.resize(width, 700)
    window.context.theme.use("light", scale)
    window.context.state.set_place(Place("yichang", unit(name)))
    QTest.qWait(20)
    bar = window.topbar
    shown = [one for one in bar.findChildren(QWidget) if one.isVisible() and one.parent() is bar]
    areas = sorted((one.geometry().left(), one.geometry().right()) for one in shown)

    assert window.width() == width
    assert all(left > right for (_, right), (left, _) in pairwise(areas))
    assert areas[-1][1] < bar.width()
    assert bar.unit.text() == name or (bar.unit.toolTip() == name and bar.unit.width() > bar.width() * 0.4)
    assert bar.ukey.accessibleName()
    assert bar.ukey.text() or bar.ukey.toolTip()


def test_a_short_name_of_a_unit_is_whole_at_every_size(window: Frame) -> None:
    window.resize(1024, 700)
    window.context.theme.use("light", 200)
    window.context.state.set_place(Place("yichang", unit("示例机械有限公司")))

    assert window.topbar.unit.text() == "示例机械有限公司"


@pytest.mark.parametrize("scale", [100, 200])
def test_every_entry_of_the_rail_is_in_sight(window: Frame, scale: int) -> None:
    window.resize(1024, 700)
    window.context.theme.use("light", scale)
    QTest.qWait(20)
    rows = sorted((one.geometry() for one in window.rail.findChildren(QToolButton) if one.isVisible()), key=QRect.top)

    assert len(rows) >= 9
    assert all(above.bottom() < below.top() for above, below in pairwise(rows))
    assert rows[-1].bottom() <= window.rail.height()

"""What the keys speak to after each step, what is in sight, and that every step has a way back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from app.rules.ground import Standing
from app.workflows import preferences
from bureau.demo.panel import Panel
from bureau.demo.windowed import place
from tests.support.ground import newcomer_rows
from tests.support.people import identity_number
from tests.support.workbooks import HEADER, xlsx
from tests.ui.conftest import Open
from tests.ui.test_columns import asked, explain, workbook
from tests.ui.test_submitting import PATIENCE, Clerk, clerk, words
from ui.application import application
from ui.forms.submitting import END
from ui.frame import Frame
from ui.importing.page import FORM, SHEET, SUBMIT, StaffPage
from ui.jobs import Lane
from ui.pages import page_of, rail
from ui.parts.cards import Message
from ui.pin import PinEdit

__all__ = ["clerk"]


@pytest.fixture
def page(qtbot: QtBot, opened: Open, tmp_path: Path) -> StaffPage:
    """增员 in 宜昌, nobody logged in, the window before all others."""
    home = tmp_path / "home"
    preferences.save(home, replace(preferences.load(home), region="yichang"))
    window = opened().window
    assert window is not None
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    window.navigate("enrol")
    found = window.current
    assert isinstance(found, StaffPage)
    qtbot.waitUntil(lambda: found.sheet is not None)
    return found


def imported(qtbot: QtBot, page: StaffPage, folder: Path) -> None:
    """One sound person and one without a name into the table."""
    rows = [
        (at, name, identity_number(10 + at), "2012-07-01", "2022-08-01", "新增", 6000)
        for at, name in ((1, "张示例"), (2, None))
    ]
    page.import_file(xlsx(folder / "新员工.xlsx", [HEADER, *rows]))
    qtbot.waitUntil(lambda: page.stack.currentIndex() == SHEET and not page.intake.busy, timeout=PATIENCE)
    assert page.sheet is not None
    qtbot.waitUntil(lambda: page.sheet is not None and page.sheet.still, timeout=PATIENCE)


def button(root: QWidget, text: str) -> QPushButton:
    """The one that is shown and says so."""
    return next(one for one in root.findChildren(QPushButton) if one.text().strip() == text and one.isVisible())


def connection(window: Frame) -> str:
    """What the bar above says of the bureau."""
    return window.topbar.connection.text().strip()


class Windows(QObject):
    """Notes what is shown as a window of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.shown.append(type(watched).__name__)
        return False


def test_no_part_of_a_page_is_a_window_for_a_moment(qtbot: QtBot, page: StaffPage, tmp_path: Path) -> None:
    windows = Windows()
    application().installEventFilter(windows)
    try:
        imported(qtbot, page, tmp_path)
        page.new()
        page.primary()
        region = page.context.desk.region("yichang")
        printed = next(one for one in region.items.values() if one.prints)
        for name in (*(entry.name for entry in rail()), page_of(printed)):
            page.context.shell.navigate(name)
            qtbot.wait(20)
    finally:
        application().removeEventFilter(windows)

    assert windows.shown == []


def test_the_next_problem_is_typed_into_at_once(qtbot: QtBot, page: StaffPage, tmp_path: Path) -> None:
    imported(qtbot, page, tmp_path)
    assert page.sheet is not None
    assert page.window().focusWidget() is page.sheet.grid
    page.setFocus()
    QTest.keyClick(page, Qt.Key.Key_F8)

    grid, model = page.sheet.grid, page.sheet.model
    assert (grid.currentIndex().row(), grid.currentIndex().column()) == (1, model.column_of("name"))
    assert page.window().focusWidget() is grid


def test_esc_leaves_the_search_and_shows_everybody(qtbot: QtBot, page: StaffPage, tmp_path: Path) -> None:
    imported(qtbot, page, tmp_path)
    sheet = page.sheet
    assert sheet is not None
    QTest.keyClick(page, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert sheet.search.hasFocus()
    sheet.search.setText("张示例")
    qtbot.waitUntil(lambda: sheet.model.rowCount() == 1)
    QTest.keyClick(sheet.search, Qt.Key.Key_Escape)

    qtbot.waitUntil(lambda: sheet.model.rowCount() == 2)
    assert page.window().focusWidget() is sheet.grid


def test_the_keys_stay_on_the_page_when_its_message_goes(qtbot: QtBot, page: StaffPage, tmp_path: Path) -> None:
    imported(qtbot, page, tmp_path)
    page.import_file(tmp_path / "新员工.xlsx")
    qtbot.waitUntil(lambda: page.findChild(Message) is not None, timeout=PATIENCE)
    message = page.findChild(Message)
    assert message is not None
    first = message.findChildren(QPushButton)[0]
    first.setFocus()
    message.closed.emit()

    assert page.window().focusWidget() is page


def test_tab_goes_down_the_columns_and_then_to_the_buttons(qtbot: QtBot, page: StaffPage, tmp_path: Path) -> None:
    dialog = asked(qtbot, page, workbook(tmp_path / "八月.xlsx", newcomer_rows(1)))
    wanted: Sequence[QWidget] = [dialog.header, *dialog.boxes.values(), button(dialog, "返回")]
    dialog.header.setFocus()
    went = [dialog.focusWidget()]
    for _ in wanted[1:]:
        QTest.keyClick(dialog.focusWidget(), Qt.Key.Key_Tab)
        went.append(dialog.focusWidget())
    assert went == wanted
    assert "至少指出一列才能导入" in words(dialog)
    explain(dialog)
    assert "至少指出一列才能导入" not in words(dialog)
    dialog.reject()


def test_what_is_wrong_in_a_form_is_brought_into_sight(qtbot: QtBot, page: StaffPage) -> None:
    page.new()
    page.primary()
    steps = page.steps
    assert steps is not None
    area = steps._area
    page.window().resize(1024, 640)
    qtbot.waitUntil(lambda: area.verticalScrollBar().maximum() > 0)
    area.verticalScrollBar().setValue(area.verticalScrollBar().maximum())
    page.primary()

    assert page.stack.currentIndex() == FORM
    first = steps.form.boxes["identity"]
    assert page.window().focusWidget() is first.editor
    assert first.visibleRegion().boundingRect().height() == first.height()


def test_the_way_to_an_item_says_its_name_once(page: StaffPage) -> None:
    assert "宜昌 › 社会保险登记 › 职工参保登记 › 单位职工参保登记/续保" in words(page).splitlines()


def test_the_smallest_window_cuts_no_page_at_its_right(qtbot: QtBot, clerk: Clerk) -> None:
    window = clerk.window
    window.resize(window.minimumSize())
    jobs = window.context.jobs

    def wide() -> list[QScrollArea]:
        areas = window.current.findChildren(QScrollArea)
        return [one for one in areas if one.isVisible() and one.horizontalScrollBar().maximum()]

    for entry in rail():
        window.navigate(entry.name)
        qtbot.waitUntil(lambda: all(jobs.idle(lane) for lane in Lane if lane is not Lane.WATCH), timeout=PATIENCE)
        qtbot.wait(20)
        qtbot.waitUntil(lambda: wide() == [])


def test_a_confirmation_is_left_by_its_button(qtbot: QtBot, clerk: Clerk) -> None:
    clerk.newcomers(1)
    page = clerk.staff("enrol")
    qtbot.waitUntil(lambda: page.primary_button.text() == "提交 1 人增员", timeout=PATIENCE)
    page.primary()
    qtbot.waitUntil(lambda: page.stack.currentIndex() == SUBMIT, timeout=PATIENCE)
    page.window().resize(1366, 768)
    page.context.theme.use("light", 200)
    back = button(page, "返回修改")
    qtbot.waitUntil(lambda: back.visibleRegion().boundingRect().height() == back.height())
    back.click()

    assert page.stack.currentIndex() == SHEET
    assert not back.isVisible()


def test_the_roster_outranks_an_older_answer(qtbot: QtBot, clerk: Clerk) -> None:
    clerk.newcomers(1)
    page = clerk.staff("enrol")
    sheet = page.sheet
    assert sheet is not None
    identity = sheet.table.lines[0].values["identity"]
    qtbot.waitUntil(lambda: identity in sheet.table.ground.seen, timeout=PATIENCE)
    assert page.primary_button.text() == "提交 1 人增员"
    before = sheet.table.ground
    assert before.people is not None
    enrolled = before.seen[identity]._replace(standing=Standing.ACTIVE_HERE)
    page.checking.recheck(sheet.table, before._replace(people={**before.people, identity: enrolled}, seen={}))

    qtbot.waitUntil(lambda: page.primary_button.text() == "提交 0 人增员")


def test_a_bureau_that_went_away_is_said_above_and_asked_again(qtbot: QtBot, clerk: Clerk) -> None:
    clerk.newcomers(1)
    page = clerk.staff("enrol")
    qtbot.waitUntil(lambda: page.primary_button.text() == "提交 1 人增员", timeout=PATIENCE)
    page.primary()
    qtbot.waitUntil(lambda: page.stack.currentIndex() == SUBMIT, timeout=PATIENCE)
    serving, window = clerk.ground.serving, clerk.window
    serving.kill()
    page.primary()
    qtbot.waitUntil(lambda: page.flow.stage == END, timeout=PATIENCE)
    assert connection(window) == "连不上"
    assert "没有发出的申报都还在草稿或待发送里" in words(page)

    with qtbot.waitSignal(clerk.program.news_done, timeout=PATIENCE):
        window.fetch_news()
    qtbot.wait(20)
    again = button(window, "再连一次")
    with (
        type(serving).start(serving.data, clerk.ground.region, port=serving.port),
        qtbot.waitSignal(clerk.program.news_done, timeout=PATIENCE),
    ):
        again.click()
    assert connection(window) == "已连接"
    assert not [one for one in window.findChildren(QPushButton) if one.text() == "再连一次" and one.isVisible()]


def test_a_key_that_was_pulled_is_logged_in_again_without_the_mouse(qtbot: QtBot, clerk: Clerk) -> None:
    window, key = clerk.window, clerk.ground.key
    window.activateWindow()
    key.pull()
    qtbot.waitUntil(lambda: "插回 UKey 后点“继续”" in words(window), timeout=PATIENCE)
    key.plug()
    qtbot.waitUntil(lambda: bool(window.context.state.tokens), timeout=PATIENCE)
    button(window, "继续").click()
    assert "插回 UKey" not in words(window)
    qtbot.waitUntil(lambda: isinstance(window.focusWidget(), PinEdit))


@pytest.mark.parametrize("maximised", [False, True])
@pytest.mark.parametrize("screen", [(1280, 720), (1366, 768), (1920, 1080)], ids=str)
def test_the_panel_of_the_demo_covers_nothing_of_the_window(
    clerk: Clerk, tmp_path: Path, screen: tuple[int, int], *, maximised: bool
) -> None:
    panel, window = Panel(clerk.ground, clerk.window.context.theme, tmp_path / "table.xlsx"), clerk.window
    window.resize(1280, 700)
    if maximised:
        window.showMaximized()
    window.move(0, 0)
    place(panel, window, QRect(0, 0, *screen))
    needed = max(one.minimumSizeHint().width() for one in panel.findChildren(QPushButton))

    assert window.width() == 1280 or screen[0] < 1920
    assert not window.frameGeometry().intersects(panel.geometry())
    assert QRect(0, 0, *screen).contains(panel.geometry())
    assert all(one.isVisibleTo(panel) for one in panel.findChildren(QPushButton))
    assert panel.width() >= needed
    panel.end()


@pytest.mark.parametrize("screen", [(1024, 768), (1152, 864)], ids=str)
def test_where_there_is_no_room_the_panel_of_the_demo_takes_one_line(
    clerk: Clerk, tmp_path: Path, screen: tuple[int, int]
) -> None:
    panel, window = Panel(clerk.ground, clerk.window.context.theme, tmp_path / "table.xlsx"), clerk.window
    window.setGeometry(0, 0, *screen)
    place(panel, window, QRect(0, 0, *screen))
    rail_there = QRect(window.rail.mapToGlobal(QPoint(0, 0)), window.rail.size())

    assert window.frameGeometry().contains(panel.geometry())
    assert not rail_there.intersects(panel.geometry())
    assert panel.height() <= 64
    lower_edge = panel.y() + panel.height()
    panel.fold(folded=False)
    assert panel.y() + panel.height() == lower_edge
    assert all(one.isVisibleTo(panel) for one in panel.findChildren(QPushButton))
    panel.end()


def test_the_cursor_waits_where_something_is_to_be_filled_in(qtbot: QtBot, clerk: Clerk) -> None:
    page = clerk.staff("stop")
    sheet = page.sheet
    assert sheet is not None
    person = next(iter((sheet.table.ground.people or {}).values()))
    page.person.add([person])
    steps = page.steps
    assert steps is not None
    boxes = steps.form.boxes
    assert boxes["identity"].editor.text() == person.identity
    assert page.window().focusWidget() is boxes["stop_date"].editor

    page.back()
    page.new()
    page.primary()
    assert page.window().focusWidget() is boxes["identity"].editor


def test_rows_copied_in_excel_begin_an_empty_table(page: StaffPage) -> None:
    rows = [("姓名", "身份证号", "入职日期"), *((f"示例{at}", identity_number(at), "2022-08-01") for at in (20, 21))]
    QGuiApplication.clipboard().setText("\n".join("\t".join(row) for row in rows))
    page.setFocus()
    QTest.keyClick(page, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)

    assert page.stack.currentIndex() == SHEET
    assert [line.values["name"] for line in page.all_lines] == ["示例20", "示例21"]
    QTest.keyClick(page, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert page.all_lines == []


def test_nothing_to_paste_is_said(page: StaffPage) -> None:
    QGuiApplication.clipboard().setText("一句话")
    QTest.keyClick(page, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)

    assert "没有可以粘贴的行" in words(page.window())


def test_tab_goes_from_the_last_field_to_the_next_step(page: StaffPage) -> None:
    page.new()
    page.primary()
    steps = page.steps
    assert steps is not None
    seen: list[QWidget] = []
    while page.window().focusWidget() is not page.primary_button and len(seen) < 60:
        seen.append(page.window().focusWidget())
        QTest.keyClick(page.window().focusWidget(), Qt.Key.Key_Tab)
    fields = [box.editor for box in steps.form.boxes.values()]

    assert page.window().focusWidget() is page.primary_button
    assert all(page.isAncestorOf(one) for one in seen)
    assert set(seen) >= {one for one in fields if one.focusPolicy() & Qt.FocusPolicy.TabFocus}
    QTest.keyClick(page.primary_button, Qt.Key.Key_Tab, Qt.KeyboardModifier.ShiftModifier)
    assert page.window().focusWidget() is seen[-1]


def test_people_from_the_roster_wait_for_what_they_lack(qtbot: QtBot, clerk: Clerk) -> None:
    page = clerk.staff("stop")
    assert page.sheet is not None
    page.person.add(list((page.sheet.table.ground.people or {}).values())[:2])
    model, at = page.sheet.model, page.sheet.grid.currentIndex()

    assert page.window().focusWidget() is page.sheet.grid
    assert (at.row(), at.column()) == (0, model.column_of("stop_date"))


@pytest.mark.parametrize(("width", "scale", "columns"), [(1366, 100, 2), (1366, 200, 2), (1024, 200, 1)])
def test_no_field_of_a_form_is_beside_the_window(
    qtbot: QtBot, page: StaffPage, width: int, scale: int, columns: int
) -> None:
    window = page.window()
    window.resize(width, 700)
    page.context.theme.use("light", scale)
    page.new()
    page.primary()
    qtbot.wait(50)
    assert page.steps is not None
    boxes = list(page.steps.form.boxes.values())
    assert len({box.mapTo(window, QPoint(0, 0)).x() for box in boxes}) == columns
    assert all(box.mapTo(window, box.rect().topRight()).x() < width for box in boxes)

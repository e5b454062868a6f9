"""HR's workbook through the page: checked, kept as drafts at once, mended in the grid, nothing lost by a crash."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from openpyxl import load_workbook
from PySide6.QtCore import QMimeData, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.domain.filings import FilingState
from app.workflows import intake, preferences
from app.workflows.desk import Desk
from tests.support.people import identity_number
from tests.support.typing import type_into
from tests.support.workbooks import HEADER, xlsx
from tests.ui.conftest import Open
from ui.forms.editors import TextEditor
from ui.frame import Frame
from ui.importing.page import FORM, NOTHING, SHEET, SUBMIT, StaffPage
from ui.pages import page_of

ONE, TWO, THREE = (identity_number(number) for number in (11, 12, 13))
START = "2022-08-01"


def words(widget: QWidget) -> str:
    """Everything a clerk can read in a widget."""
    return "\n".join(one.text() for one in widget.findChildren(QLabel) if one.isVisibleTo(widget))


def workbook(folder: Path) -> Path:
    """A title, a note, the header in row 4, two sound people, one without a name, a total."""
    rows: list[tuple[str | int | None, ...]] = [
        ("新员工名单",),
        ("人事部",),
        (),
        (*HEADER, "部门"),
        (1, "张示例", ONE, "2012-07-01", START, "新增", 6000, "一车间"),
        (2, "李示例", TWO, "2012-07-01", START, "新增", 6000, "一车间"),
        (3, None, THREE, "2012-07-01", START, "新增", 6000, "二车间"),
        ("合计", None, None, None, None, None, 18000, None),
    ]
    return xlsx(folder / "新员工.xlsx", rows, merge="A1:H1")


@pytest.fixture
def frame(opened: Open, tmp_path: Path) -> Frame:
    """A window that works for 宜昌, nobody logged in."""
    home = tmp_path / "home"
    preferences.save(home, replace(preferences.load(home), region="yichang"))
    window = opened().window
    assert window is not None
    return window


@pytest.fixture
def page(qtbot: QtBot, frame: Frame) -> StaffPage:
    """The page of 增员, loaded."""
    frame.navigate("enrol")
    found = frame.current
    assert isinstance(found, StaffPage)
    qtbot.waitUntil(lambda: found.sheet is not None)
    return found


@pytest.fixture
def imported(qtbot: QtBot, page: StaffPage, tmp_path: Path) -> StaffPage:
    """With HR's workbook in it."""
    page.import_file(workbook(tmp_path))
    qtbot.waitUntil(lambda: page.stack.currentIndex() == SHEET)
    return page


def kept(qtbot: QtBot, page: StaffPage) -> Callable[[], list[dict[str, str]]]:
    """The drafts on the disk, once everything is written."""

    def read() -> list[dict[str, str]]:
        saver = page.saver
        assert saver is not None
        qtbot.waitUntil(lambda: saver.idle)
        drafts = page.context.desk.filings.select("", states=[FilingState.DRAFT])
        return [dict(one.values) for one in reversed(drafts)]

    return read


def test_an_empty_page_says_what_to_do(page: StaffPage) -> None:
    assert page.stack.currentIndex() == NOTHING
    assert "把人事部的表格拖到这里" in words(page)
    assert not page.primary_button.isVisible()


@pytest.mark.parametrize("item", ["enrol", "wage", "retirement"])
def test_filling_in_by_hand_is_called_the_same_for_every_item(qtbot: QtBot, frame: Frame, item: str) -> None:
    frame.navigate(page_of(frame.context.desk.region("yichang").items[item]))
    page = frame.current
    assert isinstance(page, StaffPage)
    qtbot.waitUntil(lambda: page.sheet is not None)
    button = next(one for one in page.findChildren(QPushButton) if one.text().strip() == "逐人填写")
    assert button.isVisible()
    button.click()

    assert page.stack.currentIndex() == FORM


def test_a_workbook_is_checked_and_kept_at_once(qtbot: QtBot, imported: StaffPage) -> None:
    sheet = imported.sheet
    assert sheet is not None
    assert sheet.mapping.text() == ("新员工.xlsx · 工作表“新员工” · 表头第 4 行 · 3 人 · 未用到的列：部门 · 跳过 1 行")
    assert [sheet.model.cell(row, 0).text for row in range(3)] == ["5", "6", "7"]
    assert sheet.model.cell(2, sheet.model.column_of("name")).tone == "error"
    assert [one["identity"] for one in kept(qtbot, imported)()] == [ONE, TWO, THREE]


def test_what_was_imported_survives_a_crash(qtbot: QtBot, imported: StaffPage, tmp_path: Path) -> None:
    assert len(kept(qtbot, imported)()) == 3
    other = Desk(tmp_path / "home")
    try:
        assert len(other.filings.select("", states=[FilingState.DRAFT])) == 3
    finally:
        other.close()


def test_the_footer_counts_and_the_next_step_is_named(qtbot: QtBot, imported: StaffPage) -> None:
    kept(qtbot, imported)()
    sheet = imported.sheet
    assert sheet is not None
    wrong = len([1 for line in sheet.table.lines for one in line.findings if one.stops])
    qtbot.waitUntil(lambda: f"▲ {wrong} 处要改 · {len(sheet.table.ready)} 人可提交 · 草稿已保存" in words(imported))
    assert imported.primary_button.text() == f"提交 {len(sheet.table.ready)} 人增员"


def test_a_kind_of_problem_leads_to_its_cells_and_a_mended_cell_is_kept(qtbot: QtBot, imported: StaffPage) -> None:
    sheet = imported.sheet
    assert sheet is not None
    missing = next(one for one in sheet.table.groups() if one.message == "“姓名”没有填")
    place = [one.message for one in sheet.table.groups()].index(missing.message)
    sheet.problems.list.setCurrentRow(place)
    sheet.problems.step(1)
    current = sheet.grid.currentIndex()
    assert (current.row(), current.column()) == (2, sheet.model.column_of("name"))
    assert sheet.strip.text.startswith("“姓名”没有填。补上这一项。")

    sheet.model.setData(current, "王示例")
    assert [one["name"] for one in kept(qtbot, imported)()] == ["张示例", "李示例", "王示例"]
    assert not [one for one in sheet.table.groups() if one.message == missing.message]

    imported.undo()
    assert [one["name"] for one in kept(qtbot, imported)()] == ["张示例", "李示例", ""]


def test_all_places_of_a_kind_are_changed_at_once(qtbot: QtBot, imported: StaffPage) -> None:
    sheet = imported.sheet
    assert sheet is not None
    for line in sheet.table.lines:
        sheet.model.wanted.emit(line, {"reason": "不知道"})
    sheet.count_now()
    codes = [one.code for one in sheet.table.groups()]
    sheet.problems.list.setCurrentRow(codes.index("code-unknown"))
    sheet.problems._values.setCurrentText("在职人员续保")
    sheet.problems._mend.click()

    assert [one["reason"] for one in kept(qtbot, imported)()] == ["121"] * 3
    imported.undo()
    assert [line.values["reason"] for line in sheet.table.lines] == ["不知道"] * 3


def test_deleted_rows_are_no_drafts_and_come_back_with_undo(qtbot: QtBot, imported: StaffPage) -> None:
    sheet = imported.sheet
    assert sheet is not None
    sheet.grid.setCurrentIndex(sheet.model.index(0, 1))
    sheet.grid.delete_lines()
    assert len(kept(qtbot, imported)()) == 2
    imported.undo()

    assert sorted(one["identity"] for one in kept(qtbot, imported)()) == sorted([ONE, TWO, THREE])


def test_a_corrected_file_can_take_the_place_of_the_first(qtbot: QtBot, imported: StaffPage, tmp_path: Path) -> None:
    imported.import_file(workbook(tmp_path))
    qtbot.waitUntil(lambda: len(imported.all_lines) == 6)
    qtbot.waitUntil(lambda: "这张表里有 3 人已经有草稿" in words(imported))
    button = next(one for one in imported.findChildren(QPushButton) if one.text() == "用这张表替换")
    button.click()

    assert len(kept(qtbot, imported)()) == 3
    assert not [one for line in imported.all_lines for one in line.findings if "duplicate" in one.code]
    imported.undo()
    assert len(kept(qtbot, imported)()) == 6


def test_a_file_that_comes_while_the_page_is_refreshed_comes_once(
    qtbot: QtBot, imported: StaffPage, tmp_path: Path
) -> None:
    kept(qtbot, imported)()
    restless = QTimer(imported)
    restless.timeout.connect(imported.refresh)
    restless.start(1)
    imported.import_file(workbook(tmp_path))
    qtbot.waitUntil(lambda: "这张表里有 3 人已经有草稿" in words(imported))
    sheet = imported.sheet
    restless.stop()
    qtbot.waitUntil(lambda: not imported.opening.busy)
    assert imported.sheet is sheet
    assert len(imported.all_lines) == 6
    assert len({line.filing.id for line in imported.all_lines if line.filing}) == 6
    assert "这张表里有 3 人已经有草稿" in words(imported)


def test_what_is_said_of_the_table_is_not_said_while_it_is_submitted(
    qtbot: QtBot, imported: StaffPage, tmp_path: Path
) -> None:
    kept(qtbot, imported)()
    imported.import_file(workbook(tmp_path))
    qtbot.waitUntil(lambda: "这张表里有 3 人已经有草稿" in words(imported))
    sheet = imported.sheet
    assert sheet is not None
    imported.submitting.offer(sheet.table.lines[:1])
    qtbot.waitUntil(lambda: imported.stack.currentIndex() == SUBMIT)
    assert "已经有草稿" not in words(imported)

    imported.back()
    assert "这张表里有 3 人已经有草稿" in words(imported)


def test_a_marked_file_that_comes_back_mended_takes_the_place_of_what_it_marked(
    qtbot: QtBot, imported: StaffPage, tmp_path: Path
) -> None:
    kept(qtbot, imported)()
    source = imported.intake.source
    assert source is not None
    marked = tmp_path / "标错.xlsx"
    marked.write_bytes(intake.marked_file(source))
    wrong = next(line for line in source.lines if not line.ready)
    book = load_workbook(marked)
    sheet = book.active
    assert sheet is not None
    column = source.checked.table.columns["identity"] + 1
    sheet.cell(wrong.row or 0, column).value = identity_number(321)
    book.save(marked)

    imported.import_file(marked)
    qtbot.waitUntil(lambda: len(imported.all_lines) == 6)
    qtbot.waitUntil(lambda: "这是标错后退回的表，有 3 人已经有草稿" in words(imported))
    next(one for one in imported.findChildren(QPushButton) if one.text() == "用这张表替换").click()
    assert identity_number(321) in {one["identity"] for one in kept(qtbot, imported)()}
    assert len(kept(qtbot, imported)()) == 3


def test_a_file_dropped_on_the_page_is_read(qtbot: QtBot, page: StaffPage, tmp_path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(workbook(tmp_path)))])
    event = QDropEvent(
        QPointF(10, 10),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    page.dropEvent(event)
    qtbot.waitUntil(lambda: page.stack.currentIndex() == SHEET)

    assert event.isAccepted()


def test_what_is_no_table_is_said_so_and_nothing_is_kept(qtbot: QtBot, page: StaffPage, tmp_path: Path) -> None:
    path = xlsx(tmp_path / "食堂.xlsx", [("菜名", "价格"), ("豆腐", 3)])
    page.import_file(path)
    qtbot.waitUntil(lambda: page.intake.asked is not None)
    assert page.intake.asked is not None
    assert "没有认出表头" in words(page.intake.asked)
    assert not page.intake.asked.confirm.isEnabled()
    page.intake.asked.reject()

    assert page.stack.currentIndex() == NOTHING
    assert kept(qtbot, page)() == []


def test_another_program_sees_the_drafts_of_earlier_days(
    qtbot: QtBot, imported: StaffPage, frame: Frame, opened: Open, tmp_path: Path
) -> None:
    assert len(kept(qtbot, imported)()) == 3
    frame.close()
    again = opened(Desk(tmp_path / "home")).window
    assert again is not None
    again.navigate("enrol")
    page = again.current
    assert isinstance(page, StaffPage)
    qtbot.waitUntil(lambda: page.stack.currentIndex() == SHEET)
    sheet = page.sheet
    assert sheet is not None

    assert [sheet.model.cell(row, 0).text for row in range(3)] == ["草稿"] * 3


def test_one_person_is_filled_in_and_kept_while_typing(qtbot: QtBot, page: StaffPage) -> None:
    page.new()
    assert page.stack.currentIndex() == FORM
    assert "先输身份证号" in words(page)
    page.primary()
    steps = page.steps
    assert steps is not None
    editor = steps.form.boxes["identity"].editor
    assert isinstance(editor, TextEditor)
    type_into(editor, ONE.lower())

    assert steps.form.boxes["born"].editor.text() == "1990-03-07"
    assert steps.form.boxes["sex"].editor.text() == "1"
    assert "没有登录，还没有向社保系统查这个人" in words(page)
    assert [one["identity"] for one in kept(qtbot, page)()] == [ONE]

    page.back()
    assert page.stack.currentIndex() == SHEET
    assert len(kept(qtbot, page)()) == 1


def test_the_window_closed_at_once_after_a_key_stroke_loses_nothing(
    qtbot: QtBot, imported: StaffPage, frame: Frame, tmp_path: Path
) -> None:
    kept(qtbot, imported)()
    sheet = imported.sheet
    assert sheet is not None
    for name in ("王示", "王示例"):
        sheet.model.setData(sheet.model.index(2, sheet.model.column_of("name")), name)
        imported.keep_typed()
    frame.close()
    other = Desk(tmp_path / "home")
    try:
        assert sorted(one.values["name"] for one in other.filings.select("")) == ["张示例", "李示例", "王示例"]
    finally:
        other.close()


def test_a_cell_still_being_typed_in_is_kept_when_the_window_closes(
    qtbot: QtBot, imported: StaffPage, frame: Frame, tmp_path: Path
) -> None:
    kept(qtbot, imported)()
    frame.show()
    sheet = imported.sheet
    assert sheet is not None
    for row, leave in ((1, True), (2, False)):
        place = sheet.model.index(row, sheet.model.column_of("name"))
        sheet.grid.setCurrentIndex(place)
        sheet.grid.edit(place)
        editor = sheet.grid.viewport().findChildren(QLineEdit)[-1]
        editor.setText("王示例")
        if leave:
            QTest.keyClick(editor, Qt.Key.Key_Escape)
    frame.close()
    other = Desk(tmp_path / "home")
    try:
        assert sorted(one.values["name"] for one in other.filings.select("")) == ["张示例", "李示例", "王示例"]
    finally:
        other.close()


def test_the_next_step_waits_until_nothing_is_missing(qtbot: QtBot, page: StaffPage) -> None:
    page.new()
    page.primary()
    page.primary()
    steps = page.steps
    assert steps is not None

    assert page.stack.currentIndex() == FORM
    assert steps.form.boxes["identity"].said == "“社会保障号码”没有填。补上这一项。"
    assert kept(qtbot, page)() == []


def two_sheets(folder: Path) -> Path:
    """A workbook with a sheet for each month; HR means the shorter one."""
    path = workbook(folder)
    book = load_workbook(path)
    other = book.create_sheet("九月")
    other.append(HEADER)
    other.append((1, "王示例", identity_number(14), "2012-07-01", START, "新增", 6000))
    book.create_sheet("说明").append(("请于五日前交",))
    book.save(path)
    return path


def test_another_sheet_of_the_file_takes_the_place_of_the_first(qtbot: QtBot, page: StaffPage, tmp_path: Path) -> None:
    page.import_file(two_sheets(tmp_path))
    qtbot.waitUntil(lambda: page.stack.currentIndex() == SHEET)
    sheet = page.sheet
    assert sheet is not None
    assert [sheet.sheets.itemText(at) for at in range(sheet.sheets.count())] == ["工作表：新员工", "工作表：九月"]
    assert sheet.sheets.isVisibleTo(page)
    assert len(kept(qtbot, page)()) == 3

    sheet.sheets.setCurrentIndex(1)
    sheet.sheets.activated.emit(1)
    qtbot.waitUntil(lambda: [one.values["name"] for one in page.all_lines] == ["王示例"])
    assert "工作表“九月”" in sheet.mapping.text()
    assert sheet.sheets.count() == 2
    assert [one["name"] for one in kept(qtbot, page)()] == ["王示例"]

    sheet.undo.undo()
    assert len(page.all_lines) == 4
    assert len(kept(qtbot, page)()) == 4


def test_a_file_that_is_called_off_leaves_nothing(qtbot: QtBot, page: StaffPage, tmp_path: Path) -> None:
    rows = [(at, "张示例", identity_number(at), "2012-07-01", START, "新增", 6000) for at in range(1, 9000)]
    page.import_file(xlsx(tmp_path / "很多人.xlsx", [HEADER, *rows]))
    page.intake.screen.cancelled.emit()
    qtbot.waitUntil(lambda: page.stack.currentIndex() == NOTHING, timeout=20_000)

    assert not page.context.desk.filings.select("")
    assert not page.all_lines

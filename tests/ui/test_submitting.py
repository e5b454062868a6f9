"""From the page to the bureau and back, on real parts: taken, waiting, refused, and what is said of each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage, QPixmap
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QCheckBox, QLabel, QWidget
from pytestqt.qtbot import QtBot

from app.documents import raster
from app.domain.filings import FilingState
from app.workflows import drafts
from app.workflows import ukey as ukeys
from bureau import training
from bureau.demo.ground import PIN, Ground, prepared
from tests.support.ground import newcomer_rows
from tests.support.typing import type_into
from tests.ui.conftest import Open
from ui.bootstrap import Program
from ui.documents import fetching
from ui.documents.page import DocumentsPage
from ui.documents.preview import image_of, paint_pages
from ui.forms.editors import ChoiceEditor, TextEditor
from ui.forms.submitting import CONFIRM, END
from ui.importing.page import FORM, SHEET, SUBMIT, StaffPage
from ui.parts.rows import Column
from ui.parts.table import Table
from ui.payment.page import PaymentPage

PATIENCE = 20_000


def words(widget: QWidget) -> str:
    """Everything a clerk can read in a widget."""
    return "\n".join(one.text() for one in widget.findChildren(QLabel) if one.isVisibleTo(widget))


class Clerk:
    """A window in which somebody is logged in."""

    def __init__(self, qtbot: QtBot, ground: Ground, program: Program) -> None:
        assert program.window is not None
        self.qtbot, self.ground, self.program, self.window = qtbot, ground, program, program.window
        self.desk = ground.desk

    def log_in(self) -> None:
        """With the plugged-in key."""
        context = self.window.context
        failed: list[object] = []
        with self.qtbot.waitSignal(self.program.news_done, timeout=PATIENCE):
            context.signin.log_in(self.ground.endpoint, ukeys.choose(self.desk), PIN, failed.append)
        assert not failed

    def newcomers(self, count: int) -> None:
        """Sound drafts of people nobody knows yet."""
        unit = self.window.context.state.unit_number
        drafts.keep(self.desk, self.ground.region, unit, "enrol", newcomer_rows(count))

    def staff(self, item: str) -> StaffPage:
        """The page of an item, loaded."""
        self.window.navigate(item)
        page = self.window.page(item)
        assert isinstance(page, StaffPage)
        self.qtbot.waitUntil(lambda: page.sheet is not None and not page.opening.busy, timeout=PATIENCE)
        return page

    def states(self, item: str) -> list[FilingState]:
        """Of the filings of an item, oldest first."""
        unit = self.window.context.state.unit_number
        return [one.state for one in reversed(self.desk.filings.select(unit, item=item))]


@pytest.fixture
def clerk(qtbot: QtBot, tmp_path: Path, opened: Open, request: pytest.FixtureRequest) -> Iterator[Clerk]:
    """Logged in, the news fetched; 宜昌 unless a test says otherwise."""
    with prepared(tmp_path, getattr(request, "param", "yichang")) as ground:
        program = opened(ground.desk, bureau=ground.endpoint.url, authority=ground.endpoint.authority)
        made = Clerk(qtbot, ground, program)
        made.log_in()
        yield made
        program.close()


def test_everybody_is_sent_and_taken(qtbot: QtBot, clerk: Clerk) -> None:
    clerk.newcomers(3)
    page = clerk.staff("enrol")
    qtbot.waitUntil(lambda: page.primary_button.text() == "提交 3 人增员", timeout=PATIENCE)
    page.primary()
    qtbot.waitUntil(lambda: page.stack.currentIndex() == SUBMIT, timeout=PATIENCE)
    assert "原单位当月已缴费的，本单位当月只核定工伤保险费" in words(page)
    assert clerk.states("enrol") == [FilingState.DRAFT] * 3

    page.primary()
    qtbot.waitUntil(lambda: page.flow.stage == END, timeout=PATIENCE)
    assert page.flow.results.headings == ["3 人已受理"]
    assert clerk.states("enrol") == [FilingState.APPROVED] * 3

    page.primary()
    qtbot.waitUntil(lambda: not page.all_lines, timeout=PATIENCE)
    assert "把人事部的表格拖到这里" in words(page)


def test_a_person_is_looked_up_named_and_filed_in_three_steps(qtbot: QtBot, clerk: Clerk) -> None:
    person = training.people("yichang", training.Role.LEFT)[0]
    page = clerk.staff("enrol")
    page.new()
    page.primary()
    steps = page.steps
    assert steps is not None

    def put(key: str, text: str) -> None:
        editor = steps.form.boxes[key].editor
        assert isinstance(editor, TextEditor)
        type_into(editor, text)

    put("identity", person.identity)
    box = steps.form.boxes["name"]
    qtbot.waitUntil(lambda: box.origin == "来自社保系统", timeout=PATIENCE)
    assert box.editor.text() == person.name
    assert isinstance(box.editor, TextEditor)
    assert box.editor.isReadOnly()
    assert "原单位已停保" in words(page)

    put("first_work", "2012.7.1")
    put("start", "2022年8月1日")
    put("wage", "6,000")
    reason = steps.form.boxes["reason"].editor
    assert isinstance(reason, ChoiceEditor)
    reason.setCurrentIndex(reason.findText("在职人员续保"))
    reason.activated.emit(reason.currentIndex())
    assert "填写完整，可以确认" in words(page)
    page.primary()
    qtbot.waitUntil(lambda: page.flow.stage == CONFIRM and page.stack.currentIndex() == SUBMIT, timeout=PATIENCE)
    assert f"为 {person.name} 办理参保，自 2022年8月 起缴费，月缴费工资 6,000.00 元。" in words(page)

    page.back()
    assert page.stack.currentIndex() == FORM
    assert steps.form.boxes["wage"].editor.text() == "6000.00"
    page.primary()
    qtbot.waitUntil(lambda: page.stack.currentIndex() == SUBMIT, timeout=PATIENCE)
    page.primary()
    qtbot.waitUntil(lambda: page.flow.stage == END, timeout=PATIENCE)

    assert page.flow.results.headings == ["1 人已受理"]


def test_the_bureau_gone_is_said_and_the_drafts_stay(qtbot: QtBot, clerk: Clerk) -> None:
    clerk.newcomers(2)
    page = clerk.staff("enrol")
    qtbot.waitUntil(lambda: page.primary_button.text() == "提交 2 人增员", timeout=PATIENCE)
    page.primary()
    qtbot.waitUntil(lambda: page.stack.currentIndex() == SUBMIT, timeout=PATIENCE)
    clerk.ground.serving.stop()
    page.primary()
    qtbot.waitUntil(lambda: page.flow.stage == END, timeout=PATIENCE)

    assert "连不上社保系统" in words(page)
    assert "不会丢，也不会重复" in words(page)
    assert clerk.states("enrol") == [FilingState.DRAFT] * 2
    page.primary()
    qtbot.waitUntil(lambda: page.stack.currentIndex() == SHEET, timeout=PATIENCE)


def test_the_key_gone_is_said_and_the_page_goes_on(qtbot: QtBot, clerk: Clerk) -> None:
    clerk.newcomers(2)
    page = clerk.staff("enrol")
    qtbot.waitUntil(lambda: page.primary_button.text() == "提交 2 人增员", timeout=PATIENCE)
    page.primary()
    qtbot.waitUntil(lambda: page.stack.currentIndex() == SUBMIT, timeout=PATIENCE)
    clerk.program.watcher.stop()
    clerk.ground.key.pull()
    page.primary()
    qtbot.waitUntil(lambda: page.flow.stage == END, timeout=PATIENCE)

    assert "UKey 已拔出，登录已结束。" in words(page)
    assert "已填的内容保存在草稿里，没有发出半笔。" in words(page)
    assert clerk.states("enrol") == [FilingState.DRAFT] * 2
    clerk.ground.key.plug()


def test_what_only_the_bureau_knows_is_painted_in_the_cell_before_anything_is_sent(qtbot: QtBot, clerk: Clerk) -> None:
    person = training.people("yichang", training.Role.ELSEWHERE)[0]
    unit = clerk.window.context.state.unit_number
    values = {**newcomer_rows(1)[0], "identity": person.identity, "name": person.name, "born": "", "sex": ""}
    drafts.keep(clerk.desk, "yichang", unit, "enrol", [values])
    page = clerk.staff("enrol")
    sheet = page.sheet
    assert sheet is not None
    qtbot.waitUntil(lambda: person.identity in sheet.table.ground.seen, timeout=PATIENCE)
    qtbot.waitUntil(lambda: not page.primary_button.isEnabled(), timeout=PATIENCE)

    assert [one.code for one in sheet.table.lines[0].findings if one.stops] == ["insured-elsewhere"]
    assert sheet.model.cell(0, sheet.model.column_of("identity")).tone == "error"


def test_who_is_refused_is_named_with_the_reason_and_mended_in_the_table(qtbot: QtBot, clerk: Clerk) -> None:
    clerk.newcomers(2)
    page = clerk.staff("enrol")
    qtbot.waitUntil(lambda: page.primary_button.text() == "提交 2 人增员", timeout=PATIENCE)
    page.primary()
    qtbot.waitUntil(lambda: page.stack.currentIndex() == SUBMIT, timeout=PATIENCE)
    # Meanwhile another clerk of the unit has changed one of the two behind this window's back.
    unit = clerk.window.context.state.unit_number
    second = clerk.desk.filings.select(unit, item="enrol")[0]
    drafts.edit(clerk.desk, second, {**second.values, "wage": "1000"})
    page.primary()
    qtbot.waitUntil(lambda: page.flow.stage == END, timeout=PATIENCE)
    assert page.flow.results.headings == ["1 人已受理", "1 人未通过"]
    assert any("低于缴费基数下限" in one.text(row) for one, row in reasons(page))

    page.flow.mend.emit([(second, ())])
    qtbot.waitUntil(lambda: page.stack.currentIndex() == SHEET and len(page.all_lines) == 1, timeout=PATIENCE)
    sheet = page.sheet
    assert sheet is not None
    assert sheet.model.cell(0, sheet.model.column_of("wage")).tone == "error"


def reasons(page: StaffPage) -> list[tuple[Column[Any], Any]]:
    """The columns and records of the tables of the result."""
    tables = page.flow.results.findChildren(Table)
    return [(column, row) for one in tables for column in one.rows.columns for row in one.rows.all]


def test_leavers_are_picked_from_the_roster(qtbot: QtBot, clerk: Clerk) -> None:
    page = clerk.staff("stop")
    sheet = page.sheet
    assert sheet is not None
    people = list((sheet.table.ground.people or {}).values())[:2]
    clerk.window.navigate("stop", identities=tuple(one.identity for one in people))
    qtbot.waitUntil(lambda: len(page.all_lines) == 2, timeout=PATIENCE)

    assert [line.values["name"] for line in page.all_lines] == [one.name for one in people]
    qtbot.waitUntil(lambda: clerk.states("stop") == [FilingState.DRAFT] * 2, timeout=PATIENCE)


def test_what_is_not_submitted_yet_is_said_before_the_month_is_declared(qtbot: QtBot, clerk: Clerk) -> None:
    clerk.newcomers(2)
    clerk.window.navigate("payment")
    page = clerk.window.page("payment")
    assert isinstance(page, PaymentPage)
    qtbot.waitUntil(lambda: page.primary_button.isVisible() and page.primary_button.isEnabled(), timeout=PATIENCE)

    assert "还有 2 笔办理没有提交，不在这次的金额里。" in words(page)


@pytest.mark.parametrize("clerk", ["yichang", "zaozhuang"], indirect=True)
def test_the_month_is_declared_and_its_notice_lies_ready_to_print(qtbot: QtBot, clerk: Clerk, tmp_path: Path) -> None:
    clerk.window.navigate("payment")
    page = clerk.window.page("payment")
    assert isinstance(page, PaymentPage)
    qtbot.waitUntil(lambda: page.primary_button.isVisible() and page.primary_button.isEnabled(), timeout=PATIENCE)
    month = clerk.window.context.state.month.spoken
    assert page.primary_button.text() == f"申报 {month}缴费"
    assert all("✓ 一致" in card.said for card in page.cards.values())
    page.primary()
    assert month in words(page)
    page.primary()
    qtbot.waitUntil(lambda: page.flow.stage == END, timeout=PATIENCE)
    page.primary()
    qtbot.waitUntil(page.notice.isVisible, timeout=PATIENCE)
    bill = clerk.desk.region(clerk.ground.region).payment.bill_name
    assert bill in page.notice.said
    qtbot.waitUntil(lambda: all("✓ 一致" in card.said for card in page.cards.values()), timeout=PATIENCE)

    page._open_document(page.notice._number)
    papers = clerk.window.page("documents")
    assert isinstance(papers, DocumentsPage)
    qtbot.waitUntil(lambda: bool(papers.preview.pictures), timeout=PATIENCE)
    assert papers.table.current is not None
    assert papers.table.current.name == bill
    pdf = papers.preview.pdf
    unit = clerk.window.context.state.unit_number
    offline = fetching.notice_paper(clerk.desk, clerk.ground.region, unit, None, papers.table.current.key)
    assert offline is not None
    assert raster.page_count(offline.pdf) == raster.page_count(pdf)
    assert len(papers.preview.pictures) == raster.page_count(pdf)

    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(tmp_path / "打印.pdf"))
    paint_pages(printer, [(raster.picture(pdf, 0, 150), raster.page_sizes(pdf)[0])])
    printed = (tmp_path / "打印.pdf").read_bytes()
    there = extent(image_of(raster.picture(pdf, 0, 96)))
    assert extent(image_of(raster.picture(printed, 0, 96))) == pytest.approx(there, abs=0.01)


def extent(image: QImage) -> tuple[float, float, float, float]:
    """Where the ink of a page begins and ends: left, top, right, bottom, as parts of its width and height."""
    inked = [
        (x, y) for y in range(image.height()) for x in range(image.width()) if image.pixelColor(x, y).value() < 160
    ]
    across, down = [x / image.width() for x, _ in inked], [y / image.height() for _, y in inked]
    return min(across), min(down), max(across), max(down)


def test_a_certificate_is_asked_for_and_shown(qtbot: QtBot, clerk: Clerk) -> None:
    clerk.window.navigate("documents")
    page = clerk.window.page("documents")
    assert isinstance(page, DocumentsPage)
    qtbot.waitUntil(lambda: page._region is not None, timeout=PATIENCE)
    page.new()
    form = page._form
    assert form is not None
    assert [one.text() for one in form.spans.buttons()] == ["三个月", "六个月", "九个月", "十二个月", "二十四个月"]
    qtbot.waitUntil(lambda: bool(form.table.rows.all), timeout=PATIENCE)
    assert not page.primary_button.isEnabled()
    form.toggle_all()
    count = len(form.people)
    assert page.primary_button.text() == f"为 {count} 人出具参保证明"
    page.primary()
    assert f"为 {count} 人出具 养老 近 3 个月的参保证明。" in words(page)
    page.primary()
    qtbot.waitUntil(lambda: page.flow.stage == END, timeout=PATIENCE)
    page.primary()
    qtbot.waitUntil(lambda: bool(page.preview.pictures), timeout=PATIENCE)

    assert page.table.current is not None
    assert page.table.current.name == "单位参保证明（养老，近 3 个月）"
    unit, code = clerk.window.context.state.unit_number, page.table.current.key
    assert fetching.certificate_paper(clerk.desk, clerk.ground.region, unit, None, code) is not None
    assert fetching.certificate_paper(clerk.desk, clerk.ground.region, unit, None, "0" * 20) is None


def test_whoever_is_on_a_certificate_has_the_mark_of_a_choice_among_several(qtbot: QtBot, clerk: Clerk) -> None:
    clerk.window.navigate("documents")
    page = clerk.window.page("documents")
    assert isinstance(page, DocumentsPage)
    qtbot.waitUntil(lambda: page._region is not None, timeout=PATIENCE)
    page.new()
    form = page._form
    assert form is not None
    qtbot.waitUntil(lambda: len(form.table.rows.shown) > 1, timeout=PATIENCE)
    first, second = (form.table.rows.index(at, 0) for at in (0, 1))
    form.table.clicked.emit(first)

    role = Qt.ItemDataRole.CheckStateRole
    assert Qt.CheckState(first.data(role)) is Qt.CheckState.Checked
    assert Qt.CheckState(second.data(role)) is Qt.CheckState.Unchecked
    box = QCheckBox(page)
    box.setChecked(True)
    box.resize(box.sizeHint())
    assert mark_in(form.table.viewport().grab(form.table.visualRect(first))) == mark_in(box.grab())


def mark_in(picture: QPixmap) -> tuple[int, int]:
    """Width and height of what is painted in the accent's colour."""
    image = picture.toImage()
    accent = QColor("#1F5FBF").rgb()
    dots = [(x, y) for x in range(image.width()) for y in range(image.height()) if image.pixel(x, y) == accent]
    across, down = {x for x, _ in dots}, {y for _, y in dots}
    return len(across), len(down)

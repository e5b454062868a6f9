"""A file with strange column names is asked about once, before anything is kept, and known the next time."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.workflows import layouts
from tests.support.ground import newcomer_rows
from tests.support.workbooks import xlsx
from tests.ui.test_submitting import PATIENCE, Clerk, clerk, words
from ui.importing.columns import ColumnsDialog
from ui.importing.page import StaffPage

__all__ = ["clerk"]
HEADER = ("备注", "员工", "证号", "到岗", "头一回上班", "缘由", "薪", "备注")
MEANT = {
    "员工": "name",
    "证号": "identity",
    "到岗": "start",
    "头一回上班": "first_work",
    "缘由": "reason",
    "薪": "wage",
}


def workbook(path: Path, people: Sequence[dict[str, str]]) -> Path:
    """Such a file, under a title."""
    keys = ("name", "identity", "start", "first_work")
    rows: list[list[str | float]] = [["", *(one[key] for key in keys), "在职人员新参保", 6000.0, ""] for one in people]
    return xlsx(path, [("本月入职名单",), (), HEADER, *rows])


def asked(qtbot: QtBot, page: StaffPage, path: Path) -> ColumnsDialog:
    """The question about a file."""
    before = page.intake.asked
    page.import_file(path)
    qtbot.waitUntil(lambda: page.intake.asked is not before, timeout=PATIENCE)
    assert page.intake.asked is not None
    return page.intake.asked


def explain(dialog: ColumnsDialog) -> None:
    """Say which column is which."""
    titles = {column.title: column.index for column in dialog._head.columns}
    for title, key in MEANT.items():
        box = dialog.boxes[key]
        box.setCurrentIndex(box.findData(titles[title]))


def test_columns_are_explained_once(qtbot: QtBot, clerk: Clerk, tmp_path: Path) -> None:
    page = clerk.staff("enrol")
    dialog = asked(qtbot, page, workbook(tmp_path / "八月.xlsx", newcomer_rows(2)))
    assert dialog.header.currentText() == "第 3 行：备注、员工、证号、到岗、头一回上班、缘由"
    assert not dialog.confirm.isEnabled()
    assert "B 列 员工（新示例、新示例）" in [
        dialog.boxes["name"].itemText(at) for at in range(dialog.boxes["name"].count())
    ]
    explain(dialog)
    assert dialog.confirm.isEnabled()
    assert not clerk.states("enrol")
    dialog.confirm.click()
    qtbot.waitUntil(lambda: len(clerk.states("enrol")) == 2, timeout=PATIENCE)
    qtbot.waitUntil(lambda: page.sheet is not None and len(page.sheet.table.ready) == 2, timeout=PATIENCE)

    page.import_file(workbook(tmp_path / "九月.xlsx", newcomer_rows(1, first=9)))
    qtbot.waitUntil(lambda: len(clerk.states("enrol")) == 3, timeout=PATIENCE)
    assert page.intake.asked is dialog


@pytest.mark.parametrize("leave", ["back", "as it is"])
def test_the_question_can_be_left(qtbot: QtBot, clerk: Clerk, tmp_path: Path, leave: str) -> None:
    page = clerk.staff("enrol")
    (one,) = newcomer_rows(1)
    path = xlsx(tmp_path / "少列.xlsx", [("姓名", "身份证号", "到岗日"), (one["name"], one["identity"], "2022-08-01")])
    dialog = asked(qtbot, page, path)
    assert dialog.boxes["name"].currentText().startswith("A 列 姓名")
    assert "还缺" in words(dialog)
    if leave == "back":
        dialog.reject()
        qtbot.wait(200)
        assert not clerk.states("enrol")
        return
    dialog._as_it_is()
    qtbot.waitUntil(lambda: len(clerk.states("enrol")) == 1, timeout=PATIENCE)
    assert page.sheet is not None
    assert not page.sheet.table.ready


def test_one_column_is_one_field(qtbot: QtBot, clerk: Clerk, tmp_path: Path) -> None:
    dialog = asked(qtbot, clerk.staff("enrol"), workbook(tmp_path / "八月.xlsx", newcomer_rows(1)))
    explain(dialog)
    phone = dialog.boxes["phone"]
    phone.setCurrentIndex(phone.findData(dialog.boxes["wage"].currentData()))
    assert "“薪”用了两次" in words(dialog)
    assert not dialog.confirm.isEnabled()
    phone.setCurrentIndex(phone.findData(0))
    assert "不止一列叫“备注”" in words(dialog)


def test_a_column_is_read_as_another_afterwards_and_forgotten(qtbot: QtBot, clerk: Clerk, tmp_path: Path) -> None:
    page = clerk.staff("enrol")
    one, two = newcomer_rows(2)
    header = ("姓名", "身份证号", "入职日期", "报到日期", "首次参工时间", "增加原因", "月工资")
    rows = [
        (who["name"], who["identity"], "2022-08-01", "2022-08-02", who["first_work"], "在职人员新参保", 6000.0)
        for who in (one, two)
    ]
    path = xlsx(tmp_path / "八月.xlsx", [header, *rows])

    def starts() -> set[str]:
        return {line.values["start"] for line in page.all_lines}

    def shown() -> ColumnsDialog:
        before = page.intake.asked
        assert page.sheet is not None
        page.sheet.columns.click()
        qtbot.waitUntil(lambda: page.intake.asked is not before, timeout=PATIENCE)
        assert page.intake.asked is not None
        return page.intake.asked

    page.import_file(path)
    qtbot.waitUntil(lambda: len(page.all_lines) == 2, timeout=PATIENCE)
    assert page.intake.asked is None
    assert starts() == {"2022-08-01"}

    dialog = shown()
    box = dialog.boxes["start"]
    assert box.currentText().startswith("C 列 入职日期")
    assert not dialog.forget.isVisible()
    box.setCurrentIndex(box.findData(3))
    dialog.confirm.click()
    qtbot.waitUntil(lambda: starts() == {"2022-08-02"}, timeout=PATIENCE)
    assert len(page.all_lines) == 2

    dialog = shown()
    assert dialog.boxes["start"].currentText().startswith("D 列 报到日期")
    dialog.forget.click()
    assert dialog.boxes["start"].currentText().startswith("C 列 入职日期")
    assert not dialog.forget.isVisible()
    dialog.reject()
    assert starts() == {"2022-08-02"}
    qtbot.waitUntil(lambda: not layouts.known(clerk.desk, "yichang", "enrol"), timeout=PATIENCE)
    page.import_file(path)
    qtbot.waitUntil(lambda: starts() == {"2022-08-01", "2022-08-02"}, timeout=PATIENCE)

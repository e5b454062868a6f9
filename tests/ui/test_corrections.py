"""Corrections are shown before they are written, written as one step, and taken back as one."""

from __future__ import annotations

from pathlib import Path

from pytestqt.qtbot import QtBot

from app.workflows import batch
from tests.support.ground import newcomer_rows
from tests.support.workbooks import xlsx
from tests.ui.test_submitting import PATIENCE, Clerk, clerk
from ui.importing.sheet import Worksheet

__all__ = ["clerk"]
HEADER = ("姓名", "身份证号", "首次参加工作时间", "入职日期", "增员原因", "月工资")


def imported(qtbot: QtBot, clerk: Clerk, path: Path) -> Worksheet:
    """The sheet after a file was read into it."""
    page = clerk.staff("enrol")
    page.import_file(path)
    qtbot.waitUntil(lambda: page.sheet is not None and len(page.sheet.table.lines) > 0, timeout=PATIENCE)
    assert page.sheet is not None
    return page.sheet


def test_slips_are_corrected_once_seen(qtbot: QtBot, clerk: Clerk, tmp_path: Path) -> None:
    people = newcomer_rows(3)
    slips = ("2022年8月1日入职", "在职人员新参保", "6000元/月")
    rows = [(one["name"], one["identity"], one["first_work"], *slips) for one in people]
    sheet = imported(qtbot, clerk, xlsx(tmp_path / "新员工.xlsx", [HEADER, *rows]))
    assert not sheet.table.ready
    before = [dict(line.values) for line in sheet.table.lines]

    for key, value in (("start", "2022-08-01"), ("wage", "6000.00")):
        group = next(one for one in sheet.table.groups() if one.stops and one.places[0][1] == key)
        assert sheet.correctable(group)
        sheet.problems.correct.emit(group)
        assert sheet.offered is not None
        assert sheet.offered.confirm.text() == "改正 3 处"
        assert [line.values[key] for line in sheet.table.lines] == [one[key] for one in before]
        sheet.offered.confirm.click()
        assert [line.values[key] for line in sheet.table.lines] == [value] * 3
    assert len(sheet.table.ready) == 3

    sheet.undo.undo()
    sheet.undo.undo()
    assert [line.values for line in sheet.table.lines] == before


def test_nothing_is_offered_where_nothing_is_sure(qtbot: QtBot, clerk: Clerk, tmp_path: Path) -> None:
    (one,) = newcomer_rows(1)
    row = (one["name"], one["identity"], one["first_work"], "八月初", "在职", "面议")
    sheet = imported(qtbot, clerk, xlsx(tmp_path / "新员工.xlsx", [HEADER, row]))
    stopping = [group for group in sheet.table.groups() if group.stops]
    assert {group.places[0][1] for group in stopping} >= {"start", "reason", "wage"}
    assert not any(batch.corrections(sheet.table.checker, group) for group in stopping)

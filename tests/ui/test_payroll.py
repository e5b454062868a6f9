"""A payroll dropped on the roster: what differs is listed, what is chosen becomes drafts, once."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from pytestqt.qtbot import QtBot

from app.rules.reconcile import Kind
from app.workflows import drafts
from tests.support.people import identity_number
from tests.support.workbooks import xlsx
from tests.ui.test_submitting import PATIENCE, Clerk, clerk, words
from ui.parts.cards import Message
from ui.people.page import PeoplePage
from ui.people.payroll import PayrollDialog

__all__ = ["clerk"]
NEWCOMER = identity_number(78, date(1991, 5, 4), "420502")


def held(qtbot: QtBot, clerk: Clerk, path: Path) -> PayrollDialog:
    """The differences of a payroll, as the people page shows them."""
    clerk.window.navigate("people")
    page = clerk.window.page("people")
    assert isinstance(page, PeoplePage)
    before = page.payroll
    page.hold(path)
    qtbot.waitUntil(lambda: page.payroll is not before, timeout=PATIENCE)
    assert page.payroll is not None
    return page.payroll


def test_a_payroll_becomes_drafts(qtbot: QtBot, clerk: Clerk, tmp_path: Path) -> None:
    unit = clerk.window.context.state.unit_number
    people = [one for one in (drafts.ground(clerk.desk, unit).people or {}).values() if one.base is not None]
    here = [one for one in people if one.standing.value == "active-here"]
    rows = [("车间", one.name, one.identity, float(one.base or 0)) for one in here[1:]]
    rows.append(("车间", "新示例", NEWCOMER, 3450.0))
    path = xlsx(tmp_path / "工资表.xlsx", [("2022年8月工资表",), ("部门", "姓名", "身份证号", "应发工资"), *rows])

    dialog = held(qtbot, clerk, path)
    assert f"一致 {len(here) - 1} 人，未参保 1 人，不在工资表 1 人。" in words(dialog)
    assert [one.kind for one in dialog.table.rows.shown] == [Kind.MISSING, Kind.LEFT]
    assert dialog.keep.text() == "存为 2 份草稿"
    dialog.keep.click()
    qtbot.waitUntil(lambda: len(clerk.states("enrol")) == 1 and len(clerk.states("stop")) == 1, timeout=PATIENCE)

    dialog = held(qtbot, clerk, path)
    dialog.keep.click()
    qtbot.waitUntil(lambda: "没有再存" in words(clerk.window), timeout=PATIENCE)
    assert (len(clerk.states("enrol")), len(clerk.states("stop"))) == (1, 1)


def test_a_payroll_that_is_read_can_be_left(qtbot: QtBot, clerk: Clerk, tmp_path: Path) -> None:
    clerk.window.navigate("people")
    page = clerk.window.page("people")
    assert isinstance(page, PeoplePage)
    qtbot.waitUntil(lambda: bool(page.table.rows.shown), timeout=PATIENCE)
    rows = [("示例", identity_number(at), 6000.0) for at in range(3000)]
    page.hold(xlsx(tmp_path / "工资表.xlsx", [("姓名", "身份证号", "应发工资"), *rows]))
    assert "正在读 工资表.xlsx" in words(page)
    assert not page.table.isVisible()
    page.back()
    qtbot.waitUntil(page.table.isVisible, timeout=PATIENCE)

    assert page.payroll is None
    assert clerk.window.findChild(Message) is None

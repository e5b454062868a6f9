"""Whoever is listed on the people page can be taken into a spreadsheet."""

from __future__ import annotations

from pathlib import Path

from openpyxl import load_workbook
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from tests.ui.test_submitting import PATIENCE, Clerk, clerk
from ui.people.page import PeoplePage

__all__ = ["clerk"]


def test_those_who_are_listed_are_exported(qtbot: QtBot, clerk: Clerk, tmp_path: Path) -> None:
    clerk.window.navigate("people")
    page = clerk.window.page("people")
    assert isinstance(page, PeoplePage)
    qtbot.waitUntil(lambda: bool(page.table.rows.shown), timeout=PATIENCE)
    page.open_at(text=page.table.rows.all[0].identity)
    listed = list(page.table.rows.shown)
    assert 0 < len(listed) < len(page.table.rows.all)
    page._export.click()
    dialog = page.findChild(QFileDialog)
    assert dialog is not None
    path = tmp_path / "名单.xlsx"
    dialog.fileSelected.emit(str(path))
    dialog.reject()
    qtbot.waitUntil(path.exists, timeout=PATIENCE)

    rows = load_workbook(path).worksheets[0].iter_rows(min_row=2, values_only=True)
    assert [row[:2] for row in rows] == [(one.name, one.identity) for one in listed]

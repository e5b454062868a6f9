"""A hundred thousand people in the real window: how long the event loop stands still while they are worked on."""

from __future__ import annotations

import os
import tempfile
import time
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelection, QItemSelectionModel
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from app.workflows import preferences
from benchmarks.heartbeat import Gaps, Heartbeat
from benchmarks.sheets import ROWS, roster
from ui.application import application
from ui.bootstrap import open_program
from ui.importing.page import StaffPage
from ui.jobs import Lane

if TYPE_CHECKING:
    from collections.abc import Callable

    from ui.bootstrap import Program
    from ui.importing.grid import Grid
    from ui.importing.sheet import Worksheet

REGION, ITEM = "yichang", "enrol"
BLOCK = 5_000
SCROLLS = 60
CALM_SECONDS = 3


def run() -> list[Gaps]:
    """The gaps of each step and of the whole."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ["SHEBAO_KEY_IN_FILE"] = "1"
    application()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as ends:
        home, workbook = Path(folder) / "home", Path(folder) / "many.xlsx"
        roster(workbook, ROWS, slips=True)
        preferences.save(home, replace(preferences.load(home), region=REGION))
        program = open_program(home)
        ends.callback(program.close)
        heart = Heartbeat()
        heart.step("start", program.start, lambda: program.window is not None and program.jobs.idle(Lane.READING))
        _work(_Clerk(heart, program), workbook)
        return heart.gaps()


class _Clerk:
    """Who works on the table, with the event loop watched."""

    def __init__(self, heart: Heartbeat, program: Program) -> None:
        assert program.window is not None
        self._heart = heart
        self._page: StaffPage | None = None
        self._program = program
        self.window = program.window
        self.window.resize(1366, 768)

    def begin(self) -> None:
        """From here on it counts: what went before was opening the program."""
        self._heart.steps.clear()

    def does(self, name: str, begin: Callable[[], object]) -> None:
        """One step, until all is still again."""
        self._heart.step(name, begin, self.still)

    def waits(self, name: str, ended: Callable[[], bool]) -> None:
        """Do nothing until then."""
        self._heart.step(name, lambda: None, ended)

    def still(self) -> bool:
        """Whether everything that was begun is done, and written."""
        idle = all(self._program.jobs.idle(lane) for lane in Lane if lane is not Lane.WATCH)
        page = self.page
        return idle and page.sheet is not None and page.saver is not None and page.saver.idle and page.sheet.still

    @property
    def page(self) -> StaffPage:
        """The page of the item."""
        if isinstance(self.window.current, StaffPage):
            self._page = self.window.current
        assert self._page is not None
        return self._page

    @property
    def sheet(self) -> Worksheet:
        """The table."""
        assert self.page.sheet is not None
        return self.page.sheet


def _work(clerk: _Clerk, workbook: Path) -> None:
    """Everything that is done with a table, one after the other."""
    clerk.does("open the page", lambda: clerk.window.navigate(ITEM))
    clerk.begin()
    # What the machine itself is late by: nothing is done.
    calm = time.monotonic() + CALM_SECONDS
    clerk.waits("an idle window", lambda: time.monotonic() > calm)
    clerk.does(f"read, check, keep and show {ROWS} rows", lambda: clerk.page.import_file(workbook))
    sheet, grid, model = clerk.sheet, clerk.sheet.grid, clerk.sheet.model
    clerk.does("only the wrong rows", lambda: sheet.only_wrong.setChecked(True))
    clerk.does("all rows again", lambda: sheet.only_wrong.setChecked(False))
    clerk.does("search", lambda: QTest.keyClicks(sheet.search, "1380000"))
    clerk.does("search for nothing", sheet.search.clear)
    header = grid.horizontalHeader()
    for key in ("name", "identity"):
        clerk.does(f"sort by {key}", partial(header.sectionDoubleClicked.emit, model.column_of(key)))
    bar = grid.verticalScrollBar()
    for at in range(SCROLLS):
        clerk.does("scroll", partial(bar.setValue, bar.maximum() * at // SCROLLS))
    clerk.does("next problem", lambda: sheet.problems.step(1))
    clerk.does("type into a cell", lambda: model.wanted.emit(model.shown[5], {"wage": "6000"}))
    clerk.does("take it back", sheet.undo.undo)
    clerk.does(f"copy {BLOCK} rows", lambda: _chosen(grid, "identity", "wage", grid.copy))
    clerk.does(f"paste {BLOCK} rows", lambda: _chosen(grid, "identity", "wage", grid.paste))
    clerk.does("take it back", sheet.undo.undo)
    clerk.does(f"fill {BLOCK} rows down", lambda: _chosen(grid, "reason", "wage", grid.fill_down))
    clerk.does("take it back", sheet.undo.undo)
    clerk.does("one value for all of a kind", lambda: _mend(sheet))
    clerk.does("take it back", sheet.undo.undo)
    clerk.does("look for what can be corrected", lambda: _slips(sheet))
    clerk.waits("look for what can be corrected", lambda: sheet.offered is not None)
    assert sheet.offered is not None
    clerk.does(f"correct {len(sheet.offered.chosen)} cells", sheet.offered.confirm.click)
    clerk.does("take it back", sheet.undo.undo)
    clerk.does(f"mark up {ROWS} rows", clerk.page.intake.save_marked)
    clerk.waits(f"mark up {ROWS} rows", lambda: clerk.page.findChild(QFileDialog) is not None)
    clerk.does("save it", lambda: _save(clerk.page, workbook.with_name("标错.xlsx")))
    clerk.does("leave the page", lambda: clerk.window.navigate("workbench"))
    clerk.does("come back", lambda: clerk.window.navigate(ITEM))


def _chosen(grid: Grid, first: str, last: str, then: Callable[[], None]) -> None:
    """Do something with a block of the topmost rows."""
    model = grid.batch
    assert model is not None
    corners = model.index(0, model.column_of(first)), model.index(BLOCK - 1, model.column_of(last))
    grid.setCurrentIndex(corners[0])
    flags = QItemSelectionModel.SelectionFlag.ClearAndSelect
    grid.selectionModel().select(QItemSelection(*corners), flags)
    then()


def _mend(sheet: Worksheet) -> None:
    """Choose the first kind of problem and give all its places one value."""
    group = sheet.tally.groups[0]
    sheet.problems.mended.emit([(line, key) for line, key in group.places if key], "2022-08-01")


def _slips(sheet: Worksheet) -> None:
    """Ask what can be corrected of the first kind of which anything can."""
    sheet.problems.correct.emit(next(one for one in sheet.tally.groups if sheet.correctable(one)))


def _save(page: StaffPage, path: Path) -> None:
    """Answer the question where to."""
    dialog = page.findChild(QFileDialog)
    assert dialog is not None
    dialog.fileSelected.emit(str(path))
    dialog.reject()

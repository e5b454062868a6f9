"""A long file called off by its button in each phase, and a program killed in the middle: all of a batch or nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QPushButton
from pytestqt.qtbot import QtBot

from app.domain.filings import FilingState
from app.domain.progress import Progress
from app.sheets import writing
from app.workflows import preferences
from app.workflows.desk import Desk
from tests.support.people import identity_number
from tests.support.workbooks import HEADER
from tests.ui.conftest import Open
from ui.importing.page import NOTHING, READING, SHEET, StaffPage
from ui.jobs import Job, Jobs

MANY = 20_000
PATIENCE = 30_000
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def workbook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Many people, every tenth with a day that there is not."""
    rows = [(1, [writing.cell(one) for one in HEADER])]
    identity = [identity_number(at) for at in range(1, 999)]
    for at in range(MANY):
        day = "2022-08-01" if at % 10 else "2022-08-32"
        said = (str(at + 1), "张示例", identity[at % 998], "2012-07-01", day, "新增", "6000")
        rows.append((at + 2, [writing.cell(one) for one in said]))
    path = tmp_path_factory.mktemp("many") / "很多人.xlsx"
    path.write_bytes(writing.workbook("人员", rows, writing.Marks(), {}))
    return path


class Gate:
    """Holds the job of a page at the first step of a phase until it is let go, so that it can be called off there."""

    def __init__(self, phase: str) -> None:
        self.phase = phase
        self.reached, self._go = threading.Event(), threading.Event()

    def stand_in(self, jobs: Jobs) -> None:
        """Before every report of its jobs."""
        reporter = jobs._reporter

        def watched(job: Job) -> Progress:
            report = reporter(job)

            def told(done: int, total: int, what: str) -> None:
                if what == self.phase and done and not self.reached.is_set():
                    self.reached.set()
                    self._go.wait(PATIENCE / 1000)
                report(done, total, what)

            return told

        jobs._reporter = watched  # type: ignore[method-assign]

    def let_go(self) -> None:
        """On with it."""
        self._go.set()


@pytest.fixture
def page(qtbot: QtBot, opened: Open, tmp_path: Path) -> StaffPage:
    """The page of 增员 in a window that is shown."""
    home = tmp_path / "home"
    preferences.save(home, replace(preferences.load(home), region="yichang"))
    window = opened().window
    assert window is not None
    window.navigate("enrol")
    found = window.current
    assert isinstance(found, StaffPage)
    qtbot.waitUntil(lambda: found.sheet is not None and not found.opening.busy, timeout=PATIENCE)
    return found


def click_cancel(page: StaffPage) -> None:
    """As the clerk does."""
    (button,) = (one for one in page.intake.screen.findChildren(QPushButton) if one.text() == "取消")
    assert button.isVisible()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def drafts_in(desk: Desk) -> int:
    return len(desk.filings.ids("", "yichang", "enrol", [FilingState.DRAFT]))


@pytest.mark.parametrize("phase", ["读取", "检查", "存为草稿"])
def test_called_off_in_any_phase_nothing_is_kept_and_the_file_can_be_read_again(
    qtbot: QtBot, page: StaffPage, workbook: Path, phase: str
) -> None:
    gate = Gate(phase)
    gate.stand_in(page.context.jobs)
    page.import_file(workbook)
    qtbot.waitUntil(gate.reached.is_set, timeout=PATIENCE)
    assert page.stack.currentIndex() == READING
    click_cancel(page)
    gate.let_go()
    qtbot.waitUntil(lambda: page.stack.currentIndex() == NOTHING, timeout=PATIENCE)
    assert drafts_in(page.context.desk) == 0
    assert page.all_lines == []

    page.import_file(workbook)
    qtbot.waitUntil(lambda: page.stack.currentIndex() == SHEET, timeout=PATIENCE)
    assert drafts_in(page.context.desk) == len(page.all_lines) == MANY


def test_marking_up_is_called_off_and_begun_again(qtbot: QtBot, page: StaffPage, workbook: Path) -> None:
    page.import_file(workbook)
    qtbot.waitUntil(lambda: page.stack.currentIndex() == SHEET, timeout=PATIENCE)
    gate = Gate("标错")
    gate.stand_in(page.context.jobs)
    page.intake.save_marked()
    qtbot.waitUntil(lambda: page.stack.currentIndex() == READING, timeout=PATIENCE)
    qtbot.waitUntil(gate.reached.is_set, timeout=PATIENCE)
    click_cancel(page)
    gate.let_go()
    qtbot.waitUntil(lambda: page.stack.currentIndex() == SHEET, timeout=PATIENCE)
    assert page.findChild(QFileDialog) is None
    assert drafts_in(page.context.desk) == len(page.all_lines) == MANY

    page.intake.save_marked()
    qtbot.waitUntil(lambda: page.findChild(QFileDialog) is not None, timeout=PATIENCE)
    assert page.stack.currentIndex() == SHEET
    dialog = page.findChild(QFileDialog)
    assert dialog is not None
    dialog.reject()


@pytest.mark.parametrize("phase", ["检查", "存为草稿", "kept"])
def test_a_program_that_is_killed_keeps_all_of_a_batch_or_nothing(tmp_path: Path, workbook: Path, phase: str) -> None:
    home = tmp_path / "home"
    preferences.save(home, replace(preferences.load(home), region="yichang"))
    command = [sys.executable, "-m", "tests.support.importing_window", str(home), str(workbook)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, encoding="utf-8", cwd=ROOT, env=os.environ | {"PYTHONUTF8": "1"}
    ) as program:
        assert program.stdout is not None
        assert any(line.strip() == phase for line in program.stdout)
        program.send_signal(getattr(signal, "SIGKILL", signal.SIGTERM))
    desk = Desk(home)
    try:
        assert drafts_in(desk) == (MANY if phase == "kept" else 0)
    finally:
        desk.close()

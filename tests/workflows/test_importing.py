"""A file becomes drafts whole or not at all: called off, or killed at any moment."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.domain.identity import check_digit
from app.domain.months import Month
from app.errors import CalledOff
from app.workflows import importing
from app.workflows.desk import Desk
from tests.support import workbooks

ROOT = Path(__file__).parents[2]
ROWS = 4000
IMPORT = """
import sys
from pathlib import Path
from app.domain.months import Month
from app.workflows import importing
from app.workflows.desk import Desk
desk = Desk(Path(sys.argv[1]))
desk.database
print("begun", flush=True)
checked = importing.check_file(desk, Path(sys.argv[2]), "yichang", "enrol", on=Month(2022, 8))
print("checked", flush=True)
importing.keep(desk, "yichang", "enrol", checked.rows)
print("kept", flush=True)
"""


def roster(path: Path, rows: int = ROWS) -> Path:
    """Made-up people."""
    lines = [workbooks.HEADER]
    for number in range(rows):
        first = f"4205001990{number // 900 % 12 + 1:02d}{number // 31 % 28 + 1:02d}{number % 999:03d}"
        lines.append((str(number), "张示例", first + check_digit(first), "2012-07-01", "2022-08-01", "新增", "6000"))
    return workbooks.text(path, lines)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "home", system_clock=lambda: datetime(2022, 8, 8, tzinfo=UTC))


def test_a_batch_is_kept_as_it_was_checked(desk: Desk, tmp_path: Path) -> None:
    checked = importing.check_file(desk, roster(tmp_path / "hr.csv", 50), "yichang", "enrol", on=Month(2022, 8))
    kept = importing.keep(desk, "yichang", "enrol", checked.rows)
    stored = {one.id: one for one in desk.filings.select(batch=kept.batch)}
    assert [stored[one.id] for one in kept.filings] == list(kept.filings)
    assert [dict(stored[one].values) for one in kept.ids] == [row.values for row in checked.rows]
    assert desk.filings.open_subjects("", "enrol") == {row.values["identity"] for row in checked.rows}
    desk.close()


@pytest.mark.parametrize("at", ["读取", "检查"])
def test_called_off_nothing_is_kept(desk: Desk, tmp_path: Path, at: str) -> None:
    seen: list[tuple[int, int]] = []

    def cancel(done: int, total: int, what: str) -> None:
        seen.append((done, total))
        if what == at:
            raise CalledOff

    with pytest.raises(CalledOff):
        importing.check_file(desk, roster(tmp_path / "hr.csv"), "yichang", "enrol", progress=cancel)
    assert desk.filings.select() == []
    assert all(done <= total for done, total in seen)
    desk.close()


@pytest.mark.skipif(sys.platform == "win32", reason="ends a process by a signal")
def test_killed_in_the_middle_there_are_all_or_none(tmp_path: Path) -> None:
    """A real process, killed at moments spread over the keeping of its batch."""
    path, counts = roster(tmp_path / "hr.csv"), set()
    chosen = random.Random(5)  # noqa: S311 - moments, not secrets
    for turn in range(8):
        home = tmp_path / f"home{turn}"
        program = subprocess.Popen(
            [sys.executable, "-c", IMPORT, str(home), str(path)], stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        assert program.stdout is not None
        assert [program.stdout.readline().strip() for _ in range(2)] == ["begun", "checked"]
        time.sleep(chosen.random() * 0.2)
        program.send_signal(signal.SIGKILL)
        program.wait()
        program.stdout.close()
        desk = Desk(home)
        counts.add(len(desk.filings.select()))
        desk.close()
    assert counts <= {0, ROWS}
    assert 0 in counts

"""A file becomes drafts whole or not at all: called off, or killed at any moment."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from app.domain.filings import FilingState
from app.domain.identity import check_digit
from app.domain.months import Month
from app.errors import CalledOff
from app.workflows import drafts, importing
from app.workflows.desk import Desk
from tests.support import workbooks

if TYPE_CHECKING:
    from collections.abc import Callable

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
desk.filings.settle()
print("settled", flush=True)
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


def test_nobody_sees_whether_a_batch_has_settled(desk: Desk, tmp_path: Path) -> None:
    """Every question is put to a store of its own, in which nobody has asked anything since the batch came."""
    path = roster(tmp_path / "hr.csv", 30)
    questions: list[Callable[[Desk, str], object]] = [
        lambda other, _: len(other.filings.select()),
        lambda other, one: other.filings.get(one).values["name"],
        lambda other, one: other.filings.get(one[:12]).id == one,
        lambda other, one: [state for state, _, _ in other.filings.history(one)],
        lambda other, _: len(other.filings.open_subjects("", "enrol")),
        lambda other, _: len(other.filings.ids("", "yichang", "enrol", [FilingState.DRAFT])),
        lambda other, one: other.filings.give(one, "4205001234"),
    ]
    answers = []
    for turn, question in enumerate(questions):
        other = Desk(tmp_path / f"home{turn}", system_clock=desk.system_clock)
        checked = importing.check_file(other, path, "yichang", "enrol", on=Month(2022, 8))
        kept = importing.keep(other, "yichang", "enrol", checked.rows)
        answers.append(question(other, kept.ids[17]))
        assert len(other.filings.select("4205001234")) == (turn == len(questions) - 1)
        other.close()
    assert answers == [30, "张示例", True, [FilingState.DRAFT], 30, 30, None]
    desk.close()


def test_a_settled_batch_is_what_was_kept(desk: Desk, tmp_path: Path) -> None:
    checked = importing.check_file(desk, roster(tmp_path / "hr.csv"), "yichang", "enrol", on=Month(2022, 8))
    kept = importing.keep(desk, "yichang", "enrol", checked.rows)
    first = kept.filings[0]
    mended = drafts.edit(desk, first, {**first.values, "name": "李示例"})
    importing.keep(desk, "yichang", "enrol", checked.rows[:5])
    assert len(desk.filings.select()) == ROWS + 5
    assert desk.filings.get(first.id) == mended.filing
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
    """A real process, killed at moments spread over the keeping of its batch and over what makes it rows."""
    path, counts = roster(tmp_path / "hr.csv"), set()
    chosen = random.Random(5)  # noqa: S311 - moments, not secrets
    for turn in range(8):
        home = tmp_path / f"home{turn}"
        program = subprocess.Popen(
            [sys.executable, "-c", IMPORT, str(home), str(path)], stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        assert program.stdout is not None
        assert [program.stdout.readline().strip() for _ in range(2)] == ["begun", "checked"]
        time.sleep(chosen.random() * 0.3 if turn > 1 else 0)
        program.send_signal(signal.SIGKILL)
        program.wait()
        program.stdout.close()
        desk = Desk(home)
        found = desk.filings.select()
        counts.add(len(found))
        assert len({one.id for one in found}) == len(found)
        assert all(len(desk.filings.history(one.id)) == 1 for one in found[:: ROWS // 20])
        desk.close()
    assert counts <= {0, ROWS}
    assert 0 in counts

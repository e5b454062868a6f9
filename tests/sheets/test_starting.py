"""A reader is at work before the program is: what is loaded until then, and in the reader, is held small."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from app.errors import InputRefused, UsageError
from app.sheets import reading
from app.sheets.starting import Started
from tests.support import workbooks

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("modules", "heavy"),
    [
        (
            "app.cli.__main__, app.cli.main, app.sheets.starting",
            {"typing", "pathlib", "re", "subprocess", "contextlib"},
        ),
        ("app.sheets.child, app.sheets.flaws, app.sheets.trimming", {"typing", "dataclasses", "subprocess"}),
    ],
)
def test_little_is_loaded_until_a_file_is_read(modules: str, heavy: set[str]) -> None:
    code = f"import sys; before = set(sys.modules); import {modules}; print(*set(sys.modules) - before)"
    # -S: what an environment loads at every start is not ours
    done = subprocess.run([sys.executable, "-S", "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert heavy.isdisjoint(done.stdout.split())


def test_a_file_that_is_not_there_starts_no_reader(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="file-missing"):
        Started(tmp_path / "hr.xlsx")


@pytest.mark.skipif(sys.platform == "win32", reason="ends a process by a signal")
def test_a_reader_that_is_killed_is_told_with_its_end(tmp_path: Path) -> None:
    with reading.Reading(workbooks.xlsx(tmp_path / "hr.xlsx", [workbooks.HEADER])) as one:
        os.kill(one._started._process.pid, signal.SIGKILL)
        one._started._process.wait()
        code, _ = one._started.ended(0)
        assert code == -signal.SIGKILL


@pytest.mark.skipif(sys.platform == "win32", reason="a signal of POSIX")
def test_a_reader_is_followed_where_the_system_keeps_no_exit_codes(tmp_path: Path) -> None:
    """As below a program that ignores the ends of its children."""
    path = workbooks.xlsx(tmp_path / "hr.xlsx", [workbooks.HEADER])
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        assert reading.read(path).sheets
    finally:
        signal.signal(signal.SIGCHLD, before)


@pytest.mark.skipif(sys.platform == "win32", reason="numbers of files as POSIX gives them")
def test_a_reader_speaks_where_the_standard_streams_are_closed(tmp_path: Path) -> None:
    path = workbooks.xlsx(tmp_path / "hr.xlsx", [workbooks.HEADER])
    code = (
        "import os, sys\nfor one in (0, 1): os.close(one)\nfrom pathlib import Path\nfrom app.sheets import reading\n"
        "book = reading.read(Path(sys.argv[1]))\nos.write(2, book.format.encode())"
    )
    done = subprocess.run([sys.executable, "-c", code, path], cwd=ROOT, stderr=subprocess.PIPE, text=True, check=True)
    assert done.stderr == "xlsx"


def test_what_is_no_sheet_is_refused_by_the_reader(tmp_path: Path) -> None:
    path = tmp_path / "hr.xlsx"
    path.write_bytes(b"PK\x03\x04 broken")
    with pytest.raises(InputRefused, match="sheet-truncated"):
        reading.read(path)

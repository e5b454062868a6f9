"""run.py on a small checkout of its own: real virtual environments, real pip, no network."""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HELLO = """\
import os, sys
print("hello from", os.getcwd(), *sys.argv[1:])
sys.exit(3)
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout whose program says hello and whose locks pin nothing, so that it is prepared in seconds."""
    root = tmp_path / "check out"  # people have blanks in their paths
    (root / "requirements").mkdir(parents=True)
    shutil.copy(ROOT / "run.py", root)
    for level in ("runtime", "bureau", "dev"):
        (root / "requirements" / f"{level}.txt").write_text("", encoding="utf-8")
    (root / "app/cli").mkdir(parents=True)
    (root / "app/__init__.py").write_text("", encoding="utf-8")
    (root / "app/cli/__init__.py").write_text("", encoding="utf-8")
    (root / "app/cli/__main__.py").write_text(HELLO, encoding="utf-8")
    return root


def start(root: Path, *arguments: str, cwd: Path | None = None) -> subprocess.Popen[str]:
    environment = {**os.environ, "PIP_NO_INDEX": "1"}
    return subprocess.Popen(
        [sys.executable, str(root / "run.py"), *arguments],
        cwd=cwd or root,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        # A test run in the background has Ctrl+C ignored, and a child inherits that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - no thread of this test forks
    )


def run(root: Path, *arguments: str, cwd: Path | None = None) -> tuple[int, str, str]:
    """Exit code, standard output, standard error."""
    process = start(root, *arguments, cwd=cwd)
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def test_first_start_prepares_and_the_second_goes_straight_to_the_program(checkout: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "app").mkdir(parents=True)  # must not be taken for the program's own app
    (elsewhere / "app/__init__.py").write_text("raise SystemExit('the wrong app')", encoding="utf-8")

    first = run(checkout, "shebao", "--json", "regions", cwd=elsewhere)
    second = run(checkout, "shebao", "--json", "regions", cwd=elsewhere)

    assert first[:2] == (3, f"hello from {elsewhere} --json regions\n")
    assert "建立 .venv" in first[2]
    assert second == (3, f"hello from {elsewhere} --json regions\n", "")


def level_held(root: Path) -> str:
    """What the stamp of a checkout is worth now."""
    program = "import run; print(run.read_stamp())"
    said = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True)
    return said.stdout.strip()


def test_a_changed_lock_a_lost_interpreter_and_a_moved_checkout_void_the_environment(checkout: Path) -> None:
    run(checkout, "shebao")
    lock, python = checkout / "requirements/runtime.txt", checkout / ".venv/bin/python"
    assert level_held(checkout) == "runtime"

    lock.write_text("# changed\n", encoding="utf-8")
    assert level_held(checkout) == ""
    lock.write_text("", encoding="utf-8")
    assert level_held(checkout) == "runtime"

    python.rename(python.with_name("gone"))
    assert level_held(checkout) == ""
    python.with_name("gone").rename(python)
    assert level_held(checkout) == "runtime"

    assert level_held(checkout.rename(checkout.with_name("moved"))) == ""


def test_two_starts_at_once_prepare_once(checkout: Path) -> None:
    both = [start(checkout, "shebao", "one"), start(checkout, "shebao", "two")]
    said = [process.communicate(timeout=120) for process in both]

    assert [process.returncode for process in both] == [3, 3]
    assert sum("建立 .venv" in err for _, err in said) == 1
    assert sum("另一个 run.py" in err for _, err in said) == 1


def test_a_failing_pip_leaves_nothing_that_passes_for_ready(checkout: Path) -> None:
    lock = checkout / "requirements/runtime.txt"
    lock.write_text(f"shebaodesk-unobtainable==1.0 --hash=sha256:{'0' * 64}\n", encoding="utf-8")

    failed = run(checkout, "shebao")
    lock.write_text("", encoding="utf-8")
    mended = run(checkout, "shebao")

    assert failed[:2] == (69, "")
    assert "再运行同一条命令" in failed[2]
    assert "Traceback" not in failed[2]
    assert mended[0] == 3


def test_an_interrupt_while_waiting_ends_quietly(checkout: Path) -> None:
    with (checkout / ".venv.lock").open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        process = start(checkout, "shebao")
        assert process.stderr is not None
        waiting = process.stderr.readline()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)

    assert "另一个 run.py" in waiting
    assert (process.returncode, out, err) == (130, "", "")


@pytest.mark.parametrize(("arguments", "code"), [((), 2), (("fly",), 2), (("--help",), 0)])
def test_wrong_usage_is_answered_with_the_commands(checkout: Path, arguments: tuple[str, ...], code: int) -> None:
    returned, out, err = run(checkout, *arguments)

    assert returned == code
    assert "demo [--headless]" in (out if code == 0 else err)
    assert not (checkout / ".venv").exists()


def test_a_console_that_knows_no_chinese_gets_the_commands_all_the_same() -> None:
    said = subprocess.run(
        [sys.executable, str(ROOT / "run.py"), "--help"],
        env={**os.environ, "PYTHONIOENCODING": "ascii:strict"},
        capture_output=True,
        check=False,
    )

    assert (said.returncode, said.stderr) == (0, b"")
    assert b"demo [--headless]" in said.stdout

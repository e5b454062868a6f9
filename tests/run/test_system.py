"""What run.py says and does when the operating system lacks something."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import run

ROOT = Path(__file__).parents[2]

Script = Callable[[str, str], Path]


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Script:
    """Put shell scripts on an otherwise empty PATH; they stand for the programs of the system."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))

    def write(name: str, body: str) -> Path:
        path = folder / name
        path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
        path.chmod(0o755)
        return path

    return write


@pytest.fixture
def lacking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every command needs a library and a program, each here once a file of its package's name is in this folder."""
    installed = tmp_path / "installed"
    installed.mkdir()
    wanted = [
        run.Need("libfoo.so.0", (installed / "libfoo0t64").exists, ("libfoo0-new", "libfoo0t64", "libfoo0")),
        run.Need("Bar", (installed / "bar").exists, ("bar",)),
    ]
    monkeypatch.setattr(run, "needs", lambda *_: wanted)
    monkeypatch.setattr(run, "LINUX", True)
    return installed


def apt(script: Script, log: Path, install: str) -> None:
    """An apt that knows libfoo0t64, libfoo0 and bar, writes its calls to a log and installs as told."""
    script("apt-cache", 'case "$3" in libfoo0t64|libfoo0|bar) echo "Package: $3";; *) exit 100;; esac')
    script("apt-get", f'shift 2; echo "$@" >> {log}\ncase "$1" in install) shift 4; {install};; esac')


def test_root_gets_what_is_missing_under_the_name_that_this_release_knows(
    script: Script,
    lacking: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    apt(script, tmp_path / "log", f'for name in "$@"; do : > "{lacking}/$name"; done')

    run.prepare_system("demo", [])

    calls = (tmp_path / "log").read_text(encoding="utf-8").splitlines()
    assert calls == ["update -q", "install -y -q --no-install-recommends libfoo0t64 bar"]
    assert "安装系统软件包：libfoo0t64 bar" in capfd.readouterr().err


def test_one_package_that_cannot_be_had_does_not_keep_the_others_away(
    script: Script,
    lacking: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    apt(script, tmp_path / "log", f'case "$*" in bar) : > "{lacking}/bar";; *) echo "E: broken"; exit 100;; esac')

    run.prepare_system("test", [])

    assert sorted(path.name for path in lacking.iterdir()) == ["bar"]
    said = capfd.readouterr().err
    assert "E: broken" in said
    assert "没有装上：libfoo0t64" in said


def test_without_root_one_line_says_exactly_what_to_run_and_nothing_is_installed(
    script: Script,
    lacking: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    apt(script, tmp_path / "log", "exit 1")

    run.prepare_system("test", [])

    said = capfd.readouterr().err.splitlines()
    assert len(said) == 1
    assert "sudo apt-get install -y --no-install-recommends libfoo0t64 bar" in said[0]
    assert not (tmp_path / "log").exists()
    assert list(lacking.iterdir()) == []


@pytest.mark.usefixtures("script", "lacking")
def test_without_apt_the_line_names_the_things_themselves(capfd: pytest.CaptureFixture[str]) -> None:
    run.prepare_system("shebao", [])

    said = capfd.readouterr().err.splitlines()
    assert len(said) == 1
    assert "libfoo.so.0, Bar" in said[0]


@pytest.mark.usefixtures("script", "lacking")
def test_the_demo_does_not_start_on_ground_that_cannot_carry_it() -> None:
    with pytest.raises(run.CannotPrepareError):
        run.prepare_system("demo", [])


def test_windows_without_softhsm_is_told_what_can_be_done(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run, "LINUX", False)
    monkeypatch.setattr(run, "WINDOWS", True)
    monkeypatch.setenv("PROGRAMFILES", "C:\\nowhere")

    code = run.main(["demo"])

    said = capfd.readouterr().err
    assert code == 69
    assert "SoftHSM2 for Windows" in said
    assert "py run.py window" in said
    assert "Traceback" not in said


def test_a_library_is_seen_by_loading_it() -> None:
    assert run.loads("libc.so.6")
    assert not run.loads("libshebaodesk-nowhere.so.1")


def test_the_terminal_interface_needs_nothing_of_the_system_but_venv_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "is_ready", lambda level: level == "runtime")
    assert run.needs("shebao", []) == []

    monkeypatch.setattr(run, "is_ready", lambda _: False)
    assert [need.what for need in run.needs("shebao", [])] == ["python3-venv"]


def test_the_headless_demo_needs_no_display(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":0")

    headless = {need.what for need in run.needs("demo", ["--headless"])}
    on_a_display = {need.what for need in run.needs("demo", [])}

    assert "libxcb-cursor.so.0" not in headless
    assert {"SoftHSM", "libEGL.so.1"} <= headless < on_a_display


def test_an_old_python_hands_over_to_a_newer_one(script: Script) -> None:
    script("python3.12", 'if [ "$1" != -c ]; then echo "$@"; fi')

    said = started_under_an_old_python()

    assert said.stdout == f"{ROOT / 'run.py'} demo --headless\n"


@pytest.mark.usefixtures("script")
def test_an_old_python_alone_gets_a_sentence() -> None:
    said = started_under_an_old_python()

    assert said.returncode == 69
    assert len(said.stderr.splitlines()) == 1
    assert "Python 3.11" in said.stderr


def started_under_an_old_python() -> subprocess.CompletedProcess[str]:
    program = "import run; run.continue_under_a_newer_python(['demo', '--headless'])"
    return subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)


def test_all_checks_run_though_the_first_fails_and_pytest_closes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "python").write_text(
        '#!/bin/sh\ncase "$*" in *"ruff check"*) exit 1;; *pytest*) echo "== 7 passed in 0.1s ==";; esac\n',
        encoding="utf-8",
    )
    (tmp_path / "lint-imports").write_text("#!/bin/sh\n", encoding="utf-8")
    for name in ("python", "lint-imports"):
        (tmp_path / name).chmod(0o755)
    monkeypatch.setattr(run, "PYTHON_IN_VENV", tmp_path / "python")

    code = run.run_checks([])

    *_, closing, summary = capfd.readouterr().out.splitlines()
    assert code == 1
    assert closing == "== 7 passed in 0.1s =="
    assert [word.rpartition(" (")[0] for word in summary.partition(": ")[2].split(" · ")] == [
        "ruff check failed",
        "ruff format ok",
        "mypy ok",
        "import contracts ok",
        "pytest ok",
    ]


def test_arguments_go_to_pytest_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "python").write_text('#!/bin/sh\necho "$@"\nexit 5\n', encoding="utf-8")
    (tmp_path / "python").chmod(0o755)
    monkeypatch.setattr(run, "PYTHON_IN_VENV", tmp_path / "python")

    code = run.run_checks(["-k", "money"])

    said = capfd.readouterr().out
    assert code == 5
    assert "-P -m pytest -k money" in said
    assert "ruff" not in said

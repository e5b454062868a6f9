"""The one-folder program: it holds what a clerk needs and nothing of the workshop, and it starts."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import ImageGrab
from PyInstaller.archive.readers import CArchiveReader, ZlibArchiveReader

ROOT = Path(__file__).parents[2]
WORKSHOP = {"bureau", "tests", "benchmarks", "pytest", "hypothesis", "mypy", "fastapi", "sqlalchemy"}

pytestmark = pytest.mark.build


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built program's folder."""
    folder = tmp_path_factory.mktemp("build")
    folders = ["--distpath", str(folder), "--workpath", str(folder / "work")]
    done = subprocess.run(
        [sys.executable, "-m", "PyInstaller", "--noconfirm", *folders, str(ROOT / "build.spec")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return folder / "shebaodesk"


@pytest.fixture
def display(tmp_path: Path) -> Iterator[str]:
    """A virtual screen of its own, whose number the server picks."""
    reading, writing = os.pipe()
    # A server that begins anew when its last client leaves would turn away the one that comes at that moment.
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1440x900x24", "-nolisten", "tcp", "-noreset"],
        pass_fds=[writing],
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    with os.fdopen(reading) as pipe:
        number = pipe.readline().strip()
    yield f":{number}"
    server.terminate()
    server.wait()


def modules_in(program: Path) -> set[str]:
    """The names of all Python modules inside the program."""
    archive = CArchiveReader(str(program / "shebaodesk"))
    inside = archive.open_embedded_archive("PYZ.pyz")
    assert isinstance(inside, ZlibArchiveReader)
    return set(inside.toc)


def test_it_holds_the_program_and_nothing_of_the_workshop(program: Path) -> None:
    held = modules_in(program)

    assert {"app.domain.money", "app.workflows", "pkcs11_drivers.host", "pkcs11"} <= held
    assert {name.split(".")[0] for name in held} & WORKSHOP == set()


def test_it_holds_the_data_of_every_room(program: Path) -> None:
    inside = program / "_internal"
    data = [path for path in (ROOT / "resources").rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    data += (ROOT / "pkcs11_drivers").rglob("*.toml")

    assert [path for path in data if not (inside / path.relative_to(ROOT)).is_file()] == []


def test_it_starts_as_the_child_that_owns_a_ukey_and_ends_with_its_input(program: Path) -> None:
    done = subprocess.run(
        [program / "shebaodesk", "--token-host", "/nowhere/libukey.so"],
        input=b"",
        capture_output=True,
        timeout=60,
        check=False,
    )

    assert (done.returncode, done.stdout) == (0, b"")


def test_it_starts_on_a_bare_machine_and_shows_its_window(program: Path, display: str, tmp_path: Path) -> None:
    elsewhere = shutil.copytree(program, tmp_path / "安装 folder")
    environment = {
        "DISPLAY": display,
        "HOME": str(tmp_path),
        "SHEBAO_HOME": str(tmp_path / "home"),
        "PATH": "/usr/bin:/bin",
    }
    started = subprocess.Popen([elsewhere / "shebaodesk"], env=environment, stderr=subprocess.PIPE, text=True)
    try:
        colours = 0
        deadline = time.monotonic() + 60
        while colours < 20 and started.poll() is None and time.monotonic() < deadline:
            time.sleep(0.2)
            seen = ImageGrab.grab(xdisplay=display).getcolors(maxcolors=1 << 24)
            colours = len(seen or [])
        assert started.poll() is None, started.communicate()[1]
        assert colours >= 20, "the screen stayed empty"
    finally:
        started.terminate()
        started.communicate(timeout=30)

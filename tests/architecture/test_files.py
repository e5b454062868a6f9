"""What holds for every file: modules stay short, two places need nothing but Python, locks are portable."""

import ast
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("app", "benchmarks", "bureau", "pkcs11_drivers", "resources", "tests", "ui")
LONGEST = 600
LOCKS = ("runtime", "bureau", "dev")
PINNED = re.compile(r"(?P<name>[a-z0-9-]+)==(?P<version>[0-9][\w.!+]*)( ; [\w\s.'<>=!()]+)? \\")
HASHED = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")


def modules() -> list[Path]:
    """Every Python file of the project, run.py included."""
    return [ROOT / "run.py", *(path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py")))]


def foreign_imports(path: Path, own: str) -> list[str]:
    """What a module imports that is neither of the standard library nor of the package `own`."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [name.name for name in node.names]
        elif isinstance(node, ast.ImportFrom):
            found.append("." * node.level + (node.module or ""))
    allowed = sys.stdlib_module_names
    return [name for name in found if name.split(".")[0] not in allowed and f"{name}.".split(f"{own}.")[0] != ""]


def pins(lock: str) -> dict[str, str]:
    """The packages that a lock file pins, with their versions."""
    text = (ROOT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8")
    return {found["name"]: found["version"] for found in map(PINNED.fullmatch, text.splitlines()) if found}


def test_no_module_is_too_long_to_be_read() -> None:
    lengths = {path.relative_to(ROOT): len(path.read_text(encoding="utf-8").splitlines()) for path in modules()}

    assert len(lengths) > 1
    assert {path: length for path, length in lengths.items() if length > LONGEST} == {}


def test_the_domain_needs_the_standard_library_only() -> None:
    paths = sorted((ROOT / "app/domain").rglob("*.py"))

    assert paths
    assert [(path.name, foreign) for path in paths if (foreign := foreign_imports(path, "app.domain"))] == []


def test_run_py_needs_the_standard_library_only() -> None:
    assert foreign_imports(ROOT / "run.py", "run") == []


@pytest.mark.parametrize("line", ["import requests", "from requests.sessions import Session", "import app.regions"])
def test_a_foreign_import_planted_in_the_domain_is_named(tmp_path: Path, line: str) -> None:
    planted = tmp_path / "planted.py"
    planted.write_text(f"import decimal\nfrom app.domain.money import fen\ndef f():\n    {line}\n", encoding="utf-8")

    assert foreign_imports(planted, "app.domain") == [line.split()[1]]


def test_run_py_is_read_by_an_old_python_so_that_it_can_say_what_is_missing() -> None:
    ast.parse((ROOT / "run.py").read_text(encoding="utf-8"), feature_version=(3, 7))


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_file_holds_pins_and_hashes_and_no_address(lock: str) -> None:
    lines = (ROOT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8").splitlines()

    assert len(pins(lock)) > len(direct_dependencies(lock))
    assert [line for line in lines if not PINNED.fullmatch(line) and not HASHED.fullmatch(line)] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_file_pins_what_is_asked_for(lock: str) -> None:
    assert direct_dependencies(lock) - pins(lock).keys() == set()


def test_the_lock_files_agree() -> None:
    assert pins("runtime").items() <= pins("bureau").items() <= pins("dev").items()


def test_the_window_stays_below_the_qt_that_aborts() -> None:
    major, minor, *_ = (int(part) for part in pins("runtime")["pyside6-essentials"].split("."))

    assert (major, minor) < (6, 12)


def direct_dependencies(lock: str) -> set[str]:
    """The names in an .in file, written as a lock file writes them."""
    lines = (ROOT / "requirements" / f"{lock}.in").read_text(encoding="utf-8").splitlines()
    names = [re.match(r"[\w-]+", line) for line in lines]
    return {name[0].lower().replace("_", "-") for name in names if name and not name[0].startswith("-")}

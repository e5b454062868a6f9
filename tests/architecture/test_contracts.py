"""The import contracts of pyproject.toml hold, and each one bites when it is violated."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("app", "bureau", "pkcs11_drivers", "ui")


def lint_imports(tree: Path) -> subprocess.CompletedProcess[str]:
    """What `lint-imports` says of a tree; -I so that it sees that tree and not this checkout."""
    program = "import sys; sys.path.insert(0, ''); from importlinter.cli import lint_imports_command as run; run()"
    return subprocess.run(
        [sys.executable, "-I", "-c", program, "--no-cache", "--no-logo"],
        cwd=tree,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of what the contracts speak of."""
    for room in ROOMS:
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_contracts_hold(tree: Path) -> None:
    said = lint_imports(tree)

    assert said.returncode == 0, said.stdout + said.stderr
    assert "0 broken" in said.stdout


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("app.workflows.planted", "import PySide6.QtCore", "No Qt below ui"),
        ("bureau.planted", "from PySide6 import QtCore", "No Qt below ui"),
        ("pkcs11_drivers.planted", "import shiboken6", "No Qt below ui"),
        ("app.workflows.planted", "import pkcs11", "Only pkcs11_drivers imports pkcs11"),
        ("ui.planted", "import pkcs11.exceptions", "Only pkcs11_drivers imports pkcs11"),
        ("bureau.planted", "import pkcs11", "Only pkcs11_drivers imports pkcs11"),
        ("ui.planted", "import bureau", "The program knows nothing of the reference bureau"),
        ("app.cli.planted", "import bureau", "The program knows nothing of the reference bureau"),
        ("bureau.planted", "import app.workflows", "The bureau shares the pure parts of app with the client"),
        ("bureau.planted", "import pkcs11_drivers", "The bureau shares the pure parts of app with the client"),
        ("app.domain.planted", "import app.regions", "A room imports only what stands below it"),
        ("app.rules.planted", "import app.sheets", "A room imports only what stands below it"),
        ("app.store.planted", "import app.workflows", "A room imports only what stands below it"),
        ("app.workflows.planted", "import ui", "A room imports only what stands below it"),
        ("pkcs11_drivers.planted", "import app.domain", "A room imports only what stands below it"),
    ],
)
def test_a_planted_violation_is_caught_and_named(tree: Path, module: str, line: str, contract: str) -> None:
    tree.joinpath(*module.split(".")).with_suffix(".py").write_text(line + "\n", encoding="utf-8")

    said = lint_imports(tree)

    assert said.returncode == 1, said.stdout + said.stderr
    broken = [row for row in said.stdout.splitlines() if " BROKEN" in row]
    assert any(row.startswith(contract) for row in broken), said.stdout
    assert f"{module} -> {line.split()[1].partition('.')[0]}" in said.stdout.replace("\n", " "), said.stdout

"""The command line over a home of its own, as its user runs it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.cli.main import run


class Shell:
    """Runs commands over one home and returns exit code and JSON."""

    def __init__(self, home: Path, capture: pytest.CaptureFixture[str]) -> None:
        self._home = home
        self._capture = capture
        self.said = ""

    def __call__(self, *words: str) -> tuple[int, dict[str, Any]]:
        code = run(["--json", "--home", str(self._home), *words])
        captured = self._capture.readouterr()
        self.said = captured.err
        lines = captured.out.splitlines()
        assert len(lines) <= 1, "one JSON object and nothing else on standard output"
        return code, json.loads(lines[0]) if lines else {}


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.setenv("SHEBAO_KEY_IN_FILE", "1")
    return Shell(tmp_path / "home", capsys)

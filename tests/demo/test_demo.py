"""``run.py demo --headless``, as its user runs it: every step ok, the documents there and readable."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.documents.raster import page_count

CHECKOUT = Path(__file__).resolve().parents[2]
BILLS = {"yichang": "社会保险费应缴认定单.pdf", "zaozhuang": "社会保险缴费单据.pdf"}


@pytest.mark.parametrize("region", list(BILLS))
def test_the_whole_job_without_a_screen(tmp_path: Path, region: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    done = subprocess.run(
        [sys.executable, "-m", "bureau.demo", "--headless", "--region", region, "--out", str(tmp_path)],
        cwd=CHECKOUT,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    summary = json.loads((tmp_path / "summary.json").read_text("utf-8"))
    assert done.returncode == 0, done.stderr
    assert summary["ok"] is True
    assert summary["region"] == region
    assert [step["name"] for step in summary["steps"] if not step["ok"]] == []
    assert {BILLS[region], "增加表.pdf", "减少表.pdf", "标出问题的表格.xlsx"} <= set(summary["documents"])
    for name in summary["documents"]:
        content = (tmp_path / name).read_bytes()
        assert len(content) > 1000
        if name.endswith(".pdf"):
            assert page_count(content) >= 1
    assert len([name for name in summary["documents"] if name.startswith("窗口-")]) >= 6
    assert "Traceback" not in done.stderr

"""``run.py demo --headless``, as its user runs it: every step ok, the documents there and readable."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.documents.raster import page_count
from bureau import training

CHECKOUT = Path(__file__).resolve().parents[2]
PRINTS = {
    "harbin": {"社会保险费缴费通知单.pdf"},
    "ningbo": {"社会保险费缴费核定单.pdf", "参保证明.pdf"},
    "shaanxi": {"征集计划单.pdf", "申报记录.xlsx"},
    "yichang": {"社会保险费应缴认定单.pdf", "参保证明.pdf"},
    "zaozhuang": {"社会保险缴费单据.pdf", "电子单据信息查询.xlsx"},
}
"""What a month ends with in each region besides what they share."""


def test_every_region_is_played() -> None:
    assert set(PRINTS) == set(training.regions())


@pytest.mark.parametrize("region", list(PRINTS))
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
    assert done.returncode == 0, done.stderr
    summary = json.loads((tmp_path / "summary.json").read_text("utf-8"))
    assert summary["ok"] is True
    assert summary["region"] == region
    assert [step["name"] for step in summary["steps"] if not step["ok"]] == []
    assert PRINTS[region] | {"增加表.pdf", "减少表.pdf", "标出问题的表格.xlsx"} <= set(summary["documents"])
    for name in summary["documents"]:
        content = (tmp_path / name).read_bytes()
        assert len(content) > 1000
        if name.endswith(".pdf"):
            assert page_count(content) >= 1
    assert len([name for name in summary["documents"] if name.startswith("窗口-")]) >= 6
    assert "Traceback" not in done.stderr

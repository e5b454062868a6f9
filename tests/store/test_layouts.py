"""What a clerk said of a workbook's columns is there the next time."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from app.store.database import Database
from app.store.layouts import Layouts
from tests.store.test_store import key_of

LAYOUT = frozenset(("员工", "证号"))
TOLD = {"员工": "name", "证号": "identity"}


def test_layouts_are_kept(tmp_path: Path) -> None:
    database = Database(tmp_path, key_of(tmp_path))
    layouts = Layouts(database)
    now = datetime(2022, 8, 8, tzinfo=UTC)
    layouts.put("yichang", "enrol", LAYOUT, {"员工": "name"}, now)
    layouts.put("yichang", "enrol", LAYOUT, TOLD, now)
    assert layouts.known("yichang", "enrol") == {LAYOUT: TOLD}
    assert layouts.known("yichang", "stop") == {}
    layouts.forget("yichang", "stop", LAYOUT)
    layouts.forget("yichang", "enrol", LAYOUT - {"员工"})
    assert layouts.known("yichang", "enrol") == {LAYOUT: TOLD}
    layouts.forget("yichang", "enrol", LAYOUT)
    assert layouts.known("yichang", "enrol") == {}
    database.close()

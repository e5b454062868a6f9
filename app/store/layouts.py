"""Layouts of workbooks that the clerk has explained once: which title is which field of an item."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet
    from datetime import datetime

    from app.store.database import Database


class Layouts:
    """By region and item; a layout is known by its titles, wherever they stand."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def put(self, region: str, item: str, layout: AbstractSet[str], columns: Mapping[str, str], at: datetime) -> None:
        """Keep which title is which field ("": none), in place of what was said of this layout before."""
        titles, told = (json.dumps(one, ensure_ascii=False) for one in (sorted(layout), dict(columns)))
        self._db.run(
            "INSERT OR REPLACE INTO layouts VALUES (?, ?, ?, ?, ?)", (region, item, titles, told, at.isoformat())
        )

    def forget(self, region: str, item: str, layout: AbstractSet[str]) -> None:
        """What was said of this layout is not so any more."""
        titles = json.dumps(sorted(layout), ensure_ascii=False)
        self._db.run("DELETE FROM layouts WHERE region = ? AND item = ? AND titles = ?", (region, item, titles))

    def known(self, region: str, item: str) -> dict[frozenset[str], dict[str, str]]:
        """All that was said of an item's layouts."""
        rows = self._db.rows("SELECT titles, columns FROM layouts WHERE region = ? AND item = ?", (region, item))
        return {frozenset(json.loads(titles)): json.loads(columns) for titles, columns in rows}

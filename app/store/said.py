"""What the bureau last said, kept so that the clerk can work offline, with when it was heard."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.store.database import Database

ANY_UNIT = ""


class Said:
    """JSON values by unit and topic. Settings of this computer that are nobody's secret live elsewhere."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def put(self, unit_number: str, topic: str, content: Any, at: datetime) -> None:  # noqa: ANN401 - any JSON
        """Keep what was heard, in place of what was heard before."""
        self._db.run(
            "INSERT OR REPLACE INTO said VALUES (?, ?, ?, ?)",
            (unit_number, topic, json.dumps(content, ensure_ascii=False), at.isoformat()),
        )

    def get(self, unit_number: str, topic: str) -> Any:  # noqa: ANN401 - any JSON
        """What was heard last, None where nothing was."""
        row = self._db.row("SELECT content FROM said WHERE unit_number = ? AND topic = ?", (unit_number, topic))
        return None if row is None else json.loads(row[0])

    def heard_at(self, unit_number: str, topic: str) -> datetime | None:
        """When it was heard."""
        row = self._db.row("SELECT heard_at FROM said WHERE unit_number = ? AND topic = ?", (unit_number, topic))
        return None if row is None else datetime.fromisoformat(row[0])

    def forget(self, unit_number: str, topic: str) -> None:
        """Drop it."""
        self._db.run("DELETE FROM said WHERE unit_number = ? AND topic = ?", (unit_number, topic))

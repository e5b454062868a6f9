"""The choices of this computer's user that are nobody's secret: looks, window size, the bureau's address.

They lie in a file of their own beside the database, because the window needs them before the database is opened.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.workflows.desk import Endpoint

FILE = "preferences.json"
APPEARANCES = ("system", "light", "dark")


@dataclass(frozen=True, slots=True)
class Preferences:
    """What was chosen.

    ``appearance`` is one of APPEARANCES, ``scale`` the size of the text in percent (100 to 200), ``bureau`` an address
    or "", ``authority`` the path of the pinned authority's certificate or "", ``region`` the region to work for before
    the first login or "". ``width`` and ``height`` are the window's, in pixels. ``folder`` is where the last file lay,
    ``columns`` the widths that columns were given, by table and title, for a text size of 100.
    """

    appearance: str = "system"
    scale: int = 100
    bureau: str = ""
    authority: str = ""
    region: str = ""
    width: int = 1366
    height: int = 768
    maximised: bool = False
    folder: str = ""
    columns: dict[str, dict[str, int]] = field(default_factory=dict)

    @property
    def endpoint(self) -> Endpoint | None:
        """Where the bureau is, None where nobody has said."""
        from app.workflows.desk import Endpoint  # the window shows itself before all that stands behind it is loaded

        return Endpoint(self.bureau, Path(self.authority) if self.authority else None) if self.bureau else None


def load(home: Path) -> Preferences:
    """What was kept; what is missing, unknown or of another type counts as not chosen."""
    try:
        kept: Any = json.loads((home / FILE).read_text("utf-8"))
    except (OSError, ValueError):
        return Preferences()
    if not isinstance(kept, dict):
        return Preferences()
    nothing = Preferences()
    known = {
        one.name: kept[one.name]
        for one in fields(Preferences)
        if type(kept.get(one.name)) is type(getattr(nothing, one.name))
    }
    if known.get("appearance") not in APPEARANCES:
        known.pop("appearance", None)
    known["columns"] = {
        table: {title: width for title, width in widths.items() if type(width) is int and width > 0}
        for table, widths in known.get("columns", {}).items()
        if isinstance(widths, dict)
    }
    known["scale"] = max(100, min(200, known.get("scale", 100)))
    return Preferences(**known)


def save(home: Path, preferences: Preferences) -> None:
    """Keep them. Raises UsageError ``file-unwritable``."""
    from app.workflows.papers import write

    write(home / FILE, json.dumps(asdict(preferences), ensure_ascii=False, indent=1).encode())

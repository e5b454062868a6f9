"""Where the data lies that comes with the program: packs, fonts, icons, messages."""

from __future__ import annotations

from pathlib import Path
from typing import Final

RESOURCES: Final = Path(__file__).resolve().parents[1] / "resources"

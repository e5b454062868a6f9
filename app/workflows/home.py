"""Where a program keeps its data unless told otherwise."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def default_home() -> Path:
    """``$SHEBAO_HOME``, else the platform's own folder for what a program keeps."""
    chosen = os.environ.get("SHEBAO_HOME")
    if chosen:
        return Path(chosen)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / "ShebaoDesk"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "ShebaoDesk"
    return Path(os.environ.get("XDG_DATA_HOME", Path.home() / ".local" / "share")) / "shebaodesk"

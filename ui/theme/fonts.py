"""The typeface: Microsoft YaHei UI where Windows has it, the Noto Sans SC that comes with the program elsewhere.

The figures of both are of one width, so that columns of amounts stand one below the other.
"""

from __future__ import annotations

from PySide6.QtGui import QFontDatabase

from app.resources import RESOURCES

ON_WINDOWS = "Microsoft YaHei UI"
EMBEDDED = "Noto Sans SC"
FILES = ("NotoSansSC-Regular.ttf", "NotoSansSC-Bold.ttf")


def family() -> str:
    """The family to use, loaded if need be. A QApplication must be there."""
    if ON_WINDOWS in QFontDatabase.families():
        return ON_WINDOWS
    if EMBEDDED not in QFontDatabase.families():
        for file in FILES:
            QFontDatabase.addApplicationFont(str(RESOURCES / "fonts" / file))
    return EMBEDDED

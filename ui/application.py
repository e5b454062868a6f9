"""The Qt application, made once, with Qt's own words in Chinese."""

from __future__ import annotations

from PySide6.QtCore import QLibraryInfo, QTranslator
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from app.resources import RESOURCES

#: What Qt says by itself: in its dialogs for files and printing, in the menu of a text field.
WORDS = "qtbase_zh_CN"


def application(arguments: list[str] | None = None) -> QApplication:
    """The one of this process."""
    there = QApplication.instance()
    if isinstance(there, QApplication):
        return there
    made = QApplication(arguments or ["shebaodesk"])
    made.setApplicationName("ShebaoDesk")
    made.setApplicationDisplayName("社保申报")
    made.setWindowIcon(QIcon(str(RESOURCES / "icons" / "application.png")))
    # Whatever language the system has: the program speaks Chinese, and half of a window in another tongue helps nobody.
    words = QTranslator(made)
    if words.load(WORDS, QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
        made.installTranslator(words)
    return made

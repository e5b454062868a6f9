"""What the clerk made of the window and finds again at the next start: widths of columns, the folder of the last file.

It goes with the other preferences, which are written when the window closes.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QStandardPaths

from ui.frame import Frame

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtWidgets import QWidget

    from ui.context import Context


def widths(widget: QWidget, table: str) -> Mapping[str, int]:
    """The widths that columns of a table were given, by title, at 100 %."""
    context = _context_of(widget)
    return context.preferences.columns.get(table, {}) if context else {}


def keep_widths(widget: QWidget, table: str, given: Mapping[str, int]) -> None:
    """All that are given now; none forgets the table."""
    context = _context_of(widget)
    if context is not None:
        columns = {name: kept for name, kept in context.preferences.columns.items() if name != table}
        if given:
            columns[table] = dict(given)
        context.preferences = replace(context.preferences, columns=columns)


def folder(widget: QWidget) -> Path:
    """Where the last file lay, else the clerk's documents: the program's own folder is no place for them."""
    context = _context_of(widget)
    kept = context.preferences.folder if context else ""
    documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    return next((one for one in map(Path, (kept, documents)) if one.name and one.is_dir()), Path.home())


def keep_folder(widget: QWidget, file: Path) -> None:
    """A file was chosen."""
    context = _context_of(widget)
    if context is not None:
        context.preferences = replace(context.preferences, folder=str(file.parent))


def _context_of(widget: QWidget) -> Context | None:
    """That of the window it stands in; None before it stands in any. A dialog belongs to the window below it."""
    at: QWidget | None = widget
    while at is not None:
        if isinstance(at, Frame):
            return at.context
        at = at.parentWidget()
    return None

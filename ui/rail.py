"""The rail at the left: the pages, reached by a click or by Alt and a figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QButtonGroup, QFrame, QSizePolicy, QToolButton, QVBoxLayout

from ui.theme import SMALL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QResizeEvent

    from ui.pages import Entry
    from ui.theme import Theme

WIDTH, ROW, GAP = 184, 41, 2


class Rail(QFrame):
    """``chosen`` carries the name of the page."""

    chosen = Signal(str)

    def __init__(self, theme: Theme, entries: Sequence[Entry]) -> None:
        super().__init__()
        self.setObjectName("rail")
        self._theme = theme
        self._entries = {entry.name: entry for entry in entries}
        self._buttons: dict[str, QToolButton] = {}
        self._group = QButtonGroup(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, SMALL, 0, SMALL)
        column.setSpacing(GAP)
        everywhere = [one.name for one in entries if not one.asks]
        for entry in entries:
            # A figure means the same page in every region.
            button = self._button(entry, everywhere.index(entry.name) + 1 if entry.name in everywhere else 0)
            self._group.addButton(button)
            self._buttons[entry.name] = button
            column.addWidget(button)
        column.addStretch(1)
        theme.changed.connect(self._dress)
        self._dress()

    @property
    def has_focus(self) -> bool:
        """Whether the keyboard is in it."""
        return any(button.hasFocus() for button in self._buttons.values())

    def mark(self, name: str) -> None:
        """Show where the clerk is; a page that is not on the rail marks nothing."""
        self._group.setExclusive(False)
        for other, button in self._buttons.items():
            button.setChecked(other == name)
        self._group.setExclusive(name in self._buttons)
        self._dress()

    def show_only(self, names: set[str]) -> None:
        """Show the pages that the region has."""
        for name, button in self._buttons.items():
            button.setVisible(name in names)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Every page has its place in sight: with large text on a small screen the rows stand closer."""
        there = [button for button in self._buttons.values() if not button.isHidden()]
        room = (self.height() - 2 * SMALL) // max(1, len(there)) - GAP
        for button in there:
            button.setFixedHeight(max(1, min(self._theme.px(ROW), room)))

    def _button(self, entry: Entry, number: int) -> QToolButton:
        button = QToolButton()
        button.setProperty("role", "rail")
        button.setText(f" {entry.title}")
        button.setProperty("level", entry.level)
        button.setAccessibleName(entry.title)
        button.setCheckable(True)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        if 1 <= number <= 9:
            # Not the button's own shortcut: that shows the button pressed for a tenth of a second before it acts.
            QShortcut(QKeySequence(f"Alt+{number}"), self, lambda: self.chosen.emit(entry.name))
            button.setToolTip(f"{entry.title}（Alt+{number}）")
        button.clicked.connect(lambda: self.chosen.emit(entry.name))
        return button

    def _dress(self) -> None:
        # Half of what the text grows: at 200 % the page needs the width more than the rail does.
        self.setFixedWidth(round(WIDTH * (1 + (self._theme.scale - 100) / 200)))
        size = self._theme.px(18)
        for name, button in self._buttons.items():
            role = "accent" if button.isChecked() else "secondary"
            button.setIcon(self._theme.icon(self._entries[name].icon, role, 18))
            button.setIconSize(QSize(size, size))
        self._fit()

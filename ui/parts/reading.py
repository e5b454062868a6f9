"""While a file is read: how far, and the way to stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QProgressBar, QVBoxLayout, QWidget

from ui.parts.buttons import Button
from ui.parts.text import label
from ui.theme import MEDIUM

if TYPE_CHECKING:
    from ui.theme import Theme


class Reading(QWidget):
    """``cancelled`` when the clerk wants it to stop."""

    cancelled = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._name = ""
        column = QVBoxLayout(self)
        column.setSpacing(MEDIUM)
        self._words = label("", "section")
        self._words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(theme.px(420))
        cancel = Button(theme, "取消")
        cancel.clicked.connect(self.cancelled)
        column.addStretch(1)
        column.addWidget(self._words)
        column.addWidget(self._bar, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(cancel, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(2)

    def begin(self, name: str, doing: str = "读") -> None:
        """A file of that name."""
        self._name = name
        self._words.setText(f"正在{doing} {name}")
        self._bar.setRange(0, 0)

    def progress(self, done: int, total: int, what: str) -> None:
        """So far of so many; of one, nobody knows how far."""
        if total > 1:
            self._bar.setRange(0, total)
            self._bar.setValue(done)
            self._words.setText(f"正在{what}　{done:,} / {total:,}")
        else:
            self._bar.setRange(0, 0)
            self._words.setText(f"正在{what} {self._name}")

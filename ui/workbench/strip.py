"""The last twelve months in a row: declared, missed, this one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from app.workflows.month import MonthState
from ui.parts.buttons import FLAT, Button, IconLabel
from ui.parts.cards import clear
from ui.parts.text import label
from ui.theme import SMALL, TINY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.domain.months import Month
    from ui.theme import Theme

_LOOKS = {
    MonthState.DECLARED: ("circle-check", "success", "已申报"),
    MonthState.MISSED: ("circle-alert", "error", "漏报"),
    MonthState.CURRENT: ("circle", "info", "本月"),
    MonthState.UNKNOWN: ("minus", "disabled", "未知"),
}


class MonthStrip(QWidget):
    """``chosen`` carries the month that was pressed."""

    chosen = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(TINY)

    def show_months(self, months: Sequence[tuple[Month, MonthState]], shown: Month) -> None:
        """Other months."""
        clear(self._row)
        for month, state in months:
            self._row.addWidget(self._month(month, state, is_shown=month == shown), 1)

    def _month(self, month: Month, state: MonthState, *, is_shown: bool) -> QFrame:
        icon, role, word = _LOOKS[state]
        frame = QFrame()
        if is_shown:
            frame.setProperty("chip", "info")
        column = QVBoxLayout(frame)
        column.setContentsMargins(TINY, TINY, TINY, SMALL)
        column.setSpacing(2)
        button = Button(self._theme, f"{month.number}月", role=FLAT)
        button.setAccessibleName(f"{month.spoken} {word}")
        button.setToolTip(f"{month.spoken} {word}")
        button.clicked.connect(lambda: self.chosen.emit(month))
        mark = QHBoxLayout()
        mark.setSpacing(TINY)
        mark.addStretch(1)
        mark.addWidget(IconLabel(self._theme, icon, role, 14))
        words = label(word, "small")
        mark.addWidget(words)
        mark.addStretch(1)
        column.addWidget(button)
        column.addLayout(mark)
        return frame

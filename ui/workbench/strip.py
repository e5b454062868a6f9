"""The last twelve months in a row: declared, missed, this one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

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
        self._months: tuple[QFrame, ...] = ()
        self._folded = False
        self._row = QGridLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(TINY)

    def show_months(self, months: Sequence[tuple[Month, MonthState]], shown: Month) -> None:
        """Other months."""
        clear(self._row)
        self._months = tuple(self._month(month, state, is_shown=month == shown) for month, state in months)
        self._place()

    def fold(self, *, folded: bool) -> None:
        """Two rows of six instead of one of twelve."""
        if folded != self._folded:
            self._folded = folded
            self._place()

    def _place(self) -> None:
        across = 6 if self._folded else 12
        for at, month in enumerate(self._months):
            self._row.addWidget(month, at // across, at % across)

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

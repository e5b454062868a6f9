"""Where in the three steps one stands: 说明, 填写, 确认."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from ui.parts.text import label, retone
from ui.theme import SMALL

TITLES = ("1　说明", "2　填写", "3　确认")


class StepBar(QWidget):
    """Where in the three steps one stands."""

    def __init__(self) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SMALL)
        self._labels: list[QLabel] = []
        for at, title in enumerate(TITLES):
            if at:
                line = QFrame()
                line.setProperty("role", "line")
                line.setFixedWidth(48)
                row.addWidget(line)
            one = label(title)
            self._labels.append(one)
            row.addWidget(one)
        row.addStretch(1)

    def mark(self, step: int) -> None:
        """This step is the one."""
        for at, one in enumerate(self._labels):
            one.setProperty("role", "strong" if at == step else "secondary")
            retone(one, TITLES[at], "info" if at == step else "success" if at < step else "")
            one.style().unpolish(one)
            one.style().polish(one)

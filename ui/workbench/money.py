"""Where the money is: a dot for each stage, with when it was reached or is to be expected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.parts.text import DASH, minute

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QPaintEvent

    from app.workflows.month import StageReached
    from ui.theme import Theme

DOT = 7


class MoneyTracker(QWidget):
    """The stages in a row; painted, because a line runs through the dots."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._stages: tuple[StageReached, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("缴款进度")
        theme.changed.connect(self.updateGeometry)

    def show_stages(self, stages: Sequence[StageReached]) -> None:
        """Other stages."""
        self._stages = tuple(stages)
        self.setAccessibleDescription("；".join(f"{one.name} {_when(one)}" for one in self._stages))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(400), self._theme.px(76))

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._stages:
            return
        theme, painter = self._theme, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        step = self.width() / len(self._stages)
        dot, y = theme.px(DOT), theme.px(14)
        places = [step * (at + 0.5) for at in range(len(self._stages))]
        for at in range(len(places) - 1):
            done = self._stages[at + 1].reached_at is not None
            painter.setPen(QPen(theme.colour("success" if done else "line"), 2))
            painter.drawLine(QPointF(places[at] + dot + 4, y), QPointF(places[at + 1] - dot - 4, y))
        for x, stage in zip(places, self._stages, strict=True):
            reached = stage.reached_at is not None
            painter.setPen(QPen(theme.colour("success" if reached else "strong_line"), 2))
            painter.setBrush(theme.colour("success" if reached else "surface"))
            painter.drawEllipse(QPointF(x, y), dot, dot)
            if reached:
                size = theme.px(10)
                check = theme.pixmap("check", "surface", 10)
                painter.drawPixmap(QPointF(x - size / 2, y - size / 2), check)
            area = QRect(round(x - step / 2), y + dot + theme.px(6), round(step), theme.px(20))
            painter.setFont(theme.font(13, bold=reached))
            painter.setPen(theme.colour("text" if reached else "secondary"))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, stage.name)
            painter.setFont(theme.font(12))
            painter.setPen(theme.colour("secondary"))
            painter.drawText(area.translated(0, theme.px(20)), Qt.AlignmentFlag.AlignCenter, _when(stage))
        painter.end()


def _when(stage: StageReached) -> str:
    if stage.reached_at is not None:
        return minute(stage.reached_at)[5:]
    return f"预计 {minute(stage.expected_by)[5:]}" if stage.expected_by else DASH

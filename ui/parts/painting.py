"""Paints the cells of a table by hand.

A frame of the plain view asks for a dozen roles of each cell of which most are unused; this one asks for none of them
and paints text, icon and ground itself.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QCheckBox, QStyle, QStyledItemDelegate, QStyleOptionButton, QToolTip

from ui.theme import SMALL

if TYPE_CHECKING:
    from PySide6.QtGui import QHelpEvent, QPainter
    from PySide6.QtWidgets import QAbstractItemView, QStyleOptionViewItem

    from ui.parts.rows import Index, Rows
    from ui.theme import Theme

ROW_HEIGHT = 32


class Painter(QStyledItemDelegate):
    """Paints a cell: ground, icon, one line of text."""

    def __init__(self, theme: Theme, rows: Rows[Any]) -> None:
        super().__init__()
        self._theme, self._rows = theme, rows
        theme.changed.connect(self._prepare)
        self._prepare()

    @functools.cached_property
    def _box(self) -> QCheckBox:
        """Never shown: the style draws the marks in the cells as it draws this one, so they look like all others."""
        return QCheckBox()

    def _prepare(self) -> None:
        self._font = self._theme.font()
        self._metrics = QFontMetrics(self._font)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """What the cell needs: a double click on the edge of a column's title makes it as wide."""
        column, row = self._rows.columns[index.column()], self._rows.shown[index.row()]
        icon = self._theme.px(14) + 6 if column.look and column.look(row) else 0
        text = self._metrics.horizontalAdvance(column.text(row))
        return QSize(text + icon + 2 * self._theme.px(SMALL) + 1, self._theme.px(ROW_HEIGHT))

    def helpEvent(self, event: QHelpEvent, view: QAbstractItemView, option: QStyleOptionViewItem, index: Index) -> bool:
        """The tip of the column, else the whole of a text that is cut off."""
        if event.type() != QEvent.Type.ToolTip or not index.isValid():
            return super().helpEvent(event, view, option, index)
        words = self._rows.data(index, Qt.ItemDataRole.ToolTipRole)
        if not words and self.sizeHint(option, index).width() > view.visualRect(index).width():
            words = self._rows.data(index)
        QToolTip.showText(event.globalPos(), words or "", view)
        return True

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        theme = self._theme
        column, row = self._rows.columns[index.column()], self._rows.shown[index.row()]
        area: QRect = option.rect
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.fillRect(area, theme.colour("info_ground" if chosen else "surface"))
        painter.setPen(theme.colour("line"))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        gap = theme.px(SMALL)
        if column.ticked is not None:
            self._tick(painter, area.adjusted(gap, 0, 0, 0), ticked=column.ticked(row))
            return
        inside = area.adjusted(gap, 0, -gap, 0)
        role = "text"
        look = column.look(row) if column.look else None
        if look is not None:
            size = theme.px(14)
            painter.drawPixmap(inside.left(), inside.center().y() - size // 2, theme.pixmap(look.icon, look.role, 14))
            inside.setLeft(inside.left() + size + 6)
            role = look.role
        painter.setFont(self._font)
        painter.setPen(theme.colour(role))
        text = self._metrics.elidedText(column.text(row), Qt.TextElideMode.ElideRight, inside.width())
        side = Qt.AlignmentFlag.AlignRight if column.right else Qt.AlignmentFlag.AlignLeft
        painter.drawText(inside, side | Qt.AlignmentFlag.AlignVCenter, text)

    def _tick(self, painter: QPainter, area: QRect, *, ticked: bool) -> None:
        style, option = self._box.style(), QStyleOptionButton()
        self._box.ensurePolished()
        option.initFrom(self._box)
        option.rect = area
        option.rect = style.subElementRect(QStyle.SubElement.SE_CheckBoxIndicator, option, self._box)
        option.state |= QStyle.StateFlag.State_On if ticked else QStyle.StateFlag.State_Off
        style.drawPrimitive(QStyle.PrimitiveElement.PE_IndicatorCheckBox, option, painter, self._box)

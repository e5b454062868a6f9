"""Paints the cells of the grid, findings included, and gives each type of field its editor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPointF, QRect, Qt, Signal
from PySide6.QtGui import QFontMetrics, QHelpEvent, QPen, QPolygonF
from PySide6.QtWidgets import (
    QAbstractItemDelegate,
    QAbstractItemView,
    QComboBox,
    QLineEdit,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
    QWidget,
)

from app.regions.pack import FieldType
from ui.theme import SMALL

if TYPE_CHECKING:
    from PySide6.QtCore import QAbstractItemModel
    from PySide6.QtGui import QPainter

    from ui.importing.model import BatchModel, Cell
    from ui.theme import Theme

Index = QModelIndex | QPersistentModelIndex
CORNER = 6


class CellDelegate(QStyledItemDelegate):
    """``typing`` comes with every key stroke in a cell: where, and what stands there now."""

    typing = Signal(QModelIndex, str)

    def __init__(self, theme: Theme, model: BatchModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._model = model
        theme.changed.connect(self._take_colours)
        self._take_colours()

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        cell = self._model.cell(index.row(), index.column())
        style: Any = option  # the stubs leave the option's fields out
        rect: QRect = style.rect
        state: QStyle.StateFlag = style.state
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        if cell.tone:
            painter.fillRect(rect, self._grounds[cell.tone])
        if chosen:
            painter.fillRect(rect, self._chosen)
        if cell.tone:
            self._corner(painter, rect, cell)
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(self._accent, 2))
            painter.drawRect(rect.adjusted(1, 1, -1, -1))
        if cell.text:
            self._text(painter, rect, cell)

    def helpEvent(self, event: QHelpEvent, view: QAbstractItemView, option: QStyleOptionViewItem, index: Index) -> bool:
        if event.type() != QEvent.Type.ToolTip:
            return False
        words = self._model.data(index, Qt.ItemDataRole.ToolTipRole)
        if words:
            QToolTip.showText(event.globalPos(), words, view)
        else:
            QToolTip.hideText()
        return True

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        field = self._model.fields[index.column() - 1]
        place = index.model().index(index.row(), index.column())
        if field.type in (FieldType.CODE, FieldType.FLAG):
            return self._drop_down(parent, [name for _, name in self._model.texts.choices(field)], place)
        edit = QLineEdit(parent)
        edit.setProperty("in_grid", True)  # noqa: FBT003 - Qt's own call
        edit.textEdited.connect(lambda text: self.typing.emit(place, text))
        return edit

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        text = self._model.whole_text(index.row(), index.column())
        if isinstance(editor, QComboBox):
            editor.setCurrentText(text)
            if line := editor.lineEdit():
                line.selectAll()
        elif isinstance(editor, QLineEdit):
            editor.setText(text)
            editor.selectAll()

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        text = editor.currentText() if isinstance(editor, QComboBox) else ""
        if isinstance(editor, QLineEdit):
            text = editor.text()
        model.setData(index, text, Qt.ItemDataRole.EditRole)

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:
        style: Any = option
        rect: QRect = style.rect
        editor.setMinimumHeight(0)
        editor.setGeometry(rect.adjusted(0, 0, max(0, self._theme.px(120) - rect.width()), 0))

    def _drop_down(self, parent: QWidget, names: list[str], place: QModelIndex) -> QComboBox:
        box = QComboBox(parent)
        # Editable, so that the first letters of a name or its code can be typed without the mouse.
        box.setEditable(True)
        box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        box.addItems(names)
        box.setMaxVisibleItems(12)
        box.editTextChanged.connect(lambda text: self.typing.emit(place, text))
        box.activated.connect(lambda _: self._done(box))
        return box

    def _done(self, box: QComboBox) -> None:
        self.commitData.emit(box)
        self.closeEditor.emit(box, QAbstractItemDelegate.EndEditHint.NoHint)

    def _corner(self, painter: QPainter, rect: QRect, cell: Cell) -> None:
        size = self._theme.px(CORNER)
        right, top = rect.right() + 1, rect.top()
        painter.save()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._tones[cell.tone])
        painter.drawPolygon(QPolygonF([QPointF(right - size, top), QPointF(right, top), QPointF(right, top + size)]))
        painter.restore()

    def _text(self, painter: QPainter, rect: QRect, cell: Cell) -> None:
        inner = rect.adjusted(SMALL, 0, -SMALL, 0)
        side = Qt.AlignmentFlag.AlignRight if cell.right else Qt.AlignmentFlag.AlignLeft
        painter.setPen(self._faint if cell.faint and not cell.tone else self._tones.get(cell.tone, self._ink))
        text = self._metrics.elidedText(cell.text, Qt.TextElideMode.ElideRight, inner.width())
        painter.drawText(inner, side | Qt.AlignmentFlag.AlignVCenter, text)

    def _take_colours(self) -> None:
        colour = self._theme.colour
        self._ink, self._faint, self._accent = colour("text"), colour("secondary"), colour("accent")
        self._tones = {tone: colour(tone) for tone in ("error", "warning")}
        self._grounds = {tone: colour(f"{tone}_ground") for tone in ("error", "warning")}
        # Laid over the finding's ground, so that a chosen cell still shows what is wrong with it.
        self._chosen = colour("accent")
        self._chosen.setAlphaF(0.14)
        self._metrics = QFontMetrics(self._theme.font())

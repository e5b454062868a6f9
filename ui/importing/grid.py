"""The grid itself: a table view with the keys of a spreadsheet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QKeyCombination, QModelIndex, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QPaintEvent, QShowEvent, QUndoStack
from PySide6.QtWidgets import QAbstractItemDelegate, QAbstractItemView, QComboBox, QLineEdit, QTableView, QWidget

from app.regions.pack import FieldType
from app.sheets.header import DEEPEST_HEADER
from app.sheets.layout import table_in
from app.sheets.sheet import Sheet
from app.workflows.batch import Line
from ui import remembered
from ui.importing import clipboard
from ui.importing.commands import InsertLines, RemoveLines, WriteCells
from ui.importing.delegate import CellDelegate
from ui.importing.model import NUMBER, BatchModel, Index
from ui.pace import Breath

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtCore import QItemSelectionRange

    from app.regions.pack import Field
    from ui.theme import Theme

ROW_HEIGHT = 32
WIDTHS = {
    FieldType.IDENTITY: 172,
    FieldType.NAME: 84,
    FieldType.DATE: 100,
    FieldType.MONTH: 96,
    FieldType.MONEY: 116,
    FieldType.INSURANCES: 152,
    FieldType.PHONE: 124,
    FieldType.FLAG: 72,
    FieldType.CODE: 132,
}
_FILL_DOWN = QKeyCombination(Qt.KeyboardModifier.ControlModifier, Qt.Key.Key_D)


class Grid(QTableView):
    """``moved`` comes when another cell becomes the current one."""

    moved = Signal(QModelIndex)

    def __init__(self, theme: Theme, undo: QUndoStack) -> None:
        super().__init__()
        self._theme = theme
        self._undo = undo
        self.batch: BatchModel | None = None
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectItems)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked
            | QAbstractItemView.EditTrigger.EditKeyPressed
            | QAbstractItemView.EditTrigger.AnyKeyPressed
        )
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(True)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionsMovable(False)
        header.setStretchLastSection(False)
        header.sectionDoubleClicked.connect(self._sort)
        header.sectionResized.connect(self._resized)
        self._measuring = False
        theme.changed.connect(self._measure)

    def show_batch(self, model: BatchModel) -> None:
        """Another table."""
        self.batch = model
        self.setModel(model)
        # Its own, and empty: else each time it is painted it asks every chosen cell whether a whole column is chosen.
        self.horizontalHeader().setSelectionModel(QItemSelectionModel(model, self.horizontalHeader()))
        self.delegate = CellDelegate(self._theme, model, self)
        self.setItemDelegate(self.delegate)
        model.wanted.connect(lambda line, raw: self._write("修改", [(line, raw)]))
        self._measure()
        if model.rowCount():
            self.setCurrentIndex(model.index(0, NUMBER + 1))

    def go_to(self, line: Line, key: str | None) -> None:
        """Make a cell the current one and show it."""
        if self.batch is None:
            return
        place = self.batch.place_of(line, key)
        if not place.isValid():
            self.batch.filter(None)
            place = self.batch.place_of(line, key)
        self.setCurrentIndex(place)
        # In the middle from above to below; sideways no further than needed, whose row it is stands at the left.
        bar = self.horizontalScrollBar()
        sideways = bar.value()
        self.scrollTo(place, QAbstractItemView.ScrollHint.PositionAtCenter)
        bar.setValue(sideways)

    def commit_open(self) -> None:
        """Take what stands in a cell that is still being typed in."""
        for editor in self.viewport().findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
            # One that was left by Esc is hidden and only waits to be deleted.
            if isinstance(editor, (QLineEdit, QComboBox)) and editor.isVisible():
                self.commitData(editor)
                self.closeEditor(editor, QAbstractItemDelegate.EndEditHint.NoHint)

    def chosen_lines(self) -> list[Line]:
        """Lines that have a chosen cell, from the top."""
        if self.batch is None:
            return []
        rows = sorted({row for part in self._parts() for row in range(part.top(), part.bottom() + 1)})
        if not rows and self.currentIndex().isValid():
            rows = [self.currentIndex().row()]
        return [self.batch.shown[row] for row in rows]

    def copy(self) -> None:
        """The chosen block, for Excel."""
        if self.batch is None or not self.selectionModel().hasSelection():
            return
        parts = self._parts()
        top, bottom = min(one.top() for one in parts), max(one.bottom() for one in parts)
        left, right = min(one.left() for one in parts), max(one.right() for one in parts)
        breath, rows = Breath(), []
        for row in range(top, bottom + 1):
            breath()
            rows.append([self.batch.whole_text(row, at) for at in range(left, right + 1)])
        QGuiApplication.clipboard().setText(clipboard.write(rows))

    def paste(self) -> None:
        """What was copied in Excel, from the current cell on; rows that are missing are added."""
        rows = clipboard.read(QGuiApplication.clipboard().text())
        model = self.batch
        if model is None or not rows:
            return
        at = self.currentIndex()
        top, left = (at.row(), max(at.column(), NUMBER + 1)) if at.isValid() else (model.rowCount(), NUMBER + 1)
        if len(rows) == 1 and len(rows[0]) == 1:
            self._fill_chosen(rows[0][0], left)
            return
        keys: dict[int, str] = {at: field.key for at, field in enumerate(model.fields[left - 1 :])}
        header = table_in(Sheet.of("", rows[: DEEPEST_HEADER + 1]), model.texts.item)
        if header is not None and header.header == 0:
            # Copied with its header: each column finds its place by its name.
            keys = {at: key for key, at in header.columns.items()}
            rows = rows[header.first_row :]
        raws = [{key: row[at] for at, key in keys.items() if at < len(row)} for row in rows]
        changes = list(zip(model.shown[top:], raws, strict=False))
        breath, added = Breath(), []
        for raw in raws[len(model.shown) - top :]:
            breath()
            added.append(model.table.new_line(raw))
        self._undo.beginMacro(f"粘贴 {len(rows)} 行")
        if changes:
            self._undo.push(WriteCells(model, "粘贴", changes))
        if added:
            end = len(model.table.lines)
            self._undo.push(InsertLines(model, "粘贴", [(end + place, line) for place, line in enumerate(added)]))
        self._undo.endMacro()
        columns = [model.column_of(key) for at, key in keys.items() if any(at < len(row) for row in rows)]
        if columns:
            self._choose(top, min(columns), top + len(rows) - 1, max(columns))

    def fill_down(self) -> None:
        """The uppermost chosen cell of each column into those below it."""
        model = self.batch
        if model is None:
            return
        wanted: dict[Line, dict[str, str]] = {}
        for part in self._parts():
            for column in range(max(part.left(), NUMBER + 1), part.right() + 1):
                text = model.whole_text(part.top(), column)
                for row in range(part.top() + 1, part.bottom() + 1):
                    wanted.setdefault(model.shown[row], {})[model.fields[column - 1].key] = text
        self._write("向下填充", list(wanted.items()))

    def clear_chosen(self) -> None:
        """Empty the chosen cells."""
        self._fill_chosen("", NUMBER + 1, text="清空")

    def delete_lines(self) -> None:
        """Take the chosen rows out."""
        lines = self.chosen_lines()
        if self.batch is not None and lines:
            row = self.currentIndex().row()
            self._undo.push(RemoveLines(self.batch, f"删除 {len(lines)} 行", lines))
            if self.batch.rowCount():
                self.setCurrentIndex(self.batch.index(min(row, self.batch.rowCount() - 1), NUMBER + 1))

    def write_all(self, text: str, places: Iterable[tuple[Line, str]], value: str) -> None:
        """One value into many places, as one step."""
        self.write_each(text, ((line, key, value) for line, key in places))

    def write_each(self, text: str, places: Iterable[tuple[Line, str, str]]) -> None:
        """Each place its own value, as one step."""
        breath = Breath()
        wanted: dict[Line, dict[str, str]] = {}
        for line, key, value in places:
            breath()
            wanted.setdefault(line, {})[key] = value
        self._write(text, list(wanted.items()))

    def showEvent(self, event: QShowEvent) -> None:
        """Only now it is known in which window it stands, and what was made of its columns there."""
        super().showEvent(event)
        self._measure()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.matches(QKeySequence.StandardKey.Paste):
            self.paste()
        elif event.keyCombination() == _FILL_DOWN:
            self.fill_down()
        elif event.key() == Qt.Key.Key_Delete and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.delete_lines()
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.clear_chosen()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self._down()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Painted as ever, but from within Python: the interpreter is asked for once and not again for each cell."""
        super().paintEvent(event)

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        self.moved.emit(self.currentIndex())

    def _parts(self) -> list[QItemSelectionRange]:
        """The chosen blocks; the stubs do not say that a selection is a list."""
        selection: Any = self.selectionModel().selection()
        return list(selection)

    def _down(self) -> None:
        """Enter goes down, as in Excel; in the last row it begins another column's editing instead of nothing."""
        at = self.currentIndex()
        if self.batch is not None and at.row() + 1 < self.batch.rowCount():
            self.setCurrentIndex(at.siblingAtRow(at.row() + 1))

    def _fill_chosen(self, value: str, left: int, text: str = "粘贴") -> None:
        model = self.batch
        if model is None:
            return
        wanted: dict[Line, dict[str, str]] = {}
        for part in self._parts():
            for row in range(part.top(), part.bottom() + 1):
                for column in range(max(part.left(), NUMBER + 1), part.right() + 1):
                    wanted.setdefault(model.shown[row], {})[model.fields[column - 1].key] = value
        if not wanted and self.currentIndex().isValid():
            wanted = {model.shown[self.currentIndex().row()]: {model.fields[left - 1].key: value}}
        self._write(text, list(wanted.items()))

    def _write(self, text: str, changes: list[tuple[Line, dict[str, str]]]) -> None:
        if self.batch is not None and changes:
            self._undo.push(WriteCells(self.batch, text, changes))

    def _choose(self, top: int, left: int, bottom: int, right: int) -> None:
        model = self.batch
        if model is None:
            return
        last = model.index(min(bottom, model.rowCount() - 1), min(right, model.columnCount() - 1))
        block = QItemSelection(model.index(top, left), last)
        self.setCurrentIndex(model.index(top, left))
        self.selectionModel().select(block, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def _sort(self, column: int) -> None:
        header = self.horizontalHeader()
        again = header.isSortIndicatorShown() and header.sortIndicatorSection() == column
        down = again and header.sortIndicatorOrder() is Qt.SortOrder.AscendingOrder
        order = Qt.SortOrder.DescendingOrder if down else Qt.SortOrder.AscendingOrder
        header.setSortIndicatorShown(True)
        header.setSortIndicator(column, order)
        if self.batch is not None:
            # A chosen block would be followed to its new places cell by cell, and is no block any more.
            self.clearSelection()
            self.batch.sort(column, order)

    def _measure(self) -> None:
        """Widths by the type of field, not by the content: looking at a hundred thousand rows takes a second."""
        self.verticalHeader().setDefaultSectionSize(self._theme.px(ROW_HEIGHT))
        if self.batch is None:
            return
        self._measuring = True
        given = remembered.widths(self, self.batch.texts.item.id)
        self.setColumnWidth(NUMBER, self._theme.px(56))
        for column, field in enumerate(self.batch.fields, start=NUMBER + 1):
            wanted = self._theme.px(given[field.key]) if field.key in given else self._width_for(column, field)
            self.setColumnWidth(column, wanted)
        self._measuring = False

    def _width_for(self, column: int, field: Field) -> int:
        assert self.batch is not None  # noqa: S101 - asked for its columns
        title = str(self.batch.headerData(column, Qt.Orientation.Horizontal))
        least = self.horizontalHeader().fontMetrics().horizontalAdvance(title) + self._theme.px(24)
        width = WIDTHS.get(field.type, 120)
        if field.type is FieldType.CODE:
            longest = max((len(name) for _, name in self.batch.texts.choices(field)), default=4)
            width = min(width, 28 + 13 * longest)
        return max(least, self._theme.px(width))

    def _resized(self, column: int, _before: int, width: int) -> None:
        """The clerk pulled at the edge of a title."""
        if self._measuring or self.batch is None or column == NUMBER:
            return
        item = self.batch.texts.item.id
        pulled = {self.batch.fields[column - 1].key: max(1, round(width * 100 / self._theme.scale))}
        remembered.keep_widths(self, item, {**remembered.widths(self, item), **pulled})

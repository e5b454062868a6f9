"""A table over a list of records, with what a clerk knows from spreadsheets: copy, sort, widths that stay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic

from PySide6.QtCore import QItemSelectionModel, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QMenu, QTableView

from ui import remembered
from ui.parts.painting import ROW_HEIGHT, Painter
from ui.parts.rows import Rows, RowT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QContextMenuEvent, QResizeEvent, QShowEvent

    from ui.parts.rows import Column
    from ui.theme import Theme

SHRINKS_TO = 0.7  # of its own width, the column that stretches, before the table must be moved sideways
LINES = 3  # around the table and under its header, a pixel each at every size


class Table(QTableView, Generic[RowT]):
    """The view. ``chosen`` carries the record under the cursor (None: none), ``opened`` the one double-clicked."""

    chosen = Signal(object)
    opened = Signal(object)

    def __init__(self, theme: Theme, columns: Sequence[Column[RowT]], name: str, *, several: bool = False) -> None:
        super().__init__()
        self._theme = theme
        self.rows: Rows[RowT] = Rows(columns)
        self._painter = Painter(theme, self.rows)
        self.setModel(self.rows)
        self.setItemDelegate(self._painter)
        self.setAccessibleName(name)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        mode = QAbstractItemView.SelectionMode
        self.setSelectionMode(mode.ExtendedSelection if several else mode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.setSortingEnabled(True)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        header.setSortIndicatorClearable(True)
        self._least_rows = 0
        #: By title, what the clerk gave a column, at 100 %.
        self._given: dict[str, int] = {}
        self._spreading = False
        header.sectionResized.connect(self._resized)
        self.selectionModel().currentRowChanged.connect(self._moved)
        self.rows.modelReset.connect(self._moved)
        self.activated.connect(lambda index: self.opened.emit(self.rows.shown[index.row()]))
        QShortcut(QKeySequence.StandardKey.Copy, self, self.copy, context=Qt.ShortcutContext.WidgetShortcut)
        theme.changed.connect(self._dress)
        self._dress()

    def keep_room_for(self, rows: int) -> None:
        """Never be lower than the header and so many rows, however large the text."""
        self._least_rows = rows
        self._dress()

    @property
    def current(self) -> RowT | None:
        """The record under the cursor."""
        at = self.currentIndex().row()
        return self.rows.shown[at] if 0 <= at < len(self.rows.shown) else None

    @property
    def selected(self) -> list[RowT]:
        """All selected records, from above."""
        rows = sorted({index.row() for index in self.selectionModel().selectedRows()})
        return [self.rows.shown[at] for at in rows]

    def set_rows(self, rows: Sequence[RowT], key: Callable[[RowT], object] | None = None) -> None:
        """Other records; the cursor stays on the one with the same ``key``."""
        before = self.current
        at_scroll = self.verticalScrollBar().value()
        self.rows.set_rows(rows)
        if before is not None and key is not None:
            wanted = key(before)
            self.choose(lambda row: key(row) == wanted)
        self.verticalScrollBar().setValue(at_scroll)

    def choose(self, wanted: Callable[[RowT], bool]) -> bool:
        """Put the cursor on the first record that fits; whether there is one."""
        for at, row in enumerate(self.rows.shown):
            if wanted(row):
                index = self.rows.index(at, 0)
                flags = QItemSelectionModel.SelectionFlag
                self.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)
                self.scrollTo(index)
                return True
        return False

    def copy(self) -> None:
        """The selected records to the clipboard, as a spreadsheet takes them."""
        self._copy(titles=False)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        chosen = len(self.selected)
        for text, slot in (
            (f"复制 {chosen} 行\tCtrl+C" if chosen > 1 else "复制\tCtrl+C", self.copy),
            ("连同列名复制", lambda: self._copy(titles=True)),
        ):
            menu.addAction(text, slot).setEnabled(chosen > 0)
        if self.selectionMode() is QAbstractItemView.SelectionMode.ExtendedSelection:
            menu.addAction("全选\tCtrl+A", self.selectAll)
        if self._given:
            menu.addSeparator()
            menu.addAction("列宽恢复原样", self._forget_widths)
        menu.popup(event.globalPos())

    def showEvent(self, event: QShowEvent) -> None:
        """Only now it is known in which window it stands, and what was made of its columns there."""
        super().showEvent(event)
        self._given = dict(remembered.widths(self, self.accessibleName()))
        self._spread()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._spread()

    def _moved(self) -> None:
        self.chosen.emit(self.current)

    def _dress(self) -> None:
        self.verticalHeader().setDefaultSectionSize(self._theme.px(ROW_HEIGHT))
        if self._least_rows:
            # One row more for the header, and the bar that moves the columns.
            bar = self.horizontalScrollBar().sizeHint().height()
            self.setMinimumHeight(self._theme.px(ROW_HEIGHT) * (self._least_rows + 1) + bar + LINES)
        self._spread()

    def _copy(self, *, titles: bool) -> None:
        columns = self.rows.columns
        lines = ["\t".join(column.title for column in columns)] if titles else []
        lines += ["\t".join((column.copied or column.text)(row) for column in columns) for row in self.selected]
        QGuiApplication.clipboard().setText("\n".join(lines))

    def _spread(self) -> None:
        """Give every column its width and what is left, or lacks, to the one that stretches."""
        if self._spreading:
            return  # a scroll bar came or went by it
        columns = self.rows.columns
        widths = [self._theme.px(self._given.get(column.title, column.width)) for column in columns]
        free = self.viewport().width() - sum(widths)
        stretching = [at for at, one in enumerate(columns) if one.stretches and one.title not in self._given]
        for at in stretching:
            widths[at] = max(widths[at] + free // len(stretching), round(widths[at] * SHRINKS_TO))
        self._spreading = True
        for at, width in enumerate(widths):
            self.setColumnWidth(at, width)
        self._spreading = False

    def _resized(self, column: int, _before: int, width: int) -> None:
        """The clerk pulled at the edge of a title: the column stays as wide, in other sizes of the window too."""
        if not self._spreading:
            self._given[self.rows.columns[column].title] = max(1, round(width * 100 / self._theme.scale))
            remembered.keep_widths(self, self.accessibleName(), self._given)

    def _forget_widths(self) -> None:
        self._given.clear()
        remembered.keep_widths(self, self.accessibleName(), {})
        self._spread()

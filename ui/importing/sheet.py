"""The working place for many: grid, findings beside it, the current cell's sentence below, and the item's files."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut, QUndoStack
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLineEdit, QMenu, QSplitter, QVBoxLayout, QWidget

from app.errors import CalledOff
from app.workflows import batch
from app.workflows.batch import Line, Table, Tally
from ui.forms.attachments import Attachments
from ui.forms.scrolling import scrolling
from ui.importing.commands import InsertLines
from ui.importing.corrections import CorrectionsDialog
from ui.importing.grid import Grid
from ui.importing.model import NUMBER, BatchModel, tone_of, words_of
from ui.importing.problems import WIDTH, Problems, Strip
from ui.jobs import Lane
from ui.parts.buttons import FLAT, LINK, Button, IconButton
from ui.parts.flow import Flow
from ui.parts.text import label
from ui.theme import MEDIUM, SMALL, TINY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QContextMenuEvent, QResizeEvent

    from app.errors import ShebaoError
    from app.workflows.batch import Correction, Group
    from ui.context import Context
    from ui.forms.texts import Texts
    from ui.jobs import Job

RECOUNT_MS = 120
SEEK_MS = 200
#: Of more lines findings are counted beside the window.
COUNTED_AT_ONCE = 500
#: Of a kind of problem so many places are looked at to know whether corrections can be offered.
LOOKED_AT = 50
LEAST_ROWS = 6
LEAST_PROBLEMS = 180
SIDE_BY_SIDE = 760


class Worksheet(QWidget):
    """``counted`` after every change; ``edited`` and ``removed`` carry lines to be kept, ``opened`` one to fill in.

    ``sheet_chosen`` asks for another sheet of the file instead of the one that was read, ``mapping_wanted`` for how its
    columns were read.
    """

    counted = Signal()
    edited = Signal(object)
    removed = Signal(object)
    opened = Signal(object)
    sheet_chosen = Signal(str)
    mapping_wanted = Signal()

    def __init__(self, context: Context, texts: Texts, table: Table) -> None:
        super().__init__()
        theme = context.theme
        self._theme = theme
        self._texts = texts
        self._context = context
        self._counting: Job | None = None
        self.tally = Tally()
        self.undo = QUndoStack(self)
        self.model = BatchModel(table, texts)
        self.grid = Grid(theme, self.undo)
        self.grid.setAccessibleName("人员表")
        self.problems = Problems(theme, self.correctable)
        self.strip = Strip(theme)
        self.attachments = Attachments(theme, texts.item.attachments)
        self.offered: CorrectionsDialog | None = None
        self.mapping = label("", "small", wraps=True)
        self.mapping.hide()
        self.columns = Button(theme, "对应列…", role=LINK)
        self.columns.setToolTip("看哪一列读成了什么，改对应，或忘记")
        self.columns.clicked.connect(self.mapping_wanted)
        self.columns.hide()
        self.sheets = QComboBox()
        self.sheets.setAccessibleName("工作表")
        self.sheets.hide()
        self._recount = QTimer(self)
        self._recount.setSingleShot(True)
        self._recount.setInterval(RECOUNT_MS)
        self._recount.timeout.connect(self.count_now)
        self._sought = QTimer(self)
        self._sought.setSingleShot(True)
        self._sought.timeout.connect(self.filter_now)
        self._lay_out()
        self._connect()
        self.grid.show_batch(self.model)
        self.grid.delegate.typing.connect(self._typing)
        self.count_now()

    @property
    def table(self) -> Table:
        """What is worked on."""
        return self.model.table

    def add(self, lines: Sequence[Line], text: str) -> None:
        """Put lines at the end, as one step that can be taken back; the cursor waits at what they lack."""
        end = len(self.table.lines)
        self.undo.push(InsertLines(self.model, text, [(end + at, line) for at, line in enumerate(lines)]))
        self._await(lines)

    def put(self, lines: Sequence[Line]) -> None:
        """Put lines at the end that are drafts already: nothing to keep, nothing to take back."""
        end = len(self.table.lines)
        self.model.put([(end + at, line) for at, line in enumerate(lines)])
        if not self.grid.currentIndex().isValid():
            self._await(lines)
        if len(self.table.lines) <= COUNTED_AT_ONCE:
            self.count_now()
        else:
            # First they are painted: who counts takes the interpreter from the window at every call of it.
            self._recount.start()

    def show_mapping(self, text: str, tip: str = "", sheets: Sequence[str] = (), chosen: str = "") -> None:
        """How the file was read, in one line, and which of its sheets; another one can be chosen."""
        self.mapping.setText(text)
        self.mapping.setToolTip(tip)
        self.mapping.setVisible(bool(text))
        self.columns.setVisible(bool(text))
        self.sheets.clear()
        for name in sheets:
            self.sheets.addItem(f"工作表：{name}", name)
        self.sheets.setCurrentIndex(self.sheets.findData(chosen))
        self.sheets.setVisible(len(sheets) > 1)

    def leave_search(self) -> None:
        """Esc in the search box: everybody is shown again, and the keys go to the table."""
        if self.search.hasFocus():
            self.search.clear()
            self.grid.setFocus()

    def checked_anew(self) -> None:
        """The table stands on another ground."""
        self.model.repaint_all()

    def filter_now(self) -> None:
        """Show what the switch and the search box ask for."""
        self._sought.stop()
        wanted = self.search.text().strip().upper()
        only = self.only_wrong.isChecked()

        def fits(line: Line) -> bool:
            if only and not self.model.of_row(line):
                return False
            return not wanted or any(wanted in value.upper() for value in line.values.values())

        self.model.filter(fits if only or wanted else None)
        if self.model.rowCount():
            self.grid.setCurrentIndex(self.model.index(0, NUMBER + 1))

    def count_now(self) -> None:
        """Group the findings and say how many: at once, or beside the window where that takes longer than a frame."""
        if len(self.table.lines) <= COUNTED_AT_ONCE:
            self._counted(self.table.tally())
            return
        if self._counting is not None:
            self._counting.cancel()
        jobs = self._context.jobs
        self._counting = jobs.run(Lane.COUNT, self.table.tally, self._counted, self._not_counted, owner=self)

    @property
    def still(self) -> bool:
        """Whether what is said of the table is true of it: nothing waits to be counted."""
        return self._counting is None and not self._recount.isActive() and not self._sought.isActive()

    def _counted(self, tally: Tally) -> None:
        self._counting = None
        self.tally = tally
        self.problems.show_groups(tally.groups, self._texts)
        self.attachments.show_attached(tally.attached, tally.people)
        self._moved(self.grid.currentIndex())
        self.counted.emit()

    def _not_counted(self, failure: ShebaoError) -> None:
        """Called off, since the table changed meanwhile: another count is under way."""
        if not isinstance(failure, CalledOff):
            self._counting = None
            self._context.shell.show_failure(failure)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("复制\tCtrl+C", self.grid.copy)
        menu.addAction("粘贴\tCtrl+V", self.grid.paste)
        menu.addAction("向下填充\tCtrl+D", self.grid.fill_down)
        menu.addAction("清空\tDelete", self.grid.clear_chosen)
        menu.addSeparator()
        lines = self.grid.chosen_lines()
        if len(lines) == 1:
            menu.addAction("逐项填写这一人", lambda: self.opened.emit(lines[0]))
        menu.addAction(f"删除 {len(lines)} 行\tCtrl+Delete", self.grid.delete_lines)
        menu.popup(event.globalPos())

    def _lay_out(self) -> None:
        content = QWidget()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scrolling(content))
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SMALL)
        head = QHBoxLayout()
        head.setSpacing(SMALL)
        head.addWidget(self.sheets)
        head.addWidget(self.mapping, 1)
        head.addWidget(self.columns, 0, Qt.AlignmentFlag.AlignTop)
        column.addLayout(head)
        split = self._split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(MEDIUM)
        left = QWidget()
        inner = QVBoxLayout(left)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(TINY)
        inner.addLayout(self._tools())
        inner.addWidget(self.grid, 1)
        inner.addWidget(self.strip)
        split.addWidget(left)
        split.addWidget(self.problems)
        split.setStretchFactor(0, 1)
        split.setStretchFactor(1, 0)
        split.setSizes([1000, self._theme.px(WIDTH)])
        self._arrange()
        self._theme.changed.connect(self._arrange)
        column.addWidget(split, 1)
        column.addWidget(self.attachments)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """Table and problems side by side, or one below the other where the window is narrow or the text large."""
        self.grid.setMinimumHeight(self._theme.px(32 * LEAST_ROWS))
        self.problems.setMinimumHeight(self._theme.px(LEAST_PROBLEMS))
        sideways = self.width() >= self._theme.px(SIDE_BY_SIDE)
        wanted = Qt.Orientation.Horizontal if sideways else Qt.Orientation.Vertical
        if self._split.orientation() is not wanted:
            self._split.setOrientation(wanted)
            self._split.setSizes([1000, self._theme.px(WIDTH if sideways else LEAST_PROBLEMS)])

    def _tools(self) -> Flow:
        row = Flow(SMALL)
        self.only_wrong = QCheckBox("只看有问题的行")
        self.only_wrong.toggled.connect(lambda _: self.filter_now())
        self.whole = QCheckBox("显示完整证件号码")
        self.whole.toggled.connect(self._show_whole)
        self.search = QLineEdit()
        self.search.setPlaceholderText("查找")
        self.search.setAccessibleName("在表里查找")
        self.search.setClearButtonEnabled(True)
        self.search.setFixedWidth(self._theme.px(160))
        self.search.textChanged.connect(self._seek)
        row.addWidget(self.only_wrong)
        row.addWidget(self.whole)
        row.addWidget(self.search)
        undo = IconButton(self._theme, "undo-2", "撤销（Ctrl+Z）")
        redo = IconButton(self._theme, "redo-2", "重做（Ctrl+Y）")
        undo.clicked.connect(self.undo.undo)
        redo.clicked.connect(self.undo.redo)
        self.undo.canUndoChanged.connect(undo.setEnabled)
        self.undo.canRedoChanged.connect(redo.setEnabled)
        undo.setEnabled(False)
        redo.setEnabled(False)
        add = Button(self._theme, "加一行", "plus", role=FLAT)
        add.clicked.connect(self._add_row)
        delete = Button(self._theme, "删除行", "trash-2", role=FLAT)
        delete.setToolTip("删除选中的行（Ctrl+Delete）")
        delete.clicked.connect(self.grid.delete_lines)
        for button in (undo, redo, add, delete):
            row.addWidget(button)
        return row

    def _connect(self) -> None:
        self.model.edited.connect(self.edited)
        self.sheets.activated.connect(lambda _: self.sheet_chosen.emit(self.sheets.currentData()))
        self.model.removed.connect(self.removed)
        self.model.recounted.connect(self._recount.start)
        self.grid.moved.connect(self._moved)
        self.problems.went.connect(self._go_to)
        self.problems.mended.connect(lambda places, value: self.grid.write_all("全部修改", places, value))
        self.problems.correct.connect(self._offer_corrections)
        for keys, by in (("F8", 1), ("Shift+F8", -1)):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.activated.connect(lambda by=by: self.problems.step(by))

    def correctable(self, group: Group) -> bool:
        """Whether there is something to offer: the first few places are looked at."""
        few = replace(group, places=group.places[:LOOKED_AT])
        return bool(batch.corrections(self.table.checker, few))

    def _offer_corrections(self, group: Group) -> None:
        """Show what would be corrected before anything is: found beside the window where there is much of it."""
        checker = self.table.checker
        if len(group.places) <= COUNTED_AT_ONCE:
            self._offer(group, batch.corrections(checker, group))
            return
        self._context.jobs.run(
            Lane.COUNT,
            lambda progress: batch.corrections(checker, group, progress),
            lambda found: self._offer(group, found),
            owner=self,
        )

    def _offer(self, group: Group, found: Sequence[Correction]) -> None:
        def write(chosen: Sequence[Correction]) -> None:
            self.grid.write_each("一键改正", ((one.line, one.key, one.value) for one in chosen))

        there = [one for one in found if one.line in self.table]
        self.offered = CorrectionsDialog(self, self._theme, self._texts, group.message, there, write)
        self.offered.open()

    def _go_to(self, line: Line, key: str | None) -> None:
        """Show a place that is to be mended; what is typed next goes into it."""
        self.grid.go_to(line, key)
        self.grid.setFocus()

    def _await(self, lines: Sequence[Line]) -> None:
        """Put the cursor where the first of these lines is to be mended, else at its beginning."""
        first = next((line for line in lines[:COUNTED_AT_ONCE] if not line.ready), next(iter(lines), None))
        if first is not None:
            lacking = {one.where.field for one in first.own if one.stops}
            keys = [field.key for field in self.model.fields]
            self.grid.go_to(first, next((key for key in keys if key in lacking), keys[0]))

    def _add_row(self) -> None:
        line = self.table.new_line({})
        self.add([line], "加一行")
        self.grid.go_to(line, self.model.fields[0].key)
        self.grid.edit(self.grid.currentIndex())

    def _seek(self) -> None:
        """Look for it at once, or after a pause in the typing where looking takes longer than that."""
        self._sought.start(0 if len(self.table.lines) <= COUNTED_AT_ONCE else SEEK_MS)

    def _show_whole(self, whole: bool) -> None:
        self.model.whole_identities = whole
        self.model.repaint_all()

    def _moved(self, index: QModelIndex) -> None:
        if not index.isValid() or index.row() >= self.model.rowCount():
            self.strip.say("", "")
            return
        findings = self.model.findings(index.row(), index.column())
        if findings:
            self.strip.say(self._whose(index) + (words_of(findings) or ""), tone_of(findings))
        elif index.column() != NUMBER:
            self.strip.say(self.model.fields[index.column() - 1].hint, "")
        else:
            self.strip.say("", "")

    def _whose(self, index: QModelIndex) -> str:
        """Of whom it is said, where the name has gone out of sight sideways."""
        at = self.model.column_of("name")
        out_of_sight = at != NUMBER and self.grid.columnViewportPosition(at) < 0
        name = self.model.shown[index.row()].values.get("name", "") if out_of_sight else ""
        return f"{name}：" if name else ""

    def _typing(self, index: QModelIndex, text: str) -> None:
        """Say what is wrong with what is being typed, before it is in the table."""
        field = self.model.fields[index.column() - 1]
        trial = self.table.new_line({**self.model.shown[index.row()].values, field.key: text})
        findings = [one for one in trial.own if one.where.field == field.key]
        if findings:
            self.strip.say(words_of(findings) or "", tone_of(findings))
        else:
            self.strip.say(f"“{field.name}”可以。", "success")

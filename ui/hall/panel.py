"""A query: its conditions, what the bureau answered as a table, search, copy and export."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QStackedWidget, QVBoxLayout, QWidget

from app.domain.findings import any_stops
from app.workflows import drafts, papers, queries
from app.workflows import session as sessions
from ui.files import TABLES, ask_where
from ui.forms.boxes import FieldForm
from ui.forms.paper import PaperDialog
from ui.forms.texts import Texts
from ui.hall.looks import STATE_KEYS, look_of
from ui.jobs import Lane
from ui.parts.buttons import Button
from ui.parts.cards import Card, Empty
from ui.parts.rows import Column
from ui.parts.table import Table
from ui.parts.text import label, masked, minute, money
from ui.theme import MEDIUM, SMALL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.bureau_api.client import QueryColumn, QueryTable
    from app.documents import Rendered
    from app.domain.findings import Finding
    from app.domain.progress import Progress
    from app.errors import ShebaoError
    from app.regions.pack import Item, Region
    from app.workflows.queries import Answer
    from ui.page import Page
    from ui.parts.chips import Look

    Row = Mapping[str, str]

NOTHING, ANSWER, NO_ROWS = range(3)
_LOOKED_AT = 50  # rows that decide how wide a column of text is
_WIDTHS = {"money": 120, "month": 88, "date": 104, "identity": 180}


class QueryPanel(QWidget):
    """One query item. ``dressed`` when what can be done has changed, ``chosen`` when other rows are selected."""

    dressed = Signal()
    chosen = Signal()

    def __init__(self, page: Page, region: Region, item: Item) -> None:
        super().__init__()
        self._page, self.region, self.item = page, region, item
        self._theme = page.context.theme
        self._touched: set[str] = set()
        self.answer: Answer | None = None
        self.busy = False
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(MEDIUM)
        self.form = FieldForm(self._theme, item.fields, Texts(region, item))
        self.form.show_values({one.key: one.default for one in item.fields})
        self.form.typed.connect(self._typed)
        self.form.left.connect(self._left)
        if item.fields:
            card = Card()
            card.body.addWidget(self.form)
            outer.addWidget(card)
        outer.addLayout(self._tools())
        self.table: Table[Row] = Table(self._theme, (), item.name, several=True)
        self.stack = QStackedWidget()
        self.stack.addWidget(self._empty())
        self.stack.addWidget(self.table)
        self.stack.addWidget(self._no_rows())
        # At 200 % the page scrolls rather than squeezing the conditions.
        self.stack.setMinimumHeight(self._theme.px(220))
        outer.addWidget(self.stack, 1)
        self._show_count()

    @property
    def rows(self) -> list[Row]:
        """The selected rows, as the bureau gave them."""
        return self.table.selected

    # --- asking ---

    def load(self) -> None:
        """Show what was answered last; ask anew where nothing has to be filled in and somebody is logged in."""
        desk, unit, item = self._page.context.desk, self._page.context.state.unit_number, self.item

        def known(found: Answer | None) -> None:
            if found is not None:
                self._show(found)
            elif self.answer is not None:
                self._forget()

        self._page.run(lambda _: queries.last(desk, unit, item), known, owner=self)
        if self._page.context.state.session is not None and not any(one.required for one in item.fields):
            self.ask()

    def ask(self) -> None:
        """Ask the bureau, with the conditions as they stand."""
        context = self._page.context
        session, desk, item = context.state.session, context.desk, self.item
        values, findings = desk.checker(self.region.id, item.id).check(self.form.raw(), drafts.ground(desk, None))
        self._touched = set(self.form.boxes)
        self._say(findings)
        if any_stops(findings):
            self.form.focus_first(findings)
            return
        if session is None:
            context.shell.navigate("login")
            return
        if self.busy:
            return
        asked = {key: value for key, value in values.items() if value}

        def work(_: Progress) -> Answer:
            bureau = sessions.connect(desk, session)
            try:
                return queries.ask(desk, bureau, session.unit.number, item, asked)
            finally:
                bureau.close()

        self.busy = True
        self.dressed.emit()
        self._page.run(work, self._answered, lane=Lane.NETWORK, on_failed=self._failed, owner=self)

    def export(self) -> None:
        """Keep the table as a file."""
        if self.answer is None:
            return
        found, context = self.answer.table, self._page.context

        def chosen(path: Path) -> None:
            context.jobs.run(
                Lane.READING,
                lambda _: queries.export(found, path),
                lambda _: context.shell.toast(f"已保存到 {path}"),
                owner=self,
            )

        ask_where(self, f"{self.item.name}.xlsx", TABLES, chosen)

    def print_rows(self) -> None:
        """The selected rows on paper, all of them where none is selected."""
        context, unit = self._page.context, self._page.context.state.unit
        rows = self.rows or list(self.table.rows.shown)
        if unit is None or not rows:
            return

        def made(paper: Rendered) -> None:
            PaperDialog(self.window(), context, self.item.name, paper).open()

        self._page.run(lambda _: papers.query_form(context.desk, self.region, self.item, unit, rows), made, owner=self)

    def search(self) -> None:
        """Ctrl+F."""
        self._line.setFocus()
        self._line.selectAll()

    # --- inside ---

    def _answered(self, found: Answer) -> None:
        self.busy = False
        self._show(found)

    def _failed(self, failure: ShebaoError) -> None:
        self.busy = False
        self.dressed.emit()
        self._page.context.shell.show_failure(failure)

    def _forget(self) -> None:
        """What is on the screen was another unit's."""
        self.answer = None
        self.table.set_rows(())
        self.stack.setCurrentIndex(NOTHING)
        self._show_count()

    def _show(self, found: Answer) -> None:
        before = self.answer.table.columns if self.answer else None
        self.answer = found
        if found.table.columns != before or not self.table.rows.all:
            self._replace_table(found.table)
            self._whole.setVisible(any(one.kind == "identity" for one in found.table.columns))
            self._filter()
        self.table.set_rows(found.table.rows, key=functools.partial(_first, found.table.columns))
        self.stack.setCurrentIndex(ANSWER if found.table.rows else NO_ROWS)
        if found.conditions and not self._touched:
            self.form.show_values(found.conditions)
        self._show_count()

    def _replace_table(self, found: QueryTable) -> None:
        table: Table[Row] = Table(self._theme, self._columns(found), self.item.name, several=True)
        table.selectionModel().selectionChanged.connect(self.chosen)
        table.rows.modelReset.connect(self.chosen)
        self.stack.removeWidget(self.table)
        self.table.deleteLater()
        self.table = table
        self.stack.insertWidget(ANSWER, table)

    def _columns(self, found: QueryTable) -> list[Column[Row]]:
        free = [one.key for one in found.columns if one.kind not in _WIDTHS]
        return [
            self._column(
                one,
                [row.get(one.key, "") for row in found.rows[:_LOOKED_AT]],
                stretches=one.key in free or not free,
            )
            for one in found.columns
        ]

    def _column(self, column: QueryColumn, texts: Sequence[str], *, stretches: bool) -> Column[Row]:
        cell = functools.partial(_cell, column.key)
        if column.kind == "money":
            shown = functools.partial(_money, column.key)
            order = functools.partial(_amount, column.key)
            title = f"{column.name}（元）"
            return Column(title, shown, max(120, _room(title)), right=True, copied=cell, order=order)
        if column.kind == "identity":
            return Column(column.name, self._identity(column.key), 184, copied=cell, order=cell)
        look = functools.partial(_look, column.key) if column.key in STATE_KEYS else None
        longest = max((_room(text) for text in [column.name, *texts]), default=0)
        width = _WIDTHS.get(column.kind, min(260, max(88, longest)))
        return Column(column.name, cell, width, stretches=stretches, look=look, tip=cell)

    def _identity(self, key: str) -> functools.partial[str]:
        return functools.partial(_hidden, self._whole, key)

    def _filter(self) -> None:
        words = self._line.text().lower().split()
        self.table.rows.set_filter(functools.partial(_fits, words) if words else None)
        self._show_count()

    def _show_count(self) -> None:
        for button in (self._export, self._print):
            button.setEnabled(self.answer is not None and bool(self.answer.table.rows))
        if self.answer is None:
            self._count.setText("")
        else:
            shown, here, total = len(self.table.rows.shown), len(self.table.rows.all), self.answer.table.total
            parts = [f"{shown} 条" if shown == here else f"{shown} 条，共 {here} 条"]
            if total > here:
                parts.append(f"社保系统有 {total} 条，缩小条件再查")
            parts.append(f"截至 {minute(self.answer.at)}")
            self._count.setText(" · ".join(parts))
        self.dressed.emit()

    def _typed(self, key: str) -> None:
        self._touched.add(key)

    def _left(self, key: str) -> None:
        self._touched.add(key)
        desk = self._page.context.desk
        values, findings = desk.checker(self.region.id, self.item.id).check(self.form.raw(), drafts.ground(desk, None))
        self.form.boxes[key].editor.show_value(values.get(key, ""))
        self._say(findings)

    def _say(self, findings: Sequence[Finding]) -> None:
        self.form.say(findings, self._touched)

    def _tools(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(SMALL)
        self._line = QLineEdit()
        self._line.setPlaceholderText("在结果里查找")
        self._line.setAccessibleName("在结果里查找")
        self._line.setClearButtonEnabled(True)
        self._line.setMinimumWidth(self._theme.px(160))
        self._line.setMaximumWidth(self._theme.px(280))
        self._line.textChanged.connect(self._filter)
        self._whole = QCheckBox("显示完整身份证号")
        self._whole.toggled.connect(lambda _: self.table.viewport().update())
        self._whole.hide()
        self._count = label("", "secondary", wraps=True)
        self._export = Button(self._theme, "导出", "download")
        self._export.clicked.connect(self.export)
        row.addWidget(self._line)
        row.addWidget(self._whole)
        row.addWidget(self._count, 1)
        self._print = Button(self._theme, "打印", "printer")
        self._print.setToolTip("选中的几行；没有选的打印全部")
        if not self.item.prints:
            self._print.hide()
        self._print.clicked.connect(self.print_rows)
        row.addWidget(self._export)
        row.addWidget(self._print)
        return row

    def _empty(self) -> QWidget:
        words = "".join(self.item.introduction) or "结果会列在这里，可以排序、查找、复制和导出。"
        return Empty(self._theme, "search", self.item.name, words)

    def _no_rows(self) -> QWidget:
        following = "改了上面的条件再点“查询”。" if self.item.fields else "以后有了，点“查询”就会列在这里。"
        return Empty(self._theme, "inbox", "没有查到记录", f"社保系统里现在没有这样的记录。{following}")


def _room(text: str) -> int:
    """About how many pixels a text needs at 100 %, with an icon before it."""
    return 36 + sum(8 if one.isascii() else 14 for one in text)


def _cell(key: str, row: Row) -> str:
    return row.get(key, "")


def _money(key: str, row: Row) -> str:
    found = queries.amount(row.get(key, ""))
    return row.get(key, "") if found is None else money(found)


def _amount(key: str, row: Row) -> tuple[bool, object]:
    found = queries.amount(row.get(key, ""))
    return (found is not None, row.get(key, "") if found is None else found)


def _hidden(whole: QCheckBox, key: str, row: Row) -> str:
    text = row.get(key, "")
    return text if whole.isChecked() else masked(text)


def _look(key: str, row: Row) -> Look | None:
    return look_of(row.get(key, ""))


def _first(columns: Sequence[QueryColumn], row: Row) -> str:
    """By what a row is known again although its state has changed: its number, which comes first."""
    return row.get(columns[0].key, "") if columns else ""


def _fits(words: Sequence[str], row: Row) -> bool:
    text = " ".join(row.values()).lower()
    return all(word in text for word in words)

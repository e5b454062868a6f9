"""A payroll held against the roster: every difference with what it costs, and drafts for those a filing mends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout

from app.rules.reconcile import Kind
from app.wording import sentence
from app.workflows import reconciling
from ui.dialogs import Dialog
from ui.parts.chips import Look
from ui.parts.rows import Column
from ui.parts.table import Table
from ui.parts.text import DASH, label, masked, money
from ui.theme import SMALL

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from PySide6.QtWidgets import QWidget

    from app.rules.reconcile import Difference, Reconciled
    from app.workflows.reconciling import Held
    from ui.theme import Theme

LOOKS: Mapping[Kind, Look] = {
    Kind.MISSING: Look("user-plus", "info"),
    Kind.LEFT: Look("user-minus", "warning"),
    Kind.CHANGED: Look("pencil"),
    Kind.RENAMED: Look("triangle-alert", "warning"),
}
_DOUBT = "同名而号码不同，可能写错"
_SHOWN_FINDINGS = 3


class PayrollDialog(Dialog):
    """``then`` is called with the differences that drafts are wanted for."""

    def __init__(self, parent: QWidget, theme: Theme, held: Held, then: Callable[[Sequence[Difference]], None]) -> None:
        super().__init__(parent, theme, "工资表核对", 1010)
        self._then = then
        found = held.result
        self.body.addWidget(label(_summary(found), "large", wraps=True))
        self.body.addWidget(label(_bill(found), wraps=True, selectable=True))
        for words in _unread(held):
            self.body.addWidget(label(words, tone="error", wraps=True, selectable=True))
        self.body.addLayout(self._filters(found))
        self.table: Table[Difference] = Table(theme, _columns(), "工资表与参保人员的差异", several=True)
        self.table.setMinimumHeight(self.least_height(320))
        self.table.set_rows(found.differences)
        self.body.addWidget(self.table, 1)
        self.add_button("返回", self.reject)
        self.keep = self.add_button("存为草稿", self._confirmed, primary=True)
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._count())
        self.table.rows.modelReset.connect(self._count)
        self._count()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _filters(self, found: Reconciled) -> QHBoxLayout:
        self._kind = QComboBox()
        self._kind.setAccessibleName("按差异")
        self._kind.addItem(f"全部差异 {len(found.differences)}", None)
        for kind in Kind:
            if found.of(kind):
                self._kind.addItem(f"{kind.label} {len(found.of(kind))}", kind)
        self._kind.currentIndexChanged.connect(self._filter)
        row = QHBoxLayout()
        row.setSpacing(SMALL)
        row.addWidget(self._kind)
        row.addWidget(label("选中几行只存这几行；不选就是列出的全部。工资表里没有的内容留在草稿里补。", "secondary"), 1)
        return row

    def _filter(self) -> None:
        wanted = self._kind.currentData()
        self.table.rows.set_filter(None if wanted is None else lambda one: one.kind is wanted)

    @property
    def chosen(self) -> list[Difference]:
        """Those a draft can be made for, of the selected rows or, with none selected, of all that are listed."""
        listed = self.table.selected or self.table.rows.shown
        return [one for one in listed if one.kind in reconciling.ITEM_FOR and not one.pending and not one.doubtful]

    def _count(self) -> None:
        number = len(self.chosen)
        self.keep.setText(f"存为 {number} 份草稿" if number else "存为草稿")
        self.keep.setEnabled(number > 0)

    def _confirmed(self) -> None:
        chosen = self.chosen
        if chosen:
            self.accept()
            self._then(chosen)


def _summary(found: Reconciled) -> str:
    parts = [f"{kind.label} {len(found.of(kind))} 人" for kind in Kind if found.of(kind)]
    if not parts:
        return f"{found.same} 人全部一致，没有要办的。"
    return "，".join([f"一致 {found.same} 人", *parts]) + "。"


def _bill(found: Reconciled) -> str:
    if found.before is None or found.after is None:
        return f"{_month(found)}的费用算不全：有人没有工资，或当地标准没有收录。"
    change = money(found.after - found.before, signed=True)
    return f"{_month(found)}应缴 {money(found.before)} 元，全部办理后 {money(found.after)} 元，相差 {change} 元。"


def _month(found: Reconciled) -> str:
    return f"{found.month.year}年{found.month.number}月"


def _unread(held: Held) -> list[str]:
    """The rows that could not be compared, the first few in words."""
    stopping = held.unread
    words = [f"第 {one.where.row} 行没有核对：{sentence(one).message}。" for one in stopping[:_SHOWN_FINDINGS]]
    more = len(stopping) - _SHOWN_FINDINGS
    return [*words, f"还有 {more} 处读不出来。"] if more > 0 else words


def _columns() -> Sequence[Column[Difference]]:
    return (
        Column("差异", lambda one: one.kind.label, 120, look=lambda one: LOOKS[one.kind]),
        Column("姓名", lambda one: one.name, 80),
        Column("身份证号", lambda one: masked(one.identity), 170, copied=lambda one: one.identity),
        Column("表中行", lambda one: str(one.paid.row) if one.paid else DASH, 60, right=True),
        Column("现基数（元）", lambda one: money(one.person.base if one.person else None), 96, right=True),
        Column("工资表（元）", lambda one: money(one.wage), 96, right=True),
        Column("月缴费变化（元）", lambda one: money(one.change, signed=True), 124, right=True),
        Column("说明", _note, 180, stretches=True, tip=_note),
    )


def _note(one: Difference) -> str:
    if one.doubtful:
        return _DOUBT
    if one.kind is Kind.CHANGED and one.paid is not None and one.paid.more:
        return f"第 {'、'.join(map(str, (one.paid.row, *one.paid.more)))} 行合计"
    if one.pending:
        return "正在办理，不再存草稿"
    if one.kind is Kind.RENAMED and one.person is not None:
        return f"参保登记为 {one.person.name}"
    return one.person.standing.label if one.kind is Kind.MISSING and one.person is not None else ""

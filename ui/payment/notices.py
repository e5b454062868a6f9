"""The month's notice with its countdown and the money's way, and the list of all notices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from ui.parts.buttons import Button
from ui.parts.cards import Card
from ui.parts.chips import Chip, Look
from ui.parts.flow import Flow
from ui.parts.rows import Column
from ui.parts.table import Table
from ui.parts.text import day, label, money, retone
from ui.theme import LARGE, SMALL
from ui.workbench.money import MoneyTracker

if TYPE_CHECKING:
    from app.workflows.month import Bill, MonthView
    from ui.theme import Theme

SOON = 3  # working days left from which a term is called short
STATES = {
    "open": ("未缴", Look("hourglass", "warning")),
    "paid": ("已缴", Look("circle-check", "success")),
    "expired": ("已过期", Look("circle-x", "error")),
}


def state_of(bill: Bill) -> tuple[str, Look]:
    """The word and look of a notice's state."""
    return STATES.get(bill.state, (bill.state, Look("info")))


def countdown(view: MonthView) -> tuple[str, str]:
    """How long the month's notice can still be paid, and how urgent that is."""
    bill = view.bill
    if bill is None or not bill.is_open:
        return "", ""
    if bill.due_on is None:
        return "没有写明有效期，尽快缴纳。", "warning"
    if view.bill_days_left is None:
        return f"{day(bill.due_on)} 前有效。", "warning"
    if bill.due_on < view.today:
        return f"{day(bill.due_on)} 已到期，要重新开具。", "error"
    tone = "error" if view.bill_days_left <= SOON else "warning"
    return f"{day(bill.due_on)} 前有效，含今天还有 {view.bill_days_left} 个工作日。", tone


class NoticeCard(Card):
    """The notice of the month. ``opened`` to look at it, ``printed`` and ``saved`` carry its number."""

    opened = Signal(str)
    printed = Signal(str)
    saved = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._number = ""
        head = QHBoxLayout()
        head.setSpacing(LARGE)
        words = QVBoxLayout()
        self._name = label("", "strong", selectable=True)
        self._left = label("")
        words.addWidget(self._name)
        words.addWidget(self._left)
        self._state = Chip(theme)
        self._total = label("", "figure")
        head.addLayout(words)
        head.addWidget(self._state)
        head.addStretch(1)
        head.addWidget(self._total)
        self.body.addLayout(head)
        self.tracker = MoneyTracker(theme)
        self.body.addWidget(self.tracker)
        row = Flow(SMALL, right=True)
        for text, icon, signal in (
            ("看单据", "file-text", self.opened),
            ("保存 PDF", "save", self.saved),
            ("打印", "printer", self.printed),
        ):
            button = Button(theme, text, icon)
            button.clicked.connect(lambda _=False, signal=signal: signal.emit(self._number))
            row.addWidget(button)
        self.body.addLayout(row)
        self.hide()

    @property
    def said(self) -> str:
        """Name and term, as shown."""
        return f"{self._name.text()} {self._left.text()}"

    def show_view(self, view: MonthView) -> None:
        """The notice of another month, or none."""
        bill = view.bill
        self.setVisible(bill is not None)
        if bill is None:
            return
        self._number = bill.number
        self._name.setText(f"{bill.name} {bill.number}")
        retone(self._left, *countdown(view))
        self._left.setVisible(bool(self._left.text()))
        self._state.say(*state_of(bill))
        self._total.setText(f"{money(bill.total)} 元")
        self.tracker.show_stages(view.stages)


def notices_table(theme: Theme) -> Table[Bill]:
    """All notices of the unit, newest first."""
    columns: list[Column[Bill]] = [
        Column("缴费月份", lambda one: str(one.month), width=96),
        Column("单据号", lambda one: one.number, width=170),
        Column("名称", lambda one: one.name, width=180, stretches=True),
        Column("金额（元）", lambda one: money(one.total), width=120, right=True, order=lambda one: one.total),
        Column("有效期至", lambda one: day(one.due_on), width=110),
        Column("状态", lambda one: state_of(one)[0], width=100, look=lambda one: state_of(one)[1]),
    ]
    return Table(theme, columns, "单据")

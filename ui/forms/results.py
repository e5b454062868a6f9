"""What became of what was submitted: taken with receipts, waiting with the reason, refused with what is wrong."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from app.errors import CalledOff
from app.wording import sentence
from app.workflows.batch import receipt_number
from ui.dialogs import failure_message
from ui.parts.buttons import Button
from ui.parts.cards import Card
from ui.parts.chips import LOOKS
from ui.parts.rows import Column
from ui.parts.table import Table
from ui.parts.text import label, masked
from ui.theme import LARGE, TINY

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.domain.filings import Filing
    from app.domain.findings import Finding
    from app.workflows.submit import Submitted
    from ui.forms.offer import Offer
    from ui.theme import Theme

RowT = TypeVar("RowT")
_TITLES = {"人": "姓名", "笔": "事项"}
_WIDTHS = {"人": 120, "笔": 300}
TALLEST = 10  # rows of a table here, before it scrolls


class Results(QWidget):
    """``mend`` carries the refused filings with their findings, to be changed."""

    mend = Signal(list)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        outer.addWidget(self._area)
        #: What is said, block by block; for tests and for screen readers.
        self.headings: list[str] = []

    def show_submitted(self, done: Submitted, offer: Offer) -> None:
        """What became of an offer."""
        counted, named = offer.counted, offer.named
        content = QWidget()
        content.setObjectName("page-content")
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(LARGE)
        self.headings = []
        if done.stopped_by is not None:
            calm = isinstance(done.stopped_by, CalledOff)
            tone = "warning" if calm else "error"
            column.addWidget(failure_message(self._theme, done.stopped_by, tone=tone, closable=False))
        if done.accepted:
            column.addWidget(self._accepted(done, counted, named))
        if done.queued:
            column.addWidget(self._queued(done, counted, named))
        if done.refused:
            column.addWidget(self._refused(done, counted, named))
        if not (done.accepted or done.queued or done.refused):
            column.addWidget(label("没有发出任何一笔，全部还在草稿里。", "section"))
        column.addStretch(1)
        self._area.setWidget(content)

    def _accepted(self, done: Submitted, counted: str, named: Callable[[Filing], str]) -> QWidget:
        columns: list[Column[Filing]] = [
            Column(_TITLES[counted], named, width=_WIDTHS[counted]),
            Column("证件号码", lambda one: masked(one.values.get("identity", "")), width=190),
            Column("状态", lambda one: one.state.label, width=110, look=lambda one: LOOKS[one.state]),
            Column("回执号", lambda one: receipt_number(done.receipts[one.id]), width=220, stretches=True),
        ]
        if not any(one.values.get("identity") for one in done.accepted):
            del columns[1]
        return self._block(f"{len(done.accepted)} {counted}已受理", "", columns, done.accepted)

    def _queued(self, done: Submitted, counted: str, named: Callable[[Filing], str]) -> QWidget:
        columns: list[Column[Filing]] = [
            Column(_TITLES[counted], named, width=_WIDTHS[counted]),
            Column("状态", lambda one: one.state.label, width=200, look=lambda one: LOOKS[one.state], stretches=True),
        ]
        words = "已经签好名，保存在待发送里。连上社保系统后自动接着发送，不会丢，也不会重复；不要重新填报。"
        return self._block(f"{len(done.queued)} {counted}待发送", words, columns, done.queued)

    def _refused(self, done: Submitted, counted: str, named: Callable[[Filing], str]) -> QWidget:
        columns: list[Column[tuple[Filing, tuple[Finding, ...]]]] = [
            Column(_TITLES[counted], lambda one: named(one[0]), width=_WIDTHS[counted]),
            Column("原因", lambda one: _why(one[1]), width=320, stretches=True, tip=lambda one: _why(one[1])),
        ]
        card = self._block(f"{len(done.refused)} {counted}未通过", "", columns, done.refused)
        button = Button(self._theme, f"改这 {len(done.refused)} {counted}", "pencil")
        button.clicked.connect(functools.partial(self.mend.emit, list(done.refused)))
        card.head.addWidget(button)
        return card

    def _block(self, title: str, words: str, columns: list[Column[RowT]], rows: list[RowT]) -> Card:
        self.headings.append(title)
        card = Card(title)
        if words:
            card.body.addWidget(label(words, "secondary", wraps=True))
        table: Table[RowT] = Table(self._theme, columns, title)
        table.set_rows(rows)
        table.setFixedHeight(self._theme.px(32 + 32 * min(len(rows), TALLEST)) + TINY)
        card.body.addWidget(table)
        return card


def _why(findings: tuple[Finding, ...]) -> str:
    words = [sentence(one) for one in findings if one.stops] or [sentence(one) for one in findings]
    return "；".join(f"{one.message}。{one.remedy}" for one in words)

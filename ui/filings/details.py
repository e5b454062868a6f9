"""One filing with everything known of it: values, what is wrong, history, receipt, and what can be done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from app.domain.filings import FilingState
from app.wording import sentence
from app.workflows import drafts
from ui.parts.buttons import Button, IconLabel
from ui.parts.chips import LOOKS, Chip
from ui.parts.text import label, minute
from ui.parts.values import shown_value, subject_of
from ui.theme import LARGE, MEDIUM, SMALL, TINY

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from app.domain.filings import Filing
    from app.domain.findings import Finding
    from app.workflows.desk import Desk
    from ui.context import Context

LEAST_HEIGHT = 120
ACTIONS = (
    ("edit", "继续填写", "pencil"),
    ("withdraw", "撤回", "undo-2"),
    ("reopen", "重新打开", "history"),
    ("void", "作废", "trash-2"),
)


@dataclass(frozen=True, slots=True)
class Known:
    """A filing with its findings of today, its steps, and whether the bureau's receipt is kept."""

    filing: Filing
    findings: tuple[Finding, ...]
    steps: tuple[tuple[FilingState, str, datetime], ...]
    receipt: str | None


def look(desk: Desk, filing_id: str) -> Known:
    """Everything known of a filing."""
    filing = desk.filings.get(filing_id)
    editable = filing.state.is_editable
    findings = drafts.check(desk, [filing])[0].findings if editable else filing.findings
    return Known(filing, findings, tuple(desk.filings.history(filing.id)), desk.outbox.receipt_of(filing.id))


def possible(state: FilingState) -> frozenset[str]:
    """What can be done with a filing in that state."""
    if state.is_editable:
        return frozenset({"edit", "void"})
    if state in (FilingState.ACCEPTED, FilingState.UNDER_REVIEW):
        return frozenset({"withdraw"})
    if state in (FilingState.REJECTED, FilingState.WITHDRAWN):
        return frozenset({"reopen", "void"})
    return frozenset()


class Details(QFrame):
    """``asked`` carries the action and the filing."""

    asked = Signal(str, object)

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._known: Known | None = None
        self.setProperty("role", "card")
        self.setMinimumWidth(340)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(LARGE, MEDIUM, LARGE, MEDIUM)
        outer.setSpacing(MEDIUM)
        head = QHBoxLayout()
        self._title = label("", "section", wraps=True)
        self._chip = Chip(context.theme)
        head.addWidget(self._title, 1)
        head.addWidget(self._chip, 0, Qt.AlignmentFlag.AlignTop)
        outer.addLayout(head)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        outer.addWidget(self._area, 1)
        context.theme.changed.connect(self._dress)
        self._dress()
        row = QHBoxLayout()
        row.setSpacing(SMALL)
        row.addStretch(1)
        self.buttons: dict[str, Button] = {}
        for name, words, icon in ACTIONS:
            button = Button(context.theme, words, icon)
            button.clicked.connect(lambda _=False, name=name: self._ask(name))
            self.buttons[name] = button
            row.addWidget(button)
        outer.addLayout(row)
        self.show_nothing()

    def show_nothing(self) -> None:
        """No filing is chosen."""
        self._known = None
        self._title.setText("选一笔看详情")
        self._chip.hide()
        for button in self.buttons.values():
            button.hide()
        nothing = QWidget()
        nothing.setObjectName("page-content")
        self._area.setWidget(nothing)

    def show_known(self, known: Known) -> None:
        """A filing."""
        self._known = known
        filing = known.filing
        region = self._context.desk.region(filing.region)
        item = region.items.get(filing.item)
        self._title.setText(f"{subject_of(region, filing)} · {item.name if item else filing.item}")
        self._chip.show_state(filing.state)
        self._chip.show()
        can = possible(filing.state) - (frozenset() if item else {"edit"})
        for name, button in self.buttons.items():
            button.setVisible(name in can)
        content = QWidget()
        content.setObjectName("page-content")
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, SMALL, 0)
        column.setSpacing(MEDIUM)
        self._add_findings(column, known.findings)
        self._add_values(column, known)
        self._add_steps(column, known)
        column.addStretch(1)
        self._area.setWidget(content)

    def _dress(self) -> None:
        # A finding with its remedy can be read without moving anything; the page scrolls where there is no room.
        self._area.setMinimumHeight(self._context.theme.px(LEAST_HEIGHT))

    def _ask(self, action: str) -> None:
        if self._known is not None:
            self.asked.emit(action, self._known.filing)

    def _add_findings(self, column: QVBoxLayout, findings: Sequence[Finding]) -> None:
        for finding in findings:
            words = sentence(finding)
            tone = "error" if finding.stops else "warning"
            frame = QFrame()
            frame.setProperty("chip", tone)
            row = QHBoxLayout(frame)
            row.setContentsMargins(SMALL, SMALL, SMALL, SMALL)
            icon = IconLabel(self._context.theme, "circle-alert" if finding.stops else "triangle-alert", tone)
            row.addWidget(icon, 0, Qt.AlignmentFlag.AlignTop)
            text = QVBoxLayout()
            text.setSpacing(TINY)
            text.addWidget(label(words.message, wraps=True, selectable=True))
            text.addWidget(label(words.remedy, "secondary", wraps=True, selectable=True))
            row.addLayout(text, 1)
            column.addWidget(frame)

    def _add_values(self, column: QVBoxLayout, known: Known) -> None:
        filing = known.filing
        region = self._context.desk.region(filing.region)
        item = region.items.get(filing.item)
        # A form layout forgets that its labels need more height when they are narrow; a grid does not.
        form = QGridLayout()
        form.setHorizontalSpacing(LARGE)
        form.setVerticalSpacing(SMALL)
        form.setColumnStretch(1, 1)
        lines = [("月份", filing.month.spoken)]
        for field in item.fields if item else ():
            value = filing.values.get(field.key, "")
            if value:
                lines.append((field.name, shown_value(region, field, value)))
        lines += [("附件", one.name) for one in filing.attachments]
        lines += [
            (name, filing.outcome[key])
            for key, name in (("notice", "单据号"), ("certificate", "授权码"))
            if key in filing.outcome
        ]
        if filing.bureau_id:
            lines.append(("社保系统办件号", filing.bureau_id))
        lines.append(("回执", "已收到并核对签名" if known.receipt else "还没有"))
        for at, (name, value) in enumerate(lines):
            form.addWidget(label(name, "secondary", wraps=True), at, 0, Qt.AlignmentFlag.AlignTop)
            form.addWidget(label(value, wraps=True, selectable=True), at, 1, Qt.AlignmentFlag.AlignTop)
        column.addLayout(form)

    def _add_steps(self, column: QVBoxLayout, known: Known) -> None:
        column.addWidget(label("经过", "strong"))
        before = ""
        for state, note, at in known.steps:
            # Sealed and queued are two states of ours and one to the clerk.
            if state.label == before:
                continue
            before = state.label
            row = QHBoxLayout()
            row.setSpacing(SMALL)
            row.addWidget(IconLabel(self._context.theme, LOOKS[state].icon, LOOKS[state].role, 14))
            row.addWidget(label(state.label))
            row.addWidget(label(minute(at), "secondary"))
            row.addStretch(1)
            column.addLayout(row)
            if note:
                column.addWidget(label(note, "secondary", wraps=True, selectable=True))

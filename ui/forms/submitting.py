"""Confirm, seal with the UKey, send, and what became of it: the same for every page that submits."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QStackedWidget, QVBoxLayout, QWidget

from app.errors import BureauUnreachable, CalledOff, KeyTrouble
from app.workflows import session as sessions
from ui.forms.results import Results
from ui.forms.scrolling import scrolling
from ui.forms.stepbar import TITLES, StepBar
from ui.jobs import Lane
from ui.parts.buttons import Button, IconLabel
from ui.parts.cards import Card
from ui.parts.rows import Column
from ui.parts.table import Table
from ui.parts.text import label
from ui.state import Connection
from ui.theme import LARGE, MEDIUM, SMALL

if TYPE_CHECKING:
    from PySide6.QtGui import QHideEvent, QShowEvent

    from app.domain.progress import Progress
    from app.errors import ShebaoError
    from app.workflows.login import Signer
    from app.workflows.session import Session
    from app.workflows.submit import Submitted
    from ui.forms.offer import Offer
    from ui.jobs import Job
    from ui.page import Page

CONFIRM, RUNNING, END = range(3)
_STAGES = {"核对": "核对人员和单位", "签名": "用 UKey 签名", "发送": "发送到社保系统"}


class SubmitFlow(QWidget):
    """Stands in a page's stack and uses the page's footer while it is shown.

    ``left``: the clerk goes back, nothing was sent. ``ended`` carries the Submitted, ``mend`` the refused filings the
    clerk wants to change, ``closed`` when the result was read.
    """

    left = Signal()
    ended = Signal(object)
    mend = Signal(list)
    closed = Signal()

    def __init__(self, page: Page) -> None:
        super().__init__()
        self._page = page
        self._theme = page.context.theme
        self._offer: Offer | None = None
        self._job: Job | None = None
        self.stack = QStackedWidget()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self.bar = StepBar()
        self.bar.mark(len(TITLES) - 1)
        outer.setSpacing(MEDIUM)
        outer.addWidget(self.bar)
        outer.addWidget(self.stack, 1)
        self._confirm = QWidget()
        self.stack.addWidget(self._confirm)
        self.stack.addWidget(self._running())
        # In the footer and not under the table: at 200 % the end of a confirmation is out of sight.
        self._leave = Button(self._theme, "返回修改", "chevron-left")
        self._leave.clicked.connect(self.back)
        page.add_footer_widget(self._leave)
        self.results = Results(self._theme)
        self.results.mend.connect(self.mend)
        self.stack.addWidget(self.results)

    @property
    def stage(self) -> int:
        """CONFIRM, RUNNING or END."""
        return self.stack.currentIndex()

    @property
    def busy(self) -> bool:
        """Whether it is sealing or sending."""
        return self._job is not None

    def may_leave(self) -> bool:
        """Whether the page may be left; says why not."""
        if self.busy:
            self._page.context.shell.toast("正在提交，完成或停止后再离开")
        return not self.busy

    def offer(self, offer: Offer, *, steps: bool = False) -> None:
        """Show what will happen, for the clerk to confirm; ``steps`` where it is the third of three steps."""
        self.bar.setVisible(steps)
        self._offer = offer
        fresh = _confirmation(self._page, offer)
        self.stack.insertWidget(CONFIRM, fresh)
        self.stack.setCurrentIndex(CONFIRM)
        self.stack.removeWidget(self._confirm)
        self._confirm.deleteLater()
        self._confirm = fresh
        self.dress_footer()

    def dress_footer(self) -> None:
        """The footer of the stage that is shown."""
        if self._offer is None:
            return
        self._leave.setVisible(self.stage == CONFIRM)
        if self.stage == CONFIRM:
            online = self._page.context.state.session is not None
            words = "核对无误后提交，UKey 会签名。" if online else "登录后才能提交。内容已保存在草稿里。"
            self._page.set_state(words, "" if online else "warning")
            self._page.set_primary(self._offer.action if online else "去登录", self._go)
        elif self.stage == RUNNING:
            self._page.set_state("正在提交，请不要拔出 UKey。")
            self._page.hide_primary()
        else:
            self._page.set_state("")
            self._page.set_primary("完成", self.close_results)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._leave.setVisible(self.stage == CONFIRM)

    def hideEvent(self, event: QHideEvent) -> None:
        """The footer is another's while it is not shown."""
        super().hideEvent(event)
        self._leave.hide()

    def close_results(self) -> None:
        """The clerk has read what became of it."""
        self._offer = None
        self.closed.emit()

    def back(self) -> None:
        """Esc: from the confirmation to where it came from; sealing is not ended by it, there is a button for that."""
        if self.stage == CONFIRM:
            self.left.emit()
        elif self.stage == END:
            self.close_results()

    def stop(self) -> None:
        """End between two steps; what was sealed and sent until then counts."""
        if self._job is not None:
            self._job.cancel()
            self._what.setText("正在停下……")

    def _go(self) -> None:
        context = self._page.context
        if context.state.session is None:
            context.shell.navigate("login")
            return
        assert self._offer is not None  # noqa: S101 - the button is there only with an offer
        offer = self._offer
        context.signin.with_signer(self._page, offer.sentence, self._run, self._failed, afresh=offer.afresh)

    def _run(self, session: Session, signer: Signer) -> None:
        offer, desk = self._offer, self._page.context.desk
        if offer is None or self._job is not None:
            return
        self._bar.setRange(0, 0)
        self._what.setText("正在连接社保系统")
        self.stack.setCurrentIndex(RUNNING)

        def work(progress: Progress) -> Submitted:
            bureau = sessions.connect(desk, session)
            try:
                return offer.work(session, bureau, signer, progress)
            finally:
                bureau.close()

        # The lane of the UKey: nobody else may speak to it while it seals.
        self._job = self._page.run(
            work, self._done, lane=Lane.TOKEN, on_failed=self._failed, on_progress=self._progress
        )
        self.dress_footer()

    def _progress(self, done: int, total: int, what: str) -> None:
        self._bar.setRange(0, max(total, 1))
        self._bar.setValue(done)
        self._what.setText(f"{_STAGES.get(what, what)}　{done} / {total}")

    def _done(self, done: Submitted) -> None:
        self._job = None
        if self._offer is not None:
            self.results.show_submitted(done, self._offer)
        self.stack.setCurrentIndex(END)
        self.dress_footer()
        context = self._page.context
        if isinstance(done.stopped_by, KeyTrouble):
            context.state.set_signer(None)
        if isinstance(done.stopped_by, BureauUnreachable):
            context.state.set_connection(Connection.OFFLINE)
        self.ended.emit(done)
        if done.stopped_by is None:
            context.shell.fetch_news()

    def _failed(self, failure: ShebaoError) -> None:
        self._job = None
        self.stack.setCurrentIndex(CONFIRM)
        self.dress_footer()
        if not isinstance(failure, CalledOff):
            if isinstance(failure, KeyTrouble):
                self._page.context.state.set_signer(None)
            self._page.context.shell.show_failure(failure)

    def _running(self) -> QWidget:
        widget = QWidget()
        column = QVBoxLayout(widget)
        column.setSpacing(MEDIUM)
        column.addStretch(1)
        self._what = label("", "section")
        self._what.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(self._theme.px(420))
        hint = label("停下时，已发出的算数，没有发出的还在草稿或待发送里。", "secondary")
        hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        stop = Button(self._theme, "停止")
        stop.clicked.connect(self.stop)
        column.addWidget(self._what)
        column.addWidget(self._bar, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(hint)
        column.addWidget(stop, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(2)
        return widget


def _confirmation(page: Page, offer: Offer) -> QWidget:
    theme = page.context.theme
    widget = QWidget()
    column = QVBoxLayout(widget)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(LARGE)
    sentence = label(offer.sentence, "large", wraps=True)
    sentence.setObjectName("confirmation")
    column.addWidget(sentence)
    if offer.irreversible:
        column.addWidget(warning_frame(page, offer.irreversible))
    card = Card()
    table: Table[tuple[str, ...]] = Table(theme, _columns(offer), "要提交的内容")
    table.set_rows(offer.rows)
    table.setMinimumHeight(theme.px(32 * min(5, len(offer.rows) + 1)))
    card.body.addWidget(table)
    column.addWidget(card, 1)
    unit = page.context.state.unit
    who = f"以“{unit.name}”（{unit.number}）的 UKey 签名。" if unit else "用本单位的 UKey 签名。"
    column.addWidget(label(who, "secondary", wraps=True))
    return scrolling(widget)


def _columns(offer: Offer) -> list[Column[tuple[str, ...]]]:
    columns: list[Column[tuple[str, ...]]] = []
    for at, title in enumerate(offer.head):
        longest = max([len(title), *(len(row[at]) for row in offer.rows[:50])])
        width = min(240, 40 + 13 * longest) if len(offer.head) > 2 else 200
        # What is left goes to the last column, or to the first where amounts stand at the right edge.
        stretching = 0 if len(offer.head) - 1 in offer.amounts else len(offer.head) - 1
        amount = at in offer.amounts
        text = functools.partial(_at, at)
        columns.append(Column(title, text, width=width, right=amount, stretches=at == stretching))
    return columns


def _at(place: int, row: tuple[str, ...]) -> str:
    return row[place]


def warning_frame(page: Page, words: str) -> QFrame:
    """What cannot be undone, said so that it is seen."""
    frame = QFrame()
    frame.setProperty("tone", "warning")
    row = QHBoxLayout(frame)
    row.setContentsMargins(MEDIUM, SMALL, MEDIUM, SMALL)
    row.setSpacing(SMALL)
    row.addWidget(IconLabel(page.context.theme, "triangle-alert", "warning"), 0, Qt.AlignmentFlag.AlignTop)
    row.addWidget(label(words, wraps=True), 1)
    return frame

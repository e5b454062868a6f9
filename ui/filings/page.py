"""All filings of the unit: found by state, item or text; withdrawn, voided or opened again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QSplitter, QStackedWidget

from app.domain.filings import FilingState
from app.workflows import drafts
from app.workflows import session as sessions
from app.workflows import submit as submitting
from ui.dialogs import ConfirmDialog
from ui.filings.details import Details, Known, look
from ui.jobs import Lane
from ui.page import Page
from ui.pages import page_of
from ui.parts.cards import Empty
from ui.parts.chips import LOOKS
from ui.parts.flow import Flow
from ui.parts.rows import Column
from ui.parts.table import Table
from ui.parts.text import label, masked, minute
from ui.parts.values import subject_of
from ui.theme import SMALL

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QResizeEvent

    from app.domain.filings import Filing
    from app.workflows.login import Signer
    from app.workflows.session import Session
    from ui.context import Context

_S = FilingState
GROUPS: tuple[tuple[str, str, frozenset[FilingState]], ...] = (
    ("", "全部状态", frozenset(_S)),
    ("draft", "草稿", frozenset({_S.DRAFT, _S.CHECKED})),
    ("waiting", "待发送", frozenset({_S.SEALED, _S.QUEUED, _S.SENT})),
    ("under-review", "办理中", frozenset({_S.ACCEPTED, _S.UNDER_REVIEW})),
    ("approved", "已通过", frozenset({_S.APPROVED})),
    ("rejected", "未通过", frozenset({_S.REJECTED})),
    ("over", "已撤回或作废", frozenset({_S.WITHDRAWN, _S.VOIDED})),
)


NARROW = 800
LEAST_ROWS = 4


class FilingsPage(Page):
    """List at the left, the chosen filing at the right."""

    help = (
        "这里是本单位在这台电脑上的每一笔申报，新的在前。点表头排序，按状态、事项或文字查找。",
        "选一笔，右边看填了什么、有什么问题、经过和回执。",
        "草稿可以继续填写或作废；在审核中的可以撤回；没有通过的可以重新打开，改好再提交。",
    )

    def __init__(self, context: Context) -> None:
        super().__init__(context, "办件", "每一笔申报办到哪里。")
        self._wanted = ""
        self._by_state = QComboBox()
        self._by_item = QComboBox()
        self._text = QLineEdit()
        self._count = label("", "secondary")
        self.add_action("取最新消息", "refresh-cw", context.shell.fetch_news)
        self.body.addLayout(self._filters())
        self.table: Table[Filing] = Table(context.theme, self._columns(), "办件列表")
        self.table.keep_room_for(LEAST_ROWS)
        self.table.chosen.connect(self._chosen)
        self.details = Details(context)
        self.details.asked.connect(self._asked)
        self._split = QSplitter()
        self._split.setHandleWidth(SMALL * 2)
        self._split.setChildrenCollapsible(False)
        self._split.addWidget(self.table)
        self._split.addWidget(self.details)
        self._split.setStretchFactor(0, 5)
        self._split.setStretchFactor(1, 3)
        self._states = QStackedWidget()
        words = "从“增员”或“减员”开始，存下的草稿和提交的申报都会在这里。"
        self._states.addWidget(Empty(context.theme, "list-checks", "还没有申报", words))
        self._states.addWidget(self._split)
        self.body.addWidget(self._states, 1)

    def open_at(self, **where: object) -> None:
        """``state``: a group of GROUPS or a state's name; ``filing``: an id to choose."""
        wanted = str(where.get("state") or "")
        for at, (name, _, states) in enumerate(GROUPS):
            if wanted and (wanted == name or wanted in {one.value for one in states if name}):
                self._by_state.setCurrentIndex(at)
                break
        else:
            self._by_state.setCurrentIndex(0)
        self._wanted = str(where.get("filing") or "")
        if self._wanted:
            self._text.clear()

    def refresh(self) -> None:
        """Load the list."""
        unit = self.context.state.unit_number
        self.run(lambda _: self.context.desk.filings.select(unit), self._show)

    def search(self) -> None:
        """Ctrl+F."""
        self._text.setFocus()
        self._text.selectAll()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Details beside the list where there is room, below it where the text is large."""
        super().resizeEvent(event)
        narrow = self.width() < self.context.theme.px(NARROW)
        wanted = Qt.Orientation.Vertical if narrow else Qt.Orientation.Horizontal
        if wanted is not self._split.orientation():
            self._split.setOrientation(wanted)
            self._split.setSizes([1, 1] if narrow else [5, 3])

    # --- the list ---

    def _show(self, filings: Sequence[Filing]) -> None:
        self._states.setCurrentIndex(1 if filings else 0)
        self._fill_items(filings)
        self.table.set_rows(filings, key=lambda one: one.id)
        if self._wanted:
            self.table.choose(lambda one: one.id == self._wanted)
            self._wanted = ""
        self._filter()

    def _filter(self) -> None:
        states = GROUPS[self._by_state.currentIndex()][2]
        item = self._by_item.currentData()
        text = self._text.text().strip().lower()

        def keep(filing: Filing) -> bool:
            if filing.state not in states or (item and filing.item != item):
                return False
            return not text or text in self._searched(filing)

        before = self.table.current
        self.table.rows.set_filter(keep)
        if before is not None:
            self.table.choose(lambda one: one.id == before.id)
        shown, total = len(self.table.rows.shown), len(self.table.rows.all)
        self._count.setText(f"{shown} 笔" if shown == total else f"{shown} 笔，共 {total} 笔")

    def _searched(self, filing: Filing) -> str:
        values = filing.values
        parts = (values.get("name", ""), values.get("identity", ""), filing.bureau_id or "", self._item_name(filing))
        return " ".join((*parts, *filing.outcome.values())).lower()

    def _chosen(self, filing: Filing | None) -> None:
        if filing is None:
            self.details.show_nothing()
            return
        self.run(lambda _: look(self.context.desk, filing.id), self._known)

    def _known(self, known: Known) -> None:
        current = self.table.current
        if current is not None and current.id == known.filing.id:
            self.details.show_known(known)

    # --- what can be done ---

    def _asked(self, action: str, filing: Filing) -> None:
        name = subject_of(self.context.desk.region(filing.region), filing)
        if action == "edit":
            self._edit(filing)
        elif action == "reopen":
            self._reopen(filing)
        elif action == "void":
            sentence = f"作废 {name} 的这一笔{self._item_name(filing)}。"
            self._confirm(sentence, "作废", lambda: self._void(filing), "作废后不能恢复，需要时新建一笔。")
        elif action == "withdraw":
            sentence = f"从社保系统撤回 {name} 的这一笔{self._item_name(filing)}。"
            self._confirm(sentence, "撤回", lambda: self._sign_withdrawal(filing, sentence))

    def _edit(self, filing: Filing) -> None:
        item = self.context.desk.region(filing.region).items.get(filing.item)
        if item is None:
            self.context.shell.toast("这个地区现在没有这个事项了，只能作废")
            return
        self.context.shell.navigate(page_of(item), filing=filing.id)

    def _confirm(self, sentence: str, action: str, then: Callable[[], None], irreversible: str = "") -> None:
        ConfirmDialog(self, self.context.theme, sentence, action, then, irreversible=irreversible).open()

    def _reopen(self, filing: Filing) -> None:
        desk = self.context.desk
        self.run(lambda _: drafts.reopen(desk, filing), lambda _: self._changed("已重新打开，是草稿了。"))

    def _void(self, filing: Filing) -> None:
        self.run(lambda _: drafts.void(self.context.desk, filing), lambda _: self._changed("已作废。"))

    def _sign_withdrawal(self, filing: Filing, sentence: str) -> None:
        def send(session: Session, signer: Signer) -> None:
            self.run(
                lambda _: self._withdraw(session, signer, filing),
                lambda _: self._changed("已撤回。"),
                lane=Lane.NETWORK,
            )

        self.context.signin.with_signer(self, sentence, send, self.context.shell.show_failure)

    def _withdraw(self, session: Session, signer: Signer, filing: Filing) -> Filing:
        bureau = sessions.connect(self.context.desk, session)
        try:
            return submitting.withdraw(self.context.desk, bureau, session, signer, filing)
        finally:
            bureau.close()

    def _changed(self, words: str) -> None:
        self.context.shell.toast(words)
        self.context.store_changed()

    # --- building ---

    def _filters(self) -> QHBoxLayout:
        filters = Flow(SMALL)
        self._by_state.setAccessibleName("按状态")
        for _, words, _states in GROUPS:
            self._by_state.addItem(words)
        self._by_item.setAccessibleName("按事项")
        self._by_item.addItem("全部事项", "")
        self._text.setPlaceholderText("姓名、身份证号、单据号")
        self._text.setAccessibleName("查找")
        self._text.setClearButtonEnabled(True)
        self._text.setMinimumWidth(self.context.theme.px(200))
        self._text.setMaximumWidth(self.context.theme.px(280))
        self._by_item.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._by_item.setMinimumContentsLength(12)
        self._by_state.currentIndexChanged.connect(self._filter)
        self._by_item.currentIndexChanged.connect(self._filter)
        self._text.textChanged.connect(self._filter)
        for widget in (self._by_state, self._by_item, self._text):
            filters.addWidget(widget)
        row = QHBoxLayout()
        row.setSpacing(SMALL)
        row.addLayout(filters, 1)
        row.addWidget(self._count)
        return row

    def _fill_items(self, filings: Sequence[Filing]) -> None:
        names = {one.item: self._item_name(one) for one in filings}
        there = {self._by_item.itemData(at) for at in range(1, self._by_item.count())}
        for item, name in names.items():
            if item not in there:
                self._by_item.addItem(name, item)

    def _item_name(self, filing: Filing) -> str:
        item = self.context.desk.region(filing.region).items.get(filing.item)
        return item.name if item else filing.item

    def _columns(self) -> Sequence[Column[Filing]]:
        desk = self.context.desk

        def who(filing: Filing) -> str:
            return subject_of(desk.region(filing.region), filing)

        return (
            Column("状态", lambda one: one.state.label, 84, look=lambda one: LOOKS[one.state]),
            # Room for a filing of the whole unit with all its insurances, which has no name to be known by.
            Column("谁", who, 186, stretches=True, tip=who),
            Column(
                "身份证号",
                lambda one: masked(one.values.get("identity", "")),
                154,
                copied=lambda one: one.values.get("identity", ""),
            ),
            Column("事项", self._item_name, 154, stretches=True, tip=self._item_name),
            Column("月份", lambda one: str(one.month), 68),
            Column("更新", lambda one: minute(one.updated_at), 124, order=lambda one: one.updated_at),
        )

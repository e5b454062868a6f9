"""税务: the unit's bills at the tax office, what was declared there, and bank vouchers with their deadlines.

Nothing here knows a region: the queries and the filings are items of its pack, found by what they ask or bring about.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QStackedWidget, QTabBar, QVBoxLayout, QWidget

from app.regions.pack import Kind
from app.wording import Notice
from app.workflows import queries, sync
from ui.hall.panel import QueryPanel
from ui.jobs import Lane
from ui.page import Page
from ui.pages import TAX_QUERIES, page_of
from ui.parts.cards import Empty, Message, clear
from ui.parts.text import money
from ui.theme import MEDIUM, SMALL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.domain.months import Month
    from app.regions.pack import Item, Region
    from ui.context import Context

# The tax office's own words for the states of a bill, as the queries give them.
NOT_DECLARED, TO_BE_PAID, LOCKED, CANCELLED = "未申报", "待缴款", "状态不明", "勿缴"
_TABS = {"tax-bills": "应缴单据", "tax-records": "申报记录", "tax-vouchers": "银行端缴款凭证"}
_LOCKED = Notice(
    "单据 {number} 是“实时扣款状态不明”：税务发出了扣款，银行还没有回答扣没扣成。",
    "单据已锁定，不会重复扣款，也不能作废。",
    "不要再缴，也不要去银行另缴。先看银行账户有没有扣款，等税务与银行对账后按 F5 重查；"
    "次日仍不明的，带银行流水到税务窗口处理。",
)
_CANCELLED = Notice(
    "单据 {number} 社保已撤销，勿缴。",
    "税务这边还看得到它，是因为社保撤销后税务没有跟着撤。",
    "缴同一月份重新开具的那一张；缴错的只能到税务窗口申请退。",
)


class TaxPage(Page):
    """Three queries as tabs; the next step follows from what is selected."""

    help = (
        "社保系统推送过来的单据在“应缴单据”里。选中一张，右下角就是下一步：先申报，再缴款。",
        "缴款前要再输一次 PIN（安全认证）。",
        "标着“社保已撤销，勿缴”的不要缴；“实时扣款状态不明”的等对账结果，不要重复缴。",
        "银行端缴款凭证要在限缴日期前到银行缴，过期到税务窗口作废后重开。",
    )

    def __init__(self, context: Context) -> None:
        super().__init__(context, "税务")
        self._region: Region | None = None
        self.panels: dict[str, QueryPanel] = {}
        self._void = self.add_action("作废申报", "undo-2", self._void_declaration)
        self.tabs = QTabBar()
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.currentChanged.connect(self._turned)
        self._warnings = QVBoxLayout()
        self._warnings.setSpacing(SMALL)
        self.stack = QStackedWidget()
        words = "本地区的社保费由税务按三方协议扣款，或在税务自己的系统里办理，这里没有要做的。"
        self._nothing = Empty(context.theme, "landmark", "本地区没有税务事项", words)
        self.stack.addWidget(self._nothing)
        column = QVBoxLayout()
        column.setSpacing(MEDIUM)
        column.addWidget(self.tabs)
        column.addLayout(self._warnings)
        column.addWidget(self.stack, 1)
        self.body.addLayout(column, 1)

    # --- what the shell calls ---

    def refresh(self) -> None:
        region = self.context.desk.region(self.context.state.region)
        if region is not self._region:
            self._take(region)
        panel = self.panel
        if panel is not None:
            panel.load()
        self._dress()

    def month_changed(self, month: Month) -> None:
        """All bills are shown, whatever their month."""

    def search(self) -> None:
        if self.panel is not None:
            self.panel.search()

    @property
    def panel(self) -> QueryPanel | None:
        """The query that is shown."""
        shown = self.stack.currentWidget()
        return shown if isinstance(shown, QueryPanel) else None

    # --- inside ---

    def _take(self, region: Region) -> None:
        self._region = region
        self.set_subtitle(f"{region.name} · {region.tax_system}")
        for panel in self.panels.values():
            self.stack.removeWidget(panel)
            panel.deleteLater()
        self.panels = {}
        self.tabs.blockSignals(True)  # noqa: FBT003 - Qt's own signature
        while self.tabs.count():
            self.tabs.removeTab(0)
        for query in TAX_QUERIES:
            item = next((one for one in region.items.values() if one.kind is Kind.QUERY and one.query == query), None)
            if item is not None:
                panel = self.panels[query] = QueryPanel(self, region, item)
                panel.dressed.connect(self._dress)
                panel.chosen.connect(self._dress)
                self.stack.addWidget(panel)
                self.tabs.addTab(_TABS[query])
        self.tabs.blockSignals(False)  # noqa: FBT003 - Qt's own signature
        self.tabs.setVisible(bool(self.panels))
        self._show(0)

    def _show(self, at: int) -> None:
        shown: QWidget = list(self.panels.values())[at] if self.panels else self._nothing
        self.stack.setCurrentWidget(shown)

    def _turned(self, at: int) -> None:
        self._show(at)
        if self.panel is not None:
            self.panel.load()
        self._dress()

    def _item(self, effect: str) -> Item | None:
        items = self._region.items.values() if self._region else ()
        return next((one for one in items if one.kind is Kind.FILING and one.effect == effect), None)

    def _dress(self) -> None:
        panel = self.panel
        clear(self._warnings)
        row = panel.rows[0] if panel is not None and len(panel.rows) == 1 else None
        state = row.get("state", "") if row else ""
        void = panel is not None and TO_BE_PAID in state and self._item("tax-void") is not None
        self._void.setVisible(void)
        if panel is None:
            self.set_state("")
            self.hide_primary()
            return
        for one in panel.table.rows.all:
            self._warn(one)
        self.set_state(*self._words(panel))
        action = self._next(row, state)
        if self.context.state.session is None:
            self.set_primary("去登录", panel.ask)
        elif action is not None and row is not None:
            item, words = action
            self.set_primary(words, lambda: self._file(item, row))
        else:
            self.set_primary("重查", panel.ask, enabled=not panel.busy)

    def _next(self, row: Mapping[str, str] | None, state: str) -> tuple[Item, str] | None:
        """The filing that goes on with a bill, and the words on the button; None where there is none."""
        if row is None or _cancelled(row):
            return None
        for word, effect, words in ((NOT_DECLARED, "tax-declare", "申报"), (TO_BE_PAID, "tax-pay", "缴款")):
            item = self._item(effect)
            if word in state and item is not None:
                return item, f"{words} {money(queries.amount(row.get('amount', '')))} 元"
        return None

    def _words(self, panel: QueryPanel) -> tuple[str, str]:
        if panel.busy:
            return "正在向社保系统查询", ""
        rows = panel.table.rows.all
        locked = sum(LOCKED in row.get("state", "") for row in rows)
        if locked:
            return f"{locked} 张扣款状态不明，已锁定，不要重复缴。", "error"
        open_until = sorted(row["deadline"] for row in rows if row.get("deadline") and "未缴" in row.get("state", ""))
        if open_until:
            return f"最近的凭证 {open_until[0]} 前到银行缴，过期到税务窗口作废重开。", "warning"
        waiting = sum(not _cancelled(row) and _waits(row) for row in rows)
        if waiting and panel.item.query == "tax-bills":
            return f"{waiting} 张要申报或缴款，选中一张继续。", "warning"
        return "", ""

    def _warn(self, row: Mapping[str, str]) -> None:
        words = _CANCELLED if _cancelled(row) else _LOCKED if LOCKED in row.get("state", "") else None
        if words is None or self._warnings.count() >= 2:
            return
        filled = Notice(
            *(part.format(number=row.get("number", "")) for part in (words.happened, words.safe, words.next))
        )
        tone = "error" if words is _LOCKED else "warning"
        self._warnings.addWidget(Message(self.context.theme, filled, tone=tone, closable=False))

    def _file(self, item: Item, row: Mapping[str, str]) -> None:
        key = next((one.key for one in item.fields if one.key in ("bill", "number")), "")
        desk, navigate = self.context.desk, self.context.shell.navigate
        values = {key: row.get("number", "")}
        # The form checks on what was last heard, and the tax office may have told of this bill only now.
        self.run(lambda _: sync.fetch_now(desk), lambda _: navigate(page_of(item), values=values), lane=Lane.NETWORK)

    def _void_declaration(self) -> None:
        item, panel = self._item("tax-void"), self.panel
        if item is not None and panel is not None and panel.rows:
            self._file(item, panel.rows[0])


def _cancelled(row: Mapping[str, str]) -> bool:
    return any(CANCELLED in text for text in row.values())


def _waits(row: Mapping[str, str]) -> bool:
    return NOT_DECLARED in row.get("state", "") or TO_BE_PAID in row.get("state", "")

"""The workbench: this month's steps, what waits for the clerk, where the money is, the last twelve months."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QBoxLayout, QFrame, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from app.domain.months import Month
from app.workflows import month as months
from app.workflows.keycard import Validity, key_card
from ui.jobs import Lane
from ui.login.words import validity_words
from ui.page import Page
from ui.parts.buttons import LINK, Button, IconLabel
from ui.parts.cards import Card
from ui.parts.text import label, minute
from ui.theme import LARGE, MEDIUM, SMALL
from ui.workbench.money import MoneyTracker
from ui.workbench.steps import MONTH, NEWS, Mark, Step, steps
from ui.workbench.strip import MonthStrip

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from app.errors import ShebaoError
    from app.workflows.month import MonthView
    from ui.context import Context


NARROW = 800
#: Of a narrower page twelve months in one row are cut off.
WHOLE_YEAR = 880


class WorkbenchPage(Page):
    """Everything of the month at a glance, each with the button that goes on with it."""

    help = (
        "左边是这个月要做的几步，每一步说明办到哪里、还差什么，按钮直接去办。",
        "“要处理”列出等着您的事：没有通过的、没有提交的草稿、没有缴的单据。",
        "下面是缴款走到哪一步，和最近十二个月有没有漏报。点月份可以看那个月。",
    )

    def __init__(self, context: Context) -> None:
        super().__init__(context, "工作台")
        self._news_button = self.add_action("取最新消息", "refresh-cw", context.shell.fetch_news)
        self._sign_in = self._make_sign_in()
        self.body.addWidget(self._sign_in)
        columns = self._columns = QHBoxLayout()
        columns.setSpacing(LARGE)
        self._steps = Card("这个月的事")
        self._todo = Card("要处理")
        columns.addWidget(self._steps, 3)
        columns.addWidget(self._todo, 2)
        self.body.addLayout(columns)
        money = Card("缴款进度")
        self._money_words = label("", "secondary", wraps=True)
        self._tracker = MoneyTracker(context.theme)
        money.body.addWidget(self._money_words)
        money.body.addWidget(self._tracker)
        self.body.addWidget(money)
        strip = Card("最近十二个月")
        self._strip = MonthStrip(context.theme)
        self._strip.chosen.connect(context.state.set_month)
        strip.body.addWidget(self._strip)
        self.body.addWidget(strip)
        self.body.addStretch(1)
        context.state.tokens_changed.connect(self._tokens_changed)

    def refresh(self) -> None:
        """Load the month."""
        state = self.context.state
        self._sign_in.setVisible(state.session is None)
        self._news_button.setEnabled(state.session is not None)
        region, unit, month = state.region, state.unit_number, state.month
        self.run(lambda _: months.view(self.context.desk, region, unit, month), self._show)

    def on_news(self, news: object) -> None:
        """After a sync the money may have moved as well."""
        if news is None or self.context.state.session is None:
            self.refresh()
            return
        unit, month = self.context.state.unit_number, self.context.state.month
        desk = self.context.desk

        def fetch(_: object) -> None:
            bill = next((one for one in months.bills(desk, unit) if one.month == month), None)
            if bill is not None:
                months.fetch_stages(desk, bill.number)

        self.run(fetch, lambda _: self.refresh(), lane=Lane.NETWORK, on_failed=self._without_stages)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Side by side where there is room, one below the other where the text is large."""
        super().resizeEvent(event)
        narrow = self.width() < self.context.theme.px(NARROW)
        self._columns.setDirection(QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight)
        self._strip.fold(folded=self.width() < self.context.theme.px(WHOLE_YEAR))

    def _without_stages(self, failure: ShebaoError) -> None:
        self.context.shell.show_failure(failure)
        self.refresh()

    def _show(self, view: MonthView) -> None:
        heard = f"社保系统的消息截至 {minute(view.heard_at)}" if view.heard_at else "还没有取过社保系统的消息"
        self.set_subtitle(f"{view.month.spoken} · {heard}")
        self._steps.fill([self._step_row(one, wide=True) for one in steps(view)])
        self._todo.fill([self._step_row(one) for one in self._todos(view)] or [self._nothing()])
        bill = view.bill
        if bill is None:
            self._money_words.setText(f"这个月还没有{view.bill_name}，开具并缴款后在这里看到钱走到哪一步。")
        else:
            self._money_words.setText(f"{bill.name} {bill.number}")
        self._tracker.show_stages(view.stages)
        self._strip.show_months(view.strip, view.month)

    def _todos(self, view: MonthView) -> list[Step]:
        found = []
        if view.rejected:
            words = "、".join(dict.fromkeys(one.values.get("name", "") or "单位事项" for one in view.rejected[:3]))
            more = f"等 {len(view.rejected)} 笔" if len(view.rejected) > 3 else f"，{len(view.rejected)} 笔"
            found.append(Step(Mark.TROUBLE, "未通过", f"{words}{more}", "看原因", "filings", {"state": "rejected"}))
        if view.waiting:
            found.append(Step(Mark.WAITS, "待发送", f"{view.waiting} 笔已签名，连上后发送", "现在发送", NEWS))
        if view.drafts:
            found.append(Step(Mark.NOW, "草稿", f"{view.drafts} 笔还没有提交", "打开", "filings", {"state": "draft"}))
        if view.bill is not None and view.bill.is_open:
            left = f"，还有 {view.bill_days_left} 个工作日" if view.bill_days_left is not None else ""
            found.append(
                Step(Mark.NOW, "未缴", f"{view.bill.name}{left}", "打开", "documents", {"notice": view.bill.number})
            )
        missed = [month for month, state in view.strip if state is months.MonthState.MISSED]
        if missed:
            words = "、".join(one.spoken for one in missed[:3]) + (f"等 {len(missed)} 个月" if len(missed) > 3 else "")
            found.append(
                Step(Mark.TROUBLE, "漏报", f"{words}没有申报，先办补缴", "看月份", MONTH, {"month": str(missed[0])})
            )
        for token in self.context.state.tokens:
            card = key_card(token, self.context.desk.system_clock())
            if card.validity is not Validity.GOOD:
                found.append(Step(Mark.TROUBLE, card.unit_name, validity_words(card)[0], "看 UKey", "ukey"))
        return found

    def _step_row(self, step: Step, *, wide: bool = False) -> QWidget:
        row = QWidget()
        grid = QGridLayout(row)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(SMALL)
        grid.setVerticalSpacing(2)
        look = step.mark.value
        icon = IconLabel(self.context.theme, look.icon, look.role, 18)
        grid.addWidget(icon, 0, 0, Qt.AlignmentFlag.AlignVCenter if wide else Qt.AlignmentFlag.AlignTop)
        title = label(step.title, "strong", wraps=True)
        grid.addWidget(title, 0, 1)
        if wide:
            title.setFixedWidth(self.context.theme.px(190))
            grid.addWidget(label(step.words, "secondary", wraps=True), 0, 2)
        else:
            grid.addWidget(label(step.words, "secondary", wraps=True), 1, 1)
        if step.action:
            button = Button(self.context.theme, step.action, role=LINK)
            button.setAccessibleName(f"{step.title}：{step.action}")
            button.clicked.connect(lambda: self._go(step))
            grid.addWidget(button, 0, 3, 1 if wide else 2, 1, Qt.AlignmentFlag.AlignVCenter)
        grid.setColumnStretch(2 if wide else 1, 1)
        return row

    def _go(self, step: Step) -> None:
        if step.page == NEWS:
            self.context.shell.fetch_news()
        elif step.page == MONTH:
            self.context.state.set_month(Month.parse(step.where["month"]))
        else:
            self.context.shell.navigate(step.page, **step.where)

    def _nothing(self) -> QWidget:
        return label("没有等着处理的事。", "secondary")

    def _make_sign_in(self) -> QFrame:
        frame = QFrame()
        frame.setProperty("tone", "info")
        row = QHBoxLayout(frame)
        row.setContentsMargins(MEDIUM, SMALL, SMALL, SMALL)
        words = QVBoxLayout()
        words.addWidget(label("没有登录", "strong"))
        words.addWidget(label("导入、填写和检查照常可用；提交、缴费和打印要先插 UKey 登录。", wraps=True))
        row.addWidget(IconLabel(self.context.theme, "key-round", "info", 20))
        row.addLayout(words, 1)
        button = Button(self.context.theme, "登录", "log-in")
        button.clicked.connect(lambda: self.context.shell.navigate("login"))
        row.addWidget(button)
        return frame

    def _tokens_changed(self) -> None:
        if self.isVisible():
            self.refresh()

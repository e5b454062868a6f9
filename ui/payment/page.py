"""缴费: the month calculated twice, the declaration, the notice with its countdown, and where the money is."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from app.errors import BureauRefused, CalledOff
from app.wording import Notice, sentence
from app.workflows import payment
from ui.documents.fetching import notice_paper
from ui.documents.preview import print_pdf, save_pdf
from ui.forms.offer import Offer
from ui.forms.scrolling import scrolling
from ui.forms.submitting import SubmitFlow
from ui.jobs import Lane
from ui.page import Page
from ui.parts.cards import Card, Empty, Message
from ui.parts.rows import Column
from ui.parts.table import Table
from ui.parts.text import DASH, label, masked, money
from ui.payment import loading
from ui.payment.cards import BY_TAX, InsuranceCard
from ui.payment.notices import NoticeCard, notices_table
from ui.payment.reasons import reason
from ui.theme import LARGE, MEDIUM, TINY

if TYPE_CHECKING:
    from decimal import Decimal

    from app.bureau_api.client import Bureau
    from app.documents import Rendered
    from app.domain.filings import Filing
    from app.domain.findings import Finding
    from app.domain.progress import Progress
    from app.errors import ShebaoError
    from app.regions.pack import Region
    from app.workflows.login import Signer
    from app.workflows.month import Bill
    from app.workflows.payment import Comparison, Share
    from app.workflows.session import Session
    from app.workflows.submit import Submitted
    from ui.context import Context
    from ui.payment.loading import Stand, Sums

OVERVIEW, SUBMIT, NOT_SERVED = range(3)


class PaymentPage(Page):
    """The month of the top bar, for the unit that is worked for."""

    help = (
        "勾选险种，看社保系统核定的金额和程序自己算的是否一致。有差异的，下面列出是哪个人、差在哪里。",
        "确认后用 UKey 签名申报。地区要求另开认定单的，会接着开具；认定单送到税务后才能缴费。",
        "认定单有有效期，按工作日倒数；过期的要重新开具。缴费之后五个阶段各到哪一步，在单据卡片上看。",
    )

    def __init__(self, context: Context) -> None:
        super().__init__(context, "缴费", scrolls=False)
        self._region: Region | None = None
        self._stand: Stand | None = None
        self._sums: Sums | None = None
        self._asked = 0
        self.cards: dict[str, InsuranceCard] = {}
        self.add_action("重新核对", "refresh-cw", self.refresh)
        self.stack = QStackedWidget()
        self.flow = SubmitFlow(self)
        self.stack.addWidget(self._overview())
        self.stack.addWidget(self.flow)
        self.stack.addWidget(Empty(context.theme, "wallet", "这个地区没有网上缴费申报", "请到窗口或电子税务局办理。"))
        self.body.addWidget(self.stack, 1)
        self.flow.left.connect(self._back)
        self.flow.closed.connect(self._back)
        self.flow.ended.connect(lambda _: context.store_changed())

    # --- what the shell calls ---

    def refresh(self) -> None:
        state = self.context.state
        region = self.context.desk.region(state.region)
        if loading.PAYMENT not in region.items:
            self.stack.setCurrentIndex(NOT_SERVED)
            self.hide_primary()
            return
        if self._region is not region:
            self._take_region(region)
        if self.stack.currentIndex() == NOT_SERVED:
            self.stack.setCurrentIndex(OVERVIEW)
        item = region.items[loading.PAYMENT]
        self.set_subtitle(f"{region.name} · {item.name} · {state.month.spoken}")
        desk, unit, month, chosen = self.context.desk, state.unit_number, state.month, self._chosen()
        self.run(lambda _: loading.stand(desk, region.id, unit, month, chosen), self._stands)
        self._compare()

    def can_leave(self) -> bool:
        return self.flow.may_leave()

    def back(self) -> None:
        if self.stack.currentIndex() == SUBMIT:
            self.flow.back()

    def print_page(self) -> None:
        bill = self._stand.view.bill if self._stand else None
        if bill is not None and self.stack.currentIndex() == OVERVIEW:
            self._paper(bill.number, printed=True)

    # --- asking ---

    def _chosen(self) -> list[str]:
        return [one for one, card in self.cards.items() if card.box.isChecked()]

    def _compare(self) -> None:
        session, desk, month, chosen = self._session(), self.context.desk, self.context.state.month, self._chosen()
        self._asked += 1
        asked = self._asked
        if session is None or not chosen:
            self._sums = None
            self._show_sums()
            return

        def done(found: Sums) -> None:
            if asked == self._asked:
                self._sums = found
                self._trouble.hide()
                self._show_sums()

        def failed(failure: ShebaoError) -> None:
            if asked == self._asked:
                self._sums = None
                self._show_sums()
                self._not_compared(failure)

        self.run(lambda _: loading.sums(desk, session, month, chosen), done, lane=Lane.NETWORK, on_failed=failed)

    def _not_compared(self, failure: ShebaoError) -> None:
        if isinstance(failure, BureauRefused):
            # Nothing to bill in this month: said on the page, where the figures would be.
            self._trouble.setText(failure.facts.get("message", ""))
            self._trouble.show()
        elif not isinstance(failure, CalledOff):
            self.context.shell.show_failure(failure)

    def _session(self) -> Session | None:
        return self.context.state.session

    # --- showing ---

    def _take_region(self, region: Region) -> None:
        self._region = region
        while (item := self._row.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        self.cards = {}
        for insurance in region.insurances:
            card = InsuranceCard(insurance)
            card.toggled.connect(self.refresh)
            self._row.addWidget(card, 1)
            self.cards[insurance.id] = card

    def _stands(self, found: Stand) -> None:
        before = self._stand
        self._stand = found
        self.notice.show_view(found.view)
        self.notices.set_rows(found.bills, key=lambda one: one.number)
        self._notices_card.setVisible(bool(found.bills))
        self._dress()
        bill = found.view.bill
        known = before.view.stages if before and before.view.bill == bill else ()
        if bill is not None and self._session() is not None and (not known or found.view.stages != known):
            self._fetch_stages(bill.number)

    def _fetch_stages(self, number: str) -> None:
        desk, state, chosen = self.context.desk, self.context.state, self._chosen()
        region, unit, month = state.region, state.unit_number, state.month

        def work(_: Progress) -> Stand:
            loading.stages(desk, number)
            return loading.stand(desk, region, unit, month, chosen)

        def done(found: Stand) -> None:
            if month == self.context.state.month:
                self._stand = found
                self.notice.show_view(found.view)

        self.run(work, done, lane=Lane.NETWORK)

    def _show_sums(self) -> None:
        found = self._sums.comparison if self._sums else None
        for card in self.cards.values():
            if found is None or not card.box.isChecked():
                card.clear()
            else:
                card.show_sums(found)
        self._total.setVisible(found is not None)
        self._differing.setVisible(found is not None and bool(found.differences))
        if found is not None:
            unit = f"{money(found.unit)} 元" if found.unit_shown else BY_TAX
            words = f"合计 {money(found.total)} 元　　单位 {unit}　　个人 {money(found.person)} 元"
            self._total.setText(words)
            self.differences.set_rows(found.differences)
            rows = min(len(found.differences), 8)
            self.differences.setFixedHeight(self.context.theme.px(32 + 32 * rows) + TINY)
        self._dress()

    def _dress(self) -> None:
        """Footer: what stands in the way, and the one next step."""
        if self.stack.currentIndex() == SUBMIT:
            self.flow.dress_footer()
            return
        found = self._stand
        self.hide_primary()
        if found is None:
            self.set_state("")
            return
        view, month = found.view, self.context.state.month.spoken
        stops = [one for one in found.findings if one.stops]
        if self._session() is None:
            self.set_state("登录后核对金额并申报。", "warning")
            self.set_primary("去登录", lambda: self.context.shell.navigate("login"))
        elif view.declared and view.separate_notice and view.unbilled:
            self.set_state(f"{month}已申报，还没有开具{view.bill_name}。税务看不到应缴数。", "warning")
            self.set_primary(f"开具{view.bill_name}", self._offer_notice)
        elif view.declared:
            self.set_state(f"{month}已申报。", "success")
        elif stops:
            self.set_state(_words(stops), "error")
            self.set_primary(f"申报 {month}缴费", self._offer_declaration, enabled=False)
        else:
            notes = _words([one for one in found.findings if not one.stops])
            if view.drafts + view.waiting:
                notes += f"还有 {view.drafts + view.waiting} 笔办理没有提交，不在这次的金额里。"
            differing = self._sums is not None and bool(self._sums.comparison.differences)
            words = f"{notes}金额有差异，核对后再申报。" if differing else notes or "金额一致，可以申报。"
            self.set_state(words if self._sums else "正在核对金额。", "warning" if differing or notes else "success")
            ready = self._sums is not None and bool(self._chosen())
            self.set_primary(f"申报 {month}缴费", self._offer_declaration, enabled=ready)

    # --- submitting ---

    def _offer_declaration(self) -> None:
        if self._stand is None or self._sums is None or self._region is None:
            return
        desk, month, chosen = self.context.desk, self.context.state.month, self._chosen()
        found = self._sums.comparison

        def work(session: Session, bureau: Bureau, signer: Signer, progress: Progress) -> Submitted:
            return payment.declare(desk, bureau, session, signer, month, chosen, progress)

        item = self._region.items[loading.PAYMENT]
        head = ("险种", "人数", "基数合计（元）", "单位（元）", "个人（元）", "合计（元）")
        rows = tuple(_row(self._region, found, one) for one in chosen)
        unit = money(found.unit) if found.unit_shown else BY_TAX
        total = ("合计", "", "", unit, money(found.person), money(found.total))
        self._show_offer(
            Offer(
                f"申报 {month.spoken}缴费",
                self._stand.sentence,
                item.irreversible,
                head,
                (*rows, total),
                work,
                "笔",
                frozenset(range(1, len(head))),
                functools.partial(_item_name, self._region),
            )
        )

    def _offer_notice(self) -> None:
        if self._stand is None or self._region is None:
            return
        desk, month = self.context.desk, self.context.state.month

        def work(session: Session, bureau: Bureau, signer: Signer, progress: Progress) -> Submitted:
            return payment.issue_notice(desk, bureau, session, signer, month, progress)

        item = self._region.items[loading.NOTICE]
        self._show_offer(
            Offer(
                f"开具{self._stand.view.bill_name}",
                self._stand.notice_sentence,
                item.irreversible,
                ("项目", "内容"),
                (("费款所属期", month.spoken), ("范围", "已申报、还没有开单的全部费用")),
                work,
                "笔",
                frozenset(),
                functools.partial(_item_name, self._region),
            )
        )

    def _show_offer(self, offer: Offer) -> None:
        self.stack.setCurrentIndex(SUBMIT)
        self.flow.offer(offer)

    def _back(self) -> None:
        self.stack.setCurrentIndex(OVERVIEW)
        self.refresh()

    # --- paper ---

    def _paper(self, number: str, *, printed: bool) -> None:
        session, desk, state = self._session(), self.context.desk, self.context.state
        region, unit = state.region, state.unit_number

        def made(paper: Rendered | None) -> None:
            if paper is None:
                self._not_kept()
                return
            title = f"{self._stand.view.bill_name if self._stand else '单据'} {number}"
            if printed:
                print_pdf(self.context, self, paper.pdf, title)
            else:
                save_pdf(self.context, self, paper.pdf, f"{title}.pdf")

        self.run(lambda _: notice_paper(desk, region, unit, session, number), made, lane=Lane.NETWORK)

    def _not_kept(self) -> None:
        words = Notice("没有登录，取不到单据。", "", "插入 UKey 登录后再打印。")
        message = Message(self.context.theme, words, tone="info")
        message.closed.connect(message.deleteLater)
        self.body.insertWidget(0, message)

    def _open_document(self, number: str) -> None:
        self.context.shell.navigate("documents", notice=number)

    # --- building ---

    def _overview(self) -> QWidget:
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(LARGE)
        theme = self.context.theme
        self.notice = NoticeCard(theme)
        self.notice.opened.connect(self._open_document)
        self.notice.printed.connect(lambda number: self._paper(number, printed=True))
        self.notice.saved.connect(lambda number: self._paper(number, printed=False))
        column.addWidget(self.notice)
        self._trouble = label("", tone="warning", wraps=True)
        self._trouble.hide()
        column.addWidget(self._trouble)
        self._row = QHBoxLayout()
        self._row.setSpacing(MEDIUM)
        column.addLayout(self._row)
        self._total = label("", "section")
        column.addWidget(self._total)
        self._differing = Card("与社保系统不一致的")
        self.differences = Table(theme, self._difference_columns(), "差异")
        self._differing.body.addWidget(self.differences)
        self._differing.hide()
        column.addWidget(self._differing)
        self._notices_card = Card("全部单据")
        self.notices: Table[Bill] = notices_table(theme)
        self.notices.setMinimumHeight(theme.px(32 * 4))
        self.notices.opened.connect(lambda bill: self._open_document(bill.number))
        self._notices_card.body.addWidget(self.notices)
        self._notices_card.hide()
        column.addWidget(self._notices_card)
        column.addStretch(1)
        return scrolling(content)

    def _difference_columns(self) -> list[Column[Share]]:
        return [
            Column("姓名", lambda one: one.name, width=90),
            Column("证件号码", lambda one: masked(one.identity), width=180, copied=lambda one: one.identity),
            Column("险种", lambda one: self._short(one.insurance), width=64),
            Column("月份", lambda one: one.month, width=80),
            Column("自己算（元）", lambda one: _pair(one.ours), width=120, right=True),
            Column("社保系统（元）", lambda one: _pair(one.theirs), width=124, right=True),
            Column("原因", self._reason, width=200, stretches=True, tip=self._reason),
        ]

    def _short(self, insurance: str) -> str:
        return self._region.insurance(insurance).short if self._region else insurance

    def _reason(self, share: Share) -> str:
        return reason(share, self._sums.people.get(share.identity) if self._sums else None)


def _words(findings: list[Finding]) -> str:
    return "".join(f"{words.message}。{words.remedy}" for words in map(sentence, findings))


def _pair(amounts: tuple[Decimal, Decimal] | None) -> str:
    return money(None if amounts is None else amounts[0] + amounts[1])


def _row(region: Region, found: Comparison, insurance: str) -> tuple[str, ...]:
    people, base, unit, person = found.of_insurance(insurance)
    one = region.insurance(insurance)
    own = DASH if one.person_rate is None else money(person)
    shown = money(unit) if found.unit_shown else BY_TAX
    return (one.name, str(people), money(base), shown, own, money(unit + person))


def _item_name(region: Region, filing: Filing) -> str:
    return region.items[filing.item].name

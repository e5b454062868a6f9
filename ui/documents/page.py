"""单据与证明: the list left, the page itself right, print and save on top; 参保证明 is asked for here."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QSplitter, QStackedWidget, QWidget

from app.workflows import certify, drafts
from ui.documents import fetching
from ui.documents.certificate import CertificateForm
from ui.documents.listing import Kind, Paper, papers_of
from ui.documents.preview import Preview, print_pdf, save_pdf
from ui.forms.offer import Offer
from ui.forms.submitting import SubmitFlow
from ui.jobs import Lane
from ui.page import Page
from ui.parts.cards import Empty
from ui.parts.chips import Look
from ui.parts.rows import Column
from ui.parts.table import Table
from ui.parts.text import masked
from ui.payment.notices import STATES
from ui.theme import MEDIUM

if TYPE_CHECKING:
    from app.bureau_api.client import Bureau
    from app.documents import Rendered
    from app.domain.filings import Filing
    from app.domain.progress import Progress
    from app.regions.pack import Region
    from app.rules.ground import Ground
    from app.workflows.login import Signer
    from app.workflows.session import Session
    from app.workflows.submit import Submitted
    from ui.context import Context

NOTHING, LIST, ASKING, SUBMIT = range(4)
_ICONS = {Kind.NOTICE: "receipt", Kind.CERTIFICATE: "shield-check", Kind.OTHER: "file-check", Kind.FORM: "stamp"}
_MAKERS = {
    Kind.NOTICE: fetching.notice_paper,
    Kind.CERTIFICATE: fetching.certificate_paper,
    Kind.OTHER: fetching.other_paper,
}


class DocumentsPage(Page):
    """Everything that is printed."""

    help = (
        "左边选一份，右边就是它的样子。Ctrl+P 打印，也可以保存成 PDF。",
        "单据和证明的内容来自社保系统，第一次打开要登录；打开过的和材料都留在这台电脑上，不登录也能打印。",
        "参保证明：选险种、时间和人员，用 UKey 签名后出具。",
    )

    def __init__(self, context: Context) -> None:
        super().__init__(context, "单据与证明", scrolls=False)
        self._region: Region | None = None
        self._opened: dict[str, bytes] = {}
        self._wanted = ""
        self._form: CertificateForm | None = None
        self._return = self.add_action("返回列表", "chevron-left", self.back)
        self._ask = self.add_action("开参保证明", "shield-check", self.new)
        self._save = self.add_action("保存 PDF", "save", self.save)
        self._print = self.add_action("打印", "printer", self.print_page)
        self.stack = QStackedWidget()
        words = "开具单据、出具证明或附上材料后，会列在这里，可以看、打印和保存。"
        self.flow = SubmitFlow(self)
        self.table: Table[Paper] = Table(context.theme, self._columns(), "单据与证明")
        self.table.chosen.connect(self._choose)
        self.preview = Preview(context)
        split = QSplitter()
        split.setChildrenCollapsible(False)
        split.addWidget(self.table)
        split.addWidget(self.preview)
        split.setHandleWidth(MEDIUM)
        split.setSizes([context.theme.px(440), 1000])
        split.setStretchFactor(1, 1)
        empty = Empty(context.theme, "file-text", "还没有单据和证明", words)
        for widget in (empty, split, QWidget(), self.flow):
            self.stack.addWidget(widget)
        self.body.addWidget(self.stack, 1)
        self.flow.left.connect(lambda: self._show(ASKING))
        self.flow.ended.connect(self._issued)
        self.flow.closed.connect(self._closed)
        self._show(NOTHING)

    # --- what the shell calls ---

    def refresh(self) -> None:
        state = self.context.state
        region = self.context.desk.region(state.region)
        if region is not self._region:
            self._region, self._form = region, None
            self._opened.clear()
            self.preview.clear()
        self.set_subtitle(f"{region.name}的{region.payment.bill_name}、参保证明和盖章材料。")
        desk, unit = self.context.desk, state.unit_number
        self.run(lambda _: papers_of(desk, region.id, unit), self._listed)

    def open_at(self, **where: object) -> None:
        """``notice``, ``certificate`` or ``document``: the number of what to show."""
        self._wanted = str(where.get("notice") or where.get("certificate") or where.get("document") or "")

    def can_leave(self) -> bool:
        return self.flow.may_leave()

    def back(self) -> None:
        at = self.stack.currentIndex()
        if at == SUBMIT:
            self.flow.back()
        elif at == ASKING:
            self._show_list()

    def new(self) -> None:
        """Ctrl+N: ask for a certificate."""
        if self._region is None or certify.ITEM not in self._region.items or self.stack.currentIndex() == SUBMIT:
            return
        if self._form is None:
            self._form = CertificateForm(self, self._region, self._region.items[certify.ITEM])
            self._form.changed.connect(self._dress)
            before = self.stack.widget(ASKING)
            self.stack.insertWidget(ASKING, self._form)
            if before is not None:
                self.stack.removeWidget(before)
                before.deleteLater()
        desk, unit, form = self.context.desk, self.context.state.unit_number, self._form

        def known(ground: Ground) -> None:
            form.show_people((ground.people or {}).values())

        self.run(lambda _: drafts.ground(desk, unit or None), known)
        self._show(ASKING)

    def print_page(self) -> None:
        paper = self.table.current
        if paper is not None and self.preview.pdf and self.stack.currentIndex() == LIST:
            print_pdf(self.context, self, self.preview.pdf, paper.title)

    def save(self) -> None:
        """Keep what is shown as a file."""
        paper = self.table.current
        if paper is not None and self.preview.pdf:
            save_pdf(self.context, self, self.preview.pdf, f"{paper.title}.pdf")

    # --- the list ---

    def _listed(self, papers: list[Paper]) -> None:
        self.table.set_rows(papers, key=lambda one: one.key)
        if self.stack.currentIndex() in (NOTHING, LIST) or self._wanted:
            self._show_list()
        wanted, self._wanted = self._wanted, ""
        if wanted:
            self.table.choose(lambda one: one.key == wanted)
        elif self.table.current is None and papers:
            self.table.choose(lambda one: one is papers[0])
        elif self.table.current is not None:
            self._choose(self.table.current)

    def _choose(self, paper: Paper | None) -> None:
        if paper is None:
            self.preview.clear()
            self._dress()
            return
        if paper.key in self._opened:
            self._show_pdf(paper, self._opened[paper.key])
            return
        desk, session = self.context.desk, self.context.state.session
        if paper.kind is Kind.FORM:
            self.run(lambda _: desk.filings.file(paper.key), lambda pdf: self._show_pdf(paper, pdf))
            return
        state = self.context.state
        region, unit = state.region, state.unit_number
        make = _MAKERS[paper.kind]
        self.preview.say("正在打开", "没有留底的，从社保系统取一次。")
        self.run(
            lambda _: make(desk, region, unit, session, paper.key),
            lambda made: self._made(paper, made),
            lane=Lane.STORE if session is None else Lane.NETWORK,
        )

    def _made(self, paper: Paper, made: Rendered | None) -> None:
        if made is not None:
            self._show_pdf(paper, made.pdf)
        elif self.table.current is not None and self.table.current.key == paper.key:
            self.preview.say("登录后可以打开。", "内容来自社保系统，还没有在这台电脑上打开过。")
            self._dress()

    def _show_pdf(self, paper: Paper, pdf: bytes) -> None:
        self._opened[paper.key] = pdf
        if self.table.current is not None and self.table.current.key == paper.key:
            self.preview.show_pdf(pdf)
        self._dress()

    def _columns(self) -> list[Column[Paper]]:
        return [
            Column("", lambda one: one.kind.value, width=72, look=lambda one: Look(_ICONS[one.kind])),
            Column("名称", lambda one: one.name, width=150, stretches=True, tip=lambda one: one.title),
            Column("时间", lambda one: one.when, width=96),
            Column("状态", _state, width=84, look=lambda one: STATES[one.state][1] if one.state in STATES else None),
        ]

    # --- the certificate ---

    def _offer(self) -> None:
        form, region = self._form, self._region
        if form is None or region is None or not form.people:
            return
        desk, people = self.context.desk, form.people
        insurance, months = form.insurance, form.months
        names = [one.identity for one in people]

        def work(session: Session, bureau: Bureau, signer: Signer, progress: Progress) -> Submitted:
            return certify.request(
                desk, bureau, session, signer, insurance=insurance, months=months, people=names, progress=progress
            )

        facts = {"count": str(len(people)), "insurance": region.insurance(insurance).short, "months": str(months)}
        self._show(SUBMIT)
        self.flow.offer(
            Offer(
                f"为 {len(people)} 人出具参保证明",
                form.item.confirmation.format_map(facts),
                form.item.irreversible,
                ("姓名", "证件号码", "人员编号", "参保状态"),
                tuple((one.name, masked(one.identity), one.number, one.standing.label) for one in people),
                work,
                "笔",
                named=functools.partial(_certificate_name, form.item.name),
            )
        )

    def _issued(self, done: Submitted) -> None:
        if done.accepted:
            self._wanted = done.accepted[0].outcome.get("certificate", "")
        self.context.store_changed()

    def _closed(self) -> None:
        self._show_list()
        self.refresh()

    # --- what is shown ---

    def _show(self, place: int) -> None:
        self.stack.setCurrentIndex(place)
        self._dress()

    def _show_list(self) -> None:
        self._show(LIST if self.table.rows.all else NOTHING)

    def _dress(self) -> None:
        at = self.stack.currentIndex()
        offers = self._region is not None and certify.ITEM in self._region.items
        self._return.setVisible(at == ASKING)
        self._ask.setVisible(at in (NOTHING, LIST) and offers)
        for button in (self._save, self._print):
            button.setVisible(at == LIST)
            button.setEnabled(bool(self.preview.pdf))
        self._footer.setVisible(at in (ASKING, SUBMIT))
        if at == SUBMIT:
            self.flow.dress_footer()
        elif at == ASKING and self._form is not None:
            count = len(self._form.people)
            words = "核对人员，然后出具。" if count else "勾选要打印的人员。"
            self.set_state(words)
            self.set_primary(f"为 {count} 人出具参保证明", self._offer, enabled=count > 0)


def _state(paper: Paper) -> str:
    return STATES[paper.state][0] if paper.state in STATES else ""


def _certificate_name(name: str, filing: Filing) -> str:
    del filing
    return name

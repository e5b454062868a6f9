"""Any filing of the unit as a whole, in three steps: what is filled in is a draft at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QStackedWidget, QWidget

from app.domain.filings import FilingState
from app.regions.pack import Kind, Subject
from app.workflows import drafts
from app.workflows.batch import Line, Table
from ui.forms.offer import offer_of
from ui.forms.steps import Steps
from ui.forms.submitting import SubmitFlow
from ui.forms.texts import Texts
from ui.importing import loading
from ui.importing.papers import Papers
from ui.importing.saver import Saver
from ui.page import Page
from ui.parts.cards import Message
from ui.parts.text import label

if TYPE_CHECKING:
    from app.domain.filings import Filing
    from app.domain.findings import Finding
    from app.domain.months import Month
    from app.domain.progress import Progress
    from app.regions.pack import Item, Region
    from app.wording import Notice
    from app.workflows.submit import Submitted
    from ui.context import Context
    from ui.importing.loading import Opened

NOTHING, FORM, SUBMIT = range(3)


class UnitPage(Page):
    """All of it for one item id. What the region calls it, asks for and checks comes from its pack."""

    help = (
        "三步：先看说明，再填写，最后核对并用 UKey 签名提交。",
        "填写的内容随时存为草稿，关掉程序也不会丢。没有登录也能填。",
        "提交以后在“办件”里看进度；没有通过的可以改了再交。",
    )

    def __init__(self, context: Context, item_id: str) -> None:
        super().__init__(context, "", scrolls=False)
        self.item_id = item_id
        self._place: tuple[str, str] | None = None
        self._texts: Texts | None = None
        self.table: Table | None = None
        self.steps: Steps | None = None
        self.saver: Saver | None = None
        self.papers: Papers
        self._wanted = ""
        self._given: dict[str, str] = {}
        self._said: dict[str, tuple[Finding, ...]] = {}
        self.add_action("办事大厅", "chevron-left", lambda: context.shell.navigate("hall"))
        self._drafts = self.add_action("其他草稿", "pencil", self._to_drafts)
        self._new = self.add_action("另填一笔", "plus", self.new)
        self.stack = QStackedWidget()
        self.flow = SubmitFlow(self)
        for widget in (label(""), QWidget(), self.flow):
            self.stack.addWidget(widget)
        self.body.addWidget(self.stack, 1)
        self.flow.left.connect(self._back_to_form)
        self.flow.ended.connect(self._submitted)
        self.flow.closed.connect(self._results_read)
        self.flow.mend.connect(self._mend)
        self._drafts.hide()

    # --- what the shell calls ---

    def refresh(self) -> None:
        state = self.context.state
        region = self.context.desk.region(state.region)
        item = region.items.get(self.item_id)
        if item is None or item.kind is not Kind.FILING or item.subject is not Subject.UNIT:
            self._not_served(region)
            return
        place = (region.id, state.unit_number)
        if self._place != place:
            self._take_place(place, region, item)
        if self.saver is not None:
            self.saver.when_kept(self._load)

    def month_changed(self, month: Month) -> None:
        """Drafts are of the bureau's month whichever month is looked at."""

    def open_at(self, **where: object) -> None:
        """``filing``: the id of a draft to be filled in; ``values``: what another page fills in for a new one."""
        self._wanted = str(where.get("filing") or "")
        values = where.get("values")
        self._given = {str(key): str(value) for key, value in values.items()} if isinstance(values, dict) else {}

    def can_leave(self) -> bool:
        self.keep_typed()
        return self.flow.may_leave()

    def keep_typed(self) -> None:
        if self.saver is not None:
            self.saver.write()

    def new(self) -> None:
        """Ctrl+N: another one beside the draft."""
        if self.table is not None and self.stack.currentIndex() == FORM:
            self._begin(self._fresh(self.table), new=True)

    def back(self) -> None:
        """Esc."""
        if self.stack.currentIndex() == SUBMIT:
            self.flow.back()
        else:
            self.context.shell.navigate("hall")

    # --- loading ---

    def _take_place(self, place: tuple[str, str], region: Region, item: Item) -> None:
        """Another unit or region: everything on the screen was about the one before."""
        self.keep_typed()
        self._place = place
        self._texts = Texts(region, item)
        self.saver = Saver(self.context, *place, item.id)
        self.saver.failed.connect(self.context.shell.show_failure)
        self.papers = Papers(self, self.saver, self.say)
        self.papers.attached.connect(self._attached)
        self.table = self.steps = None
        self._said = {}
        self.set_title(item.business)
        self.set_subtitle(self._texts.way)

    def _load(self) -> None:
        assert self._place is not None  # noqa: S101 - refresh() set it
        desk, place, item, said = self.context.desk, self._place, self.item_id, dict(self._said)

        def work(_: Progress) -> Opened:
            return loading.open_table(desk, *place, item, there=None, said=said)

        def done(found: Opened) -> None:
            if self._place == place and found.table is not None:
                self._opened(found.table)

        self.run(work, done)

    def _opened(self, table: Table) -> None:
        """Go on with the draft that is on the screen; else with the one asked for, the newest, or a new one."""
        wanted, self._wanted = self._wanted, ""
        here = self.steps.line if self.steps else None
        there = {line.filing.id: line for line in table.lines if line.filing}
        given, self._given = self._given, {}
        if self.table is not None and not wanted and not given and here is not None and self._still_open(here, there):
            self.table.ground = table.ground
            self.table.check(here)
            if self.steps is not None and self.stack.currentIndex() == FORM:
                self.steps.refresh_line()
        elif self.stack.currentIndex() != SUBMIT:
            self._replace(table)
            if given:
                self._begin(self._with(table, given), new=False)
            else:
                line = there.get(wanted) or (table.lines[-1] if table.lines else None)
                self._begin(line or self._fresh(table), new=line is None)
        self._drafts.setVisible(len(there) > 1)

    def _still_open(self, line: Line, there: dict[str, Line]) -> bool:
        return line.filing is None or line.filing.id in there

    def _replace(self, table: Table) -> None:
        assert self._texts is not None  # noqa: S101 - set with the place
        self.table = table
        steps = self.steps = Steps(self, table, self._texts)
        steps.typed.connect(self._keep)
        steps.done.connect(self._offer)
        steps.left.connect(self.back)
        steps.attach.connect(lambda slot, path: self.papers.attach(slot, path, self._lines()))
        steps.make.connect(lambda slot: self.papers.make(slot, self._lines()))
        before = self.stack.widget(FORM)
        self.stack.insertWidget(FORM, steps)
        self.footer_last()
        if before is not None:
            self.stack.removeWidget(before)
            before.deleteLater()

    def _fresh(self, table: Table) -> Line:
        return table.new_line(_defaults(table))

    def _with(self, table: Table, given: dict[str, str]) -> Line:
        """The draft that says so already, else a new one."""
        for line in table.lines:
            if all(line.values.get(key) == value for key, value in given.items()):
                return line
        return table.new_line({**_defaults(table), **given})

    def _begin(self, line: Line, *, new: bool) -> None:
        self._show(FORM)
        if self.steps is not None:
            self.steps.begin(line, new=new)

    def _lines(self) -> list[Line]:
        return [self.steps.line] if self.steps and self.steps.line else []

    # --- keeping ---

    def _keep(self, line: Line) -> None:
        if self.saver is not None:
            self.saver.keep([line])
        if line.filing is not None:
            self._said.pop(line.filing.id, None)

    def _attached(self, lines: list[Line]) -> None:
        if self.table is None or self.steps is None:
            return
        for line in lines:
            self.table.check(line)
        self.steps.refresh_line()

    # --- submitting ---

    def _offer(self, line: Line) -> None:
        if self.saver is None or self._texts is None:
            return
        if line.filing is None:
            # Nothing had to be typed: it is kept all the same, so that what is sealed is what is in the store.
            self.saver.keep([line])
        texts, desk = self._texts, self.context.desk

        def kept() -> None:
            if line.filing is not None:
                self._show(SUBMIT)
                self.flow.offer(offer_of(desk, texts.region, texts.item, [line.filing], texts), steps=True)

        self.saver.when_kept(kept)

    def _submitted(self, done: Submitted) -> None:
        self._said |= {filing.id: findings for filing, findings in done.refused}
        self.context.store_changed()

    def _results_read(self) -> None:
        self.table = None
        self._show(NOTHING)
        self.refresh()

    def _mend(self, refused: list[tuple[Filing, tuple[Finding, ...]]]) -> None:
        """Back to the form: what the bureau refused becomes a draft again."""
        desk, (filing, _) = self.context.desk, refused[0]

        def work(_: Progress) -> None:
            now = desk.filings.get(filing.id)
            if now.state is FilingState.REJECTED:
                drafts.reopen(desk, now)

        def done(_: None) -> None:
            self._wanted = filing.id
            self._results_read()

        self.run(work, done)

    # --- what is shown ---

    def _show(self, place: int) -> None:
        self.stack.setCurrentIndex(place)
        self._new.setVisible(place == FORM)
        if place == NOTHING:
            self.set_state("")
            self.hide_primary()

    def _back_to_form(self) -> None:
        self._show(FORM)
        if self.steps is not None:
            self.steps.dress_footer()

    def _to_drafts(self) -> None:
        self.context.shell.navigate("filings", state="draft")

    def _not_served(self, region: Region) -> None:
        self._place = self._texts = self.table = self.steps = None
        self.set_subtitle(f"{region.name}没有这个事项。")
        self._show(NOTHING)

    def say(self, words: Notice, tone: str) -> Message:
        """A message of this page, until it is closed."""
        message = Message(self.context.theme, words, tone=tone)
        message.closed.connect(message.deleteLater)
        self.body.insertWidget(0, message)
        return message


def _defaults(table: Table) -> dict[str, str]:
    return {one.key: one.default for one in table.checker.item.fields if one.default}

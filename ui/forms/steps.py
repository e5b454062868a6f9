"""Filing one person in three steps: 说明, 填写, 确认. Generated from the item; what is typed is a draft at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from app.domain.identity import examine
from app.errors import BureauUnreachable
from app.wording import sentence
from app.workflows import batch
from app.workflows import session as sessions
from ui.forms.attachments import Attachments
from ui.forms.boxes import FieldForm
from ui.forms.scrolling import scrolling
from ui.forms.stepbar import StepBar
from ui.forms.submitting import warning_frame
from ui.jobs import Lane
from ui.parts.cards import Card
from ui.parts.chips import Chip, Look
from ui.parts.text import label
from ui.theme import LARGE, MEDIUM, SMALL

if TYPE_CHECKING:
    from app.domain.findings import Finding
    from app.domain.progress import Progress
    from app.errors import ShebaoError
    from app.rules.ground import PersonFacts
    from app.workflows.batch import Line, Table
    from ui.forms.texts import Texts
    from ui.page import Page

INTRODUCTION, FILLING, CONFIRMING = range(3)
_FROM_BUREAU = "来自社保系统"


class Steps(QWidget):
    """The first two steps; the third is the page's :class:`ui.forms.submitting.SubmitFlow`.

    ``typed`` carries the line after every change, ``done`` when it is to be confirmed; ``left`` when the clerk goes
    back. ``attach`` and ``make`` pass on what the attachments ask for.
    """

    typed = Signal(object)
    done = Signal(object)
    left = Signal()
    attach = Signal(object, object)
    make = Signal(object)

    def __init__(self, page: Page, table: Table, texts: Texts) -> None:
        super().__init__()
        self._page = page
        self._texts = texts
        self.table = table
        self.line: Line | None = None
        self._touched: set[str] = set()
        self._asked = ""
        item = texts.item
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(MEDIUM)
        self.bar = StepBar()
        outer.addWidget(self.bar)
        self.stack = QStackedWidget()
        outer.addWidget(self.stack, 1)
        self.stack.addWidget(_introduction(page, texts))
        self.form = FieldForm(page.context.theme, item.fields, texts)
        self.attachments = Attachments(page.context.theme, item.attachments)
        self.stack.addWidget(self._filling())
        self.form.typed.connect(self._typed)
        self.form.left.connect(self._left)
        self.attachments.chosen.connect(self.attach)
        self.attachments.wanted.connect(self.make)

    @property
    def step(self) -> int:
        """INTRODUCTION or FILLING."""
        return self.stack.currentIndex()

    def begin(self, line: Line, *, new: bool) -> None:
        """Fill in a line; a ``new`` one after the introduction, a draft at once."""
        self.line = line
        self._asked = ""
        self._touched = {key for key in self.form.boxes if not new and line.values.get(key)}
        for box in self.form.boxes.values():
            box.set_origin("")
        self._person.hide()
        self.form.show_values(line.values)
        self.go(INTRODUCTION if new and not any(line.values.get(one) for one in ("identity", "name")) else FILLING)
        self._show_findings()
        self._look_up()

    def go(self, step: int) -> None:
        """Show a step."""
        self.stack.setCurrentIndex(step)
        self.bar.mark(step)
        self.dress_footer()
        if step == FILLING:
            first = self.form.focus_first()
            if first is not None:
                self._area.ensureWidgetVisible(first)

    def dress_footer(self) -> None:
        """The footer of the step that is shown."""
        if self.step == INTRODUCTION:
            self._page.set_state("")
            self._page.set_primary("开始填写", lambda: self.go(FILLING))
            return
        stops = [one for one in self.line.findings if one.stops] if self.line else []
        if not stops:
            self._page.set_state("填写完整，可以确认。草稿已保存。", "success")
        else:
            self._page.set_state(f"▲ 还有 {len(stops)} 处要填或要改。已填的保存在草稿里。", "warning")
        self._page.set_primary("下一步：确认", self._next)

    def refresh_line(self) -> None:
        """The line was checked anew or got an attachment."""
        self._show_findings()
        if self.line is not None:
            self.attachments.show_attached(batch.attached([self.line]), 1)

    def back(self) -> None:
        """Esc."""
        self.left.emit()

    def _filling(self) -> QWidget:
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, SMALL, 0)
        column.setSpacing(MEDIUM)
        self._person = QFrame()
        self._person.setProperty("tone", "info")
        row = QHBoxLayout(self._person)
        row.setContentsMargins(MEDIUM, SMALL, MEDIUM, SMALL)
        row.setSpacing(MEDIUM)
        self._standing = Chip(self._page.context.theme, "", Look("user-check", "info"))
        self._facts = label("", wraps=True)
        row.addWidget(self._standing)
        row.addWidget(self._facts, 1)
        self._person.hide()
        column.addWidget(self._person)
        self._general = label("", tone="error", wraps=True)
        self._general.hide()
        column.addWidget(self._general)
        card = Card()
        card.body.addWidget(self.form)
        column.addWidget(card)
        if self._texts.item.attachments:
            files = Card("材料")
            files.body.addWidget(self.attachments)
            column.addWidget(files)
        column.addStretch(1)
        self._area = scrolling(content)
        return self._area

    def _typed(self, key: str) -> None:
        if self.line is None:
            return
        raw = {key: self.form.boxes[key].editor.text()}
        self.table.write([(self.line, raw)])
        self._touched.add(key)
        # Other fields may have been told by the one that was typed (sex and birth by the identity number).
        self.form.show_values(self.line.values, but=key)
        self._show_findings()
        self.typed.emit(self.line)
        if key == "identity":
            for box in self.form.boxes.values():
                box.set_origin("")
            self._asked = ""
            self._person.hide()
            self._look_up()

    def _left(self, key: str) -> None:
        if self.line is not None:
            self._touched.add(key)
            self.form.boxes[key].editor.show_value(self.line.values.get(key, ""))
            self._show_findings()

    def _next(self) -> None:
        if self.line is None:
            return
        self._touched = set(self.form.boxes)
        self._show_findings()
        if self.line.ready:
            self.done.emit(self.line)
        else:
            stops = [one for one in self.line.findings if one.stops]
            if not any(one.where.field in self.form.boxes for one in stops):
                self._area.ensureWidgetVisible(self.attachments)
            else:
                wrong = self.form.focus_first(stops)
                if wrong is not None:
                    self._area.ensureWidgetVisible(wrong)

    def _show_findings(self) -> None:
        if self.line is None:
            return
        slots = {one.key for one in self._texts.item.attachments}
        rest = self.form.say(self.line.findings, self._touched)
        words = _words([one for one in rest if one.where.field not in slots])
        self._general.setText(words)
        self._general.setVisible(bool(words))
        self.attachments.show_attached(batch.attached([self.line]), 1)
        self.dress_footer()

    # --- who is it ---

    def _look_up(self) -> None:
        """Ask the bureau who this is, once for each number that can be one."""
        if self.line is None or not self._texts.item.lookup:
            return
        identity = self.line.values.get("identity", "")
        if not examine(identity).valid or identity == self._asked:
            return
        self._asked = identity
        known = self.table.ground.seen.get(identity)
        if known is not None:
            self._found(identity, known)
            return
        session, desk = self._page.context.state.session, self._page.context.desk
        if session is None:
            self._unknown("没有登录，还没有向社保系统查这个人。可以先填，登录后提交前会核对。")
            return

        def work(_: Progress) -> PersonFacts | None:
            bureau = sessions.connect(desk, session)
            try:
                return batch.look_up_all(bureau, self.table.ground._replace(seen={}), [identity]).seen.get(identity)
            finally:
                bureau.close()

        self._person.show()
        self._standing.say("正在查询", Look("search"))
        self._facts.setText("向社保系统查这个人。")
        self._page.run(work, lambda person: self._found(identity, person), lane=Lane.NETWORK, on_failed=self._not_asked)

    def _found(self, identity: str, person: PersonFacts | None) -> None:
        if self.line is None or self.line.values.get("identity") != identity:
            return  # another number was typed meanwhile
        if person is None:
            self._person.hide()
            return
        self.table.ground = self.table.ground._replace(seen={**self.table.ground.seen, identity: person})
        told = batch.told_by_bureau(self.table.checker, person)
        self.table.write([(self.line, {**told})])
        self.form.show_values(self.line.values)
        for key in told:
            self.form.boxes[key].set_origin(_FROM_BUREAU, locked=True)
            self._touched.add(key)
        self._standing.say(person.standing.label, Look("user-check", "info"))
        self._facts.setText(_about(person))
        self._person.show()
        self._show_findings()
        self.typed.emit(self.line)

    def _not_asked(self, failure: ShebaoError) -> None:
        self._asked = ""
        if isinstance(failure, BureauUnreachable):
            self._unknown("连不上社保系统，还没有查到这个人。已填的保存在草稿里，连上后提交前会核对。")
            return
        self._person.hide()
        self._page.context.shell.show_failure(failure)

    def _unknown(self, words: str) -> None:
        self._standing.say("还没有查", Look("cloud-off", "warning"))
        self._facts.setText(words)
        self._person.show()


def _about(person: PersonFacts) -> str:
    facts = [person.name] if person.name else []
    if person.number:
        facts.append(f"人员编号 {person.number}")
    if person.stopped_from:
        facts.append(f"{person.stopped_from.spoken}起停保")
    if person.declared_until:
        facts.append(f"已申报到 {person.declared_until.spoken}")
    if person.paid_until:
        facts.append(f"已到账到 {person.paid_until.spoken}")
    return " · ".join(facts) or "社保系统里还没有这个人，姓名由你填写。"


def _words(findings: list[Finding]) -> str:
    said = [f"{words.message}。{words.remedy}" for words in map(sentence, findings)]
    return "\n".join(dict.fromkeys(said))


def _introduction(page: Page, texts: Texts) -> QWidget:
    item = texts.item
    content = QWidget()
    column = QVBoxLayout(content)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(LARGE)
    what = Card(item.name)
    for line in item.introduction:
        what.body.addWidget(label(line, wraps=True))
    column.addWidget(what)
    if item.needed or item.attachments:
        needed = Card("要准备的")
        for line in item.needed:
            needed.body.addWidget(label(f"·　{line}", wraps=True))
        column.addWidget(needed)
    if item.irreversible:
        column.addWidget(warning_frame(page, item.irreversible))
    column.addStretch(1)
    return scrolling(content)

"""The page of an item that speaks of people: from HR's table or one by one, to drafts, to the bureau."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QStackedWidget, QWidget

from app.wording import Notice
from ui.files import SHEETS, ask_which
from ui.forms.offer import action_of
from ui.forms.texts import Texts
from ui.importing.actions import Actions
from ui.importing.arrival import Arrival
from ui.importing.beginning import Beginning
from ui.importing.checking import Checking, with_answers
from ui.importing.filing import Submitting
from ui.importing.intake import Goal
from ui.importing.opening import Opening
from ui.importing.papers import Papers
from ui.importing.person import OnePerson
from ui.importing.saver import Saver
from ui.importing.saying import Saying
from ui.importing.sheet import Worksheet
from ui.pace import Breath, Release
from ui.page import Page
from ui.parts.cards import speaks_to

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeyEvent

    from app.domain.months import Month
    from app.regions.pack import Item, Region
    from app.workflows.batch import Line
    from ui.context import Context
    from ui.forms.steps import Steps
    from ui.forms.submitting import SubmitFlow
    from ui.importing.intake import Intake
    from ui.importing.loading import Opened
    from ui.parts.cards import Message

NOTHING, READING, SHEET, FORM, SUBMIT = range(5)


class StaffPage(Page):
    """All of it for one item id. What the region calls it, asks for and checks comes from its pack."""

    help = (
        "把人事部的表格拖到这一页，或按 Ctrl+O 打开。表头在哪一行、列叫什么名字都可以，程序会认出来。",
        "标红的格子要改，标黄的是提醒。点右边的一类问题，逐处跳过去；也可以一次都改成同一个内容。",
        "可以从 Excel 复制粘贴（Ctrl+C、Ctrl+V），向下填充（Ctrl+D），撤销和重做（Ctrl+Z、Ctrl+Y），下一处问题（F8）。",
        "每次改动都自动存为草稿。插入 UKey 登录后才能提交；提交之前，什么都不会发出。",
    )

    def __init__(self, context: Context, item_id: str) -> None:
        super().__init__(context, "", scrolls=False)
        self.item_id = item_id
        #: Region and unit number; None before anything was loaded.
        self.place: tuple[str, str] | None = None
        self._texts: Texts | None = None
        self.sheet: Worksheet | None = None
        self.saver: Saver | None = None
        self.papers: Papers
        self._wanted: dict[str, object] = {}
        self._saying = Saying(context.theme, self.body)
        self.opening = Opening(self)
        self.opening.opened.connect(self._opened)
        self.opening.again.connect(self.refresh)
        self.arrival = Arrival(self)
        self.intake.begun.connect(lambda: self._show(READING))
        self.intake.ended.connect(self._marked)
        self.arrival.arrived.connect(self._show_work)
        self.arrival.refused.connect(self._show_work)
        self.setAcceptDrops(True)
        self._buttons = Actions(self)
        self.checking = Checking(self)
        self.checking.checked.connect(self._checked_anew)
        self.submitting = Submitting(self)
        self.submitting.offered.connect(lambda: self._show(SUBMIT))
        self.submitting.left.connect(self._back_to_work)
        self.submitting.read.connect(self._results_read)
        self.submitting.mending.connect(lambda: self._show(SHEET))
        self.person = OnePerson(self)
        self.person.began.connect(lambda: self._show(FORM))
        self.person.made.connect(lambda steps: self._swap(FORM, steps))
        self.person.left.connect(self._show_work)
        self.person.added.connect(self._show_work)
        self.person.done.connect(lambda line: self.submitting.offer([line], from_form=True))
        self.stack = QStackedWidget()
        for widget in (self._nothing(), self.intake.screen, QWidget(), QWidget(), self.flow):
            self.stack.addWidget(widget)
        self.body.addWidget(self.stack, 1)
        self._show(NOTHING)

    @property
    def intake(self) -> Intake:
        """How files are read."""
        return self.arrival.intake

    @property
    def flow(self) -> SubmitFlow:
        """How drafts are submitted."""
        return self.submitting.flow

    @property
    def steps(self) -> Steps | None:
        """How one person is filled in."""
        return self.person.steps

    @property
    def texts(self) -> Texts:
        """How values of the item are written."""
        assert self._texts is not None  # noqa: S101 - asked for only once the item is known
        return self._texts

    @property
    def item(self) -> Item:
        """What is filed here."""
        return self.texts.item

    @property
    def all_lines(self) -> list[Line]:
        """Everybody in the table."""
        return list(self.sheet.table.lines) if self.sheet else []

    # --- what the shell calls ---

    def refresh(self) -> None:
        state = self.context.state
        place = (state.region, state.unit_number)
        if self.opening.put_off():
            return
        region = self.context.desk.region(state.region)
        item = region.items.get(self.item_id)
        if item is None:
            self._not_served(region)
            return
        fresh = self.place != place
        if fresh:
            self._take_place(place, region, item)
        self.opening.load(fresh=fresh)

    def month_changed(self, month: Month) -> None:
        """Drafts are of the bureau's month whichever month is looked at."""

    def open_at(self, **where: object) -> None:
        """``filing``: the id of a draft to be filled in; ``identities``: people of the roster; ``file``: a file."""
        self._wanted = where

    def can_leave(self) -> bool:
        self.keep_typed()
        return self.flow.may_leave()

    def keep_typed(self) -> None:
        if self.sheet is not None:
            self.sheet.grid.commit_open()
        if self.saver is not None:
            self.saver.write()

    def new(self) -> None:
        """Ctrl+N: one person, in three steps."""
        if self.sheet is None or self.stack.currentIndex() in (READING, SUBMIT) or not self._region_is_chosen():
            return
        self.person.fill_in(self.sheet.table.new_line({}), new=True)

    def open_file(self) -> None:
        """Ctrl+O."""
        if self._takes_files:
            ask_which(self, "导入表格", SHEETS, self.import_file)

    def search(self) -> None:
        if self.sheet is not None and self.stack.currentIndex() == SHEET:
            self.sheet.search.setFocus()

    def undo(self) -> None:
        if self.sheet is not None and self.stack.currentIndex() == SHEET:
            self.sheet.undo.undo()

    def redo(self) -> None:
        if self.sheet is not None and self.stack.currentIndex() == SHEET:
            self.sheet.undo.redo()

    def back(self) -> None:
        at = self.stack.currentIndex()
        if at == SUBMIT:
            self.flow.back()
        elif at == FORM:
            self._show_work()
        elif at == READING:
            self.intake.cancel()
        elif at == SHEET and self.sheet is not None:
            self.sheet.leave_search()

    # --- Qt ---

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls() and self._takes_files:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        files = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if files:
            event.acceptProposedAction()
            self.import_file(files[0])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+V where the table is empty yet and not shown: its rows begin with what was copied."""
        if event.matches(QKeySequence.StandardKey.Paste) and self.stack.currentIndex() == NOTHING:
            self.paste()
        else:
            super().keyPressEvent(event)

    # --- what the buttons do ---

    def paste(self) -> None:
        """What was copied in Excel, into the empty table."""
        if self.sheet is None or not self._takes_files or not self._region_is_chosen():
            return
        self.sheet.grid.paste()
        if self.sheet.table.lines:
            self._show_work()
        else:
            self.context.shell.toast("没有可以粘贴的行。先在 Excel 里选中几行，按 Ctrl+C 复制。")

    def import_file(self, path: Path) -> None:
        """Read, check and keep a file; its people come after those who are there already."""
        if self.place is not None and self.saver is not None and self._region_is_chosen():
            self.arrival.import_file(path, Goal(self.place, self.item, self.saver))

    def choose_sheet(self, name: str) -> None:
        """Read another sheet of the file; its people take the place of those that were read first."""
        if self.place is not None and self.saver is not None:
            self.arrival.choose_sheet(name, Goal(self.place, self.item, self.saver))

    def map_again(self) -> None:
        """Show which column of the file is which, to be changed."""
        if self.place is not None and self.saver is not None:
            self.arrival.map_again(Goal(self.place, self.item, self.saver))

    def save_template(self) -> None:
        """The workbook for HR to fill in."""
        if self._texts is not None:
            self.intake.save_template(self._texts)

    def _region_is_chosen(self) -> bool:
        """Whether it is known for which region the clerk works; before the first login only the clerk can say."""
        chosen = self.context.state.unit is not None or bool(self.context.preferences.region)
        if not chosen:
            words = Notice("还不知道单位在哪里参保。", "什么都没有导入。", "在窗口左上角选择参保地区，再来一次。")
            self.say(words, "info")
        return chosen

    def choose_people(self) -> None:
        """From the roster: one into the form, several into the table."""
        self.person.choose()

    def submit(self) -> None:
        """Confirm, then submit everybody whom nothing stops."""
        if self.sheet is not None:
            self.submitting.offer(self.sheet.table.ready)

    # --- loading ---

    @property
    def _takes_files(self) -> bool:
        at_work = self.sheet is not None and self.stack.currentIndex() in (NOTHING, SHEET)
        return at_work and self.item.in_batches

    def _take_place(self, place: tuple[str, str], region: Region, item: Item) -> None:
        """Another unit or region: everything on the screen was about the one before."""
        if self.saver is not None:
            self.saver.write()
        # Drafts made before the first login go over to the unit that logs in, and with them the file they came from.
        first_login = self.place is not None and self.place == (place[0], "")
        if not first_login:
            self.intake.forget()
        self.place = place
        self._texts = Texts(region, item)
        self.saver = Saver(self.context, *place, item.id)
        self.saver.failed.connect(self.context.shell.show_failure)
        self.saver.kept.connect(self._dress_footer)
        self.papers = Papers(self, self.saver, self.say)
        self.papers.attached.connect(self._attached)
        if self.sheet is not None:
            Release(self, self.all_lines)
        self.submitting.said, self.sheet = {}, None
        self._saying.unsay()
        self.set_title(item.business)
        self.set_subtitle(self._texts.way)
        self._beginning.show_item(item)

    def _opened(self, found: Opened) -> None:
        if found.table is not None:
            self._replace_sheet(found)
        elif self.sheet is not None:
            self.checking.recheck(self.sheet.table, found.ground)
        self._after_loading()

    def _replace_sheet(self, found: Opened) -> None:
        assert found.table is not None  # noqa: S101 - the caller looked
        assert self._texts is not None  # noqa: S101 - set with the place
        self.intake.found_again(found.table.lines)
        if self.sheet is not None:
            # Held until what else holds them is gone.
            Release(self, self.all_lines)
            found.table.ground = with_answers(found.ground, self.sheet.table.ground)
        self.sheet = Worksheet(self.context, self._texts, found.table)
        self.sheet.edited.connect(self.keep)
        self.sheet.removed.connect(self._drop)
        self.sheet.counted.connect(self._counted)
        self.sheet.sheet_chosen.connect(self.choose_sheet)
        self.sheet.mapping_wanted.connect(self.map_again)
        self.sheet.opened.connect(lambda line: self.person.fill_in(line, new=False))
        self.sheet.attachments.chosen.connect(lambda slot, path: self.papers.attach(slot, path, self.all_lines))
        self.sheet.attachments.wanted.connect(lambda slot: self.papers.make(slot, self.all_lines))
        self.arrival.show_source()
        self._saying.unsay()
        self._swap(SHEET, self.sheet)
        self.person.renew(found.table, self._texts, self.papers)

    def _swap(self, place: int, widget: QWidget) -> None:
        before = self.stack.widget(place)
        at = self.stack.currentIndex()
        self.stack.insertWidget(place, widget)
        if before is not None:
            self.stack.removeWidget(before)
            before.deleteLater()
        self.stack.setCurrentIndex(at)
        self.footer_last()

    def _after_loading(self) -> None:
        wanted, self._wanted = self._wanted, {}
        if self.stack.currentIndex() in (NOTHING, SHEET) or wanted:
            self._show_work()
        if self.sheet is None:
            return
        self._follow(self.sheet, wanted)
        self.checking.look_up(self.sheet.table)

    def _follow(self, sheet: Worksheet, wanted: Mapping[str, object]) -> None:
        """Go where another page sent the clerk."""
        if "filing" in wanted:
            for line in list(sheet.table.lines):
                if line.filing is not None and line.filing.id == wanted["filing"]:
                    self.person.fill_in(line, new=False)
        identities = wanted.get("identities")
        if isinstance(identities, (tuple, list)):
            people = sheet.table.ground.people or {}
            self.person.add([people[one] for one in identities if one in people])
        if isinstance(wanted.get("file"), Path):
            self.import_file(Path(str(wanted["file"])))

    def _checked_anew(self) -> None:
        if self.sheet is not None:
            self.sheet.checked_anew()
        if self.stack.currentIndex() == FORM:
            self.person.checked_anew()

    # --- keeping ---

    def keep(self, lines: list[Line]) -> None:
        """These lines were changed."""
        if self.saver is not None:
            self.saver.keep(lines)
        self.submitting.changed(lines)

    def _drop(self, lines: list[Line]) -> None:
        if self.saver is not None:
            self.saver.drop(lines)

    def _attached(self, lines: list[Line]) -> None:
        """These lines got a file."""
        if self.sheet is None:
            return
        breath = Breath()
        for line in lines:
            breath()
            self.sheet.table.check(line)
        self.sheet.checked_anew()
        if self.stack.currentIndex() == FORM:
            self.person.checked_anew()

    def _results_read(self) -> None:
        self._show_work()
        self.refresh()

    # --- what is shown ---

    def _show(self, place: int) -> None:
        came = self.stack.currentIndex() != place
        self.stack.setCurrentIndex(place)
        # Who moves along the rail by keys stays there.
        if came and place == SHEET and self.sheet is not None and speaks_to(self):
            self.sheet.grid.setFocus()
        item = self._texts.item if self._texts else None
        working, marked = place in (NOTHING, SHEET), self.intake.source is not None
        self._buttons.show(item, working=working, filling=place == FORM, marked=marked)
        self._saying.look(_where(place))
        self._dress_footer()

    def _show_work(self) -> None:
        empty = self.sheet is None or not self.sheet.table.lines
        self._show(NOTHING if empty else SHEET)

    def _marked(self) -> None:
        if self.stack.currentIndex() == READING:
            self._show_work()

    def _back_to_work(self) -> None:
        if self.submitting.from_form:
            self._show(FORM)
        else:
            self._show_work()

    def _counted(self) -> None:
        at = self.stack.currentIndex()
        if at == SHEET and not self.all_lines and self.saver is not None and self.saver.idle:
            self._show(NOTHING)
        elif at in (NOTHING, SHEET):
            self._dress_footer()

    def _dress_footer(self) -> None:
        at = self.stack.currentIndex()
        if at == SUBMIT:
            self.flow.dress_footer()
        elif at == FORM:
            self.person.dress_footer()
        elif at == SHEET and self.sheet is not None:
            ready, stopped = self.sheet.tally.ready, self.sheet.tally.stopped
            kept = "草稿已保存" if self.saver is None or self.saver.idle else "正在保存草稿"
            head = f"▲ {stopped} 处要改" if stopped else "没有要改的地方"
            self.set_state(f"{head} · {ready} 人可提交 · {kept}", "warning" if stopped else "success")
            self.set_primary(action_of(self.item, ready), self.submit, enabled=ready > 0)
        else:
            self.set_state("")
            self.hide_primary()
            self._footer.hide()

    def say(self, words: Notice, tone: str) -> Message:
        """A message above what it speaks of, and only there, until it is closed or another one comes."""
        return self._saying.say(words, tone, _where(self.stack.currentIndex()))

    def _not_served(self, region: Region) -> None:
        self.place = self._texts = self.sheet = None
        self.set_subtitle(f"{region.name}没有这个事项。")
        self._show(NOTHING)

    def _nothing(self) -> QWidget:
        self._beginning = Beginning(self.context.theme)
        self._beginning.file_wanted.connect(self.open_file)
        self._beginning.form_wanted.connect(self.new)
        return self._beginning


def _where(place: int) -> int:
    """The empty page, a file being read and the table are one place to the clerk."""
    return place if place in (FORM, SUBMIT) else SHEET

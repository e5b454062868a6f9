"""The page of an item that speaks of people: from HR's table or one by one, to drafts, to the bureau."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QStackedWidget, QWidget

from app.domain.filings import FilingState
from app.rules.ground import Standing
from app.wording import Notice
from app.workflows import batch, drafts, intake
from ui.documents.preview import SHEETS, ask_which
from ui.forms.offer import action_of, offer_of
from ui.forms.steps import Steps
from ui.forms.submitting import SubmitFlow
from ui.forms.texts import Texts
from ui.importing import loading
from ui.importing.beginning import Beginning
from ui.importing.checking import Checking
from ui.importing.commands import RemoveLines
from ui.importing.intake import Goal, Intake
from ui.importing.papers import Papers
from ui.importing.reading import mapping_of
from ui.importing.roster import RosterDialog
from ui.importing.saver import Saver
from ui.importing.sheet import Worksheet
from ui.jobs import Lane
from ui.page import Page
from ui.parts.cards import Message

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from PySide6.QtGui import QDragEnterEvent, QDropEvent

    from app.domain.filings import Filing
    from app.domain.findings import Finding
    from app.domain.months import Month
    from app.domain.progress import Progress
    from app.errors import ShebaoError
    from app.regions.pack import Item, Region
    from app.rules.ground import PersonFacts
    from app.workflows.batch import Line
    from app.workflows.intake import FromFile
    from app.workflows.submit import Submitted
    from ui.context import Context
    from ui.importing.loading import Opened

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
        self._place: tuple[str, str] | None = None
        self._texts: Texts | None = None
        self.sheet: Worksheet | None = None
        self.steps: Steps | None = None
        self.saver: Saver | None = None
        self.papers: Papers
        self._said: dict[str, tuple[Finding, ...]] = {}
        self._loading = False
        self._again = False
        self._from_form = False
        self._wanted: dict[str, object] = {}
        #: The file as it was read first, while another of its sheets is read to take its place.
        self._instead: FromFile | None = None
        self.intake = Intake(self)
        self.intake.begun.connect(lambda: self._show(READING))
        self.intake.read.connect(self._read)
        self.intake.failed.connect(self._not_read)
        self.setAcceptDrops(True)
        self._return = self.add_action("返回列表", "chevron-left", self.back)
        self._from_roster = self.add_action("从人员中选", "users", self.choose_people)
        self._template = self.add_action("下载模板", "download", self._save_template)
        self._export = self.add_action("导出标错表格", "file-spreadsheet", self.intake.save_marked)
        self._import = self.add_action("导入表格", "upload", self.open_file)
        self._new = self.add_action("新增一人", "user-plus", self.new)
        self.checking = Checking(self)
        self.checking.checked.connect(self._checked_anew)
        self.stack = QStackedWidget()
        self.flow = SubmitFlow(self)
        for widget in (self._nothing(), self.intake.screen, QWidget(), QWidget(), self.flow):
            self.stack.addWidget(widget)
        self.body.addWidget(self.stack, 1)
        self.flow.left.connect(self._back_to_work)
        self.flow.ended.connect(self._submitted)
        self.flow.closed.connect(self._results_read)
        self.flow.mend.connect(self._mend)
        self._show(NOTHING)

    # --- what the shell calls ---

    def refresh(self) -> None:
        state = self.context.state
        place = (state.region, state.unit_number)
        if self._loading:
            self._again = True
            return
        region = self.context.desk.region(state.region)
        item = region.items.get(self.item_id)
        if item is None:
            self._not_served(region)
            return
        fresh = self._place != place
        if fresh:
            self._take_place(place, region, item)
        self._load(fresh=fresh)

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
        self._fill_in(self.sheet.table.new_line({}), new=True)

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

    # --- Qt ---

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls() and self._takes_files:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        files = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if files:
            event.acceptProposedAction()
            self.import_file(files[0])

    # --- what the buttons do ---

    def import_file(self, path: Path) -> None:
        """Read, check and keep a file; its people come after those who are there already."""
        if self._place is not None and self.saver is not None and self._region_is_chosen():
            self._instead = None
            self.intake.take(path, Goal(self._place, self._item, self.saver))

    def choose_sheet(self, name: str) -> None:
        """Read another sheet of the file; its people take the place of those that were read first."""
        source = self.intake.source
        if source is not None and self._place is not None and self.saver is not None:
            self._instead = source
            self.intake.take(source.path, Goal(self._place, self._item, self.saver), sheet=name)

    def _region_is_chosen(self) -> bool:
        """Whether it is known for which region the clerk works; before the first login only the clerk can say."""
        chosen = self.context.state.unit is not None or bool(self.context.preferences.region)
        if not chosen:
            words = Notice("还不知道单位在哪里参保。", "什么都没有导入。", "在窗口左上角选择参保地区，再来一次。")
            self.say(words, "info")
        return chosen

    def choose_people(self) -> None:
        """From the roster: one into the form, several into the table."""
        if self.sheet is None:
            return
        known = self.sheet.table.ground.people or {}
        people = [one for one in known.values() if one.standing is Standing.ACTIVE_HERE]
        if not people:
            words = Notice("还没有本单位的人员名单。", "", "登录后会从社保系统取来。")
            self.say(words, "info")
            return
        title = f"选择要办{self._item.business}的人"
        RosterDialog(self.window(), self.context.theme, title, people, self._chosen).open()

    def submit(self) -> None:
        """Confirm, then submit everybody whom nothing stops."""
        if self.sheet is not None:
            self._offer(self.sheet.table.ready)

    # --- loading ---

    @property
    def _takes_files(self) -> bool:
        at_work = self.sheet is not None and self.stack.currentIndex() in (NOTHING, SHEET)
        return at_work and self._item.in_batches

    @property
    def _item(self) -> Item:
        assert self._texts is not None  # noqa: S101 - asked for only once the item is known
        return self._texts.item

    def _take_place(self, place: tuple[str, str], region: Region, item: Item) -> None:
        """Another unit or region: everything on the screen was about the one before."""
        if self.saver is not None:
            self.saver.write()
        # Drafts made before the first login go over to the unit that logs in, and with them the file they came from.
        first_login = self._place is not None and self._place == (place[0], "")
        if not first_login:
            self.intake.forget()
        self._place = place
        self._texts = Texts(region, item)
        self.saver = Saver(self.context, *place, item.id)
        self.saver.failed.connect(self.context.shell.show_failure)
        self.saver.kept.connect(self._dress_footer)
        self.papers = Papers(self, self.saver, self.say)
        self.papers.attached.connect(self._attached)
        self._said, self.sheet = {}, None
        self._title.setText(item.business)
        self.set_subtitle(" › ".join((region.name, *item.menu, item.name)))
        self._new.setText(f"{item.business}一人")
        self._beginning.show_item(item)

    def _load(self, *, fresh: bool) -> None:
        assert self._place is not None  # noqa: S101 - refresh() set it
        assert self.saver is not None  # noqa: S101 - set together with the place
        if not fresh and not self.saver.idle:
            self.saver.when_kept(lambda: self._load(fresh=False))
            return
        desk, (region, unit), item = self.context.desk, self._place, self.item_id
        there = None if fresh or self.sheet is None else self._all_lines()
        said = dict(self._said)
        self._loading = True

        def work(_: Progress) -> Opened:
            return loading.open_table(desk, region, unit, item, there=there, said=said)

        self.run(work, self._opened, on_failed=self._not_opened)

    def _opened(self, found: Opened) -> None:
        self._loading = False
        if self._again:
            self._again = False
            self.refresh()
            return
        if found.table is not None:
            self._replace_sheet(found)
        elif self.sheet is not None:
            self.checking.recheck(self.sheet.table, found.ground)
        self._after_loading()

    def _not_opened(self, failure: ShebaoError) -> None:
        self._loading = False
        self.context.shell.show_failure(failure)

    def _replace_sheet(self, found: Opened) -> None:
        assert found.table is not None  # noqa: S101 - the caller looked
        assert self._texts is not None  # noqa: S101 - set with the place
        self.intake.found_again(found.table.lines)
        if self.sheet is not None:
            known = self.sheet.table.ground.seen
            found.table.ground = replace(found.ground, seen={**known, **found.ground.seen})
        self.sheet = Worksheet(self.context, self._texts, found.table)
        self.sheet.edited.connect(self._keep)
        self.sheet.removed.connect(self._drop)
        self.sheet.counted.connect(self._counted)
        self.sheet.sheet_chosen.connect(self.choose_sheet)
        self.sheet.opened.connect(lambda line: self._fill_in(line, new=False))
        self.sheet.attachments.chosen.connect(lambda slot, path: self.papers.attach(slot, path, self._all_lines()))
        self.sheet.attachments.wanted.connect(lambda slot: self.papers.make(slot, self._all_lines()))
        if self.intake.source is not None:
            self.sheet.show_mapping(*mapping_of(self.intake.source))
        self._swap(SHEET, self.sheet)
        self.steps = Steps(self, found.table, self._texts)
        self.steps.typed.connect(self._typed)
        self.steps.done.connect(lambda line: self._offer([line], from_form=True))
        self.steps.left.connect(self._show_work)
        self.steps.attach.connect(lambda slot, path: self.papers.attach(slot, path, self._form_lines()))
        self.steps.make.connect(lambda slot: self.papers.make(slot, self._form_lines()))
        self._swap(FORM, self.steps)

    def _swap(self, place: int, widget: QWidget) -> None:
        before = self.stack.widget(place)
        at = self.stack.currentIndex()
        self.stack.insertWidget(place, widget)
        if before is not None:
            self.stack.removeWidget(before)
            before.deleteLater()
        self.stack.setCurrentIndex(at)

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
                    self._fill_in(line, new=False)
        identities = wanted.get("identities")
        if isinstance(identities, (tuple, list)):
            people = sheet.table.ground.people or {}
            self._chosen([people[one] for one in identities if one in people])
        if isinstance(wanted.get("file"), Path):
            self.import_file(Path(str(wanted["file"])))

    # --- reading a file ---

    def _read(self, source: FromFile) -> None:
        assert self.sheet is not None  # noqa: S101 - files are read only once the page is loaded
        self._loading = True
        self.sheet.put(source.lines)
        self._loading = False
        self.sheet.show_mapping(*mapping_of(source))
        self._again = False
        if self._instead is not None:
            source = self._put_instead(self.sheet, self._instead, source)
        self.context.store_changed()
        self._show_work()
        if not source.lines:
            words = Notice("这张表的表头下面没有人。", "什么都没有导入。", "核对是不是选错了文件或工作表。")
            self.say(words, "warning")
            return
        self._offer_to_replace(self.sheet, source)
        self.checking.look_up(self.sheet.table)

    def _put_instead(self, sheet: Worksheet, first: FromFile, source: FromFile) -> FromFile:
        """Take out who came from the sheet that was read first, as a step that can be taken back."""
        self._instead = None
        source = self.intake.source = replace(source, sheets=first.sheets)
        sheet.show_mapping(*mapping_of(source))
        old = [line for line in first.lines if line in sheet.table]
        name = first.checked.table.sheet.name
        if old:
            sheet.undo.push(RemoveLines(sheet.model, f"换下工作表“{name}”的 {len(old)} 人", old))
        return source

    def _offer_to_replace(self, sheet: Worksheet, source: FromFile) -> None:
        """HR's corrected file has the people of the first one in it: the drafts of the first can go, all at once."""
        lines = list(sheet.table.lines)
        if len(lines) > len(source.lines):
            self.run(
                lambda _: intake.older_drafts(source, lines),
                lambda old: self._say_older(sheet, source, old),
                lane=Lane.READING,
            )

    def _say_older(self, sheet: Worksheet, source: FromFile, old: list[Line]) -> None:
        if not old or sheet is not self.sheet:
            return
        what = "这是标错后退回的表，" if any(intake.named_in(source, one) for one in old) else "这张表里"
        words = Notice(
            f"{what}有 {len(old)} 人已经有草稿。", "旧的和新的现在都在。", "以这张表为准的，可以替换旧草稿。"
        )
        message = self.say(words, "warning")

        def replace_old() -> None:
            message.deleteLater()
            sheet.undo.push(RemoveLines(sheet.model, f"替换 {len(old)} 份旧草稿", old))

        message.add_button("用这张表替换", replace_old)

    def _not_read(self, words: Notice | None) -> None:
        if self.sheet is not None and self.intake.source is not None:
            self.sheet.show_mapping(*mapping_of(self.intake.source))
        self._show_work()
        if words is not None:
            self.say(words, "error")

    def _save_template(self) -> None:
        if self._texts is not None:
            self.intake.save_template(self._texts)

    def _checked_anew(self) -> None:
        if self.sheet is not None:
            self.sheet.checked_anew()
        if self.steps is not None and self.stack.currentIndex() == FORM:
            self.steps.refresh_line()

    # --- one person ---

    def _fill_in(self, line: Line, *, new: bool) -> None:
        if self.steps is None:
            return
        self._show(FORM)
        self.steps.begin(line, new=new)

    def _typed(self, line: Line) -> None:
        assert self.sheet is not None  # noqa: S101 - the form belongs to the sheet
        if line not in self.sheet.table:
            if any(line.values.get(one.key) for one in self._item.fields if not one.default):
                self.sheet.add([line], "新增一人")
        else:
            self._keep([line])
            self.sheet.model.repaint_all()

    def _chosen(self, people: Sequence[PersonFacts]) -> None:
        if self.sheet is None:
            return
        table = self.sheet.table
        lines = [table.new_line(batch.from_roster(table.checker, one)) for one in people]
        self.sheet.add(lines, f"从人员中选 {len(lines)} 人")
        if len(lines) == 1:
            self._fill_in(lines[0], new=False)
        else:
            self._show_work()

    # --- keeping ---

    def _keep(self, lines: list[Line]) -> None:
        if self.saver is not None:
            self.saver.keep(lines)
        if self._said:
            for line in lines:
                self._said.pop(line.filing.id if line.filing else "", None)

    def _drop(self, lines: list[Line]) -> None:
        if self.saver is not None:
            self.saver.drop(lines)

    def _all_lines(self) -> list[Line]:
        return list(self.sheet.table.lines) if self.sheet else []

    def _form_lines(self) -> list[Line]:
        return [self.steps.line] if self.steps and self.steps.line else []

    def _attached(self, lines: list[Line]) -> None:
        """These lines got a file."""
        if self.sheet is None:
            return
        for line in lines:
            self.sheet.table.check(line)
        self.sheet.checked_anew()
        if self.steps is not None and self.stack.currentIndex() == FORM:
            self.steps.refresh_line()

    # --- submitting ---

    def _offer(self, lines: Sequence[Line], *, from_form: bool = False) -> None:
        if not lines or self.saver is None or self._texts is None:
            return
        texts, desk = self._texts, self.context.desk
        self._from_form = from_form

        def kept() -> None:
            filings = [line.filing for line in lines if line.filing is not None]
            if filings:
                self._show(SUBMIT)
                offer = offer_of(desk, texts.region, texts.item, filings, texts)
                self.flow.offer(offer, steps=from_form)

        self.saver.when_kept(kept)

    def _submitted(self, done: Submitted) -> None:
        self._said |= {filing.id: findings for filing, findings in done.refused}
        self.context.store_changed()

    def _results_read(self) -> None:
        self._show_work()
        self.refresh()

    def _mend(self, refused: list[tuple[Filing, tuple[Finding, ...]]]) -> None:
        """Back to the table with what was refused: what the bureau refused becomes a draft again."""
        desk = self.context.desk
        ids = [filing.id for filing, _ in refused]

        def work(_: Progress) -> None:
            for one in ids:
                filing = desk.filings.get(one)
                if filing.state is FilingState.REJECTED:
                    drafts.reopen(desk, filing)

        def done(_: None) -> None:
            self._show(SHEET)
            self.context.store_changed()

        self.run(work, done)

    # --- what is shown ---

    def _show(self, place: int) -> None:
        self.stack.setCurrentIndex(place)
        working = place in (NOTHING, SHEET) and self._texts is not None
        item = self._texts.item if self._texts else None
        self._return.setVisible(place == FORM)
        self._from_roster.setVisible(working and item is not None and batch.chosen_from_roster(item))
        self._new.setVisible(working)
        for button in (self._import, self._template):
            button.setVisible(working and item is not None and item.in_batches)
        self._export.setVisible(working and self.intake.source is not None)
        self._dress_footer()

    def _show_work(self) -> None:
        empty = self.sheet is None or not self.sheet.table.lines
        self._show(NOTHING if empty else SHEET)

    def _back_to_work(self) -> None:
        if self.steps is not None and self._from_form:
            self._show(FORM)
            self.steps.dress_footer()
        else:
            self._show_work()

    def _counted(self) -> None:
        at = self.stack.currentIndex()
        if at == SHEET and not self._all_lines() and self.saver is not None and self.saver.idle:
            self._show(NOTHING)
        elif at in (NOTHING, SHEET):
            self._dress_footer()

    def _dress_footer(self) -> None:
        at = self.stack.currentIndex()
        if at == SUBMIT:
            self.flow.dress_footer()
        elif at == FORM and self.steps is not None:
            self.steps.dress_footer()
        elif at == SHEET and self.sheet is not None:
            ready, stopped = self.sheet.tally.ready, self.sheet.tally.stopped
            kept = "草稿已保存" if self.saver is None or self.saver.idle else "正在保存草稿"
            head = f"▲ {stopped} 处要改" if stopped else "没有要改的地方"
            self.set_state(f"{head} · {ready} 人可提交 · {kept}", "warning" if stopped else "success")
            self.set_primary(action_of(self._item, ready), self.submit, enabled=ready > 0)
        else:
            self.set_state("")
            self.hide_primary()
            self._footer.hide()

    def say(self, words: Notice, tone: str) -> Message:
        """A message of this page, above what it speaks of, until it is closed."""
        message = Message(self.context.theme, words, tone=tone)
        message.closed.connect(message.deleteLater)
        for at in reversed(range(self.body.count() - 1)):
            item = self.body.takeAt(at)
            widget = item.widget() if item else None
            if widget is not None:
                widget.deleteLater()
        self.body.insertWidget(0, message)
        return message

    def _not_served(self, region: Region) -> None:
        self._place = self._texts = self.sheet = None
        self.set_subtitle(f"{region.name}没有这个事项。")
        self._show(NOTHING)

    def _nothing(self) -> QWidget:
        self._beginning = Beginning(self.context.theme)
        self._beginning.file_wanted.connect(self.open_file)
        self._beginning.form_wanted.connect(self.new)
        return self._beginning

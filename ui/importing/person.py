"""One person at a time: the form beside the table, made while nothing else is to be done, kept while it is typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from app.rules.ground import Standing
from app.wording import Notice
from app.workflows import batch
from ui.forms.steps import Steps
from ui.importing.roster import RosterDialog

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.rules.ground import PersonFacts
    from app.workflows.batch import Line, Table
    from ui.forms.texts import Texts
    from ui.importing.page import StaffPage
    from ui.importing.papers import Papers


class OnePerson(QObject):
    """``made`` carries another form for the page's stack, ``began`` comes when it is to be shown.

    ``added`` when several were chosen of the roster, ``left`` when the clerk goes back to the table, ``done`` carries
    the line that is to be confirmed.
    """

    made = Signal(object)
    began = Signal()
    added = Signal()
    left = Signal()
    done = Signal(object)

    def __init__(self, page: StaffPage) -> None:
        super().__init__(page)
        self._page = page
        self._wanted: tuple[Table, Texts, Papers] | None = None
        self._steps: Steps | None = None
        # A form takes as long to make as a table: not in one go with it, and not before the table is on the screen.
        self._idle = QTimer(self)
        self._idle.setSingleShot(True)
        self._idle.timeout.connect(self._make)

    @property
    def steps(self) -> Steps | None:
        """The form of the table that is shown, made now if it is not there yet."""
        self._make()
        return self._steps

    def renew(self, table: Table, texts: Texts, papers: Papers) -> None:
        """Another table is shown: its people are filled in from now on."""
        self._wanted = table, texts, papers
        self._idle.start(0)

    def fill_in(self, line: Line, *, new: bool) -> None:
        """Fill in a line, a ``new`` one after the introduction."""
        steps = self.steps
        if steps is not None:
            self.began.emit()
            steps.begin(line, new=new)

    def choose(self) -> None:
        """Have the clerk choose people of the roster."""
        page = self._page
        if page.sheet is None:
            return
        known = page.sheet.table.ground.people or {}
        people = [one for one in known.values() if one.standing is Standing.ACTIVE_HERE]
        if not people:
            page.say(Notice("还没有本单位的人员名单。", "", "登录后会从社保系统取来。"), "info")
            return
        title = f"选择要办{page.item.business}的人"
        RosterDialog(page.window(), page.context.theme, title, people, self.add).open()

    def add(self, people: Sequence[PersonFacts]) -> None:
        """People of the roster into the table; one alone is filled in at once."""
        sheet = self._page.sheet
        if sheet is None:
            return
        table = sheet.table
        lines = [table.new_line(batch.from_roster(table.checker, one)) for one in people]
        sheet.add(lines, f"从人员中选 {len(lines)} 人")
        if len(lines) == 1:
            self.fill_in(lines[0], new=False)
        else:
            self.added.emit()

    def checked_anew(self) -> None:
        """The line was checked on another ground or got a file."""
        if self._steps is not None:
            self._steps.refresh_line()

    def dress_footer(self) -> None:
        """The footer of the form."""
        if self._steps is not None:
            self._steps.dress_footer()

    @property
    def lines(self) -> list[Line]:
        """The one that is filled in."""
        return [self._steps.line] if self._steps and self._steps.line else []

    def _make(self) -> None:
        self._idle.stop()
        if self._wanted is None:
            return
        (table, texts, papers), self._wanted = self._wanted, None
        self._steps = steps = Steps(self._page, table, texts)
        steps.typed.connect(self._typed)
        steps.done.connect(self.done)
        steps.left.connect(self.left)
        steps.attach.connect(lambda slot, path: papers.attach(slot, path, self.lines))
        steps.make.connect(lambda slot: papers.make(slot, self.lines))
        self.made.emit(steps)

    def _typed(self, line: Line) -> None:
        sheet = self._page.sheet
        assert sheet is not None  # noqa: S101 - the form belongs to the sheet
        if line in sheet.table:
            self._page.keep([line])
            sheet.model.repaint_all()
        elif any(line.values.get(one.key) for one in self._page.item.fields if not one.default):
            sheet.add([line], "新增一人")

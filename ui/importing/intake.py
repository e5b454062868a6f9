"""HR's file on its way into the table: read beside the window, remembered by its rows, given back with its problems."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

from app.errors import CalledOff, InputRefused
from app.sheets.template import template
from app.wording import Notice, sentence
from app.workflows import intake, layouts
from app.workflows.layouts import Unclear
from ui.documents.preview import save_pdf
from ui.importing.columns import Again, ColumnsDialog
from ui.jobs import Lane
from ui.parts.reading import Reading

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from app.domain.progress import Progress
    from app.errors import ShebaoError
    from app.regions.pack import Item
    from app.sheets.layout import Known
    from app.workflows.batch import Line
    from app.workflows.intake import FromFile
    from app.workflows.layouts import Head
    from ui.forms.texts import Texts
    from ui.importing.saver import Saver
    from ui.jobs import Job
    from ui.page import Page

#: Marking up a short file is done before anybody would have read that it is under way.
PATIENCE_MS = 300
ResultT = TypeVar("ResultT")
WORKBOOK = "Excel 工作簿 (*.xlsx)"


@dataclass(frozen=True)
class Goal:
    """Where a file goes: region and unit, the item, and who keeps what is typed."""

    place: tuple[str, str]
    item: Item
    saver: Saver


class Intake(QObject):
    """``begun`` when a file is being read, ``read`` with a :class:`FromFile`, ``failed`` with what to say of it.

    ``failed`` carries a Notice, or None where the clerk called it off or the shell has said it already. ``begun`` also
    comes when marking a file up takes long enough to be seen, ``ended`` after it. From ``taken`` to ``rested`` it is
    ``busy``: a file's people are on their way into the store and from there to whoever hears ``read``.
    """

    begun = Signal()
    read = Signal(object)
    failed = Signal(object)
    ended = Signal()
    taken = Signal()
    rested = Signal()

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self._page = page
        self._job: Job | None = None
        self.busy = False
        self.source: FromFile | None = None
        self.asked: ColumnsDialog | None = None
        self.screen = Reading(page.context.theme)
        self.screen.cancelled.connect(self.cancel)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(PATIENCE_MS)
        self._patience.timeout.connect(self.begun)

    def take(self, path: Path, goal: Goal, *, sheet: str | None = None, asks: bool = True) -> None:
        """Read, check and keep a file, once what was typed before is kept; ask first where its columns are unclear."""
        desk = self._page.context.desk
        self.screen.begin(path.name)
        self.begun.emit()

        def work(progress: Progress) -> FromFile | Unclear:
            region, unit = goal.place
            item = goal.item.id
            return intake.read_file(desk, path, region, unit, item, sheet=sheet, asks=asks, progress=progress)

        def read(found: FromFile | Unclear) -> None:
            self._job = None
            if isinstance(found, Unclear):
                self._ask(found, goal)
            else:
                self.source = found
                self.read.emit(found)
                self._rest()

        def begin() -> None:
            self.busy = True
            self.taken.emit()
            self._job = self._page.run(
                work, read, lane=Lane.READING, on_failed=self._not_read, on_progress=self.screen.progress
            )

        goal.saver.when_kept(begin)

    def _ask(self, unclear: Unclear, goal: Goal) -> None:
        """Have the clerk say which column is which, then read again; nothing is kept so far."""
        self.failed.emit(None)
        self._rest()
        desk, (region, _), item = self._page.context.desk, goal.place, goal.item

        def told(head: Head | None, columns: Mapping[str, int]) -> None:
            if head is None:
                self.take(unclear.path, goal, asks=False)
                return
            self._page.run(
                lambda _: layouts.remember(desk, region, item.id, head, columns),
                lambda _: self.take(unclear.path, goal, sheet=head.sheet, asks=False),
            )

        self.asked = ColumnsDialog(self._page, self._page.context.theme, unclear, item, told)
        self.asked.open()

    def map_again(self, goal: Goal, then: Callable[[str], None]) -> None:
        """Show how the columns of the file were read. ``then`` gets the sheet that is to be read once more."""
        source = self.source
        if source is None or self._job is not None:
            return
        desk, (region, _), item = self._page.context.desk, goal.place, goal.item

        def forget(head: Head) -> None:
            self._page.run(lambda _: layouts.forget(desk, region, item.id, head))

        def told(head: Head | None, columns: Mapping[str, int]) -> None:
            if head is not None:
                sheet = head.sheet
                self._page.run(lambda _: layouts.remember(desk, region, item.id, head, columns), lambda _: then(sheet))

        def read(found: tuple[Unclear, Known]) -> None:
            unclear, known = found
            again = Again(source.checked.table.sheet.name, known, forget)
            self.asked = ColumnsDialog(self._page, self._page.context.theme, unclear, item, told, again)
            self.asked.open()

        self._run_shown(
            source.path.name,
            "读",
            lambda progress: (intake.look_again(source.path, progress), layouts.known(desk, region, item.id)),
            read,
        )

    def cancel(self) -> None:
        """Stop reading or marking up; nothing of the file is kept."""
        if self._job is not None:
            self._job.cancel()

    def forget(self) -> None:
        """What is on the screen is not of that file any more."""
        self.source = None

    def found_again(self, lines: Sequence[Line]) -> None:
        """The table was loaded anew: give its lines their rows in the file, and forget those that are gone."""
        if self.source is None:
            return
        rows = {line.filing.id: line.row for line in self.source.lines if line.filing}
        for line in lines:
            line.row = rows.get(line.filing.id) if line.filing else None
        kept = tuple(line for line in lines if line.row is not None)
        self.source = replace(self.source, lines=kept) if kept else None

    def save_template(self, texts: Texts) -> None:
        """The workbook HR fills in."""
        region, item = texts.region, texts.item
        name = f"{item.business}模板.xlsx"
        self._page.run(lambda _: template(region, item), lambda made: self._save(made, name), lane=Lane.READING)

    def save_marked(self) -> None:
        """The file HR sent, with every problem that is still there marked at its cell."""
        source = self.source
        if source is None or self._job is not None:
            return
        name = f"{source.path.stem}-标错.xlsx"
        self._run_shown(
            source.path.name,
            "标错",
            lambda progress: intake.marked_file(source, progress),
            lambda made: self._save(made, name),
        )

    def _run_shown(
        self, name: str, doing: str, work: Callable[[Progress], ResultT], then: Callable[[ResultT], None]
    ) -> None:
        """Do something with a file that changes nothing in the table; seen, and called off, where it takes its time."""
        self.screen.begin(name, doing)
        self._patience.start()

        def over() -> None:
            self._job = None
            self._patience.stop()
            self.ended.emit()

        def done(result: ResultT) -> None:
            over()
            # A dialog takes its time to make: not in one go with bringing the table back.
            QTimer.singleShot(0, self, lambda: then(result))

        def failed(failure: ShebaoError) -> None:
            over()
            if not isinstance(failure, CalledOff):
                self._page.context.shell.show_failure(failure)

        self._job = self._page.run(work, done, lane=Lane.READING, on_failed=failed, on_progress=self.screen.progress)

    def _save(self, content: bytes, name: str) -> None:
        save_pdf(self._page.context, self._page, content, name, WORKBOOK)

    def _not_read(self, failure: ShebaoError) -> None:
        self._job = None
        if isinstance(failure, InputRefused) and failure.findings:
            words = sentence(failure.findings[0])
            self.failed.emit(Notice(f"{words.message}。", "什么都没有导入。", words.remedy))
        else:
            self.failed.emit(None)
            if not isinstance(failure, CalledOff):
                self._page.context.shell.show_failure(failure)
        self._rest()

    def _rest(self) -> None:
        self.busy = False
        self.rested.emit()

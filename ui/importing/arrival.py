"""A file that was read comes onto the page: its people into the table, and what became of those who were there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from app.wording import Notice
from app.workflows import intake
from ui.importing.commands import RemoveLines
from ui.importing.intake import Goal, Intake
from ui.importing.mapping import mapping_of
from ui.jobs import Lane

if TYPE_CHECKING:
    from pathlib import Path

    from app.workflows.batch import Line
    from app.workflows.intake import FromFile
    from ui.importing.page import StaffPage
    from ui.importing.sheet import Worksheet


PAINTED_MS = 100


class Arrival(QObject):
    """``arrived`` when the people of a file are in the table, ``refused`` when nothing came of it."""

    arrived = Signal()
    refused = Signal()

    def __init__(self, page: StaffPage) -> None:
        super().__init__(page)
        self._page = page
        #: The file as it was read first, while another of its sheets is read to take its place.
        self._instead: FromFile | None = None
        self.intake = Intake(page)
        self.intake.taken.connect(page.opening.file_begins)
        self.intake.rested.connect(page.opening.file_ended)
        self.intake.read.connect(self._read)
        self.intake.failed.connect(self._not_read)

    def import_file(self, path: Path, goal: Goal) -> None:
        """Read a file; its people come after those who are there already."""
        self._instead = None
        self.intake.take(path, goal)

    def choose_sheet(self, name: str, goal: Goal, *, asks: bool = True) -> None:
        """Read a sheet of the file; its people take the place of those that were read first."""
        source = self.intake.source
        if source is not None:
            self._instead = source
            self.intake.take(source.path, goal, sheet=name, asks=asks)

    def map_again(self, goal: Goal) -> None:
        """Have the clerk say otherwise which column is which, and read the file in place of the first time."""
        self.intake.map_again(goal, lambda sheet: self.choose_sheet(sheet, goal, asks=False))

    def show_source(self) -> None:
        """Say how the file was read whose people are in the table."""
        sheet = self._page.sheet
        if sheet is not None and self.intake.source is not None:
            sheet.show_mapping(*mapping_of(self.intake.source))

    def _read(self, source: FromFile) -> None:
        sheet = self._page.sheet
        assert sheet is not None  # noqa: S101 - files are read only once the page is loaded
        sheet.put(source.lines)
        if self._instead is not None:
            source = self._put_instead(sheet, self._instead, source)
        self.show_source()
        self.arrived.emit()
        # Others look into the store once the table is painted.
        QTimer.singleShot(PAINTED_MS, self, self._page.context.store_changed)
        if not source.lines:
            words = Notice("这张表的表头下面没有人。", "什么都没有导入。", "核对是不是选错了文件或工作表。")
            self._page.say(words, "warning")
            return
        self._offer_to_replace(sheet, source)
        self._page.checking.look_up(sheet.table)

    def _put_instead(self, sheet: Worksheet, first: FromFile, source: FromFile) -> FromFile:
        """Take out who came from the sheet that was read first, as a step that can be taken back."""
        self._instead = None
        source = self.intake.source = replace(source, sheets=first.sheets)
        old = [line for line in first.lines if line in sheet.table]
        name = first.checked.table.sheet.name
        if old:
            sheet.undo.push(RemoveLines(sheet.model, f"换下工作表“{name}”的 {len(old)} 人", old))
        return source

    def _offer_to_replace(self, sheet: Worksheet, source: FromFile) -> None:
        """HR's corrected file has the people of the first one in it: the drafts of the first can go, all at once."""
        lines = list(sheet.table.lines)
        if len(lines) > len(source.lines):
            self._page.run(
                lambda _: intake.older_drafts(source, lines),
                lambda old: self._say_older(sheet, source, old),
                lane=Lane.READING,
            )

    def _say_older(self, sheet: Worksheet, source: FromFile, old: list[Line]) -> None:
        if not old or sheet is not self._page.sheet:
            return
        what = "这是标错后退回的表，" if any(intake.named_in(source, one) for one in old) else "这张表里"
        words = Notice(
            f"{what}有 {len(old)} 人已经有草稿。", "旧的和新的现在都在。", "以这张表为准的，可以替换旧草稿。"
        )
        message = self._page.say(words, "warning")

        def replace_old() -> None:
            message.closed.emit()
            still = [one for one in old if one in sheet.table]
            if still:
                sheet.undo.push(RemoveLines(sheet.model, f"替换 {len(still)} 份旧草稿", still))

        message.add_button("用这张表替换", replace_old)

    def _not_read(self, words: Notice | None) -> None:
        self.show_source()
        self.refused.emit()
        if words is not None:
            self._page.say(words, "error")

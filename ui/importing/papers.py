"""Files for many people at once: one scan for all of them, or the form that lists them all, made here."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.errors import InputRefused
from app.wording import Notice, sentence
from app.workflows import batch, papers
from ui.forms.paper import PaperDialog

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from app.documents import Rendered
    from app.domain.filings import Filing
    from app.domain.progress import Progress
    from app.errors import ShebaoError
    from app.regions.pack import AttachmentSlot
    from app.workflows.batch import Line
    from ui.importing.saver import Saver
    from ui.page import Page

    Attach = Callable[[list[Filing]], list[Filing]]


class Papers(QObject):
    """``attached`` carries the lines that got a file."""

    attached = Signal(object)

    def __init__(self, page: Page, saver: Saver, say: Callable[[Notice, str], object]) -> None:
        super().__init__(page)
        self._page = page
        self._saver = saver
        self._say = say

    def attach(self, slot: AttachmentSlot, path: Path, lines: list[Line]) -> None:
        """A scan, to all of these people."""
        desk = self._page.context.desk
        self._to_filings(slot, lines, lambda filings: batch.attach_file_to_all(desk, filings, slot, path))

    def make(self, slot: AttachmentSlot, lines: list[Line]) -> None:
        """The form that lists these people, to be looked at, printed, kept, or attached as it is."""
        context, layout = self._page.context, slot.made_from
        unit, desk = context.state.unit, context.desk
        if unit is None:
            self._say(Notice("还不知道是哪个单位，做不出这张表。", "草稿都在。", "插入 UKey 登录一次后再做。"), "info")
            return
        if layout is None or not lines:
            return

        def work(_: Progress) -> Rendered:
            return papers.form(desk, unit, layout, [desk.filings.get(one.filing.id) for one in lines if one.filing])

        def made(paper: Rendered) -> None:
            attach = functools.partial(self._attach_made, slot, lines)
            PaperDialog(self._page.window(), context, slot.name, paper, attach).open()

        def kept() -> None:
            self._page.run(work, made)

        self._saver.when_kept(kept)

    def _attach_made(self, slot: AttachmentSlot, lines: list[Line], pdf: bytes) -> None:
        desk, name = self._page.context.desk, f"{slot.name}.pdf"
        self._to_filings(slot, lines, lambda filings: batch.attach_to_all(desk, filings, slot, name, pdf))

    def _to_filings(self, slot: AttachmentSlot, lines: list[Line], attach: Attach) -> None:
        def work(_: Progress) -> list[Filing]:
            return attach([one.filing for one in lines if one.filing])

        def done(filings: list[Filing]) -> None:
            by_id = {one.id: one for one in filings}
            for line in lines:
                if line.filing is not None:
                    line.filing = by_id.get(line.filing.id, line.filing)
            self.attached.emit(lines)
            self._page.context.shell.toast(f"已附上{slot.name}")

        def kept() -> None:
            self._page.run(work, done, on_failed=self._refused)

        if lines:
            self._saver.when_kept(kept)

    def _refused(self, failure: ShebaoError) -> None:
        if isinstance(failure, InputRefused) and failure.findings:
            words = sentence(failure.findings[0])
            self._say(Notice(f"{words.message}。", "没有附上。", words.remedy), "error")
        else:
            self._page.context.shell.show_failure(failure)

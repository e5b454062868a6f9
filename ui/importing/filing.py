"""From the table to the bureau: confirm, sign and send, and what was refused back into the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.domain.filings import FilingState
from app.workflows import drafts
from ui.forms.offer import offer_of
from ui.forms.submitting import SubmitFlow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.domain.filings import Filing
    from app.domain.findings import Finding
    from app.domain.progress import Progress
    from app.workflows.batch import Line
    from app.workflows.submit import Submitted
    from ui.importing.page import StaffPage


class Submitting(QObject):
    """``offered`` when there is something to confirm, ``left`` when the clerk goes back to where it came from.

    ``read`` when the clerk has seen the result, ``mending`` when what was refused is a draft again.
    """

    offered = Signal()
    left = Signal()
    read = Signal()
    mending = Signal()

    def __init__(self, page: StaffPage) -> None:
        super().__init__(page)
        self._page = page
        #: Whether what is confirmed comes from the form of one person.
        self.from_form = False
        #: What the bureau said of drafts that it refused, until they are changed.
        self.said: dict[str, tuple[Finding, ...]] = {}
        self.flow = SubmitFlow(page)
        self.flow.left.connect(self.left)
        self.flow.ended.connect(self._submitted)
        self.flow.closed.connect(self.read)
        self.flow.mend.connect(self._mend)

    def offer(self, lines: Sequence[Line], *, from_form: bool = False) -> None:
        """Have lines confirmed, once they are kept."""
        page = self._page
        if not lines or page.saver is None:
            return
        texts, desk = page.texts, page.context.desk
        self.from_form = from_form

        def kept() -> None:
            filings = [line.filing for line in lines if line.filing is not None]
            if filings:
                self.offered.emit()
                self.flow.offer(offer_of(desk, texts.region, texts.item, filings, texts), steps=from_form)

        page.saver.when_kept(kept)

    def changed(self, lines: Sequence[Line]) -> None:
        """These were changed: what the bureau said of them is said no more."""
        if self.said:
            for line in lines:
                self.said.pop(line.filing.id if line.filing else "", None)

    def _submitted(self, done: Submitted) -> None:
        self.said |= {filing.id: findings for filing, findings in done.refused}
        self._page.context.store_changed()

    def _mend(self, refused: list[tuple[Filing, tuple[Finding, ...]]]) -> None:
        """Back to the table with what was refused: what the bureau refused becomes a draft again."""
        desk = self._page.context.desk
        ids = [filing.id for filing, _ in refused]

        def work(_: Progress) -> None:
            for one in ids:
                filing = desk.filings.get(one)
                if filing.state is FilingState.REJECTED:
                    drafts.reopen(desk, filing)

        def done(_: None) -> None:
            self.mending.emit()
            self._page.context.store_changed()

        self._page.run(work, done)

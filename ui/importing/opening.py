"""The drafts of an item onto the page: loaded beside the window, once more where they changed meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from ui.importing import loading

if TYPE_CHECKING:
    from app.domain.progress import Progress
    from app.errors import ShebaoError
    from ui.importing.loading import Opened
    from ui.importing.page import StaffPage


class Opening(QObject):
    """``opened`` carries what was found; ``again`` when the page was to be refreshed while it was looked for."""

    opened = Signal(object)
    again = Signal()

    def __init__(self, page: StaffPage) -> None:
        super().__init__(page)
        self._page = page
        self._again = False
        #: What is on its way was asked for before a file came, and knows nothing of its people.
        self._stale = False
        self.busy = False

    def put_off(self) -> bool:
        """Whether it is busy, or a file is on its way into the store and the table; it then comes back by ``again``."""
        self._again = self.busy or self._page.intake.busy
        return self._again

    def file_begins(self) -> None:
        """A file is read from now on: what was asked for before is not to take the table's place."""
        self._stale = self.busy

    def file_ended(self) -> None:
        """The file's people are in the table, or nothing came of it."""
        if self._again and not self.busy:
            self._again = False
            self.again.emit()

    def load(self, *, fresh: bool) -> None:
        """Load the drafts of the page's place; unless ``fresh``, only if they are not those on the screen."""
        page = self._page
        assert page.place is not None  # noqa: S101 - the page knows it before it loads
        assert page.saver is not None  # noqa: S101 - set together with the place
        if not fresh and not page.saver.idle:
            page.saver.when_kept(lambda: self.load(fresh=False))
            return
        desk, (region, unit), item = page.context.desk, page.place, page.item_id
        there = None if fresh or page.sheet is None else page.all_lines
        said = dict(page.submitting.said)
        self.busy = True

        def work(_: Progress) -> Opened:
            return loading.open_table(desk, region, unit, item, there=there, said=said)

        page.run(work, self._opened, on_failed=self._failed)

    def _opened(self, found: Opened) -> None:
        self.busy, stale, self._stale = False, self._stale, False
        if self._page.intake.busy:
            self._again = True
        elif self._again or stale:
            self._again = False
            self.again.emit()
        else:
            self.opened.emit(found)

    def _failed(self, failure: ShebaoError) -> None:
        self.busy = False
        self._page.context.shell.show_failure(failure)

"""Check the table again when more is known: after news from the bureau, and on what it says of the people in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.errors import BureauUnreachable, CalledOff
from ui.importing import loading
from ui.jobs import Lane
from ui.pace import Breath

if TYPE_CHECKING:
    from app.errors import ShebaoError
    from app.rules.ground import Ground
    from app.workflows.batch import Table
    from ui.importing.loading import Rechecked
    from ui.page import Page


class Checking(QObject):
    """``checked`` when the table stands on another ground. The work is done beside the window."""

    checked = Signal()

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self._page = page

    def recheck(self, table: Table, ground: Ground) -> None:
        """Stand on what is known of the unit and its people now; look-ups are kept."""
        ground = with_answers(ground, table.ground)
        if ground == table.ground:
            return
        lines = list(table.lines)
        self._page.run(
            lambda progress: loading.recheck(table, ground, lines, progress),
            lambda found: self._take(table, found),
            lane=Lane.READING,
        )

    def look_up(self, table: Table) -> None:
        """Ask who they all are, if somebody is logged in. A bureau that is away is asked again at submitting."""
        context, ground = self._page.context, table.ground
        session, desk = context.state.session, context.desk
        if session is None or not table.checker.item.lookup:
            return
        identities = (line.values.get("identity") for line in table.lines)
        if all(one in ground.seen for one in identities if one):
            return
        lines = list(table.lines)
        self._page.run(
            lambda progress: loading.look_up(desk, session, table, ground, lines, progress),
            lambda found: self._take(table, found),
            lane=Lane.NETWORK,
            on_failed=self._quietly,
        )

    def _take(self, table: Table, found: Rechecked) -> None:
        kept = [at for at, line in enumerate(found.lines) if line in table]
        table.take(
            found.ground,
            [found.lines[at] for at in kept],
            [found.values[at] for at in kept],
            [found.findings[at] for at in kept],
            Breath(),
        )
        self.checked.emit()

    def _quietly(self, failure: ShebaoError) -> None:
        if not isinstance(failure, (BureauUnreachable, CalledOff)):
            self._page.context.shell.show_failure(failure)


def with_answers(ground: Ground, before: Ground) -> Ground:
    """``ground`` with what the bureau answered on ``before``, but not on those of whom its roster tells anew.

    An answer outranks the roster, so one from before a person was enrolled would let them be enrolled again.
    """
    then, now = before.people or {}, ground.people or {}
    kept = {identity: facts for identity, facts in before.seen.items() if then.get(identity) == now.get(identity)}
    return ground._replace(seen={**kept, **ground.seen})

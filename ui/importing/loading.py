"""The jobs behind the page of an item: open its drafts, read a file, ask the bureau who people are, check on news."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.workflows import batch, drafts
from app.workflows import session as sessions
from app.workflows.batch import Line, Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.domain.findings import Finding
    from app.domain.progress import Progress
    from app.rules.ground import Ground
    from app.workflows.desk import Desk
    from app.workflows.session import Session


@dataclass(frozen=True)
class Opened:
    """The drafts of an item as a checked table, or only the ground where the drafts are those already on the screen."""

    ground: Ground
    table: Table | None


@dataclass(frozen=True)
class Rechecked:
    """Findings of lines on another ground, for :meth:`app.workflows.batch.Table.take`."""

    ground: Ground
    lines: Sequence[Line]
    values: Sequence[dict[str, str]]
    findings: Sequence[tuple[Finding, ...]]


def open_table(
    desk: Desk,
    region: str,
    unit_number: str,
    item: str,
    *,
    there: Sequence[Line] | None,
    said: Mapping[str, tuple[Finding, ...]],
) -> Opened:
    """Load the open drafts; ``there`` are the lines on the screen, None where nothing is."""
    ground = drafts.ground(desk, unit_number or None)
    if there is not None:
        shown = {line.filing.id for line in there if line.filing}
        if shown == desk.filings.ids(unit_number, region, item, batch.OPEN):
            return Opened(ground, None)
    filings = batch.open_drafts(desk, region, unit_number, item)
    checker = desk.checker(region, item)
    lines = [Line(dict(one.values), filing=one) for one in filings]
    table = Table(checker, ground)
    table.restore([(line, line.values) for line in lines])
    for line in lines:
        line.said = said.get(line.filing.id, ()) if line.filing else ()
    table.insert(list(enumerate(lines)))
    return Opened(ground, table)


def recheck(table: Table, ground: Ground, lines: Sequence[Line], progress: Progress) -> Rechecked:
    """Check lines on another ground, beside the window."""
    values = [line.values for line in lines]
    return Rechecked(ground, lines, values, table.check_on(ground, lines, values, progress))


def look_up(
    desk: Desk, session: Session, table: Table, ground: Ground, lines: Sequence[Line], progress: Progress
) -> Rechecked:
    """Ask the bureau who they all are, then check them on what it says."""
    checker = table.checker
    identities = [
        line.values["identity"]
        for line in lines
        if line.values.get("identity") and not checker.parsers["identity"](line.values["identity"])[1]
    ]
    bureau = sessions.connect(desk, session)
    try:
        ground = batch.look_up_all(bureau, ground, identities)
    finally:
        bureau.close()
    return recheck(table, ground, lines, progress)

"""From HR's file to drafts, offline: read, check, keep."""

from __future__ import annotations

import contextlib
import gc
import os
import time
from typing import TYPE_CHECKING, NamedTuple

from app.domain.progress import silent
from app.errors import InputRefused, UsageError
from app.sheets.checking import Checking, Rows
from app.sheets.layout import NONE_KNOWN
from app.sheets.limits import MEGABYTE, Limits
from app.sheets.reading import Reading
from app.workflows import drafts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from app.domain.filings import Filing
    from app.domain.months import Month
    from app.domain.progress import Progress
    from app.rules.ground import Ground
    from app.sheets.checking import Checked, Row
    from app.sheets.sheet import Workbook
    from app.sheets.starting import Started
    from app.workflows.desk import Desk

#: What one file of a folder may take: nobody sits before each and waits.
FOLDER_LIMITS = Limits(seconds=10, memory=1024 * MEGABYTE)


class Imported(NamedTuple):
    """A batch of drafts, one for each row, in the file's order."""

    batch: str
    filings: Sequence[Filing]

    @property
    def ids(self) -> list[str]:
        """The drafts' ids."""
        if isinstance(self.filings, drafts.Kept):
            return [one for piece in self.filings.ids for one in piece]
        return [filing.id for filing in self.filings]


def check_file(
    desk: Desk,
    path: Path,
    region: str,
    item: str,
    *,
    unit_number: str = drafts.NO_UNIT,
    on: Month | None = None,
    sheet: str | None = None,
    limits: Limits | None = None,
    started: Started | None = None,
    progress: Progress = silent,
) -> Checked:
    """Read and check a file. ``on`` is the month whose limits apply, the bureau's month where None.

    ``sheet`` is the one to take, the likeliest where None; ``started`` a reader that is at work on the file already.
    Nothing is kept. Raises InputRefused for a file that cannot be read, CalledOff from ``progress``.
    """
    # The reader starts first: what is needed to check is made ready while it reads.
    with Reading(path, limits, started) as reading:
        checker = desk.checker(region, item)
        progress(0, 1, "读取")
        ground = _ground(desk, unit_number, on)
        drafted, known = frozenset[str](), NONE_KNOWN
        if desk.has_store:
            from app.workflows import layouts

            drafted, known = desk.filings.open_subjects(unit_number, item), layouts.known(desk, region, item)
        check = Checking(checker, ground, drafted, progress, sheet, known)
        return check.finish(reading.workbook(progress, check.block))


@contextlib.contextmanager
def _uncollected() -> Iterator[None]:
    """No search for cycles while millions of cells are made that are part of none: it would go through all of them."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


class Surveyed(NamedTuple):
    """What became of one file of a folder: the workbook, if it was read, and its check, if it has such a table.

    ``memory`` is the most that the reader held, in bytes.
    """

    path: Path
    seconds: float
    workbook: Workbook | None = None
    checked: Checked | None = None
    refused: InputRefused | None = None
    memory: int = 0


def survey(
    desk: Desk, folder: Path, region: str, item: str, *, on: Month | None = None, progress: Progress = silent
) -> Iterator[Surveyed]:
    """Read and check every file below a folder, each within FOLDER_LIMITS; nothing is kept.

    Raises UsageError where there is no such folder.
    """
    if not folder.is_dir():
        raise UsageError("file-missing", file=str(folder))
    checker, ground = desk.checker(region, item), _ground(desk, drafts.NO_UNIT, on)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    for done, path in enumerate(files):
        progress(done, len(files), "检查")
        yield _surveyed(path, Checking(checker, ground))


def _surveyed(path: Path, check: Checking) -> Surveyed:
    begun = time.perf_counter()
    workbook = checked = refused = None
    with Reading(path, FOLDER_LIMITS) as reading:
        try:
            workbook = reading.workbook(watch=check.block)
            checked = check.finish(workbook)
        except InputRefused as no:
            refused = no
    return Surveyed(path, time.perf_counter() - begun, workbook, checked, refused, reading.peak)


def _ground(desk: Desk, unit_number: str, on: Month | None) -> Ground:
    """What is known today, or on the last day of another month."""
    ground = drafts.ground(desk, unit_number or None)
    if on is not None and on != ground.month:
        # The last day of another month: everything dated within it is then not in the future.
        return ground._replace(today=on.last_day)
    return ground


def keep(
    desk: Desk,
    region: str,
    item: str,
    rows: Sequence[Row],
    unit_number: str = drafts.NO_UNIT,
    progress: Progress = silent,
) -> Imported:
    """Keep rows as drafts of one batch: all of them or, interrupted or called off by ``progress``, none.

    Rows with findings are kept as typed.
    """
    batch = os.urandom(4).hex()
    if isinstance(rows, Rows):
        with _uncollected():
            kept = drafts.keep_columns(desk, region, unit_number, item, rows.columns(), batch, progress)
            return Imported(batch, kept)
    return Imported(batch, drafts.keep(desk, region, unit_number, item, [row.values for row in rows], batch))

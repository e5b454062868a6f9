"""A workbook as it came from the reader: sheets as columns in blocks, seen as rows where rows are wanted."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Container, Sequence
from typing import TYPE_CHECKING, NamedTuple, overload

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from collections.abc import Set as AbstractSet

    from app.rules.fields import Raw


class Block(NamedTuple):
    """Consecutive rows as columns: ``start`` is the first row's index in the sheet, ``left`` the first column's."""

    start: int
    height: int
    left: int
    columns: list[Sequence[Raw]]

    def put(self, column: int, at: int, cells: Sequence[Raw]) -> None:
        """Let a column (by its index in the block) hold other cells, from the row ``at`` of the block on."""
        changed = list(self.columns[column])
        changed[at : at + len(cells)] = cells
        self.columns[column] = changed

    def row(self, index: int) -> tuple[Raw, ...]:
        """The row of that index in the block, from the sheet's first column on."""
        return (*("",) * self.left, *(column[index] for column in self.columns))


class Sheet:
    """One sheet. Rows that hold nothing may be missing among the blocks; they read as empty.

    ``merged`` are ranges (first row, first column, last row, last column) from 0. ``flaws`` are places (row from 1,
    column from 0) with the error that a formula shows there, empty where the formula has never been calculated.
    """

    def __init__(
        self,
        name: str,
        blocks: list[Block],
        *,
        visible: bool = True,
        merged: Iterable[tuple[int, int, int, int]] = (),
        flaws: Mapping[tuple[int, int], str] | None = None,
        stale: bool = False,
        hidden: AbstractSet[int] = frozenset(),
    ) -> None:
        """``stale``: the workbook keeps its formulas from calculating themselves, and this sheet has some.

        ``hidden`` are rows, from 1, that a filter or somebody's hand keeps from being seen.
        """
        self.name, self.blocks, self.visible = name, blocks, visible
        self.merged, self.flaws, self.stale = list(merged), flaws or {}, stale
        self.hidden = hidden

    @classmethod
    def of(cls, name: str, rows: Sequence[Sequence[Raw]]) -> Sheet:
        """A sheet with these rows."""
        width = max(map(len, rows), default=0)
        even = [(*row, *("",) * (width - len(row))) for row in rows]
        columns: list[Sequence[Raw]] = [list(column) for column in zip(*even, strict=True)]
        return cls(name, [Block(0, len(rows), 0, columns)] if columns else [])

    def add(self, block: Block) -> None:
        """The next rows."""
        self.blocks.append(block)

    @property
    def height(self) -> int:
        """The number of rows down to the last that may hold something."""
        return self.blocks[-1].start + self.blocks[-1].height if self.blocks else 0

    @property
    def rows(self) -> Rows:
        """The rows, each made when it is looked at."""
        return Rows(self)

    @property
    def filled(self) -> int:
        """How many rows hold anything but blanks."""
        return sum(
            any(cell is not None and str(cell).strip() for cell in row)
            for block in self.blocks
            for row in zip(*block.columns, strict=True)
        )

    def fill_merged(self, block: Block, first_row: int, columns: Container[int]) -> None:
        """Give cells that are merged downwards, below the header and in one of ``columns``, the value they show."""
        for top, left, bottom, right in self.merged:
            last = min(bottom, block.start + block.height - 1)
            inside = left - block.left
            if left != right or top == bottom or left not in columns or not 0 <= inside < len(block.columns):
                continue
            if not (first_row <= top and block.start <= top <= last):
                continue
            begin = top - block.start
            block.put(inside, begin + 1, [block.columns[inside][begin]] * (last - top))


class Rows(Sequence[Sequence["Raw"]]):
    """A sheet as a sequence of rows."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet
        self._starts = [block.start for block in sheet.blocks]

    def __len__(self) -> int:
        return self._sheet.height

    @overload
    def __getitem__(self, index: int) -> Sequence[Raw]: ...
    @overload
    def __getitem__(self, index: slice) -> list[Sequence[Raw]]: ...
    def __getitem__(self, index: int | slice) -> Sequence[Raw] | list[Sequence[Raw]]:
        if isinstance(index, slice):
            return [self[one] for one in range(*index.indices(len(self)))]
        if index < 0:
            index += len(self)
        if not 0 <= index < len(self):
            raise IndexError(index)
        at = bisect_right(self._starts, index) - 1
        if at < 0:
            return ()
        block = self._sheet.blocks[at]
        return block.row(index - block.start) if index < block.start + block.height else ()


class Workbook(NamedTuple):
    """A file's sheets that hold anything, what sort of file it is, and what is to be said of it (codes and facts).

    ``peak`` is the most memory that its reader held, in bytes, 0 where that is not known.
    """

    format: str
    sheets: tuple[Sheet, ...]
    notes: tuple[tuple[str, Mapping[str, str]], ...] = ()
    peak: int = 0

    @classmethod
    def of(cls, kind: str, sheets: Iterable[Sheet]) -> Workbook:
        """A workbook without the sheets that hold nothing."""
        return cls(kind, tuple(sheet for sheet in sheets if sheet.blocks))

"""What the storeys of a header say of each column, and which of it is said of that column alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from app.rules.fields import as_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.rules.fields import Raw
    from app.sheets.sheet import Sheet

HEADER_WITHIN = 50
DEEPEST_HEADER = 3
_WIDEST_RANGE = 256

#: For each cell near the top that is part of a merged range, the cell that holds its value.
Ranges = dict[tuple[int, int], tuple[int, int]]


class Title(NamedTuple):
    """What one storey of the header says of a column. Not ``alone``: it is a heading over several columns."""

    text: str
    alone: bool


def header_ranges(sheet: Sheet) -> Ranges:
    """The merged ranges that a header may have."""
    last = HEADER_WITHIN + DEEPEST_HEADER
    return {
        (row, column): (top, left)
        for top, left, bottom, right in sheet.merged
        if top < last and bottom - top <= DEEPEST_HEADER and right - left < _WIDEST_RANGE
        for row in range(top, bottom + 1)
        for column in range(left, right + 1)
    }


def titles_in(rows: Sequence[Sequence[Raw]], index: int, depth: int, merged: Ranges) -> list[list[Title]]:
    """For each column what its header says, from the top storey down; a merged cell speaks for all it covers."""
    storeys = _Storeys(rows[index : index + depth + 1], depth, index, merged)
    titles: list[list[Title]] = []
    for column in range(max(map(len, storeys.rows[:depth]))):
        said: list[Title] = []
        for storey in range(depth):
            top, left = merged.get((index + storey, column), (index + storey, column))
            # A range that reaches up into the title above the table says nothing of the column.
            text = _shown(rows[top], left) if top >= index else ""
            if text and (not said or said[-1].text != text):
                said.append(Title(text, not storeys.spreads(storey, column)))
        titles.append(said)
    return titles


def texts(titles: Sequence[Sequence[Title]]) -> list[list[str]]:
    """The words alone."""
    return [[one.text for one in said] for said in titles]


def heads_groups(rows: Sequence[Sequence[Raw]], index: int, merged: Ranges) -> bool:
    """Whether a row holds headings over the columns of the next: several words, of which one stands over several."""
    said = [title for one in titles_in(rows, index, 1, merged) for title in one]
    words = {one.text for one in said}
    plain = not any(letter.isdigit() or letter in ":：" for word in words for letter in word)
    return len(words) > 1 and plain and not all(one.alone for one in said)


class _Storeys:
    """The rows of a header and the one below it, which may be one more storey."""

    def __init__(self, rows: Sequence[Sequence[Raw]], depth: int, index: int, merged: Ranges) -> None:
        self.rows = rows
        self._depth = depth
        self._index = index
        self._merged = merged
        below = rows[depth] if depth < len(rows) else ()
        # A row of people has digits, a storey of a header has hardly any.
        self._people_below = any(letter.isdigit() for cell in below for letter in _text(cell))

    def spreads(self, storey: int, column: int) -> bool:
        """Whether a title stands over several columns: there is nothing of its own beside it, but there is below."""
        cell, beside = (self._index + storey, column), (self._index + storey, column + 1)
        if cell in self._merged:
            here = self._merged[cell]
            if self._merged.get((cell[0], column - 1)) == here:
                return True
            if self._merged.get(beside) != here:
                return False
        elif beside in self._merged or _shown(self.rows[storey], column + 1):
            return False
        elif storey == self._depth - 1 and self._people_below:
            return False  # a column without a title
        return any(_shown(one, column + 1) for one in self.rows[storey + 1 :])


def _shown(cells: Sequence[Raw], column: int) -> str:
    return _text(cells[column]) if column < len(cells) else ""


def _text(cell: Raw) -> str:
    return "" if cell is None else as_text(cell).strip()

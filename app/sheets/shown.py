"""The errors that formulas show, put where the reader of the values leaves their cells empty.

A row that holds nothing else would otherwise not be there at all.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import chain, repeat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from app.rules.fields import Raw
    from app.sheets.flaws import Place

#: An error that stands further right of all values than this is left where it is: no table reaches there.
_FAR = 256


class Shown:
    """The rows of a sheet with such errors in them."""

    def __init__(
        self, rows: Iterable[Sequence[Raw]], height: int, left: int, width: int, places: Iterable[Place]
    ) -> None:
        """``height`` and ``width`` are of the rows as they come, ``left`` is the index of their first column."""
        self._rows = rows
        self._errors: dict[int, dict[int, str]] = defaultdict(dict)
        for row, column, text in places:
            if text and column < left + width + _FAR:
                self._errors[row - 1][column] = text
        columns = [column for cells in self._errors.values() for column in cells]
        self._coming = height
        self._pad = left - min([left, *columns]) if width else 0
        self.left = left - self._pad if width else min(columns, default=0)
        self.height = max(height, max(self._errors, default=-1) + 1)

    def __iter__(self) -> Iterator[Sequence[Raw]]:
        before = ("",) * self._pad
        further: Iterable[Sequence[Raw]] = repeat((), self.height - self._coming)
        for place, row in enumerate(chain(self._rows, further)):
            errors = self._errors.get(place)
            if errors is None:
                yield (*before, *row) if before else row
                continue
            cells = [*before, *row]
            cells += [""] * (max(errors) + 1 - self.left - len(cells))
            for column, text in errors.items():
                cells[column - self.left] = text
            yield cells

"""A column that repeats itself: each different value once, and for every row which of them it holds.

Staff lists are such columns, but for the people's numbers and telephones. What is to be known of a value is then found
once, and a hundred thousand rows are a hundred thousand small integers.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from itertools import compress
from typing import TYPE_CHECKING, TypeVar, overload

if TYPE_CHECKING:
    from collections.abc import Iterable

Cell = TypeVar("Cell")
Other = TypeVar("Other")

MOST_VALUES = 1 << 16  # what two bytes can tell apart

Codes = bytes | bytearray | array  # type: ignore[type-arg]  # of integers; an array cannot be subscripted at run time


class Coded(Sequence[Cell]):
    """A column as its values and, for each row, the place of its value among them. It is not changed once made.

    Values may be there that no row holds, and two of them may be equal.
    """

    __slots__ = ("codes", "values")

    def __init__(self, values: Sequence[Cell], codes: Codes) -> None:
        self.values = values
        self.codes = codes

    @classmethod
    def alike(cls, value: Cell, height: int) -> Coded[Cell]:
        """A column that holds one value throughout."""
        return cls([value], bytes(height))

    def holding(self, values: Sequence[Other]) -> Coded[Other]:
        """The same column with other values in the places of these."""
        return Coded(values, self.codes)

    def kept(self, wanted: Iterable[bool]) -> Coded[Cell]:
        """The rows that are wanted."""
        left = compress(self.codes, wanted)
        return Coded(self.values, array("H", left) if isinstance(self.codes, array) else bytes(left))

    def __len__(self) -> int:
        return len(self.codes)

    @overload
    def __getitem__(self, index: int) -> Cell: ...
    @overload
    def __getitem__(self, index: slice) -> Coded[Cell]: ...
    def __getitem__(self, index: int | slice) -> Cell | Coded[Cell]:
        if isinstance(index, slice):
            return Coded(self.values, self.codes[index])
        return self.values[self.codes[index]]

    def __iter__(self) -> Iterator[Cell]:
        return map(self.values.__getitem__, self.codes)


def different(column: Sequence[Cell]) -> set[Cell]:
    """The values that a column may hold, each once."""
    return set(column.values if isinstance(column, Coded) else column)


def kept(column: Sequence[Cell], wanted: Iterable[bool]) -> Sequence[Cell]:
    """The rows of a column that are wanted."""
    return column.kept(wanted) if isinstance(column, Coded) else list(compress(column, wanted))


def is_alike(column: Sequence[object]) -> bool:
    """Whether every row of a column holds the same; a column without rows does not."""
    if not column:
        return False
    if isinstance(column, Coded):
        codes = column.codes
        return codes.count(codes[0]) == len(codes) or len(set(column.values)) == 1
    first = column[0]
    return column.count(first) == len(column)

"""The program's end of the wire: columns as the reader packed them, made into columns that rules can be asked of."""

from __future__ import annotations

from array import array
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from app.rules.coded import MOST_VALUES, Coded
from app.sheets.wire import BYTE, WireBroken

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from app.rules.coded import Codes
    from app.rules.fields import Raw


def unpack(columns: Iterable[dict[str, Any]], indexes: bytes, height: int) -> list[Sequence[Raw]]:
    """The columns of a block: coded where cells repeat, lists where they do not. Raises WireBroken."""
    found: list[Sequence[Raw]] = []
    taken = 0
    try:
        for one in columns:
            values = [_unpacked(cell) for cell in one["v"]] if "x" in one else list(one["v"])
            if "a" in one or not values:
                found.append(values)
                continue
            codes: Codes = bytes(height)
            if len(values) > 1:
                codes = indexes[taken : taken + height]
                if len(values) > BYTE:
                    codes = array("H", indexes[taken : taken + 2 * height])
                taken += len(codes) * (1 if len(values) <= BYTE else 2)
            if max(codes, default=0) >= len(values):
                raise WireBroken
            found.append(Coded(values, codes))
    except (KeyError, TypeError, ValueError) as broken:
        raise WireBroken from broken
    if any(len(column) != height for column in found):
        raise WireBroken
    return found


class Growing:
    """A column that is put together of pieces, coded as long as its pieces are."""

    def __init__(self, first: Sequence[Raw] = ()) -> None:
        self._places: dict[object, int] = {}
        self._values: list[Raw] = []
        self._codes: bytearray | array[int] = bytearray()
        self._cells: list[Raw] | None = None
        if first:
            self.add(first)

    def add(self, piece: Sequence[Raw]) -> None:
        """The next cells."""
        if self._cells is None and isinstance(piece, Coded) and len(self._places) < MOST_VALUES - len(piece.values):
            self._add(piece)
            return
        if self._cells is None:
            self._cells = list(Coded(self._values, self._codes))
        self._cells += piece

    def column(self) -> Sequence[Raw]:
        """All cells so far."""
        return Coded(self._values, self._codes) if self._cells is None else self._cells

    def _add(self, piece: Coded[Raw]) -> None:
        translated = []
        for one in piece.values:
            # The type as well: 1 and 1.0 pass for one another.
            code = self._places.setdefault((type(one), one), len(self._places))
            if code == len(self._values):
                self._values.append(one)
            translated.append(code)
        if len(self._values) > BYTE and isinstance(self._codes, bytearray):
            self._codes = array("H", list(self._codes))  # of the bytes themselves, it would make one of two
        if isinstance(self._codes, bytearray):
            # So few values of this piece, whatever it is told by: bytes.
            self._codes += bytes(piece.codes).translate(bytes(translated).ljust(BYTE, b"\0"))
        else:
            self._codes.extend(map(translated.__getitem__, piece.codes))


def _unpacked(cell: Any) -> Raw:  # noqa: ANN401 - what JSON gave
    if not isinstance(cell, list):
        return cell  # type: ignore[no-any-return]  # text, number or nothing: JSON has no more
    kind, value = cell
    match kind:
        case "T":
            return datetime.fromisoformat(value)
        case "D":
            return date.fromisoformat(value)
        case "t":
            return time.fromisoformat(value)
        case _:
            return timedelta(seconds=value)

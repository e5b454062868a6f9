"""Find the table in a sheet: which row is the header, and which column is which field of the item."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.rules.fields import as_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.regions.pack import Field, Item
    from app.rules.fields import Raw
    from app.sheets.reading import Sheet, Workbook

HEADER_WITHIN = 50
_NOISE = re.compile(r"[\s\u00a0\u3000*＊※:：_/\\“”\"'.。]+|[（(【\[].*?[）)】\]]")
_HINT_WORDS = frozenset(("必填", "选填", "必录", "可选", "非必填", "示例", "说明"))
LEAST_MATCHES = 2


@dataclass(frozen=True, slots=True)
class Table:
    """A table found in a sheet. ``header`` is the row's index from 0; ``columns`` maps field keys to column indexes."""

    sheet: Sheet
    header: int
    columns: Mapping[str, int]
    unused: tuple[tuple[int, str], ...]
    missing: tuple[Field, ...]

    @property
    def first_row(self) -> int:
        """Index of the first row below the header."""
        return self.header + 1


def column_letter(index: int) -> str:
    """Excel's letters of the column with that index from 0: A to Z, then AA and on."""
    letters = ""
    number = index + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def plain(text: str) -> str:
    """A column name without stars, blanks, colons and what stands in brackets."""
    return _NOISE.sub("", text).lower()


def find_table(workbook: Workbook, item: Item) -> Table | None:
    """The table that fits the item best, over all sheets; None where no row looks like its header."""
    names = _names(item)
    best: tuple[int, Table] | None = None
    for sheet in workbook.sheets:
        for index, row in enumerate(sheet.rows[:HEADER_WITHIN]):
            columns = _match(row, names)
            score = len(columns)
            if score >= LEAST_MATCHES and (best is None or score > best[0]):
                best = (score, _table(sheet, index, row, columns, item))
    return best[1] if best else None


def _names(item: Item) -> dict[str, str]:
    """Plain column names and the field each means; a field's own name wins over another's synonym."""
    names: dict[str, str] = {}
    for field in item.fields:
        if field.in_sheet:
            names.setdefault(plain(field.name), field.key)
    for field in item.fields:
        for synonym in field.synonyms if field.in_sheet else ():
            names.setdefault(plain(synonym), field.key)
    return names


def _match(row: Sequence[Raw], names: Mapping[str, str]) -> dict[str, int]:
    columns: dict[str, int] = {}
    for index, cell in enumerate(row):
        if isinstance(cell, str) and cell:
            key = names.get(plain(cell))
            if key is not None:
                columns.setdefault(key, index)
    return columns


def _table(sheet: Sheet, index: int, row: Sequence[Raw], columns: Mapping[str, int], item: Item) -> Table:
    taken = set(columns.values())
    unused = tuple(
        (place, as_text(cell).strip())
        for place, cell in enumerate(row)
        if place not in taken and cell not in ("", None) and plain(as_text(cell)) not in ("序号", "编号", "no")
    )
    missing = tuple(
        field
        for field in item.fields
        if field.required and field.in_sheet and field.key not in columns and not field.default
    )
    return Table(sheet, index, columns, unused, missing)


def is_hint_row(cells: Sequence[Raw]) -> bool:
    """Whether a row only repeats words such as 必填 below the header."""
    words = [as_text(cell).strip() for cell in cells if cell not in ("", None)]
    return bool(words) and all(word in _HINT_WORDS for word in words)

"""Find the table in a sheet: which rows are the header, and which column is which field of the item."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from app.rules.fields import as_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.regions.pack import Field, Item
    from app.rules.fields import Raw
    from app.sheets.sheet import Sheet, Workbook

HEADER_WITHIN = 50
DEEPEST_HEADER = 3
_NOISE = re.compile(r"[\s\u00a0\u200b\ufeff\u3000*＊※:：_/\\“”\"'‘’`.。·、，,-]+|[（(【\[〔].*?[）)】\]〕]")
_HINT_WORDS = frozenset(("必填", "选填", "必录", "可选", "非必填", "示例", "说明"))
#: Columns that mean nothing to any item: numbers, and what this program itself wrote into a marked-up workbook.
_COUNTING = frozenset(("序号", "编号", "序", "no", "行号", "问题", ""))
LEAST_MATCHES = 2

#: The plain titles of a header, and for each layout that a clerk has explained which title is which field ("": none).
Layout = frozenset[str]
Known = Mapping[Layout, Mapping[str, str]]
NONE_KNOWN: Known = {}


@dataclass(frozen=True, slots=True)
class Table:
    """A table found in a sheet.

    ``header`` is the index of the header's first row, ``depth`` how many rows it has; ``columns`` maps field keys to
    column indexes, ``unused`` are columns with a name that no field has.
    """

    sheet: Sheet
    header: int
    columns: Mapping[str, int]
    unused: tuple[tuple[int, str], ...]
    missing: tuple[Field, ...]
    depth: int = 1

    @property
    def first_row(self) -> int:
        """Index of the first row below the header."""
        return self.header + self.depth


def column_letter(index: int) -> str:
    """Excel's letters of the column with that index from 0: A to Z, then AA and on."""
    letters = ""
    number = index + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def column_index(letters: str) -> int:
    """The index from 0 of the column with these letters."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """A column name without stars, blanks, colons and what stands in brackets; full-width letters made half-width."""
    return _NOISE.sub("", text.translate(_TO_HALF)).lower()


_TO_HALF = {full: full - 0xFEE0 for full in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))}


def find_table(
    workbook: Workbook,
    item: Item,
    sheet: str | None = None,
    known: Known = NONE_KNOWN,
    found_before: Table | None = None,
) -> list[Table]:
    """The table of each sheet that has one, the likeliest first: what is visible, then what fits the item best.

    ``found_before`` is the table of one of these sheets, if it was looked for already.
    """
    found = [
        found_before if found_before is not None and found_before.sheet is one else table_in(one, item, known)
        for one in workbook.sheets
        if sheet in {None, one.name}
    ]
    tables = [one for one in found if one is not None]
    # A single title also stands in the template's notes, among others; its table is where it stands alone.
    single = least_matches(item) == 1
    return sorted(
        tables,
        key=lambda one: (
            not one.sheet.visible,
            -len(one.columns),
            len(one.unused) if single else 0,
            -one.sheet.height,
        ),
    )


def table_in(sheet: Sheet, item: Item, known: Known = NONE_KNOWN) -> Table | None:
    """The table of a sheet that fits the item best; None where no row looks like its header.

    A layout that is ``known`` goes before all others: a clerk has said which of its columns is which field.
    """
    names = _names(item)
    least = least_matches(item)
    begins = {name[:end] for name in names for end in range(1, len(name) + 1)}
    merged = _header_ranges(sheet)
    rows = sheet.rows[: HEADER_WITHIN + DEEPEST_HEADER]
    best: tuple[tuple[bool, int, int], int, list[str], dict[str, int]] | None = None
    for index in range(min(HEADER_WITHIN, len(rows))):
        # A row that begins no field's name adds nothing to the rows below it, which fit as well without it.
        if not known and begins.isdisjoint(plain(cell) for cell in rows[index] if isinstance(cell, str)):
            continue
        for depth in range(1, DEEPEST_HEADER + 1):
            if index + depth > len(rows):
                break
            titles = _titles(rows, index, depth, merged)
            told = known.get(layout_of(titles)) if known else None
            columns = _match(titles, names) if told is None else _match_told(titles, names, told)
            # Of equal fits the lowest header is meant: what stands above it is a title.
            fit = (told is not None, len(columns), -depth)
            if (told is not None or len(columns) >= least) and (best is None or fit > best[0]):
                best = (fit, index, [title[-1] if title else "" for title in titles], columns)
    if best is None:
        return None
    (_, _, shallow), index, shown, columns = best
    depth = max(-shallow, _depth_of(index, columns, merged))
    return _table(sheet, index, depth, shown, columns, item)


def least_matches(item: Item) -> int:
    """How many fields a header must name at least; an item of the unit may have a single one."""
    return min(LEAST_MATCHES, max(1, sum(field.in_sheet for field in item.fields)))


def titles_at(sheet: Sheet, header: int) -> list[list[str]]:
    """What each column says in the header row of that index, for a clerk to say which field it is."""
    return _titles(sheet.rows[: header + 1], header, 1, _header_ranges(sheet))


def layout_of(titles: Sequence[Sequence[str]]) -> Layout:
    """A layout by the plain titles of its columns, wherever they stand."""
    return frozenset(filter(None, (plain("".join(said)) for said in titles)))


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


Ranges = dict[tuple[int, int], tuple[int, int]]


def _header_ranges(sheet: Sheet) -> Ranges:
    """For each cell near the top that is part of a merged range, the cell that holds its value."""
    last = HEADER_WITHIN + DEEPEST_HEADER
    return {
        (row, column): (top, left)
        for top, left, bottom, right in sheet.merged
        if top < last and bottom - top <= DEEPEST_HEADER and right - left < 256
        for row in range(top, bottom + 1)
        for column in range(left, right + 1)
    }


def _titles(rows: Sequence[Sequence[Raw]], index: int, depth: int, merged: Ranges) -> list[list[str]]:
    """For each column what its header says, from the top level down; a merged cell speaks for all it covers."""
    width = max(len(row) for row in rows[index : index + depth])
    titles: list[list[str]] = []
    for column in range(width):
        said: list[str] = []
        for row in range(index, index + depth):
            top, left = merged.get((row, column), (row, column))
            # A range that reaches up into the title above the table says nothing of the column.
            cells = rows[top] if top >= index else ()
            text = as_text(cells[left]).strip() if left < len(cells) and cells[left] is not None else ""
            if text and (not said or said[-1] != text):
                said.append(text)
        titles.append(said)
    return titles


def _match(titles: Sequence[Sequence[str]], names: Mapping[str, str]) -> dict[str, int]:
    """Which column is which field: by its lowest title, by all of them joined, or by a higher one."""
    columns: dict[str, int] = {}
    for index, said in enumerate(titles):
        for text in (*reversed(said), "".join(said)) if said else ():
            key = names.get(plain(text))
            if key is not None:
                columns.setdefault(key, index)
                break
    return columns


def _match_told(titles: Sequence[Sequence[str]], names: Mapping[str, str], told: Mapping[str, str]) -> dict[str, int]:
    """As the clerk said, and by name where the clerk said nothing."""
    columns: dict[str, int] = {}
    left = []
    for index, said in enumerate(titles):
        title = plain("".join(said))
        key = told.get(title)
        if key:
            columns.setdefault(key, index)
        left.append([] if title in told else said)
    by_name = _match(left, names)
    return {**by_name, **columns}


def _depth_of(header: int, columns: Mapping[str, int], merged: Ranges) -> int:
    """How many rows the header has where its cells are merged downwards."""
    deepest = 1
    for column in columns.values():
        while deepest < DEEPEST_HEADER and merged.get((header + deepest, column)) == (header, column):
            deepest += 1
    return deepest


def _table(
    sheet: Sheet, index: int, depth: int, titles: Sequence[str], columns: Mapping[str, int], item: Item
) -> Table:
    taken = set(columns.values())
    unused = tuple(
        (place, title)
        for place, title in enumerate(titles)
        if place not in taken and title and plain(title) not in _COUNTING
    )
    missing = tuple(
        field
        for field in item.fields
        if field.required and field.in_sheet and field.key not in columns and not field.default
    )
    return Table(sheet, index, columns, unused, missing, depth)


def is_hint_row(cells: Sequence[Raw]) -> bool:
    """Whether a row only repeats words such as 必填 below the header."""
    words = [as_text(cell).strip() for cell in cells if cell not in ("", None)]
    return bool(words) and all(word in _HINT_WORDS for word in words)

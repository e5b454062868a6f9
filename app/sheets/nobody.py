"""Rows of a table that are no person: totals, signatures, notes, headers that come again, the template's example.

A row is left out only where it has no identity number, or something in its place that is plainly none; each is noted
with its number, so that none is lost unseen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from app.regions.pack import FieldType
from app.rules.fields import as_text
from app.sheets.layout import is_counting_row, is_hint_row, is_system_row, least_matches, names_of, plain

if TYPE_CHECKING:
    from app.regions.pack import Item
    from app.rules.fields import Raw
    from app.sheets.layout import Table
    from app.sheets.sheet import Block

#: Why a row was left out; a blank row has no reason and is not noted.
Reason = str
HINT, CLOSING, EXAMPLE, HEADER, NOTE, OTHER_TABLE = "hint", "closing", "example", "header", "note", "other-table"

_IDENTITY, _NAME = "identity", "name"
# As text: a sheet without suspicious rows needs none of them, and Python compiles each when it is first looked for.
_TOTAL = (
    r"^[【\[(（]?\s*(?:[合总小共累]\s*计|总\s*人\s*数|共\s*\d+\s*[人名])(?=$|[^\u4e00-\u9fff]|人数|金额|大写)"
    r"|(?:[合总小累]\s*计|人\s*数)[】\])）]?\s*[:：]?\s*\d*\s*[人名]?$"
)
_SIGNED = r"^(制表|填表|审核|经办|单位负责人|负责人)"
_REMARK = r"^(备注|注[:：1１]|说明)"
_NOTHING = r"以下(?:空白|无正文)|^(?:本[月期]|当月)无"
_EXAMPLE = r"^(?:示例|样例|范例|举例|例如|例)[:：]?$"
#: What no name has in it, but labels, sentences and dates have.
_NO_NAME = r"[:：。，；、？！★※《》【】\d]"
_SHORTEST_CODE = 6
_LARGEST_COUNT = 10**6
_SHORTEST_NUMBER = 15
_COUNTED = frozenset((FieldType.MONEY, FieldType.INTEGER))


class Nobody:
    """Looks through a table's blocks, from the first on, for rows that are no person."""

    def __init__(self, table: Table, item: Item) -> None:
        self._table = table
        self._item = item
        self._identity = table.columns.get(_IDENTITY)
        self._example = {one.key: one.example for one in item.fields if one.example}
        self._counted = {one.key for one in item.fields if one.type in _COUNTED}
        self._names = names_of(item)
        self._merged = {(top, left) for top, left, _, right in table.sheet.merged if right > left}
        above = (list(_filled(row).values()) for row in table.sheet.rows[: table.header])
        self._headings = {one[0] for one in above if len(one) == 1}
        #: Whether the rows now read belong to another table, further down on the same sheet.
        self._elsewhere = False

    def left_out(self, block: Block, begin: int) -> dict[int, Reason | None]:
        """The places of such rows in a block, from ``begin`` on, in their order, and why they are left out."""
        suspects: Iterable[int] = range(begin, block.height)
        if self._identity is not None and 0 <= self._identity - block.left < len(block.columns):
            suspects = self._suspects(block.columns[self._identity - block.left], begin)
        found: dict[int, Reason | None] = {}
        below = self._table.first_row - block.start
        if begin == below < block.height and (why := self._explains(block.row(below))):
            found[below] = why
        elsewhere = begin if self._elsewhere else None
        for at in suspects:
            if at in found:
                continue
            row = block.row(at)
            reason = self._reason(row, block.start + at, first=at == below)
            if reason is not None or not _filled(row):
                found[at] = reason
            if reason == HEADER and elsewhere is not None:
                found.update(_rest(block, elsewhere, at))
                elsewhere = None
            elif reason == OTHER_TABLE and elsewhere is None:
                elsewhere = at
        if elsewhere is not None:
            found.update(_rest(block, elsewhere, block.height))
        self._elsewhere = elsewhere is not None
        return dict(sorted(found.items()))

    def _suspects(self, identities: Sequence[Raw], begin: int) -> list[int]:
        """The places where an identity cell may belong to a row that is no person's."""
        example = self._example.get(_IDENTITY)
        shown = example is not None and example in identities
        return [
            at
            for at, one in enumerate(identities)
            # Almost all begin as numbers do, and are passed over at once.
            if not (type(one) is str and one[:7].isdigit() and len(one) > 6 and not shown)
            and at >= begin
            and (_is_blank(one) or one == example or _is_no_number(one))
        ]

    def _explains(self, cells: Sequence[Raw]) -> Reason | None:
        """Whether the row just below the header explains the columns."""
        numbered = self._identity is not None and self._identity < len(cells) and cells[self._identity] != ""
        if is_hint_row(cells) or (numbered and (is_counting_row(cells) or is_system_row(cells))):
            return HINT
        return EXAMPLE if re.match(_EXAMPLE, next(iter(_filled(cells).values()), "")) else None

    def _reason(self, cells: Sequence[Raw], index: int, *, first: bool) -> Reason | None:
        filled = _filled(cells)
        if not filled:
            return None
        said = {key: filled[column] for key, column in self._table.columns.items() if column in filled}
        begins = next(iter(filled.values()))
        if self._is_example(cells, first=first):
            return EXAMPLE
        found = self._header_again(said) or self._closes(said.get(_IDENTITY, ""), begins)
        if found is None and self._identity is not None and _IDENTITY not in said:
            found = self._without_number(said, filled, index)
        return found

    def _closes(self, number: str, begins: str) -> Reason | None:
        """Whether a row is a total or is signed; ``number`` stands in the place of the identity number."""
        if number and not _is_no_number(number):
            return CLOSING if number == begins and (re.match(_REMARK, begins) or re.match(_SIGNED, begins)) else None
        if any(re.search(one, begins) for one in (_TOTAL, _SIGNED, _NOTHING)) or (
            _is_label(number) and not _hides_number(number)
        ):
            return CLOSING
        return CLOSING if re.match(_REMARK, begins) and (self._identity is None or number == begins) else None

    def _without_number(self, said: Mapping[str, str], filled: Mapping[int, str], index: int) -> Reason | None:
        """A row without an identity number is a person's where it has a name, or more of a person than sums."""
        name = said.get(_NAME, "")
        if not said:
            return NOTE
        if not name:
            few = len(said) < least_matches(self._item)
            return CLOSING if few or self._counted.issuperset(said) or all(map(_is_label, said.values())) else None
        if re.search(_TOTAL, name) or _is_label(name):
            return CLOSING
        lone = len(filled) == 1
        if lone and name in self._headings:
            return NOTE  # the title of the list, once more on the next page
        across = lone and (index, next(iter(filled))) in self._merged
        return NOTE if across or (lone and re.search(_NO_NAME, name)) else None

    def _header_again(self, said: Mapping[str, str]) -> Reason | None:
        """Whether the cells are titles: of this table, once more, or of another that begins here."""
        titles = {key: plain(text) for key, text in said.items()}
        known = {
            key
            for key, title in titles.items()
            if title in map(plain, self._table.titles[self._table.columns[key]])
            or self._names.get(title, ("",))[0] == key
        }
        if len(known) == len(said) >= least_matches(self._item):
            return HEADER
        named = sum(title in self._names for title in titles.values())
        return OTHER_TABLE if _IDENTITY in known and named >= least_matches(self._item) else None

    def _is_example(self, cells: Sequence[Raw], *, first: bool) -> bool:
        """Whether the row is the template's example, untouched.

        A person's is known by its number, which is nobody's; another only in its own place below the header.
        """
        index = self._identity
        if index is None:
            if not first:
                return False
        elif index >= len(cells) or cells[index] != self._example.get(_IDENTITY):
            return False
        shown = [
            (self._example.get(key), as_text(cells[index]).strip())
            for key, index in self._table.columns.items()
            if index < len(cells)
        ]
        return len(shown) >= least_matches(self._item) and all(
            example is not None and example == text for example, text in shown if text
        )


def _filled(cells: Sequence[Raw]) -> dict[int, str]:
    """What the cells that are not blank say, by column."""
    return {column: as_text(cell).strip() for column, cell in enumerate(cells) if not _is_blank(cell)}


def _rest(block: Block, begin: int, end: int) -> dict[int, Reason | None]:
    return {at: OTHER_TABLE if _filled(block.row(at)) else None for at in range(begin, end)}


def _is_blank(cell: Raw) -> bool:
    return cell is None or cell == "" or (isinstance(cell, str) and not cell.strip())


def _is_no_number(cell: Raw) -> bool:
    """Whether what stands in the place of an identity number is plainly none: words, or a count of people."""
    if isinstance(cell, str):
        return not _may_be_number(cell)
    return isinstance(cell, (int, float)) and abs(cell) < _LARGEST_COUNT


def _may_be_number(text: str) -> bool:
    """Whether a text is long enough for some kind of number, has a digit, and no Chinese and no colon."""
    return (
        len(text) >= _SHORTEST_CODE
        and any(map(str.isdecimal, text))
        and not any("\u4e00" <= one <= "\u9fff" or one in ":：" for one in text)
    )


def _hides_number(text: str) -> bool:
    """Whether an identity number may stand among the words."""
    return sum(map(str.isdigit, text)) >= _SHORTEST_NUMBER


def _is_label(text: str) -> bool:
    return ":" in text or "：" in text

"""Insurances that a sheet ticks, each in a column of its own: 养老 √, 失业 √, 工伤 √."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.regions.pack import FieldType
from app.rules.fields import NO, YES, as_text
from app.sheets.layout import plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from app.regions.pack import Item, Region
    from app.rules.fields import Raw
    from app.sheets.layout import Table
    from app.sheets.sheet import Block

_YES = YES | frozenset("✔ ☑ V ● 参保 参加 缴纳".split())
_NO = NO | frozenset("✘ X ☐ □ / - — 不参保 不参加 不缴纳".split()) | {""}
#: What stands for a person without a tick: it is no insurance, so that the clerk is asked and not given all of them.
_NONE = "无"


class Ticks:
    """Reads such columns as the cells of the field that names insurances.

    Only where every insurance of the region has its column, and the first people's cells hold nothing but ticks: in a
    payroll the same titles stand over amounts.
    """

    def __init__(self, key: str, columns: dict[str, int]) -> None:
        """``columns`` are by the insurances' short names, ``key`` is that of the field."""
        self.key = key
        self.columns = columns
        #: Whether the columns hold ticks; None until people were seen.
        self.used: bool | None = None

    def cells(self, block: Block, places: Sequence[int]) -> list[Raw] | None:
        """The names of what is ticked, for each of the people at ``places``; None where these are no ticks."""
        if self.used is False:
            return None
        ticks = [list(_marks(block, column, places)) for column in self.columns.values()]
        if self.used is None and places:
            marks = {mark for column in ticks for mark in column}
            self.used = marks <= _YES | _NO and not marks.isdisjoint(_YES)
        if not self.used:
            return None
        return [_named(zip(self.columns, marks, strict=True)) for marks in zip(*ticks, strict=True)]


def ticks_in(table: Table, item: Item, region: Region) -> Ticks | None:
    """The tick columns of a table; None where it has none, or names the insurances in one column."""
    field = next((one for one in item.fields if one.type is FieldType.INSURANCES and one.in_sheet), None)
    if field is None or field.key in table.columns:
        return None
    taken = set(table.columns.values())
    titles = {plain(said[-1]): column for column, said in enumerate(table.titles) if said and column not in taken}
    columns = {}
    for one in region.insurances:
        found = [titles[name] for name in (one.short, f"{one.short}保险", plain(one.name)) if name in titles]
        if not found:
            return None
        columns[one.short] = found[0]
    return Ticks(field.key, columns)


def _marks(block: Block, column: int, places: Sequence[int]) -> Iterator[str]:
    inside = column - block.left
    cells = block.columns[inside] if 0 <= inside < len(block.columns) else None
    for at in places:
        cell = None if cells is None else cells[at]
        yield "" if cell is None else as_text(cell).strip().upper()


def _named(marks: Iterator[tuple[str, str]]) -> str:
    """The insurances that are ticked; a mark that is neither yes nor no is kept, to be told."""
    said = [name if mark in _YES else f"{name}{mark}" for name, mark in marks if mark not in _NO]
    return "、".join(said) or _NONE

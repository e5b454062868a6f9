"""A form for one person, label beside value: 姓名 | 张三 | 性别 | 男. It is no table, whatever its labels are called.

Read as a table it would make people out of its lines. It is known by an identity number that stands beside its label,
where a table has it below.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.rules.fields import as_text
from app.sheets.header import HEADER_WITHIN
from app.sheets.layout import names_of, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.regions.pack import Item
    from app.rules.fields import Raw
    from app.sheets.layout import Names, Table
    from app.sheets.sheet import Sheet

_IDENTITY = "identity"
_SHORTEST_NUMBER = 15


def is_form(sheet: Sheet, item: Item, table: Table | None = None) -> bool:
    """Whether a sheet is such a form; ``table`` is what looks most like a table in it.

    What stands above a table tells of the firm; what stands in every row of it (身份证, for the sort of a number) is no
    label.
    """
    people = any(one.key == _IDENTITY for one in item.fields)
    if not people or (table is not None and _IDENTITY in table.columns):
        return False
    header = range(table.header, table.first_row) if table else range(0)
    names, rows = names_of(item), sheet.rows[:HEADER_WITHIN]
    labels = {at: found for at, row in enumerate(rows) if at not in header and (found := _labels(row, names))}
    keys = {key for found in labels.values() for key, _ in found}
    numbered = any(key == _IDENTITY and _is_number(value) for found in labels.values() for key, value in found)
    return numbered and len(keys) > 1 and max(labels) >= header.stop


def _labels(row: Sequence[Raw], names: Names) -> list[tuple[str, str]]:
    """Which fields a row names, and what stands behind each name: in its cell after a colon, or beside it."""
    texts = [as_text(cell).strip() for cell in row if cell not in ("", None)]
    found = []
    for at, text in enumerate(texts):
        label, _, value = text.replace("：", ":").partition(":")
        key = names.get(plain(label), ("",))[0]
        if key:
            found.append((key, value.strip() or _beside(texts[at + 1 :])))
    return found


def _beside(texts: Sequence[str]) -> str:
    """The next value; what is written into boxes, a character into each, is one."""
    boxes = 0
    while boxes < len(texts) and len(texts[boxes]) == 1:
        boxes += 1
    return "".join(texts[:boxes]) if boxes > 1 else next(iter(texts), "")


def _is_number(text: str) -> bool:
    return sum(map(str.isdigit, text)) >= _SHORTEST_NUMBER or (text[:1].isdigit() and "E+" in text)

"""Columns that a clerk explains once: what a sheet shows near its top, and what was said of it, remembered."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.rules.fields import as_text
from app.sheets.header import HEADER_WITHIN
from app.sheets.layout import NONE_KNOWN, column_letter, labels, layout_of, table_in, titles_at
from app.store.layouts import Layouts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from app.regions.pack import Item
    from app.sheets.layout import Known, Layout
    from app.sheets.sheet import Sheet, Workbook
    from app.workflows.desk import Desk

SAMPLES = 3
SHOWN_ROWS = 20
SHOWN_WORDS = 6


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the file as the clerk sees it: Excel's letters, its title, and what stands below it."""

    index: int
    letters: str
    title: str
    samples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Head:
    """The header of a sheet: the index of its row, its columns, and the fields that were found by name."""

    sheet: str
    header: int
    columns: tuple[Column, ...]
    found: Mapping[str, int]
    titles: tuple[tuple[str, ...], ...]

    @property
    def layout(self) -> Layout:
        """What it is remembered by."""
        return layout_of(self.titles)

    def explained(self, told: Mapping[str, int]) -> dict[str, str]:
        """Which field each column is, by its label; those that ``told`` does not name are none."""
        by_index = {index: key for key, index in told.items()}
        return {label: by_index.get(index, "") for index, label in enumerate(labels(self.titles)) if label}

    def same_title(self, indexes: Iterable[int]) -> tuple[str, ...]:
        """Titles of these columns that another column has too, so that a layout cannot tell them apart."""
        each = labels(self.titles)
        named = Counter(each)
        return tuple(self.titles[one][-1] for one in indexes if named[each[one]] > 1)


@dataclass(frozen=True, slots=True)
class Unclear:
    """A file that lacks required columns, or in which no header was found: the clerk is asked."""

    path: Path
    workbook: Workbook

    def head(self, item: Item, sheet: str | None = None, header: int | None = None, known: Known = NONE_KNOWN) -> Head:
        """The header of a sheet (None: the first) at a row (None: where it was found, else the fullest row).

        Fields are found by name, and as a clerk said of a layout that is ``known``.
        """
        chosen = next(one for one in self.workbook.sheets if sheet in {None, one.name})
        table = table_in(chosen, item, known)
        at = header if header is not None else table.header if table else _fullest(chosen)
        if table is None or table.header != at:
            found, below, titles = dict[str, int](), at + 1, titles_at(chosen, at)
        else:
            # All storeys of the header: what stands above tells columns apart that are called alike.
            found, below, titles = dict(table.columns), table.first_row, [list(said) for said in table.titles]
        columns = tuple(_column(chosen, below, index, titles) for index in range(len(titles)) if titles[index])
        return Head(chosen.name, at, columns, found, tuple(tuple(one) for one in titles))

    def first_rows(self, sheet: str) -> list[tuple[int, str]]:
        """The rows near the top of a sheet that say anything: index, and their first words."""
        chosen = next(one for one in self.workbook.sheets if one.name == sheet)
        rows = enumerate(chosen.rows[:HEADER_WITHIN])
        said = ((at, [as_text(cell).strip() for cell in row if cell not in ("", None)]) for at, row in rows)
        return [(at, "、".join(words[:SHOWN_WORDS])) for at, words in said if words][:SHOWN_ROWS]


def known(desk: Desk, region: str, item: str) -> Known:
    """What the clerk has said of this item's layouts."""
    return Layouts(desk.database).known(region, item)


def forget(desk: Desk, region: str, item: str, head: Head) -> None:
    """Read workbooks of this layout by their names alone from now on, and ask where those do not suffice."""
    Layouts(desk.database).forget(region, item, head.layout)


def remember(desk: Desk, region: str, item: str, head: Head, told: Mapping[str, int]) -> None:
    """Keep which column is which field; a title that means none of them is used for none from now on."""
    Layouts(desk.database).put(region, item, head.layout, head.explained(told), desk.now())


def _fullest(sheet: Sheet) -> int:
    """The row near the top with the most words: most likely the header of a sheet with strange names."""
    rows = sheet.rows[:HEADER_WITHIN]
    return max(range(len(rows)), key=lambda at: (sum(_is_title(cell) for cell in rows[at]), -at), default=0)


def _is_title(cell: object) -> bool:
    return isinstance(cell, str) and bool(cell.strip()) and not any(letter.isdigit() for letter in cell)


def _column(sheet: Sheet, below: int, index: int, titles: Sequence[Sequence[str]]) -> Column:
    rows = sheet.rows[below : below + SAMPLES]
    samples = tuple(as_text(row[index]).strip() for row in rows if index < len(row) and row[index] not in ("", None))
    said = titles[index]
    alike = sum(one[-1:] == said[-1:] for one in titles) > 1
    return Column(index, column_letter(index), " ".join(said) if alike else said[-1], samples)

"""Tables in disguise: HTML that an HR system calls .xls, and Excel's XML of 2003."""

from __future__ import annotations

import re
from datetime import datetime
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from xml.parsers import expat

from app.errors import InputRefused

if TYPE_CHECKING:
    from app.rules.fields import Raw

Grid = list[list["Raw"]]
#: Merged cells: first row, first column, last row, last column, from 0.
Range = tuple[int, int, int, int]

_SHEET = "urn:schemas-microsoft-com:office:spreadsheet"
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?([\w-]+)", re.IGNORECASE)
_ENCODING = re.compile(rb"<\?xml[^>]*encoding\s*=\s*[\"']([\w-]+)", re.IGNORECASE)
_WIDEST = 16384
_MOST_ROWS = 1048576
_MOST_CELLS = 20_000_000
_LONGEST_SPAN = 8  # digits


def told_encoding(content: bytes) -> str | None:
    """The encoding that a page or an XML file says it has."""
    found = _ENCODING.search(content[:512]) or _CHARSET.search(content[:4096])
    return found[1].decode("ascii") if found else None


class _Tables(HTMLParser):
    """Collects the cells of the outermost tables; what is spanned stays empty, as in a sheet, and is noted."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[tuple[Grid, list[Range]]] = []
        self._depth = 0
        self._row: list[Raw] | None = None
        self._cell: list[str] | None = None
        self._across = self._down = 1
        # Columns that a cell of a row above reaches down into, and into how many rows from this one on.
        self._covered: dict[int, int] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self._depth += 1
            if self._depth == 1:
                self.tables.append(([], []))
                self._covered = {}
        elif self._depth != 1:
            return
        elif tag == "tr":
            self._end_row()
            self._row = []
        elif tag in {"td", "th"} and self._row is not None:
            self._end_cell()
            self._cell = []
            told = dict(attrs)
            self._across, self._down = _span(told.get("colspan"), _WIDEST), _span(told.get("rowspan"), _MOST_ROWS)
        elif tag == "br" and self._cell is not None:
            self._cell.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "table" and self._depth:
            self._end_row()
            self._depth -= 1
        elif self._depth == 1 and tag == "tr":
            self._end_row()
        elif self._depth == 1 and tag in {"td", "th"}:
            self._end_cell()

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)

    def close(self) -> None:
        super().close()
        self._end_row()

    def _end_cell(self) -> None:
        if self._cell is None or self._row is None:
            return
        while self._covered.get(len(self._row), 0):
            self._row.append("")
        row, column = len(self.tables[-1][0]), len(self._row)
        across = max(1, min(self._across, _WIDEST - column))
        self._row.append(re.sub(r"[ \t\r\n]*\n[ \t\r\n]*", "\n", "".join(self._cell)).strip())
        self._row.extend([""] * (across - 1))
        if self._down > 1:
            self._covered |= dict.fromkeys(range(column, column + across), self._down)
        if across > 1 or self._down > 1:
            self.tables[-1][1].append((row, column, row + self._down - 1, column + across - 1))
        self._cell = None

    def _end_row(self) -> None:
        self._end_cell()
        if self._row is not None and self.tables:
            self.tables[-1][0].append(self._row)
            self._covered = {column: left - 1 for column, left in self._covered.items() if left > 1}
        self._row = None


def _span(told: str | None, most: int) -> int:
    return max(1, min(int(told[:_LONGEST_SPAN]), most)) if told and told.isdecimal() else 1


def html_tables(text: str) -> list[tuple[Grid, list[Range]]]:
    """All tables of a page that hold anything, with their merged cells."""
    parser = _Tables()
    parser.feed(text)
    parser.close()
    return [(table, merged) for table, merged in parser.tables if any(any(row) for row in table)]


class _Workbook2003:
    """Excel's XML of 2003, cell by cell. A declaration of entities ends it: no workbook has any."""

    def __init__(self) -> None:
        self.sheets: list[tuple[str, Grid, list[Range]]] = []
        self._rows: Grid = []
        self._merged: list[Range] = []
        self._row: list[Raw] = []
        self._cells = 0
        self._column = 0
        self._kind = ""
        self._words: list[str] | None = None
        self._reader = expat.ParserCreate(namespace_separator=" ")
        self._reader.StartElementHandler = self._start
        self._reader.EndElementHandler = self._end
        self._reader.CharacterDataHandler = self._said
        self._reader.EntityDeclHandler = _refuse_entities
        self._reader.StartDoctypeDeclHandler = _refuse_entities

    def read(self, content: bytes) -> list[tuple[str, Grid, list[Range]]]:
        self._reader.Parse(content, True)  # noqa: FBT003 - expat's own call
        return self.sheets

    def _start(self, name: str, found: dict[str, str]) -> None:
        space, _, tag = name.rpartition(" ")
        if space != _SHEET:
            return
        index = found.get(f"{_SHEET} Index", "")
        if tag == "Worksheet":
            self._rows, self._merged = [], []
            self.sheets.append((found.get(f"{_SHEET} Name", ""), self._rows, self._merged))
        elif tag == "Row":
            self._begin_row(int(index) if index.isdecimal() else 0)
        elif tag == "Cell":
            if index.isdecimal():
                self._column = min(int(index), _WIDEST) - 1
            self._put("")
            self._merge(found.get(f"{_SHEET} MergeAcross", ""), found.get(f"{_SHEET} MergeDown", ""))
        elif tag == "Data":
            self._kind, self._words = found.get(f"{_SHEET} Type", ""), []

    def _merge(self, told_across: str, told_down: str) -> None:
        across = min(int(told_across[:_LONGEST_SPAN]), _WIDEST) if told_across.isdecimal() else 0
        down = min(int(told_down[:_LONGEST_SPAN]), _MOST_ROWS) if told_down.isdecimal() else 0
        if across or down:
            row, column = len(self._rows) - 1, self._column - 1
            self._merged.append((row, column, row + down, column + across))
        self._column += across

    def _begin_row(self, index: int) -> None:
        self._rows.extend([] for _ in range(min(index, _MOST_ROWS) - 1 - len(self._rows)))
        self._row, self._column = [], 0
        self._rows.append(self._row)

    def _end(self, name: str) -> None:
        space, _, tag = name.rpartition(" ")
        if space == _SHEET and tag == "Data" and self._words is not None and self._row:
            self._row[-1] = _value(self._kind, "".join(self._words))
            self._words = None

    def _put(self, value: Raw) -> None:
        self._row.extend([""] * (self._column - len(self._row)))
        self._row.append(value)
        self._column = len(self._row)
        self._cells += 1
        if self._cells > _MOST_CELLS:
            raise InputRefused("sheet-too-large", detail="XML")

    def _said(self, data: str) -> None:
        if self._words is not None:
            self._words.append(data)


def _value(kind: str, text: str) -> Raw:
    try:
        if kind == "Number":
            return float(text)
        if kind == "DateTime":
            return datetime.fromisoformat(text)
    except ValueError:
        return text
    if kind == "Boolean":
        return "TRUE" if text == "1" else "FALSE"
    return text


def _refuse_entities(*_: object) -> None:
    raise InputRefused("sheet-unsafe", detail="DTD")


def workbook_2003(content: bytes) -> list[tuple[str, Grid, list[Range]]]:
    """The sheets of Excel's XML of 2003, with their merged cells.

    Raises InputRefused for XML that is broken or declares entities.
    """
    try:
        return _Workbook2003().read(content)
    except expat.ExpatError as broken:
        raise InputRefused("sheet-unreadable", detail="XML") from broken

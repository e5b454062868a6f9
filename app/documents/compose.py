"""Blocks of a layout turned into measured boxes, for one page and its values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.documents.boxes import PAD_X, PAD_Y, Box, CodeBox, GridBox, MarkBox, Placed, TextBox
from app.documents.layout import Align, Block, Cell, Code, Fit, Line, Mark, Notes, On, Table
from app.documents.text import SetText, set_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from app.documents.fonts import Faces
    from app.documents.layout import Column


@dataclass(frozen=True, slots=True)
class Slice:
    """The rows of a table on one page: ``first`` counts from 1; ``blanks`` empty ones follow."""

    rows: Sequence[Mapping[str, object]]
    first: int = 1
    blanks: int = 0
    pages: frozenset[On] = frozenset(On)


class Composer:
    """Makes boxes of one width."""

    def __init__(self, faces: Faces, width: float) -> None:
        self.faces = faces
        self._width = width

    def box(self, block: Block, values: Mapping[str, object], rows: Slice, own_notes: Sequence[str]) -> Box | None:
        """The box for ``block``; None where it has nothing to say. ``rows`` are those of a table."""
        match block:
            case Mark():
                return self._mark(block)
            case Line():
                return self._line(block, values)
            case Code():
                text = block.text.filled(values)
                return CodeBox(text, float(block.width), self._width, block.align) if text else None
            case Notes():
                return self._notes(block, values, own_notes)
            case Table():
                return self._table(block, values, rows)
        return None

    def _mark(self, block: Mark) -> Box:
        chinese = self._set(block.text, block.size, self._width, bold=True)
        return MarkBox(chinese, self._set(block.english, block.size * 0.45, self._width), self._width)

    def _line(self, block: Line, values: Mapping[str, object]) -> Box:
        part = self._width / sum(cell.span for cell in block.cells)
        texts = [self._cell(cell, values, block.size, cell.span * part) for cell in block.cells]
        height = max(float(block.height), *(text.height for text in texts))
        placed, x = [], 0.0
        for cell, text in zip(block.cells, texts, strict=True):
            placed.append(Placed(text, x, 0, cell.span * part, height, cell.align, cell.stamp))
            x += cell.span * part
        return TextBox(height, tuple(placed))

    def _notes(self, block: Notes, values: Mapping[str, object], own_notes: Sequence[str]) -> Box | None:
        items = [item.filled(values) for item in block.items]
        items += list(own_notes) if block.extra else []
        if not items:
            return None
        placed, y = [], 0.0
        if block.heading:
            heading = self._set(block.heading, block.size, self._width)
            placed.append(Placed(heading, 0, y, self._width, heading.height, Align.LEFT))
            y += heading.height
        indent = block.size * 2.2
        for number, item in enumerate(items, start=1):
            mark = self._set(f"{number}、", block.size, indent)
            text = self._set(item, block.size, self._width - indent)
            placed.append(Placed(mark, 0, y, indent, mark.height, Align.LEFT))
            placed.append(Placed(text, indent, y, self._width - indent, text.height, Align.LEFT))
            y += text.height
        return TextBox(y, tuple(placed))

    def _table(self, block: Table, values: Mapping[str, object], rows: Slice) -> Box:
        weights = [column.width for column in block.columns]
        grid = _Grid([self._width * weight / sum(weights) for weight in weights], block.row_height)
        for cells in block.above:
            self._spanning(grid, cells, values, block.size)
        self._head(grid, block)
        for place, row in enumerate(rows.rows):
            self._row(grid, block, {**row, "sequence": rows.first + place})
        for place in range(rows.blanks):
            self._row(grid, block, {"sequence": rows.first + len(rows.rows) + place})
        for cells in block.below if block.below_on in rows.pages else ():
            self._spanning(grid, cells, values, block.size)
        return grid.box()

    def _row(self, grid: _Grid, block: Table, row: Mapping[str, object]) -> None:
        line = grid.add_row()
        blank = row.keys() == {"sequence"}
        for place, column in enumerate(block.columns):
            # A text around the value ("{from} 起") must not be printed in a row that has no value.
            shown = "" if blank and column.text.names != ("sequence",) else column.text.filled(row)
            text = self._set(shown, block.size, grid.inner(place, 1), fit=column.fit)
            grid.put(text, line, place, align=column.align)

    def _spanning(self, grid: _Grid, cells: Sequence[Cell], values: Mapping[str, object], size: int) -> None:
        line, place = grid.add_row(), 0
        for cell in cells:
            text = self._cell(cell, values, size, grid.inner(place, cell.span))
            grid.put(text, line, place, columns=cell.span, align=cell.align, stamp=cell.stamp)
            place += cell.span

    def _head(self, grid: _Grid, block: Table) -> None:
        depth = max(len(column.head) for column in block.columns)
        lines = [grid.add_row() for _ in range(depth)]
        for level, place, columns, levels in _merged(block.columns, depth):
            words = block.columns[place].head[level]
            text = self._set(words, block.size, grid.inner(place, columns), bold=True)
            grid.put(text, lines[level], place, columns=columns, rows=levels, align=Align.CENTER)

    def _cell(self, cell: Cell, values: Mapping[str, object], size: int, width: float) -> SetText:
        return self._set(cell.text.filled(values), size, width, bold=cell.bold, fit=cell.fit)

    def _set(self, text: str, size: float, width: float, *, bold: bool = False, fit: Fit = Fit.WRAP) -> SetText:
        return set_text(self.faces, text, size, width, bold=bold, fit=fit)


def _merged(columns: Sequence[Column], depth: int) -> Iterator[tuple[int, int, int, int]]:
    """Level, first column, columns and levels of each heading; equal headings side by side are one."""
    for level in range(depth):
        place = 0
        while place < len(columns):
            head = columns[place].head
            end = place + 1
            if level < len(head):
                while (
                    end < len(columns) and level < len(head) - 1 and columns[end].head[: level + 1] == head[: level + 1]
                ):
                    end += 1
                levels = depth - level if level == len(head) - 1 else 1
                yield level, place, end - place, levels
            place = end


class _Grid:
    """Cells of a table while it grows: rows become as tall as their tallest text."""

    def __init__(self, widths: Sequence[float], row_height: float) -> None:
        self._widths = widths
        self._row_height = row_height
        self._heights: list[float] = []
        self._cells: list[tuple[SetText, int, int, int, int, Align, str]] = []

    def inner(self, place: int, columns: int) -> float:
        return sum(self._widths[place : place + columns]) - 2 * PAD_X

    def add_row(self) -> int:
        self._heights.append(self._row_height)
        return len(self._heights) - 1

    def put(
        self,
        text: SetText,
        row: int,
        place: int,
        *,
        columns: int = 1,
        rows: int = 1,
        align: Align,
        stamp: str = "",
    ) -> None:
        short = text.height + 2 * PAD_Y - sum(self._heights[row : row + rows])
        if short > 0:
            self._heights[row + rows - 1] += short
        self._cells.append((text, row, place, columns, rows, align, stamp))

    def box(self) -> GridBox:
        placed = tuple(
            Placed(
                text,
                x=sum(self._widths[:place]),
                y=sum(self._heights[:row]),
                width=sum(self._widths[place : place + columns]),
                height=sum(self._heights[row : row + rows]),
                align=align,
                stamp=stamp,
            )
            for text, row, place, columns, rows, align, stamp in self._cells
        )
        return GridBox(sum(self._widths), sum(self._heights), placed)

"""How the workbooks that we write look: one place for colours and widths."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openpyxl.cell import Cell, MergedCell
    from openpyxl.styles import PatternFill

HEADER_GROUND = "E8EEF7"
REQUIRED_TEXT = "B3261E"
ERROR_GROUND = "FCEDEC"
WARNING_GROUND = "FFF5E0"
EXAMPLE_TEXT = "97A1AE"
FONT = "Microsoft YaHei UI"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def ground(colour: str) -> PatternFill:
    """A plain fill."""
    from openpyxl.styles import PatternFill

    return PatternFill("solid", start_color=colour, end_color=colour)


def put_text(cell: Cell | MergedCell, text: str) -> None:
    """Write text that stays text: never a formula, never a number that loses digits."""
    from openpyxl.cell import MergedCell

    if isinstance(cell, MergedCell):
        # Only the first cell of a merged range holds anything.
        return
    cell.value = text
    cell.data_type = "s"
    cell.number_format = "@"
    if text.startswith(FORMULA_STARTS):
        cell.quotePrefix = True

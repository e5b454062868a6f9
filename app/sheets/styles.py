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
DAY = "yyyy-mm-dd"
_LONGEST = 32767  # characters of a cell, says Excel
#: Characters that XML has no place for; a cell of HR's may hold them all the same.
_UNWRITABLE = dict.fromkeys((*range(9), 11, 12, *range(14, 32), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF), "\ufffd")


def writable(text: str) -> str:
    """What of a text a cell can hold."""
    return text[:_LONGEST].translate(_UNWRITABLE)


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
    cell.value = writable(text)
    cell.data_type = "s"
    cell.number_format = "@"
    if text.startswith(FORMULA_STARTS):
        cell.quotePrefix = True

"""To and from Excel: tables as text, columns parted by tabs, rows by line ends, cells with either in quotes."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def read(text: str) -> list[list[str]]:
    """The rows of what was copied; the empty one that Excel puts at the end left out."""
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter="\t"))
    while rows and not any(rows[-1]):
        rows.pop()
    return rows


def write(rows: Iterable[Sequence[str]]) -> str:
    """Rows as Excel takes them."""
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter="\t", lineterminator="\n").writerows(rows)
    return stream.getvalue()

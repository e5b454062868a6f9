"""How a reader tells a sheet: what it is, then its rows in blocks."""

from __future__ import annotations

from app.sheets import wire

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from app.rules.fields import Raw
    from app.sheets.flaws import Place

MOST_MERGED = 10_000


def sheet(
    out: wire.Writable,
    name: str,
    rows: Sequence[Sequence[Raw]],
    merged: Sequence[tuple[tuple[int, int], ...]] = (),
    *,
    visible: bool = True,
    hidden: Sequence[int] = (),
    flaws: Sequence[Place] = (),
) -> None:
    """Tell a whole sheet."""
    wire.send(out, {"sheet": name, "visible": visible, "merged": merged, "hidden": hidden, "flaws": flaws})
    blocks(out, rows, len(rows), 0)


def blocks(out: wire.Writable, rows: Iterable[Sequence[Raw]], height: int, left: int) -> None:
    """Send rows in blocks; a block without anything in it is not sent, so that a million ghost rows cost nothing."""
    start = 0
    for block in _batched(rows):
        ends = {len(row) for row in block}
        if len(ends) > 1:
            widest = max(ends)
            block = [[*row, *[""] * (widest - len(row))] for row in block]  # noqa: PLW2901 - made even
        columns = list(zip(*block, strict=True))
        height_here = len(block)
        packed, indexes = wire.pack(columns)
        if any(one["v"] not in ([""], [None]) for one in packed):
            frame = {"block": start, "height": height_here, "left": left, "columns": packed, "of": height}
            wire.send(out, frame, indexes)
        start += height_here


def _batched(rows: Iterable[Sequence[Raw]]) -> Iterator[list[Sequence[Raw]]]:
    from itertools import islice

    source = iter(rows)
    while block := list(islice(source, wire.ROWS_PER_BLOCK)):
        yield block

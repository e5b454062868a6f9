"""What the reader says arrives as it was said, in whatever pieces, and nonsense is told from it."""

from __future__ import annotations

import io
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules.coded import Coded, is_alike
from app.sheets import unpacking, wire

if TYPE_CHECKING:
    from app.rules.fields import Raw

CELLS: st.SearchStrategy[Raw] = st.one_of(
    st.sampled_from(["", "男", "女", "2022-08-01", 1.0, 2.5, None, date(2022, 8, 1), time(8), timedelta(1)]),
    st.text(max_size=3),
    st.floats(allow_nan=False, allow_infinity=False),
    st.builds(datetime, st.integers(1900, 2200), st.integers(1, 12), st.integers(1, 28)),
)


def pieces_of(column: list[Raw], cuts: list[int]) -> list[list[Raw]]:
    """The column cut in these places."""
    ends = [*sorted({one for one in cuts if 0 < one < len(column)}), len(column)]
    return [column[first:last] for first, last in zip([0, *ends], ends, strict=False)]


@given(
    st.lists(CELLS, min_size=1, max_size=400) | st.lists(st.sampled_from(["男", "女", ""]), min_size=1, max_size=900),
    st.lists(st.integers(1, 900), max_size=6),
)
def test_a_column_in_pieces_is_the_column(column: list[Raw], cuts: list[int]) -> None:
    growing = unpacking.Growing()
    for piece in pieces_of(column, cuts):
        packed, indexes = wire.pack([piece])
        stream = io.BytesIO()
        wire.send(stream, {"columns": packed}, indexes)
        stream.seek(0)
        received = wire.receive(stream)
        assert received is not None
        growing.add(unpacking.unpack(received[0]["columns"], received[1], len(piece))[0])
    there = growing.column()
    assert list(there) == column
    assert [type(one) for one in there] == [type(one) for one in column]
    assert is_alike(there) == all(one == column[0] for one in column)
    assert there[-1] == column[-1]


def test_more_values_than_a_byte_tells_are_told_by_two() -> None:
    growing = unpacking.Growing()
    expected: list[Raw] = []
    for first in range(0, 3000, 200):
        piece: list[Raw] = [f"值{first + at % 120}" for at in range(1000)]
        packed, indexes = wire.pack([piece])
        growing.add(unpacking.unpack(packed, indexes, len(piece))[0])
        expected += piece
    column = growing.column()
    assert isinstance(column, Coded)
    assert list(column) == expected


@pytest.mark.parametrize(
    ("columns", "indexes", "height"),
    [
        ([{"v": ["a", "b"]}], b"\x00\x02", 2),  # a code of a value that is not there
        ([{"v": ["a", "b"]}], b"\x00", 2),  # fewer codes than rows
        ([{"v": ["a"], "a": 1}], b"", 2),  # fewer cells than rows
        ([{"v": []}], b"", 2),
        ([{}], b"", 1),
        ([{"v": [["T", "no day"]], "x": 1}], b"", 1),
    ],
)
def test_nonsense_is_refused(columns: list[dict[str, list[str]]], indexes: bytes, height: int) -> None:
    with pytest.raises(wire.WireBroken):
        unpacking.unpack(columns, indexes, height)


def test_truth_values_are_not_lost_among_the_numbers() -> None:
    column: list[Raw] = [1.0, True, 0.0, False, "1"]
    packed, indexes = wire.pack([column])
    assert list(unpacking.unpack(packed, indexes, len(column))[0]) == [1.0, "TRUE", 0.0, "FALSE", "1"]

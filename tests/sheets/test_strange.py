"""Cells and headers that nobody would type on purpose, and their way through the pipe."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from app.rules.fields import Raw
from tests.sheets import strange


def test_strange_sheets_are_checked_whole() -> None:
    strange.turned(7)


@settings(max_examples=60, deadline=None)
@given(st.lists(strange.cells, min_size=1, max_size=400))
def test_a_column_comes_out_of_the_pipe_as_it_went_in(column: list[Raw]) -> None:
    there = [("TRUE" if cell else "FALSE") if isinstance(cell, bool) else cell for cell in column]
    for cell, came in zip(there, strange.travelled(column), strict=True):
        if isinstance(cell, timedelta):
            assert isinstance(came, timedelta)
            assert abs(came - cell) < timedelta(seconds=1)
        else:
            assert came == cell or came is cell or str(came) == str(cell) == "nan", (cell, came)

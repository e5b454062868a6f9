"""Cells and headers that nobody would type on purpose, and their way through the pipe."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from app.rules.fields import Raw
from app.sheets.checking import check_workbook
from app.sheets.sheet import Sheet, Workbook
from tests.sheets import strange
from tests.support.packs import checker, ground


def test_strange_sheets_are_checked_whole() -> None:
    strange.turned(7)


def test_a_sheet_of_an_item_without_people_is_checked() -> None:
    book = Workbook.of("xlsx", [Sheet.of("缴费", [("缴费月份", "险种"), ("2022-08", "养老")])])
    assert len(check_workbook(book, checker("harbin", "payment"), ground("harbin")).rows) == 1


def test_what_a_formula_made_of_nothing_is_no_amount() -> None:
    """Found by turning sheets over: a cell that is no number at all, as an xls may hold, stopped the whole check."""
    rows: list[tuple[Raw, ...]] = [
        ("社会保障号码", "姓名", "月缴费工资"),
        ("1", "甲示例", float("nan")),
        ("2", "乙示例", float("inf")),
    ]
    found = check_workbook(Workbook.of("xls", [Sheet.of("一", rows)]), checker("yichang", "enrol"), ground("yichang"))
    at = {finding.where.row: finding.code for finding in found.findings if finding.where.field == "wage"}
    assert at == {2: "money-form", 3: "money-range"}


def test_a_raised_two_and_a_number_without_end_are_no_year() -> None:
    """Found by turning sheets over: ² is a digit to Python and no number."""
    rows: list[tuple[Raw, ...]] = [("社会保障号码", "年度"), ("1", "²"), ("2", "9" * 5000), ("3", "２０２２")]
    found = check_workbook(Workbook.of("xls", [Sheet.of("一", rows)]), checker("yichang", "wage"), ground("yichang"))
    assert [finding.where.row for finding in found.findings if finding.code == "integer-form"] == [2, 3]


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

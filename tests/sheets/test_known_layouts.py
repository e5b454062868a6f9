"""What a clerk has said of a layout goes before every guess, wherever its columns and its header stand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.regions.catalog import Catalog
from app.rules.engine import KNOWN_CHECKS
from app.sheets.layout import layout_of, table_in, titles_at
from app.sheets.sheet import Sheet, Workbook
from app.workflows.layouts import Unclear
from tests.support.people import identity_number

ITEM = Catalog(KNOWN_CHECKS).region("yichang").items["enrol"]
TITLES = ("工号", "员工", "证号", "到岗", "首次", "缘由", "薪", "姓名")
TOLD = {"员工": "name", "证号": "identity", "到岗": "start", "首次": "first_work", "缘由": "reason", "薪": "wage"}
LAYOUT = layout_of([[title] for title in TITLES])


def test_a_layout_nobody_has_explained_is_no_table() -> None:
    assert table_in(Sheet.of("一", [TITLES[:7], ("1", "甲", "2", "3", "4", "5", "6")]), ITEM) is None


@given(order=st.permutations(TITLES), above=st.integers(0, 6))
def test_an_explained_layout_is_known_again(order: list[str], above: int) -> None:
    sheet = Sheet.of("一", [*[("入职名单",)] * above, order, ["x"] * len(order)])
    table = table_in(sheet, ITEM, {LAYOUT: TOLD})
    assert table is not None
    assert (table.header, table.missing) == (above, ())
    # The clerk said that 员工 is the name: the column that is called 姓名 is then none.
    assert {key: order[index] for key, index in table.columns.items()} == {key: title for title, key in TOLD.items()}


def test_what_the_clerk_set_aside_is_used_for_nothing() -> None:
    sheet = Sheet.of("一", [("姓名", "身份证号", "工资", "应发工资"), ("甲", "乙", "1", "2")])
    layout = layout_of(titles_at(sheet, 0))
    table = table_in(sheet, ITEM, {layout: {"工资": "", "应发工资": "wage"}})
    assert table is not None
    assert table.columns == {"name": 0, "identity": 1, "wage": 3}
    other = table_in(sheet, ITEM, {frozenset(("姓名", "身份证号")): {"姓名": ""}})
    assert other is not None
    assert other.columns["wage"] == 2


@pytest.mark.parametrize("above", [0, 2])
@pytest.mark.parametrize(
    ("header", "merged"),
    [
        ([("姓名", "身份证号", "年度", "缴费基数（2023年）", "缴费基数（2024年）")], ()),
        ([("姓名", "身份证号", "年度", "调整前", "调整后"), ("", "", "", "缴费基数", "缴费基数")], (0, 1, 2)),
        ([("人员", "", "", "原来", "现在"), ("姓名", "身份证号", "年度", "缴费基数", "缴费基数")], ()),
    ],
)
def test_the_clerk_can_tell_columns_apart_by_what_stands_beside(
    header: Sequence[Sequence[str]], merged: Sequence[int], above: int
) -> None:
    """The second base is said to be meant: it, and not the first, is read from then on."""
    item = Catalog(KNOWN_CHECKS).region("harbin").items["wage"]
    sheet = Sheet.of("一", [*[("名单",)] * above, *header, ("张示例", identity_number(11), "2024", "5000", "6000")])
    sheet.merged = [(above, column, above + 1, column) for column in merged]
    asked = Unclear(Path("hr.xlsx"), Workbook.of("xlsx", [sheet])).head(item)
    assert "wage" not in asked.found
    told = {**asked.found, "wage": 4}
    assert asked.same_title(told.values()) == ()
    assert [one.samples for one in asked.columns if one.index == 4] == [("6000",)]
    found = table_in(sheet, item, {asked.layout: asked.explained(told)})
    assert found is not None
    assert (found.columns["wage"], found.missing) == (4, ())
    assert found.first_row == above + len(header)

"""What a clerk has said of a layout goes before every guess, wherever its columns and its header stand."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.regions.catalog import Catalog
from app.rules.engine import KNOWN_CHECKS
from app.sheets.layout import layout_of, table_in, titles_at
from app.sheets.sheet import Sheet

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

"""Rows between and below the people, as firms write them: left out, noted with their numbers, never a person's."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules.fields import Raw
from app.sheets.checking import Checked, check_workbook
from app.sheets.sheet import Sheet, Workbook
from app.wording import sentence
from tests.support.packs import checker, ground
from tests.support.people import identity_number

Row = Sequence[Raw]
HEADER: Row = ("序号", "姓名", "身份证号", "入职日期", "参加工作时间", "增加原因", "缴费基数")


def person(number: int) -> Row:
    return (number, "张示例", identity_number(number), "2022-08-01", "2012-07-01", "新增", 6000)


def check(rows: Sequence[Row], merged: Sequence[tuple[int, int, int, int]] = (), item: str = "enrol") -> Checked:
    sheet = Sheet.of("一", rows)
    sheet.merged = list(merged)
    return check_workbook(Workbook.of("xlsx", [sheet]), checker("yichang", item), ground("yichang"))


NOBODY: Sequence[Row] = (
    ("小计", "", "", "", "", "", 12000),
    ("一车间小计", "", "", "", "", "", 12000),
    ("【本页合计】", "", "", "", "", "", 12000),
    ("", "小  计", "", "", "", "", 12000),
    ("小计", "", "1", "", "", "", 6000),
    ("合计", "", "2人", "", "", "", 12000),
    ("合计", "", 2, "", "", "", 12000),
    ("共2人", "", "", "", "", "", ""),
    ("一车间人数：2人",),
    ("", "", "", "", "", "", 12000),
    ("一车间",),
    ("部门：一车间", "", "", "日期：2022-8-1"),
    ("制表人：李某", "", "", "审核：", "", "单位（盖章）"),
    ("填表人：", "", "负责人签字：", "", "", "2022年8月8日"),
    ("总经理：", "财务：", "", "日期："),
    ("", "", "", "2022年8月8日"),
    ("", "以上人员情况属实。"),
    ("2、新增人员须附身份证复印件",),
    (7, "", "", "", "", "", "", "示例公司"),
    ("", "以下空白"),
    ("", "", "以下空白"),
    ("", "本月无增员"),
    ("", "【一车间】"),
    HEADER,
)


@given(between=st.lists(st.sampled_from(NOBODY), max_size=12), data=st.data())
def test_whatever_stands_between_people_is_left_out_and_noted(between: list[Row], data: st.DataObject) -> None:
    rows = [*between, *(person(number) for number in range(11, 19))]
    rows = data.draw(st.permutations(rows))
    checked = check([("宜昌示例公司新增人员",), HEADER, *rows])
    assert [row.number for row in checked.rows] == [at for at, row in enumerate(rows, start=3) if row not in NOBODY]
    assert [number for number, _ in checked.skipped] == [at for at, row in enumerate(rows, start=3) if row in NOBODY]
    assert checked.valid == 8


@pytest.mark.parametrize(
    "row",
    [
        (3, "李示例", "", "2022-08-01"),
        ("", "李示例"),
        (3, "李示例", "待提供", "2022-08-01", "2012-07-01", "新增", 6000),
        (3, "", "身份证：" + identity_number(31), "2022-08-01"),
        (3, "", "", "2022-08-01", "2012-07-01"),
        (3, "合计划", "", "2022-08-01"),
        (3, "", "4205001990"),
        (3, "", 4.20500199003071e17),
    ],
)
def test_a_person_of_whom_something_is_missing_stays(row: Row) -> None:
    checked = check([HEADER, person(11), row, person(13)])
    assert [one.number for one in checked.rows] == [2, 3, 4]
    assert checked.valid == 2


def test_a_persons_remark_is_no_closing_word() -> None:
    rows: Sequence[Row] = [
        ("备注", *HEADER[1:]),
        ("说明：转正", *person(11)[1:]),
        ("备注见后", "李示例", "", "2022-08-01"),
    ]
    assert [one.number for one in check(rows).rows] == [2, 3]


def test_a_header_of_several_storeys_comes_again() -> None:
    storeys: Sequence[Row] = [("", "基本信息", "", "用工", "", "社保", ""), HEADER]
    rows = [*storeys, person(11), *storeys, person(13)]
    checked = check(rows, [(top, left, top, left + 1) for top in (0, 3) for left in (1, 3, 5)])
    assert [row.number for row in checked.rows] == [3, 6]


@pytest.mark.parametrize(
    "first",
    [
        ("1", "2", "3", "4", "5", "6", "7"),
        ("选填", "必填", "必填，18 位", "必填，如 2022-08-01", "", "", ""),
        ("数字", "文本", "文本", "日期", "日期", "下拉", "金额"),
        ("no", "name", "idCard", "entry_date", "firstWork", "reason", "base"),
        ("栏次", "(1)", "(2)", "(3)", "(4)", "(5)", "(6)"),
        ("例", *person(41)[1:]),
    ],
)
def test_what_explains_the_columns_is_no_person(first: Row) -> None:
    checked = check([HEADER, first, person(11)])
    assert [row.number for row in checked.rows] == [3]
    assert len(checked.skipped) == 1


def test_the_title_that_comes_again_on_the_next_page_is_nobody() -> None:
    checked = check(
        [("", "新增名单"), HEADER, person(11), ("第 1 页",), ("", "新增名单"), HEADER, person(13), ("", "李示例")]
    )
    assert [row.number for row in checked.rows] == [3, 7, 8]


def test_another_table_below_is_not_read_by_the_columns_of_the_first() -> None:
    """Its dates of leaving would be dates of entry; that it is there is told, and what it holds is counted."""
    other: Sequence[Row] = [
        ("二、减少人员",),
        ("序号", "姓名", "身份证号", "离职日期", "离职原因"),
        (1, "赵示例", identity_number(51), "2022-07-31", "辞职"),
        (2, "钱示例", identity_number(53), "2022-07-31", "辞职"),
    ]
    checked = check([HEADER, person(11), *other, (), HEADER, person(13)])
    assert [row.number for row in checked.rows] == [2, 9]
    told = [one for one in checked.general if one.code == "sheet-second-table"]
    assert [(one.where.row, one.facts["count"]) for one in told] == [(4, "3")]
    assert "第 4 行" in sentence(told[0]).message


def test_a_lone_name_across_merged_cells_heads_a_department() -> None:
    assert [row.number for row in check([HEADER, person(11), ("", "行政部")]).rows] == [2, 3]
    assert [row.number for row in check([HEADER, person(11), ("", "行政部")], [(2, 1, 2, 6)]).rows] == [2]

"""Which column is which field, as firms name, group and repeat them. What cannot be told apart is not guessed."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules.fields import Raw
from app.sheets.checking import check_workbook
from app.sheets.layout import Table, table_in
from app.sheets.sheet import Sheet, Workbook
from tests.support.packs import checker, ground, region
from tests.support.people import identity_number

REGIONS = ("harbin", "ningbo", "shaanxi", "yichang", "zaozhuang")
PERSON = ("张示例", identity_number(11), "2022-08-01")


def table(rows: Sequence[Sequence[Raw]], item: str = "enrol", place: str = "yichang", merged: str = "") -> Table:
    """The table of a sheet with these rows; ``merged`` are ranges of the first row such as ``1-3 5-6``."""
    sheet = Sheet.of("一", rows)
    ranges = [one.split("-") for one in merged.split()]
    sheet.merged = [(0, int(first), 0, int(last)) for first, last in ranges]
    found = table_in(sheet, region(place).items[item])
    assert found is not None
    return found


@given(
    place=st.sampled_from(REGIONS), item=st.sampled_from(("enrol", "stop", "wage")), data=st.data(), first=st.booleans()
)
def test_of_two_columns_for_one_field_the_better_name_is_meant(
    place: str, item: str, data: st.DataObject, first: bool
) -> None:
    """A field's own name goes before its synonyms, these in their order, wherever the columns stand."""
    fields = [one for one in region(place).items[item].fields if one.in_sheet and one.synonyms]
    field = data.draw(st.sampled_from(fields))
    taken = {one.name for one in region(place).items[item].fields if one is not field}
    names = [one for one in dict.fromkeys((field.name, *field.synonyms)) if one not in taken]
    better, worse = sorted(data.draw(st.permutations(range(len(names))))[:2])
    other = "姓名" if field.key == "identity" else "身份证号"
    header = (other, names[better], names[worse]) if first else (other, names[worse], names[better])
    found = table([header, ("甲", "1", "2")], item, place)
    assert found.columns[field.key] == (1 if first else 2)


def test_a_heading_over_several_columns_names_none_of_them() -> None:
    parts = ("", "", "基本工资", "绩效", "应发")
    storeys: list[Sequence[Raw]] = [("姓名", "身份证号", "工资", "", ""), parts, (*PERSON[:2], 2000, 1000, 3000)]
    for merged in ("2-4", ""):
        assert "wage" not in table(storeys, merged=merged).columns
    alone: list[Sequence[Raw]] = [
        ("姓名", "身份证号", "工资", ""),
        ("Name", "ID", "Salary", ""),
        (*PERSON[:2], 6000, ""),
    ]
    assert table(alone).columns == {"name": 0, "identity": 1, "wage": 2}


def test_a_title_over_merged_cells_that_hold_one_value_names_the_first() -> None:
    rows = [("姓名", "", "身份证号", "", "入职日期"), ("张示例", "", PERSON[1], "", "2022-08-01")]
    assert table(rows, merged="0-1 2-3").columns == {"name": 0, "identity": 2, "start": 4}
    assert table(rows).columns == {"name": 0, "identity": 2, "start": 4}


@pytest.mark.parametrize(
    ("header", "column"),
    [
        (("缴费基数（公积金）", "缴费基数（社保）"), 3),
        (("缴费基数（2023年）", "缴费基数（2024年）"), None),
        (("缴费基数（2023年）", "缴费基数"), 3),
        (("缴费基数（元）", "缴费基数（元）"), 2),
        (("缴费基数（公积金）", "缴费基数（元，不含公积金）"), 3),
    ],
)
def test_what_stands_in_brackets_tells_columns_apart(header: tuple[str, str], column: int | None) -> None:
    assert table([("姓名", "身份证号", *header), (*PERSON[:2], 1, 2)]).columns.get("wage") == column


def test_two_storeys_hold_the_halves_of_a_name() -> None:
    storeys: list[Sequence[Raw]] = [
        ("基本信息", "", "", "社保", ""),
        ("姓名", "证件", "", "基数", ""),
        ("", "类型", "号码", "养老", "医疗"),
        ("张示例", "身份证", PERSON[1], 6000, 6500),
    ]
    sheet = Sheet.of("一", storeys)
    sheet.merged = [(0, 0, 0, 2), (1, 0, 2, 0), (1, 1, 1, 2), (0, 3, 0, 4), (1, 3, 1, 4)]
    found = table_in(sheet, region("yichang").items["enrol"])
    assert found is not None
    assert (found.columns, found.first_row) == ({"name": 0, "identity": 2}, 3)


def test_another_persons_or_funds_columns_are_not_taken() -> None:
    groups = ("配偶", "", "本人", "", "紧急联系人", "公积金", "")
    titles = ("姓名", "身份证号", "姓名", "身份证号", "电话", "缴费基数", "个人")
    found = table([groups, titles, ("甲", "1", "乙", "2", "3", "4", "5")], merged="0-1 2-3 5-6")
    assert found.columns == {"name": 2, "identity": 3}


def test_the_same_title_in_two_groups_is_left_to_the_clerk() -> None:
    groups = ("姓名", "身份证号", "年度", "调整前", "", "调整后", "")
    titles = ("", "", "", "缴费基数", "月缴额", "缴费基数", "月缴额")
    found = table([groups, titles, (*PERSON[:2], "2024", 1, 2, 3, 4)], "wage", "harbin", merged="3-4 5-6")
    assert "wage" not in found.columns
    assert [one.key for one in found.missing] == ["wage"]
    assert found.titles[5] == ["调整后", "缴费基数"]


@pytest.mark.parametrize("place", REGIONS)
@pytest.mark.parametrize(
    ("item", "titles"),
    [
        (
            "enrol",
            {"identity": "公民身份号码", "name": "名字", "phone": "移动电话", "start": "到岗时间", "wage": "基数"},
        ),
        ("enrol", {"identity": "居民身份证号", "name": "参保人姓名", "phone": "联系电话", "reason": "增减原因"}),
        ("enrol", {"identity": "身份证号码(18位)", "name": "姓\n名", "start": "参保时间", "wage": "养老保险缴费基数"}),
        (
            "enrol",
            {"identity": "身份证No.", "name": "Name", "start": "入职日期\nEntry date", "wage": "社保缴费基数（元）"},
        ),
        ("enrol", {"identity": "身份证号_id_card", "name": "姓名_real_name", "start": "Hire Date 入职日期"}),
        (
            "enrol",
            {"identity": "2.身份证号/社会保障号", "name": "1、姓名", "start": "（3）入职日期", "phone": "手机或电话"},
        ),
        ("stop", {"identity": "身份证件号码", "name": "离职人员姓名", "stop_date": "减员日期", "reason": "减少原因"}),
        ("wage", {"identity": "身份证", "name": "员工姓名", "year": "申报年度", "wage": "月平均工资"}),
        ("wage", {"identity": "身份证号", "year": "缴费年度", "total": "上年工资总额", "wage": "申报基数"}),
    ],
)
def test_columns_are_known_as_firms_call_them(place: str, item: str, titles: dict[str, str]) -> None:
    found = table([("序号", *titles.values(), "备注"), ("1", *"甲乙丙丁戊", "")], item, place)
    assert found.columns == {key: column for column, key in enumerate(titles, start=1)}


@pytest.mark.parametrize(
    "title", ["应发工资", "实发工资", "基本工资", "工资总额", "新缴费基数", "最后工作日", "社保号码"]
)
@pytest.mark.parametrize("item", ["enrol", "stop", "wage"])
def test_what_may_mean_another_amount_or_day_is_asked(title: str, item: str) -> None:
    assert set(table([("姓名", "身份证号", title), (*PERSON[:2], "1")], item).columns) == {"name", "identity"}


@pytest.mark.parametrize("title", ["姓名/身份证号", "身份证号/护照号", "电话/邮箱"])
def test_a_column_for_two_things_is_asked(title: str) -> None:
    assert set(table([("姓名", "入职日期", title), ("甲", "2022-08-01", "1")]).columns) == {"name", "start"}


def test_a_list_printed_side_by_side_is_told() -> None:
    """Each line holds two people; those on the right are not read, and that is said."""
    header, pair = ("姓名", "身份证号"), [(f"张{one}", identity_number(at)) for at, one in enumerate("甲乙", start=21)]
    book = Workbook.of("xlsx", [Sheet.of("一", [(*header, "", *header), (*pair[0], "", *pair[1])])])
    checked = check_workbook(book, checker("yichang", "enrol"), ground("yichang"))
    (told,) = (one for one in checked.general if one.code == "column-repeated")
    assert (told.where.column, told.facts["letters"], checked.rows[0].values["name"]) == ("E", "E", "张甲")


def test_no_name_of_a_column_means_two_fields_of_an_item() -> None:
    for place in REGIONS:
        for item in region(place).items.values():
            names = [name for one in item.fields if one.in_sheet for name in {one.name, *one.synonyms}]
            twice = {name for name in names if names.count(name) > 1}
            assert not twice, (place, item.id, twice)


@pytest.mark.parametrize("down", [1, 2])
def test_a_title_that_is_merged_down_beyond_the_last_row_is_a_title(down: int) -> None:
    sheet = Sheet.of("一", [("社会保障号码", "姓名")])
    sheet.merged = [(0, 0, down, 0)]
    found = table_in(sheet, region("harbin").items["enrol"])

    assert found is not None
    assert (found.columns, found.first_row) == ({"identity": 0, "name": 1}, 1 + down)

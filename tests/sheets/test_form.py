"""A form for one person is told from a list of people, and a list is never taken for a form."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from app.errors import InputRefused
from app.rules.fields import Raw
from app.sheets.checking import Checked, check_workbook
from app.sheets.sheet import Sheet, Workbook
from tests.support.packs import checker, ground
from tests.support.people import identity_number

Rows = Sequence[Sequence[Raw]]
NUMBER = identity_number(11)
FORM: Rows = [
    ("员工登记表",),
    ("姓名", "张示例", "性别", "女", "出生日期", "1990-03-07"),
    ("身份证号", NUMBER, "", "联系电话", "13800000000"),
    ("入职日期", "2022-08-01", "", "部门", "财务"),
    ("家庭成员",),
    ("姓名", "关系", "电话"),
    ("李示例", "父亲", "13800000001"),
]
LIST: Rows = [("姓名", "身份证号", "入职日期"), ("张示例", NUMBER, "2022-08-01")]
REFUSED: dict[str, Rows] = {
    "label beside value": FORM,
    "label and value in one cell": [
        ("姓名：张示例", "性别：女", "身份证号：" + NUMBER),
        ("入职日期：2022-08-01", "", "联系电话：13800000000"),
    ],
    "a character a box": [*FORM[:2], ("身份证号", *NUMBER), ("联系电话", "13800000000", "", "入职时间", "2022-08-01")],
    "the number first": [("身份证号", "", NUMBER), *FORM[1:2], *FORM[3:4]],
    "a number that Excel destroyed": [*FORM[:2], ("身份证号", 4.20500199003071e17, "", "联系电话", ""), *FORM[3:4]],
}


def check(*sheets: Rows, item: str = "enrol") -> Checked:
    book = Workbook.of("xlsx", [Sheet.of(f"表{at}", rows) for at, rows in enumerate(sheets)])
    return check_workbook(book, checker("yichang", item), ground("yichang"))


@pytest.mark.parametrize("what", REFUSED)
@pytest.mark.parametrize("item", ["enrol", "stop", "wage"])
def test_a_form_is_refused_as_one(what: str, item: str) -> None:
    with pytest.raises(InputRefused) as refused:
        check(REFUSED[what], REFUSED[what], item=item)
    assert refused.value.code == "sheet-form"


def test_a_list_beside_forms_is_read() -> None:
    assert check(FORM, LIST, FORM).table.sheet.name == "表1"


@pytest.mark.parametrize(
    "rows",
    [
        [("单位：示例公司", "法人身份证号：" + NUMBER), ("联系电话", "0717-0000000"), *LIST],
        [("姓名", "证件类型", "入职日期", "ID编号"), ("张示例", "身份证", "2022-08-01", NUMBER)],
        [("姓名", "手机号", "入职日期"), ("张示例", "13800000000", "2022-08-01")],
        [*LIST, ("联系电话", "0717-0000000", "身份证号", NUMBER)],
    ],
)
def test_a_list_is_no_form(rows: Rows) -> None:
    assert check(rows).table.columns["name"] == 0


def test_an_item_of_the_unit_has_no_forms_for_people() -> None:
    with pytest.raises(InputRefused) as refused:
        check(FORM, item="certificate")
    assert refused.value.code == "sheet-no-header"

"""Which sheet of several is meant, and that the others are told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import InputRefused
from app.rules.fields import Raw
from app.sheets import layout
from app.sheets.checking import Checked, check_workbook
from app.sheets.sheet import Sheet, Workbook
from tests.support.packs import checker, ground
from tests.support.people import identity_number

Rows = Sequence[Sequence[Raw]]
ENROL: Rows = [
    ("姓名", "身份证号", "入职日期", "参加工作时间", "增加原因", "缴费基数"),
    ("张示例", identity_number(11), "2022-08-01", "2012-07-01", "新增", 6000),
]
ROSTER: Rows = [
    (*ENROL[0], "性别", "手机号码", "户口性质"),
    *[(f"李{name}", identity_number(at), *ENROL[1][2:], "", "", "") for at, name in enumerate("甲乙丙丁", start=21)],
]
STOP: Rows = [
    ("姓名", "身份证号", "离职日期", "离职原因"),
    ("赵示例", identity_number(31), "2022-07-31", "辞职"),
    ("钱示例", identity_number(33), "2022-07-31", "辞职"),
]
NOTES: Rows = [("增员说明",), ("列", "怎么填"), ("姓名", "与身份证一致"), ("身份证号", "18 位")]


def check(sheets: Mapping[str, Rows], item: str = "enrol") -> Checked:
    book = Workbook.of("xlsx", [Sheet.of(name, rows) for name, rows in sheets.items()])
    return check_workbook(book, checker("yichang", item), ground("yichang"))


@given(st.permutations(["花名册", "本月增员", "减员", "增员说明"]))
def test_the_sheet_that_is_named_after_the_item_goes_before_a_fuller_one(order: list[str]) -> None:
    rows = {"花名册": ROSTER, "本月增员": ENROL, "减员": STOP, "增员说明": NOTES}
    sheets = {name: rows[name] for name in order}
    assert check(sheets).table.sheet.name == "本月增员"
    assert check(sheets, "stop").table.sheet.name == "减员"


@given(st.permutations(["花名册", "离职人员", "退休员工", "空表"]))
def test_those_who_left_are_not_enrolled_because_their_sheet_has_more_columns(order: list[str]) -> None:
    left = [(*row, *more) for row, more in zip(ROSTER[:2], (("用工形式",), ("",)), strict=True)]
    rows = {
        "花名册": ROSTER,
        "离职人员": [(*left[0], "离职日期"), (*left[1], "2022-07-31")],
        "退休员工": left,
        "空表": left[:1],
    }
    sheets = {name: rows[name] for name in order}
    assert check(sheets).table.sheet.name == "花名册"
    assert check(sheets, "stop").table.sheet.name == "离职人员"


@given(st.permutations(["表一", "表二"]))
def test_a_complete_table_goes_before_one_with_as_many_columns_that_lacks_one(order: list[str]) -> None:
    lacking: Rows = [("姓名", "身份证号", "参保险种", "离职原因"), *([("孙示例", identity_number(41), "", "")] * 9)]
    rows = {"表一": STOP, "表二": lacking}
    assert check({name: rows[name] for name in order}, "stop").table.sheet.name == "表一"


def test_sheets_that_were_not_read_are_told() -> None:
    told = [
        one for one in check({"一车间": ENROL, "二车间": ENROL, "说明": NOTES}).general if one.code == "sheet-others"
    ]
    assert [(one.facts["name"], one.facts["names"]) for one in told] == [("一车间", "二车间")]
    assert not any(one.code == "sheet-others" for one in check({"增员": ENROL, "减员": STOP}).general)


def test_a_sheet_that_is_not_there_is_told_with_those_that_are() -> None:
    book = Workbook.of("xlsx", [Sheet.of(name, ENROL) for name in ("增员", "花名册")])
    with pytest.raises(InputRefused) as refused:
        check_workbook(book, checker("yichang", "enrol"), ground("yichang"), sheet="增 员")
    assert (refused.value.code, refused.value.facts) == (
        "sheet-name-unknown",
        {"name": "增 员", "names": "增员、花名册"},
    )


def test_cells_of_a_megabyte_are_no_titles_and_take_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A shared text of a megabyte in every cell: what is looked at for a title is as long as a title may be."""
    looked_at: list[int] = []
    real = layout._plain

    def noting(text: str) -> str:
        looked_at.append(len(text))
        return real(text)

    monkeypatch.setattr(layout, "_plain", noting)
    long = "9" * 1_000_000
    with pytest.raises(InputRefused, match="sheet-no-header"):
        check({"表": [(long, f"姓名{long}", long)] * 40})
    assert 0 < max(looked_at) <= 300

"""Insurances ticked in columns of their own: what is ticked is filed, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules.fields import Raw
from app.sheets.checking import Checked, check_workbook
from app.sheets.sheet import Sheet, Workbook
from tests.support.packs import checker, ground
from tests.support.people import identity_number

IDS = {"养老": "pension", "失业": "unemployment", "工伤": "injury"}
HEADER = ("姓名", "身份证号", "入职日期", "参加工作时间", "增加原因", "缴费基数")


def check(titles: Sequence[str], ticks: Sequence[Sequence[Raw]]) -> Checked:
    people = [
        ("张示例", identity_number(11 + at), "2022-08-01", "2012-07-01", "新增", 6000, *one)
        for at, one in enumerate(ticks)
    ]
    sheet = Sheet.of("一", [(*HEADER, *titles), *people])
    return check_workbook(Workbook.of("xlsx", [sheet]), checker("yichang", "enrol"), ground("yichang"))


@given(
    titles=st.permutations(list(IDS)),
    ending=st.sampled_from(("", "保险", "（√）")),
    people=st.lists(st.lists(st.booleans(), min_size=3, max_size=3).filter(any), min_size=1, max_size=5),
    marks=st.sampled_from((("√", ""), ("是", "否"), (1, 0), ("Y", "N"), ("✔", "×"), ("参保", None))),
)
def test_only_what_is_ticked_is_filed(
    titles: list[str], ending: str, people: list[list[bool]], marks: tuple[Raw, Raw]
) -> None:
    checked = check([f"{one}{ending}" for one in titles], [[marks[not one] for one in person] for person in people])
    for row, person in zip(checked.rows, people, strict=True):
        ticked = {IDS[title] for title, one in zip(titles, person, strict=True) if one}
        assert set(row.values["insurances"].split(",")) == ticked
    assert not any(one.code == "column-unused" for one in checked.general)


def test_a_person_without_a_tick_is_told_and_not_given_all() -> None:
    checked = check(list(IDS), [("√", "√", "√"), ("", "", "")])
    assert [one.code for one in checked.rows[1].findings] == ["insurance-unknown"]
    assert checked.valid == 1


@pytest.mark.parametrize(
    ("titles", "cells"),
    [
        (("养老", "失业", "工伤"), (480, 18, 0)),
        (("养老", "失业", "工伤"), ("", "", "")),
        (("养老", "工伤"), ("", "√")),
    ],
)
def test_amounts_empty_columns_and_some_of_the_insurances_are_no_ticks(
    titles: tuple[str, ...], cells: tuple[Raw, ...]
) -> None:
    checked = check(titles, [cells])
    assert checked.rows[0].values["insurances"] == "pension,unemployment,injury"
    assert [one.facts["column"] for one in checked.general] == list(titles)

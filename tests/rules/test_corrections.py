"""Corrections that may be offered: one reading is left, or none is offered."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.regions.catalog import Catalog
from app.rules.corrections import correction
from app.rules.engine import KNOWN_CHECKS, Checker
from app.rules.ground import Ground
from tests.support.people import identity_number

REGION = Catalog(KNOWN_CHECKS).region("yichang")
CHECKER = Checker(REGION, REGION.items["enrol"])
SOUND = {
    "identity": identity_number(5, date(1990, 3, 7), "420502"),
    "name": "新示例",
    "first_work": "2012-07-01",
    "start": "2022-08-01",
    "reason": "在职人员新参保",
    "wage": "6000",
}
GROUND = Ground(date(2022, 8, 8))


def offered(field: str, typed: str) -> str | None:
    """What would be offered for a field, everything else being sound."""
    values, findings = CHECKER.check({**SOUND, field: typed}, GROUND)
    return next((correction(CHECKER, values, one) for one in findings if one.stops and one.where.field == field), None)


@pytest.mark.parametrize(
    ("field", "typed", "value"),
    [
        ("start", "2022，8，1", "2022-08-01"),
        ("start", "2022年8月1日入职", "2022-08-01"),
        ("start", "2022.8.1 09:30签", "2022-08-01"),
        ("start", "22-8-1", "2022-08-01"),
        ("start", "08.3.5", "2008-03-05"),
        ("start", "二〇二二年八月一日", "2022-08-01"),
        ("start", "二零二一年十二月三十一日", "2021-12-31"),
        ("start", "1-Aug-22", "2022-08-01"),
        ("start", "Aug 1, 2022", "2022-08-01"),
        ("first_work", "87年7月1日", "1987-07-01"),
        ("first_work", "2003.07", "2003-07-01"),
        ("first_work", "2003年7月份", "2003-07-01"),
        ("identity", f"身份证：{identity_number(5)}", identity_number(5)),
        ("identity", f"{identity_number(5)}（新）", identity_number(5)),
        ("wage", "6000元/月", "6000.00"),
        ("wage", "RMB 6,000.5", "6000.50"),
        ("phone", "+86 138-0000-0000", "13800000000"),
        ("name", "新示例（试用）", "新示例"),
        ("name", "1、新示例", "新示例"),
        ("insurances", "基本养老+失业险", "pension,unemployment"),
    ],
)
def test_what_has_one_reading_is_offered(field: str, typed: str, value: str) -> None:
    assert offered(field, typed) == value


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("start", "8/1/22"),
        ("start", "2022.1"),
        ("start", "2022年8月底"),
        ("start", "2022-02-30"),
        ("start", "8月1日"),
        ("wage", "0.6万"),
        ("wage", "6k"),
        ("wage", "底薪6000"),
        ("wage", "6000+绩效"),
        ("wage", "5000-6000"),
        ("wage", "面议"),
        ("phone", "1380000"),
        ("insurances", "五险"),
        ("reason", "在职"),
        ("identity", "42050219900307001"),
        ("identity", "5.30102E+17"),
        ("identity", f"{identity_number(5)}/{identity_number(7)}"),
        ("identity", f"1{identity_number(5)}"),
    ],
)
def test_what_has_several_or_none_is_not(field: str, typed: str) -> None:
    assert offered(field, typed) is None


@pytest.mark.parametrize("typed", ["2022-8-1" + "，" * 30_000 + "9", "月工资" * 10_000 + "九"])
def test_a_cell_full_of_words_is_looked_through_at_once(typed: str) -> None:
    assert [offered(field, typed) for field in ("start", "wage")] == [None, None]


def test_sex_and_birth_date_come_from_the_number() -> None:
    number = SOUND["identity"]
    told = CHECKER.read(SOUND)[0]
    other = "2" if told["sex"] == "1" else "1"
    assert offered("sex", other) == told["sex"]
    assert offered("born", "1991-03-07") == f"{number[6:10]}-{number[10:12]}-{number[12:14]}"


def test_a_code_is_named_by_its_words() -> None:
    table = REGION.tables["enrol-reason"]
    code, name = next(iter(table.entries.items()))
    assert offered("reason", f"{name}（本月）") == code


@given(field=st.sampled_from(sorted(CHECKER.parsers)), typed=st.text(max_size=24))
def test_an_offer_is_always_taken(field: str, typed: str) -> None:
    values, findings = CHECKER.check({**SOUND, field: typed}, GROUND)
    for one in findings:
        value = correction(CHECKER, values, one)
        if value is not None:
            assert not any(problem.stops for problem in CHECKER.parsers[one.where.field or ""](value)[1])

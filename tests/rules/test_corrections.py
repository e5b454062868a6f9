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
        ("start", "2022.8.1 09:30", "2022-08-01"),
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
        ("start", "22.8.1"),
        ("start", "2022-02-30"),
        ("start", "8月1日"),
        ("wage", "0.6万"),
        ("wage", "6k"),
        ("wage", "5000-6000"),
        ("wage", "面议"),
        ("phone", "1380000"),
        ("insurances", "五险"),
        ("reason", "在职"),
        ("identity", "42050219900307001"),
        ("identity", "5.30102E+17"),
    ],
)
def test_what_has_several_or_none_is_not(field: str, typed: str) -> None:
    assert offered(field, typed) is None


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

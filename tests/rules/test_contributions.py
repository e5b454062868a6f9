"""The worked figures of the sources, and rounding."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.identity import Sex
from app.domain.months import Month
from app.regions.pack_errors import ParameterUnknown
from app.rules.contributions import calculate
from app.rules.late_fee import late_fee
from app.rules.retirement import Category, retirement
from tests.support.packs import region

D = Decimal


def test_the_table_of_yichang() -> None:
    """Seed 002, 常见问题 6: 以最低社保缴费基数标准3450为例."""
    found = calculate(region("yichang"), Month(2022, 8), D(3450), "1")
    lines = {line.insurance: (line.unit, line.person) for line in found.lines}
    assert lines == {
        "pension": (D("552.00"), D("276.00")),
        "unemployment": (D("24.15"), D("10.35")),
        "injury": (D("6.90"), None),
    }
    assert (found.unit, found.person, found.total) == (D("583.05"), D("286.35"), D("869.40"))
    assert not found.findings
    assert all(used.value.source for used in found.parameters)


def test_the_notice_of_suizhou() -> None:
    """Seed 002, 应缴认定单: two people, 基数合计 18630, rounded per person and then added."""
    people = [
        calculate(region("yichang"), Month(2021, 11), base, "1", ["unemployment", "injury"])
        for base in (D(9310), D(9320))
    ]
    unemployment = [(one.lines[0].unit, one.lines[0].person) for one in people]
    assert sum(unit for unit, _ in unemployment) == D("130.41")
    assert sum(person or D(0) for _, person in unemployment) == D("55.89")
    assert sum(one.lines[1].unit for one in people) == D("18.63")
    assert sum(one.total for one in people) == D("204.93")


def test_what_is_not_verified_says_so() -> None:
    found = calculate(region("yichang"), Month(2021, 11), D(9310), "1", ["injury"])
    assert {one.code for one in found.findings} == {"limit-unknown", "parameter-unverified"}


@pytest.mark.parametrize(("wage", "base", "code"), [(3000, 3450, "base-raised"), (20000, 18000, "base-lowered")])
def test_a_wage_outside_the_limits_is_brought_within_and_told(wage: int, base: int, code: str) -> None:
    found = calculate(region("yichang"), Month(2022, 8), D(wage), "1")
    assert {line.base for line in found.lines} == {D(base)}
    assert [one.code for one in found.findings] == [code]


def test_a_month_without_a_rate_is_refused_by_name() -> None:
    with pytest.raises(ParameterUnknown) as refused:
        calculate(region("yichang"), Month(2026, 11), D(6000), "1")
    assert refused.value.facts["month"] == "2026-11"


def test_an_unknown_injury_class_is_refused() -> None:
    with pytest.raises(ParameterUnknown):
        calculate(region("yichang"), Month(2022, 8), D(6000), "9", ["injury"])


@given(st.decimals("3450", "18000", places=2), st.sampled_from("12345678"))
def test_lines_add_up_and_stay_within_half_a_fen(wage: Decimal, injury_class: str) -> None:
    found = calculate(region("yichang"), Month(2022, 8), wage, injury_class)
    assert found.total == sum((line.total for line in found.lines), D(0))
    pension = found.lines[0]
    assert abs(pension.unit - wage * D("0.16")) <= D("0.005")


def test_late_fee_counts_from_the_day_after() -> None:
    """社会保险法第八十六条: 自欠缴之日起，按日加收万分之五."""
    yichang = region("yichang")
    assert late_fee(yichang, D("204.93"), date(2021, 11, 29), date(2021, 11, 29)) == (0, D("0.00"))
    assert late_fee(yichang, D(10000), date(2021, 11, 29), date(2021, 12, 9)) == (10, D("50.00"))


@pytest.mark.parametrize(
    ("born", "sex", "category", "month", "delay"),
    [
        ("1964-12", Sex.MALE, Category.WORKER, "2024-12", 0),
        ("1965-01", Sex.MALE, Category.WORKER, "2025-02", 1),
        ("1965-12", Sex.MALE, Category.WORKER, "2026-03", 3),
        ("1976-08", Sex.MALE, Category.WORKER, "2039-07", 35),
        ("1976-09", Sex.MALE, Category.WORKER, "2039-09", 36),
        ("1971-04", Sex.FEMALE, Category.CADRE, "2026-08", 4),
        ("1995-12", Sex.FEMALE, Category.WORKER, "2050-12", 60),
        ("1974-12", Sex.FEMALE, Category.WORKER, "2024-12", 0),
        ("1975-01", Sex.FEMALE, Category.WORKER, "2025-02", 1),
    ],
)
def test_retirement_at_its_edges(born: str, sex: Sex, category: Category, month: str, delay: int) -> None:
    """全国人大常委会关于实施渐进式延迟法定退休年龄的决定, 对照表."""
    found = retirement(Month.parse(born), sex, category)
    assert (str(found.month), found.delay) == (month, delay)

"""Months counted whole, money rounded as prescribed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.money import TO_FEN, Rounding, RoundingMode, shown, wire, yuan
from app.domain.months import Month, months_between

MONTHS = st.builds(Month, st.integers(1950, 2100), st.integers(1, 12))


@given(MONTHS, st.integers(-500, 500))
def test_adding_and_subtracting_agree(month: Month, count: int) -> None:
    assert (month + count) - month == count


@given(MONTHS)
def test_every_written_form_reads_back(month: Month) -> None:
    forms = (str(month), month.period, month.spoken, f"{month.year}/{month.number}", f"{month.year}.{month.number:02d}")
    assert {Month.parse(form) for form in forms} == {month}


@pytest.mark.parametrize("text", ["2022-13", "2022", "八月", "", "2022-00", "22-08"])
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="month"):
        Month.parse(text)


def test_days_and_ranges() -> None:
    assert Month(2024, 2).last_day == date(2024, 2, 29)
    assert list(months_between(Month(2022, 11), Month(2023, 1))) == [Month(2022, 11), Month(2022, 12), Month(2023, 1)]
    assert not list(months_between(Month(2023, 1), Month(2022, 12)))


def test_half_a_fen_goes_up_per_person_before_adding() -> None:
    # domain rule: 27.785 -> 27.79; five people at 28.90 make 144.50
    assert TO_FEN.apply(Decimal("27.785")) == Decimal("27.79")
    assert sum((TO_FEN.apply(Decimal("28.9036")) for _ in range(5)), Decimal(0)) == Decimal("144.50")


def test_other_steps() -> None:
    assert Rounding(Decimal(10)).apply(Decimal(3455)) == Decimal(3460)
    assert Rounding(Decimal("0.1"), RoundingMode.UP).apply(Decimal("12.31")) == Decimal("12.40")


@given(st.decimals("0", "99999999", places=2))
def test_amounts_read_back_as_shown_and_as_sent(amount: Decimal) -> None:
    assert yuan(shown(amount)) == yuan(wire(amount)) == amount


@pytest.mark.parametrize("text", ["1E+4", "六千", "", "12.3.4", "NaN", "Infinity"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="amount"):
        yuan(text)


def test_amounts_as_people_write_them() -> None:
    assert yuan("￥３，４５０．５元") == Decimal("3450.5")

"""Checks of the yearly declaration of wages and of the payment that waits for it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from app.domain.findings import Finding, Where, error, warning
from app.domain.months import Month
from app.rules.registry import Case, check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.regions.pack import Item

YEARS = range(1990, 2100)


def insurance_year(month: Month, begins: str) -> int:
    """The year in which the insurance year of ``month`` begins; ``begins`` is its first day, "07-01" in 湖北."""
    return month.year if month.number >= int(begins[:2]) else month.year - 1


def declaring_year(item: Item, today: date) -> int:
    """The year that a declaration of wages made today is for: where there is a window, the one that last opened."""
    opens = next((use.settings["opens"] for use in item.checks if use.check == "wage-window"), None)
    return today.year - (opens is not None and today < date.fromisoformat(f"{today.year}-{opens}"))


@check("wage-window", "year")
def wage_window(case: Case) -> Iterator[Finding]:
    """The wages of ``year`` are declared from ``opens`` to ``closes``; later still, since the payment waits for them.

    宜昌 (seed 002, 宜社征发〔2023〕1号 三、五(四)): “2023年4月1日至2023年6月30日”; “从7月1日起，
    须先完成缴费工资申报后，方可办理单位缴费申报业务”.
    """
    text = case.values.get("year", "")
    if not text.isdecimal() or int(text) not in YEARS:
        if text:
            yield error("wage-year-wrong", where=Where(field="year"), year=text)
        return
    year, today = int(text), case.ground.today
    opens, closes = (date.fromisoformat(f"{year}-{case.settings[key]}") for key in ("opens", "closes"))
    if today < opens:
        yield error("wages-too-early", where=Where(field="year"), opens=_spoken(opens))
    elif today >= opens.replace(year=year + 1):
        yield error("wage-year-wrong", where=Where(field="year"), year=text)
    elif today > closes:
        yield warning("wages-late", where=Where(field="year"), closes=_spoken(closes))


@check("wages-declared", "month")
def wages_declared(case: Case) -> Iterator[Finding]:
    """A payment from ``begins`` on needs the wages of that insurance year (seed 002, 宜社征发〔2023〕1号 五(四))."""
    unit, text = case.ground.unit, case.values.get("month", "")
    if unit is None or unit.wages_declared_for is None or not text:
        return
    year = insurance_year(Month.parse(text), case.settings["begins"])
    if unit.wages_declared_for < year:
        yield error("wages-not-declared", where=Where(field="month"), year=year)


@check("wage-mean", "total", "months", "wage")
def wage_mean(case: Case) -> Iterator[Finding]:
    """Where the year's total and the months paid are told, the base declared agrees with their mean.

    Seed 002: “职工本人2022年度工资发放不足12个月的，按实际月数的平均工资申报”; seed 000's form has both columns.
    """
    total, months, wage = (case.values.get(key, "") for key in ("total", "months", "wage"))
    if not (total and months and wage) or not int(months):
        return
    step = max(case.region.base_step, Decimal("0.01"))
    mean = ((Decimal(total) / int(months)) / step).quantize(Decimal(1), rounding="ROUND_HALF_UP") * step
    if abs(mean - Decimal(wage)) >= max(step, Decimal(1)):
        yield warning("wage-not-mean", where=Where(field="wage"), mean=f"{mean:.2f}", wage=wage, months=months)


@check("months-paid-in-year", "months")
def months_paid_in_year(case: Case) -> Iterator[Finding]:
    """A year has one to twelve months of pay."""
    text = case.values.get("months", "")
    if text and not 1 <= int(text) <= 12:
        yield error("months-of-year", where=Where(field="months"))


def _spoken(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


@check("wage-year", "year")
def wage_year(case: Case) -> Iterator[Finding]:
    """Wages are declared for this year or, by those who are late, for the year before."""
    text = case.values.get("year", "")
    if text and not 0 <= case.ground.today.year - int(text) <= 1:
        yield error("wage-year-wrong", where=Where(field="year"), year=text)

"""Checks of when something may begin, end or be made good: windows counted in months from the current one."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from app.domain.findings import Finding, Where, error, warning
from app.domain.months import Month
from app.rules.ground import Standing
from app.rules.registry import PERSON, Case, check

if TYPE_CHECKING:
    from collections.abc import Iterator


def month_in(case: Case, key: str) -> Month | None:
    """The month of a date or month field; None where it is empty or no month."""
    text = case.values.get(key, "")
    try:
        return Month.parse(text[:7]) if text else None
    except ValueError:
        return None


@check("month-window", "$field")
def month_window(case: Case) -> Iterator[Finding]:
    """``field`` lies at most ``back`` months before the current month and not after it.

    浙江 (seed 001, 4.3.1 and 4.3.3): “可从办理的上月或者当月开始参保”, “停保时间可选择办理的上月或者当月”.
    """
    key = case.settings["field"]
    month = month_in(case, key)
    if month is None:
        return
    earliest = case.ground.month + -int(case.settings["back"])
    if not earliest <= month <= case.ground.month:
        yield error(
            "month-outside-window",
            where=Where(field=key),
            field=case.name_of(key),
            first=earliest.spoken,
            last=case.ground.month.spoken,
        )


@check("injury-begins-now", "$field", "insurances")
def injury_begins_now(case: Case) -> Iterator[Finding]:
    """浙江 (seed 001, 4.3.1): “工伤保险系统默认为当月参保”, whatever the start of the others."""
    key = case.settings["field"]
    month = month_in(case, key)
    if month and month < case.ground.month and "injury" in case.values.get("insurances", "").split(","):
        yield warning("injury-begins-now", where=Where(field=key), month=case.ground.month.spoken)


@check("certificate-locks-stop", PERSON)
def certificate_locks_stop(case: Case) -> Iterator[Finding]:
    """浙江 (seed 001, 6.4): “当月在浙江政务网上打印参保证明后就不能办理中断停保手续，至少缴满一个月，可在次月办理”."""
    person = case.person
    if person and person.certified_in and person.certified_in >= case.ground.month:
        yield error(
            "certificate-locks-stop",
            where=Where(field="identity"),
            person=person.name,
            month=person.certified_in.spoken,
            next_month=(person.certified_in + 1).spoken,
        )


@check("months-in-order", "first", "last")
def months_in_order(case: Case) -> Iterator[Finding]:
    """The first month of a span is not after its last."""
    first, last = month_in(case, "first"), month_in(case, "last")
    if first and last and last < first:
        yield error("months-reversed", where=Where(field="last"), first=first.spoken, last=last.spoken)


@check("months-back", "first", "last")
def months_back(case: Case) -> Iterator[Finding]:
    """``first`` to ``last`` are among the ``months`` before the current one.

    湖北 (seed 002, 常见问题 8): “可以为职工补缴当前月份以前3个月的社保费，如：当前为2023年4月，
    可为职工办理2023年1-3月”; 24 the same for refunds.
    """
    limit = int(case.settings["months"])
    earliest = case.ground.month + -limit
    first, last = month_in(case, "first"), month_in(case, "last")
    if first and first < earliest:
        yield error("back-month-too-far", where=Where(field="first"), months=limit, earliest=earliest.spoken)
    if last and last >= case.ground.month:
        yield error("back-month-not-past", where=Where(field="last"), current=case.ground.month.spoken)


@check("months-not-declared", PERSON, "first", "identity")
def months_not_declared(case: Case) -> Iterator[Finding]:
    """What is made good was not declared before: the unit's months, or the person's where one is named.

    核心平台三版: “月份…已缴费,请更正开始年月和结束年月！”.
    """
    first = month_in(case, "first")
    identity = case.values.get("identity", "")
    person, unit = case.person, case.ground.unit
    declared = None
    if identity:
        declared = person.declared_until if person and person.standing is Standing.ACTIVE_HERE else None
    elif unit:
        declared = unit.last_period
    if first and declared and first <= declared:
        yield error("months-declared", where=Where(field="first"), until=declared.spoken)


@check("not-after-day")
def not_after_day(case: Case) -> Iterator[Finding]:
    """The item ended on ``day``: 缓缴补缴 “在2023年12月31日前” (seed 002, 社保费缓缴政策)."""
    day = date.fromisoformat(case.settings["day"])
    if case.ground.today > day:
        yield error("offer-ended", where=Where(), day=f"{day.year}年{day.month}月{day.day}日")


@check("months-within", "first", "last")
def months_within(case: Case) -> Iterator[Finding]:
    """``first`` to ``last`` lie within the months ``from`` and ``to`` for which the item was made."""
    earliest, latest = Month.parse(case.settings["from"]), Month.parse(case.settings["to"])
    for key in ("first", "last"):
        month = month_in(case, key)
        if month and not earliest <= month <= latest:
            yield error("month-not-offered", where=Where(field=key), first=earliest.spoken, last=latest.spoken)

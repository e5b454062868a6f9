"""Checks of refunds: what was paid too much after a stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.findings import Finding, Where, error
from app.rules.ground import Standing
from app.rules.registry import PERSON, Case, check
from app.rules.windows import month_in

if TYPE_CHECKING:
    from collections.abc import Iterator


@check("refund-after-stop", PERSON, "identity", "first")
def refund_after_stop(case: Case) -> Iterator[Finding]:
    """湖北 (seed 002, 常见问题 24): “单位需先为职工办理‘单位职工社会保险暂停’…停保当月不可以为职工办理多缴退费”."""
    if case.ground.people is None or not case.values.get("identity"):
        return
    person, first = case.person, month_in(case, "first")
    if person is None or person.standing not in (Standing.ACTIVE_HERE, Standing.PAUSED_HERE):
        yield error("person-not-here", where=Where(field="identity"))
    elif person.stopped_from is None:
        yield error("refund-needs-stop", where=Where(field="identity"), person=person.name)
    elif first and first < person.stopped_from:
        yield error("refund-stop-month", where=Where(field="first"), earliest=person.stopped_from.spoken)


@check("refund-of-paid", PERSON, "last")
def refund_of_paid(case: Case) -> Iterator[Finding]:
    """Only what was paid is paid back."""
    person, last = case.person, month_in(case, "last")
    if person and last and person.stopped_from and (person.paid_until is None or person.paid_until < last):
        until = "—" if person.paid_until is None else person.paid_until.spoken
        yield error("refund-not-paid", where=Where(field="last"), until=until)


@check("bank-account-known")
def bank_account_known(case: Case) -> Iterator[Finding]:
    """湖北 (seed 002, 常见问题 25): “前提是单位必须存在退收银行账号，若不存在可在单位一般信息变更中添加银行账号”."""
    unit = case.ground.unit
    if unit and not unit.bank_account:
        yield error("bank-account-missing", where=Where())

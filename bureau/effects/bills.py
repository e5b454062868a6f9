"""The month is declared, billed, and a bill taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from app.domain.findings import error
from app.domain.months import Month
from bureau import billing, charges, tax, wages
from bureau.case import NOTHING, Outcome
from bureau.charges import ChargeState, Kind
from bureau.errors import Declined
from bureau.models import Charge, Declaration, Notice

if TYPE_CHECKING:
    from bureau.case import Case


def payment(case: Case) -> Outcome:
    """Everybody insured in ``month`` is charged; where the region has no notice of its own, billed in the same step.

    Raises Declined where the wages of the year are not declared (宜昌: seed 002, 宜社征发〔2023〕1号 五(四)).
    """
    month, insurances = Month.parse(case.values["month"]), case.listed("insurances")
    lacking = wages.undeclared(case.session, case.region, case.unit, month)
    if lacking:
        year = wages.year_of(case.region, month)
        raise Declined(error("wages-not-declared", year=year, count=lacking))
    due = charges.of_month(case.session, case.region, case.unit, month, insurances)
    charges.book(case.session, case.unit, due, case.filing_id)
    case.unit.last_period = month
    case.session.add(
        Declaration(
            unit_number=case.unit.number, month=month, insurances=",".join(insurances), filing_id=case.filing_id
        )
    )
    case.session.flush()
    if case.region.payment.separate_notice or not charges.unbilled(case.session, case.unit):
        return NOTHING
    return notice(case)


def notice(case: Case) -> Outcome:
    """Everything charged and not billed yet becomes a bill."""
    issued = billing.issue(case.office, case.session, case.unit, Month.parse(case.values["month"]), case.now)
    return Outcome(notice=issued.number)


def revoke(case: Case) -> Outcome:
    """The bill is void and what it billed can be billed again.

    Where a declaration is its own bill the declaration is undone with it, or the month could never be billed anew
    (seed 000, 二.8(15): “联系业务人员撤消单据…重新生成单据”). Raises Declined for a bill that is paid or on its way, or
    that a voucher was printed for (陕西, seed 003: “如果已开票请先进行票证作废，再去人社办理撤销业务”).
    """
    bill = _open_bill(case)
    tax.cancel(case.session, case.region, bill)
    bill.state, bill.next_at = "revoked", None
    for charge in case.session.scalars(select(Charge).where(Charge.notice_number == bill.number)):
        charge.state, charge.notice_number = ChargeState.UNBILLED.value, None
    case.session.flush()
    if not case.region.payment.separate_notice:
        _undo_declaration(case, bill.month)
    return Outcome(notice=bill.number)


def _open_bill(case: Case) -> Notice:
    number = case.values.get("bill") or case.values.get("number", "")
    bill = case.session.get(Notice, number) if number else None
    if not number:
        mine = select(Notice).where(Notice.unit_number == case.unit.number, Notice.state == "open")
        bill = case.session.scalar(mine.order_by(Notice.number.desc()).limit(1))
    if bill is None or bill.unit_number != case.unit.number:
        raise Declined(error("bill-unknown", bill=number))
    if bill.state != "open" or bill.ordered_at is not None:
        raise Declined(error("bill-not-open", bill=bill.number))
    return bill


def _undo_declaration(case: Case, month: Month) -> None:
    declared = case.session.get(Declaration, (case.unit.number, month))
    if declared is None:
        return
    case.session.delete(declared)
    normal = select(Charge).where(
        Charge.unit_number == case.unit.number,
        Charge.month == month,
        Charge.kind != Kind.BACK.value,
        Charge.state == ChargeState.UNBILLED.value,
    )
    for charge in case.session.scalars(normal):
        case.session.delete(charge)
    case.session.flush()
    last = select(func.max(Declaration.month)).where(Declaration.unit_number == case.unit.number)
    case.unit.last_period = case.session.scalar(last) or month + -1
    case.session.flush()

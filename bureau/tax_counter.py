"""The tax office's own counter: what only it can do (seed 003, 三.3: “目前只能在局端实现”)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from app.domain.findings import error
from app.domain.money import wire
from app.errors import InputRefused, UsageError
from bureau import settlement, tax
from bureau.errors import Declined
from bureau.models import Notice, Unit
from bureau.registers import TaxBill, TaxVoucher

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from sqlalchemy.orm import Session

    from bureau.office import Office


def bills(office: Office) -> list[dict[str, Any]]:
    """Every bill that the tax office sees by now, newest first."""
    now = office.settle()
    with office.database.read() as session:
        seen = select(TaxBill).where(TaxBill.visible_at <= now).order_by(TaxBill.number.desc())
        return [_told(session, one) for one in session.scalars(seen)]


def void_voucher(office: Office, identifier: str) -> dict[str, Any]:
    """作废 of a voucher that is not paid; the bill can be paid or vouched for anew. Raises UsageError, InputRefused."""
    office.settle()
    with office.database.write() as session:
        voucher = _voucher(session, identifier)
        _must_be_open(voucher)
        voucher.state = tax.VOID
        return _told(session, session.get_one(TaxBill, voucher.number))


def pay_voucher(office: Office, identifier: str, amount: Decimal | None = None) -> dict[str, Any]:
    """The unit takes the voucher to its bank; ``amount`` (yuan) beyond it becomes 待转金.

    Raises UsageError, and InputRefused after the voucher's last day or for less than it is made out for.
    """
    now = office.settle()
    with office.database.write() as session:
        voucher = _voucher(session, identifier)
        _must_be_open(voucher)
        if now.date() > voucher.deadline:
            deadline = voucher.deadline.isoformat()
            raise _refused(Declined(error("tax-voucher-late", voucher=voucher.id, deadline=deadline)))
        _pay(office, session, voucher.number, now, amount)
        return _told(session, session.get_one(TaxBill, voucher.number))


def lock(office: Office, number: str) -> dict[str, Any]:
    """Play that the bank does not answer a debit: 实时扣款状态不明. Raises UsageError, InputRefused."""
    office.settle()
    with office.database.write() as session:
        bill = _bill(session, number)
        if bill.state != tax.DECLARED:
            raise _refused(Declined(error("tax-bill-state", bill=number, state=bill.state)))
        bill.state = tax.LOCKED
        return _told(session, bill)


def resolve(office: Office, number: str, *, paid: bool) -> dict[str, Any]:
    """Look up by hand (单笔处理) what became of a locked debit. Raises UsageError, InputRefused."""
    now = office.settle()
    with office.database.write() as session:
        bill = _bill(session, number)
        if bill.state != tax.LOCKED:
            raise _refused(Declined(error("tax-bill-state", bill=number, state=bill.state)))
        bill.state = tax.DECLARED
        if paid:
            _pay(office, session, number, now)
        return _told(session, bill)


def _pay(office: Office, session: Session, number: str, now: datetime, amount: Decimal | None = None) -> None:
    notice = session.get_one(Notice, number)
    unit = session.get_one(Unit, notice.unit_number)
    try:
        settlement.order_payment(office, session, notice, unit, now, amount)
    except Declined as declined:
        raise _refused(declined) from declined
    settlement.settle(office, session, now)


def _bill(session: Session, number: str) -> TaxBill:
    bill = session.get(TaxBill, number)
    if bill is None:
        raise UsageError("notice-unknown", number=number)
    return bill


def _voucher(session: Session, identifier: str) -> TaxVoucher:
    voucher = session.get(TaxVoucher, identifier)
    if voucher is None:
        raise UsageError("notice-unknown", number=identifier)
    return voucher


def _must_be_open(voucher: TaxVoucher) -> None:
    if voucher.state != tax.VOUCHER_OPEN:
        raise _refused(Declined(error("tax-voucher-state", voucher=voucher.id, state=voucher.state)))


def _refused(declined: Declined) -> InputRefused:
    return InputRefused(findings=[declined.finding], count=1)


def _told(session: Session, bill: TaxBill) -> dict[str, Any]:
    printed = select(TaxVoucher).where(TaxVoucher.number == bill.number).order_by(TaxVoucher.id)
    return {
        "number": bill.number,
        "unit": bill.unit_number,
        "month": str(bill.month),
        "amount": wire(bill.amount),
        "state": bill.state,
        "cancelled": bill.cancelled,
        "vouchers": [
            {"voucher": one.id, "deadline": one.deadline.isoformat(), "state": one.state}
            for one in session.scalars(printed)
        ],
    }

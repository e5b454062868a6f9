"""The tax office: bills that reach it, their declaration and payment, bank vouchers with their deadlines.

In regions whose units only have an agreement (枣庄, 湖北) a bill is debited by itself and this is what is seen of it;
where ``conduct.self_service_tax`` the unit declares and pays here (陕西, seed 003).
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from app.domain.findings import error
from app.domain.months import Month
from app.regions.pack import TaxDelay
from bureau.errors import Declined
from bureau.models import CHINA, Notice
from bureau.numbering import next_number
from bureau.registers import TaxBill, TaxRecord, TaxVoucher

if TYPE_CHECKING:
    from decimal import Decimal

    from sqlalchemy.orm import Session

    from app.regions.pack import Region
    from bureau.models import Unit

NOT_DECLARED: Final = "未申报"
DECLARED: Final = "申报成功待缴款"
PAID: Final = "已缴款"
VOID: Final = "已作废"
LOCKED: Final = "实时扣款状态不明"
CANCELLED: Final = "社保已撤销，勿缴"
VOUCHER_OPEN: Final = "未缴款"


def visible_at(region: Region, issued_at: datetime) -> datetime:
    """When a bill issued then is seen at the tax office: after the stage's minutes, or at the exchange at midnight."""
    if region.conduct.tax_delay is TaxDelay.NIGHTLY:
        return datetime.combine(issued_at.date() + timedelta(days=1), time(), CHINA)
    stage = next((one for one in region.payment.stages if one.by == "unit"), None)
    return issued_at + timedelta(minutes=stage.minutes if stage else 0)


def receive(session: Session, region: Region, notice: Notice, offset: Decimal, now: datetime) -> None:
    """A bill is sent to the tax office."""
    session.add(
        TaxBill(
            number=notice.number,
            unit_number=notice.unit_number,
            month=notice.month,
            amount=notice.total,
            offset=offset,
            visible_at=visible_at(region, now),
            state=NOT_DECLARED,
            cancelled=False,
        )
    )
    session.flush()


def settled(session: Session, notice: Notice, state: str, at: datetime) -> None:
    """What happened to a bill happened at the tax office too: it was paid, or ran out."""
    bill = session.get(TaxBill, notice.number)
    if bill is None:  # from before this system kept them
        return
    bill.state = state
    for one in session.scalars(select(TaxRecord).where(TaxRecord.number == bill.number, TaxRecord.state == DECLARED)):
        one.state, one.feedback = state, f"{at:%Y-%m-%d %H:%M} {state}"
    for voucher in _vouchers(session, bill):
        voucher.state = state
    session.flush()


def cancel(session: Session, region: Region, notice: Notice) -> None:
    """The bureau has revoked the bill. At the tax office it lives on where ``cancelled_bill_lives_on`` says so.

    “社保系统撤销后税务系统并未撤销，重新生成单据后，税务会显示有两张单据” (seed 000, 二.8(15)). Raises Declined once a
    voucher is printed, or while nobody knows whether it was debited.
    """
    bill = session.get(TaxBill, notice.number)
    if bill is None:
        return
    if bill.state == LOCKED:
        raise Declined(error("tax-bill-locked", bill=bill.number))
    if _vouchers(session, bill):
        raise Declined(error("tax-voucher-first", bill=bill.number))
    bill.cancelled = True
    if not region.conduct.cancelled_bill_lives_on:
        bill.state = VOID
        for one in session.scalars(select(TaxRecord).where(TaxRecord.number == bill.number)):
            one.state = VOID
    session.flush()


def bill_of(session: Session, unit: Unit, number: str, now: datetime) -> TaxBill:
    """The unit's bill as the tax office has it by now. Raises Declined where it has not come or is not to be paid."""
    bill = session.get(TaxBill, number)
    if bill is None or bill.unit_number != unit.number:
        raise Declined(error("bill-unknown", bill=number))
    if bill.visible_at > now:
        raise Declined(error("tax-bill-not-there", bill=number, at=f"{bill.visible_at:%Y-%m-%d %H:%M}"))
    if bill.cancelled:
        raise Declined(error("tax-bill-cancelled", bill=number))
    if bill.state == LOCKED:
        raise Declined(error("tax-bill-locked", bill=number))
    return bill


def declare(session: Session, bill: TaxBill, now: datetime) -> None:
    """提交申报; the feedback is there at once. Raises Declined where it was declared already."""
    if bill.state != NOT_DECLARED:
        raise Declined(error("tax-bill-state", bill=bill.number, state=bill.state))
    bill.state = DECLARED
    session.add(TaxRecord(number=bill.number, at=now, state=DECLARED, feedback="申报成功"))
    session.flush()


def void(session: Session, bill: TaxBill) -> None:
    """作废 of a declaration that is not paid and has no voucher. Raises Declined."""
    if bill.state != DECLARED:
        raise Declined(error("tax-bill-state", bill=bill.number, state=bill.state))
    if _vouchers(session, bill):
        raise Declined(error("tax-voucher-first", bill=bill.number))
    bill.state = NOT_DECLARED
    for one in session.scalars(select(TaxRecord).where(TaxRecord.number == bill.number, TaxRecord.state == DECLARED)):
        one.state = VOID
    session.flush()


def to_be_paid(session: Session, bill: TaxBill) -> None:
    """Raises Declined unless the bill is declared, not paid, and no voucher is out for it."""
    if bill.state != DECLARED:
        raise Declined(error("tax-bill-state", bill=bill.number, state=bill.state))
    if _vouchers(session, bill):
        raise Declined(error("tax-voucher-first", bill=bill.number))


def print_voucher(session: Session, bill: TaxBill, now: datetime) -> TaxVoucher:
    """A bank voucher for a declared bill. The same again while one is out, with its deadline (seed 003, 三.3 注意3)."""
    for voucher in _vouchers(session, bill):
        return voucher
    if bill.state != DECLARED:
        raise Declined(error("tax-bill-state", bill=bill.number, state=bill.state))
    void_after, last = session.get_one(Notice, bill.number).void_after, Month.of(now.date()).last_day
    voucher = TaxVoucher(
        id=f"{now:%Y%m%d}{next_number(session, 'voucher'):010d}",
        number=bill.number,
        amount=bill.amount,
        printed_at=now,
        deadline=min(void_after, last) if void_after else last,
        state=VOUCHER_OPEN,
    )
    session.add(voucher)
    session.flush()
    return voucher


def _vouchers(session: Session, bill: TaxBill) -> list[TaxVoucher]:
    """The vouchers of a bill that are out."""
    out = select(TaxVoucher).where(TaxVoucher.number == bill.number, TaxVoucher.state == VOUCHER_OPEN)
    return list(session.scalars(out))

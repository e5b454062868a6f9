"""What a unit does at the tax office by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.findings import error
from app.domain.money import wire
from app.domain.notices import RosterForm
from bureau import settlement, tax
from bureau.case import NOTHING, Outcome
from bureau.documents import issue
from bureau.errors import Declined
from bureau.models import Notice

if TYPE_CHECKING:
    from bureau.case import Case
    from bureau.registers import TaxBill


def declare(case: Case) -> Outcome:
    """提交申报."""
    tax.declare(case.session, _bill(case), case.now)
    return NOTHING


def void(case: Case) -> Outcome:
    """作废 of a declaration."""
    tax.void(case.session, _bill(case))
    return NOTHING


def pay(case: Case) -> Outcome:
    """立即缴款: debited at once by the tripartite agreement, or a voucher to take to the bank.

    Raises Declined for a unit that has no agreement: “使用‘三方协议’方式缴款的前提是签订税库银三方协议” (seed 003).
    """
    bill = _bill(case)
    if case.values["way"] != "tripartite":
        voucher = tax.print_voucher(case.session, bill, case.now)
        header = {
            "unit_number": case.unit.number,
            "unit_name": case.unit.name,
            "bill": bill.number,
            "voucher": voucher.id,
            "amount": wire(voucher.amount),
            "deadline": voucher.deadline.isoformat(),
        }
        return Outcome(
            document=issue(case, "tax-voucher", bill.number, RosterForm(title="银行端缴款凭证", header=header))
        )
    tax.to_be_paid(case.session, bill)
    if not case.unit.tripartite:
        raise Declined(error("no-agreement"))
    notice = case.session.get_one(Notice, bill.number)
    settlement.order_payment(case.office, case.session, notice, case.unit, case.now)
    settlement.settle(case.office, case.session, case.now)
    return Outcome(notice=bill.number)


def _bill(case: Case) -> TaxBill:
    return tax.bill_of(case.session, case.unit, case.values["bill"], case.now)

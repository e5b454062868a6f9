"""The unit's registers as its clerk may know them, so that nothing is refused that could have been seen before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from bureau import tax
from bureau.models import Charge, Notice
from bureau.registers import BankAccount, Handler, Rostered, TaxBill, TaxVoucher

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from bureau.models import Unit


def registers(session: Session, unit: Unit, now: datetime) -> dict[str, dict[str, str]]:
    """Entries by register and key; the value is the day from which an entry of a roster holds, empty elsewhere."""
    handlers = session.scalars(select(Handler.identity).where(Handler.unit_number == unit.number))
    accounts = session.scalars(select(BankAccount.account).where(BankAccount.unit_number == unit.number))
    rostered = session.scalars(select(Rostered).where(Rostered.unit_number == unit.number, Rostered.until.is_(None)))
    return {
        "handlers": dict.fromkeys(handlers, ""),
        "bank-accounts": dict.fromkeys(accounts, ""),
        "rosters": {f"{one.project}/{one.identity}": one.since.isoformat() for one in rostered},
        "revocable-bills": dict.fromkeys(_revocable(session, unit), ""),
        "deferrable": _months(session, unit, "unbilled"),
        "deferred": _months(session, unit, "deferred"),
        **_at_the_tax_office(session, unit, now),
    }


def _revocable(session: Session, unit: Unit) -> list[str]:
    """Bills that are open, not ordered to be paid, and not held fast at the tax office."""
    held = select(TaxBill.number).where(TaxBill.state == tax.LOCKED)
    vouchers = select(TaxVoucher.number).where(TaxVoucher.state == tax.VOUCHER_OPEN)
    query = select(Notice.number).where(
        Notice.unit_number == unit.number,
        Notice.state == "open",
        Notice.ordered_at.is_(None),
        Notice.number.not_in(held),
        Notice.number.not_in(vouchers),
    )
    return list(session.scalars(query))


def _months(session: Session, unit: Unit, state: str) -> dict[str, str]:
    """Months and insurances in which something is charged and stands so."""
    query = select(Charge.month, Charge.insurance).distinct()
    rows = session.execute(query.where(Charge.unit_number == unit.number, Charge.state == state))
    return {f"{month}/{insurance}": "" for month, insurance in rows}


def _at_the_tax_office(session: Session, unit: Unit, now: datetime) -> dict[str, dict[str, str]]:
    bills = session.scalars(
        select(TaxBill).where(
            TaxBill.unit_number == unit.number, TaxBill.visible_at <= now, TaxBill.cancelled.is_(False)
        )
    ).all()
    with_voucher = set(session.scalars(select(TaxVoucher.number).where(TaxVoucher.state == tax.VOUCHER_OPEN)))
    declared = [one.number for one in bills if one.state == tax.DECLARED and one.number not in with_voucher]
    return {
        "tax-bills-to-declare": {one.number: "" for one in bills if one.state == tax.NOT_DECLARED},
        "tax-bills-declared": dict.fromkeys(declared, ""),
    }

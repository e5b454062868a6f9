"""Refunds on their way: asked for, then paid to the unit's account when their day comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, exists, select

from bureau.charges import ChargeState
from bureau.models import Charge
from bureau.registers import Refund

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session


def due(session: Session, now: datetime) -> bool:
    """Whether a refund is to be paid by ``now``."""
    return bool(session.scalar(select(exists().where(Refund.next_at <= now))))


def pay_out(session: Session, now: datetime) -> None:
    """Pay what is due; the charge it gives back is gone then, so that the month can be charged again."""
    for refund in session.scalars(select(Refund).where(Refund.next_at <= now)).all():
        refund.paid_at, refund.next_at = refund.next_at, None
        session.execute(
            delete(Charge).where(
                Charge.unit_number == refund.unit_number,
                Charge.person_id == refund.person_id,
                Charge.insurance == refund.insurance,
                Charge.month == refund.month,
                Charge.state == ChargeState.REFUNDING.value,
            )
        )
    session.flush()

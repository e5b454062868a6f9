"""滞纳金: 社会保险法第八十六条, 自欠缴之日起按日加收万分之五."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from app.domain.months import Month

if TYPE_CHECKING:
    from datetime import date

    from app.regions.pack import Region

PARAMETER = "late-fee.daily-rate"


def late_fee(region: Region, owed: Decimal, due: date, paid: date) -> tuple[int, Decimal]:
    """Days late and the fee in yuan on ``owed`` yuan that were due on ``due`` and paid on ``paid``.

    The day after ``due`` is the first that counts. Paid in time costs nothing. Raises ParameterUnknown.
    """
    days = max(0, (paid - due).days)
    rate = region.parameters[PARAMETER].used(Month.of(due)).amount
    return days, region.amount_rounding.apply(owed * rate * days)

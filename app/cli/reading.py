"""Values from the command line, each refused by what it should have been."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from app.domain.money import FEN, yuan
from app.domain.months import Month
from app.errors import UsageError

#: More than any employer declares; beyond it the zeros were mistyped.
_MOST = Decimal(10**12)


def read_month(text: str) -> Month:
    """A month written YYYY-MM. Raises UsageError."""
    try:
        return Month.parse(text)
    except ValueError:
        raise UsageError("month-unreadable", value=text) from None


def read_day(text: str) -> date:
    """A day written YYYY-MM-DD. Raises UsageError."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError("day-unreadable", value=text) from None


def read_amount(text: str, *, least: Decimal | None = None) -> Decimal:
    """An amount in yuan with no part of a fen, not under ``least``. Raises UsageError."""
    try:
        amount = yuan(text)
    except ValueError:
        raise UsageError("amount-unreadable", value=text) from None
    if abs(amount) >= _MOST or (least is not None and amount < least):
        raise UsageError("amount-out-of-range", value=text)
    if amount != amount.quantize(FEN):
        raise UsageError("amount-below-fen", value=text)
    return amount


def read_count(text: str, name: str) -> int:
    """A whole number from 1 on; ``name`` is the option that it was given for. Raises UsageError."""
    if not re.fullmatch(r"[1-9][0-9]{0,3}", text):
        raise UsageError("count-unreadable", value=text, name=name)
    return int(text)

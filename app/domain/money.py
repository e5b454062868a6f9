"""Amounts in yuan as Decimal, and the rounding that regions prescribe. No float comes near."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal, InvalidOperation
from enum import StrEnum
from typing import NamedTuple

FEN = Decimal("0.01")


class RoundingMode(StrEnum):
    """How what lies between two steps is decided."""

    HALF_UP = "half-up"
    UP = "up"


class Rounding(NamedTuple):
    """A step in yuan (0.01 fen, 0.1 jiao, 10 for a base) and a mode."""

    step: Decimal = FEN
    mode: RoundingMode = RoundingMode.HALF_UP

    def apply(self, amount: Decimal) -> Decimal:
        """``amount`` on the nearest step, with two decimals."""
        how = ROUND_HALF_UP if self.mode is RoundingMode.HALF_UP else ROUND_CEILING
        steps = (amount / self.step).quantize(Decimal(1), rounding=how)
        return (steps * self.step).quantize(FEN)


TO_FEN = Rounding()


def yuan(text: str) -> Decimal:
    """Read an amount such as ``3,450.5`` or ``￥3450``. Raises ValueError for anything else.

    Full-width digits are accepted; exponent forms are not: a clerk who sees ``1E+4`` should see it refused.
    """
    plain = text.strip().translate(_FULL_WIDTH).replace(",", "").removeprefix("¥").removesuffix("元").strip()
    if not plain or any(letter not in "0123456789.-" for letter in plain):
        msg = f"not an amount: {text!r}"
        raise ValueError(msg)
    try:
        return Decimal(plain)
    except InvalidOperation:
        msg = f"not an amount: {text!r}"
        raise ValueError(msg) from None


def wire(amount: Decimal) -> str:
    """The amount as it travels and is signed: two decimals, no grouping."""
    return f"{amount.quantize(FEN):f}"


def shown(amount: Decimal) -> str:
    """The amount as a clerk reads it: ``1,234.50``."""
    return f"{amount.quantize(FEN):,f}"


_FULL_WIDTH = {ord(full): half for full, half in zip("０１２３４５６７８９．，－￥", "0123456789.,-¥", strict=True)}

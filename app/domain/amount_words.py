"""Amounts in words (大写金额), as a bill needs them beside the figures.

Rules: 支付结算办法（银发〔1997〕393号）附一《正确填写票据和结算凭证的基本规定》, sections 1 and 2. Where it leaves a
choice, one form is always taken: no 零 where zeros end the part that 元 or 万 closes and the next digit is not zero
(1680.32 → 壹仟陆佰捌拾元叁角贰分), and 整 after 角 as after 元. The sample notice of seed 002 agrees: 204.93 →
贰佰零肆元玖角叁分.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

_DIGITS: Final = "零壹贰叁肆伍陆柒捌玖"
_PLACES: Final = ("", "拾", "佰", "仟")
_WAN: Final = 10**4
_YI: Final = 10**8
_LIMIT: Final = Decimal(10**16)


def in_words(amount: Decimal) -> str:
    """``amount`` in yuan as Chinese financial capitals, e.g. ``贰佰零肆元玖角叁分``.

    Negative amounts (refunds) begin with 负. Raises ValueError for fractions of a fen, for amounts of 10^16 yuan and
    more, and for what is not a number: a bill must never state another amount in words than in figures.
    """
    if not amount.is_finite() or abs(amount) >= _LIMIT:
        msg = f"no amount to write in words: {amount}"
        raise ValueError(msg)
    fen_in_all = abs(amount) * 100
    if fen_in_all != fen_in_all.to_integral_value():
        msg = f"not a whole number of fen: {amount}"
        raise ValueError(msg)
    yuan, rest = divmod(int(fen_in_all), 100)
    jiao, fen = divmod(rest, 10)
    if not yuan and not rest:
        return "零元整"
    sign = "负" if amount < 0 else ""
    return f"{sign}{_whole(yuan) + '元' if yuan else ''}{_fraction(jiao, fen, after_yuan=bool(yuan))}"


def _fraction(jiao: int, fen: int, *, after_yuan: bool) -> str:
    if not jiao and not fen:
        return "整"
    tenths = f"{_DIGITS[jiao]}角" if jiao else "零" if after_yuan else ""
    return tenths + (f"{_DIGITS[fen]}分" if fen else "整")


def _whole(number: int) -> str:
    """A positive whole number, 亿 and 万 applied to groups of four digits."""
    for unit, name in ((_YI, "亿"), (_WAN, "万")):
        high, low = divmod(number, unit)
        if high:
            # The zero is read wherever the lower part does not fill its first place.
            gap = "零" if low and low < unit // 10 else ""
            return f"{_whole(high)}{name}{gap}{_whole(low) if low else ''}"
    return _group(number)


def _group(number: int) -> str:
    """A number from 1 to 9999; runs of zeros inside it become one 零, those at its end none."""
    words = ""
    for place in range(3, -1, -1):
        digit = number // 10**place % 10
        if digit:
            words += _DIGITS[digit] + _PLACES[place]
        elif words and not words.endswith("零"):
            words += "零"
    return words.rstrip("零")

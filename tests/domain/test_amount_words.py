"""Amounts in words: the examples of the rule book and the seed, and every amount read back."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.domain.amount_words import in_words

_DIGITS = {word: digit for digit, word in enumerate("零壹贰叁肆伍陆柒捌玖")}
_PLACES = {"拾": 10, "佰": 100, "仟": 1000}


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("204.93", "贰佰零肆元玖角叁分"),  # seed 002, the notice of 随州
        ("1409.50", "壹仟肆佰零玖元伍角整"),  # 支付结算办法 附一, the examples of section 2, 整 added after 角
        ("6007.14", "陆仟零柒元壹角肆分"),
        ("1680.32", "壹仟陆佰捌拾元叁角贰分"),
        ("107000.53", "壹拾万柒仟元伍角叁分"),
        ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
        ("325.04", "叁佰贰拾伍元零肆分"),
        ("869.40", "捌佰陆拾玖元肆角整"),
        ("0", "零元整"),
        ("0.00", "零元整"),
        ("0.05", "伍分"),
        ("0.50", "伍角整"),
        ("1", "壹元整"),
        ("10", "壹拾元整"),
        ("1000500", "壹佰万零伍佰元整"),
        ("100000001", "壹亿零壹元整"),
        ("101000000", "壹亿零壹佰万元整"),
        ("1000010000", "壹拾亿零壹万元整"),
        ("200000000000.10", "贰仟亿元壹角整"),
        ("1000000000000", "壹万亿元整"),
        ("-204.93", "负贰佰零肆元玖角叁分"),
    ],
)
def test_examples(amount: str, words: str) -> None:
    assert in_words(Decimal(amount)) == words


@pytest.mark.parametrize("amount", ["0.001", "NaN", "Infinity", "1E+16", "-10000000000000000"])
def test_what_has_no_words_is_refused(amount: str) -> None:
    with pytest.raises(ValueError, match=r"amount|fen"):
        in_words(Decimal(amount))


@given(st.integers(-(10**18) + 1, 10**18 - 1))
@example(10**18 - 1)
@example(10_000_000_01)
def test_words_read_back_to_the_same_amount(fen: int) -> None:
    words = in_words(Decimal(fen) / 100)
    assert _read_back(words) == fen
    assert "零零" not in words
    assert not any(wrong in words for wrong in ("零万", "零亿", "零元") if words != "零元整")
    assert words.endswith("分") != words.endswith("整")


def _read_back(words: str) -> int:
    """Fen, by a reader that shares nothing with the writer: split at the units, then add up digit by digit."""
    sign = -1 if words.startswith("负") else 1
    text = words.removeprefix("负").removesuffix("整")
    whole, _, rest = text.rpartition("元")
    jiao, _, fen = rest.rpartition("角")
    return sign * (_number(whole) * 100 + _number(jiao) * 10 + _number(fen.removesuffix("分")))


def _number(words: str) -> int:
    for name, unit in (("亿", 10**8), ("万", 10**4)):
        high, found, low = words.rpartition(name)
        if found:
            return _number(high) * unit + _number(low)
    total = digit = 0
    for word in words:
        if word in _PLACES:
            total, digit = total + digit * _PLACES[word], 0
        else:
            digit = _DIGITS[word]
    return total + digit

"""What is said of a UKey's certificate."""

from __future__ import annotations

from app.workflows.keycard import KeyCard, Validity


def validity_words(card: KeyCard) -> tuple[str, str]:
    """The sentence and its tone ("" for plain)."""
    until = f"{card.not_after:%Y-%m-%d}" if card.not_after else ""
    return {
        Validity.GOOD: (f"证书有效到 {until}", ""),
        Validity.SOON_OVER: (f"证书还有 {card.days_left} 天过期（{until}），尽早办理延期", "warning"),
        Validity.OVER: (f"证书已于 {until} 过期，要到发放 UKey 的机构办理延期", "error"),
        Validity.NOT_YET: ("证书还没有生效，先看电脑的日期对不对", "warning"),
        Validity.NONE: ("这把 UKey 里没有可用来签名的证书", "error"),
    }[card.validity]

"""What is told of a UKey before its PIN is asked for: whose it is, and how long its certificate holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from app.workflows.drivers import known_families

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from pkcs11_drivers.model import Token


class Validity(StrEnum):
    """How a certificate stands on a day."""

    GOOD = "good"
    SOON_OVER = "soon-over"
    OVER = "over"
    NOT_YET = "not-yet"
    NOT_FOR_SIGNING = "not-for-signing"
    NONE = "none"


EXPIRY_WARNED = timedelta(days=105)
"""The month of the old web pages' own warning and two more: an extension takes papers and days."""


def validity_sentence(card: KeyCard) -> tuple[str, str, str]:
    """What is said of a certificate's time, what to do about it, and the tone ("" for plain)."""
    until = f"{card.not_after:%Y-%m-%d}" if card.not_after else ""
    extend = "到发放 UKey 的机构办理延期"
    return {
        Validity.GOOD: (f"证书有效到 {until}", "", ""),
        Validity.SOON_OVER: (f"证书还有 {card.days_left} 天过期（{until}）", f"尽早{extend}。", "warning"),
        Validity.OVER: (f"证书已于 {until} 过期", f"要{extend}，延期之前不能登录。", "error"),
        Validity.NOT_YET: ("证书还没有生效", "先看电脑的日期对不对；日期没错，问发放 UKey 的机构。", "warning"),
        Validity.NOT_FOR_SIGNING: (
            "这把 UKey 里的证书不是签名用的，不能登录",
            "换一把单位的签名 UKey；只有这一把，到发放它的机构写入签名证书。",
            "error",
        ),
        Validity.NONE: ("这把 UKey 里没有可用来签名的证书", "到发放 UKey 的机构重新写入证书。", "error"),
    }[card.validity]


def vendor_names(home: Path) -> Mapping[str, str]:
    """What each family is called, by the id that tokens and skipped modules carry; with 未核实 where it is a lead."""
    names = {one.id: one.name if one.verified else f"{one.name}（未核实）" for one in known_families(home).vendors}
    return {**names, "picked": "自己添加的驱动"}


@dataclass(frozen=True, slots=True)
class KeyCard:
    """A UKey as the clerk sees it. ``days_left`` counts full days to the certificate's end, negative after it."""

    unit_name: str
    credit_code: str
    serial: str
    issuer: str
    validity: Validity
    not_after: datetime | None
    days_left: int


def key_card(token: Token, now: datetime) -> KeyCard:
    """The card of a token at a moment (with time zone)."""
    certificate = token.signing_certificate_at(now)
    if certificate is None:
        return _useless(token)
    left = certificate.not_after - now
    if now < certificate.not_before:
        validity = Validity.NOT_YET
    elif now > certificate.not_after:
        validity = Validity.OVER
    else:
        validity = Validity.SOON_OVER if left < EXPIRY_WARNED else Validity.GOOD
    name = certificate.unit_name or token.label
    return KeyCard(
        name,
        certificate.credit_code or "",
        token.serial,
        _common_name(certificate.issuer),
        validity,
        certificate.not_after,
        left.days,
    )


def _useless(token: Token) -> KeyCard:
    """The card of a token that cannot sign; whose it is may stand on another of its certificates all the same."""
    named = next((one for one in token.certificates if one.unit_name), None)
    if named is None:
        validity = Validity.NOT_FOR_SIGNING if token.certificates else Validity.NONE
        return KeyCard(token.label, "", token.serial, "", validity, None, 0)
    name, code, issuer = named.unit_name or token.label, named.credit_code or "", _common_name(named.issuer)
    return KeyCard(name, code, token.serial, issuer, Validity.NOT_FOR_SIGNING, None, 0)


def _common_name(name: str) -> str:
    """The CN of a distinguished name (RFC 4514 text); the whole where it has none."""
    for part in name.split(","):
        key, _, value = part.strip().partition("=")
        if key.upper() == "CN" and value:
            return value
    return name

"""What is told of a UKey before its PIN is asked for: whose it is, and how long its certificate holds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from app.workflows.desk import CHINA
from app.workflows.drivers import known_families
from pkcs11_drivers.model import KeyAlgorithm

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from pkcs11_drivers.model import Certificate, Token


class Validity(StrEnum):
    """How a certificate stands on a day."""

    GOOD = "good"
    SOON_OVER = "soon-over"
    OVER = "over"
    NOT_YET = "not-yet"
    NOT_FOR_SIGNING = "not-for-signing"
    NONE = "none"


EXPIRY_WARNED = 105
"""Days: the month of the old web pages' own warning and two more: an extension takes papers and days."""
_LONGEST_NAME = 80


def validity_sentence(card: KeyCard) -> tuple[str, str, str]:
    """What is said of a certificate's time, what to do about it, and the tone ("" for plain)."""
    until = f"{card.not_after:%Y-%m-%d}" if card.not_after else ""
    soon = f"证书还有 {card.days_left} 天过期（{until}）"
    if card.not_after and card.days_left == 0:
        soon = f"证书不到一天就过期（{card.not_after:%Y-%m-%d %H:%M}）"
    extend = "到发放 UKey 的机构办理延期"
    return {
        Validity.GOOD: (f"证书有效到 {until}", "", ""),
        Validity.SOON_OVER: (soon, f"尽早{extend}。", "warning"),
        Validity.OVER: (f"证书已于 {until} 过期", f"要{extend}，延期之前不能登录。", "error"),
        Validity.NOT_YET: ("证书还没有生效", "先看电脑的日期对不对；日期没错，问发放 UKey 的机构。", "warning"),
        Validity.NOT_FOR_SIGNING: (
            "这把 UKey 里的证书不是签名用的，不能登录",
            "换一把单位的签名 UKey；只有这一把，到发放它的机构写入签名证书。",
            "error",
        ),
        Validity.NONE: ("这把 UKey 里没有可用来签名的证书", "到发放 UKey 的机构重新写入证书。", "error"),
    }[card.validity]


def unusable_sentence(card: KeyCard) -> str:
    """What is said of a key that no PIN makes sign here, with what to do; "" of one that can be used."""
    if card.usable or card.key is None:
        return ""
    return f"密钥是 {key_words(card.key)}，本程序还不能通过它的驱动用它签名，装最新的驱动再试"


_KEY_WORDS = {
    KeyAlgorithm.RSA_OTHER: "位数少见的 RSA",
    KeyAlgorithm.EC_P256: "ECC P-256",
    KeyAlgorithm.EC_P384: "ECC P-384",
    KeyAlgorithm.EC_P521: "ECC P-521",
    KeyAlgorithm.ED25519: "Ed25519",
    KeyAlgorithm.UNKNOWN: "本程序不认识的",
}


def key_words(kind: KeyAlgorithm) -> str:
    """What a kind of key is called."""
    return _KEY_WORDS.get(kind) or kind.value.upper().replace("-", " ")


def vendor_names(home: Path) -> Mapping[str, str]:
    """What each family is called, by the id that tokens and skipped modules carry; with 未核实 where it is a lead."""
    names = {one.id: one.name if one.verified else f"{one.name}（未核实）" for one in known_families(home).vendors}
    return {**names, "picked": "自己添加的驱动"}


@dataclass(frozen=True, slots=True)
class KeyCard:
    """A UKey as the clerk sees it, all of it by the certificate that it would sign with.

    ``not_after`` is in China's time, ``days_left`` counts full days to it, negative once it is over.
    """

    unit_name: str
    credit_code: str
    serial: str
    issuer: str
    validity: Validity
    not_after: datetime | None
    days_left: int
    key: KeyAlgorithm | None
    usable: bool


def key_card(token: Token, now: datetime) -> KeyCard:
    """The card of a token at a moment (with time zone)."""
    certificate = _speaking(token, now)
    return KeyCard(
        unit_name=owner(token, now),
        credit_code=(certificate.credit_code if certificate else None) or "",
        serial=token.serial,
        issuer=_common_name(certificate.issuer) if certificate else "",
        validity=_validity(certificate, now),
        not_after=_in_china(certificate.not_after) if certificate and certificate.may_sign else None,
        days_left=(certificate.not_after - now).days if certificate and certificate.may_sign else 0,
        key=certificate.key_algorithm if certificate and certificate.may_sign else None,
        usable=bool(certificate and certificate.may_sign and certificate.usable),
    )


def owner(token: Token, now: datetime) -> str:
    """Whose key it is, by the certificate that it would sign with; by the label where it names nobody."""
    certificate = _speaking(token, now)
    name = (certificate.unit_name if certificate else None) or token.label or "没有写单位名称的 UKey"
    return name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…"


def same_unit(one: Certificate, other: Certificate) -> bool:
    """Whether two certificates are of one unit: by their credit codes, by their names where one has none.

    One that names nobody contradicts none.
    """
    if one.credit_code and other.credit_code:
        return one.credit_code == other.credit_code
    return None in {one.unit_name, other.unit_name} or one.unit_name == other.unit_name


def _speaking(token: Token, now: datetime) -> Certificate | None:
    """The certificate to sign with; of a key that cannot sign, one that names its unit all the same."""
    named = next((one for one in token.certificates if one.unit_name), None)
    return token.signing_certificate_at(now) or named or next(iter(token.certificates), None)


def _validity(certificate: Certificate | None, now: datetime) -> Validity:
    if certificate is None:
        return Validity.NONE
    if not certificate.may_sign:
        return Validity.NOT_FOR_SIGNING
    if now < certificate.not_before:
        return Validity.NOT_YET
    if now > certificate.not_after:
        return Validity.OVER
    return Validity.SOON_OVER if (certificate.not_after - now).days <= EXPIRY_WARNED else Validity.GOOD


def _in_china(moment: datetime) -> datetime:
    try:
        return moment.astimezone(CHINA)
    except OverflowError:  # 9999-12-31 stands for a certificate without end (RFC 5280 section 4.1.2.5)
        return moment


def _common_name(name: str) -> str:
    """The CN of a distinguished name (RFC 4514 text); the whole where it has none."""
    for part in name.split(","):
        key, _, value = part.strip().partition("=")
        if key.upper() == "CN" and value:
            return value
    return name

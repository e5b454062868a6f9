"""What is told of a UKey before its PIN is asked for: whose it is, and how long its certificate holds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from app.workflows.doctor import EXPIRY_WARNED
from pkcs11_drivers.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from pkcs11_drivers.model import Token


class Validity(StrEnum):
    """How a certificate stands on a day."""

    GOOD = "good"
    SOON_OVER = "soon-over"
    OVER = "over"
    NOT_YET = "not-yet"
    NONE = "none"


def vendor_names() -> Mapping[str, str]:
    """What each family of UKeys is called, by the id that tokens and skipped modules carry."""
    return {vendor.id: vendor.name for vendor in Registry.load().vendors}


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
        return KeyCard(token.label, "", token.serial, "", Validity.NONE, None, 0)
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


def _common_name(name: str) -> str:
    """The CN of a distinguished name (RFC 4514 text); the whole where it has none."""
    for part in name.split(","):
        key, _, value = part.strip().partition("=")
        if key.upper() == "CN" and value:
            return value
    return name

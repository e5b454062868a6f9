"""What a token tells of itself, read out of the binding's own objects. Host process only.

What vendors write into these fields is met here: serial numbers padded with spaces or zero bytes, flags that contradict
each other, errors without a text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pkcs11 import TokenFlag

from pkcs11_drivers.model import PinState
from pkcs11_drivers.readable import readable

if TYPE_CHECKING:
    from pkcs11 import Token
    from pkcs11.exceptions import PKCS11Error

_GRAVEST_FIRST = (
    (TokenFlag.USER_PIN_LOCKED, PinState.LOCKED),
    (TokenFlag.USER_PIN_FINAL_TRY, PinState.FINAL_TRY),
    (TokenFlag.USER_PIN_COUNT_LOW, PinState.COUNT_LOW),
    (TokenFlag.USER_PIN_TO_BE_CHANGED, PinState.TO_BE_CHANGED),
    (TokenFlag.PROTECTED_AUTHENTICATION_PATH, PinState.PROTECTED_PATH),
)


@dataclass(frozen=True, slots=True)
class StoredCertificate:
    """A certificate object as the token holds it, unread.

    `has_key` is whether a private key of the same CKA_ID lies beside it; None before a login, as keys show only then.
    """

    der: bytes
    key_id: bytes
    label: str
    has_key: bool | None = None


@dataclass(frozen=True, slots=True)
class SeenToken:
    """A token as the module shows it now."""

    slot: int
    label: str
    serial: str
    model: str
    manufacturer: str
    pin_state: PinState
    protected_path: bool
    logged_in: bool
    certificates: tuple[StoredCertificate, ...]


@dataclass(frozen=True, slots=True)
class FaultySlot:
    """A slot with something in it that cannot be read."""

    slot: int
    fault: str


def facts_of(slot_id: int, token: Token, *, logged_in: bool, certificates: tuple[StoredCertificate, ...]) -> SeenToken:
    """Return the token's facts; `token` is a snapshot of its flags, so it must be fresh."""
    return SeenToken(
        slot=slot_id,
        label=readable(token.label),
        serial=serial_of(token),
        model=readable(token.model),
        manufacturer=readable(token.manufacturer_id),
        pin_state=pin_state(token.flags),
        protected_path=bool(token.flags & TokenFlag.PROTECTED_AUTHENTICATION_PATH),
        logged_in=logged_in,
        certificates=certificates,
    )


def serial_of(token: Token) -> str:
    """Return the token's serial number as text; modules pad it with spaces or zero bytes, and some leave garbage."""
    return readable(token.serial.decode("utf-8", errors="replace"))


def pin_state(flags: TokenFlag) -> PinState:
    """Return the gravest state that the token's flags tell."""
    if not flags & TokenFlag.TOKEN_INITIALIZED or not flags & TokenFlag.USER_PIN_INITIALIZED:
        return PinState.NOT_INITIALISED
    return next((state for flag, state in _GRAVEST_FIRST if flags & flag), PinState.OK)


def fault_text(error: PKCS11Error) -> str:
    """Return the error's name and its raw text."""
    return f"{type(error).__name__}: {error}".removesuffix(": ")

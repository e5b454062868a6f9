"""What a PIN must be before it is worth one of the key's few tries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pkcs11_drivers import errors

if TYPE_CHECKING:
    from pkcs11_drivers.family import Vendor
    from pkcs11_drivers.model import Token


def check(token: Token, vendor: Vendor, pin: str) -> None:
    """Let a PIN pass that a key of this family may have.

    Raises:
        errors.PinLength: it is too short or too long.
        errors.PinCharacters: it holds what no PIN does: PKCS#11 keeps PINs to printable ASCII, a full-width digit comes
            from an input method that is on, and a blank at an end from whatever wrote the line.

    """
    shortest, longest = vendor.pin_minimum, vendor.pin_maximum
    if not shortest <= len(pin.encode(errors="replace")) <= longest:
        raise errors.PinLength(token.module, token.serial, token.pin_state, token.tries_left, shortest, longest)
    if not (pin.isascii() and pin.isprintable()) or pin != pin.strip():
        raise errors.PinCharacters(token.module, token.serial, token.pin_state, token.tries_left)

"""By what a private key is found on its token: what program and host tell each other of it.

CKA_ID ties it to its certificate. Where several keys share one, the public modulus tells an RSA key from the others.
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple


class KeyName(NamedTuple):
    """CKA_ID, "" where the certificate has none, and `modulus_name` of an RSA key, "" of others."""

    key_id: bytes
    modulus: str


def modulus_name(modulus: int) -> str:
    """Return a short name of a modulus, the same however the token pads it."""
    return hashlib.sha256(modulus.to_bytes((modulus.bit_length() + 7) // 8, "big")).hexdigest()

"""How each algorithm is made out of the mechanisms a token has.

The mechanism is always named: the binding's default for RSA is SHA512_RSA_PKCS. Host process only.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from pkcs11 import MGF, KeyType, Mechanism, SignMixin

from pkcs11_drivers import der
from pkcs11_drivers.model import Algorithm

if TYPE_CHECKING:
    from collections.abc import Callable

_SHA256_DIGEST_INFO = bytes.fromhex("3031300d060960864801650304020105000420")
"""DER before a SHA-256 digest in RSASSA-PKCS1-v1_5 (RFC 8017 section 9.2, note 1)."""
_COORDINATE = 32
_PSS = (Mechanism.SHA256, MGF.SHA256, 32)
_HASHED_HERE = {Mechanism.RSA_PKCS, Mechanism.RSA_PKCS_PSS, Mechanism.ECDSA}


def key_type(algorithm: Algorithm) -> KeyType:
    """Return the PKCS#11 type of the key that makes this signature."""
    return KeyType.EC if algorithm is Algorithm.ES256 else KeyType.RSA


def signer(key: SignMixin, algorithm: Algorithm, mechanism: Mechanism) -> Callable[[bytes], bytes]:
    """Return what signs a message; ES256 is returned as raw r and s, 64 bytes, whatever form the module gives.

    What is returned raises pkcs11.exceptions.PKCS11Error: what the module reported; der.DerError: no signature.
    """
    hashed_here = mechanism in _HASHED_HERE
    prefix = _SHA256_DIGEST_INFO if mechanism is Mechanism.RSA_PKCS else b""
    parameter: Any = _PSS if algorithm is Algorithm.PS256 else None
    is_ecdsa = algorithm is Algorithm.ES256

    def sign(message: bytes) -> bytes:
        data = prefix + hashlib.sha256(message).digest() if hashed_here else message
        signature = key.sign(data, mechanism=mechanism, mechanism_param=parameter)
        return raw_ecdsa(signature) if is_ecdsa else signature

    return sign


def raw_ecdsa(signature: bytes) -> bytes:
    """Return an ECDSA P-256 signature as r and s of 32 bytes each; some modules give DER against the standard.

    Raises:
        der.DerError: it is neither.

    """
    return raw_pair(signature, is_der=len(signature) != 2 * _COORDINATE)


def raw_pair(signature: bytes, *, is_der: bool) -> bytes:
    """Return r and s of 32 bytes each.

    Raises:
        ValueError: it is not of that form, or a number is too large or negative (`der.DerError` is one).

    """
    if not is_der:
        if len(signature) != 2 * _COORDINATE:
            raise ValueError("not r and s of 32 bytes")
        return signature
    r, s = (node.integer() for node in der.read_one(signature).children())
    try:
        return r.to_bytes(_COORDINATE, "big") + s.to_bytes(_COORDINATE, "big")
    except OverflowError as error:
        raise ValueError("number out of range") from error

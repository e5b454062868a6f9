"""Verify signatures of SM2 with SM3 (GB/T 32918.2-2016, GB/T 32905-2016), which `cryptography` cannot.

Both sides of the API need it: the bureau for logins and seals, the program to test a key against itself. Only verifying
is done here, with public data, so that the timing of a library in plain Python gives nothing away; keys sign inside the
UKey. About 30 ms a signature.
"""

from __future__ import annotations

from typing import Final

ALGORITHM: Final = "SM2-SM3"
"""The name on the wire; the signature is r and s, 32 bytes each."""
CURVE_OID: Final = "1.2.156.10197.1.301"
SIGNATURE_OID: Final = "1.2.156.10197.1.501"
USER_ID: Final = b"1234567812345678"
"""The default distinguishing identifier (GM/T 0009-2012 section 10)."""
_HALF: Final = 32
_UNCOMPRESSED: Final = 0x04


def public_point(certificate: bytes) -> bytes | None:
    """The SM2 public key of a DER certificate as 04 x y, 65 bytes; None where it holds a key of another kind.

    Raises ValueError for what is no certificate.
    """
    from asn1crypto import core, x509

    try:
        key = x509.Certificate.load(certificate, strict=True)["tbs_certificate"]["subject_public_key_info"]
        parameters = key["algorithm"]["parameters"]
        named = parameters.chosen if key["algorithm"]["algorithm"].native == "ec" else None
        curve = named.dotted if isinstance(named, core.ObjectIdentifier) else ""
        point = bytes(key["public_key"]) if curve == CURVE_OID else b""
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ValueError("not a certificate") from error
    return point if len(point) == 1 + 2 * _HALF and point[0] == _UNCOMPRESSED else None


def raw_signature(der: bytes) -> bytes:
    """The 64 bytes r and s of a signature in DER, as certificates and revocation lists carry it. Raises ValueError."""
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    r, s = decode_dss_signature(der)
    try:
        return r.to_bytes(_HALF) + s.to_bytes(_HALF)
    except OverflowError as error:
        raise ValueError("out of range") from error


def holds(point: bytes, signature: bytes, message: bytes) -> bool:
    """Whether ``signature`` (r and s, 64 bytes) is that of the key at ``point`` over ``message``, by the default id."""
    from gmalg import SM2

    if len(signature) != 2 * _HALF or len(point) != 1 + 2 * _HALF or point[0] != _UNCOMPRESSED:
        return False
    verifier = SM2(uid=USER_ID, pk=point)
    # a point that is not on the curve proves nothing about who signed
    return bool(verifier.verify_pk(point)) and bool(verifier.verify(message, signature[:_HALF], signature[_HALF:]))

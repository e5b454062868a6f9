"""Certificates as some authorities write them: by hand, so that no strict library has to approve of them first."""

from __future__ import annotations

from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

NAME = "2.5.4.3"
CODE_OID = "1.2.156.10260.4.1.4"
UNIT = "示例机械有限公司"
CREDIT_CODE = "91420500MA4901234M"
_SHA256_WITH_RSA = "1.2.840.113549.1.1.11"
_KEY_USAGE = "2.5.29.15"
_TO_SIGN = b"\x03\x02\x06\xc0"


def rough(
    key: bytes | rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey,
    *,
    subject: Sequence[tuple[str, int, bytes]] = ((NAME, 0x0C, UNIT.encode()),),
    extensions: Sequence[tuple[str, bool, bytes]] = (),
    starts: bytes = b"200101000000Z",
    ends: bytes = b"401231155959Z",
    time_tag: int = 0x17,
    serial: int = 1,
    version: bool = True,
    usage: bool = True,
) -> bytes:
    """One for a public key (or its DER): names as identifier, tag and bytes; its signature is none."""
    if usage:
        extensions = ((_KEY_USAGE, True, _TO_SIGN), *extensions)
    algorithm = tlv(0x30, oid(_SHA256_WITH_RSA) + b"\x05\x00")
    rows = b"".join(
        tlv(0x30, oid(one) + (b"\x01\x01\xff" if critical else b"") + tlv(0x04, value))
        for one, critical, value in extensions
    )
    if not isinstance(key, bytes):
        key = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    signed = (
        (b"\xa0\x03\x02\x01\x02" if version else b"")
        + tlv(0x02, serial.to_bytes(8, "big", signed=True))
        + algorithm
        + _name([(NAME, 0x0C, "示例CA".encode())])
        + tlv(0x30, tlv(time_tag, starts) + tlv(time_tag, ends))
        + _name(subject)
        + key
        + (tlv(0xA3, tlv(0x30, rows)) if rows else b"")
    )
    return tlv(0x30, tlv(0x30, signed) + algorithm + tlv(0x03, b"\0" + b"\x01" * 256))


def tlv(tag: int, content: bytes) -> bytes:
    """One element of DER."""
    size = len(content)
    if size < 128:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def oid(dotted: str) -> bytes:
    """An object identifier in DER."""
    first, second, *rest = map(int, dotted.split("."))
    return tlv(0x06, b"".join(map(_arc, (first * 40 + second, *rest))))


def _arc(value: int) -> bytes:
    pieces = [value & 0x7F]
    while value := value >> 7:
        pieces.append(0x80 | value & 0x7F)
    return bytes(reversed(pieces))


def _name(attributes: Sequence[tuple[str, int, bytes]]) -> bytes:
    rows = (tlv(0x31, tlv(0x30, oid(one) + tlv(tag, value))) for one, tag, value in attributes)
    return tlv(0x30, b"".join(rows))

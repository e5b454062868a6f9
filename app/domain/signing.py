"""What a UKey signs: origin, content and purpose, each hashed before they are joined.

After the Web eID token (hash(origin) and hash(nonce) concatenated, so that no field can run into the next), with our
purpose as a third hash: a signature made to log in can never pass as the seal of a filing, nor one made for another
bureau as one for ours.
"""

from __future__ import annotations

from enum import StrEnum
from hashlib import sha256
from urllib.parse import urlsplit


class Purpose(StrEnum):
    """Why a key signs; RECEIPT is the bureau's own."""

    LOGIN = "login"
    SEAL = "seal"
    RECEIPT = "receipt"
    LOCAL_TEST = "local-test"


def statement(origin: str, content: bytes, purpose: Purpose) -> bytes:
    """The bytes handed to the key: SHA-256 of origin, of ``content`` and of the purpose, 96 bytes in all.

    ``content`` is the nonce as base64 text at login, the canonical JSON (RFC 8785) of a filing at sealing.
    """
    parts = (origin.encode(), content, purpose.value.encode())
    return b"".join(sha256(part).digest() for part in parts)


def origin_of(url: str) -> str:
    """The origin of an https URL: scheme, host and port, nothing else. Raises ValueError.

    The client always takes it from the endpoint that it pinned, never from what a server says of itself.
    """
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname:
        msg = f"not an https address: {url!r}"
        raise ValueError(msg)
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname.lower()
    port = parts.port or 443
    return f"https://{host}" if port == 443 else f"https://{host}:{port}"

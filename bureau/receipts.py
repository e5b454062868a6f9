"""Receipts: what the bureau signs to say that a sealed message has arrived, and what became of it."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING

import rfc8785
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from pydantic import BaseModel, ConfigDict

from app.domain.signing import Purpose, statement

if TYPE_CHECKING:
    from bureau.office import Office


class ReceiptBody(BaseModel):
    """What a receipt attests; ``digest`` is the SHA-256 of the envelope in hex, ``key`` its idempotency key."""

    model_config = ConfigDict(frozen=True)

    receipt: str
    key: str
    filing: str
    digest: str
    unit: str
    item: str
    state: str
    received_at: str


def sign(office: Office, body: ReceiptBody) -> dict[str, str]:
    """The receipt for ``body``, over its canonical JSON."""
    text = rfc8785.dumps(body.model_dump())
    identity = office.pki.receipts
    signature = identity.key.sign(statement(office.origin, text, Purpose.RECEIPT), ECDSA(SHA256()))
    r, s = decode_dss_signature(signature)
    return {
        "body": text.decode(),
        "algorithm": "ES256",
        "certificate": b64encode(identity.certificate.public_bytes(Encoding.DER)).decode(),
        "signature": b64encode(r.to_bytes(32) + s.to_bytes(32)).decode(),
    }

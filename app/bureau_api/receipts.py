"""Receipts: proof, signed by the bureau, that a filing has arrived. A receipt that does not verify is no receipt."""

from __future__ import annotations

import json
from base64 import b64decode
from binascii import Error as BadBase64
from typing import TYPE_CHECKING, Any

from app.domain.signing import Purpose, statement
from app.errors import BureauDistrusted

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from cryptography.x509 import Certificate

RECEIPTS_UNIT = "receipts"


class ReceiptVerifier:
    """Checks receipts of one bureau against its pinned authority."""

    def __init__(self, origin: str, authority: Path) -> None:
        self._origin = origin
        self._authority = authority
        self._trusted: dict[bytes, Certificate] = {}

    def check(self, receipt: Mapping[str, Any], key: str, digest: str) -> Mapping[str, Any]:
        """The receipt's body, if the bureau signed it for the filing ``key`` with the envelope's ``digest``.

        Raises BureauDistrusted.
        """
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
        from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
        from cryptography.hazmat.primitives.hashes import SHA256

        try:
            text = receipt["body"]
            body = json.loads(text)
            public = self._certificate(b64decode(receipt["certificate"], validate=True)).public_key()
            raw = b64decode(receipt["signature"], validate=True)
            if not isinstance(public, EllipticCurvePublicKey) or receipt["algorithm"] != "ES256" or len(raw) != 64:
                raise BureauDistrusted(detail="receipt algorithm")
            signature = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
            public.verify(signature, statement(self._origin, text.encode(), Purpose.RECEIPT), ECDSA(SHA256()))
        except (KeyError, TypeError, AttributeError, ValueError, BadBase64, InvalidSignature) as wrong:
            raise BureauDistrusted(detail="receipt signature") from wrong
        if body.get("key") != key or body.get("digest") != digest:
            raise BureauDistrusted(detail="receipt of another filing")
        return body  # type: ignore[no-any-return]  # a JSON object, as its get() above shows

    def _certificate(self, der: bytes) -> Certificate:
        """The certificate, if the pinned authority issued it for receipts and it is in force."""
        if der not in self._trusted:
            from datetime import UTC, datetime

            from cryptography import x509
            from cryptography.exceptions import InvalidSignature

            certificate = x509.load_der_x509_certificate(der)
            units = certificate.subject.get_attributes_for_oid(x509.NameOID.ORGANIZATIONAL_UNIT_NAME)
            now = datetime.now(UTC)
            in_force = certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc
            if not in_force or RECEIPTS_UNIT not in [unit.value for unit in units]:
                raise BureauDistrusted(detail="receipt certificate")
            authorities = x509.load_pem_x509_certificates(self._authority.read_bytes())
            for authority in authorities:
                try:
                    certificate.verify_directly_issued_by(authority)
                except (ValueError, TypeError, InvalidSignature):
                    continue
                break
            else:
                raise BureauDistrusted(detail="receipt certificate")
            self._trusted[der] = certificate
        return self._trusted[der]

"""Check signatures: a key's own over a statement, and those in a PDF."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from app import sm2
from app.domain.findings import Finding, error, warning
from app.domain.signing import Purpose, statement
from app.errors import UsageError
from pkcs11_drivers.certificates import public_key, public_point

if TYPE_CHECKING:
    from pathlib import Path


def signature_holds(
    certificate: bytes,
    algorithm: str,
    signature: bytes,
    origin: str,
    content: bytes,
    purpose: Purpose = Purpose.LOCAL_TEST,
) -> bool:
    """Whether ``signature`` is over that statement, by the key that the certificate is for.

    Only the key is taken from the certificate, by a reader that bears what Chinese authorities write around it: whether
    to believe the rest is the bureau's decision.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
    from cryptography.hazmat.primitives.hashes import SHA256

    message = statement(origin, content, purpose)
    if algorithm == sm2.ALGORITHM:
        return sm2.holds(public_point(certificate), signature, message)
    public = _loaded(certificate)
    try:
        if isinstance(public, rsa.RSAPublicKey):
            pss = padding.PSS(padding.MGF1(SHA256()), 32)
            public.verify(signature, message, pss if algorithm == "PS256" else padding.PKCS1v15(), SHA256())
        elif isinstance(public, ec.EllipticCurvePublicKey):
            half = len(signature) // 2
            r, s = int.from_bytes(signature[:half]), int.from_bytes(signature[half:])
            public.verify(encode_dss_signature(r, s), message, ec.ECDSA(SHA256()))
        else:
            return False
    except InvalidSignature:
        return False
    return True


@lru_cache(maxsize=4)
def _loaded(certificate: bytes) -> object:
    """The certificate's key; None where it is of no use to anybody. Kept: a batch is signed by one."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    try:
        return load_der_public_key(public_key(certificate))
    except (ValueError, UnsupportedAlgorithm):
        return None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the signatures of a PDF say."""

    valid: bool
    signer: str | None
    intact: bool
    findings: tuple[Finding, ...]


def verify_pdf(path: Path) -> Verdict:
    """Whether the PDF is signed and unchanged since. Raises UsageError for what is no PDF.

    Trust is the system's and the program's own authorities; an unknown signer is intact but not valid.
    """
    from pyhanko.pdf_utils.misc import PdfReadError
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    if not path.is_file():
        raise UsageError("file-missing", file=str(path))
    with path.open("rb") as stream:
        try:
            signatures = PdfFileReader(stream).embedded_signatures
            if not signatures:
                return Verdict(valid=False, signer=None, intact=False, findings=(warning("pdf-unsigned"),))
            status = validate_pdf_signature(signatures[-1], ValidationContext(allow_fetching=False))
        except (PdfReadError, ValueError) as broken:
            raise UsageError("document-unreadable", file=str(path), detail=str(broken)) from broken
    findings = []
    if not status.intact:
        findings.append(error("pdf-changed"))
    if not status.trusted:
        findings.append(warning("pdf-signer-unknown"))
    name = status.signing_cert.subject.human_friendly
    return Verdict(status.bottom_line, name, status.intact, tuple(findings))

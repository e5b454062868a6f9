"""Whether a unit's certificate is good now, and whether a signature is its own.

The order is that of Web eID's validation: usage, validity, path, revocation, algorithm, signature. Each refusal has a
code of its own, and everything unknown is refused. All of it goes by the system's time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from app import sm2
from bureau.pki import CREDIT_CODE_OID, CREDIT_CODE_OID_OLD

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bureau.pki import Pki

LARGEST_CERTIFICATE: Final = 8192
LARGEST_SIGNATURE: Final = 1024
_RSA_BITS: Final = range(2048, 4097)
_HALF: Final = 32
_SALT: Final = 32
_CREDIT_CODE_LENGTH: Final = 18
_STRING_TAGS: Final = frozenset({0x0C, 0x13, 0x14, 0x16})  # UTF8String, PrintableString, T61String, IA5String


class Distrusted(Exception):
    """A certificate or a signature is refused; ``code`` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Signer:
    """A unit certificate that was good when looked at."""

    certificate: x509.Certificate
    credit_code: str

    def verify(self, algorithm: str, signature: bytes, message: bytes) -> None:
        """Raises Distrusted ``algorithm-refused`` or ``signature-wrong``."""
        point = _sm2_point(self.certificate)
        if point is not None or algorithm == sm2.ALGORITHM:
            if point is None or algorithm != sm2.ALGORITHM:
                raise Distrusted("algorithm-refused")
            if not sm2.holds(point, signature, message):
                raise Distrusted("signature-wrong")
            return
        public = self.certificate.public_key()
        kind, check = _ALGORITHMS.get(algorithm, (None, None))
        if kind is None or check is None or not isinstance(public, kind) or not _strong(public):
            raise Distrusted("algorithm-refused")
        try:
            check(public, signature, message)
        except (InvalidSignature, ValueError):
            raise Distrusted("signature-wrong") from None


def examine(der: bytes, pki: Pki, now: datetime | None = None) -> Signer:
    """The unit certificate in ``der``, if it may sign now. Raises Distrusted.

    A credit code that is not there is left empty: no unit is registered under that.
    """
    now = now or datetime.now(UTC)
    certificate = load(der)
    _check_usage(certificate)
    if now < certificate.not_valid_before_utc:
        raise Distrusted("certificate-not-yet-valid")
    if now > certificate.not_valid_after_utc:
        raise Distrusted("certificate-expired")
    issuer = _issuer(certificate, pki, now)
    _check_revocation(certificate, issuer, pki, now)
    return Signer(certificate, _credit_code(certificate))


def load(der: bytes) -> x509.Certificate:
    """The certificate in ``der``. Raises Distrusted ``token-malformed``."""
    if len(der) > LARGEST_CERTIFICATE:
        raise Distrusted("token-malformed")
    try:
        certificate = x509.load_der_x509_certificate(der)
        certificate.extensions  # noqa: B018 - parsed here, so that a malformed one is found here
        if _sm2_point(certificate) is None:
            certificate.public_key()
    except (ValueError, UnsupportedAlgorithm, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        raise Distrusted("token-malformed") from None
    return certificate


def _check_usage(certificate: x509.Certificate) -> None:
    """Without a key-usage extension nothing says that the key is for signing: refused (fail closed)."""
    extensions = certificate.extensions
    try:
        signs = extensions.get_extension_for_class(x509.KeyUsage).value.digital_signature
    except x509.ExtensionNotFound:
        signs = False
    try:
        purposes = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        authenticates = ExtendedKeyUsageOID.CLIENT_AUTH in purposes
    except x509.ExtensionNotFound:
        authenticates = True
    if not signs or not authenticates:
        raise Distrusted("certificate-usage")


def _issuer(certificate: x509.Certificate, pki: Pki, now: datetime) -> x509.Certificate:
    """The configured authority that issued it directly: UKeys carry no intermediate certificates."""
    for authority in pki.unit_authorities():
        if not authority.not_valid_before_utc <= now <= authority.not_valid_after_utc:
            continue
        if _issued_by(certificate, authority):
            return authority
    raise Distrusted("certificate-path")


def _issued_by(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    try:
        if certificate.signature_algorithm_oid.dotted_string == sm2.SIGNATURE_OID:
            return certificate.issuer == authority.subject and _sm2_signed(
                authority, certificate.signature, certificate.tbs_certificate_bytes
            )
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _sm2_point(certificate: x509.Certificate) -> bytes | None:
    """The certificate's public key if that is one of SM2; cryptography parses such a certificate and not its key."""
    return sm2.public_point(certificate.public_bytes(Encoding.DER))


def _sm2_signed(authority: x509.Certificate, signature: bytes, content: bytes) -> bool:
    point = _sm2_point(authority)
    return point is not None and sm2.holds(point, sm2.raw_signature(signature), content)


def _check_revocation(certificate: x509.Certificate, issuer: x509.Certificate, pki: Pki, now: datetime) -> None:
    try:
        revocations = x509.load_pem_x509_crl(pki.revocations_of(issuer).read_bytes())
    except (OSError, ValueError):
        raise Distrusted("revocation-unknown") from None
    ends = revocations.next_update_utc
    if (
        ends is None
        or not revocations.last_update_utc <= now <= ends
        or revocations.issuer != issuer.subject
        or not _list_is_by(issuer, revocations)
    ):
        raise Distrusted("revocation-unknown")
    if revocations.get_revoked_certificate_by_serial_number(certificate.serial_number) is not None:
        raise Distrusted("certificate-revoked")


def _list_is_by(issuer: x509.Certificate, revocations: x509.CertificateRevocationList) -> bool:
    if revocations.signature_algorithm_oid.dotted_string == sm2.SIGNATURE_OID:
        try:
            return _sm2_signed(issuer, revocations.signature, revocations.tbs_certlist_bytes)
        except ValueError:
            return False
    try:
        public = issuer.public_key()
    except UnsupportedAlgorithm:
        return False
    if not isinstance(public, ec.EllipticCurvePublicKey | rsa.RSAPublicKey):
        return False
    return revocations.is_signature_valid(public)


def _credit_code(certificate: x509.Certificate) -> str:
    for oid in (CREDIT_CODE_OID, CREDIT_CODE_OID_OLD):
        try:
            extension = certificate.extensions.get_extension_for_oid(oid).value
        except x509.ExtensionNotFound:
            continue
        value = extension.value if isinstance(extension, x509.UnrecognizedExtension) else b""
        if len(value) == 2 + _CREDIT_CODE_LENGTH and value[0] in _STRING_TAGS and value[1] == _CREDIT_CODE_LENGTH:
            return value[2:].decode("ascii", "replace")
    return ""


def _strong(public: object) -> bool:
    if isinstance(public, rsa.RSAPublicKey):
        return public.key_size in _RSA_BITS
    return isinstance(public, ec.EllipticCurvePublicKey) and isinstance(public.curve, ec.SECP256R1)


def _rs256(public: rsa.RSAPublicKey, signature: bytes, message: bytes) -> None:
    public.verify(signature, message, padding.PKCS1v15(), SHA256())


def _ps256(public: rsa.RSAPublicKey, signature: bytes, message: bytes) -> None:
    public.verify(signature, message, padding.PSS(padding.MGF1(SHA256()), _SALT), SHA256())


def _es256(public: ec.EllipticCurvePublicKey, signature: bytes, message: bytes) -> None:
    if len(signature) != 2 * _HALF:
        raise InvalidSignature
    r, s = int.from_bytes(signature[:_HALF]), int.from_bytes(signature[_HALF:])
    public.verify(encode_dss_signature(r, s), message, ec.ECDSA(SHA256()))


_ALGORITHMS: Final[Mapping[str, tuple[type, Callable[..., None]]]] = {
    "RS256": (rsa.RSAPublicKey, _rs256),
    "PS256": (rsa.RSAPublicKey, _ps256),
    "ES256": (ec.EllipticCurvePublicKey, _es256),
}

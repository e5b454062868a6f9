"""The two authorities of the bureau, and the keys they vouch for.

``bureau-ca`` issues the server's TLS certificate and the one that receipts are signed with; clients pin it.
``unit-ca`` issues what lies on UKeys and publishes the list of those revoked. They are apart so that no unit's
certificate can ever pass for the bureau's. For training: the keys lie on the disk, readable by their owner only.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import ipaddress
import os
import time
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

RECEIPTS_UNIT = "receipts"
CREDIT_CODE_OID = x509.ObjectIdentifier("1.2.156.10260.4.1.4")
CREDIT_CODE_OID_OLD = x509.ObjectIdentifier("1.2.86.11.7.4")
AUTHORITY_LIFE = dt.timedelta(days=3650)
SERVER_LIFE = dt.timedelta(days=397)
UNIT_LIFE = dt.timedelta(days=365)
REVOCATIONS_LIFE = dt.timedelta(days=30)
"""How long a revocation list is good for; who serves for longer publishes it anew."""
_BACKDATED = dt.timedelta(minutes=5)
"""Certificates begin a little early, for clients whose clock is a little slow."""
_UTF8_STRING = 0x0C
_LOCK_SECONDS = 5.0

PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(microsecond=0)


@dataclass(frozen=True, slots=True)
class Identity:
    """A certificate and the private key that goes with it."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


class Pki:
    """The authorities and certificates in one folder; what is not there yet is made."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def make(self) -> None:
        """Make everything now that would be made when first asked for, while nobody else asks."""
        self.unit_authorities()
        self.server_files  # noqa: B018 - makes the files
        self.receipts  # noqa: B018 - makes the files

    @property
    def bureau_authority(self) -> Path:
        """The file that clients pin."""
        self._bureau_ca  # noqa: B018 - makes the file
        return self.folder / "bureau-ca.pem"

    @property
    def server_files(self) -> tuple[Path, Path]:
        """Certificate and key of the TLS server, good for localhost and its addresses."""
        certificate = self.folder / "server.pem"
        if not certificate.is_file() or _load(certificate).not_valid_after_utc < _now() + dt.timedelta(days=30):
            names: list[x509.GeneralName] = [x509.DNSName("localhost")]
            names += [x509.IPAddress(ipaddress.ip_address(text)) for text in ("127.0.0.1", "::1")]
            self._make(
                "server",
                x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")]),
                (x509.SubjectAlternativeName(names), False),
                (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
            )
        return certificate, self.folder / "server.key"

    @cached_property
    def receipts(self) -> Identity:
        """What the bureau signs receipts with."""
        certificate = self.folder / "receipts.pem"
        if not certificate.is_file() or _load(certificate).not_valid_after_utc < _now() + dt.timedelta(days=30):
            subject = x509.Name(
                [
                    x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, RECEIPTS_UNIT),
                    x509.NameAttribute(NameOID.COMMON_NAME, "训练用社保经办机构回执"),
                ]
            )
            self._make("receipts", subject)
        return Identity(_load(certificate), _load_key(self.folder / "receipts.key"))

    def unit_authorities(self) -> tuple[x509.Certificate, ...]:
        """The authorities whose certificates are taken from UKeys.

        The training authority, and those that somebody laid beside it: ``unit-ca-NAME.pem`` with its revocation list
        ``unit-ca-NAME.crl``. Theirs may be signed with SM2.
        """
        self._unit_ca  # noqa: B018 - makes the file
        return tuple(one for file in self._authority_files() for one in self._in_file(file))

    def revocations_of(self, authority: x509.Certificate) -> Path:
        """The file with the revocation list of one of the unit authorities (PEM); it may not be there."""
        for file in self._authority_files():
            if authority in self._in_file(file):
                return file.with_suffix(".crl")
        return self.revocations_file

    def _authority_files(self) -> list[Path]:
        return [self.folder / "unit-ca.pem", *sorted(self.folder.glob("unit-ca-*.pem"))]

    @staticmethod
    def _in_file(file: Path) -> list[x509.Certificate]:
        return x509.load_pem_x509_certificates(file.read_bytes())

    def issue_unit_certificate(
        self,
        spki_der: bytes,
        unit_name: str,
        credit_code: str,
        *,
        not_before: dt.datetime | None = None,
        life: dt.timedelta = UNIT_LIFE,
        signs: bool = True,
        extended_usage: x509.ObjectIdentifier | None = ExtendedKeyUsageOID.CLIENT_AUTH,
        credit_code_oid: x509.ObjectIdentifier = CREDIT_CODE_OID,
    ) -> bytes:
        """The DER certificate for the key in ``spki_der``, as it is put on a UKey.

        The unit's name stands in CN and O, its 统一社会信用代码 as UTF8String in the extension that Chinese CAs use.
        ``signs`` False gives a certificate for encryption only. Raises TypeError for a key that is neither RSA nor EC.
        """
        public = serialization.load_der_public_key(spki_der)
        if not isinstance(public, PublicKey):
            raise TypeError("neither RSA nor EC")
        starts = not_before or _now() - _BACKDATED
        code = credit_code.encode()
        subject = x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, unit_name),
                x509.NameAttribute(NameOID.COMMON_NAME, unit_name),
            ]
        )
        builder = _builder(subject, self._unit_ca, public, starts, starts + life)
        builder = builder.add_extension(_usage(signs=signs, encrypts=not signs), critical=True)
        builder = builder.add_extension(
            x509.UnrecognizedExtension(credit_code_oid, bytes([_UTF8_STRING, len(code)]) + code), critical=False
        )
        if extended_usage is not None:
            builder = builder.add_extension(x509.ExtendedKeyUsage([extended_usage]), critical=False)
        return builder.sign(self._unit_ca.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)

    @property
    def revocations_file(self) -> Path:
        """Where the list of revoked unit certificates lies (PEM)."""
        return self.folder / "unit-ca.crl"

    def publish_revocations(self, *serials: int, life: dt.timedelta = REVOCATIONS_LIFE) -> None:
        """Publish the revocation list anew, with ``serials`` added to those on it.

        One at a time among processes: a renewal must not undo the revocation that another is just writing down.
        """
        with _alone(self.folder / "unit-ca.lock"):
            self._publish_revocations(serials, life)

    def _publish_revocations(self, serials: Sequence[int], life: dt.timedelta) -> None:
        now, revoked, number = _now(), {}, 1
        if self.revocations_file.is_file():
            last = x509.load_pem_x509_crl(self.revocations_file.read_bytes())
            revoked = {one.serial_number: one for one in last}
            number = last.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number + 1
        for serial in serials:
            entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(now)
            revoked.setdefault(serial, entry.build())
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self._unit_ca.certificate.subject)
            .last_update(now - _BACKDATED)
            .next_update(now - _BACKDATED + life)
            .add_extension(x509.CRLNumber(number), critical=False)
            .add_extension(_authority_identifier(self._unit_ca), critical=False)
        )
        for one in revoked.values():
            builder = builder.add_revoked_certificate(one)
        signed = builder.sign(self._unit_ca.key, hashes.SHA256())
        _write(self.revocations_file, signed.public_bytes(serialization.Encoding.PEM))

    def renew_revocations(self) -> bool:
        """Publish the list anew once half of its life is over; whether it was. Raises nothing for a list not there.

        A list that somebody took away or broke is left so: what cannot be read is refused, not made up.
        """
        try:
            last = x509.load_pem_x509_crl(self.revocations_file.read_bytes())
        except (OSError, ValueError):
            return False
        ends = last.next_update_utc
        if ends is None or ends - _now() > REVOCATIONS_LIFE / 2:
            return False
        self.publish_revocations()
        return True

    def revoke(self, certificate_der: bytes) -> None:
        """Revoke a unit certificate and publish the list."""
        self.publish_revocations(x509.load_der_x509_certificate(certificate_der).serial_number)

    @cached_property
    def _bureau_ca(self) -> Identity:
        return self._authority("bureau-ca", "训练用社保经办机构根证书")

    @cached_property
    def _unit_ca(self) -> Identity:
        return self._authority("unit-ca", "训练用单位数字证书根证书")

    def _authority(self, name: str, common_name: str) -> Identity:
        certificate, key = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        if not certificate.is_file():
            own = ec.generate_private_key(ec.SECP256R1())
            subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
            now = _now() - _BACKDATED
            usage = x509.KeyUsage(
                digital_signature=False, content_commitment=False, key_encipherment=False, data_encipherment=False,
                key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
            )  # fmt: skip
            signed = (
                x509.CertificateBuilder()
                .subject_name(subject)
                .issuer_name(subject)
                .public_key(own.public_key())
                .serial_number(x509.random_serial_number())
                .not_valid_before(now)
                .not_valid_after(now + AUTHORITY_LIFE)
                .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
                .add_extension(usage, critical=True)
                .add_extension(x509.SubjectKeyIdentifier.from_public_key(own.public_key()), critical=False)
                .sign(own, hashes.SHA256())
            )
            _write_key(key, own)
            _write(certificate, signed.public_bytes(serialization.Encoding.PEM))
        return Identity(_load(certificate), _load_key(key))

    def _make(self, name: str, subject: x509.Name, *extensions: tuple[x509.ExtensionType, bool]) -> None:
        """A certificate of the bureau's own authority, with a fresh key."""
        own = ec.generate_private_key(ec.SECP256R1())
        starts = _now() - _BACKDATED
        builder = _builder(subject, self._bureau_ca, own.public_key(), starts, starts + SERVER_LIFE)
        builder = builder.add_extension(_usage(signs=True), critical=True)
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical=critical)
        signed = builder.sign(self._bureau_ca.key, hashes.SHA256())
        _write_key(self.folder / f"{name}.key", own)
        _write(self.folder / f"{name}.pem", signed.public_bytes(serialization.Encoding.PEM))


def _builder(
    subject: x509.Name, issuer: Identity, public: PublicKey, starts: dt.datetime, ends: dt.datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(starts)
        .not_valid_after(ends)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(_authority_identifier(issuer), critical=False)
    )


def _authority_identifier(issuer: Identity) -> x509.AuthorityKeyIdentifier:
    identifier = issuer.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier)


def _usage(*, signs: bool, encrypts: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signs, content_commitment=signs, key_encipherment=encrypts, data_encipherment=encrypts,
        key_agreement=False, key_cert_sign=False, crl_sign=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _load(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def _load_key(path: Path) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(path.name)
    return key


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    form = serialization.PrivateFormat.PKCS8
    _write(path, key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))


@contextlib.contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Wait for and hold a lock file. One left behind by a process that died is taken over after some seconds."""
    given_up = time.monotonic() + _LOCK_SECONDS
    while True:
        try:
            os.close(os.open(lock, os.O_CREAT | os.O_EXCL, 0o600))
            break
        except FileExistsError:
            if time.monotonic() > given_up:
                lock.unlink(missing_ok=True)
            time.sleep(0.01)
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)


def _write(path: Path, content: bytes) -> None:
    """Write a file that only its owner reads, whole or not at all."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with contextlib.suppress(FileNotFoundError):
        draft.unlink()
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
    draft.replace(path)

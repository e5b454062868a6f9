"""Software UKeys on a real SoftHSM, and certificates as CAs write them."""

import datetime as dt
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from pkcs11_drivers import KeyAlgorithm, Limits, Registry, UKeys
from pkcs11_drivers.softkey import NewKey, SoftKey, SoftKeys

UNIT = "示例机械有限公司"
CREDIT_CODE = "91420500MA4901234M"
PIN = "739154"

_CA = ec.generate_private_key(ec.SECP256R1())
Attributes = Sequence[tuple[str, str]]
Extensions = Sequence[tuple[str, bytes]]


def certify(
    public_key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey,
    *,
    subject: Attributes = (("2.5.4.3", UNIT),),
    extensions: Extensions = (),
    usage: str | None = "sign",
    starts: int = -1,
    days: int = 300,
) -> bytes:
    """A certificate of a made-up CA; `usage` is "sign", "encrypt" or None for no key-usage extension."""
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    name = x509.Name([x509.NameAttribute(x509.ObjectIdentifier(oid), value) for oid, value in subject])
    issuer = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "示例CA")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(0x00C0FFEE)
        .not_valid_before(now + dt.timedelta(days=starts))
        .not_valid_after(now + dt.timedelta(days=days))
    )
    for oid, value in extensions:
        unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier(oid), value)
        builder = builder.add_extension(unknown, critical=False)
    if usage is not None:
        signs = usage == "sign"
        key_usage = x509.KeyUsage(signs, signs, not signs, not signs, False, False, False, False, False)  # noqa: FBT003
        builder = builder.add_extension(key_usage, critical=True)
    return builder.sign(_CA, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def issue(**how: object) -> Callable[[bytes], bytes]:
    """What a CA does with the public key it is handed; `how` as for `certify`."""

    def certificate_for(public_key: bytes) -> bytes:
        key = serialization.load_der_public_key(public_key)
        assert isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey)
        return certify(key, **how)  # type: ignore[arg-type]

    return certificate_for


@dataclass(frozen=True)
class Bench:
    """A socket for software keys and the program's view of it."""

    keys: SoftKeys
    registry: Registry

    def make(self, label: str, *kinds: KeyAlgorithm, **how: object) -> SoftKey:
        """Make a plugged key with a signing certificate for each kind."""
        key = self.keys.make(label, PIN, *(NewKey(kind, issue(**how)) for kind in kinds or (KeyAlgorithm.EC_P256,)))
        key.plug()
        return key

    def environment(self) -> dict[str, str]:
        return {**os.environ, **self.keys.environment}

    def ukeys(self, limits: Limits | None = None) -> UKeys:
        return UKeys(self.registry, environment=self.environment(), limits=limits)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    # what smart cards this machine has besides is none of these tests' business
    registry = Registry(tuple(vendor for vendor in Registry.load().vendors if vendor.id != "opensc"))
    return Bench(SoftKeys(tmp_path / "softkeys", registry), registry)


@pytest.fixture
def ukeys(bench: Bench) -> Iterator[UKeys]:
    with bench.ukeys() as ukeys:
        yield ukeys


@pytest.fixture
def make_certificate() -> Callable[..., bytes]:
    """`certify` with a key of its own."""

    def make(**how: object) -> bytes:
        return certify(ec.generate_private_key(ec.SECP256R1()).public_key(), **how)  # type: ignore[arg-type]

    return make


@pytest.fixture
def pin() -> str:
    return PIN


@pytest.fixture
def make_issuer() -> Callable[..., Callable[[bytes], bytes]]:
    return issue

"""From the socket to a signature that somebody else's library accepts."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from hypothesis import given
from hypothesis import strategies as st

from pkcs11_drivers import Algorithm, KeyAlgorithm, PinState, Registry, UKeys, errors
from pkcs11_drivers.signing import raw_ecdsa
from pkcs11_drivers.softkey import NewKey
from tests.support.edited_key import edit, without_key

if TYPE_CHECKING:
    from tests.pkcs11_drivers.conftest import Bench

MESSAGE = "缴费申报 2026-11".encode()


def verify(certificate: bytes, algorithm: Algorithm, signature: bytes, message: bytes) -> None:
    """Check a signature with cryptography; raises InvalidSignature."""
    key = x509.load_der_x509_certificate(certificate).public_key()
    if algorithm is Algorithm.ES256:
        assert isinstance(key, ec.EllipticCurvePublicKey)
        assert len(signature) == 64
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        key.verify(utils.encode_dss_signature(r, s), message, ec.ECDSA(hashes.SHA256()))
        return
    assert isinstance(key, rsa.RSAPublicKey)
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), salt_length=32)
    key.verify(signature, message, pss if algorithm is Algorithm.PS256 else padding.PKCS1v15(), hashes.SHA256())


@pytest.mark.parametrize(
    ("kind", "algorithm"),
    [
        (KeyAlgorithm.RSA_2048, Algorithm.RS256),
        (KeyAlgorithm.RSA_2048, Algorithm.PS256),
        (KeyAlgorithm.EC_P256, Algorithm.ES256),
    ],
)
def test_a_signature_is_accepted_by_another_library(
    bench: "Bench", ukeys: UKeys, pin: str, kind: KeyAlgorithm, algorithm: Algorithm
) -> None:
    bench.make("示例单位", kind)
    (token,) = ukeys.scan().tokens
    assert token.unit_name == "示例机械有限公司"
    assert algorithm in ukeys.algorithms(token)
    token = ukeys.login(token, pin)
    assert token.pin_state is PinState.OK
    assert token.signing_certificate is not None
    for message in (MESSAGE, b"", bytes(200_000)):
        verify(token.signing_certificate.der, algorithm, ukeys.sign(token, message, algorithm), message)


@pytest.mark.parametrize(("algorithm", "mechanism"), [(Algorithm.RS256, "RSA_PKCS"), (Algorithm.PS256, "RSA_PKCS_PSS")])
def test_a_token_that_cannot_hash_is_handed_the_hash(
    bench: "Bench", tmp_path: Path, pin: str, algorithm: Algorithm, mechanism: str
) -> None:
    bench.make("示例单位", KeyAlgorithm.RSA_2048)
    with UKeys(changed_family(bench, tmp_path, mechanism), environment=bench.environment()) as ukeys:
        (token,) = ukeys.scan().tokens
        ukeys.login(token, pin)
        assert token.signing_certificate is not None

        verify(token.signing_certificate.der, algorithm, ukeys.sign(token, MESSAGE, algorithm), MESSAGE)


def test_a_mechanism_that_the_token_lacks_is_not_tried(bench: "Bench", tmp_path: Path, pin: str) -> None:
    bench.make("示例单位", KeyAlgorithm.RSA_2048)
    with UKeys(changed_family(bench, tmp_path, "SHA3_256_RSA_PKCS"), environment=bench.environment()) as ukeys:
        (token,) = ukeys.scan().tokens
        ukeys.login(token, pin)

        with pytest.raises(errors.AlgorithmUnsupported):
            ukeys.sign(token, MESSAGE, Algorithm.RS256)


def changed_family(bench: "Bench", folder: Path, mechanism: str) -> Registry:
    """SoftHSM's family with one RSA mechanism only, and with presence told by slots, as of a vendor's module."""
    module = bench.registry.only("softhsm").locate().installed[0].path
    file = folder / "softhsm.toml"
    file.write_text(
        f"""
        name = "示例"
        source = "made up"
        verified = false
        [[module]]
        platform = "linux"
        files = ["{module.name}"]
        folders = ["{module.parent}"]
        [mechanisms]
        RS256 = ["{mechanism}"]
        PS256 = ["{mechanism}"]
        [quirks]
        hide_uninitialised = true
        """,
        encoding="utf-8",
    )
    return Registry.load([file]).only("softhsm")


@given(r=st.integers(1, 2**256 - 1), s=st.integers(1, 2**256 - 1))
def test_an_ecdsa_signature_in_der_becomes_r_and_s(r: int, s: int) -> None:
    raw = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    encoded = utils.encode_dss_signature(r, s)

    assert raw_ecdsa(raw) == raw
    assert len(encoded) == 64 or raw_ecdsa(encoded) == raw


def test_an_algorithm_that_does_not_fit_the_key_is_refused_before_it_is_asked_for(
    bench: "Bench", ukeys: UKeys, pin: str
) -> None:
    bench.make("示例单位", KeyAlgorithm.EC_P256)
    (token,) = ukeys.scan().tokens
    ukeys.login(token, pin)

    with pytest.raises(errors.AlgorithmUnsupported) as refused:
        ukeys.sign(token, MESSAGE, Algorithm.RS256)

    assert refused.value.algorithm == "RS256"
    assert refused.value.serial == token.serial


def test_the_key_for_encryption_never_signs(
    bench: "Bench", ukeys: UKeys, pin: str, make_issuer: Callable[..., Callable[[bytes], bytes]]
) -> None:
    encrypting = NewKey(KeyAlgorithm.RSA_2048, make_issuer(usage="encrypt", days=3000))
    signing = NewKey(KeyAlgorithm.RSA_2048, make_issuer(usage="sign", days=30))
    bench.keys.make("双证书", pin, encrypting, signing).plug()
    (token,) = ukeys.scan().tokens
    assert len(token.certificates) == 2
    ukeys.login(token, pin)

    signature = ukeys.sign(token, MESSAGE, Algorithm.RS256)

    certificate = next(one for one in token.certificates if one.may_sign)
    verify(certificate.der, Algorithm.RS256, signature, MESSAGE)


def test_a_renewed_certificate_is_used_when_its_time_has_come(
    bench: "Bench", ukeys: UKeys, pin: str, make_issuer: Callable[..., Callable[[bytes], bytes]]
) -> None:
    running = NewKey(KeyAlgorithm.EC_P256, make_issuer(days=30))
    renewed = NewKey(KeyAlgorithm.EC_P256, make_issuer(starts=20, days=400))
    bench.keys.make("新旧证书", pin, running, renewed).plug()
    (token,) = ukeys.scan().tokens
    now = datetime.now(UTC)

    today, later = token.signing_certificate_at(now), token.signing_certificate_at(now + timedelta(days=25))
    assert today is not None
    assert later is not None
    assert today.not_after < later.not_after
    ukeys.login(token, pin)
    verify(today.der, Algorithm.ES256, ukeys.sign(token, MESSAGE, Algorithm.ES256, today), MESSAGE)


def test_a_token_with_an_encryption_certificate_only_has_nothing_to_sign_with(
    bench: "Bench", ukeys: UKeys, pin: str
) -> None:
    bench.make("只有加密证书", KeyAlgorithm.EC_P256, usage="encrypt")
    (token,) = ukeys.scan().tokens
    ukeys.login(token, pin)

    with pytest.raises(errors.CertificateMissing):
        ukeys.sign(token, MESSAGE, Algorithm.ES256)


def test_without_login_nothing_is_signed(bench: "Bench", ukeys: UKeys, pin: str) -> None:
    bench.make("示例单位")
    (token,) = ukeys.scan().tokens
    with pytest.raises(errors.LoginRequired):
        ukeys.sign(token, MESSAGE, Algorithm.ES256)

    ukeys.login(token, pin)
    ukeys.logout(token)

    with pytest.raises(errors.LoginRequired):
        ukeys.sign(token, MESSAGE, Algorithm.ES256)


def test_two_keys_are_told_apart_and_used_side_by_side(bench: "Bench", ukeys: UKeys, pin: str) -> None:
    made = {
        bench.make("甲", subject=(("2.5.4.3", "甲机械有限公司"),)).serial: "甲机械有限公司",
        bench.make("乙", subject=(("2.5.4.3", "乙商贸有限公司"),)).serial: "乙商贸有限公司",
    }
    tokens = ukeys.scan().tokens
    assert {token.serial: token.unit_name for token in tokens} == made

    for token in tokens:
        ukeys.login(token, pin)
    for token in (*tokens, *tokens):
        assert token.signing_certificate is not None
        signature = ukeys.sign(token, MESSAGE, Algorithm.ES256)
        verify(token.signing_certificate.der, Algorithm.ES256, signature, MESSAGE)


def test_each_signature_is_by_the_key_and_in_the_way_that_were_asked_for(
    bench: "Bench", ukeys: UKeys, pin: str
) -> None:
    bench.make("两个密钥", KeyAlgorithm.RSA_2048, KeyAlgorithm.EC_P256)
    (token,) = ukeys.scan().tokens
    ukeys.login(token, pin)
    by_kind = {certificate.key_algorithm: certificate for certificate in token.certificates}
    ways = [
        (Algorithm.RS256, by_kind[KeyAlgorithm.RSA_2048]),
        (Algorithm.PS256, by_kind[KeyAlgorithm.RSA_2048]),
        (Algorithm.ES256, by_kind[KeyAlgorithm.EC_P256]),
    ]

    for algorithm, certificate in (*ways, *ways, *reversed(ways)):
        verify(certificate.der, algorithm, ukeys.sign(token, MESSAGE, algorithm, certificate), MESSAGE)


def test_of_two_keys_under_one_id_the_one_of_the_certificate_signs(bench: "Bench", ukeys: UKeys, pin: str) -> None:
    """A container to sign and one to encrypt may share a CKA_ID."""
    bench.make("示例单位", KeyAlgorithm.RSA_2048)
    edit(bench.environment(), pin, 'session.generate_keypair(KeyType.RSA, 2048, id=b"\\x01", store=True)')
    (token,) = ukeys.scan().tokens
    ukeys.login(token, pin)
    assert token.signing_certificate is not None

    verify(token.signing_certificate.der, Algorithm.RS256, ukeys.sign(token, MESSAGE, Algorithm.RS256), MESSAGE)


def test_a_certificate_whose_key_is_gone_gives_way_once_this_is_known(
    bench: "Bench", pin: str, make_issuer: Callable[..., Callable[[bytes], bytes]]
) -> None:
    issuers = (make_issuer(days=100), make_issuer(days=300))
    bench.keys.make("示例单位", pin, *(NewKey(KeyAlgorithm.EC_P256, issue) for issue in issuers)).plug()
    edit(bench.environment(), pin, without_key(2))
    with bench.ukeys() as ukeys:
        (token,) = ukeys.scan().tokens
        assert token.signing_certificate is not None
        assert (token.signing_certificate.key_id, token.signing_certificate.has_key) == (b"\x02", None)
        token = ukeys.login(token, pin)
        assert token.signing_certificate is not None
        assert (token.signing_certificate.key_id, token.signing_certificate.has_key) == (b"\x01", True)
        ukeys.sign(token, MESSAGE, Algorithm.ES256)
        without = next(one for one in token.certificates if one.has_key is False)
        with pytest.raises(errors.KeyMissing):
            ukeys.sign(token, MESSAGE, Algorithm.ES256, without)


def test_a_message_beyond_the_limit_is_refused_at_once(bench: "Bench", ukeys: UKeys, pin: str) -> None:
    bench.make("示例单位")
    (token,) = ukeys.scan().tokens
    ukeys.login(token, pin)

    with pytest.raises(ValueError, match="too long"):
        ukeys.sign(token, bytes(8 * 1024 * 1024 + 1), Algorithm.ES256)
    assert len(ukeys.sign(token, bytes(8 * 1024 * 1024), Algorithm.ES256)) == 64

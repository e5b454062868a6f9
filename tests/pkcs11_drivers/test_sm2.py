"""SM2 keys: told apart, signed with by each vendor's own numbers, and accepted by OpenSSL's and another's verifying."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app import sm2
from pkcs11_drivers import Algorithm, KeyAlgorithm, PinState, errors
from pkcs11_drivers.family_file import VendorFileError, parse_vendor
from pkcs11_drivers.signing import raw_pair
from tests.support.sm2 import PIN, RAW, Sm2Authority

MESSAGE = "缴费申报 2026-11".encode()
UNIT, CREDIT_CODE = "示例机械有限公司", "91420500MA4901234M"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Sm2Authority:
    return Sm2Authority.make(tmp_path_factory.mktemp("sm2") / "ca", UNIT, CREDIT_CODE)


def way(mechanism: int, how: str, signature: str) -> str:
    return f'key_type = 0x80000004\nmechanism = {mechanism:#x}\nhash = "{how}"\nsignature = "{signature}"\n'


@pytest.mark.parametrize(
    ("told", "mechanisms"),
    [
        (way(0x80008104, "host", "raw"), "0x80008104"),
        (way(0x80008105, "host", "der"), "0x80008105"),
        (way(0x80008102, "module", "raw"), "0x80008102"),
        (way(0x80008103, "module", "der"), "0x80008103"),
        (way(0x80008100, "module-with-id", "raw"), "0x80008100"),
        (way(0x80008105, "host", "der") + "[[sm2]]\n" + way(0x80008102, "module", "raw"), "0x1 0x80008102"),
    ],
)
def test_a_signature_by_each_way_is_accepted(authority: Sm2Authority, told: str, mechanisms: str) -> None:
    with authority.ukeys(told, mechanisms) as ukeys:
        (token,) = ukeys.scan().tokens
        assert (token.unit_name, token.credit_code) == (UNIT, CREDIT_CODE)
        assert token.signing_certificate is not None
        assert token.signing_certificate.key_algorithm is KeyAlgorithm.SM2
        assert ukeys.algorithms(token) == (Algorithm.SM2_SM3,)
        ukeys.login(token, PIN)
        point = sm2.public_point(token.signing_certificate.der)
        assert point is not None
        for message in (MESSAGE, b"", bytes(100_000)):
            signature = ukeys.sign(token, message, Algorithm.SM2_SM3)

            assert sm2.holds(point, signature, message)
            assert not sm2.holds(point, signature, message + b"x")


def test_what_openssl_signs_is_verified_alike(authority: Sm2Authority) -> None:
    point = sm2.public_point(authority.certificate)
    assert point is not None
    for message in (b"", MESSAGE, bytes(range(256)) * 9):
        assert sm2.holds(point, sm2.raw_signature(authority.sign(message)), message)


@settings(max_examples=30, deadline=None)
@given(place=st.integers(0, 63), bit=st.integers(0, 7))
def test_no_changed_bit_of_a_signature_is_accepted(authority: Sm2Authority, place: int, bit: int) -> None:
    point = sm2.public_point(authority.certificate)
    assert point is not None
    changed = bytearray(_signed_once(authority))
    changed[place] ^= 1 << bit

    assert not sm2.holds(point, bytes(changed), MESSAGE)


def _signed_once(authority: Sm2Authority) -> bytes:
    if authority not in _SIGNED:
        _SIGNED[authority] = sm2.raw_signature(authority.sign(MESSAGE))
    return _SIGNED[authority]


_SIGNED: dict[Sm2Authority, bytes] = {}


@pytest.mark.parametrize(
    "signature",
    [b"", bytes(64), b"\xff" * 64, bytes(63) + b"\x01", b"\x01" * 65],
    ids=lambda one: f"{one[:2]!r}*{len(one)}",
)
def test_nonsense_is_no_signature(authority: Sm2Authority, signature: bytes) -> None:
    point = sm2.public_point(authority.certificate)
    assert point is not None

    assert not sm2.holds(point, signature, MESSAGE)


def test_a_point_off_the_curve_proves_nothing(authority: Sm2Authority) -> None:
    point = sm2.public_point(authority.certificate)
    assert point is not None
    off = point[:-1] + bytes([point[-1] ^ 1])

    assert not sm2.holds(off, _signed_once(authority), MESSAGE)


@pytest.mark.parametrize(("told", "mechanisms"), [("", "0x80008104"), (RAW, "0x1 0x80000001")])
def test_a_key_that_cannot_be_used_here_is_shown_all_the_same(
    authority: Sm2Authority, told: str, mechanisms: str
) -> None:
    with authority.ukeys(told, mechanisms) as ukeys:
        (token,) = ukeys.scan().tokens
        assert token.unit_name == UNIT
        ukeys.login(token, PIN)

        with pytest.raises(errors.AlgorithmUnsupported) as refused:
            ukeys.sign(token, MESSAGE, Algorithm.SM2_SM3)

        assert refused.value.algorithm == "SM2-SM3"


def test_a_module_that_hands_over_der_where_its_file_says_raw_is_a_fault(authority: Sm2Authority) -> None:
    with authority.ukeys(way(0x80008105, "host", "raw"), "0x80008105") as ukeys:
        (token,) = ukeys.scan().tokens
        ukeys.login(token, PIN)
        with pytest.raises(errors.DeviceFault, match="malformed"):
            ukeys.sign(token, MESSAGE, Algorithm.SM2_SM3)


def test_its_pin_counts_down_to_the_lock(authority: Sm2Authority) -> None:
    with authority.ukeys() as ukeys:
        (token,) = ukeys.scan().tokens
        for state in (PinState.COUNT_LOW,) * 4 + (PinState.FINAL_TRY,):
            with pytest.raises(errors.PinIncorrect) as refused:
                ukeys.login(token, "000001")
            assert refused.value.pin_state is state
        with pytest.raises(errors.PinLocked):
            ukeys.login(token, "000001")
        with pytest.raises(errors.PinLocked):
            ukeys.login(token, PIN)


@given(r=st.integers(0, 2**256 - 1), s=st.integers(0, 2**256 - 1), junk=st.binary(max_size=80))
def test_reading_a_vendors_signature_gives_a_pair_or_a_value_error(r: int, s: int, junk: bytes) -> None:
    raw = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    assert raw_pair(raw, is_der=False) == raw
    for is_der in (True, False):
        try:
            assert len(raw_pair(junk, is_der=is_der)) == 64
        except ValueError:
            continue


@pytest.mark.parametrize(
    "wrong",
    ['signature = "base64"', 'hash = "nobody"', "mechanism = 'x'", "colour = 1"],
)
def test_a_faulty_way_is_refused_by_name(wrong: str) -> None:
    name = wrong.split(" = ", maxsplit=1)[0]
    lines = [line for line in RAW.splitlines() if not line.startswith(name)]
    text = 'name = "示例"\nsource = "made up"\nverified = false\n[[sm2]]\n' + "\n".join([*lines, wrong])

    with pytest.raises(VendorFileError, match=r"example\.toml"):
        parse_vendor("example", text)

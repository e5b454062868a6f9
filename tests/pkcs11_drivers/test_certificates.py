"""Whose certificate it is, read as Chinese CAs really write it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pkcs11_drivers import KeyAlgorithm
from pkcs11_drivers.certificates import credit_code_holds, organisation_code_holds, read, rules
from pkcs11_drivers.der import DerError, texts

Make = Callable[..., bytes]

UNIT = "示例机械有限公司"
CODE = "91420500MA4901234M"
GM_T = "1.2.156.10260.4.1.4"
OLDER = "1.2.86.11.7.4"
P256_OID = bytes.fromhex("06082a8648ce3d030107")
SM2_OID = bytes.fromhex("06082a811ccf5501822d")


def tlv(tag: int, content: bytes) -> bytes:
    return bytes((tag, len(content))) + content


WRAPPED = {
    "UTF8String": tlv(0x0C, CODE.encode()),
    "PrintableString": tlv(0x13, CODE.encode()),
    "IA5String": tlv(0x16, CODE.encode()),
    "BMPString": tlv(0x1E, CODE.encode("utf-16-be")),
    "OCTET STRING": tlv(0x04, CODE.encode()),
    "UTF8String in SEQUENCE": tlv(0x30, tlv(0x0C, CODE.encode())),
    "PrintableString in OCTET STRING": tlv(0x04, tlv(0x13, CODE.encode())),
    "UTF8String under a context tag": tlv(0xA0, tlv(0x0C, CODE.encode())),
    "text under a context tag": tlv(0x80, CODE.encode()),
    "SET of name and code": tlv(0x31, tlv(0x0C, UNIT.encode()) + tlv(0x13, CODE.encode())),
    "bare text": CODE.encode(),
    "prefix 0": tlv(0x13, b"0" + CODE.encode()),
    "prefix with a colon": tlv(0x0C, "统一社会信用代码:".encode() + CODE.encode()),
    "spaces": tlv(0x0C, b"  " + CODE.encode() + b" "),
    "zero byte": tlv(0x0C, CODE.encode() + b"\0"),
}


@pytest.mark.parametrize("oid", [GM_T, OLDER, "1.2.156.10260.4.1.5", "1.2.86.11.7.3", "1.2.156.1.8888.148"])
@pytest.mark.parametrize("wrapped", WRAPPED.values(), ids=WRAPPED.keys())
def test_the_credit_code_is_found_in_an_extension_however_it_is_wrapped(
    make_certificate: Make, oid: str, wrapped: bytes
) -> None:
    certificate = read(make_certificate(extensions=[(oid, wrapped)]))

    assert certificate.credit_code == CODE
    assert next(one.where for one in certificate.found if one.field == "credit_code") == f"extension {oid}"


@pytest.mark.parametrize(
    ("subject", "unit", "code"),
    [
        ([("2.5.4.3", UNIT)], UNIT, None),
        ([("2.5.4.10", UNIT), ("2.5.4.3", UNIT)], UNIT, None),
        ([("2.5.4.10", UNIT), ("2.5.4.3", "张三")], UNIT, None),
        ([("2.5.4.10", "示例数字证书认证中心"), ("2.5.4.3", UNIT)], UNIT, None),
        ([("2.5.4.3", f"041@0{CODE}@{UNIT}@00000001")], UNIT, CODE),
        ([("2.5.4.3", f"{CODE}@{UNIT}")], UNIT, CODE),
        ([("2.5.4.3", f"{UNIT}@{CODE}")], UNIT, CODE),
        ([("2.5.4.3", UNIT), ("2.5.4.11", CODE)], UNIT, CODE),
        ([("2.5.4.3", UNIT), ("2.5.4.5", CODE)], UNIT, CODE),
        ([("2.5.4.3", UNIT), ("2.5.4.97", f"NTRCN-{CODE}")], UNIT, CODE),
        ([("2.5.4.3", "随州示例")], "随州示例", None),
    ],
)
def test_name_and_code_are_found_in_the_subject(
    make_certificate: Make, subject: list[tuple[str, str]], unit: str, code: str | None
) -> None:
    certificate = read(make_certificate(subject=subject))

    assert (certificate.unit_name, certificate.credit_code) == (unit, code)


def test_a_code_with_a_wrong_check_character_is_not_taken_for_one(make_certificate: Make) -> None:
    wrong = CODE[:-1] + "0"
    certificate = read(make_certificate(extensions=[(GM_T, tlv(0x0C, wrong.encode()))]))

    assert certificate.credit_code is None


def test_an_old_organisation_code_is_told_as_such(make_certificate: Make) -> None:
    certificate = read(make_certificate(extensions=[(OLDER, tlv(0x13, b"D2143569-X"))]))

    assert (certificate.credit_code, certificate.organisation_code) == (None, "D2143569-X")


def test_the_first_rule_decides_and_every_find_is_told(make_certificate: Make) -> None:
    other = next(
        candidate
        for character in "0123456789ABCDEFGHJKLMNPQRTUWXY"
        if credit_code_holds(candidate := "91370400MA3C0567" + "8" + character)
    )
    extensions = [("1.2.86.11.7.5", tlv(0x13, other.encode())), (GM_T, tlv(0x0C, CODE.encode()))]

    certificate = read(make_certificate(extensions=extensions))

    assert certificate.credit_code == CODE
    assert {one.value for one in certificate.found if one.field == "credit_code"} == {CODE, other}


@pytest.mark.parametrize(("usage", "may_sign"), [("sign", True), ("encrypt", False), (None, True)])
def test_key_usage_says_whether_it_may_sign(make_certificate: Make, usage: str | None, *, may_sign: bool) -> None:
    assert read(make_certificate(usage=usage)).may_sign is may_sign


def test_a_ca_certificate_may_not_sign(make_certificate: Make) -> None:
    basic_constraints = ("2.5.29.19", bytes.fromhex("30030101ff"))

    assert not read(make_certificate(extensions=[basic_constraints], usage=None)).may_sign


def test_an_sm2_certificate_is_recognised_though_cryptography_cannot_load_its_key(make_certificate: Make) -> None:
    data = make_certificate(extensions=[(GM_T, tlv(0x0C, CODE.encode()))]).replace(P256_OID, SM2_OID)
    with pytest.raises(UnsupportedAlgorithm):
        x509.load_der_x509_certificate(data).public_key()

    certificate = read(data)

    assert certificate.key_algorithm is KeyAlgorithm.SM2
    assert (certificate.unit_name, certificate.credit_code) == (UNIT, CODE)


def test_chinese_text_in_a_printable_string_is_read_all_the_same(make_certificate: Make) -> None:
    name = UNIT.encode()
    data = make_certificate().replace(bytes((0x0C, len(name))) + name, bytes((0x13, len(name))) + name)

    assert read(data).unit_name == UNIT


def test_text_in_gb18030_is_read(make_certificate: Make) -> None:
    name, length = UNIT.encode(), len(UNIT.encode())
    old = (UNIT.encode("gb18030") + b" " * length)[:length]

    assert read(make_certificate().replace(name, old)).unit_name == UNIT


@pytest.mark.parametrize("bits", [1024, 2048, 3072])
def test_rsa_keys_are_told_by_their_length(bits: int) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, UNIT)])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1))
    data = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)

    assert read(data).key_algorithm is KeyAlgorithm(f"rsa-{bits}")


def test_what_both_can_read_is_read_as_cryptography_reads_it(make_certificate: Make) -> None:
    for days in (1, 365, 365 * 40):  # the last one ends after 2050, in GeneralizedTime
        data = make_certificate(days=days)
        ours, theirs = read(data, key_id=b"\1", label="甲"), x509.load_der_x509_certificate(data)

        assert int(ours.serial, 16) == theirs.serial_number
        assert (ours.not_before, ours.not_after) == (theirs.not_valid_before_utc, theirs.not_valid_after_utc)
        assert (ours.subject, ours.issuer) == (f"CN={UNIT}", "CN=示例CA")
        assert (ours.der, ours.key_id, ours.label) == (data, b"\1", "甲")
        assert ours.valid_at(theirs.not_valid_after_utc)
        assert not ours.valid_at(theirs.not_valid_after_utc + timedelta(seconds=1))


def test_padding_after_the_certificate_is_cut_off(make_certificate: Make) -> None:
    data = make_certificate()

    assert read(data + bytes(100)).der == data


@given(st.binary(max_size=200))
def test_bytes_that_are_no_certificate_are_refused_and_nothing_else(data: bytes) -> None:
    with pytest.raises(DerError):
        read(data)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(hits=st.lists(st.tuples(st.integers(0, 299), st.integers(0, 255)), min_size=1, max_size=4))
def test_a_damaged_certificate_is_read_or_refused(make_certificate: Make, hits: list[tuple[int, int]]) -> None:
    damaged = bytearray(make_certificate(extensions=[(GM_T, tlv(0x0C, CODE.encode()))]))
    for place, byte in hits:
        damaged[place] = byte
    try:
        assert read(bytes(damaged)).der
    except DerError as refused:
        assert refused.args  # noqa: PT017 - either outcome is right, any other exception is not


@given(st.binary(max_size=64))
def test_any_extension_value_gives_texts(value: bytes) -> None:
    assert all(isinstance(text, str) for text in texts(value))


@given(st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=17, max_size=17))
def test_exactly_one_check_character_is_right(body: str) -> None:
    assert sum(credit_code_holds(body + last) for last in "0123456789ABCDEFGHJKLMNPQRTUWXY") == 1


def test_published_codes_hold() -> None:
    assert credit_code_holds("91350100M000100Y43")  # the example of GB 32100-2015
    assert organisation_code_holds("D2143569-X")  # the example of GB 11714-1997
    assert not organisation_code_holds("D2143569-1")


def test_every_rule_is_one_that_the_reader_knows() -> None:
    assert {rule.place for rule in rules()} == {"subject", "extension"}
    assert {"unit_name", "credit_code", "organisation_code"} <= {rule.field for rule in rules()}

"""``shebao ukey test`` and its like with keys, PINs and certificates as they should not be: never exit 70."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from pkcs11_drivers import KeyAlgorithm, Registry
from pkcs11_drivers.softkey import NewKey, SoftKey, SoftKeys
from tests.cli.conftest import Shell
from tests.pkcs11_drivers.conftest import PIN, UNIT
from tests.support.edited_key import edit, without_key
from tests.support.faulty import Faulty
from tests.support.rough_certificate import CODE_OID, CREDIT_CODE, NAME, rough, tlv

OTHER = "另一家示例公司"
Issue = Callable[[bytes], bytes]
Make = Callable[..., SoftKey]
RSA = KeyAlgorithm.RSA_2048


def issued(**how: object) -> Issue:
    return lambda public_key: rough(public_key, **how)  # type: ignore[arg-type]


def named(tag: int, text: bytes) -> Issue:
    return issued(subject=((NAME, tag, text),))


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    keys = SoftKeys(tmp_path / "keys", Registry.load())
    for name, value in keys.environment.items():
        monkeypatch.setenv(name, value)

    def made(*issues: Issue, label: str = "示例") -> SoftKey:
        key = keys.make(label, PIN, *(NewKey(RSA, issue) for issue in issues))
        key.plug()
        return key

    return made


@pytest.fixture
def types(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    return lambda text: monkeypatch.setattr("sys.stdin", io.StringIO(text))


@pytest.mark.parametrize(
    "issue",
    [
        named(0x13, UNIT.encode("gb18030")),
        named(0x1E, UNIT.encode("utf-16-be")),
        named(0x14, UNIT.encode("gb18030")),
        named(0x1C, UNIT.encode("utf-32-be")),
        named(0x0C, f"041@0{CREDIT_CODE}@{UNIT}@00000001".encode()),
        issued(extensions=((CODE_OID, True, tlv(0x0C, CREDIT_CODE.encode())),)),
        issued(extensions=(("1.2.3.4.5", True, b"\x05\x00"), ("1.2.3.4.6", False, bytes(8192)))),
        issued(serial=-5),
        issued(version=False, usage=False),
        issued(starts=b"00010101000000Z", ends=b"99991231235959Z", time_tag=0x18),
        issued(starts=b"20200101000000.5Z", ends=b"20401231155959+0800", time_tag=0x18),
        named(0x0C, UNIT.replace("机", "机\n\x1b[2J\u202e\0").encode()),
    ],
    ids=range(12),
)
def test_a_certificate_that_strict_readers_refuse_signs_and_names_its_unit(
    shell: Shell, make: Make, types: Callable[[str], None], issue: Issue
) -> None:
    make(issue)
    types(f"{PIN}\r\n")
    code, found = shell("ukey", "test", "--pin-stdin")

    assert (code, found["ok"]) == (0, True)
    assert found["token"]["unit_name"].replace("[2J", "") == UNIT
    assert f"UKey：{found['token']['unit_name']}。" in shell.said


@pytest.mark.parametrize(
    ("typed", "code", "refused"),
    [
        ("", 2, "pin-needed"),
        ("\n", 4, "pin-length"),
        (f"{PIN} \n", 4, "pin-characters"),
        ("７３９１５４\n", 4, "pin-characters"),
        ("7391\x0054\n", 4, "pin-characters"),
        ("\udcff" * 5, 4, "pin-characters"),
        ("1" * 300, 4, "pin-length"),
    ],
    ids=range(7),
)
def test_what_is_no_pin_is_not_tried_on_the_key(
    shell: Shell, make: Make, types: Callable[[str], None], typed: str, code: int, refused: str
) -> None:
    make(issued())
    types(typed)
    found = shell("ukey", "test", "--pin-stdin")
    assert (found[0], found[1]["error"]["code"]) == (code, refused)

    assert shell("ukey", "list")[1]["tokens"][0]["pin_state"] == "ok"


def test_a_closed_standard_input_is_no_fault_of_ours(shell: Shell, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    make(issued())
    monkeypatch.setattr("sys.stdin", None)
    for words in (("ukey", "test", "--pin-stdin"), ("ukey", "test"), ("ukey", "change-pin")):
        assert shell(*words)[0] == 2


def test_the_unit_that_is_told_is_the_one_that_signs(shell: Shell, make: Make, types: Callable[[str], None]) -> None:
    other = (NAME, 0x0C, OTHER.encode())
    make(issued(ends=b"301231155959Z"), issued(subject=(other,), starts=b"400101000000Z", ends=b"451231155959Z"))
    types(PIN)
    code, found = shell("ukey", "test", "--pin-stdin")

    assert (code, found["token"]["unit_name"]) == (0, UNIT)
    assert f"UKey：{UNIT}。" in shell.said
    assert shell("ukey", "list")[1]["tokens"][0]["unit_name"] == UNIT


def test_nothing_is_signed_for_another_unit_than_was_shown(
    shell: Shell, make: Make, types: Callable[[str], None]
) -> None:
    """Before the PIN it cannot be seen that the private key of the one that lasts longest is gone."""
    other = (NAME, 0x0C, OTHER.encode())
    make(issued(ends=b"451231155959Z"), issued(ends=b"301231155959Z", subject=(other,)))
    edit(os.environ, PIN, without_key(1))
    types(PIN)
    code, found = shell("ukey", "test", "--pin-stdin")

    assert (code, found["error"]["code"]) == (4, "certificate-other")
    assert UNIT in found["error"]["message"]
    assert OTHER in found["error"]["message"]


def test_of_two_kinds_of_key_the_one_that_can_be_used_signs(
    shell: Shell, make: Make, types: Callable[[str], None]
) -> None:
    """A key that was moved to SM2 carries both, and this driver knows no SM2."""
    sm2 = tlv(0x30, bytes.fromhex("301306072a8648ce3d020106082a811ccf5501822d") + tlv(0x03, b"\0\x04" + b"\x11" * 64))
    make(issued(ends=b"301231155959Z"), lambda _: rough(sm2, ends=b"401231155959Z"))
    types(PIN)

    assert shell("ukey", "test", "--pin-stdin")[1]["signature_algorithm"] == "RS256"


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (ec.generate_private_key(ec.SECP384R1()), "ECC P-384"),
        (ed25519.Ed25519PrivateKey.generate(), "Ed25519"),
    ],
    ids=["P-384", "Ed25519"],
)
def test_a_kind_of_key_that_cannot_be_used_is_called_by_its_name(
    shell: Shell, make: Make, types: Callable[[str], None], key: ec.EllipticCurvePrivateKey, words: str
) -> None:
    make(lambda _: rough(key.public_key()))
    types(PIN)
    code, found = shell("ukey", "test", "--pin-stdin")

    assert (code, found["error"]["code"]) == (4, "algorithm-unusable")
    assert words in found["error"]["message"]
    assert words in str(shell("doctor")[1])


def test_a_signature_that_is_not_the_certificates_is_not_used(
    shell: Shell, make: Make, types: Callable[[str], None]
) -> None:
    """What the old web pages called 未成功生成签名值: the key beside the certificate is another."""
    strange = rsa.generate_private_key(65537, 2048).public_key()
    make(lambda _: rough(strange))
    types(PIN)
    code, found = shell("ukey", "test", "--pin-stdin")

    assert (code, found["error"]["code"]) == (4, "signature-not-made")
    assert "未成功生成签名值" in found["error"]["message"]


def test_a_key_without_a_certificate_is_not_called_absent(
    shell: Shell, make: Make, types: Callable[[str], None]
) -> None:
    key = make(label="")
    types(PIN)
    code, found = shell("ukey", "test", "--pin-stdin")
    assert (code, found["error"]["code"]) == (4, "certificate-missing")
    types(f"{PIN}\n60412975\n")
    assert shell("ukey", "change-pin", "--pin-stdin")[0] == 0, "its PIN can be changed all the same"
    types(PIN)
    code, found = shell("ukey", "test", "--token", "0000", "--pin-stdin")

    assert (code, found["error"]["code"]) == (4, "ukey-none")
    assert "0000" in found["error"]["message"]
    assert key.serial in found["error"]["safe"]


def test_several_keys_are_told_with_their_units(shell: Shell, make: Make) -> None:
    keys = [make(issued()), make(issued(subject=((NAME, 0x0C, OTHER.encode()),)))]
    code, found = shell("ukey", "test", "--pin-stdin")

    assert (code, found["error"]["code"]) == (2, "ukey-several")
    for key, unit in zip(keys, (UNIT, OTHER), strict=True):
        assert f"{key.serial}（{unit}）" in found["error"]["message"]


def test_what_cannot_be_a_driver_is_refused_in_time(shell: Shell, make: Make, tmp_path: Path) -> None:
    make(issued())
    loop, folder, text = tmp_path / "loop.so", tmp_path / "folder.so", tmp_path / "text.so"
    loop.symlink_to(loop)
    folder.mkdir()
    text.write_text("no library", "utf-8")
    for path, refused in (
        (tmp_path / ("x" * 5000), "driver-unread"),
        (loop, "file-missing"),
        (folder, "driver-no-library"),
        (text, "driver-no-library"),
    ):
        code, found = shell("ukey", "add", str(path))
        assert (code, found["error"]["code"]) == (2, refused)
    assert shell("ukey", "remove", str(loop))[0] == 2

    assert len(shell("ukey", "list")[1]["tokens"]) == 1


@pytest.mark.parametrize(
    ("plan", "refused", "tries"),
    [
        ("C_GetTokenInfo flags 0x40000", "pin-locked", 0),
        ("C_Login rv 0xA4", "pin-locked", 1),
        ("C_Login rv 0x102", "pin-not-set", 1),
        ("C_Login rv 0x80000A01", "ukey-failed", 1),
        ("C_Login crash", "ukey-crashed", 1),
        ("C_Sign wrong", "signature-not-made", 1),
        ("C_Sign length 255", "signature-not-made", 1),
        ("C_FindObjects no-keys", "key-missing", 1),
    ],
    ids=str,
)
def test_what_a_driver_does_wrong_is_told_as_what_it_is(
    shell: Shell,
    make: Make,
    types: Callable[[str], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    plan: str,
    refused: str,
    tries: int,
) -> None:
    make(issued())
    faulty = Faulty(SoftKeys(tmp_path / "keys", Registry.load()), tmp_path)
    faulty.registry()
    families = tmp_path / "home" / "ukeys"
    families.mkdir(parents=True)
    (tmp_path / "faulty.toml").rename(families / "softhsm.toml")  # in the place of the sound one
    for name, value in faulty.environment().items():
        monkeypatch.setenv(name, value)
    faulty.plan(plan)
    types(PIN)
    code, found = shell("ukey", "test", "--pin-stdin")

    assert (code, found["error"]["code"]) == (4, refused)
    assert found["error"]["remedy"]
    assert faulty.calls("C_Login") == tries

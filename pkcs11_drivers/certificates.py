"""Reading a certificate: whose it is, what key it holds, whether it may sign.

Which subject attribute or extension holds the unit's name and code is data (`certificate_rules.toml`). SM2
certificates are recognised although cryptography cannot load their keys.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING

from pkcs11_drivers import der, key_name
from pkcs11_drivers.model import Certificate, Found, KeyAlgorithm

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_RSA = "1.2.840.113549.1.1.1"
_RSA_PSS = "1.2.840.113549.1.1.10"
_EC = "1.2.840.10045.2.1"
_CURVES = {
    "1.2.840.10045.3.1.7": KeyAlgorithm.EC_P256,
    "1.3.132.0.34": KeyAlgorithm.EC_P384,
    "1.3.132.0.35": KeyAlgorithm.EC_P521,
    "1.2.156.10197.1.301": KeyAlgorithm.SM2,
    "1.3.101.112": KeyAlgorithm.ED25519,
}
"""By the curve's identifier; of Ed25519 (RFC 8410) it is the key's own."""
_RSA_LENGTHS = {
    1024: KeyAlgorithm.RSA_1024,
    2048: KeyAlgorithm.RSA_2048,
    3072: KeyAlgorithm.RSA_3072,
    4096: KeyAlgorithm.RSA_4096,
}
_KEY_USAGE = "2.5.29.15"
_BASIC_CONSTRAINTS = "2.5.29.19"
_NAMES = {
    "2.5.4.3": "CN",
    "2.5.4.5": "SERIALNUMBER",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "2.5.4.97": "organizationIdentifier",
}
_UTC_TIME = 0x17
_CENTURY_PIVOT = 50


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of `certificate_rules.toml`."""

    field: str
    place: str
    oid: str
    pattern: re.Pattern[str] | None
    check: Callable[[str], bool] | None

    def values(self, text: str) -> Iterator[str]:
        """Yield what the rule takes from `text`, only values with a right check character where it asks for one."""
        if self.pattern is None:
            candidates = [text] if text else []
        else:
            candidates = [match["value"].strip() for match in self.pattern.finditer(text)]
        yield from (value for value in candidates if value and (self.check is None or self.check(value)))


def credit_code_holds(code: str) -> bool:
    """Whether the last of the 18 characters is right (GB 32100-2015: weights 3^i mod 31, no I O S V Z)."""
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    if len(code) != 18 or any(character not in alphabet for character in code):
        return False
    total = sum(alphabet.index(character) * pow(3, place, 31) for place, character in enumerate(code[:17]))
    return alphabet[-total % 31] == code[17]


def organisation_code_holds(code: str) -> bool:
    """Whether the last of the nine characters is right (GB 11714-1997: weights 3 7 9 10 5 8 4 2, modulo 11)."""
    code = code.replace("-", "")
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    if not re.fullmatch(r"[0-9A-Z]{8}[0-9X]", code):
        return False
    check = -sum(int(character, 36) * weight for character, weight in zip(code, weights, strict=False)) % 11
    return "0123456789X"[check] == code[8]


_CHECKS: dict[str, Callable[[str], bool]] = {
    "credit-code": credit_code_holds,
    "organisation-code": organisation_code_holds,
}


@lru_cache(maxsize=1)
def rules() -> tuple[Rule, ...]:
    """Return the rules of `certificate_rules.toml` in their order."""
    text = resources.files("pkcs11_drivers").joinpath("certificate_rules.toml").read_text("utf-8")
    data = tomllib.loads(text)
    return tuple(_rule(row, data["pattern"]) for row in data["rule"])


def _rule(row: dict[str, str], patterns: dict[str, str]) -> Rule:
    check = row.get("check")
    pattern = row.get("pattern") or (patterns.get(check) if check else None)
    return Rule(
        field=row["field"],
        place=row["in"],
        oid=row["oid"],
        pattern=re.compile(pattern) if pattern else None,
        check=_CHECKS[check] if check else None,
    )


def read(data: bytes, *, key_id: bytes = b"", label: str = "") -> Certificate:
    """Read one DER certificate, with the CKA_ID and CKA_LABEL under which the token keeps it.

    Raises:
        der.DerError: the bytes are no certificate.

    """
    data = data[: der.length_of_first(data)]
    try:
        return _read(data, key_id, label)
    except (IndexError, ValueError) as error:
        raise der.DerError("not a certificate") from error


def public_key(data: bytes) -> bytes:
    """Return the certificate's SubjectPublicKeyInfo (DER).

    Raises:
        der.DerError: the bytes are no certificate.

    """
    return _public_key(data).encoded()


def public_point(data: bytes) -> bytes:
    """Return the public key of an EC or SM2 certificate as it stands there: 04, x, y.

    Raises:
        der.DerError: the bytes are no certificate.

    """
    return _public_key(data).children()[1].content[1:]


def modulus_name(data: bytes) -> str:
    """Return `key_name.modulus_name` of an RSA certificate, "" of one with another kind of key.

    Raises:
        der.DerError: the bytes are no certificate.

    """
    algorithm, bits = _public_key(data).children()[:2]
    if algorithm.children()[0].oid() not in {_RSA, _RSA_PSS}:
        return ""
    return key_name.modulus_name(der.read_one(bits.content[1:]).children()[0].integer())


def _public_key(data: bytes) -> der.Node:
    try:
        fields = der.read_one(data).children()[0].children()
        return fields[6 if fields[0].tag == 0xA0 else 5]
    except IndexError as error:
        raise der.DerError("not a certificate") from error


def _read(data: bytes, key_id: bytes, label: str) -> Certificate:
    fields = der.read_one(data).children()[0].children()
    if fields[0].tag == 0xA0:  # the explicit version; absent in version 1
        fields = fields[1:]
    serial, _, issuer, validity, subject, key = fields[:6]
    extensions = _extensions(fields[6:])
    names = list(_attributes(subject))
    found = tuple(_apply_rules(names, extensions))
    not_before, not_after = (_time(node) for node in validity.children())
    by_field = {item.field: item.value for item in reversed(found)}
    return Certificate(
        der=data,
        key_id=key_id,
        label=label,
        subject=_name(names),
        issuer=_name(list(_attributes(issuer))),
        serial=serial.content.hex(),
        not_before=not_before,
        not_after=not_after,
        key_algorithm=_key_algorithm(key),
        may_sign=_may_sign(extensions),
        unit_name=by_field.get("unit_name"),
        credit_code=by_field.get("credit_code"),
        organisation_code=by_field.get("organisation_code"),
        found=found,
    )


def _extensions(rest: list[der.Node]) -> list[tuple[str, bytes]]:
    rows = [row.children() for node in rest if node.tag == 0xA3 for row in node.children()[0].children()]
    return [(row[0].oid(), row[-1].content) for row in rows]


def _attributes(name: der.Node) -> Iterator[tuple[str, str]]:
    for part in name.children():
        for attribute in part.children():
            kind, value = attribute.children()[:2]
            yield kind.oid(), value.text()


def _name(attributes: list[tuple[str, str]]) -> str:
    return ", ".join(f"{_NAMES.get(oid, oid)}={value}" for oid, value in attributes)


def _time(node: der.Node) -> datetime:
    text = node.content.decode("ascii").rstrip("Z")
    if node.tag == _UTC_TIME:
        text = ("20" if int(text[:2]) < _CENTURY_PIVOT else "19") + text  # RFC 5280 section 4.1.2.5.1
    return datetime.strptime(text[:14].ljust(14, "0"), "%Y%m%d%H%M%S").replace(tzinfo=UTC)


def _key_algorithm(node: der.Node) -> KeyAlgorithm:
    algorithm, bits = node.children()[:2]
    kind, *parameters = algorithm.children()
    if kind.oid() in {_RSA, _RSA_PSS}:
        modulus = der.read_one(bits.content[1:]).children()[0].integer()
        return _RSA_LENGTHS.get(modulus.bit_length(), KeyAlgorithm.RSA_OTHER)
    curve = next((parameter.oid() for parameter in parameters if parameter.tag == 0x06), "")
    if kind.oid() == _EC or curve:
        return _CURVES.get(curve, KeyAlgorithm.UNKNOWN)
    return _CURVES.get(kind.oid(), KeyAlgorithm.UNKNOWN)


def _may_sign(extensions: list[tuple[str, bytes]]) -> bool:
    """Whether digitalSignature is allowed. Without the extension all is (RFC 5280 4.2.1.3), except for a CA."""
    for oid, value in extensions:
        if oid == _BASIC_CONSTRAINTS and any(node.tag == 0x01 and any(node.content) for node in _inside(value)):
            return False
        if oid == _KEY_USAGE:
            bits = der.read_one(value).content
            if len(bits) < 2 or not bits[1] & 0x80:
                return False
    return True


def _inside(value: bytes) -> list[der.Node]:
    return der.read_one(value).children()


def _apply_rules(names: list[tuple[str, str]], extensions: list[tuple[str, bytes]]) -> Iterator[Found]:
    for rule in rules():
        if rule.place == "subject":
            places = [text for oid, text in names if oid == rule.oid]
        else:
            places = [text for oid, value in extensions if oid == rule.oid for text in der.texts(value)]
        for text in places:
            for value in rule.values(text):
                yield Found(field=rule.field, value=value, where=f"{rule.place} {rule.oid}", text=text)

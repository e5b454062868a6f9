"""The facts about keys, tokens and certificates that the rest of the program works with.

Frozen, standard library only, safe to hand from thread to thread and to print: nothing here ever holds a PIN.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime


class PinState(StrEnum):
    """What the token's own flags say of its user PIN; the gravest that applies.

    Two vendor types are reported never to set `FINAL_TRY`, and SoftHSM never locks: a state is the token's word,
    not a promise.
    """

    OK = "ok"
    COUNT_LOW = "count-low"
    FINAL_TRY = "final-try"
    LOCKED = "locked"
    NOT_INITIALISED = "not-initialised"
    TO_BE_CHANGED = "to-be-changed"
    PROTECTED_PATH = "protected-path"
    UNKNOWN = "unknown"


class PinEntry(StrEnum):
    """Where the PIN is entered: typed into the program, or on the key's own pad or the driver's own dialog."""

    TYPED = "typed"
    PROTECTED_PATH = "protected-path"


class KeyAlgorithm(StrEnum):
    """The kind of a certificate's public key."""

    RSA_1024 = "rsa-1024"
    RSA_2048 = "rsa-2048"
    RSA_3072 = "rsa-3072"
    RSA_4096 = "rsa-4096"
    RSA_OTHER = "rsa-other"
    EC_P256 = "ec-p256"
    EC_P384 = "ec-p384"
    EC_P521 = "ec-p521"
    ED25519 = "ed25519"
    SM2 = "sm2"
    UNKNOWN = "unknown"

    @property
    def is_rsa(self) -> bool:
        """Whether this is an RSA key of any length."""
        return self.value.startswith("rsa-")


class Algorithm(StrEnum):
    """Signature algorithms by their JOSE names (RFC 7518 section 3.1).

    `ES256` signatures are the raw 64 bytes r followed by s, as in JOSE, never DER; `PS256` is PSS with SHA-256,
    MGF1 with SHA-256 and a salt of 32 bytes. JOSE has no name for SM2 with SM3 (GB/T 32918.2-2016): `SM2-SM3` is this
    project's, its signatures are r followed by s as well, for the default user id 1234567812345678.
    """

    RS256 = "RS256"
    PS256 = "PS256"
    ES256 = "ES256"
    SM2_SM3 = "SM2-SM3"

    def fits(self, key: KeyAlgorithm) -> bool:
        """Whether a key of this kind can make such a signature."""
        if self is Algorithm.SM2_SM3:
            return key is KeyAlgorithm.SM2
        if self is Algorithm.ES256:
            return key is KeyAlgorithm.EC_P256
        return key.is_rsa


@dataclass(frozen=True, slots=True)
class Found:
    """One item read from a certificate, and where: shown to whoever wonders which unit a key belongs to.

    `field` is the item's name in `certificate_rules.toml`, `where` the place (`subject 2.5.4.3`,
    `extension 1.2.156.10260.4.1.4`), `text` what stood there, `value` what was taken from it.
    """

    field: str
    value: str
    where: str
    text: str


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate of a token.

    `der` is its exact encoding, `key_id` the token's CKA_ID that ties it to its private key, `serial` the serial
    number in lower-case hexadecimal. `unit_name`, `credit_code` (统一社会信用代码, 18 characters with a right check
    character) and `organisation_code` are None where no rule found one; `found` tells where each came from.
    `may_sign` follows the key-usage extension: digitalSignature, or no such extension, and no CA certificate.
    `usable` is whether the token's module knows a way to sign with this kind of key, `has_key` whether the private key
    lies beside it (None as long as nobody has logged in): knowledge of the token, by which no two certificates differ.
    """

    der: bytes
    key_id: bytes
    label: str
    subject: str
    issuer: str
    serial: str
    not_before: datetime
    not_after: datetime
    key_algorithm: KeyAlgorithm
    may_sign: bool
    unit_name: str | None
    credit_code: str | None
    organisation_code: str | None
    found: tuple[Found, ...]
    usable: bool = field(default=True, compare=False)
    has_key: bool | None = field(default=None, compare=False)

    def valid_at(self, moment: datetime) -> bool:
        """Whether `moment` (with time zone) lies within the certificate's validity."""
        return self.not_before <= moment <= self.not_after


def _works(certificate: Certificate) -> tuple[bool, bool]:
    return certificate.has_key is not False, certificate.usable


@dataclass(frozen=True, slots=True)
class Token:
    """One plugged-in key as it was when looked at; look again with `UKeys.scan`.

    `module` is the path of the PKCS#11 module that serves it, `vendor` the id of the registry entry, `slot` the
    module's slot number (which may be as large as a pointer), `recognised` whether manufacturer and model are those
    the registry expects. `tries_left` is None wherever the token does not count for us: PKCS#11 itself has no count.
    """

    module: str
    vendor: str
    slot: int
    label: str
    serial: str
    model: str
    manufacturer: str
    pin_state: PinState
    pin_entry: PinEntry
    certificates: tuple[Certificate, ...]
    recognised: bool = True
    logged_in: bool = False
    tries_left: int | None = None

    @property
    def signing_certificate(self) -> Certificate | None:
        """The certificate to sign with: fit for signing and lasting longest; None if there is none.

        One whose key is known to be missing, or of a kind that cannot be used here, comes after those that work: a key
        that was moved to SM2 carries both kinds. Of two that last equally long always the same one: modules list
        objects in no order.
        """
        return max(self._fit, key=lambda one: (*_works(one), one.not_after, one.der), default=None)

    def signing_certificate_at(self, moment: datetime) -> Certificate | None:
        """The same, but one that is valid at `moment` (with time zone) before any that is not.

        A renewed certificate may lie on the key before its time has come.
        """

        def worth(one: Certificate) -> tuple[bool, bool, bool, datetime, bytes]:
            return *_works(one), one.valid_at(moment), one.not_after, one.der

        return max(self._fit, key=worth, default=None)

    @property
    def unit_name(self) -> str | None:
        """Name of the unit the key belongs to, from the signing certificate."""
        certificate = self.signing_certificate
        return certificate.unit_name if certificate else None

    @property
    def credit_code(self) -> str | None:
        """统一社会信用代码 of that unit, from the signing certificate."""
        certificate = self.signing_certificate
        return certificate.credit_code if certificate else None

    @property
    def _fit(self) -> list[Certificate]:
        return [certificate for certificate in self.certificates if certificate.may_sign]

    def is_same_key(self, other: Token) -> bool:
        """Whether both are the same key, seen at two moments or through two modules.

        By serial number and certificate: serial numbers alone are not unique, and a certificate may show only after a
        login, or be renewed beside the old one.
        """
        if not self.serial or self.serial != other.serial:
            return (self.module, self.slot, self.serial) == (other.module, other.slot, other.serial)
        mine, others = ({one.der for one in token.certificates} for token in (self, other))
        return bool(mine & others) if mine and others else bool(mine) is not bool(others) or self.module == other.module

    def among(self, tokens: Iterable[Token]) -> Token | None:
        """Return this key among those that are plugged in now, by its slot where several look the same; else None."""
        same = [one for one in tokens if one.is_same_key(self)]
        here = [one for one in same if (one.module, one.slot) == (self.module, self.slot)]
        return here[0] if here else same[0] if len(same) == 1 else None


class SkipReason(StrEnum):
    """Why a module, or one slot of it, contributed no token to a scan."""

    WRONG_FILE = "wrong-file"
    """The family's file, laid down on this computer, is not as it should be."""
    NOT_INSTALLED = "not-installed"
    WRONG_BITS = "wrong-bits"
    WRONG_MACHINE = "wrong-machine"
    """Built for another processor."""
    LOAD_FAILED = "load-failed"
    CRASHED = "crashed"
    TIMED_OUT = "timed-out"
    FAULT = "fault"
    SLOT_FAULT = "slot-fault"
    NO_TOKEN = "no-token"  # noqa: S105 - a reason, not a password
    OTHER_INTERFACE = "other-interface"
    """An SKF module (GM/T 0016): a driver is there, and not of the kind that is used here."""
    SAME_KEY = "same-key"
    """Another module shows the same key, and is used for it."""


@dataclass(frozen=True, slots=True)
class SkippedModule:
    """A module that gave no token. `detail` is the raw reason.

    `module` is its path. NOT_INSTALLED: the file names looked for, with the folders as detail. WRONG_FILE: the family's
    file.
    """

    module: str
    vendor: str
    reason: SkipReason
    detail: str
    slot: int | None = None


@dataclass(frozen=True, slots=True)
class Scan:
    """All tokens of all modules, and every module that gave none, with its reason."""

    tokens: tuple[Token, ...]
    skipped: tuple[SkippedModule, ...]


@dataclass(frozen=True, slots=True)
class Presence:
    """A cheap picture of what is plugged in, to compare with the last one: if it differs, scan.

    `plugged` holds (module, slot, token serial where cheap to tell, else ""), `failed` the modules that did not
    answer, `logged_in` the (module, slot) whose login still stands. `asked_at` is when the look began (seconds of
    `time.monotonic`): what happened after that is not in the picture.
    """

    plugged: frozenset[tuple[str, int, str]]
    logged_in: frozenset[tuple[str, int]]
    failed: frozenset[str]
    asked_at: float = field(default_factory=time.monotonic, compare=False)

"""Sealed messages: what was signed is read strictly, byte for byte canonical, and belongs to who sends it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeVar

import rfc8785
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.domain.findings import Finding, error
from app.domain.months import Month
from app.domain.signing import Purpose, statement
from bureau import trust

if TYPE_CHECKING:
    from bureau.office import Office

Key = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Text = Annotated[str, Field(max_length=100)]
Value = Annotated[str, Field(min_length=1, max_length=200_000)]
YearMonth = Annotated[str, Field(pattern=r"^(19|20|21)\d\d-(0[1-9]|1[0-2])$")]
LARGEST_ENVELOPE: Final = 256 * 1024
"""Characters; a certificate for some ten thousand people fits."""

Version = Annotated[int, Field(ge=1, le=1)]  # not Literal[1], which takes true for 1


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class AttachmentNamed(_Strict):
    """A file that goes with a filing, uploaded before."""

    slot: Text
    name: Annotated[str, Field(max_length=255)]
    sha256: Digest
    size: Annotated[int, Field(ge=0)]
    media_type: Literal["application/pdf", "image/jpeg"]


class FilingEnvelope(_Strict):
    """What a unit seals to file something."""

    version: Version
    key: Key
    region: Text
    unit: Text
    item: Text
    month: YearMonth
    values: dict[str, Value]
    attachments: Annotated[list[AttachmentNamed], Field(max_length=20)]
    made_at: Text

    @property
    def of_month(self) -> Month:
        """The month it was made for."""
        return Month.parse(self.month)


class WithdrawEnvelope(_Strict):
    """What a unit seals to take a filing back."""

    version: Version
    key: Key
    unit: Text
    action: Literal["withdraw"]
    filing: Text
    made_at: Text


EnvelopeT = TypeVar("EnvelopeT", FilingEnvelope, WithdrawEnvelope)


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed message as it came, its binary parts decoded."""

    envelope: str
    algorithm: str
    certificate: bytes
    signature: bytes

    @property
    def digest(self) -> str:
        """SHA-256 of the envelope, in hex."""
        return sha256(self.envelope.encode()).hexdigest()


class Unsealed(Exception):
    """A sealed message that is none: nothing of it is kept, so that its key stays free for the real one."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.code)
        self.finding = finding


def opened(office: Office, sealed: Sealed, kind: type[EnvelopeT], unit_number: str, credit_code: str) -> EnvelopeT:
    """The message, if it is canonical, of the contract's form, and sealed by the session's unit. Raises Unsealed."""
    envelope = _read(sealed.envelope, kind)
    try:
        signer = trust.examine(sealed.certificate, office.pki)
        signer.verify(
            sealed.algorithm, sealed.signature, statement(office.origin, sealed.envelope.encode(), Purpose.SEAL)
        )
    except trust.Distrusted as distrusted:
        raise Unsealed(error(distrusted.code)) from distrusted
    if envelope.unit != unit_number or signer.credit_code != credit_code:
        raise Unsealed(error("unit-differs"))
    return envelope


def key_of(text: str) -> str:
    """The key that a message names, for the answer to a message that cannot be opened; empty where there is none."""
    try:
        key = json.loads(text)["key"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
    return key if isinstance(key, str) and len(key) <= 64 else ""


def _read(text: str, kind: type[EnvelopeT]) -> EnvelopeT:
    try:
        data: Any = json.loads(text)
        if rfc8785.dumps(data) != text.encode():
            raise Unsealed(error("envelope-wrong", reason="not-canonical"))
        return kind.model_validate(data)
    except ValidationError as wrong:
        path = ".".join(str(part) for part in wrong.errors(include_input=False)[0]["loc"])
        raise Unsealed(error("envelope-wrong", reason="form", path=path)) from None
    except (ValueError, rfc8785.CanonicalizationError, RecursionError):
        raise Unsealed(error("envelope-wrong", reason="not-canonical")) from None

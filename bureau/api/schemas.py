"""What travels, as docs/api.md and openapi.json describe it. Amounts are texts of yuan with two decimals."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Base64Bytes, BaseModel, ConfigDict, Field

from bureau.envelopes import LARGEST_ENVELOPE, Sealed
from bureau.trust import LARGEST_CERTIFICATE, LARGEST_SIGNATURE

MOST_AT_ONCE = 500
Amount = Annotated[str, Field(pattern=r"^-?\d+\.\d{2}$", examples=["204.93"])]
YearMonth = Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$", examples=["2022-08"])]
Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$", examples=["2021-11-29"])]
Algorithm = Annotated[str, Field(max_length=20, examples=["RS256", "PS256", "ES256", "SM2-SM3"])]
# Base64 is a third longer than what it stands for; what is inside is looked at again where it is used.
CertificateBytes = Annotated[Base64Bytes, Field(max_length=2 * LARGEST_CERTIFICATE)]
SignatureBytes = Annotated[Base64Bytes, Field(max_length=2 * LARGEST_SIGNATURE)]


class Asked(BaseModel):
    """A request: nothing in it that the contract does not have."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Nothing(Asked):
    """An empty object."""


class LoginToken(Asked):
    """A challenge's answer. Signed is ``statement(origin, nonce as ASCII, "login")``."""

    format: Literal["shebao-login:1"]
    challenge: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    certificate: CertificateBytes
    algorithm: Algorithm
    signature: SignatureBytes


class Lookup(Asked):
    """Identity numbers to look up."""

    identities: Annotated[list[Annotated[str, Field(max_length=30)]], Field(max_length=MOST_AT_ONCE)]


class SealedMessage(Asked):
    """Canonical JSON (RFC 8785) as text, with a detached signature over ``statement(origin, envelope, "seal")``."""

    envelope: Annotated[str, Field(max_length=LARGEST_ENVELOPE)]
    algorithm: Algorithm
    certificate: CertificateBytes
    signature: SignatureBytes

    def decoded(self) -> Sealed:
        """The message with its binary parts."""
        return Sealed(self.envelope, self.algorithm, self.certificate, self.signature)


class Batch(Asked):
    """Sealed filings, answered in their order."""

    filings: Annotated[list[SealedMessage], Field(max_length=MOST_AT_ONCE)]


class MonthAsked(Asked):
    """A month and the insurances to declare it for."""

    month: YearMonth
    insurances: Annotated[list[Annotated[str, Field(max_length=30)]], Field(max_length=20)]


class Card(BaseModel):
    """Who answers here, and what time it is at the bureau."""

    name: str
    agency: str
    regions: list[str]
    now: AwareDatetime
    version: Literal["1"]


class Challenged(BaseModel):
    """A challenge: the nonce is base64 text of 32 random bytes, good for ``expires_in`` seconds and once."""

    challenge: str
    nonce: Annotated[str, Field(min_length=44, max_length=44)]
    expires_in: int


class Unit(BaseModel):
    """A unit. ``last_period`` is 最大做账期号; ``open_bill`` the oldest bill whose money has not come back yet."""

    number: str
    name: str
    credit_code: str
    injury_class: str
    insurances: list[str]
    last_period: YearMonth | None
    open_bill: str | None
    unbilled_charges: bool
    pending_items: int
    bank_account: bool
    wages_declared_for: int | None
    tripartite: bool | None = None
    registers: dict[str, dict[str, str]] | None = None


class LoggedIn(BaseModel):
    """A session: the secret goes into ``Authorization: Bearer``."""

    session: str
    expires_at: AwareDatetime
    unit: Unit
    region: str
    now: AwareDatetime


class UnitNow(BaseModel):
    """The unit and the bureau's time."""

    unit: Unit
    now: AwareDatetime


class Person(BaseModel):
    """A person, seen from this unit. Of strangers only name, number, standing and ``paid_elsewhere`` are told."""

    identity: str
    name: str
    standing: Literal["new", "active-here", "paused-here", "insured-elsewhere", "paused-elsewhere"]
    number: str
    base: Amount | None
    since: YearMonth | None
    insurances: list[str]
    declared_until: YearMonth | None
    paid_until: YearMonth | None
    paid_in: list[str] = []
    paid_elsewhere: YearMonth | None
    stopped_from: YearMonth | None
    pending: bool
    certified_in: YearMonth | None
    first_work: Day | None = None


class People(BaseModel):
    """People, in the order asked for or by number."""

    people: list[Person]
    now: AwareDatetime


class FindingTold(BaseModel):
    """What is wrong and where; ``message`` is the bureau's own sentence."""

    code: str
    severity: Literal["error", "warning"]
    facts: dict[str, str]
    field: str | None
    message: str


class Receipt(BaseModel):
    """Canonical JSON signed by the bureau over ``statement(origin, body, "receipt")``, raw r and s."""

    body: str
    algorithm: Literal["ES256"]
    certificate: str
    signature: str


class Result(BaseModel):
    """The answer to one filing. ``repeated``: this is the first answer, given again."""

    key: str
    outcome: Literal["accepted", "refused"]
    repeated: bool
    filing: str | None
    state: str
    receipt: Receipt | None
    findings: list[FindingTold]
    notice: str | None
    certificate: str | None
    document: str | None = None


class Results(BaseModel):
    """Answers in the order of the filings."""

    results: list[Result]


class Change(BaseModel):
    """A filing as it stands after its last change."""

    key: str
    filing: str
    item: str
    month: YearMonth
    state: str
    note: str
    changed_at: AwareDatetime
    notice: str | None
    certificate: str | None
    document: str | None


class Changes(BaseModel):
    """Filings changed after the cursor that was asked for, and the cursor to ask with next."""

    cursor: int
    filings: list[Change]


class Withdrawn(BaseModel):
    """The filing's state after it was taken back, with the bureau's receipt."""

    filing: str
    state: str
    receipt: Receipt


class Line(BaseModel):
    """One insurance of one person for one month. ``person`` null: the unit pays alone."""

    insurance: str
    month: YearMonth
    kind: Literal["normal", "back", "injury-only"]
    base: Amount
    unit: Amount
    person: Amount | None


class PersonLines(BaseModel):
    """What one person's insurance costs."""

    identity: str
    name: str
    lines: list[Line]


class Preview(BaseModel):
    """What declaring the month and billing would come to. ``unit_known`` false: the unit's side is the tax office's."""

    people: list[PersonLines]
    unit_known: bool
    unit: Amount
    person: Amount
    total: Amount


class NoticeTold(BaseModel):
    """A notice in a list. ``due_on`` null: it does not expire."""

    number: str
    month: YearMonth
    total: Amount
    issued_on: Day
    due_on: Day | None
    state: Literal["open", "paid", "expired", "revoked"]
    bill_name: str


class Notices(BaseModel):
    """The unit's notices, newest first."""

    notices: list[NoticeTold]


class Stage(BaseModel):
    """A stage of the bill's way: reached, or expected where that can be said."""

    key: str
    name: str
    reached_at: AwareDatetime | None
    expected_by: AwareDatetime | None


class NoticeInFull(BaseModel):
    """A notice as it is printed (``app.domain.notices.AssessmentNotice``), its way, and the people behind it."""

    notice: dict[str, Any]
    state: Literal["open", "paid", "expired", "revoked"]
    stages: list[Stage]
    people: list[PersonLines]


class CertificateTold(BaseModel):
    """A certificate as it is printed (``app.domain.notices.ParticipationCertificate``)."""

    certificate: dict[str, Any]


class Column(BaseModel):
    """A column of a query's answer."""

    key: str
    name: str
    kind: Literal["text", "money", "month", "date", "identity"]


class Table(BaseModel):
    """A query's answer: every row has a text for every column, empty where there is nothing to tell."""

    columns: list[Column]
    rows: list[dict[str, str]]
    total: int


class DocumentTold(BaseModel):
    """A paper as it is printed (``app.domain.notices.RosterForm``)."""

    kind: Literal["account-statement", "retirement-notice", "tax-voucher", "e-receipt"]
    issued_at: AwareDatetime
    document: dict[str, Any]


class Verified(BaseModel):
    """Whether a certificate of that code was issued and can still be relied on."""

    valid: bool
    issued_at: AwareDatetime | None
    unit_name: str | None


class ErrorTold(BaseModel):
    """Why there is no result; ``message`` is a sentence for the clerk."""

    code: str
    message: str
    facts: dict[str, str]
    findings: list[FindingTold]


class Failure(BaseModel):
    """Every answer with status 4xx or 5xx."""

    error: ErrorTold

"""Every call of the contract (docs/api.md), typed. What comes back malformed is the bureau's fault and said so."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from app.domain.findings import Finding
from app.domain.notices import AssessmentNotice, ParticipationCertificate, RosterForm, from_wire
from app.errors import BureauRefused, BureauUnreachable, SessionEnded
from app.rules.wire import finding_from_wire, person_from_wire, unit_from_wire

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from app.bureau_api.transport import Transport
    from app.domain.months import Month
    from app.rules.ground import PersonFacts, UnitFacts
    from app.store.outbox import Sealed

TOKEN_FORMAT = "shebao-login:1"  # noqa: S105 - the format's name
SHORTEST_NONCE = 44
LONGEST_NONCE = 128


class BureauFault(BureauUnreachable):
    """The bureau answered, but not in a way that tells whether it took anything."""

    default_code = "bureau-fault"


@dataclass(frozen=True, slots=True)
class BureauCard:
    """Who answers at an endpoint, and what time it is there."""

    name: str
    regions: tuple[str, ...]
    now: datetime


@dataclass(frozen=True, slots=True)
class Challenge:
    """What is to be signed to log in: base64 text of 32 random bytes, good for five minutes and once."""

    id: str
    nonce: str


@dataclass(frozen=True, slots=True)
class Login:
    """A session of one unit with the bureau."""

    session: str
    expires_at: datetime
    unit: UnitFacts
    region: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Result:
    """The bureau's answer to one sealed filing.

    ``repeated`` is the first answer once more: the filing may have been decided since, so its news is fetched anew.
    """

    key: str
    accepted: bool
    repeated: bool
    filing: str | None
    state: str
    receipt: Mapping[str, Any] | None
    findings: tuple[Finding, ...]
    notice: str | None
    certificate: str | None
    document: str | None = None


@dataclass(frozen=True, slots=True)
class NoticeInFull:
    """A notice with its stages and the people behind its amounts."""

    notice: AssessmentNotice
    state: str
    stages: tuple[Mapping[str, Any], ...]
    people: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class QueryColumn:
    """A column of a query's answer. ``kind``: text, money (yuan), month, date or identity; another is read as text."""

    key: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class QueryTable:
    """What a query found: a text for every column in every row. ``total`` may be more than the rows that are here."""

    columns: tuple[QueryColumn, ...]
    rows: tuple[Mapping[str, str], ...]
    total: int

    def to_wire(self) -> dict[str, Any]:
        """As JSON, e.g. to be kept for looking at offline."""
        columns = [{"key": one.key, "name": one.name, "kind": one.kind} for one in self.columns]
        return {"columns": columns, "rows": [dict(one) for one in self.rows], "total": self.total}

    @classmethod
    def from_wire(cls, data: Mapping[str, Any]) -> QueryTable:
        """From JSON; a cell that is not there is empty. Raises KeyError, TypeError or ValueError."""
        columns = tuple(QueryColumn(str(one["key"]), str(one["name"]), str(one["kind"])) for one in data["columns"])
        rows = tuple({one.key: str(row.get(one.key) or "") for one in columns} for row in data["rows"])
        return cls(columns, rows, int(data["total"]))


class Bureau:
    """The bureau behind a transport. ``session`` is set by :meth:`log_in` or by who kept it."""

    def __init__(self, transport: Transport, session: str | None = None) -> None:
        self._transport = transport
        self.session = session

    @property
    def origin(self) -> str:
        """The pinned endpoint's origin, which enters every signature."""
        return self._transport.origin

    def card(self) -> BureauCard:
        """Who answers there."""
        data = self._ask("GET", "/v1/bureau")
        with _reading():
            return BureauCard(data["name"], tuple(data["regions"]), datetime.fromisoformat(data["now"]))

    def challenge(self) -> Challenge:
        """A fresh challenge. A nonce that is too short or too long is not signed."""
        data = self._ask("POST", "/v1/login/challenges", {})
        with _reading():
            challenge = Challenge(data["challenge"], data["nonce"])
            if not SHORTEST_NONCE <= len(challenge.nonce) <= LONGEST_NONCE or len(b64decode(challenge.nonce)) < 32:
                raise BureauFault(host=self.origin, detail="nonce")
            return challenge

    def log_in(self, challenge: Challenge, certificate: bytes, algorithm: str, signature: bytes) -> Login:
        """Trade a signed challenge for a session. Raises BureauRefused with the reason as its code."""
        data = self._ask(
            "POST",
            "/v1/login",
            {
                "format": TOKEN_FORMAT,
                "challenge": challenge.id,
                "certificate": b64encode(certificate).decode(),
                "algorithm": algorithm,
                "signature": b64encode(signature).decode(),
            },
        )
        with _reading():
            login = Login(
                session=data["session"],
                expires_at=datetime.fromisoformat(data["expires_at"]),
                unit=unit_from_wire(data["unit"]),
                region=data["region"],
                now=datetime.fromisoformat(data["now"]),
            )
        self.session = login.session
        return login

    def log_out(self) -> None:
        """End the session."""
        self._ask("DELETE", "/v1/session")
        self.session = None

    def unit(self) -> tuple[UnitFacts, datetime]:
        """The unit as the bureau has it, and the bureau's time."""
        data = self._ask("GET", "/v1/unit")
        with _reading():
            return unit_from_wire(data["unit"]), datetime.fromisoformat(data["now"])

    def people(self) -> tuple[PersonFacts, ...]:
        """Everybody insured or paused at this unit."""
        return self._people(self._ask("GET", "/v1/people"))

    def lookup(self, identities: Sequence[str]) -> tuple[PersonFacts, ...]:
        """Who these people are, in the same order; at most 500."""
        return self._people(self._ask("POST", "/v1/people/lookup", {"identities": list(identities)}))

    def upload(self, sha256: str, media_type: str, content: bytes) -> None:
        """Put an attachment there, once."""
        self._ask("PUT", f"/v1/attachments/{sha256}", raw=content, media_type=media_type)

    def send(self, sealed: Iterable[Sealed]) -> tuple[Result, ...]:
        """Hand over sealed filings; sending one again brings the first answer again."""
        body = {
            "filings": [
                {
                    "envelope": one.envelope,
                    "algorithm": one.algorithm,
                    "certificate": b64encode(one.certificate).decode(),
                    "signature": b64encode(one.signature).decode(),
                }
                for one in sealed
            ]
        }
        data = self._ask("POST", "/v1/filings", body)
        with _reading():
            return tuple(_result(one) for one in data["results"])

    def changes(self, since: int) -> tuple[int, tuple[Mapping[str, Any], ...]]:
        """What happened to this unit's filings after a cursor, and the next cursor."""
        data = self._ask("GET", f"/v1/filings?since={since}")
        with _reading():
            return int(data["cursor"]), tuple(data["filings"])

    def withdraw(self, filing: str, sealed: Sealed) -> str:
        """Take a filing back while it is under review; its state afterwards."""
        body = {
            "envelope": sealed.envelope,
            "algorithm": sealed.algorithm,
            "certificate": b64encode(sealed.certificate).decode(),
            "signature": b64encode(sealed.signature).decode(),
        }
        data = self._ask("POST", f"/v1/filings/{filing}/withdraw", body)
        with _reading():
            return str(data["state"])

    def preview(self, month: Month, insurances: Sequence[str]) -> Mapping[str, Any]:
        """What declaring the month would come to, person by person, as the bureau calculates it."""
        return self._ask("POST", "/v1/payments/preview", {"month": str(month), "insurances": list(insurances)})

    def notices(self) -> tuple[Mapping[str, Any], ...]:
        """All notices of the unit."""
        data = self._ask("GET", "/v1/notices")
        with _reading():
            return tuple(data["notices"])

    def notice(self, number: str) -> NoticeInFull:
        """One notice with everything behind it."""
        data = self._ask("GET", f"/v1/notices/{number}")
        with _reading():
            notice = from_wire(AssessmentNotice, data["notice"])
            return NoticeInFull(notice, data["state"], tuple(data["stages"]), tuple(data["people"]))

    def certificate(self, code: str) -> ParticipationCertificate:
        """A participation certificate by its authorisation code."""
        data = self._ask("GET", f"/v1/certificates/{code}")
        with _reading():
            return from_wire(ParticipationCertificate, data["certificate"])

    def document(self, code: str) -> tuple[str, RosterForm]:
        """Another paper by its code: its kind (e.g. ``account-statement``) and what is printed."""
        data = self._ask("GET", f"/v1/documents/{quote(code, safe='')}")
        with _reading():
            return str(data["kind"]), from_wire(RosterForm, data["document"])

    def query(self, name: str, conditions: Mapping[str, str]) -> QueryTable:
        """Ask one of the queries of :data:`app.regions.vocabulary.KNOWN_QUERIES`; empty conditions do not apply."""
        asked = urlencode({key: value for key, value in conditions.items() if value})
        data = self._ask("GET", f"/v1/queries/{quote(name, safe='')}{f'?{asked}' if asked else ''}")
        with _reading():
            return QueryTable.from_wire(data)

    def close(self) -> None:
        """Let the connections go."""
        self._transport.close()

    def _people(self, data: Mapping[str, Any]) -> tuple[PersonFacts, ...]:
        with _reading():
            return tuple(person_from_wire(one) for one in data["people"])

    def _ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        raw: bytes | None = None,
        media_type: str = "application/json",
    ) -> Mapping[str, Any]:
        headers = {"Accept": "application/json"}
        if self.session:
            headers["Authorization"] = f"Bearer {self.session}"
        content = raw if raw is not None else (None if body is None else json.dumps(body, ensure_ascii=False).encode())
        if content is not None:
            headers["Content-Type"] = media_type
        answer = self._transport.send(method, path, content, headers)
        if answer.status >= 500 or 300 <= answer.status < 400:
            raise BureauFault(host=self.origin, detail=f"HTTP {answer.status}")
        try:
            data = json.loads(answer.body) if answer.body else {}
        except ValueError:
            raise BureauFault(host=self.origin, detail="not JSON") from None
        if answer.status >= 400:
            raise _refusal(data, answer.status)
        if not isinstance(data, dict):
            raise BureauFault(host=self.origin, detail="not an object")
        return data


def _result(data: Mapping[str, Any]) -> Result:
    return Result(
        key=data["key"],
        accepted=data["outcome"] == "accepted",
        repeated=bool(data["repeated"]),
        filing=data["filing"],
        state=data["state"],
        receipt=data["receipt"],
        findings=tuple(finding_from_wire(one) for one in data["findings"]),
        notice=data["notice"],
        certificate=data["certificate"],
        document=data.get("document"),
    )


def _refusal(data: object, status: int) -> BureauRefused:
    error = data.get("error", {}) if isinstance(data, dict) else {}
    code, message = str(error.get("code") or "bureau-refused"), str(error.get("message") or f"HTTP {status}")
    facts = {str(name): str(value) for name, value in dict(error.get("facts") or {}).items()} | {"message": message}
    findings = tuple(finding_from_wire(one) for one in error.get("findings") or ())
    kind = SessionEnded if code == "session-ended" else BureauRefused
    return kind(code, findings=findings, **facts)


class _reading:  # noqa: N801 - reads as a statement: with _reading()
    """Turns an answer of the wrong form into BureauFault, wherever in it the wrong form lies."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if kind is not None and issubclass(kind, (KeyError, TypeError, ValueError, AttributeError)):
            raise BureauFault(detail=f"{kind.__name__}: {error}") from error

"""A bureau over TLS, a SoftHSM UKey and a clerk's desk, all real, for the tests of workflows and windows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.bureau_api.client import Bureau
from app.bureau_api.transport import Answer, HttpsTransport
from app.domain.filings import Filing
from app.workflows import drafts, login, sync
from app.workflows import session as sessions
from app.workflows import ukey as ukeys
from app.workflows.desk import Endpoint
from app.workflows.login import Signer
from app.workflows.session import Session
from bureau.demo.ground import PIN, Ground
from tests.support.people import identity_number


@dataclass
class Wire:
    """A transport that does what a network does: ``before`` runs ahead of a request, ``after`` may spoil an answer."""

    inner: HttpsTransport
    log: list[str] = field(default_factory=list)
    origin: str = ""

    def __post_init__(self) -> None:
        self.origin = self.inner.origin

    def send(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        """Log, then pass on."""
        self.log.append(f"{method} {path.split('?', maxsplit=1)[0]}")
        self.before(path)
        return self.after(path, self.inner.send(method, path, body, headers))

    def before(self, path: str) -> None:
        """Do nothing, unless a test says otherwise."""

    def after(self, path: str, answer: Answer) -> Answer:  # noqa: ARG002 - for those who override it
        """The answer as it came."""
        return answer

    def close(self) -> None:
        """Close the real one."""
        self.inner.close()


@dataclass
class Clerk:
    """A clerk who is logged in."""

    ground: Ground
    session: Session
    signer: Signer
    bureau: Bureau

    @classmethod
    def log_in(cls, ground: Ground) -> Clerk:
        """Log in with the plugged-in UKey and fetch the news."""
        token = ukeys.choose(ground.desk)
        session, signer = login.log_in(ground.desk, ground.endpoint, token, PIN)
        bureau = sessions.connect(ground.desk, session)
        sync.fetch(ground.desk, bureau, session)
        return cls(ground, session, signer, bureau)

    def log_out(self) -> None:
        """Let key and connections go; the session stays."""
        self.signer.close()
        self.bureau.close()

    def newcomers(self, count: int, first: int = 1) -> list[Filing]:
        """Sound drafts of enrolments of people nobody knows yet."""
        return keep_newcomers(self.ground, self.session.unit.number, count, first)

    def at_the_bureau(self) -> list[Mapping[str, object]]:
        """Every filing the bureau has of this unit."""
        return list(self.bureau.changes(0)[1])


def newcomer_rows(count: int, first: int = 1, start: str = "2022-08-01") -> Sequence[dict[str, str]]:
    """Canonical values of sound enrolments, each another person."""
    return [
        {
            "identity": identity_number(number, area="420501"),
            "name": "新示例",
            "sex": "1" if number % 2 else "2",
            "born": "1990-03-07",
            "first_work": "2012-07-01",
            "start": start,
            "reason": "111",
            "wage": "6000.00",
            "insurances": "pension,unemployment,injury",
        }
        for number in range(first, first + count)
    ]


def keep_newcomers(ground: Ground, unit: str, count: int, first: int = 1) -> list[Filing]:
    """Keep such enrolments as drafts of one batch."""
    return drafts.keep(ground.desk, ground.region, unit, "enrol", newcomer_rows(count, first), "b1")


def wired(ground: Ground, kind: type[Wire] = Wire) -> list[Wire]:
    """Have every later connection go through a :class:`Wire`; they are collected in the list."""
    made: list[Wire] = []

    def open_transport(endpoint: Endpoint) -> Wire:
        made.append(kind(HttpsTransport(endpoint.url, endpoint.authority)))
        return made[-1]

    ground.desk.open_transport = open_transport
    return made

"""A bureau inside the test's own process: the same application, tables and rules, without TLS between."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from app.bureau_api.client import Bureau
from app.bureau_api.transport import Answer
from app.domain.months import Month
from app.regions.pack import Review
from bureau import clock, serving, training
from bureau.api.application import build
from bureau.models import CHINA, Insured, Person, Unit
from bureau.office import Office
from bureau.pki import Pki
from bureau.registers import WageDeclared
from bureau.wages import year_of
from tests.support.bureau import Clerk, UnitKey, log_in

with warnings.catch_warnings():
    # Starlette's test client announces a change of its own dependencies at import.
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

URL = "https://bureau.test:8443"


class InProcess:
    """A transport that calls the application."""

    def __init__(self, http: TestClient) -> None:
        self.origin = URL
        self._http = http

    def send(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        """The answer."""
        response = self._http.request(method, path, content=body, headers=dict(headers))
        return Answer(response.status_code, response.content)

    def close(self) -> None:
        """Nothing is open."""


@dataclass
class Counter:
    """An office with its application, and clerks who come to it."""

    office: Office
    http: TestClient
    region: str

    @property
    def pki(self) -> Pki:
        """Its authorities."""
        return self.office.pki

    def client(self) -> Bureau:
        """A client of it."""
        return Bureau(InProcess(self.http))

    def key(self, unit: training.TrainingUnit | None = None) -> UnitKey:
        """A key of the training unit, or of another."""
        return UnitKey.of(self.pki, URL, unit or training.unit(self.region))

    def clerk(self, unit: training.TrainingUnit | None = None) -> Clerk:
        """A clerk who is logged in."""
        client, key = self.client(), self.key(unit)
        login = log_in(client, key)
        return Clerk(client, key, login, f"{login.now:%Y-%m}")


@contextmanager
def open_counter(
    folder: Path,
    region: str = "yichang",
    *,
    clock: str | None = None,
    review: Review | None = None,
    db: str | None = None,
) -> Iterator[Counter]:
    """A bureau with its training ground in this process."""
    office = Office.open(folder / "bureau", db)
    office.url, office.regions, office.review = URL, (region,), review
    office.data.mkdir(parents=True, exist_ok=True)
    at = datetime.fromisoformat(clock).replace(tzinfo=CHINA) if clock else None
    try:
        serving.prepare(office, at)
        with TestClient(build(office), base_url=URL, raise_server_exceptions=False) as http:
            yield Counter(office, http, region)
    finally:
        office.database.close()


def add_unit(office: Office, unit: training.TrainingUnit, last_period: str, insurances: str) -> None:
    """Register one more unit."""
    with office.database.write() as session:
        session.add(
            Unit(
                number=unit.number,
                region=unit.region,
                name=unit.name,
                credit_code=unit.credit_code,
                injury_class=unit.injury_class,
                insurances=insurances,
                last_period=Month.parse(last_period),
                tripartite=unit.tripartite,
            )
        )


def insure(office: Office, unit: training.TrainingUnit, person: training.TrainingPerson, since: str) -> None:
    """Insure a new person at a unit, in all its insurances."""
    with office.database.write() as session:
        row = Person(number=person.identity[-8:], identity=person.identity, name=person.name)
        session.add(row)
        session.flush()
        region, now = office.region(unit.region), clock.now(session)
        year = year_of(region, Month.of(now.date()))
        session.add(WageDeclared(unit_number=unit.number, person_id=row.id, year=year, wage=person.base, at=now))
        for insurance in session.get_one(Unit, unit.number).insurances.split(","):
            session.add(
                Insured(
                    unit_number=unit.number,
                    person_id=row.id,
                    insurance=insurance,
                    since=Month.parse(since),
                    base=person.base,
                )
            )

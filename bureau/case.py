"""An approved filing and where it is applied: what every effect is handed, and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import select

from app.domain.findings import error
from app.domain.months import Month
from bureau.errors import Declined
from bureau.models import Person

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from app.regions.pack import Item, Region
    from bureau.models import Unit
    from bureau.office import Office


@dataclass(frozen=True, slots=True)
class Case:
    """An approved filing and where it is applied. ``values`` are canonical texts by field key."""

    office: Office
    session: Session
    region: Region
    item: Item
    unit: Unit
    filing_id: str
    values: Mapping[str, str]
    now: datetime

    @property
    def this_month(self) -> Month:
        """The month it is at the bureau."""
        return Month.of(self.now.date())

    def listed(self, key: str) -> list[str]:
        """A value that is a list."""
        return [one for one in self.values.get(key, "").split(",") if one]

    def insurances(self) -> list[str]:
        """The insurances named, else all of the unit."""
        return self.listed("insurances") or self.unit.insurances.split(",")

    def month(self, key: str, otherwise: Month) -> Month:
        """A value that is a month or a day in one; ``otherwise`` where it was left empty."""
        text = self.values.get(key, "")
        if not text:
            return otherwise
        return Month.of(date.fromisoformat(text)) if len(text) == len("2022-08-01") else Month.parse(text)

    def span(self) -> tuple[Month, Month]:
        """The months ``first`` to ``last``, a single one where no last is named. Raises Declined."""
        first = self.month("first", self.this_month)
        last = self.month("last", first)
        if last < first:
            raise Declined(error("span-backwards", first=str(first), last=str(last)))
        return first, last

    def person(self) -> Person:
        """The person it speaks of. Raises Declined where the bureau knows none of that number."""
        found = person_of(self.session, self.values.get("identity", ""))
        if found is None:
            raise Declined(error("person-unknown", identity=self.values.get("identity", "")))
        return found


@dataclass(frozen=True, slots=True)
class Outcome:
    """Numbers of what came of it."""

    notice: str | None = None
    certificate: str | None = None
    document: str | None = None


NOTHING = Outcome()


def person_of(session: Session, identity: str) -> Person | None:
    """The person of an identity number."""
    return session.scalar(select(Person).where(Person.identity == identity))


def subjects(values: Mapping[str, str]) -> list[str]:
    """The identity numbers that a filing speaks of."""
    named = [values.get("identity", ""), *values.get("people", "").split(",")]
    return [one for one in named if one]

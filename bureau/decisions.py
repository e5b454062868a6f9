"""What the bureau does once a filing is approved, item by item, in its own tables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from app.domain.months import Month, months_between
from bureau import billing, charges
from bureau.certificates import certify
from bureau.charges import Kind
from bureau.models import Declaration, Insured, Person
from bureau.numbering import next_number

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from app.regions.pack import Item, Region
    from bureau.models import Unit
    from bureau.office import Office

_FIRST_PERSON: Final = 1000372000


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


@dataclass(frozen=True, slots=True)
class Outcome:
    """Numbers of what came of it."""

    notice: str | None = None
    certificate: str | None = None


def apply(case: Case) -> Outcome:
    """Carry out an approved filing. Raises Declined, ParameterUnknown, CalendarUnknown; nothing is done then."""
    return _DECISIONS[case.item.id](case)


def served(item: str) -> bool:
    """Whether the bureau knows what to do with such a filing."""
    return item in _DECISIONS


def subjects(values: Mapping[str, str]) -> list[str]:
    """The identity numbers that a filing speaks of."""
    named = [values.get("identity", ""), *values.get("people", "").split(",")]
    return [one for one in named if one]


def person_of(session: Session, identity: str) -> Person | None:
    """The person of an identity number."""
    return session.scalar(select(Person).where(Person.identity == identity))


def _enrol(case: Case) -> Outcome:
    session = case.session
    person = person_of(session, case.values["identity"]) or _new_person(case)
    start = Month.of(date.fromisoformat(case.values["start"]))
    reach = _months_collected(case.item)
    # Earlier than that is collected by a contract back-payment, filed by itself (seed 002, 常见问题 7).
    since = start if case.this_month - start <= reach else case.this_month
    insurances = case.listed("insurances")
    _insure(case, person, since, insurances)
    for month in months_between(since, case.this_month + -1):
        _charge(case, person, month, insurances, Kind.BACK)
    declared = session.get(Declaration, (case.unit.number, case.this_month))
    if declared is not None:
        also = [one for one in insurances if one in declared.insurances.split(",")]
        _charge(case, person, case.this_month, also, Kind.NORMAL)
    return Outcome()


def _new_person(case: Case) -> Person:
    person = Person(
        number=str(_FIRST_PERSON + next_number(case.session, "person")),
        identity=case.values["identity"],
        name=case.values["name"],
        first_work=date.fromisoformat(case.values["first_work"]) if case.values.get("first_work") else None,
    )
    case.session.add(person)
    case.session.flush()
    return person


def _months_collected(item: Item) -> int:
    """How many months back an enrolment is collected by itself: the setting of the check that warns of it."""
    return max((int(use.settings["months"]) for use in item.checks if use.check == "work-start"), default=0)


def _insure(case: Case, person: Person, since: Month, insurances: Sequence[str]) -> None:
    base = Decimal(case.values["wage"])
    mine = select(Insured).where(Insured.unit_number == case.unit.number, Insured.person_id == person.id)
    last = {one.insurance: one for one in case.session.scalars(mine.order_by(Insured.since))}
    for insurance in insurances:
        before = last.get(insurance)
        if before is not None and (before.stopped_from is None or since <= before.stopped_from):
            # No month lies between: the same spell goes on.
            before.stopped_from, before.base = None, base
        else:
            spell = Insured(
                unit_number=case.unit.number, person_id=person.id, insurance=insurance, since=since, base=base
            )
            case.session.add(spell)
    case.session.flush()


def _charge(case: Case, person: Person, month: Month, insurances: Sequence[str], kind: Kind) -> None:
    due = charges.of_month(case.session, case.region, case.unit, month, insurances, [person.id], kind)
    charges.book(case.session, case.unit, due, case.filing_id)


def _stop(case: Case) -> Outcome:
    person = person_of(case.session, case.values["identity"])
    stopped_from = Month.of(date.fromisoformat(case.values["stop_date"])) + 1
    if person is not None:
        spells = select(Insured).where(
            Insured.unit_number == case.unit.number,
            Insured.person_id == person.id,
            Insured.insurance.in_(case.listed("insurances")),
            Insured.stopped_from.is_(None),
        )
        for spell in case.session.scalars(spells):
            spell.stopped_from = max(stopped_from, spell.since)
    case.session.flush()
    return Outcome()


def _payment(case: Case) -> Outcome:
    month, insurances = Month.parse(case.values["month"]), case.listed("insurances")
    due = charges.of_month(case.session, case.region, case.unit, month, insurances)
    charges.book(case.session, case.unit, due, case.filing_id)
    case.unit.last_period = month
    case.session.add(
        Declaration(
            unit_number=case.unit.number, month=month, insurances=",".join(insurances), filing_id=case.filing_id
        )
    )
    case.session.flush()
    if case.region.payment.separate_notice or not charges.unbilled(case.session, case.unit):
        return Outcome()
    return _notice(case)


def _notice(case: Case) -> Outcome:
    issued = billing.issue(case.office, case.session, case.unit, Month.parse(case.values["month"]), case.now)
    return Outcome(notice=issued.number)


def _certificate(case: Case) -> Outcome:
    issued = certify(
        case.office,
        case.session,
        case.unit,
        case.listed("insurance"),
        int(case.values["months"]),
        case.listed("people"),
        case.now,
    )
    return Outcome(certificate=issued)


_DECISIONS: Final[Mapping[str, Callable[[Case], Outcome]]] = {
    "enrol": _enrol,
    "stop": _stop,
    "payment": _payment,
    "notice": _notice,
    "certificate": _certificate,
}

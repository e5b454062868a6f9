"""People come, go, and are insured against more or less."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from app.domain.findings import error
from app.domain.months import Month, months_between
from bureau import charges
from bureau.bases import Bases, put_in_force
from bureau.case import NOTHING, person_of
from bureau.charges import INJURY, Kind
from bureau.errors import Declined
from bureau.models import Declaration, Insured, Person
from bureau.numbering import next_number
from bureau.papers import certified
from bureau.wages import declare

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement

    from app.regions.pack import Item
    from bureau.case import Case, Outcome

_FIRST_PERSON: Final = 1000372000


def enrol(case: Case) -> Outcome:
    """Insured from the month of ``start``; months of it that have passed are charged at once."""
    session = case.session
    person = person_of(session, case.values["identity"]) or _new_person(case)
    start = Month.of(date.fromisoformat(case.values["start"]))
    reach = _months_collected(case.item)
    # Earlier than that is collected by a contract back-payment, filed by itself (seed 002, 常见问题 7).
    since = start if case.this_month - start <= reach else case.this_month
    insurances = case.insurances()
    wage = Decimal(case.values["wage"])
    for insurance in insurances:
        late = case.region.conduct.injury_from_current_month and insurance == INJURY
        insure(case, person, case.this_month if late else since, [insurance], wage)
    # “新进人员按起薪当月工资申报” (宜社征发〔2023〕1号 一（二）): to be enrolled is to have declared the wage.
    declare(case, person, case.this_month, wage)
    for month in months_between(since, case.this_month + -1):
        _charge(case, person, month, insurances, Kind.BACK)
    declared = session.get(Declaration, (case.unit.number, case.this_month))
    if declared is not None:
        also = [one for one in insurances if one in declared.insurances.split(",")]
        _charge(case, person, case.this_month, also, Kind.NORMAL)
    return NOTHING


def stop(case: Case) -> Outcome:
    """Insured until the month of ``stop_date``, inclusive where it is still paid (``conduct.stop_month_paid``).

    Raises Declined while a certificate locks the person.
    """
    person = case.person()
    named = certified(case.session, case.unit, case.this_month)
    if case.region.conduct.certificate_locks_stop and person.identity in named:
        locked, following = case.this_month.spoken, (case.this_month + 1).spoken
        raise Declined(error("certificate-locks-stop", person=person.name, month=locked, next_month=following))
    month = case.month("stop_date", case.this_month)
    end(case, person, case.insurances(), month + 1 if case.region.conduct.stop_month_paid else month)
    return NOTHING


def add_insurance(case: Case) -> Outcome:
    """A person's, or the unit's own, further insurances, from ``from_month`` on."""
    since = case.month("from_month", case.this_month)
    if not case.values.get("identity"):
        have = case.unit.insurances.split(",")
        known = [one.id for one in case.region.insurances]
        case.unit.insurances = ",".join(one for one in known if one in have or one in case.insurances())
        case.session.flush()
        return NOTHING
    person = case.person()
    mine = _open_spells(case, person)
    if not mine:
        raise Declined(error("not-insured-here", person=person.name))
    bases = Bases(case.session, case.unit.number, [person.id])
    base = Decimal(case.values["wage"]) if case.values.get("wage") else bases.of(mine[0], case.this_month)
    fresh = [one for one in case.insurances() if one not in {spell.insurance for spell in mine}]
    if not fresh:
        raise Declined(error("insurance-there-already", person=person.name))
    insure(case, person, since, fresh, base)
    for month in months_between(since, case.this_month + -1):
        _charge(case, person, month, fresh, Kind.BACK)
    return NOTHING


def drop_insurance(case: Case) -> Outcome:
    """A person's, or with the unit's own everybody's, insurances end before ``from_month``."""
    until = case.month("from_month", case.this_month)
    if case.values.get("identity"):
        end(case, case.person(), case.insurances(), until)
        return NOTHING
    left = [one for one in case.unit.insurances.split(",") if one not in case.listed("insurances")]
    if not left:
        raise Declined(error("last-insurance"))
    case.unit.insurances = ",".join(left)
    _end(case, [Insured.insurance.in_(case.listed("insurances"))], until)
    return NOTHING


def insure(case: Case, person: Person, since: Month, insurances: Sequence[str], base: Decimal) -> None:
    """Begin, or go on with, a spell in each of ``insurances``."""
    mine = select(Insured).where(Insured.unit_number == case.unit.number, Insured.person_id == person.id)
    last = {one.insurance: one for one in case.session.scalars(mine.order_by(Insured.since))}
    for insurance in insurances:
        before = last.get(insurance)
        if before is not None and (before.stopped_from is None or since <= before.stopped_from):
            # No month lies between: the same spell goes on.
            before.stopped_from = None
            put_in_force(case.session, case.unit.number, person.id, [insurance], since, base, case.filing_id)
        else:
            spell = Insured(
                unit_number=case.unit.number, person_id=person.id, insurance=insurance, since=since, base=base
            )
            case.session.add(spell)
    case.session.flush()


def end(case: Case, person: Person, insurances: Sequence[str], until: Month) -> None:
    """End a person's spells before ``until``."""
    _end(case, [Insured.person_id == person.id, Insured.insurance.in_(insurances)], until)


def _end(case: Case, which: Sequence[ColumnElement[bool]], until: Month) -> None:
    going_on = select(Insured).where(Insured.unit_number == case.unit.number, Insured.stopped_from.is_(None), *which)
    for spell in case.session.scalars(going_on):
        spell.stopped_from = max(until, spell.since)
    case.session.flush()


def _open_spells(case: Case, person: Person) -> Sequence[Insured]:
    mine = select(Insured).where(
        Insured.unit_number == case.unit.number, Insured.person_id == person.id, Insured.stopped_from.is_(None)
    )
    return case.session.scalars(mine.order_by(Insured.id)).all()


def _new_person(case: Case) -> Person:
    person = Person(
        number=str(_FIRST_PERSON + next_number(case.session, "person")),
        identity=case.values["identity"],
        name=case.values["name"],
        first_work=date.fromisoformat(case.values["first_work"]) if case.values.get("first_work") else None,
        registered_on=case.now.date(),
    )
    case.session.add(person)
    case.session.flush()
    return person


def _months_collected(item: Item) -> int:
    """How many months back an enrolment is collected by itself: the setting of the check that warns of it or limits it.

    湖北 warns (``work-start``), 浙江 takes no start further back than it collects (``month-window``, seed 001 4.3.1).
    """
    reach = [int(use.settings["months"]) for use in item.checks if use.check == "work-start"]
    windows = [use.settings for use in item.checks if use.check == "month-window"]
    reach += [int(one["back"]) for one in windows if one["field"] == "start"]
    return max(reach, default=0)


def _charge(case: Case, person: Person, month: Month, insurances: Sequence[str], kind: Kind) -> None:
    due = charges.of_month(case.session, case.region, case.unit, month, insurances, [person.id], kind)
    charges.book(case.session, case.unit, due, case.filing_id)

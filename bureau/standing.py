"""What the bureau's tables say of units and people: the facts it tells, and the ground its own checks stand on."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeVar

from sqlalchemy import func, select

from app.domain.filings import FilingState
from app.domain.months import Month
from app.rules.ground import Ground, PersonFacts, Standing, UnitFacts
from bureau import clock, known, wages
from bureau.bases import Bases
from bureau.models import Charge, Filing, Insured, Notice, Person, Unit
from bureau.papers import certified
from bureau.registers import BankAccount

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from app.regions.pack import Region

ValueT = TypeVar("ValueT")

_AT_ONCE: Final = 500  # values in one query


@dataclass
class _Account:
    """What is known of one person, as one unit may see it."""

    own: list[Insured] = field(default_factory=list)
    others: list[Insured] = field(default_factory=list)
    declared: list[Month] = field(default_factory=list)
    paid: list[Month] = field(default_factory=list)
    paid_elsewhere: list[Month] = field(default_factory=list)
    paid_in: set[str] = field(default_factory=set)


def unit_facts(session: Session, region: Region, unit: Unit) -> UnitFacts:
    """The unit as the bureau tells of it."""
    accounts = select(func.count()).where(BankAccount.unit_number == unit.number)
    unbilled = select(Charge.id).where(Charge.unit_number == unit.number, Charge.state == "unbilled").limit(1)
    under_review = select(func.count()).where(
        Filing.unit_number == unit.number, Filing.state == FilingState.UNDER_REVIEW.value
    )
    # Open until its money has come back to the people: “缴费后尚未回传的” counts as unpaid, too (seed 000, 二.8(6)).
    open_bill = (
        select(Charge.notice_number)
        .join(Notice, Notice.number == Charge.notice_number)
        .where(Charge.unit_number == unit.number, Charge.state == "billed")
        .order_by(Charge.notice_number)
        .limit(1)
    )
    return UnitFacts(
        number=unit.number,
        name=unit.name,
        credit_code=unit.credit_code,
        injury_class=unit.injury_class,
        insurances=tuple(unit.insurances.split(",")),
        last_period=unit.last_period,
        open_bill=session.scalar(open_bill),
        unbilled_charges=session.scalar(unbilled) is not None,
        pending_items=session.scalar(under_review) or 0,
        bank_account=bool(session.scalar(accounts)),
        wages_declared_for=_wages_declared_for(session, region, unit),
        tripartite=unit.tripartite,
        registers=known.registers(session, unit, clock.now(session)),
    )


def _wages_declared_for(session: Session, region: Region, unit: Unit) -> int | None:
    """The year for which everybody insured now has a wage declared; None where the region does not ask for it."""
    if not region.conduct.wages_required_from:
        return None
    month = Month.of(clock.now(session).date())
    year = wages.year_of(region, month)
    return year - 1 if wages.undeclared(session, region, unit, month) else year


def people_here(session: Session, unit: Unit) -> list[PersonFacts]:
    """Everybody insured or paused at the unit, by number."""
    here = select(Insured.person_id).where(Insured.unit_number == unit.number)
    persons = session.scalars(select(Person).where(Person.id.in_(here)).order_by(Person.number)).all()
    facts = _facts_of(session, unit, persons)
    return [one for one in facts if one.standing in (Standing.ACTIVE_HERE, Standing.PAUSED_HERE)]


def look_up(session: Session, unit: Unit, identities: Sequence[str]) -> list[PersonFacts]:
    """Who these people are, in their order. Of strangers nothing is told that an enrolment does not need."""
    persons = [
        person
        for some in _portions(sorted(set(identities)))
        for person in session.scalars(select(Person).where(Person.identity.in_(some)))
    ]
    known = {one.identity: one for one in _facts_of(session, unit, persons)}
    pending = _pending(session, unit)
    return [
        known.get(one) or PersonFacts(identity=one, name="", standing=Standing.NEW, pending=one in pending)
        for one in identities
    ]


def ground(session: Session, region: Region, unit: Unit, today: date, identities: Sequence[str]) -> Ground:
    """The ground for judging a filing that speaks of ``identities``."""
    people = {one.identity: one for one in look_up(session, unit, identities)}
    return Ground(today=today, unit=unit_facts(session, region, unit), people=people)


def paid_elsewhere_until(session: Session, unit_number: str, person_ids: Iterable[int]) -> dict[int, Month]:
    """The last month that another unit has paid for each person who has one."""
    accounts = _accounts(session, unit_number, list(person_ids))
    return {one: max(account.paid_elsewhere) for one, account in accounts.items() if account.paid_elsewhere}


def _facts_of(session: Session, unit: Unit, persons: Sequence[Person]) -> list[PersonFacts]:
    ids = [person.id for person in persons]
    accounts, bases = _accounts(session, unit.number, ids), Bases(session, unit.number, ids)
    month, pending = Month.of(clock.now(session).date()), _pending(session, unit)
    named = certified(session, unit, month)
    return [
        _facts(person, accounts[person.id], bases, month, pending=person.identity in pending)._replace(
            certified_in=month if person.identity in named else None,
        )
        for person in persons
    ]


def _pending(session: Session, unit: Unit) -> frozenset[str]:
    under_review = select(Filing.subject).where(
        Filing.unit_number == unit.number, Filing.state == FilingState.UNDER_REVIEW.value
    )
    return frozenset(one for one in session.scalars(under_review) if one)


def _accounts(session: Session, unit_number: str, person_ids: Sequence[int]) -> dict[int, _Account]:
    accounts: dict[int, _Account] = defaultdict(_Account)
    in_order = (Insured.since, Insured.id)
    for some in _portions(person_ids):
        for spell in session.scalars(select(Insured).where(Insured.person_id.in_(some)).order_by(*in_order)):
            account = accounts[spell.person_id]
            mine = spell.unit_number == unit_number
            (account.own if mine else account.others).append(spell)
            if spell.carried_until:
                (account.paid if mine else account.paid_elsewhere).append(spell.carried_until)
                account.paid_in.update([spell.insurance] if mine else [])
                account.declared.extend([spell.carried_until] if mine else [])
        latest = (
            select(Charge.person_id, Charge.unit_number, Charge.state, Charge.insurance, func.max(Charge.month))
            .where(Charge.person_id.in_(some))
            .group_by(Charge.person_id, Charge.unit_number, Charge.state, Charge.insurance)
        )
        for person_id, number, state, insurance, month in session.execute(latest):
            account = accounts[person_id]
            if number != unit_number:
                account.paid_elsewhere.extend([month] if state == "paid" else [])
                continue
            # What is being refunded is neither declared nor paid any more.
            account.declared.extend([month] if state != "refunding" else [])
            account.paid.extend([month] if state == "paid" else [])
            account.paid_in.update([insurance] if state == "paid" else [])
    return accounts


def _facts(person: Person, account: _Account, bases: Bases, month: Month, *, pending: bool) -> PersonFacts:
    open_here = [one for one in account.own if one.stopped_from is None]
    open_elsewhere = any(one.stopped_from is None for one in account.others)
    elsewhere = max(account.paid_elsewhere, default=None)
    if not open_here and (open_elsewhere or not account.own):
        standing = Standing.INSURED_ELSEWHERE if open_elsewhere else Standing.PAUSED_ELSEWHERE
        if not account.others:
            standing = Standing.NEW
        return PersonFacts(
            identity=person.identity,
            name=person.name,
            standing=standing,
            number=person.number,
            paid_elsewhere=elsewhere,
            pending=pending,
            # Of whoever still is another unit's no more is told than who they are.
            first_work=person.first_work if standing is Standing.PAUSED_ELSEWHERE else None,
        )
    last: dict[str, Insured] = {one.insurance: one for one in account.own}
    shown = open_here or list(last.values())
    return PersonFacts(
        identity=person.identity,
        name=person.name,
        standing=Standing.ACTIVE_HERE if open_here else Standing.PAUSED_HERE,
        number=person.number,
        base=bases.of(max(shown, key=lambda one: one.since), month),
        since=min(one.since for one in shown),
        insurances=tuple(dict.fromkeys(one.insurance for one in shown)),
        declared_until=max(account.declared, default=None),
        paid_until=max(account.paid, default=None),
        paid_in=tuple(sorted(account.paid_in)),
        paid_elsewhere=elsewhere,
        stopped_from=None if open_here else max(one.stopped_from for one in shown if one.stopped_from),
        pending=pending,
        first_work=person.first_work,
    )


def _portions(values: Sequence[ValueT]) -> Iterator[Sequence[ValueT]]:
    for start in range(0, len(values), _AT_ONCE):
        yield values[start : start + _AT_ONCE]

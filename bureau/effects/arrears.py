"""Months paid late, and months paid that were not owed."""

from __future__ import annotations

from datetime import datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from app.domain.findings import error
from app.domain.months import months_between
from app.rules.contributions import ZERO, calculate
from bureau import charges
from bureau.bases import Bases, keep_from
from bureau.case import NOTHING
from bureau.charges import ChargeState, Kind
from bureau.errors import Declined
from bureau.models import CHINA, Charge, Declaration, Insured
from bureau.numbering import next_number
from bureau.registers import BankAccount, Refund

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.domain.months import Month
    from bureau.case import Case, Outcome
    from bureau.models import Person

PAYOUT_DAYS: Final = 5
"""Working days until a refund is paid: the sources say only “经办机构会根据单位申请信息进行拨付”; an estimate."""
PAYOUT_TIME: Final = time(16, 0)


def back_payment(case: Case) -> Outcome:
    """Months that were missed, for one person or for everybody insured then; late from the month after each.

    Seed 002, 宜社征发〔2023〕1号 五(四): “跨月办理补缴申报的，按规定加收滞纳金和利息”. Raises Declined where
    nothing is owed.
    """
    first, last = case.span()
    insurances, person_ids, booked = case.insurances(), None, 0
    if case.values.get("identity"):
        person = case.person()
        wage = Decimal(case.values["wage"]) if case.values.get("wage") else None
        _begin_earlier(case, person, first, insurances, wage)
        person_ids = [person.id]
    for month in months_between(first, last):
        due = charges.of_month(case.session, case.region, case.unit, month, insurances, person_ids, Kind.BACK)
        charges.book(case.session, case.unit, due, case.filing_id, due_on=month.last_day)
        booked += len(due)
        if person_ids is None:
            _note_declared(case, month, insurances)
    if not booked:
        raise Declined(error("nothing-owed", first=first.spoken, last=last.spoken))
    return NOTHING


def contract_back_payment(case: Case) -> Outcome:
    """Months of a contract that lie further back, for one person (劳动合同补缴). Raises Declined."""
    first, last = case.span()
    person, insurances, wage = case.person(), case.insurances(), Decimal(case.values["wage"])
    _begin_earlier(case, person, first, insurances, wage)
    due = []
    for month in months_between(first, last):
        owed = charges.of_month(case.session, case.region, case.unit, month, insurances, [person.id], Kind.BACK)
        charges.book(case.session, case.unit, owed, case.filing_id, due_on=month.last_day)
        due += owed
    if not due:
        raise Declined(error("nothing-owed", first=first.spoken, last=last.spoken))
    return NOTHING


def defer(case: Case) -> Outcome:
    """What is assessed for the months and not billed yet is put off until it is made good. Raises Declined.

    The sources name the item (2022年定向阶段缓缴期确认) and no more; that only open charges can be put off is ours.
    """
    return _turned(case, ChargeState.UNBILLED, ChargeState.DEFERRED, "nothing-to-defer")


def deferred_payment(case: Case) -> Outcome:
    """Months the unit was allowed to put off; they bear no late fee (鄂政办发〔2022〕54号). Raises Declined."""
    return _turned(case, ChargeState.DEFERRED, ChargeState.UNBILLED, "nothing-deferred")


def _turned(case: Case, state: ChargeState, into: ChargeState, otherwise: str) -> Outcome:
    """Turn the charges of a span from one state into another; from then on they never are late."""
    first, last = case.span()
    there = case.session.scalars(
        select(Charge).where(
            Charge.unit_number == case.unit.number,
            Charge.insurance.in_(case.insurances()),
            Charge.month >= first,
            Charge.month <= last,
            Charge.state == state.value,
        )
    ).all()
    if not there:
        raise Declined(error(otherwise, first=first.spoken, last=last.spoken))
    for charge in there:
        charge.state, charge.late_free = into.value, True
    case.session.flush()
    return NOTHING


def refund(case: Case) -> Outcome:
    """Months paid although the person had stopped: asked for now, paid to the unit's account in some days.

    What is injury insurance alone is kept: “这种缴费也不能做退费处理” (seed 002, 常见问题 19). Raises Declined.
    """
    first, last = case.span()
    person = case.person()
    account = case.session.scalar(select(BankAccount.account).where(BankAccount.unit_number == case.unit.number))
    if account is None:
        raise Declined(error("bank-account-missing"))
    _write_out(case, person, first)
    paid = _overpaid(case, person, first, last)
    if not paid:
        raise Declined(error("nothing-to-refund", first=first.spoken, last=last.spoken))
    day = case.office.calendar.deadline(case.now.date(), PAYOUT_DAYS)
    for charge in paid:
        charge.state = ChargeState.REFUNDING.value
        case.session.add(
            Refund(
                id=f"T{case.now:%Y%m%d}{next_number(case.session, 'refund'):08d}",
                unit_number=case.unit.number,
                person_id=person.id,
                insurance=charge.insurance,
                month=charge.month,
                unit_amount=charge.unit_amount,
                person_amount=charge.person_amount or ZERO,
                account=account,
                filing_id=case.filing_id,
                asked_at=case.now,
                next_at=datetime.combine(day, PAYOUT_TIME, CHINA),
            )
        )
    case.session.flush()
    return NOTHING


def _overpaid(case: Case, person: Person, first: Month, last: Month) -> list[Charge]:
    """Paid charges of months in which the person was not insured here any more."""
    paid = select(Charge).where(
        Charge.unit_number == case.unit.number,
        Charge.person_id == person.id,
        Charge.insurance.in_(case.insurances()),
        Charge.month >= first,
        Charge.month <= last,
        Charge.state == ChargeState.PAID.value,
        Charge.kind != Kind.INJURY_ONLY.value,
    )
    spells = case.session.scalars(
        select(Insured).where(Insured.unit_number == case.unit.number, Insured.person_id == person.id)
    ).all()
    return [
        one
        for one in case.session.scalars(paid.order_by(Charge.month, Charge.id))
        if not any(
            spell.insurance == one.insurance
            and spell.since <= one.month
            and (spell.stopped_from is None or one.month < spell.stopped_from)
            for spell in spells
        )
    ]


def _write_out(case: Case, person: Person, first: Month) -> None:
    """Turn months paid before charges were kept into charges, from ``first`` on, so that they can be refunded."""
    spells = select(Insured).where(Insured.unit_number == case.unit.number, Insured.person_id == person.id)
    bases = Bases(case.session, case.unit.number, [person.id])
    for spell in case.session.scalars(spells):
        if spell.carried_until is None or spell.carried_until < first or spell.carried_from is None:
            continue
        begin = max(first, spell.carried_from)
        for month in months_between(begin, spell.carried_until):
            wage, at = bases.of(spell, month), case.unit.injury_class
            (line,) = calculate(case.region, month, wage, at, [spell.insurance]).lines
            due = charges.Due(person.id, spell.insurance, month, Kind.NORMAL, line.base, line.unit, line.person)
            charges.book(case.session, case.unit, [due], case.filing_id, state=ChargeState.PAID)
        spell.carried_until = begin + -1 if begin > spell.carried_from else None
        spell.carried_from = spell.carried_from if spell.carried_until else None
    case.session.flush()


def _begin_earlier(
    case: Case, person: Person, first: Month, insurances: Sequence[str], wage: Decimal | None = None
) -> None:
    """Let the person's first spells at the unit begin with ``first`` where they began later, on ``wage`` till then."""
    mine = select(Insured).where(Insured.unit_number == case.unit.number, Insured.person_id == person.id)
    spells: dict[str, Insured] = {}
    for spell in case.session.scalars(mine.order_by(Insured.since.desc())):
        spells[spell.insurance] = spell
    for insurance in insurances:
        earliest = spells.get(insurance)
        if earliest is None or earliest.since <= first:
            continue
        if wage is not None and wage != earliest.base:
            at, base = earliest.since, earliest.base
            keep_from(case.session, case.unit.number, person.id, insurance, at, base, case.filing_id)
            earliest.base = wage
        earliest.since = first
    case.session.flush()


def _note_declared(case: Case, month: Month, insurances: Sequence[str]) -> None:
    """A month that was missed counts as declared now, so that the unit's period has no gap any more."""
    before = case.session.get(Declaration, (case.unit.number, month))
    if before is None:
        names = ",".join(insurances)
        row = Declaration(unit_number=case.unit.number, month=month, insurances=names, filing_id=case.filing_id)
        case.session.add(row)
    if case.unit.last_period is None or month - case.unit.last_period == 1:
        case.unit.last_period = month
    case.session.flush()

"""From charges to the notice: one bill for everything not billed yet."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from app.domain.money import wire
from app.domain.months import Month
from app.domain.notices import AssessmentNotice, NoticeDetail, NoticeLine, to_wire
from app.rules.contributions import ZERO
from app.rules.late_fee import PARAMETER as LATE_FEE_RATE
from app.rules.late_fee import late_fee
from bureau import tax
from bureau.charges import ChargeState, Kind, as_due, by_people, unbilled
from bureau.models import Charge, Notice, Reached
from bureau.numbering import next_number
from bureau.settlement import plan_next

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from app.regions.pack import Region
    from bureau.models import Unit
    from bureau.office import Office

_FIRST_NUMBER: Final = 10_000_000


def issue(office: Office, session: Session, unit: Unit, month: Month, now: datetime) -> Notice:
    """Bill everything that is charged and not billed yet. Raises CalendarUnknown, ParameterUnknown."""
    region = office.region(unit.region)
    charges = unbilled(session, unit)
    void_after = None
    if region.payment.valid_working_days:
        void_after = office.calendar.deadline(now.date(), region.payment.valid_working_days)
    fees = [_late_fee(region, one, now.date()) for one in charges]
    lines = _lines(region, charges, fees)
    offset = _offset(unit, lines)
    paper = AssessmentNotice(
        number=f"{now:%Y%m%d}{_FIRST_NUMBER + next_number(session, 'notice'):08d}",
        unit_number=unit.number,
        unit_name=unit.name,
        agency=region.agency,
        issued_on=now.date(),
        due_on=void_after or _due_on(region, now.date()),
        month=month,
        lines=lines,
        details=_details(region, charges, fees),
        total=sum((one.payable for one in lines), ZERO) - offset,
        people=len({one.person_id for one in charges}),
        notes=_notes(region, offset),
    )
    notice = Notice(
        number=paper.number,
        unit_number=unit.number,
        month=month,
        total=paper.total,
        issued_on=paper.issued_on,
        void_after=void_after,
        state="open",
        paper=json.dumps(to_wire(paper), ensure_ascii=False),
        lines=json.dumps(by_people(session, region, [as_due(one) for one in charges]), ensure_ascii=False),
    )
    session.add(notice)
    session.flush()
    session.add(Reached(notice_number=notice.number, stage=region.payment.stages[0].key, at=now))
    for charge in charges:
        charge.state = ChargeState.BILLED.value
        charge.notice_number = notice.number
        charge.first_billed_on = charge.first_billed_on or now.date()
    unit.offset_balance -= offset
    session.flush()
    tax.receive(session, region, notice, offset, now)
    plan_next(office, session, notice, unit)
    return notice


def _due_on(region: Region, issued: date) -> date:
    """Where a bill does not expire: the day of the month by which it should be paid (枣庄: 每月20日前), or its last."""
    last = Month.of(issued).last_day
    by_day = region.payment.by_day
    return issued.replace(day=by_day) if by_day and issued.day <= by_day else last


def _late_fee(region: Region, charge: Charge, today: date) -> Decimal:
    """湖北 (seed 002, 认定单注2): issued again in a later month, from the first of the month after the first issue.

    What is made good later than its month is late from the first day after it (``due_on``).
    """
    last_day = charge.due_on
    if last_day is None and charge.first_billed_on is not None:
        last_day = Month.of(charge.first_billed_on).last_day
    if last_day is None or charge.late_free or LATE_FEE_RATE not in region.parameters:
        return ZERO
    owed = charge.unit_amount + (charge.person_amount or ZERO)
    # The first of the next month counts as the first day late, and the day of issue as the last.
    return late_fee(region, owed, last_day, today)[1] if today > last_day else ZERO


def _lines(region: Region, charges: Sequence[Charge], fees: Sequence[Decimal]) -> tuple[NoticeLine, ...]:
    lines = []
    for insurance in region.insurances:
        mine = [(one, fee) for one, fee in zip(charges, fees, strict=True) if one.insurance == insurance.id]
        if not mine:
            continue
        unit = sum((one.unit_amount for one, _ in mine), ZERO) if region.conduct.unit_share_shown else ZERO
        person = sum((one.person_amount or ZERO for one, _ in mine), ZERO)
        fee = sum((fee for _, fee in mine), ZERO)
        total = unit + person + fee
        lines.append(
            NoticeLine(
                insurance=insurance.id,
                name=insurance.name,
                unit=unit,
                person=person,
                late_fee=fee,
                total=total,
                payable=total,
            )
        )
    return tuple(lines)


def _offset(unit: Unit, lines: Sequence[NoticeLine]) -> Decimal:
    """How much 待转金 goes into this bill: the tax office is sent what is really paid (陕西, seed 003, 四.3)."""
    return min(unit.offset_balance, sum((one.payable for one in lines), ZERO))


def _notes(region: Region, offset: Decimal) -> tuple[str, ...]:
    notes = [f"本次冲抵待转金 {wire(offset)} 元。"] if offset else []
    if not region.conduct.unit_share_shown:
        notes.append("单位缴费部分由单位按上月工资总额向税务部门申报，由税务核算，不在本单据内。")
    return tuple(notes)


def _details(region: Region, charges: Sequence[Charge], fees: Sequence[Decimal]) -> tuple[NoticeDetail, ...]:
    by_kind: dict[str, list[tuple[Charge, Decimal]]] = defaultdict(list)
    for charge, fee in zip(charges, fees, strict=True):
        by_kind[charge.kind].append((charge, fee))
    details = []
    for kind in Kind:
        mine = by_kind.get(kind.value)
        if mine:
            unit = sum((one.unit_amount for one, _ in mine), ZERO) if region.conduct.unit_share_shown else ZERO
            person = sum((one.person_amount or ZERO for one, _ in mine), ZERO)
            fee = sum((fee for _, fee in mine), ZERO)
            details.append(
                NoticeDetail(kind=kind.label, unit=unit, person=person, late_fee=fee, payable=unit + person + fee)
            )
    return tuple(details)

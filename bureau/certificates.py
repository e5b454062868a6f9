"""参保证明: months whose money has been distributed to the person, within the span that was asked for."""

from __future__ import annotations

import json
import secrets
from collections import defaultdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from app.domain.findings import error
from app.domain.months import Month, months_between
from app.domain.notices import CertifiedPerson, ParticipationCertificate, to_wire
from bureau.charges import ChargeState
from bureau.errors import Declined
from bureau.models import Certificate, Charge, Insured, Person

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy.orm import Session

    from bureau.models import Unit
    from bureau.office import Office

VERIFIABLE_FOR: Final = timedelta(days=92)
"""“3个月内可验证” (seed 002, 参保证明备注)."""
PAID: Final = "实缴到账"
_LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ"


def certify(
    office: Office,
    session: Session,
    unit: Unit,
    insurances: Sequence[str],
    months: int,
    identities: Sequence[str],
    now: datetime,
) -> str:
    """Issue a certificate and tell its authorization code. Raises Declined where no month of anybody is paid.

    The span ends with the last month paid for any of these people, so that a month declared and still on its way does
    not shorten it.
    """
    region = office.region(unit.region)
    persons = session.scalars(select(Person).where(Person.identity.in_(identities)).order_by(Person.number)).all()
    paid = _paid_months(session, unit, [one.id for one in persons], insurances)
    last = max((month for mine in paid.values() for month in mine), default=None)
    if last is None:
        raise Declined(error("nothing-to-certify"))
    first = last + -(months - 1)
    rows = tuple(
        CertifiedPerson(
            name=person.name,
            identity=person.identity,
            person_number=person.number,
            first=start,
            last=end,
            status=PAID,
        )
        for person in persons
        for start, end in _runs([month for month in sorted(paid[person.id]) if month >= first])
    )
    code = f"{now:%Y%m%d%H%M%S}" + "".join(secrets.choice(_LETTERS) for _ in range(6))
    paper = ParticipationCertificate(
        unit_number=unit.number,
        unit_name=unit.name,
        insurance="、".join(region.insurance(one).short for one in insurances),
        place=f"{region.name}市本级",
        month=unit.last_period or Month.of(now.date()),
        people=len({row.identity for row in rows}),
        in_arrears=_in_arrears(session, unit, Month.of(now.date())),
        persons=rows,
        authorization_code=code,
        verify_url=f"{office.origin}/v1/verify/{code}",
        printed_at=now,
    )
    session.add(
        Certificate(
            code=code, unit_number=unit.number, issued_at=now, paper=json.dumps(to_wire(paper), ensure_ascii=False)
        )
    )
    session.flush()
    return code


def _paid_months(
    session: Session, unit: Unit, person_ids: Sequence[int], insurances: Sequence[str]
) -> dict[int, set[Month]]:
    """The months for which every one of ``insurances`` has been paid, for each person."""
    paid: dict[tuple[int, str], set[Month]] = defaultdict(set)
    spells = select(Insured).where(Insured.unit_number == unit.number, Insured.person_id.in_(person_ids))
    for spell in session.scalars(spells):
        if spell.carried_from and spell.carried_until:
            paid[spell.person_id, spell.insurance].update(months_between(spell.carried_from, spell.carried_until))
    booked = select(Charge.person_id, Charge.insurance, Charge.month).where(
        Charge.unit_number == unit.number, Charge.person_id.in_(person_ids), Charge.state == ChargeState.PAID.value
    )
    for person_id, insurance, month in session.execute(booked):
        paid[person_id, insurance].add(month)
    return {one: set.intersection(*(paid[one, insurance] for insurance in insurances)) for one in person_ids}


def _runs(months: Sequence[Month]) -> Iterator[tuple[Month, Month]]:
    """Unbroken runs of months as first and last."""
    start = before = None
    for month in months:
        if start is None or before is None or month - before != 1:
            if start is not None and before is not None:
                yield start, before
            start = month
        before = month
    if start is not None and before is not None:
        yield start, before


def _in_arrears(session: Session, unit: Unit, month: Month) -> bool:
    owed = select(Charge.id).where(
        Charge.unit_number == unit.number, Charge.month < month, Charge.state != ChargeState.PAID.value
    )
    return session.scalar(owed.limit(1)) is not None

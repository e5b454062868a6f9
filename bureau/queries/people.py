"""The unit's people: who they are, how they came and went, what they were declared to earn."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from sqlalchemy import select

from app.domain.filings import FilingState
from app.domain.money import wire
from bureau import standing
from bureau.models import Filing, Insured, Person
from bureau.queries.asked import Column, Query
from bureau.registers import WageDeclared

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bureau.queries.asked import Asked, Row


def _roster(asked: Asked) -> Iterator[Row]:
    wanted = asked.values
    for one in standing.people_here(asked.session, asked.unit):
        if wanted.get("identity") and wanted["identity"] != one.identity:
            continue
        if wanted.get("name") and wanted["name"] not in one.name:
            continue
        if wanted.get("standing") and wanted["standing"] not in (one.standing.value, one.standing.label):
            continue
        yield {
            "number": one.number,
            "name": one.name,
            "identity": one.identity,
            "standing": one.standing.label,
            "insurances": "、".join(asked.short(insurance) for insurance in one.insurances),
            "base": "" if one.base is None else wire(one.base),
            "since": str(one.since or ""),
            "paid_until": str(one.paid_until or ""),
        }


def _changes(asked: Asked) -> Iterator[Row]:
    mine = select(Filing).where(
        Filing.unit_number == asked.unit.number, Filing.state == FilingState.APPROVED.value, Filing.subject.is_not(None)
    )
    counted: Counter[tuple[str, str]] = Counter()
    for one in asked.session.scalars(mine):
        item = asked.region.items.get(one.item)
        if item is not None and asked.within(one.month):
            counted[str(one.month), item.business] += 1
    for (month, business), count in sorted(counted.items()):
        yield {"month": month, "kind": business, "count": str(count)}


def _wages(asked: Asked) -> Iterator[Row]:
    mine = (
        select(WageDeclared, Person)
        .join(Person, Person.id == WageDeclared.person_id)
        .where(WageDeclared.unit_number == asked.unit.number)
        .order_by(WageDeclared.year.desc(), Person.number)
    )
    for one, person in asked.session.execute(mine):
        if asked.values.get("year") in (None, "", str(one.year)):
            yield {
                "year": str(one.year),
                "name": person.name,
                "identity": person.identity,
                "wage": wire(one.wage),
                "at": one.at.date().isoformat(),
            }


def _unverified(asked: Asked) -> Iterator[Row]:
    """Who was registered today: identities are compared with the police's the night after."""
    for person in _own_people(asked):
        if person.registered_on is not None and person.registered_on >= asked.now.date():
            yield {
                "name": person.name,
                "identity": person.identity,
                "registered_on": person.registered_on.isoformat(),
                "reason": "新登记，身份信息待次日比对",
            }


def _duplicates(asked: Asked) -> Iterator[Row]:
    """People of the unit who share name and birthday with another number."""
    own = {(one.name, one.identity[6:14]) for one in _own_people(asked)}
    alike: dict[tuple[str, str], list[Person]] = defaultdict(list)
    for person in asked.session.scalars(select(Person).where(Person.name.in_({name for name, _ in own}))):
        alike[person.name, person.identity[6:14]].append(person)
    for key in sorted(own):
        if len(alike[key]) > 1:
            for person in alike[key]:
                yield {"name": person.name, "identity": person.identity, "number": person.number}


def _transfers(asked: Asked) -> Iterator[Row]:
    """Who came from another unit or went to one (its name is never told), and transfers that were asked for."""
    yield from _asked_for(asked)
    people = {one.id: one for one in _own_people(asked)}
    spells = select(Insured).where(Insured.person_id.in_(people)).order_by(Insured.since)
    by_person: dict[int, list[Insured]] = defaultdict(list)
    for spell in asked.session.scalars(spells):
        by_person[spell.person_id].append(spell)
    for person_id, mine in by_person.items():
        own = min(one.since for one in mine if one.unit_number == asked.unit.number)
        others = [one.since for one in mine if one.unit_number != asked.unit.number]
        if others:
            came = min(others) <= own
            yield {
                "name": people[person_id].name,
                "identity": people[person_id].identity,
                "direction": "转入" if came else "转出",
                "month": str(own if came else max(others)),
                "progress": "统筹范围内，关系随人接续",
            }


def _asked_for(asked: Asked) -> Iterator[Row]:
    """Transfers over the border of the pooling area: those the unit has asked for, as far as they are."""
    for one, values in _of_effect(asked, "transfer"):
        yield {
            "name": values.get("name", ""),
            "identity": values.get("identity", ""),
            "direction": "转入" if values.get("from_place") else "转出",
            "month": str(one.month),
            "progress": f"{values.get('from_place') or values.get('to_place', '')}：{FilingState(one.state).label}",
        }


def _retirements(asked: Asked) -> Iterator[Row]:
    for one, values in _of_effect(asked, "retirement-notice"):
        if asked.within(one.month):
            yield {
                "name": values.get("name", ""),
                "identity": values.get("identity", ""),
                "item": asked.region.items[one.item].name,
                "retires": values.get("retires", ""),
                "state": FilingState(one.state).label,
                "note": one.note,
            }


def announced(asked: Asked) -> Iterator[tuple[Filing, Mapping[str, str]]]:
    """Announced people (工伤保险新增人员备案) who are not insured here yet: “备案不等于参保”."""
    here = {one.identity for one in _own_people(asked)}
    for one, values in _of_effect(asked, "announce"):
        if one.state == FilingState.APPROVED.value and values.get("identity") not in here:
            yield one, values


def _of_effect(asked: Asked, effect: str) -> Iterator[tuple[Filing, Mapping[str, str]]]:
    """The unit's filings whose item has that effect, newest first, with their values."""
    items = [one.id for one in asked.region.items.values() if one.effect == effect]
    mine = select(Filing).where(Filing.unit_number == asked.unit.number, Filing.item.in_(items))
    for one in asked.session.scalars(mine.order_by(Filing.cursor.desc())):
        yield one, json.loads(one.content)


def _own_people(asked: Asked) -> Sequence[Person]:
    here = select(Insured.person_id).where(Insured.unit_number == asked.unit.number)
    return asked.session.scalars(select(Person).where(Person.id.in_(here)).order_by(Person.number)).all()


_WHO = (Column("name", "姓名"), Column("identity", "证件号码", "identity"))
QUERIES = {
    "roster": Query(
        (
            Column("number", "个人编号"),
            *_WHO,
            Column("standing", "参保状态"),
            Column("insurances", "险种"),
            Column("base", "缴费基数", "money"),
            Column("since", "参保年月", "month"),
            Column("paid_until", "实缴到账至", "month"),
        ),
        _roster,
    ),
    "change-statistics": Query(
        (Column("month", "年月", "month"), Column("kind", "变更类型"), Column("count", "人数")), _changes
    ),
    "wage-records": Query(
        (Column("year", "年度"), *_WHO, Column("wage", "申报工资", "money"), Column("at", "申报日期", "date")), _wages
    ),
    "unverified-people": Query(
        (*_WHO, Column("registered_on", "登记日期", "date"), Column("reason", "原因")), _unverified
    ),
    "duplicate-people": Query((*_WHO, Column("number", "个人编号")), _duplicates),
    "retirements": Query(
        (
            *_WHO,
            Column("item", "申请"),
            Column("retires", "退休年月", "month"),
            Column("state", "状态"),
            Column("note", "备注"),
        ),
        _retirements,
    ),
    "transfers": Query(
        (*_WHO, Column("direction", "方向"), Column("month", "年月", "month"), Column("progress", "进度")), _transfers
    ),
}

"""Money: what each month cost, the bills and where their money is, refunds, receipts, accounts."""

from __future__ import annotations

import json
from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy import select

from app.domain.money import wire
from app.rules.contributions import ZERO
from bureau import settlement
from bureau.case import person_of
from bureau.charges import ChargeState, Kind
from bureau.models import Charge, Insured, Notice, Person
from bureau.queries.asked import Column, Query
from bureau.registers import Document, Refund

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bureau.queries.asked import Asked, Row

_STATES = {
    ChargeState.UNBILLED.value: "已核定未开单",
    ChargeState.BILLED.value: "已开单",
    ChargeState.PAID.value: "实缴到账",
    ChargeState.REFUNDING.value: "退费中",
    ChargeState.DEFERRED.value: "缓缴",
}
_BILLS = {"open": "未缴费", "paid": "已缴费", "expired": "已过期", "revoked": "已撤销"}


def _payments(asked: Asked) -> Iterator[Row]:
    mine = (
        select(Charge, Person)
        .join(Person, Person.id == Charge.person_id)
        .where(Charge.unit_number == asked.unit.number)
        .order_by(Charge.month.desc(), Person.number, Charge.id)
    )
    shown = asked.region.conduct.unit_share_shown
    for charge, person in asked.session.execute(mine):
        if not asked.within(charge.month):
            continue
        yield {
            "month": str(charge.month),
            "name": person.name,
            "identity": person.identity,
            "insurance": asked.short(charge.insurance),
            "kind": Kind(charge.kind).label,
            "base": wire(charge.base),
            # 宁波: “社保部门无法提供单位员工每个人的单位缴费部分金额” (seed 001, 6.7)
            "unit": wire(charge.unit_amount) if shown else "",
            "person": wire(charge.person_amount or ZERO),
            "state": _STATES[charge.state],
        }


def _bills(asked: Asked) -> Iterator[Row]:
    mine = select(Notice).where(Notice.unit_number == asked.unit.number).order_by(Notice.number.desc())
    for one in asked.session.scalars(mine):
        if asked.within(one.month):
            yield {
                "number": one.number,
                "month": str(one.month),
                "total": wire(one.total),
                "issued_on": one.issued_on.isoformat(),
                "void_after": one.void_after.isoformat() if one.void_after else "",
                "state": _BILLS[one.state],
            }


def _progress(asked: Asked) -> Iterator[Row]:
    mine = select(Notice).where(Notice.unit_number == asked.unit.number).order_by(Notice.number.desc())
    for one in asked.session.scalars(mine):
        if asked.values.get("bill") not in (None, "", one.number):
            continue
        for stage in settlement.stages(asked.office, asked.session, one, asked.unit):
            yield {
                "number": one.number,
                "stage": stage["name"],
                "reached_at": (stage["reached_at"] or "")[:16].replace("T", " "),
                "expected_by": (stage["expected_by"] or "")[:16].replace("T", " "),
            }


def _refunds(asked: Asked) -> Iterator[Row]:
    mine = (
        select(Refund, Person)
        .join(Person, Person.id == Refund.person_id)
        .where(Refund.unit_number == asked.unit.number)
        .order_by(Refund.id.desc())
    )
    for one, person in asked.session.execute(mine):
        yield {
            "number": one.id,
            "name": person.name,
            "identity": person.identity,
            "insurance": asked.short(one.insurance),
            "month": str(one.month),
            "amount": wire(one.unit_amount + one.person_amount),
            "account": one.account,
            "state": "已拨付" if one.paid_at else "申请",
            "asked_on": one.asked_at.date().isoformat(),
            "paid_on": one.paid_at.date().isoformat() if one.paid_at else "",
        }


def _receipts(asked: Asked) -> Iterator[Row]:
    mine = select(Document).where(Document.unit_number == asked.unit.number, Document.kind == "e-receipt")
    for one in asked.session.scalars(mine.order_by(Document.issued_at.desc())):
        header = json.loads(one.paper)["header"]
        yield {
            "code": one.code,
            "bill": one.about,
            "month": header["month"],
            "amount": header["amount"],
            "issued_on": one.issued_at.date().isoformat(),
            "qr": header["qr"],
        }


def _account(asked: Asked) -> Iterator[Row]:
    """A person's account year by year: the months, and what the charges kept here come to."""
    person = person_of(asked.session, asked.values.get("identity", ""))
    if person is None:
        return
    months: dict[tuple[int, str], int] = defaultdict(int)
    amounts: dict[tuple[int, str], Decimal] = defaultdict(lambda: ZERO)
    spells = select(Insured).where(Insured.unit_number == asked.unit.number, Insured.person_id == person.id)
    for spell in asked.session.scalars(spells):
        if spell.carried_from and spell.carried_until:
            for offset in range(spell.carried_until - spell.carried_from + 1):
                months[(spell.carried_from + offset).year, spell.insurance] += 1
    paid = select(Charge).where(
        Charge.unit_number == asked.unit.number,
        Charge.person_id == person.id,
        Charge.state == ChargeState.PAID.value,
    )
    for charge in asked.session.scalars(paid):
        months[charge.month.year, charge.insurance] += 1
        amounts[charge.month.year, charge.insurance] += charge.person_amount or ZERO
    for year, insurance in sorted(months, reverse=True):
        key = (year, insurance)
        yield {
            "year": str(year),
            "insurance": asked.short(insurance),
            "months": str(months[key]),
            "person": wire(amounts[key]),
        }


_WHO = (Column("name", "姓名"), Column("identity", "证件号码", "identity"))
QUERIES = {
    "payment-records": Query(
        (
            Column("month", "费款所属期", "month"),
            *_WHO,
            Column("insurance", "险种"),
            Column("kind", "核定类型"),
            Column("base", "缴费基数", "money"),
            Column("unit", "单位缴纳", "money"),
            Column("person", "个人缴纳", "money"),
            Column("state", "状态"),
        ),
        _payments,
    ),
    "bills": Query(
        (
            Column("number", "单据号"),
            Column("month", "费款所属期", "month"),
            Column("total", "金额", "money"),
            Column("issued_on", "经办日期", "date"),
            Column("void_after", "有效期至", "date"),
            Column("state", "状态"),
        ),
        _bills,
    ),
    "bill-progress": Query(
        (
            Column("number", "单据号"),
            Column("stage", "环节"),
            Column("reached_at", "办理时间"),
            Column("expected_by", "预计时间"),
        ),
        _progress,
    ),
    "refunds": Query(
        (
            Column("number", "退费单号"),
            *_WHO,
            Column("insurance", "险种"),
            Column("month", "费款所属期", "month"),
            Column("amount", "金额", "money"),
            Column("account", "退收银行账号"),
            Column("state", "状态"),
            Column("asked_on", "申请日期", "date"),
            Column("paid_on", "拨付日期", "date"),
        ),
        _refunds,
    ),
    "e-receipts": Query(
        (
            Column("code", "票据代码"),
            Column("bill", "单据号"),
            Column("month", "费款所属期"),
            Column("amount", "金额", "money"),
            Column("issued_on", "开票日期", "date"),
            Column("qr", "二维码内容"),
        ),
        _receipts,
    ),
    "account-statements": Query(
        (
            Column("year", "年度"),
            Column("insurance", "险种"),
            Column("months", "缴费月数"),
            Column("person", "系统内个人缴费", "money"),
        ),
        _account,
    ),
}

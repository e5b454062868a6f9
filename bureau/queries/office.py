"""What was filed, what waits, and what the tax office has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from app.domain.filings import FilingState
from app.domain.money import wire
from app.domain.months import Month
from bureau import standing, tax, wages
from bureau.models import Filing
from bureau.queries import people
from bureau.queries.asked import Column, Query
from bureau.registers import TaxBill, TaxRecord, TaxVoucher

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bureau.queries.asked import Asked, Row


def _filings(asked: Asked) -> Iterator[Row]:
    mine = select(Filing).where(Filing.unit_number == asked.unit.number).order_by(Filing.cursor.desc())
    for one in asked.session.scalars(mine):
        if asked.within(one.month):
            yield _filing(asked, one)


def _filing(asked: Asked, one: Filing) -> Row:
    item = asked.region.items.get(one.item)
    return {
        "filing": one.id,
        "item": item.name if item else one.item,
        "month": str(one.month),
        "identity": one.subject or "",
        "state": FilingState(one.state).label,
        "note": one.note,
        "changed_at": one.changed_at.date().isoformat(),
    }


def _to_do(asked: Asked) -> Iterator[Row]:
    facts = standing.unit_facts(asked.session, asked.region, asked.unit)
    waiting = select(Filing).where(
        Filing.unit_number == asked.unit.number, Filing.state == FilingState.UNDER_REVIEW.value
    )
    for one in asked.session.scalars(waiting.order_by(Filing.cursor)):
        row = _filing(asked, one)
        yield {"what": f"{row['item']}：审核中", "number": one.id, "remedy": "等审核，或撤回"}
    for filing, values in people.announced(asked):
        yield {"what": f"{values.get('name', '')} 已备案，还没有参保", "number": filing.id, "remedy": "办理参保登记"}
    if facts.unbilled_charges:
        yield {"what": "有已核定未开单的费用", "number": "", "remedy": f"开具{asked.region.payment.bill_name}"}
    if facts.open_bill:
        yield {"what": "有未到账的单据", "number": facts.open_bill, "remedy": "到税务缴费，已缴的等回传"}
    if facts.wages_declared_for is not None:
        year = wages.year_of(asked.region, Month.of(asked.now.date()))
        if facts.wages_declared_for < year:
            yield {"what": f"{year} 社保年度缴费工资还没有申报完", "number": "", "remedy": "先申报缴费工资"}


def _seen(asked: Asked) -> Sequence[TaxBill]:
    mine = select(TaxBill).where(TaxBill.unit_number == asked.unit.number, TaxBill.visible_at <= asked.now)
    return asked.session.scalars(mine.order_by(TaxBill.number.desc())).all()


def _tax_bills(asked: Asked) -> Iterator[Row]:
    for one in _seen(asked):
        yield {
            "number": one.number,
            "month": str(one.month),
            "amount": wire(one.amount),
            "offset": wire(one.offset),
            "state": one.state,
            "note": tax.CANCELLED if one.cancelled else "",
        }


def _tax_records(asked: Asked) -> Iterator[Row]:
    bills = {one.number: one for one in _seen(asked)}
    for one in asked.session.scalars(
        select(TaxRecord).where(TaxRecord.number.in_(bills)).order_by(TaxRecord.id.desc())
    ):
        yield {
            "number": one.number,
            "month": str(bills[one.number].month),
            "amount": wire(bills[one.number].amount),
            "declared_on": one.at.date().isoformat(),
            "state": one.state,
            "feedback": one.feedback,
        }


def _vouchers(asked: Asked) -> Iterator[Row]:
    numbers = [one.number for one in _seen(asked)]
    printed = select(TaxVoucher).where(TaxVoucher.number.in_(numbers)).order_by(TaxVoucher.id.desc())
    for one in asked.session.scalars(printed):
        yield {
            "voucher": one.id,
            "number": one.number,
            "amount": wire(one.amount),
            "printed_on": one.printed_at.date().isoformat(),
            "deadline": one.deadline.isoformat(),
            "state": one.state,
        }


QUERIES = {
    "filings": Query(
        (
            Column("filing", "办件编号"),
            Column("item", "业务"),
            Column("month", "业务月份", "month"),
            Column("identity", "证件号码", "identity"),
            Column("state", "状态"),
            Column("note", "备注"),
            Column("changed_at", "办理日期", "date"),
        ),
        _filings,
    ),
    "to-do": Query((Column("what", "待办事项"), Column("number", "编号"), Column("remedy", "怎么办")), _to_do),
    "tax-bills": Query(
        (
            Column("number", "征集通知单号"),
            Column("month", "费款所属期", "month"),
            Column("amount", "应缴金额", "money"),
            Column("offset", "已冲抵待转金", "money"),
            Column("state", "状态"),
            Column("note", "提示"),
        ),
        _tax_bills,
    ),
    "tax-records": Query(
        (
            Column("number", "征集通知单号"),
            Column("month", "费款所属期", "month"),
            Column("amount", "金额", "money"),
            Column("declared_on", "申报日期", "date"),
            Column("state", "状态"),
            Column("feedback", "反馈"),
        ),
        _tax_records,
    ),
    "tax-vouchers": Query(
        (
            Column("voucher", "凭证序号"),
            Column("number", "征集通知单号"),
            Column("amount", "金额", "money"),
            Column("printed_on", "开具日期", "date"),
            Column("deadline", "限缴日期", "date"),
            Column("state", "状态"),
        ),
        _vouchers,
    ),
}

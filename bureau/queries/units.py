"""The unit itself: its data, insurances, handlers, accounts, and how these changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from bureau.models import Insured
from bureau.queries.asked import Column, Query
from bureau.registers import BankAccount, Change, Detail, Handler

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bureau.queries.asked import Asked, Row


def _info(asked: Asked) -> Iterator[Row]:
    unit = asked.unit
    yield {"name": "单位编号", "value": unit.number}
    yield {"name": "单位名称", "value": unit.name}
    yield {"name": "统一社会信用代码", "value": unit.credit_code}
    yield {"name": "参保所属地", "value": asked.region.name}
    yield {"name": "行业风险类别", "value": f"{unit.injury_class}类"}
    yield {"name": "缴费方式", "value": "税务征收"}
    yield {"name": "三方协议", "value": "已签订" if unit.tripartite else "未签订"}
    if unit.offset_balance:
        yield {"name": "待转金", "value": f"{unit.offset_balance:.2f}"}
    kept = select(Detail).where(Detail.owner == "unit", Detail.owner_id == unit.number).order_by(Detail.key)
    for one in asked.session.scalars(kept):
        yield {"name": one.name, "value": one.value}


def _insurances(asked: Asked) -> Iterator[Row]:
    spells = select(Insured.insurance, func.min(Insured.since)).where(Insured.unit_number == asked.unit.number)
    begun = {insurance: since for insurance, since in asked.session.execute(spells.group_by(Insured.insurance))}  # noqa: C416 - rows are no pairs to mypy
    held = asked.unit.insurances.split(",")
    for insurance in asked.region.insurances:
        if insurance.id in held or insurance.id in begun:
            yield {
                "insurance": insurance.name,
                "state": "正常参保" if insurance.id in held else "终止参保",
                "since": str(begun[insurance.id]) if insurance.id in begun else "",
                "last_period": str(asked.unit.last_period or ""),
            }


def _handlers(asked: Asked) -> Iterator[Row]:
    for one in asked.session.scalars(select(Handler).where(Handler.unit_number == asked.unit.number)):
        yield {
            "name": one.name,
            "identity": one.identity,
            "department": one.department,
            "phone": one.phone,
            "email": one.email,
        }


def _accounts(asked: Asked) -> Iterator[Row]:
    for one in asked.session.scalars(select(BankAccount).where(BankAccount.unit_number == asked.unit.number)):
        yield {
            "bank": one.bank,
            "account_name": one.account_name,
            "account": one.account,
            "purpose": one.purpose,
        }


def _changes(asked: Asked) -> Iterator[Row]:
    mine = select(Change).where(Change.unit_number == asked.unit.number).order_by(Change.id.desc())
    for one in asked.session.scalars(mine):
        yield {
            "at": one.at.date().isoformat(),
            "about": one.about,
            "name": one.name,
            "old": one.old,
            "new": one.new,
            "filing": one.filing_id,
        }


QUERIES = {
    "unit-info": Query((Column("name", "项目"), Column("value", "内容")), _info),
    "unit-insurances": Query(
        (
            Column("insurance", "险种类型"),
            Column("state", "单位参保状态"),
            Column("since", "参保年月", "month"),
            Column("last_period", "最大做账期号", "month"),
        ),
        _insurances,
    ),
    "handlers": Query(
        (
            Column("name", "经办人姓名"),
            Column("identity", "证件号码", "identity"),
            Column("department", "所在部门"),
            Column("phone", "联系电话"),
            Column("email", "电子邮箱"),
        ),
        _handlers,
    ),
    "bank-accounts": Query(
        (
            Column("bank", "开户银行"),
            Column("account_name", "银行户名"),
            Column("account", "银行账号"),
            Column("purpose", "用途"),
        ),
        _accounts,
    ),
    "data-changes": Query(
        (
            Column("at", "变更时间", "date"),
            Column("about", "对象"),
            Column("name", "变更项目"),
            Column("old", "变更前值"),
            Column("new", "变更后值"),
            Column("filing", "办件编号"),
        ),
        _changes,
    ),
}

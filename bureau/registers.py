"""Tables besides insurance and money: what units and people keep up to date, refunds, the tax office's books."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.months import Month
from bureau.models import Base


class BaseInForce(Base):
    """Another base than the one a spell began with, from ``since`` on."""

    __tablename__ = "base_in_force"
    __table_args__ = (UniqueConstraint("unit_number", "person_id", "insurance", "since"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    unit_number: Mapped[str] = mapped_column(ForeignKey("unit.number"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    insurance: Mapped[str]
    since: Mapped[Month]
    base: Mapped[Decimal]
    filing_id: Mapped[str]


class WageDeclared(Base):
    """That a person's wage was declared for the social-insurance year that begins in ``year``."""

    __tablename__ = "wage_declared"
    unit_number: Mapped[str] = mapped_column(ForeignKey("unit.number"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    wage: Mapped[Decimal]
    filing_id: Mapped[str | None]
    at: Mapped[dt.datetime]


class Detail(Base):
    """One thing kept of a unit or a person besides what insurance turns on: a telephone, an address."""

    __tablename__ = "detail"
    owner: Mapped[str] = mapped_column(primary_key=True)
    owner_id: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    value: Mapped[str] = mapped_column(Text)


class Change(Base):
    """What a filing changed in a unit's or a person's data: the old value and the new one."""

    __tablename__ = "change"
    __table_args__ = (Index(None, "unit_number", "id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    unit_number: Mapped[str] = mapped_column(ForeignKey("unit.number"))
    about: Mapped[str]
    name: Mapped[str]
    old: Mapped[str] = mapped_column(Text)
    new: Mapped[str] = mapped_column(Text)
    filing_id: Mapped[str]
    at: Mapped[dt.datetime]


class Handler(Base):
    """A person who acts for the unit (经办人)."""

    __tablename__ = "handler"
    unit_number: Mapped[str] = mapped_column(ForeignKey("unit.number"), primary_key=True)
    identity: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    department: Mapped[str]
    phone: Mapped[str]
    email: Mapped[str]


class BankAccount(Base):
    """An account of the unit, to which refunds are paid (退收银行账号)."""

    __tablename__ = "bank_account"
    unit_number: Mapped[str] = mapped_column(ForeignKey("unit.number"), primary_key=True)
    account: Mapped[str] = mapped_column(primary_key=True)
    bank: Mapped[str]
    account_name: Mapped[str]
    purpose: Mapped[str]


class Rostered(Base):
    """A person on the roster of a building or mining project, insured against injury there until ``until``."""

    __tablename__ = "rostered"
    unit_number: Mapped[str] = mapped_column(ForeignKey("unit.number"), primary_key=True)
    project: Mapped[str] = mapped_column(primary_key=True)
    identity: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[dt.date] = mapped_column(primary_key=True)
    name: Mapped[str]
    until: Mapped[dt.date | None]


class Refund(Base):
    """One month of one insurance on its way back to the unit. ``paid_at`` None: asked for and not paid yet."""

    __tablename__ = "refund"
    __table_args__ = (Index(None, "unit_number"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    unit_number: Mapped[str] = mapped_column(ForeignKey("unit.number"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    insurance: Mapped[str]
    month: Mapped[Month]
    unit_amount: Mapped[Decimal]
    person_amount: Mapped[Decimal]
    account: Mapped[str]
    filing_id: Mapped[str]
    asked_at: Mapped[dt.datetime]
    next_at: Mapped[dt.datetime | None] = mapped_column(index=True)
    paid_at: Mapped[dt.datetime | None]


class Document(Base):
    """A paper that was issued besides notices and certificates, by its code."""

    __tablename__ = "document"
    code: Mapped[str] = mapped_column(primary_key=True)
    unit_number: Mapped[str] = mapped_column(ForeignKey("unit.number"), index=True)
    kind: Mapped[str]
    about: Mapped[str]
    issued_at: Mapped[dt.datetime]
    paper: Mapped[str] = mapped_column(Text)


class TaxBill(Base):
    """A bill as the tax office has it, from ``visible_at`` on. ``cancelled``: revoked at the bureau meanwhile."""

    __tablename__ = "tax_bill"
    number: Mapped[str] = mapped_column(ForeignKey("notice.number"), primary_key=True)
    unit_number: Mapped[str] = mapped_column(ForeignKey("unit.number"), index=True)
    month: Mapped[Month]
    amount: Mapped[Decimal]
    offset: Mapped[Decimal]
    visible_at: Mapped[dt.datetime]
    state: Mapped[str]
    cancelled: Mapped[bool]


class TaxRecord(Base):
    """One declaration of a bill at the tax office, with what the office said."""

    __tablename__ = "tax_record"
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(ForeignKey("tax_bill.number"), index=True)
    at: Mapped[dt.datetime]
    state: Mapped[str]
    feedback: Mapped[str]


class TaxVoucher(Base):
    """A voucher to pay a bill with at a bank (银行端缴款凭证), good until ``deadline``."""

    __tablename__ = "tax_voucher"
    id: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(ForeignKey("tax_bill.number"), index=True)
    amount: Mapped[Decimal]
    printed_at: Mapped[dt.datetime]
    deadline: Mapped[dt.date]
    state: Mapped[str]

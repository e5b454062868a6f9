"""The bureau's tables. Months, amounts and times are stored so that both databases order and compare them alike."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, Final

from sqlalchemy import (
    BigInteger,
    Date,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from app.domain.money import FEN
from app.domain.months import Month

if TYPE_CHECKING:
    from sqlalchemy import Dialect

CHINA = dt.timezone(dt.timedelta(hours=8))
_FEN_IN_YUAN: Final = 100


class MonthType(TypeDecorator[Month]):
    """A month as ``2022-08``."""

    impl = String(7)
    cache_ok = True

    def process_bind_param(self, value: Month | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Month | None:  # noqa: ARG002
        return None if value is None else Month.parse(value)


class FenType(TypeDecorator[Decimal]):
    """An amount of yuan as whole fen: SQLite has no decimals, and no float comes near money."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        if value is None:
            return None
        if value != value.quantize(FEN):
            raise ValueError("a fraction of a fen")
        return int(value * _FEN_IN_YUAN)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:  # noqa: ARG002
        return None if value is None else (Decimal(value) / _FEN_IN_YUAN).quantize(FEN)


class MomentType(TypeDecorator[dt.datetime]):
    """A moment to the second as ISO text at +08:00, which sorts as time does."""

    impl = String(25)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else value.astimezone(CHINA).isoformat(timespec="seconds")

    def process_result_value(self, value: str | None, dialect: Dialect) -> dt.datetime | None:  # noqa: ARG002
        return None if value is None else dt.datetime.fromisoformat(value)


class Base(DeclarativeBase):
    """Names every constraint, so that later migrations can speak of it."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar = {
        Month: MonthType(),
        Decimal: FenType(),
        dt.datetime: MomentType(),
        dt.date: Date(),
        str: String(200),
        bytes: LargeBinary(),
    }


class Clock(Base):
    """The one row that says how far the bureau's time is ahead of the system's, in seconds."""

    __tablename__ = "clock"
    id: Mapped[int] = mapped_column(primary_key=True)
    offset: Mapped[int] = mapped_column(BigInteger)


class Counter(Base):
    """Numbers given out: filings, notices, receipts, persons, and the cursor of changes."""

    __tablename__ = "counter"
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger)


class Unit(Base):
    """A registered unit. ``tripartite``: the tax office debits its account by agreement (三方协议).

    ``offset_balance`` is 待转金: money of the unit that the next bill is lessened by.
    """

    __tablename__ = "unit"
    number: Mapped[str] = mapped_column(primary_key=True)
    region: Mapped[str]
    name: Mapped[str]
    credit_code: Mapped[str] = mapped_column(unique=True)
    injury_class: Mapped[str]
    insurances: Mapped[str]
    last_period: Mapped[Month | None]
    tripartite: Mapped[bool]
    offset_balance: Mapped[Decimal] = mapped_column(default=Decimal("0.00"))


class Person(Base):
    """A person, known by the social security number; ``registered_on`` is None for those known before this system."""

    __tablename__ = "person"
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    identity: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    first_work: Mapped[dt.date | None]
    registered_on: Mapped[dt.date | None]


class Insured(Base):
    """One spell of a person in one insurance at one unit: from ``since`` until before ``stopped_from``.

    ``carried_from`` and ``carried_until`` are months paid before this system began to keep charges.
    """

    __tablename__ = "insured"
    __table_args__ = (
        UniqueConstraint("unit_number", "person_id", "insurance", "since"),
        Index(None, "person_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    unit_number: Mapped[str] = mapped_column(ForeignKey("unit.number"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    insurance: Mapped[str]
    since: Mapped[Month]
    stopped_from: Mapped[Month | None]
    base: Mapped[Decimal]
    carried_from: Mapped[Month | None]
    carried_until: Mapped[Month | None]


class Charge(Base):
    """What one person's month in one insurance costs, and how far its money has come.

    ``due_on`` is the last day it is in time, where that does not follow from its first bill; ``late_free``: it never
    bears a late fee.
    """

    __tablename__ = "charge"
    __table_args__ = (
        UniqueConstraint("unit_number", "person_id", "insurance", "month"),
        Index(None, "unit_number", "state"),
        Index(None, "person_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    unit_number: Mapped[str] = mapped_column(ForeignKey("unit.number"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    insurance: Mapped[str]
    month: Mapped[Month]
    kind: Mapped[str]
    base: Mapped[Decimal]
    unit_amount: Mapped[Decimal]
    person_amount: Mapped[Decimal | None]
    state: Mapped[str]
    notice_number: Mapped[str | None] = mapped_column(ForeignKey("notice.number"), index=True)
    first_billed_on: Mapped[dt.date | None]
    filing_id: Mapped[str | None]
    due_on: Mapped[dt.date | None]
    late_free: Mapped[bool] = mapped_column(default=False)


class Seal(Base):
    """A sealed message as it came, under its idempotency key, with the first answer given to it."""

    __tablename__ = "seal"
    key: Mapped[str] = mapped_column(primary_key=True)
    unit_number: Mapped[str] = mapped_column(ForeignKey("unit.number"))
    digest: Mapped[str]
    envelope: Mapped[str] = mapped_column(Text)
    algorithm: Mapped[str]
    certificate: Mapped[bytes]
    signature: Mapped[bytes]
    received_at: Mapped[dt.datetime]
    answer: Mapped[str] = mapped_column(Text)


class Filing(Base):
    """A filing and where it stands. ``cursor`` grows with each change of any filing."""

    __tablename__ = "filing"
    __table_args__ = (Index(None, "unit_number", "cursor"), Index(None, "unit_number", "state"))
    id: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(ForeignKey("seal.key"), unique=True)
    unit_number: Mapped[str] = mapped_column(ForeignKey("unit.number"))
    item: Mapped[str]
    month: Mapped[Month]
    state: Mapped[str]
    note: Mapped[str] = mapped_column(Text)
    subject: Mapped[str | None] = mapped_column(index=True)
    content: Mapped[str] = mapped_column(Text)
    notice: Mapped[str | None]
    certificate: Mapped[str | None]
    document: Mapped[str | None]
    cursor: Mapped[int] = mapped_column(BigInteger)
    changed_at: Mapped[dt.datetime]


class Attachment(Base):
    """A file that a unit has put here, by its SHA-256 in hex."""

    __tablename__ = "attachment"
    unit_number: Mapped[str] = mapped_column(ForeignKey("unit.number"), primary_key=True)
    sha256: Mapped[str] = mapped_column(primary_key=True)
    media_type: Mapped[str]
    size: Mapped[int]
    content: Mapped[bytes]


class Declaration(Base):
    """A month that a unit has declared, and for which insurances."""

    __tablename__ = "declaration"
    unit_number: Mapped[str] = mapped_column(ForeignKey("unit.number"), primary_key=True)
    month: Mapped[Month] = mapped_column(primary_key=True)
    insurances: Mapped[str]
    filing_id: Mapped[str]


class Notice(Base):
    """A bill: open, paid, expired or revoked. ``next_at`` is when something will next happen to it by itself.

    ``void_after`` is the last day it can be paid, None where bills do not expire; ``ordered_at`` when its payment was
    ordered at the counter of the tax office, ``overpaid`` what was paid beyond its total (待转金
    once the payment is there).
    """

    __tablename__ = "notice"
    number: Mapped[str] = mapped_column(primary_key=True)
    unit_number: Mapped[str] = mapped_column(ForeignKey("unit.number"), index=True)
    month: Mapped[Month]
    total: Mapped[Decimal]
    issued_on: Mapped[dt.date]
    void_after: Mapped[dt.date | None]
    state: Mapped[str]
    paper: Mapped[str] = mapped_column(Text)
    lines: Mapped[str] = mapped_column(Text)
    ordered_at: Mapped[dt.datetime | None]
    overpaid: Mapped[Decimal] = mapped_column(default=Decimal("0.00"))
    next_at: Mapped[dt.datetime | None] = mapped_column(index=True)


class Reached(Base):
    """A stage that a notice has reached."""

    __tablename__ = "reached"
    notice_number: Mapped[str] = mapped_column(ForeignKey("notice.number"), primary_key=True)
    stage: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[dt.datetime]


class Certificate(Base):
    """A participation certificate that was issued, by its authorization code."""

    __tablename__ = "certificate"
    code: Mapped[str] = mapped_column(primary_key=True)
    unit_number: Mapped[str] = mapped_column(ForeignKey("unit.number"))
    issued_at: Mapped[dt.datetime]
    paper: Mapped[str] = mapped_column(Text)


class Challenge(Base):
    """A challenge given out and not yet answered; ``made_at`` is the system's time."""

    __tablename__ = "challenge"
    id: Mapped[str] = mapped_column(primary_key=True)
    nonce: Mapped[str]
    made_at: Mapped[dt.datetime] = mapped_column(index=True)


class LoginSession(Base):
    """A session by the SHA-256 of its secret; ``expires_at`` is the system's time."""

    __tablename__ = "session"
    digest: Mapped[str] = mapped_column(primary_key=True)
    unit_number: Mapped[str] = mapped_column(ForeignKey("unit.number"))
    expires_at: Mapped[dt.datetime] = mapped_column(index=True)

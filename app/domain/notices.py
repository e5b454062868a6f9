"""What the bureau issues and the client prints: notices, certificates, and the forms that are stamped.

Amounts are yuan as Decimal. The JSON they travel as is made and read by :mod:`app.domain.records`: keys as named here,
amounts as text with two decimals, months as ``2021-11``, days as ``2021-11-13``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from app.domain.months import Month
from app.domain.records import from_wire, to_wire

__all__ = [
    "AssessmentNotice",
    "CertifiedPerson",
    "NoticeDetail",
    "NoticeLine",
    "ParticipationCertificate",
    "RosterForm",
    "from_wire",
    "to_wire",
]

_NOTHING = Decimal("0.00")


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeLine:
    """One insurance on an assessment notice. ``total`` is 应缴合计, ``payable`` 应缴金额 after what is offset."""

    insurance: str
    name: str
    unit: Decimal
    person: Decimal
    interest: Decimal = _NOTHING
    late_fee: Decimal = _NOTHING
    total: Decimal
    payable: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeDetail:
    """One line under 征集明细; ``kind`` is the 核定数据类型 in words, e.g. 单位整体核定."""

    kind: str
    unit: Decimal
    person: Decimal
    late_fee: Decimal = _NOTHING
    interest: Decimal = _NOTHING
    payable: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentNotice:
    """《社会保险费应缴认定单》 (seed 002), and the payment bill (社会保险缴费单据) of regions that call it so.

    ``number`` is the 征集通知单据号 of 16 digits by which the tax office finds it; after ``due_on`` it is void.
    ``people`` is the number of insured where the region states it.
    """

    number: str
    unit_number: str
    unit_name: str
    agency: str
    issued_on: date
    due_on: date
    month: Month
    lines: tuple[NoticeLine, ...]
    details: tuple[NoticeDetail, ...] = ()
    total: Decimal
    people: int | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CertifiedPerson:
    """One person on a certificate, with the months it attests and the 缴费状态 in words."""

    name: str
    identity: str
    person_number: str
    first: Month
    last: Month
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipationCertificate:
    """《湖北省社会保险参保证明（单位专用）》 (seed 002) and what other regions print in its stead.

    ``insurance`` is 单位参保险种 in words, ``place`` 参保所属地, ``month`` the 做账期号; the authorization code has 20
    characters and is printed in groups of four.
    """

    unit_number: str
    unit_name: str
    insurance: str
    place: str
    month: Month
    people: int
    in_arrears: bool
    persons: tuple[CertifiedPerson, ...]
    authorization_code: str
    verify_url: str
    printed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterForm:
    """A form that lists people and is stamped by the unit, e.g. （ ）职工缴纳社会保险费增加表 (seed 000).

    What the columns are is the business of the item and of the layout: ``header`` and ``rows`` hold the texts by the
    layout's names, ``totals`` the sums of the columns that are totalled, in yuan.
    """

    title: str
    header: Mapping[str, str] = field(default_factory=dict)
    rows: tuple[Mapping[str, str], ...] = ()
    totals: Mapping[str, Decimal] = field(default_factory=dict)

"""Notices, certificates and forms travel as JSON and come back the same; anything else is refused by its path."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.months import Month
from app.domain.notices import (
    AssessmentNotice,
    CertifiedPerson,
    NoticeDetail,
    NoticeLine,
    ParticipationCertificate,
    RosterForm,
    from_wire,
    to_wire,
)
from app.domain.records import RecordRefused

NOTICE = AssessmentNotice(
    number="2021111310244307",
    unit_number="100047513",
    unit_name="随州市示例服务有限公司",
    agency="随州市社会保险局",
    issued_on=date(2021, 11, 13),
    due_on=date(2021, 11, 29),
    month=Month(2021, 11),
    lines=(
        NoticeLine(
            insurance="unemployment",
            name="失业保险",
            unit=Decimal("130.41"),
            person=Decimal("55.89"),
            total=Decimal("186.30"),
            payable=Decimal("186.30"),
        ),
    ),
    details=(
        NoticeDetail(kind="单位整体核定", unit=Decimal("149.04"), person=Decimal("55.89"), payable=Decimal("204.93")),
    ),
    total=Decimal("204.93"),
    notes=("线下补开",),
)

_MONEY = st.decimals(-(10**9), 10**9, places=2)
_MONTH = st.builds(Month, st.integers(1990, 2100), st.integers(1, 12))
_NOTICES = st.builds(
    AssessmentNotice,
    month=_MONTH,
    total=_MONEY,
    lines=st.lists(
        st.builds(
            NoticeLine, unit=_MONEY, person=_MONEY, interest=_MONEY, late_fee=_MONEY, total=_MONEY, payable=_MONEY
        ),
        max_size=3,
    ).map(tuple),
    details=st.lists(
        st.builds(NoticeDetail, unit=_MONEY, person=_MONEY, interest=_MONEY, late_fee=_MONEY, payable=_MONEY),
        max_size=2,
    ).map(tuple),
)
_CERTIFICATES = st.builds(
    ParticipationCertificate,
    month=_MONTH,
    persons=st.lists(st.builds(CertifiedPerson, first=_MONTH, last=_MONTH), max_size=3).map(tuple),
    printed_at=st.datetimes(timezones=st.just(UTC)),
)
_TEXTS = st.dictionaries(st.text(max_size=4), st.text(max_size=4), max_size=3)
_FORMS = st.builds(
    RosterForm,
    header=_TEXTS,
    rows=st.lists(_TEXTS, max_size=3).map(tuple),
    totals=st.dictionaries(st.text(max_size=4), _MONEY, max_size=2),
)


@given(st.one_of(_NOTICES, _CERTIFICATES, _FORMS))
def test_every_record_survives_the_journey(record: AssessmentNotice | ParticipationCertificate | RosterForm) -> None:
    received = json.loads(json.dumps(to_wire(record)))
    assert from_wire(type(record), received) == record


def test_amounts_months_and_days_as_the_bureau_writes_them() -> None:
    sent = to_wire(NOTICE)
    assert (sent["total"], sent["month"], sent["due_on"]) == ("204.93", "2021-11", "2021-11-29")
    assert sent["lines"][0]["late_fee"] == "0.00"
    assert sent["people"] is None


def test_an_identity_number_in_a_form_stays_text() -> None:
    form = RosterForm(title="增加表", rows=({"AAC002": "34052419800101001X", "AAE180": "3450.00"},))
    assert from_wire(RosterForm, to_wire(form)).rows[0]["AAC002"] == "34052419800101001X"


@pytest.mark.parametrize(
    ("change", "path", "reason"),
    [
        ({"total": 204.93}, "total", "not-decimal"),
        ({"total": "NaN"}, "total", "not-decimal"),
        ({"month": "2021-13"}, "month", "not-month"),
        ({"due_on": "29.11.2021"}, "due_on", "not-date"),
        ({"number": 2021111310244307}, "number", "not-str"),
        ({"people": "2"}, "people", "not-int"),
        ({"people": True}, "people", "not-int"),
        ({"stamp": "x"}, "stamp", "unknown-key"),
        ({"lines": {}}, "lines", "not-a-list"),
        ({"lines": [{}]}, "lines[0].insurance", "key-missing"),
    ],
)
def test_what_is_not_a_notice_is_refused_by_its_path(change: dict[str, Any], path: str, reason: str) -> None:
    with pytest.raises(RecordRefused) as refused:
        from_wire(AssessmentNotice, to_wire(NOTICE) | change)
    assert (refused.value.path, refused.value.reason) == (path, reason)


def test_a_time_keeps_its_zone() -> None:
    certificate = ParticipationCertificate(
        unit_number="100047513",
        unit_name="随州市示例服务有限公司",
        insurance="企业失业",
        place="随州市本级",
        month=Month(2021, 11),
        people=0,
        in_arrears=False,
        persons=(),
        authorization_code="20211113133629KRIFGN",
        verify_url="https://example.invalid/verify",
        printed_at=datetime(2021, 11, 13, 13, 36, tzinfo=UTC),
    )
    assert to_wire(certificate)["printed_at"] == "2021-11-13T13:36:00+00:00"

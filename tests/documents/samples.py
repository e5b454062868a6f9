"""Made-up records in the shapes of the sources; no person or unit in them exists."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from app.domain.months import Month
from app.domain.notices import (
    AssessmentNotice,
    CertifiedPerson,
    NoticeDetail,
    NoticeLine,
    ParticipationCertificate,
    RosterForm,
)

RESOURCES = Path(__file__).parents[2] / "resources"
UNIT = "随州市示例邮政服务股份有限公司"


def layout_file(region: str, name: str) -> Path:
    """The region's own layout, or the shared one: as Region.layout_path finds it."""
    own = RESOURCES / "regions" / region / "documents" / f"{name}.toml"
    return own if own.is_file() else RESOURCES / "documents" / f"{name}.toml"


def notice(details: int = 1) -> AssessmentNotice:
    """The figures of the sample in seed 002: two insurances, 204.93 yuan."""
    line = _line("失业保险", "130.41", "55.89"), _line("工伤保险", "18.63", "0")
    detail = NoticeDetail(
        kind="单位整体核定", unit=Decimal("149.04"), person=Decimal("55.89"), payable=Decimal("204.93")
    )
    return AssessmentNotice(
        number="2021111310244307",
        unit_number="100047513",
        unit_name=UNIT,
        agency="随州市社会保险局",
        issued_on=date(2021, 11, 13),
        due_on=date(2021, 11, 29),
        month=Month(2021, 11),
        lines=line,
        details=(detail,) * details,
        total=Decimal("204.93"),
        people=2,
    )


def certificate(people: int, name: str = "张示例") -> ParticipationCertificate:
    """A certificate with ``people`` persons of one name and made-up numbers."""
    return ParticipationCertificate(
        unit_number="100047513",
        unit_name=UNIT,
        insurance="企业失业",
        place="随州市本级",
        month=Month(2021, 11),
        people=people,
        in_arrears=False,
        persons=tuple(
            CertifiedPerson(
                name=name,
                identity="34052419800101001X",
                person_number=f"1000372{number:04d}",
                first=Month(2021, 7),
                last=Month(2021, 9),
                status="实缴到账",
            )
            for number in range(people)
        ),
        authorization_code="20211113133629KRIFGN",
        verify_url="https://bureau.example.invalid/verify",
        printed_at=datetime(2021, 11, 13, 13, 36, tzinfo=UTC),
    )


def roster(people: int, title: str = "（企业）职工缴纳社会保险费增加表") -> RosterForm:
    """A form with ``people`` rows, totalled."""
    row = {"AAC002": "34052419800101001X", "AAC003": "张示例", "AAE160": "新增", "AAE180": "4,416.00"}
    return RosterForm(
        title=title,
        header={"unit_name": UNIT, "unit_number": "3704810012", "filled_on": "2026年11月22日"},
        rows=tuple({**row, "due_total": f"{number}.00"} for number in range(people)),
        totals={"AAE180": Decimal(4416) * people},
    )


def _line(name: str, unit: str, person: str) -> NoticeLine:
    total = Decimal(unit) + Decimal(person)
    return NoticeLine(insurance=name, name=name, unit=Decimal(unit), person=Decimal(person), total=total, payable=total)

"""The training ground: an invented unit for each region, with invented people. The same on every machine.

No person and no unit here exists: the area codes are those of whole cities (420500, 370400 …), which are not issued to
anybody, and every number has its right check digit.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from app.domain.identity import check_digit, credit_check_character
from app.domain.months import Month
from app.errors import UsageError
from app.resources import RESOURCES
from bureau.models import CHINA, Insured, Person, Unit
from bureau.registers import WageDeclared
from bureau.wages import first_month, year_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session

    from app.regions.pack import Region

FIRST: Final = "yichang"
"""The region that is trained in where none is named."""
_MONTHS_BEHIND: Final = 30
"""For how long the people of the training unit have been paid for: longer than the longest certificate."""


class Role(StrEnum):
    """How a person stands at the beginning, seen from the region's training unit."""

    ACTIVE = "active"
    PAUSED = "paused"
    ELSEWHERE = "elsewhere"
    ELSEWHERE_PAID = "elsewhere-paid"
    LEFT = "left"
    LEFT_PAID = "left-paid"
    NEWCOMER = "newcomer"

    @property
    def meaning(self) -> str:
        """What it means for the training unit."""
        return _MEANINGS[self]


_MEANINGS: Final[Mapping[Role, str]] = {
    Role.ACTIVE: "本单位参保缴费",
    Role.PAUSED: "本单位已停保",
    Role.ELSEWHERE: "在其他单位参保，须先停保",
    Role.ELSEWHERE_PAID: "在其他单位参保，当月已缴",
    Role.LEFT: "原单位已停保，可以增员",
    Role.LEFT_PAID: "原单位已停保，当月已缴：本单位只收工伤",
    Role.NEWCOMER: "首次参保",
}


@dataclass(frozen=True, slots=True)
class TrainingUnit:
    """A unit that does not exist. The one without ``tripartite`` pays at the counter of the tax office."""

    region: str
    number: str
    name: str
    credit_code: str
    injury_class: str
    tripartite: bool


@dataclass(frozen=True, slots=True)
class TrainingPerson:
    """A person that does not exist. ``base`` in yuan a month; ``first_work`` the first day ever worked."""

    identity: str
    name: str
    role: Role
    base: Decimal
    first_work: date


@dataclass(frozen=True, slots=True)
class _Ground:
    unit: TrainingUnit
    neighbour: TrainingUnit
    clock: datetime
    area: str
    bases: Sequence[int]


def _credit_code(first: str) -> str:
    return first + credit_check_character(first)


_GROUNDS: Final[Mapping[str, _Ground]] = {
    "yichang": _Ground(
        TrainingUnit(
            "yichang", "4205001024", "示例机械有限公司", _credit_code("91420500MA4901234"), "1", tripartite=True
        ),
        TrainingUnit(
            "yichang", "4205002048", "示例商贸有限公司", _credit_code("91420500MA4905678"), "2", tripartite=False
        ),
        datetime(2022, 8, 8, 9, tzinfo=CHINA),
        "420500",
        (3450, 4200, 5360, 6000, 6480, 7250, 9310, 12800),
    ),
    "zaozhuang": _Ground(
        TrainingUnit(
            "zaozhuang", "3704001024", "示例纺织有限公司", _credit_code("91370400MA3C01234"), "3", tripartite=True
        ),
        TrainingUnit(
            "zaozhuang", "3704002048", "示例食品有限公司", _credit_code("91370400MA3C05678"), "2", tripartite=False
        ),
        datetime(2021, 11, 8, 9, tzinfo=CHINA),
        "370400",
        (3457, 3860, 4416, 5120, 5980, 6688, 8240, 15000),
    ),
    "ningbo": _Ground(
        TrainingUnit(
            "ningbo", "3302001024", "示例电器有限公司", _credit_code("91330200MA2A01234"), "2", tripartite=True
        ),
        TrainingUnit(
            "ningbo", "3302002048", "示例服装有限公司", _credit_code("91330200MA2A05678"), "1", tripartite=False
        ),
        datetime(2024, 5, 8, 9, tzinfo=CHINA),
        "330200",
        (5000, 5360, 6100, 6840, 7300, 8250, 9310, 14800),
    ),
    "harbin": _Ground(
        TrainingUnit(
            "harbin", "2301001024", "示例乳品有限公司", _credit_code("91230100MA1B01234"), "2", tripartite=True
        ),
        TrainingUnit(
            "harbin", "2301002048", "示例物流有限公司", _credit_code("91230100MA1B05678"), "3", tripartite=False
        ),
        datetime(2024, 5, 8, 9, tzinfo=CHINA),
        "230100",
        (4600, 4960, 5420, 6000, 6380, 7150, 8640, 13200),
    ),
    "shaanxi": _Ground(
        TrainingUnit(
            "shaanxi", "6103001024", "示例机床有限公司", _credit_code("91610300MA6X01234"), "3", tripartite=True
        ),
        TrainingUnit(
            "shaanxi", "6103002048", "示例果品有限公司", _credit_code("91610300MA6X05678"), "1", tripartite=False
        ),
        datetime(2024, 5, 8, 9, tzinfo=CHINA),
        "610300",
        (4600, 4880, 5300, 5960, 6420, 7080, 8520, 12900),
    ),
}
_NAMES: Final = (
    ("陈若溪", Role.ACTIVE, "1988-03-14", "2010-07-01"),
    ("李承安", Role.ACTIVE, "1979-11-02", "2001-09-10"),
    ("王静姝", Role.ACTIVE, "1992-06-25", "2015-07-06"),
    ("赵一鸣", Role.ACTIVE, "1985-01-19", "2008-03-03"),
    ("周子衿", Role.ACTIVE, "1996-09-08", "2019-07-15"),
    ("吴思远", Role.ACTIVE, "1974-04-30", "1996-08-01"),
    ("郑晓棠", Role.ACTIVE, "1990-12-12", "2013-04-08"),
    ("孙明哲", Role.ACTIVE, "1983-08-21", "2005-07-11"),
    ("马清越", Role.PAUSED, "1991-05-05", "2014-07-01"),
    ("朱怀瑾", Role.PAUSED, "1987-10-17", "2009-11-02"),
    ("胡知夏", Role.ELSEWHERE, "1994-02-27", "2017-07-03"),
    ("林书白", Role.ELSEWHERE_PAID, "1989-07-09", "2012-02-13"),
    ("何语桐", Role.LEFT, "1993-03-31", "2016-07-04"),
    ("高景行", Role.LEFT_PAID, "1986-12-06", "2009-07-01"),
    ("罗以宁", Role.NEWCOMER, "2000-01-15", "2021-09-01"),
    ("梁望舒", Role.NEWCOMER, "1999-06-18", "2021-07-05"),
    ("宋云舟", Role.NEWCOMER, "1998-10-03", "2020-08-10"),
    ("唐见微", Role.NEWCOMER, "2001-04-22", "2021-08-02"),
    ("许南星", Role.NEWCOMER, "1995-08-29", "2018-03-05"),
    ("韩听雨", Role.NEWCOMER, "1997-11-11", "2020-07-01"),
)
"""Names that a list of trees and weather might hold; the day of birth; the first day of work."""


def regions() -> tuple[str, ...]:
    """The regions that have a training ground, and a pack."""
    return tuple(one for one in sorted(_GROUNDS) if (RESOURCES / "regions" / one / "region.toml").is_file())


def unit(region: str) -> TrainingUnit:
    """The unit whose UKey the trainee holds. Raises UsageError."""
    return _ground(region).unit


def neighbour(region: str) -> TrainingUnit:
    """The other unit, where some people are insured. Raises UsageError."""
    return _ground(region).neighbour


def first_clock(region: str) -> datetime:
    """When the training ground begins. Raises UsageError."""
    return _ground(region).clock


def people(region: str, role: Role | None = None) -> tuple[TrainingPerson, ...]:
    """Everybody of the region's training ground, or those in one role, always in the same order. Raises UsageError."""
    ground = _ground(region)
    found = []
    for index, (name, their_role, born, first_work) in enumerate(_NAMES):
        first_seventeen = f"{ground.area}{born.replace('-', '')}{901 + index:03d}"
        found.append(
            TrainingPerson(
                identity=first_seventeen + check_digit(first_seventeen),
                name=name,
                role=their_role,
                base=Decimal(ground.bases[index % len(ground.bases)]),
                first_work=date.fromisoformat(first_work),
            )
        )
    return tuple(one for one in found if role is None or one.role is role)


def seed(session: Session, region: Region, month: Month) -> None:
    """Write the region's units and people down, as they stand at the beginning of ``month``.

    Everything before it is declared, paid and distributed, nothing of it is declared; the wages of the year are.
    Raises UsageError.
    """
    ground, insurances = _ground(region.id), [one.id for one in region.insurances]
    for one in (ground.unit, ground.neighbour):
        session.add(
            Unit(
                number=one.number,
                region=region.id,
                name=one.name,
                credit_code=one.credit_code,
                injury_class=one.injury_class,
                insurances=",".join(insurances),
                last_period=month + -1,
                tripartite=one.tripartite,
            )
        )
    session.flush()
    for index, person in enumerate(people(region.id)):
        if person.role is not Role.NEWCOMER:
            row = _settle_in(session, ground, person, f"{ground.area[:4]}00{index + 1:06d}", month, insurances)
            _declare_wage(session, region, ground, person, row, month)
    session.flush()


def _declare_wage(
    session: Session, region: Region, ground: _Ground, person: TrainingPerson, row: Person, month: Month
) -> None:
    year = year_of(region, month)
    at = datetime.combine(first_month(region, year).first_day, time(9), CHINA)
    number = _employer(ground, person).number
    session.add(WageDeclared(unit_number=number, person_id=row.id, year=year, wage=person.base, at=at))


def _employer(ground: _Ground, person: TrainingPerson) -> TrainingUnit:
    return ground.unit if person.role in (Role.ACTIVE, Role.PAUSED) else ground.neighbour


def _settle_in(
    session: Session, ground: _Ground, person: TrainingPerson, number: str, month: Month, insurances: Sequence[str]
) -> Person:
    row = Person(number=number, identity=person.identity, name=person.name, first_work=person.first_work)
    session.add(row)
    session.flush()
    stopped_from, paid_until = {
        Role.ACTIVE: (None, month + -1),
        Role.PAUSED: (month + -2, month + -3),
        Role.ELSEWHERE: (None, month + -1),
        Role.ELSEWHERE_PAID: (None, month),
        Role.LEFT: (month + -2, month + -3),
        Role.LEFT_PAID: (month + 1, month),
    }[person.role]
    since = max(Month.of(person.first_work), month + -_MONTHS_BEHIND)
    for insurance in insurances:
        spell = Insured(
            unit_number=_employer(ground, person).number,
            person_id=row.id,
            insurance=insurance,
            since=since,
            stopped_from=stopped_from,
            base=person.base,
            carried_from=since,
            carried_until=paid_until,
        )
        session.add(spell)
    return row


def _ground(region: str) -> _Ground:
    if region not in _GROUNDS:
        raise UsageError("region-unknown", region=region, known="、".join(regions()))
    return _GROUNDS[region]

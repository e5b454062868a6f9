"""The rules by cases in data files: each names where its figures come from (a seed and its sentence, or a law)."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.domain.amount_words import in_words
from app.domain.identity import Sex, examine
from app.domain.money import Rounding, RoundingMode
from app.domain.months import Month
from app.regions.calendar import WorkingCalendar
from app.regions.errors import CalendarUnknown
from app.resources import RESOURCES
from app.rules.contributions import calculate
from app.rules.ground import Ground, PersonFacts, Standing, UnitFacts
from app.rules.late_fee import late_fee
from app.rules.retirement import Category, retirement
from app.wording import sentence
from tests.support.packs import checker, region
from tests.support.people import identity_number

Case = Mapping[str, Any]
CALENDAR = WorkingCalendar(RESOURCES / "calendar")
ID = identity_number(11)
ALL = ("pension", "unemployment", "injury")


def month(case: Case) -> None:
    found = calculate(
        region(case["region"]),
        Month.parse(case["month"]),
        Decimal(case["wage"]),
        case["injury_class"],
        case.get("insurances"),
    )
    assert {line.insurance: f"{line.unit:f}" for line in found.lines} == case["unit"]
    assert {line.insurance: f"{line.person:f}" for line in found.lines if line.person is not None} == case["person"]
    assert found.total == Decimal(case["total"])


def rounding(case: Case) -> None:
    rule = Rounding(Decimal(case["step"]), RoundingMode(case["mode"]))
    assert sum(rule.apply(Decimal(one)) for one in case["amounts"]) == Decimal(case["sum"])


def words(case: Case) -> None:
    assert in_words(Decimal(case["amount"])) == case["words"]


def fee(case: Case) -> None:
    found = late_fee(region(case["region"]), Decimal(case["owed"]), case["due"], case["paid"])
    assert found == (case["days"], Decimal(case["fee"]))


def deadline(case: Case) -> None:
    assert CALENDAR.deadline(case["issued"], case["working_days"]) == case["last"]


def working(case: Case) -> None:
    assert CALENDAR.is_working(case["day"]) is case["working"]


def beyond(case: Case) -> None:
    with pytest.raises(CalendarUnknown) as refused:
        CALENDAR.deadline(case["issued"], case["working_days"])
    assert refused.value.year == case["year"]


def retires(case: Case) -> None:
    sex = Sex.MALE if case["sex"] == "male" else Sex.FEMALE
    found = retirement(Month.parse(case["born"]), sex, Category(case["category"]))
    assert (str(found.month), found.delay) == (case["month"], case["delay"])


def identity(case: Case) -> None:
    found = examine(case["number"])
    assert (found.kind.value, found.problem or "") == (case["is"], case["problem"])


def filing(case: Case) -> None:
    today: date = case["today"]
    one = checker(case["region"], case["item"])
    keys = {field.key for field in one.item.fields}
    raw = {"identity": ID, "name": "张示例", **case["values"]}
    person, unit = case.get("person"), case.get("unit", {})
    people = {} if person is None else {ID: _person(person)}
    ground = Ground(today, _unit(unit, today), people)
    _, findings = one.check({key: value for key, value in raw.items() if key in keys}, ground)
    assert all(sentence(finding).message for finding in findings)
    assert sorted(finding.code for finding in findings if finding.code not in _ABOUT_THE_PACK) == case["codes"]


_ABOUT_THE_PACK = frozenset({"limit-unknown", "parameter-unverified"})


def _person(told: Mapping[str, str]) -> PersonFacts:
    one = PersonFacts(ID, "张示例", Standing(told["standing"]), insurances=tuple(told.get("insurances", "").split(",")))
    months: dict[str, Any] = {
        key: Month.parse(value) for key, value in told.items() if key not in ("standing", "insurances")
    }
    return one._replace(**months)


def _unit(told: Mapping[str, Any], today: date) -> UnitFacts:
    last = Month.parse(told["last_period"]) if "last_period" in told else Month.of(today) + -1
    rest = {key: value for key, value in told.items() if key != "last_period"}
    return UnitFacts("1", "示例", "", "1", ALL, last)._replace(**rest)


RUN: Mapping[str, Callable[[Case], None]] = {
    "month": month,
    "rounding": rounding,
    "words": words,
    "late-fee": fee,
    "deadline": deadline,
    "working": working,
    "beyond": beyond,
    "retirement": retires,
    "identity": identity,
    "filing": filing,
}


def cases() -> list[Any]:
    """Every case of every file, named by the file and its place in it."""
    found = []
    for path in sorted((Path(__file__).parent / "cases").glob("*.toml")):
        read = tomllib.loads(path.read_text("utf-8"))["cases"]
        found += [pytest.param(case, id=f"{path.stem}-{place}") for place, case in enumerate(read, 1)]
    return found


@pytest.mark.parametrize("case", cases())
def test_a_case_comes_out_as_its_source_says(case: Case) -> None:
    assert case["source"]
    RUN[case["kind"]](case)

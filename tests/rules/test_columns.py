"""Checking a sheet by columns says the same as checking each row by itself, for every item of every region."""

from __future__ import annotations

from array import array
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.identity import NOBODY, examine, is_sound, tellers, told_by, told_by_teller
from app.domain.months import Month
from app.regions.catalog import Catalog
from app.regions.pack import FieldType, Region
from app.rules.coded import Coded
from app.rules.columns import ColumnChecker
from app.rules.engine import KNOWN_CHECKS, Checker
from app.rules.fields import Raw, parser_for, to_be_parsed
from app.rules.ground import Ground, PersonFacts, Standing, UnitFacts
from tests.support.packs import TODAY, region
from tests.support.people import identity_number, identity_numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

ITEMS = [
    (one, item) for one in Catalog(KNOWN_CHECKS).ids() for item in region(one).items if region(one).items[item].fields
]
PEOPLE = [identity_number(number) for number in (11, 12, 13)]
ODD: list[Raw] = [
    None,
    "",
    " ",
    "\u3000",
    "x",
    "－",
    1,
    1.0,
    True,
    0,
    False,
    5.3e17,
    "1",
    "TRUE",
    date(2022, 8, 1),
    datetime(2022, 8, 1),  # noqa: DTZ001 - a cell has no time zone
]


def known_people(month: Month) -> dict[str, PersonFacts]:
    """Three people: insured here, paused here, insured elsewhere with a month paid there."""
    here = PersonFacts(PEOPLE[0], "张示例", Standing.ACTIVE_HERE, base=Decimal(6000), insurances=("pension",))
    return {
        PEOPLE[0]: here._replace(declared_until=month + -1, paid_until=month + -2, certified_in=month),
        PEOPLE[1]: here._replace(identity=PEOPLE[1], standing=Standing.PAUSED_HERE, stopped_from=month + -1),
        PEOPLE[2]: here._replace(identity=PEOPLE[2], standing=Standing.INSURED_ELSEWHERE, paid_elsewhere=month),
    }


def grounds(today: date) -> list[Ground]:
    """Nothing known, or a unit and its people."""
    month = Month.of(today)
    unit = UnitFacts(
        "1", "示例", "", "1", ("pension", "injury"), month + -1, pending_items=1, wages_declared_for=today.year - 1
    )
    return [Ground(today), Ground(today, unit, known_people(month)), Ground(today, unit, {})]


def cells(kind: FieldType, pack: Region, table: str | None, chosen: Random) -> list[Raw]:
    """What stands in a column of a kind: mostly right, at times odd."""
    today = TODAY[pack.id]
    day = date(1950, 1, 1) + timedelta(days=chosen.randrange(29_000))
    days = [today.replace(day=1), today, date(today.year - 1, 7, 1), date(1990, 3, 7), day]
    someone = identity_number(chosen.randrange(1, 999), day)
    usual: dict[FieldType, list[Raw]] = {
        FieldType.IDENTITY: [*PEOPLE, someone, someone.lower(), f" {someone}", someone[:17], "FRA420590030720"],
        FieldType.NAME: ["张示例", "李 示 例", "买买提·示例", "Anna Li", "张"],
        FieldType.PHONE: ["13800000000", "１３８00000000", "0717-1234567", "12345"],
        FieldType.DATE: [*days, *map(str, days)],
        FieldType.MONTH: [f"{one:%Y-%m}" for one in days],
        FieldType.MONEY: ["6000", 6000, 6000.0, 3001.0, "3001", "99999999", "0.001", "-1", "6,000"],
        FieldType.INTEGER: ["1", 12, 12.0, "0", "24", "2022", 2022],
        FieldType.FLAG: ["是", "否", "1"],
        FieldType.INSURANCES: [*(one.short for one in pack.insurances), "养老、工伤"],
    }
    if kind is FieldType.CODE and table:
        usual[kind] = [*pack.tables[table].entries, *pack.tables[table].entries.values()]
    return usual.get(kind, ["示例"])


def coded(column: list[Raw], chosen: Random) -> Sequence[Raw]:
    """The column as it is, or by its values, of which one may be there twice and one in no row."""
    if chosen.random() < 0.4:
        return column
    values = [*column, chosen.choice(ODD)]
    chosen.shuffle(values)
    places = [chosen.choice([at for at, one in enumerate(values) if one is cell]) for cell in column]
    return Coded(values, bytes(places) if chosen.random() < 0.5 else array("H", places))


@pytest.mark.parametrize(("region_id", "item_id"), ITEMS)
@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32), height=st.integers(1, 8))
def test_columns_say_what_rows_say(region_id: str, item_id: str, seed: int, height: int) -> None:
    pack, chosen = region(region_id), Random(seed)  # noqa: S311 - made-up people, not secrets
    item = pack.items[item_id]
    checker, ground = Checker(pack, item), chosen.choice(grounds(TODAY[region_id]))
    columns: dict[str, list[Raw]] = {}
    for one in item.fields:
        usual = cells(one.type, pack, one.table, chosen)
        if chosen.random() < 0.8:
            columns[one.key] = [chosen.choice(usual if chosen.random() < 0.8 else ODD) for _ in range(height)]
    rows = [{key: column[at] for key, column in columns.items()} for at in range(height)]
    expected = [checker.check(row, ground) for row in rows]
    by_columns = ColumnChecker(checker, ground)
    cut = chosen.randint(0, height)
    for first, last in ((0, cut), (cut, height)):
        sent = {key: column[first:last] for key, column in columns.items()}
        part = by_columns.check({key: coded(one, chosen) for key, one in sent.items()}, last - first)
        for place, (values, findings) in enumerate(expected[first:last]):
            assert {key: column[place] for key, column in part.values.items()} == values
            assert part.problems.get(place, []) == findings


@given(st.one_of(identity_numbers(), st.from_regex(r"[0-9]{17}[0-9Xx]", fullmatch=True), st.text(max_size=20)))
def test_what_is_sound_is_valid_and_what_is_written_so_is_sound(number: str) -> None:
    found = examine(number)
    assert is_sound(number) == (found.valid and found.number == number and len(number) == 18 and found.is_person)
    told = told_by_teller(*_parts(number)) if is_sound(number) else NOBODY
    assert not is_sound(number) or told == told_by(number)


def _parts(number: str) -> tuple[str, str]:
    teller = tellers([number])[0]
    return teller[:8], teller[8:]


@pytest.mark.parametrize("field", [one for one in region("yichang").items["enrol"].fields if to_be_parsed(one)])
@given(text=st.one_of(identity_numbers(), st.sampled_from(["张示例", "13800000000"]), st.text(max_size=18)))
def test_what_is_taken_as_it_is_is_what_the_parser_gives(field: object, text: str) -> None:
    one = next(each for each in region("yichang").items["enrol"].fields if each == field)
    sieve = to_be_parsed(one)
    assert sieve is not None
    if text not in sieve([text]):
        assert parser_for(one, region("yichang"))(text) == (text, ())

"""A clerk's own values go before the pack, are marked wherever they are used, and refused where they are wrong."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from app.domain.months import Month
from app.regions.catalog import Catalog
from app.regions.pack_errors import PackError
from app.rules.contributions import calculate
from app.rules.engine import KNOWN_CHECKS
from app.workflows.desk import Desk

FLOOR = """
id = "base.floor"
name = "缴费基数下限（元/月）"

[[values]]
from = "2023-07"
to = "2024-06"
value = "3700"
source = "当地通知，经办人录入"
verified_on = 2023-07-01
"""


def catalog(home: Path, text: str) -> Catalog:
    folder = home / "regions" / "yichang" / "parameters"
    folder.mkdir(parents=True)
    (folder / "base-floor.toml").write_text(text, "utf-8")
    return Desk(home).catalog


def test_a_new_years_limit_counts_at_once_and_is_marked(tmp_path: Path) -> None:
    floor = catalog(tmp_path, FLOOR).region("yichang").parameters["base.floor"]
    used = floor.used(Month(2023, 7))
    assert (used.amount, used.value.standing.label) == (Decimal(3700), "本地修改/未核实")
    before = floor.used(Month(2023, 6))
    assert (before.amount, before.value.standing.label) == (Decimal(3450), "")


def test_a_correction_of_a_month_the_pack_has_goes_before_it(tmp_path: Path) -> None:
    text = FLOOR.replace("2023-07", "2023-01", 1).replace("2024-06", "2023-01")
    region = catalog(tmp_path, text).region("yichang")
    months = {number: calculate(region, Month(2023, number), Decimal(3000), "1") for number in (1, 2)}
    assert {number: found.lines[0].base for number, found in months.items()} == {1: Decimal(3700), 2: Decimal(3450)}
    floor = next(one for one in months[1].parameters if one.id == "base.floor")
    assert floor.value.standing.label == "本地修改/未核实"


@pytest.mark.parametrize(
    ("good", "bad", "key", "reason"),
    [
        ('id = "base.floor"', 'id = "base.flor"', "id", "dangling"),
        ('value = "3700"', "value = 3700", "values[1].value", "not-number"),
        ('source = "', 'sauce = "', "values[1].sauce", "key-missing"),
    ],
)
def test_a_wrong_local_file_is_refused_by_name(tmp_path: Path, good: str, bad: str, key: str, reason: str) -> None:
    with pytest.raises(PackError) as refused:
        catalog(tmp_path, FLOOR.replace(good, bad)).region("yichang")
    assert refused.value.reason == reason
    assert refused.value.file.startswith("yichang/parameters")
    assert key.split("[", maxsplit=1)[0] in refused.value.key


def test_without_a_local_folder_the_pack_stands(tmp_path: Path) -> None:
    assert Desk(tmp_path).catalog.region("yichang").parameters["base.floor"].used(Month(2022, 8)).amount == 3450
    assert Catalog(KNOWN_CHECKS).local is None

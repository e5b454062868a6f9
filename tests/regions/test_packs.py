"""The shipped packs load; broken ones are refused by file and key."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from app.domain.months import Month
from app.errors import UsageError
from app.regions.catalog import Catalog
from app.regions.loading import load_region
from app.regions.pack import Region
from app.regions.pack_errors import PackError
from app.resources import RESOURCES
from app.rules.engine import KNOWN_CHECKS
from tests.support.packs import region

PACKS = Catalog(KNOWN_CHECKS).ids()


@pytest.mark.parametrize("region_id", PACKS)
def test_a_shipped_pack_loads_and_says_where_everything_comes_from(region_id: str) -> None:
    pack = region(region_id)
    assert {"enrol", "stop", "payment"} <= set(pack.items)
    for item in pack.items.values():
        assert item.source
        assert all(re.fullmatch(r"[A-Z]{3}\d{3}", field.data_item) for field in item.fields)
    for parameter in pack.parameters.values():
        assert all(value.source and value.verified_on for value in parameter.values)


@pytest.mark.parametrize("region_id", PACKS)
def test_every_example_of_a_field_is_one(region_id: str) -> None:
    from app.rules.fields import parser_for

    pack = region(region_id)
    for item in pack.items.values():
        for field in item.fields:
            if field.example:
                value, findings = parser_for(field, pack)(field.example)
                assert value, (item.id, field.key)
                assert not findings, (item.id, field.key)


def test_a_region_that_is_not_there_is_named() -> None:
    with pytest.raises(UsageError) as refused:
        Catalog(KNOWN_CHECKS).region("atlantis")
    assert refused.value.facts["region"] == "atlantis"


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    shutil.copytree(RESOURCES / "regions" / "yichang", tmp_path / "regions" / "yichang")
    shutil.copytree(RESOURCES / "documents", tmp_path / "documents")
    return tmp_path / "regions" / "yichang"


def load(pack: Path) -> Region:
    return load_region(pack, KNOWN_CHECKS)


BROKEN = [
    ("region.toml", 'name = "宜昌"', 'name = "宜昌"\ncolour = "red"', "colour", "unknown-key"),
    ("region.toml", 'name = "宜昌"\n', "", "name", "key-missing"),
    ("region.toml", 'id = "yichang"', 'id = "elsewhere"', "id", "id-not-folder"),
    ("region.toml", 'name = "宜昌"', "name = 7", "name", "not-text"),
    ("region.toml", "verified_on = 2026-11-22", 'verified_on = "today"', "verified_on", "not-date"),
    ("region.toml", 'layout = "notice"', 'layout = "poster"', "payment.layout", "dangling"),
    ("region.toml", 'unit_rate = "pension.unit-rate"', 'unit_rate = "x"', "insurances[pension].unit_rate", "dangling"),
    ("region.toml", 'amount_mode = "half-up"', 'amount_mode = "down"', "rounding.amount_mode", "not-a-choice"),
    ("region.toml", 'base_step = "10"', "base_step = 10.0", "rounding.base_step", "not-number"),
    ("items/enrol.toml", 'review = "automatic"', 'review = "maybe"', "review", "not-a-choice"),
    ("items/enrol.toml", 'key = "name"', 'key = "identity"', "fields[identity]", "duplicate-id"),
    ("items/enrol.toml", 'check = "base-step"', 'check = "base-mood"', "checks[base-mood]", "unknown-check"),
    ("items/enrol.toml", 'table = "sex"', 'table = "zodiac"', "fields[sex].table", "dangling"),
    ("items/enrol.toml", 'table = "sex"\n', "", "fields[sex].table", "table-and-type"),
    ("items/enrol.toml", 'type = "identity"', 'type = "number"', "fields[identity].type", "not-a-choice"),
    ("items/enrol.toml", "required = true", 'required = "yes"', "fields[identity].required", "not-flag"),
    ("items/enrol.toml", "max_kb = 5120", "max_kb = -1", "attachments[enrol].max_kb", "not-count"),
    ("items/enrol.toml", 'made_from = "enrol"', 'made_from = "poem"', "attachments[enrol].made_from", "dangling"),
    ("items/enrol.toml", 'prints = ["enrol"]', 'prints = "enrol"', "prints", "not-texts"),
    ("items/payment.toml", 'id = "payment"', 'id = "notice"', "id", "duplicate-id"),
    ("codes/sex.toml", '"男性" = "1"', '"男性" = "7"', "aliases.男性", "dangling"),
    ("codes/sex.toml", 'source = "', 'origin = "', "source", "key-missing"),
    ("parameters/injury-unit-rate.toml", 'to = "2022-04"', 'to = "2022-06"', "values", "dates-overlap"),
    ("parameters/injury-unit-rate.toml", 'to = "2022-04"', 'to = "2022-03"', "values", "dates-gap"),
    ("parameters/injury-unit-rate.toml", 'to = "2022-04"', 'to = "2020-04"', "values[1].to", "ends-before-start"),
    ("parameters/base-floor.toml", 'value = "3450"', "value = 3450.5", "values[1].value", "not-number"),
    ("parameters/base-floor.toml", 'from = "2022-07"', 'from = "2022-13"', "values[1].from", "not-month"),
    ("parameters/base-floor.toml", 'source = "seed', 'note = "seed', "values[1].source", "key-missing"),
    ("region.toml", 'period_rule = "gap"', 'period_rule = "hole"', "conduct.period_rule", "not-a-choice"),
    ("region.toml", 'period_rule = "gap"', 'period_rule = "gap"\nmood = "good"', "conduct.mood", "unknown-key"),
    ("region.toml", 'period_rule = "gap"', "write_back_days = 4", "conduct.sources.write_back_days", "key-missing"),
    (
        "region.toml",
        'required_from = "07-01"',
        'required_from = "13-01"',
        "conduct.wages_required_from",
        "not-month-day",
    ),
    ("region.toml", 'taken = "', 'chosen = "', "choices[1].taken", "key-missing"),
    ("items/wage.toml", 'effect = "wage"', 'effect = "wages"', "effect", "unknown-effect"),
    ("items/wage.toml", 'effect = "wage"', 'effect = "wage"\nquery = "roster"', "query", "unknown-key"),
    ("items/wage.toml", 'key = "year"', 'key = "jahr"', "fields", "field-missing"),
    ("items/wage.toml", 'serves = ["H11"', 'serves = ["H1"', "serves", "not-a-row"),
    ("items/wage.toml", 'confirmation = "', 'confirming = "', "confirmation", "key-missing"),
    ("items/roster.toml", 'query = "roster"', 'query = "rooster"', "query", "unknown-query"),
    ("items/roster.toml", 'key = "name"', 'key = "nickname"', "fields[nickname]", "unknown-condition"),
    ("items/roster.toml", 'kind = "query"', 'kind = "question"', "kind", "not-a-choice"),
    ("items/roster.toml", 'kind = "query"', 'kind = "query"\nsubject = "person"', "subject", "not-about-a-person"),
    ("items/login-help.toml", "[guide]", "[guides]", "guide", "key-missing"),
    ("items/login-help.toml", 'where = "', 'wo = "', "guide.where", "key-missing"),
    ("items/login-help.toml", 'form = "authorization"', 'form = "poem"', "guide.form", "dangling"),
    ("items/login-help.toml", "[guide]", "[[fields]]\n[guide]", "fields", "key-missing"),
    ("messages.toml", 'code = "not-submitted"', 'code = "months-missed"', "messages[2].code", "duplicate-id"),
    ("messages.toml", 'meaning = "', 'sense = "', "messages", "key-missing"),
]


@pytest.mark.parametrize(("file", "good", "bad", "key", "reason"), BROKEN, ids=lambda value: str(value)[:30])
def test_a_broken_pack_is_refused_naming_file_and_key(
    pack: Path, file: str, good: str, bad: str, key: str, reason: str
) -> None:
    path = pack / file
    text = path.read_text("utf-8")
    assert good in text
    path.write_text(text.replace(good, bad, 1), "utf-8")
    with pytest.raises(PackError) as refused:
        load(pack)
    assert refused.value.reason == reason
    assert refused.value.file == f"yichang/{file}"
    assert key.split("[", maxsplit=1)[0] in refused.value.key


def test_a_guide_takes_no_input(pack: Path) -> None:
    path = pack / "items" / "login-help.toml"
    field = '\n[[fields]]\nkey = "note"\ndata_item = "AAE013"\nname = "备注"\ntype = "text"\n'
    path.write_text(path.read_text("utf-8") + field, "utf-8")
    with pytest.raises(PackError) as refused:
        load(pack)
    assert (refused.value.file, refused.value.reason) == ("yichang/items/login-help.toml", "guide-takes-no-input")


def test_duplicate_keys_and_broken_syntax_are_refused_with_the_place(pack: Path) -> None:
    for text in ('id = "yichang"\nid = "yichang"\n', "id = \n"):
        (pack / "region.toml").write_text(text, "utf-8")
        with pytest.raises(PackError) as refused:
            load(pack)
        assert refused.value.reason == "not-toml"
        assert "line" in refused.value.facts["detail"]


def test_a_file_that_is_missing_is_named(pack: Path) -> None:
    (pack / "messages.toml").unlink()
    with pytest.raises(PackError) as refused:
        load(pack)
    assert (refused.value.file, refused.value.reason) == ("yichang/messages.toml", "file-missing")


def test_values_are_looked_up_by_month() -> None:
    rate = region("yichang").parameters["injury.unit-rate"]
    assert str(rate.used(Month(2022, 4), "1").amount) == "0.001"
    assert str(rate.used(Month(2022, 5), "1").amount) == "0.002"
    assert rate.used(Month(2022, 4), "1").value.standing.label == "未核实"

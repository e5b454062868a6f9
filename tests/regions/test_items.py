"""Every item of every pack works: filled in as its examples say it files, is confirmed in words, and prints."""

from __future__ import annotations

import io
from datetime import date, datetime

import pytest
from openpyxl import load_workbook

from app.documents import load_layout, render
from app.domain.filings import Filing
from app.domain.identity import examine
from app.domain.months import Month
from app.domain.notices import RosterForm
from app.regions.catalog import Catalog
from app.regions.pack import Item, Kind, Region, Subject
from app.rules.engine import KNOWN_CHECKS, Checker
from app.rules.fields import Raw, parser_for
from app.rules.ground import Ground, PersonFacts, Standing, UnitFacts
from app.sheets.template import template
from app.workflows.drafts import confirmation
from tests.support.packs import TODAY, region
from tests.support.people import identity_number

PACKS = Catalog(KNOWN_CHECKS).ids()
ID = identity_number(11)


def items(kind: Kind) -> list[tuple[str, str]]:
    """All items of a kind, with their region."""
    return [(one, item.id) for one in PACKS for item in region(one).items.values() if item.kind is kind]


def sample(pack: Region, item: Item) -> dict[str, Raw]:
    """What the examples say, about the made-up person of these tests."""
    raw: dict[str, Raw] = {field.key: field.example for field in item.fields if field.example}
    given = {"identity": ID, "people": ID, "name": "张示例", "sex": "男", "born": examine(ID).born}
    raw |= {key: value for key, value in given.items() if key in {field.key for field in item.fields}}
    if item.effect == "add-insurance":
        raw["insurances"] = pack.insurance("injury").short
    return raw


def person(item: Item, month: Month) -> PersonFacts:
    """The person as they must stand for the item."""
    here = PersonFacts(
        ID,
        "张示例",
        Standing.ACTIVE_HERE,
        insurances=("pension", "unemployment", *(() if item.effect == "add-insurance" else ("injury",))),
        since=month + -24,
        declared_until=month + -1,
        paid_until=month + -1,
        paid_in=("injury", "pension", "unemployment"),
    )
    match item.effect:
        case "enrol" | "project-enrol":
            return here._replace(standing=Standing.PAUSED_ELSEWHERE, declared_until=None, paid_until=None)
        case "refund":
            return here._replace(standing=Standing.PAUSED_HERE, stopped_from=month + -1)
        case "back-payment" | "contract-back-payment":
            return here._replace(declared_until=month + -6, paid_until=month + -6)
    return here


def on(item: Item, today: date) -> Ground:
    """A unit that has what the item asks for."""
    month = Month.of(today)
    unit = UnitFacts(
        "4205001234",
        "示例机械有限公司",
        "",
        "1",
        ("pension", "unemployment") if item.effect == "add-insurance" else ("pension", "unemployment", "injury"),
        month + (-6 if item.effect == "back-payment" else -1),
        open_bill=None if item.effect == "payment" else "2022080800000001",
        unbilled_charges=item.effect == "notice",
        bank_account=True,
        wages_declared_for=today.year,
    )
    return Ground(today, unit, {ID: person(item, month)})


@pytest.mark.parametrize(("region_id", "item_id"), items(Kind.FILING))
def test_a_filing_as_its_examples_say_is_taken(region_id: str, item_id: str) -> None:
    pack = region(region_id)
    item = pack.items[item_id]
    values, findings = Checker(pack, item).check(sample(pack, item), on(item, TODAY[region_id]))
    assert [one.code for one in findings if one.stops] == []
    assert all(values[field.key] for field in item.fields if field.required)
    now = datetime.combine(TODAY[region_id], datetime.min.time())
    filing = Filing("0" * 32, region_id, "1", item_id, Month.of(now), values, created_at=now, updated_at=now)
    said = confirmation(pack, item, filing)
    assert said.endswith("。")
    assert not set("{}—") & set(said)


@pytest.mark.parametrize(("region_id", "item_id"), items(Kind.FILING))
def test_a_filing_without_anything_says_what_is_needed(region_id: str, item_id: str) -> None:
    pack = region(region_id)
    item = pack.items[item_id]
    _, findings = Checker(pack, item).check({}, on(item, TODAY[region_id]))
    stopping = {one.where.field for one in findings if one.stops and one.code == "required"}
    assert stopping == {field.key for field in item.fields if field.required and not field.default}
    assert stopping or [one.code for one in findings] == ["nothing-changed"]


@pytest.mark.parametrize(("region_id", "item_id"), items(Kind.FILING))
def test_what_is_filed_in_batches_has_a_template(region_id: str, item_id: str) -> None:
    pack = region(region_id)
    item = pack.items[item_id]
    assert item.subject is Subject.PERSON or not item.in_batches
    if item.in_batches:
        shown = load_workbook(io.BytesIO(template(pack, item))).worksheets[0]
        heads = {str(cell.value).rstrip("*＊ ") for row in shown.iter_rows(max_row=6) for cell in row if cell.value}
        assert {field.name for field in item.fields if field.in_sheet and field.required} <= heads


@pytest.mark.parametrize(("region_id", "item_id"), items(Kind.QUERY))
def test_a_query_reads_its_conditions(region_id: str, item_id: str) -> None:
    pack = region(region_id)
    for field in pack.items[item_id].fields:
        value, findings = parser_for(field, pack)(field.example)
        assert value
        assert not findings


@pytest.mark.parametrize(("region_id", "item_id"), items(Kind.GUIDE))
def test_a_guide_leads_on_and_its_form_prints(region_id: str, item_id: str) -> None:
    pack = region(region_id)
    guide = pack.items[item_id].guide
    assert guide is not None
    assert guide.where
    assert guide.steps
    assert guide.then
    if guide.form:
        paper = render(
            load_layout(pack.layout_path(guide.form)), RosterForm(title="示例", header={"unit_name": "示例"})
        )
        assert paper.pages == 1


def test_no_item_speaks_with_exclamation_marks() -> None:
    for one in PACKS:
        for item in region(one).items.values():
            words = "".join((*item.introduction, *item.needed, item.confirmation, item.irreversible))
            assert "！" not in words, (one, item.id)

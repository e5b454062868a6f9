"""The template of every item of every region: filled in as its example says, it gives no finding that it invited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import pytest
from openpyxl import load_workbook

from app.regions.catalog import Catalog
from app.regions.pack import FieldType, Item, Kind
from app.rules.engine import KNOWN_CHECKS, Checker
from app.rules.ground import Ground
from app.sheets.checking import Checked, check_workbook
from app.sheets.layout import column_letter
from app.sheets.reading import read
from app.sheets.template import template
from tests.support.packs import TODAY, region
from tests.support.people import identity_number

ITEMS = [
    (one, item.id)
    for one in Catalog(KNOWN_CHECKS).ids()
    for item in region(one).items.values()
    if item.kind is Kind.FILING and any(field.in_sheet and field.key == "identity" for field in item.fields)
]


OF_THE_UNIT = [
    (one, item.id)
    for one in Catalog(KNOWN_CHECKS).ids()
    for item in region(one).items.values()
    if item.kind is Kind.FILING and any(field.in_sheet for field in item.fields) and (one, item.id) not in ITEMS
]


@pytest.mark.parametrize(("region_id", "item_id"), OF_THE_UNIT)
def test_the_example_of_an_item_without_people_is_no_filing(tmp_path: Path, region_id: str, item_id: str) -> None:
    pack = region(region_id)
    path = tmp_path / "template.xlsx"
    path.write_bytes(template(pack, pack.items[item_id]))
    found = check_workbook(read(path), Checker(pack, pack.items[item_id]), Ground(TODAY[region_id]))
    assert [one.code for one in found.findings] == ["sheet-empty"]
    assert (found.skipped, len(found.rows)) == ([(2, "example")], 0)


def day_for(region_id: str, item: Item) -> date:
    """A day on which the item can be filed: the yearly declaration has its window."""
    day = TODAY[region_id]
    for use in item.checks:
        if use.check == "wage-window":
            opens = date.fromisoformat(f"{day.year}-{use.settings['opens']}")
            day = max(opens, min(day, date.fromisoformat(f"{day.year}-{use.settings['closes']}")))
    return day


def filled(path: Path, region_id: str, item_id: str, rows: Sequence[Mapping[str, str]]) -> Checked:
    """The template with rows below its example, read and checked as it comes back."""
    pack = region(region_id)
    item = pack.items[item_id]
    path.write_bytes(template(pack, item))
    book = load_workbook(path)
    keys = [field.key for field in item.fields if field.in_sheet]
    for at, row in enumerate(rows, start=3):
        for column, key in enumerate(keys, start=1):
            book.worksheets[0].cell(at, column).value = row[key]
    book.save(path)
    return check_workbook(read(path), Checker(pack, item), Ground(day_for(region_id, item)))


def examples(item: Item, number: int = 11) -> dict[str, str]:
    """What the example row says, of another person: what the number tells is left to it."""
    told = {"identity": identity_number(number), "sex": "", "born": ""}
    return {field.key: told.get(field.key, field.example) for field in item.fields if field.in_sheet}


@pytest.mark.parametrize(("region_id", "item_id"), ITEMS)
def test_a_template_is_ready_to_be_filled_in(tmp_path: Path, region_id: str, item_id: str) -> None:
    pack = region(region_id)
    item = pack.items[item_id]
    path = tmp_path / "template.xlsx"
    empty = filled(path, region_id, item_id, [])
    assert [one.code for one in empty.findings] == ["sheet-empty"]
    assert empty.skipped == [(2, "example")]
    sheet = load_workbook(path).worksheets[0]
    assert sheet.freeze_panes == "A2"
    fields = [field for field in item.fields if field.in_sheet]
    for column, field in enumerate(fields, start=1):
        assert str(sheet.cell(1, column).value).endswith("*") == field.required
        letter = column_letter(column - 1)
        assert field.type is not FieldType.IDENTITY or sheet.column_dimensions[letter].number_format == "@"
    lists = {str(one.sqref).rstrip("0123456789") for one in sheet.data_validations.dataValidation}
    assert len(lists) == sum(field.table is not None for field in fields)


@pytest.mark.parametrize(("region_id", "item_id"), [*ITEMS, *OF_THE_UNIT])
def test_a_template_filled_in_as_its_example_says_gives_no_finding(
    tmp_path: Path, region_id: str, item_id: str
) -> None:
    item = region(region_id).items[item_id]
    found = filled(tmp_path / "template.xlsx", region_id, item_id, [examples(item)])
    assert [(one.code, one.where.field, one.facts) for one in found.findings] == []
    assert found.valid == 1


@pytest.mark.parametrize(("region_id", "item_id"), ITEMS)
def test_whatever_is_chosen_from_a_drop_down_is_understood(tmp_path: Path, region_id: str, item_id: str) -> None:
    pack = region(region_id)
    item = pack.items[item_id]
    # The identity number tells the sex.
    fields = [field for field in item.fields if field.in_sheet and field.key != "sex"]
    tables = {field.key: pack.tables[field.table].entries for field in fields if field.table}
    most = max(map(len, tables.values()), default=1)
    chosen = [{key: list(table)[at % len(table)] for key, table in tables.items()} for at in range(most)]
    rows = [
        examples(item, at + 1) | {key: tables[key][code] for key, code in codes.items()}
        for at, codes in enumerate(chosen)
    ]
    found = filled(tmp_path / "template.xlsx", region_id, item_id, rows)
    assert [{key: row.values[key] for key in tables} for row in found.rows] == chosen
    assert not {one.code for one in found.findings} & {"code-unknown", "required", "sex-differs", "born-differs"}

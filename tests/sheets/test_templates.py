"""The template of every item of every region: filled in as its example says, it gives no finding that it invited."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.regions.catalog import Catalog
from app.regions.pack import FieldType, Kind
from app.rules.engine import KNOWN_CHECKS, Checker
from app.rules.ground import Ground
from app.sheets.checking import check_workbook
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


@pytest.mark.parametrize(("region_id", "item_id"), ITEMS)
def test_a_template_invites_no_finding(tmp_path: Path, region_id: str, item_id: str) -> None:
    from openpyxl import load_workbook

    pack = region(region_id)
    item = pack.items[item_id]
    path = tmp_path / "template.xlsx"
    path.write_bytes(template(pack, item))
    checker, ground = Checker(pack, item), Ground(TODAY[region_id])
    empty = check_workbook(read(path), checker, ground)
    assert [one.code for one in empty.findings] == ["sheet-empty"]
    assert empty.skipped == [(2, "example")]
    book = load_workbook(path)
    sheet = book.worksheets[0]
    assert sheet.freeze_panes == "A2"
    fields = [field for field in item.fields if field.in_sheet]
    for column, field in enumerate(fields, start=1):
        assert str(sheet.cell(1, column).value).endswith("*") == field.required
        letter = column_letter(column - 1)
        assert field.type is not FieldType.IDENTITY or sheet.column_dimensions[letter].number_format == "@"
        example = {"identity": identity_number(11), "sex": "", "born": ""}.get(field.key, field.example)
        sheet.cell(3, column).value = example
    lists = {str(one.sqref).rstrip("0123456789") for one in sheet.data_validations.dataValidation}
    assert len(lists) == sum(field.table is not None for field in fields)
    book.save(path)
    filled = check_workbook(read(path), checker, ground)
    assert [one.code for one in filled.findings if one.stops] == []
    assert filled.valid == 1

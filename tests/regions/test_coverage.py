"""docs/coverage.md is what the packs say; no row is empty, and none is claimed without a test that exists."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

from app.regions import coverage
from app.regions.catalog import Catalog
from app.regions.pack import Kind, Region
from app.regions.vocabulary import KNOWN_EFFECTS, KNOWN_QUERIES
from app.rules.engine import KNOWN_CHECKS
from tests.support.packs import region

REGIONS: tuple[Region, ...] = tuple(map(region, Catalog(KNOWN_CHECKS).ids()))
ROWS = {row: title for group in coverage.groups() for row, title in group.rows.items()}
OF_REGION = {"Z": "zaozhuang", "N": "ningbo", "H": "yichang", "R": "harbin", "T": "shaanxi", "湖": "yichang"}


def test_the_page_is_up_to_date() -> None:
    """Run ``python -m app.regions.coverage`` where it is not."""
    made = coverage.document(REGIONS, coverage.groups(), coverage.evidence())
    assert coverage.PAGE.read_text("utf-8") == made


def test_all_rows_of_the_five_systems_are_there() -> None:
    counts = {letter: sum(row.startswith(letter) and row[1:].isdigit() for row in ROWS) for letter in "ZNHRT"}
    assert counts == {"Z": 16, "N": 22, "H": 19, "R": 10, "T": 8}
    assert sum(row.startswith("湖北:") for row in ROWS) == 87


@pytest.mark.parametrize("row", ROWS)
def test_a_row_is_served_by_its_own_region_and_a_test_runs_it(row: str) -> None:
    served = coverage.serving(REGIONS).get(row, [])
    assert served
    assert {one.id for one, _ in served} == {OF_REGION[row[0]]}
    assert all(coverage.evidence().of(region.id, item) for region, item in served)


def test_no_item_serves_a_row_that_is_not_there() -> None:
    assert set(coverage.serving(REGIONS)) <= set(ROWS)


def test_every_effect_and_query_that_a_pack_uses_has_a_test_at_the_bureau() -> None:
    used = [item for one in REGIONS for item in one.items.values()]
    tests = coverage.evidence()
    assert {item.effect for item in used if item.kind is Kind.FILING} - set(tests.effects) == set()
    assert {item.query for item in used if item.kind is Kind.QUERY} - set(tests.queries) == set()
    assert set(tests.effects) <= set(KNOWN_EFFECTS)
    assert set(tests.queries) <= set(KNOWN_QUERIES)


def test_a_filing_is_never_claimed_by_the_test_that_all_filings_share() -> None:
    tests = coverage.evidence()
    shared = tests.kinds["filing"]
    filings = [(one.id, item) for one in REGIONS for item in one.items.values() if item.kind is Kind.FILING]
    assert [(region_id, item.id) for region_id, item in filings if shared in tests.of(region_id, item)] == []


def test_what_is_claimed_for_an_item_is_claimed_for_one_that_is_there() -> None:
    known = {f"{one.id}.{item.id}" for one in REGIONS for item in one.items.values()}
    assert set(coverage.evidence().items) <= known


@cache
def functions(path: Path) -> frozenset[str]:
    return frozenset(one.name for one in ast.parse(path.read_text("utf-8")).body if isinstance(one, ast.FunctionDef))


@pytest.mark.parametrize("test", sorted(coverage.evidence().all()))
def test_every_test_that_is_named_exists(test: str) -> None:
    file, name = test.split("::")
    assert name in functions(coverage.ROOT / file)

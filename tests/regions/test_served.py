"""Every query of every pack is answered by the bureau, and what is only kept or printed is taken."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.regions.catalog import Catalog
from app.regions.pack import Kind, Review
from app.rules.engine import KNOWN_CHECKS
from bureau import training
from bureau.training import Role
from tests.support.filing import ask, done, named
from tests.support.office import open_counter
from tests.support.packs import region

PACKS = Catalog(KNOWN_CHECKS).ids()


@pytest.mark.parametrize("region_id", PACKS)
def test_every_query_of_the_pack_is_answered(tmp_path: Path, region_id: str) -> None:
    with open_counter(tmp_path, region=region_id) as counter:
        clerk = counter.clerk()
        person = training.people(region_id, Role.ACTIVE)[0]
        conditions = {"identity": person.identity, "year": str(training.first_clock(region_id).year)}
        for item in region(region_id).items.values():
            if item.kind is Kind.QUERY:
                asked = {field.key: conditions[field.key] for field in item.fields if field.key in conditions}
                rows = ask(counter, clerk, item.query, **asked)
                if item.query == "roster":
                    assert [row["identity"] for row in rows] == [person.identity]


def test_a_statement_of_account_is_issued(tmp_path: Path) -> None:
    with open_counter(tmp_path, region="ningbo") as counter:
        clerk = counter.clerk()
        person = training.people("ningbo", Role.ACTIVE)[0]
        result = done(clerk, "account-statement", named(person, insurance="pension"))
        assert result.document


def test_an_announced_person_is_kept_and_changes_nothing(tmp_path: Path) -> None:
    with open_counter(tmp_path, region="yichang", review=Review.AUTOMATIC) as counter:
        clerk = counter.clerk()
        person = training.people("yichang", Role.ACTIVE)[0]
        before = clerk.client.people()
        done(clerk, "injury-notice", named(person, start="2022-08-01"))
        assert clerk.client.people() == before
        rows = ask(counter, clerk, "filings")
        assert any("工伤保险新增人员备案" in row.values() for row in rows)

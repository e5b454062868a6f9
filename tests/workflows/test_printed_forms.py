"""What the stamped forms say: the region's own rule, the same way to write money everywhere, no total of nothing."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pypdfium2
import pytest

from app.domain.months import Month
from app.rules.ground import PersonFacts, Standing, UnitFacts
from app.workflows import batch, drafts, papers
from app.workflows.desk import CHINA, Desk
from tests.support.people import identity_number

UNIT = UnitFacts("4205001024", "示例机械有限公司", "91420500MA4901234M", "1", ("pension",), Month(2022, 7))
NOW = datetime(2022, 8, 8, 9, tzinfo=CHINA)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("SHEBAO_KEY_IN_FILE", "1")
    return Desk(tmp_path / "home", system_clock=lambda: NOW)


def text(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return "".join(document[at].get_textpage().get_text_range() for at in range(len(document)))
    finally:
        document.close()


def form(desk: Desk, region: str, item: str, layout: str, *rows: dict[str, str]) -> str:
    person = {"identity": identity_number(1), "name": "张示例"}
    filings = [drafts.new_filing(desk, region, UNIT.number, item, {**person, **row}) for row in rows]
    return text(papers.form(desk, UNIT, layout, filings).pdf)


@pytest.mark.parametrize(
    ("region", "said", "paid_to"),
    [("yichang", "停保时间当月仍须缴费", "2022年8月"), ("ningbo", "缴费到停保时间的上一个月", "2022年7月")],
)
def test_the_stop_form_says_the_rule_that_its_rows_follow(desk: Desk, region: str, said: str, paid_to: str) -> None:
    told = form(desk, region, "stop", "stop", {"stop_date": "2022-08-05"})

    assert said in told
    assert paid_to in told


def test_rows_and_totals_write_money_alike(desk: Desk) -> None:
    row = {"start": "2022-08-01", "wage": "6000.00", "insurances": "pension"}
    told = form(desk, "yichang", "enrol", "enrol", row, row)

    assert told.count("6,000.00") == 2
    assert "12,000.00" in told
    assert "6000.00" not in told.replace(",", "，")


def test_a_column_that_nobody_filled_has_no_total(desk: Desk) -> None:
    told = form(desk, "yichang", "wage", "wage", {"year": "2022", "wage": "6100.00"})

    assert "6,100.00" in told
    assert "0.00" not in told.replace("6,100.00", "")


@pytest.mark.parametrize("region", ["yichang", "zaozhuang", "ningbo", "harbin", "shaanxi"])
def test_whoever_declares_wages_picks_from_the_roster(desk: Desk, region: str) -> None:
    items = desk.region(region).items

    assert batch.chosen_from_roster(items["wage"])
    assert batch.chosen_from_roster(items["stop"])
    assert not batch.chosen_from_roster(items["enrol"])


def test_only_who_stops_begins_with_all_insurances(desk: Desk) -> None:
    number = identity_number(1)
    person = PersonFacts(number, "张示例", Standing.ACTIVE_HERE, base=Decimal(6000), insurances=("pension", "injury"))

    assert batch.from_roster(desk.checker("yichang", "stop"), person)["insurances"] == "pension,injury"
    assert "insurances" not in batch.from_roster(desk.checker("yichang", "add-insurance"), person)

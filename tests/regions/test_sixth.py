"""A sixth, invented region by data files alone: no line of the program knows 云山.

Its people are 18, its bases go by hundreds, its amounts are rounded up to the jiao, it has an insurance that no other
region has, and payment ends the month before a stop.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import load_workbook

import bureau.office
from app.domain.filings import Filing
from app.domain.months import Month
from app.regions.catalog import Catalog
from app.rules.contributions import calculate
from app.rules.engine import KNOWN_CHECKS, Checker
from app.rules.ground import Ground, PersonFacts, Standing, UnitFacts
from app.sheets.checking import check_workbook
from app.sheets.reading import read
from app.sheets.template import template
from app.workflows import drafts, papers
from app.workflows.desk import CHINA, Desk
from app.workflows.explain import explain
from bureau import training
from bureau.training import Role
from tests.support.filing import ask, done, named, refused
from tests.support.office import Counter, open_counter
from tests.support.people import identity_number

FOLDER = Path(__file__).parent / "sixth" / "regions"
TODAY = date(2023, 3, 8)
ID = identity_number(11)
UNIT = UnitFacts("9900001024", "云山示例厂", "", "2", ("pension", "care", "injury"), Month(2023, 2))
ROW = {"identity": ID, "name": "张示例", "start": "2023-03-01", "wage": "4000", "reason": "新增", "shift": "夜班"}
ALL = "pension,care,injury"


@pytest.fixture
def catalog() -> Catalog:
    return Catalog(KNOWN_CHECKS, FOLDER)


@pytest.fixture
def checker(catalog: Catalog) -> Checker:
    pack = catalog.region("yunshan")
    return Checker(pack, pack.items["enrol"])


def test_the_catalog_knows_it_and_its_own_months_of_work(catalog: Catalog) -> None:
    assert catalog.ids() == ("yunshan",)
    found = calculate(catalog.region("yunshan"), Month(2023, 3), Decimal(4000), "2")
    # 4000 × 11.1% = 444, 5% = 200; 0.33% = 13.2, 0.17% = 6.8; 0.8% = 32
    assert found.total == Decimal("696.00")
    odd = calculate(catalog.region("yunshan"), Month(2023, 3), Decimal(4100), "2")
    # 4100 × 11.1% = 455.1, 5% = 205; 0.33% = 13.53 → 13.6, 0.17% = 6.97 → 7.0; 0.8% = 32.8
    assert [(line.unit, line.person) for line in odd.lines] == [
        (Decimal("455.10"), Decimal("205.00")),
        (Decimal("13.60"), Decimal("7.00")),
        (Decimal("32.80"), None),
    ]


def test_its_form_checks_and_fills_itself(checker: Checker) -> None:
    ground = Ground(TODAY, UNIT, {})
    values, findings = checker.check(ROW, ground)
    assert findings == []
    assert (values["sex"], values["shift"], values["reason"], values["insurances"]) == ("1", "n", "A", ALL)
    young = identity_number(11, date(2006, 5, 5))
    changes = {"wage": "4050", "start": "2022-12-31", "identity": young, "shift": "中班", "insurances": "失业"}
    _, wrong = checker.check({**ROW, **changes}, ground)
    assert sorted(one.code for one in wrong) == [
        "age-too-young",
        "base-not-on-step",
        "code-unknown",
        "insurance-unknown",
        "month-outside-window",
    ]


def test_its_template_comes_back_filled_in(checker: Checker, tmp_path: Path) -> None:
    book = load_workbook(io.BytesIO(template(checker.region, checker.item)))
    sheet = book.worksheets[0]
    heads = [str(cell.value).rstrip("*＊ ") for cell in sheet[1]]
    assert {"身份号码", "称呼", "入册日", "月报酬", "班次"} <= set(heads)
    told = {
        "身份号码": ID,
        "称呼": "张示例",
        "入册日": "2023-03-01",
        "月报酬": 4000,
        "入职方式": "归队",
        "班次": "白班",
    }
    sheet.append([told.get(head) for head in heads])
    book.save(tmp_path / "入册.xlsx")
    checked = check_workbook(read(tmp_path / "入册.xlsx"), checker, Ground(TODAY, UNIT, {}))
    assert [one.code for one in checked.findings if one.stops] == []
    assert [(row.values["reason"], row.values["shift"]) for row in checked.rows] == [("B", "d")]


def test_its_filing_is_confirmed_and_printed(catalog: Catalog, checker: Checker, tmp_path: Path) -> None:
    now = datetime(2023, 3, 8, 9, tzinfo=CHINA)
    desk = Desk(tmp_path, system_clock=lambda: now)
    desk.catalog = catalog
    values, _ = checker.check(ROW, Ground(TODAY, UNIT, {}))
    filing = Filing("1" * 32, "yunshan", UNIT.number, "enrol", Month(2023, 3), values, created_at=now, updated_at=now)
    said = drafts.confirmation(checker.region, checker.item, filing)
    assert said == "张示例 自 2023年3月 起入册，班次 夜班，月报酬 4,000.00 元。"
    paper = papers.form(desk, UNIT, "join", [filing])
    assert paper.pages == 1
    assert not paper.findings


def test_its_stop_ends_payment_a_month_earlier(catalog: Catalog) -> None:
    pack = catalog.region("yunshan")
    item = pack.items["stop"]
    person = PersonFacts(ID, "张示例", Standing.ACTIVE_HERE, certified_in=Month(2023, 2))
    raw = {"identity": ID, "name": "张示例", "stop_date": "2023-03-05", "reason": "期满"}
    values, findings = Checker(pack, item).check(raw, Ground(TODAY, UNIT, {ID: person}))
    assert findings == []
    now = datetime(2023, 3, 8, 9, tzinfo=CHINA)
    filing = Filing("1" * 32, "yunshan", "1", "stop", Month(2023, 3), values, created_at=now, updated_at=now)
    assert drafts.confirmation(pack, item, filing) == "张示例 缴费到 2023年2月，2023年3月 起停。"


def test_its_messages_are_explained(catalog: Catalog) -> None:
    assert [message.remedy for _, message in explain(catalog, "雲太厚")] == ["等云散。"]


@pytest.fixture
def counter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, catalog: Catalog) -> Iterator[Counter]:
    """The bureau of 云山: its pack, and an invented unit with invented people."""
    like = training._GROUNDS["zaozhuang"]
    unit = training.TrainingUnit("yunshan", UNIT.number, UNIT.name, like.unit.credit_code, "2", tripartite=True)
    other = training.TrainingUnit(
        "yunshan", "9900002048", "云山另一厂", like.neighbour.credit_code, "1", tripartite=False
    )
    ground = training._Ground(unit, other, datetime(2023, 3, 8, 9, tzinfo=CHINA), "990000", (3000, 4000, 5000))
    monkeypatch.setitem(training._GROUNDS, "yunshan", ground)
    monkeypatch.setattr(bureau.office, "Catalog", lambda _: catalog)
    with open_counter(tmp_path, region="yunshan") as counter:
        yield counter


def test_its_bureau_takes_what_the_client_takes_and_bills_by_its_own_rounding(counter: Counter) -> None:
    clerk = counter.clerk()
    new, active = training.people("yunshan", Role.NEWCOMER)[0], training.people("yunshan", Role.ACTIVE)
    wage = {"start": "2023-03-01", "wage": "4100.00", "reason": "A", "shift": "n", "insurances": ALL}
    assert refused(clerk, "enrol", named(new, **wage)) == ["attachment-missing"]
    done(clerk, "enrol", named(new, **wage), slot="join")
    roster = {row["identity"] for row in ask(counter, clerk, "roster")}
    assert {new.identity, *(one.identity for one in active)} <= roster

    stopped = active[0]
    done(clerk, "stop", named(stopped, stop_date="2023-03-05", reason="X", insurances=ALL))
    told = clerk.client.preview(Month(2023, 3), ALL.split(","))
    assert stopped.identity not in {row["identity"] for row in told["people"]}
    mine = next(row for row in told["people"] if row["identity"] == new.identity)
    assert {line["insurance"]: (line["unit"], line["person"]) for line in mine["lines"]} == {
        "pension": ("455.10", "205.00"),
        "care": ("13.60", "7.00"),
        "injury": ("32.80", None),
    }
    bill = done(clerk, "payment", {"month": "2023-03", "insurances": ALL}).notice
    assert bill is not None
    assert clerk.client.notice(bill).notice.total == Decimal(told["total"])

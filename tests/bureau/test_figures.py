"""Every query on the figures it must show after filings whose cost the sources work out; exported, they stay."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from app.regions.pack import Kind, Review
from app.workflows import queries
from bureau import training
from bureau.training import Role
from tests.bureau.conftest import Opener
from tests.support.bureau import Clerk, enrol_values
from tests.support.filing import ALL, ask, billed, done, named
from tests.support.office import Counter

ACTIVE = training.people("yichang", Role.ACTIVE)
LOWEST = ACTIVE[0]
"""Base 3450: 552 + 276 + 24.15 + 10.35 + 6.9 = 869.4 (seed 002, 宜昌最低缴费)."""
NEWCOMER = training.people("yichang", Role.NEWCOMER)[0]


@pytest.fixture
def month(open_bureau: Opener) -> Iterator[tuple[Counter, Clerk, str]]:
    """August 2022 at 宜昌: one person added, one stopped, declared, billed, paid and distributed."""
    with open_bureau(review=Review.AUTOMATIC) as counter:
        clerk = counter.clerk()
        done(clerk, "enrol", enrol_values(NEWCOMER, "2022-08-01", wage="6000.00"))
        done(clerk, "stop", named(ACTIVE[1], stop_date="2022-07-31", reason="222"))
        done(clerk, "payment", {"month": "2022-08", "insurances": ALL})
        number = billed(clerk, "notice", "2022-08")
        counter.office.advance(timedelta(days=4))
        yield counter, clerk, number


def yuan(text: str) -> Decimal:
    return Decimal(text or "0")


def test_each_persons_month_is_told_as_the_source_reckons_it(month: tuple[Counter, Clerk, str]) -> None:
    counter, clerk, number = month
    records = ask(counter, clerk, "payment-records", first="2022-08", last="2022-08")
    mine = {row["insurance"]: row for row in records if row["identity"] == LOWEST.identity}
    assert {name: (row["unit"], row["person"]) for name, row in mine.items()} == {
        "养老": ("552.00", "276.00"),
        "失业": ("24.15", "10.35"),
        "工伤": ("6.90", "0.00"),
    }
    assert {row["base"] for row in mine.values()} == {"3450.00"}
    new = {row["insurance"]: (row["unit"], row["person"]) for row in records if row["identity"] == NEWCOMER.identity}
    assert new == {"养老": ("960.00", "480.00"), "失业": ("42.00", "18.00"), "工伤": ("12.00", "0.00")}
    assert ACTIVE[1].identity not in {row["identity"] for row in records}

    whole = sum((yuan(row["unit"]) + yuan(row["person"]) for row in records), Decimal(0))
    (bill,) = ask(counter, clerk, "bills")
    (tax,) = ask(counter, clerk, "tax-bills")
    (receipt,) = ask(counter, clerk, "e-receipts")
    assert {yuan(bill["total"]), yuan(tax["amount"]), yuan(receipt["amount"])} == {whole}
    assert {bill["number"], tax["number"], receipt["bill"]} == {number}
    assert (bill["month"], bill["issued_on"], bill["void_after"]) == ("2022-08", "2022-08-08", "2022-08-22")
    assert tax["offset"] == "0.00"


def test_the_way_of_the_money_is_told_with_its_times(month: tuple[Counter, Clerk, str]) -> None:
    """Seed 002, 常见问题 15: 税务 20 minutes later, 社保登账 every four hours, 实收分配 at two in the night."""
    counter, clerk, number = month
    reached = {row["stage"]: row["reached_at"] for row in ask(counter, clerk, "bill-progress", bill=number)}
    assert reached["缴费认定"].startswith("2022-08-08 09:0")
    assert reached["税务开票"] > reached["缴费认定"]
    assert int(reached["社保登账"][11:13]) % 4 == 0
    assert reached["实收分配"][11:] == "02:00"
    assert list(reached.values()) == sorted(reached.values())


def test_people_and_their_changes_are_told(month: tuple[Counter, Clerk, str]) -> None:
    counter, clerk, _ = month
    roster = {row["identity"]: row for row in ask(counter, clerk, "roster")}
    assert (roster[NEWCOMER.identity]["base"], roster[NEWCOMER.identity]["since"]) == ("6000.00", "2022-08")
    assert {roster[one.identity]["paid_until"] for one in (LOWEST, *ACTIVE[2:])} == {"2022-08"}
    assert (roster[ACTIVE[1].identity]["standing"], roster[ACTIVE[1].identity]["paid_until"]) == (
        "本单位暂停缴费",
        "2022-07",
    )
    counts = {row["kind"]: row["count"] for row in ask(counter, clerk, "change-statistics", first="2022-08")}
    assert counts == {"增员": "1", "减员": "1"}
    assert ask(counter, clerk, "change-statistics", last="2022-07") == []
    periods = {row["insurance"]: (row["state"], row["last_period"]) for row in ask(counter, clerk, "unit-insurances")}
    assert set(periods.values()) == {("正常参保", "2022-08")}
    assert len(periods) == 3
    wages = {row["identity"]: row["wage"] for row in ask(counter, clerk, "wage-records", year="2022")}
    assert wages[LOWEST.identity] == "3450.00"
    assert ask(counter, clerk, "wage-records", year="2019") == []
    (year,) = [
        row
        for row in ask(counter, clerk, "account-statements", identity=LOWEST.identity)
        if (row["year"], row["insurance"]) == ("2022", "养老")
    ]
    assert (year["months"], year["person"]) == ("8", "276.00")
    told = {row["name"]: row["value"] for row in ask(counter, clerk, "unit-info")}
    unit = training.unit("yichang")
    assert (told["单位编号"], told["统一社会信用代码"], told["三方协议"]) == (unit.number, unit.credit_code, "已签订")
    filed = [row["item"] for row in ask(counter, clerk, "filings", first="2022-08")]
    assert len(filed) == 4
    assert ask(counter, clerk, "filings", last="2022-07") == []


def test_an_overpaid_month_comes_back_by_the_fen(month: tuple[Counter, Clerk, str]) -> None:
    """The month of a stop that came too late, in each insurance: 552+276, 24.15+10.35, 6.9."""
    counter, clerk, _ = month
    account = {"action": "add", "bank": "示例银行", "account": "6222000000000000000"}
    done(clerk, "bank-account", account)
    done(clerk, "stop", named(LOWEST, stop_date="2022-07-31", reason="222"))
    counter.office.advance(timedelta(days=25))
    later = counter.clerk()
    done(later, "refund", named(LOWEST, first="2022-08", last="2022-08", insurances=ALL), "proof")

    amounts = {row["insurance"]: row["amount"] for row in ask(counter, later, "refunds")}

    assert amounts == {"养老": "828.00", "失业": "34.50", "工伤": "6.90"}
    assert sum(map(Decimal, amounts.values())) == Decimal("869.40")
    assert {row["account"] for row in ask(counter, later, "refunds")} == {account["account"]}
    assert [row["account"] for row in ask(counter, later, "bank-accounts")] == [account["account"]]
    changed = {row["new"] for row in ask(counter, later, "data-changes")}
    assert account["account"] in changed


def test_exported_every_answer_has_the_same_figures(month: tuple[Counter, Clerk, str], tmp_path: Path) -> None:
    counter, clerk, number = month
    region = counter.office.region("yichang")
    given = {"identity": LOWEST.identity, "bill": number, "year": "2022"}
    filled = 0
    for item in region.items.values():
        if item.kind is not Kind.QUERY:
            continue
        table = clerk.client.query(item.query, {one.key: given[one.key] for one in item.fields if one.key in given})
        path = tmp_path / f"{item.id}.xlsx"
        queries.export(table, path)
        sheet = openpyxl.load_workbook(path).worksheets[0]
        head, *lines = sheet.iter_rows(values_only=True)
        assert [str(one).removesuffix("（元）") for one in head] == [column.name for column in table.columns]
        assert len(lines) == len(table.rows)
        for line, row in zip(lines, table.rows, strict=True):
            for cell, column in zip(line, table.columns, strict=True):
                if column.kind == "money" and row[column.key]:
                    assert Decimal(str(cell)) == Decimal(row[column.key])
                elif isinstance(cell, datetime):
                    assert cell.date().isoformat() == row[column.key]
                else:
                    assert (cell or "") == row[column.key]
        filled += bool(lines)
    assert filled >= 9  # the others have nothing to tell of such a month

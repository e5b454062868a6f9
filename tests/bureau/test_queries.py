"""What a unit can ask: every query answers from the tables, its own rows only, and takes no other conditions."""

from datetime import timedelta

import pytest

from app.regions.pack import Review
from app.regions.vocabulary import KNOWN_QUERIES
from bureau import training
from bureau.models import Person
from bureau.training import Role
from tests.bureau.conftest import Opener
from tests.support.bureau import enrol_values
from tests.support.filing import ALL, ask, billed, done, named
from tests.support.office import Counter

ACTIVE = training.people("yichang", Role.ACTIVE)
NEIGHBOUR = training.neighbour("yichang")
KINDS = {"text", "money", "month", "date", "identity"}


def get(counter: Counter, session: str | None, path: str) -> tuple[int, dict[str, object]]:
    headers = {"Authorization": f"Bearer {session}"} if session else {}
    answer = counter.http.get(path, headers=headers)
    return answer.status_code, answer.json()


@pytest.mark.parametrize("name", sorted(KNOWN_QUERIES))
def test_every_query_answers_with_named_columns(counter: Counter, name: str) -> None:
    clerk = counter.clerk()

    status, table = get(counter, clerk.client.session, f"/v1/queries/{name}")

    assert status == 200
    columns = table["columns"]
    assert isinstance(columns, list)
    assert {column["kind"] for column in columns} <= KINDS
    assert all(column["name"] for column in columns)


def test_nobody_asks_without_a_session_nor_what_is_not_known(counter: Counter) -> None:
    session = counter.clerk().client.session

    assert get(counter, None, "/v1/queries/roster")[0] == 401
    assert get(counter, session, "/v1/queries/secrets")[0] == 404
    assert get(counter, session, "/v1/queries/roster?unit=4205002048")[0] == 400
    assert get(counter, session, "/v1/queries/bills?first=soon")[0] == 400


def test_the_roster_is_the_units_own_and_can_be_narrowed(any_counter: Counter) -> None:
    clerk, stranger = any_counter.clerk(), any_counter.clerk(NEIGHBOUR)
    one = ACTIVE[0]

    mine = {row["identity"] for row in ask(any_counter, clerk, "roster")}
    theirs = {row["identity"] for row in ask(any_counter, stranger, "roster")}
    (row,) = ask(any_counter, clerk, "roster", identity=one.identity)

    assert mine == {
        person.identity for role in (Role.ACTIVE, Role.PAUSED) for person in training.people("yichang", role)
    }
    assert mine.isdisjoint(theirs)
    assert (row["name"], row["base"], row["insurances"]) == (one.name, f"{one.base:.2f}", "养老、失业、工伤")
    assert [row["name"] for row in ask(any_counter, clerk, "roster", name=one.name)] == [one.name]
    assert len(ask(any_counter, clerk, "roster", standing="paused-here")) == 2


def test_a_month_can_be_followed_through_its_queries(any_counter: Counter) -> None:
    clerk = any_counter.clerk()
    new = training.people("yichang", Role.NEWCOMER)[0]
    done(clerk, "enrol", enrol_values(new, "2022-08-01"))
    unverified = [row["identity"] for row in ask(any_counter, clerk, "unverified-people")]
    done(clerk, "payment", {"month": "2022-08", "insurances": ALL})
    to_do = [row["what"] for row in ask(any_counter, clerk, "to-do")]
    number = billed(clerk, "notice", "2022-08")
    any_counter.office.advance(timedelta(days=4))

    (bill,) = ask(any_counter, clerk, "bills", first="2022-08", last="2022-08")
    progress = ask(any_counter, clerk, "bill-progress", bill=number)
    (receipt,) = ask(any_counter, clerk, "e-receipts")
    records = ask(any_counter, clerk, "payment-records", first="2022-08")
    (tax_bill,) = ask(any_counter, clerk, "tax-bills")

    assert unverified == [new.identity]
    assert ask(any_counter, clerk, "unverified-people") == []
    assert to_do == ["有已核定未开单的费用"]
    assert (bill["number"], bill["state"]) == (number, "已缴费")
    assert [row["stage"] for row in progress] == ["缴费认定", "税务开票", "税务登账", "社保登账", "实收分配"]
    assert all(row["reached_at"] for row in progress)
    assert receipt["bill"] == number
    assert any_counter.http.get(receipt["qr"].replace("https://bureau.test:8443", "")).json()["valid"] is True
    assert {row["state"] for row in records} == {"实缴到账"}
    assert len({row["identity"] for row in records}) == len(ACTIVE) + 1
    assert (tax_bill["state"], tax_bill["amount"]) == ("已缴款", bill["total"])
    assert ask(any_counter, clerk, "bills", first="2022-09") == []
    statistics = {row["kind"]: row["count"] for row in ask(any_counter, clerk, "change-statistics")}
    assert statistics == {"增员": "1"}
    assert [row["item"] for row in ask(any_counter, clerk, "filings")][-1] == "单位职工参保登记/续保"


def test_who_came_from_another_unit_is_told_without_its_name(counter: Counter) -> None:
    clerk = counter.clerk()
    one = training.people("yichang", Role.LEFT)[0]
    done(clerk, "enrol", enrol_values(one, "2022-08-01", reason="141"))

    (row,) = ask(counter, clerk, "transfers")

    assert (row["identity"], row["direction"], row["month"]) == (one.identity, "转入", "2022-08")
    assert NEIGHBOUR.name not in str(row)


def test_who_has_two_numbers_is_found(counter: Counter) -> None:
    clerk, one = counter.clerk(), ACTIVE[0]
    assert ask(counter, clerk, "duplicate-people") == []
    with counter.office.database.write() as session:
        other = one.identity[:14] + "999X"
        session.add(Person(number="9999999999", identity=other, name=one.name))

    assert {row["identity"] for row in ask(counter, clerk, "duplicate-people")} == {one.identity, other}


def test_an_account_counts_the_months_of_each_year(counter: Counter) -> None:
    clerk, one = counter.clerk(), ACTIVE[0]

    rows = ask(counter, clerk, "account-statements", identity=one.identity)

    months = {(row["year"], row["insurance"]): row["months"] for row in rows}
    assert (months["2022", "养老"], months["2021", "养老"]) == ("7", "12")
    stranger = training.people("yichang", Role.ELSEWHERE)[0]
    assert ask(counter, clerk, "account-statements", identity=stranger.identity) == []


def test_a_statement_of_account_is_a_paper_that_can_be_verified(open_bureau: Opener) -> None:
    with open_bureau("ningbo", review=Review.AUTOMATIC) as counter:
        clerk, one = counter.clerk(), training.people("ningbo", Role.ACTIVE)[0]

        done(clerk, "account-statement", named(one, insurance="pension"))

        (change,) = clerk.client.changes(0)[1]
        code = change["document"]
        status, told = get(counter, clerk.client.session, f"/v1/documents/{code}")
        paper = told["document"]
        assert isinstance(paper, dict)
        assert (status, told["kind"], paper["header"]["name"]) == (200, "account-statement", one.name)
        assert paper["rows"][-1]["month"] == "2024年4月"
        assert {row["unit"] for row in paper["rows"]} == {""}
        assert paper["totals"]["person"] == f"{sum(float(row['person']) for row in paper['rows']):.2f}"
        assert counter.http.get(f"/v1/verify/{code}").json()["unit_name"] == clerk.login.unit.name
        stranger = counter.clerk(training.neighbour("ningbo"))
        assert get(counter, stranger.client.session, f"/v1/documents/{code}")[0] == 404

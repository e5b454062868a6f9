"""What a filing does once it is approved, effect by effect, seen through facts, previews and queries."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.domain.months import Month
from app.regions.pack import Kind, Review
from app.regions.vocabulary import KNOWN_EFFECTS, KNOWN_QUERIES
from app.rules.ground import PersonFacts
from bureau import decisions, querying, training
from bureau.training import Role
from tests.bureau.conftest import Opener
from tests.support.bureau import Clerk, enrol_values
from tests.support.filing import ALL, ask, billed, done, named, refused
from tests.support.office import Counter

ACTIVE = training.people("yichang", Role.ACTIVE)
PAUSED = training.people("yichang", Role.PAUSED)
NEWCOMERS = training.people("yichang", Role.NEWCOMER)
ACCOUNT = {"action": "add", "bank": "示例银行城中支行", "account": "6222000000000000000"}


def facts(clerk: Clerk, person: training.TrainingPerson) -> PersonFacts:
    return clerk.client.lookup([person.identity])[0]


def preview_of(clerk: Clerk, person: training.TrainingPerson, month: Month) -> list[dict[str, Any]]:
    told = clerk.client.preview(month, ALL.split(","))
    return [line for row in told["people"] if row["identity"] == person.identity for line in row["lines"]]


@pytest.fixture
def counter(open_bureau: Opener) -> Any:  # noqa: ANN401 - a generator of counters
    """宜昌, 2022-08-08, everything approved at once."""
    with open_bureau(review=Review.AUTOMATIC) as counter:
        yield counter


def test_every_effect_and_query_a_pack_can_name_is_served() -> None:
    assert set(decisions.EFFECTS) == set(KNOWN_EFFECTS)
    assert set(querying.QUERIES) == set(KNOWN_QUERIES)


def test_every_filing_of_every_pack_is_served(counter: Counter) -> None:
    for region in counter.office.catalog.ids():
        for item in counter.office.region(region).items.values():
            assert item.kind is not Kind.FILING or decisions.served(item), (region, item.id)


# --- wages -----------------------------------------------------------------------------------------------------------


def test_a_declared_wage_is_the_base_from_the_insurance_years_first_month(counter: Counter) -> None:
    clerk = counter.clerk()
    one = ACTIVE[1]

    done(clerk, "wage", named(one, year="2022", wage="7000.00"))

    assert facts(clerk, one).base == Decimal("7000.00")
    assert {line["base"] for line in preview_of(clerk, one, Month(2022, 8))} == {"7000.00"}
    rows = ask(counter, clerk, "wage-records", year="2022")
    assert [row["wage"] for row in rows if row["identity"] == one.identity] == ["7000.00"]


def test_an_adjusted_wage_counts_from_its_month_and_reckons_open_charges_anew(counter: Counter) -> None:
    clerk = counter.clerk()
    one = ACTIVE[1]
    done(clerk, "payment", {"month": "2022-08", "insurances": ALL})

    done(clerk, "wage-adjust", named(one, from_month="2022-08", wage="8000.00"))

    lines = preview_of(clerk, one, Month(2022, 8))
    assert {line["base"] for line in lines} == {"8000.00"}
    assert {line["unit"] for line in lines if line["insurance"] == "pension"} == {"1280.00"}


# --- arrears and refunds ---------------------------------------------------------------------------------------------


def test_missed_months_are_made_good_for_everybody_with_late_fee(counter: Counter) -> None:
    """Nothing declared in August; in September it is made good, late from the 1st (宜社征发〔2023〕1号 五(四))."""
    clerk = counter.clerk()
    counter.office.advance(timedelta(days=28))  # 2022-09-05
    assert refused(clerk, "payment", {"month": "2022-09", "insurances": ALL}) == ["months-missed"]

    done(clerk, "back-payment", {"first": "2022-08", "last": "2022-08", "insurances": ALL})
    done(clerk, "payment", {"month": "2022-09", "insurances": ALL})
    number = billed(clerk, "notice", "2022-09")

    told = clerk.client.notice(number)
    kinds = {line["kind"] for row in told.people for line in row["lines"]}
    assert kinds == {"back", "normal"}
    late = {one.kind: one.late_fee for one in told.notice.details}
    assert late["单位整体核定"] == 0
    owed = sum((one.unit + one.person for one in told.notice.details if one.kind == "个人补收核定"), Decimal(0))
    assert abs(late["个人补收核定"] - owed * Decimal("0.0005") * 5) < Decimal("0.20")
    assert clerk.client.unit()[0].last_period == Month(2022, 9)


def test_one_persons_missed_months_are_made_good(counter: Counter) -> None:
    clerk = counter.clerk()
    one = NEWCOMERS[0]
    done(clerk, "enrol", enrol_values(one, "2022-08-01"))

    done(clerk, "person-back-payment", named(one, first="2022-06", last="2022-07", insurances=ALL))

    months = {line["month"] for line in preview_of(clerk, one, Month(2022, 8)) if line["kind"] == "back"}
    assert months == {"2022-06", "2022-07"}


def test_a_contract_reaches_further_back_on_its_own_wage(counter: Counter) -> None:
    clerk = counter.clerk()
    one = NEWCOMERS[0]
    done(clerk, "enrol", enrol_values(one, "2022-08-01"))

    values = named(one, first="2022-01", last="2022-03", wage="4000.00", insurances="pension")
    done(clerk, "contract-back-payment", values, "contract")

    lines = [line for line in preview_of(clerk, one, Month(2022, 8)) if line["kind"] == "back"]
    assert {(line["month"], line["base"], line["insurance"]) for line in lines} == {
        (month, "4000.00", "pension") for month in ("2022-01", "2022-02", "2022-03")
    }
    assert facts(clerk, one).base == one.base


def test_overpaid_months_go_back_to_the_units_account(any_counter: Counter) -> None:
    any_counter.office.review = Review.AUTOMATIC
    clerk = any_counter.clerk()
    one = ACTIVE[0]
    values = named(one, first="2022-07", last="2022-07", insurances=ALL)
    done(clerk, "stop", named(one, stop_date="2022-06-30", reason="222"))
    assert "bank-account-missing" in refused(clerk, "refund", values, "proof")
    done(clerk, "bank-account", ACCOUNT)

    done(clerk, "refund", values, "proof")
    asked = ask(any_counter, clerk, "refunds")
    any_counter.office.advance(timedelta(days=10))
    paid = ask(any_counter, clerk, "refunds")

    assert {row["state"] for row in asked} == {"申请"}
    assert {row["state"] for row in paid} == {"已拨付"}
    assert {row["insurance"] for row in paid} == {"养老", "失业", "工伤"}
    assert {row["account"] for row in paid} == {ACCOUNT["account"]}
    assert facts(clerk, one).paid_until == Month(2022, 6)
    assert refused(clerk, "refund", values, "proof") == ["refund-not-paid"]


def test_deferred_months_are_not_billed_until_made_good_and_bear_no_late_fee(open_bureau: Opener) -> None:
    """鄂政办发〔2022〕54号: “采取分期或逐月等方式予以补缴，补缴期间免收滞纳金” (seed 002)."""
    with open_bureau(review=Review.AUTOMATIC) as counter:
        clerk = counter.clerk()
        put_off = {"first": "2022-08", "last": "2022-08"}
        assert refused(clerk, "deferral-confirm", put_off) == ["nothing-to-defer"]
        done(clerk, "payment", {"month": "2022-08", "insurances": ALL})
        assert refused(clerk, "deferred-payment", {**put_off, "insurances": ALL}) == ["nothing-deferred"]
        owed = clerk.client.preview(Month(2022, 8), ALL.split(","))["total"]

        done(clerk, "deferral-confirm", put_off)
        assert refused(clerk, "notice", {"month": "2022-08"}) == ["nothing-to-bill"]
        assert {row["state"] for row in ask(counter, clerk, "payment-records")} == {"缓缴"}
        counter.office.advance(timedelta(days=40))
        done(clerk, "deferred-payment", {**put_off, "insurances": "pension"})
        first = clerk.client.notice(billed(clerk, "notice", "2022-09")).notice
        done(clerk, "deferred-payment", {**put_off, "insurances": ALL})
        rest = clerk.client.notice(billed(clerk, "notice", "2022-09")).notice

        assert [line.insurance for line in first.lines] == ["pension"]
        assert {line.insurance for line in rest.lines} == {"unemployment", "injury"}
        assert first.people == len(ACTIVE)
        assert f"{first.total + rest.total:.2f}" == owed
        assert sum(line.late_fee for line in (*first.lines, *rest.lines)) == 0


# --- insurances ------------------------------------------------------------------------------------------------------


def test_an_insurance_is_dropped_and_added_for_one_person(counter: Counter) -> None:
    clerk = counter.clerk()
    one = ACTIVE[2]

    done(clerk, "drop-insurance", named(one, from_month="2022-08", insurances="injury"))
    without = {line["insurance"] for line in preview_of(clerk, one, Month(2022, 8))}
    done(clerk, "add-insurance", named(one, from_month="2022-08", insurances="injury"))
    again = {line["insurance"] for line in preview_of(clerk, one, Month(2022, 8))}

    assert without == {"pension", "unemployment"}
    assert again == {"pension", "unemployment", "injury"}


def test_the_units_insurance_ends_for_everybody(counter: Counter) -> None:
    clerk = counter.clerk()

    done(clerk, "unit-drop-insurance", {"from_month": "2022-08", "insurances": "injury"})

    assert clerk.client.unit()[0].insurances == ("pension", "unemployment")
    assert {line["insurance"] for line in preview_of(clerk, ACTIVE[0], Month(2022, 8))} == {"pension", "unemployment"}
    states = {row["insurance"]: row["state"] for row in ask(counter, clerk, "unit-insurances")}
    assert states["工伤保险"] == "终止参保"
    done(clerk, "unit-add-insurance", {"from_month": "2022-08", "insurances": "injury"})
    assert clerk.client.unit()[0].insurances == ("pension", "unemployment", "injury")


# --- data ------------------------------------------------------------------------------------------------------------


def test_what_is_changed_is_kept_old_and_new(any_counter: Counter) -> None:
    any_counter.office.review = Review.AUTOMATIC
    clerk = any_counter.clerk()
    person = ACTIVE[0]
    done(clerk, "unit-data", {"contact": "陈若溪", "phone": "13800000000"})
    done(clerk, "unit-data", {"phone": "13900000000"})
    done(clerk, "personal-data", named(person, phone="13700000000"))
    done(clerk, "unit-key-data", {"unit_name": "示例重工有限公司", "legal_person": "李承安"})

    info = {row["name"]: row["value"] for row in ask(any_counter, clerk, "unit-info")}
    changes = [(row["about"], row["old"], row["new"]) for row in ask(any_counter, clerk, "data-changes")]

    assert info["单位名称"] == clerk.client.unit()[0].name == "示例重工有限公司"
    assert "13900000000" in info.values()
    assert ("单位", "13800000000", "13900000000") in changes
    assert (person.name, "", "13700000000") in changes
    assert ("单位", training.unit("yichang").name, "示例重工有限公司") in changes


def test_handlers_and_accounts_come_change_and_go(counter: Counter) -> None:
    clerk = counter.clerk()
    handler = named(ACTIVE[0], action="add", phone="13800000000", department="财务部")

    done(clerk, "handler", handler)
    done(clerk, "handler", {**handler, "action": "change", "phone": "13900000000"})
    (row,) = ask(counter, clerk, "handlers")
    done(clerk, "handler", {**handler, "action": "remove"})
    done(clerk, "bank-account", ACCOUNT)
    (account,) = ask(counter, clerk, "bank-accounts")
    has = clerk.client.unit()[0].bank_account
    done(clerk, "bank-account", {**ACCOUNT, "action": "remove"})

    assert (row["name"], row["phone"], row["department"]) == (ACTIVE[0].name, "13900000000", "财务部")
    assert ask(counter, clerk, "handlers") == ask(counter, clerk, "bank-accounts") == []
    assert (account["account_name"], account["purpose"], has) == (clerk.login.unit.name, "退款银行", True)
    assert clerk.client.unit()[0].bank_account is False
    assert refused(clerk, "handler", {**handler, "action": "remove"}) == ["handler-unknown"]
    assert refused(clerk, "bank-account", {**ACCOUNT, "action": "remove"}) == ["account-unknown"]


def test_a_projects_roster_is_kept(counter: Counter) -> None:
    clerk = counter.clerk()
    worker = named(NEWCOMERS[3], project="示例大桥")

    done(clerk, "project-enrol", {**worker, "start": "2022-08-02"})
    assert refused(clerk, "project-enrol", {**worker, "start": "2022-08-03"}) == ["on-roster-already"]
    done(clerk, "project-stop", {**worker, "stop_date": "2022-08-05"})
    assert refused(clerk, "project-stop", {**worker, "stop_date": "2022-08-06"}) == ["not-on-roster"]
    done(clerk, "project-enrol", {**worker, "start": "2022-08-06"})


# --- papers ----------------------------------------------------------------------------------------------------------


def test_retirement_is_announced_and_ends_the_insurance_by_itself(counter: Counter) -> None:
    clerk = counter.clerk()
    one = ACTIVE[5]

    code = done(clerk, "retirement", named(one, category="worker", retires="2022-08"), "file")
    assert code.accepted
    months = [Month(2022, 8), Month(2022, 9)]

    assert [bool(preview_of(clerk, one, month)) for month in months] == [True, False]
    (row,) = [row for row in ask(counter, clerk, "filings") if row["identity"] == one.identity]
    assert row["state"] == "已通过"


# --- bills -----------------------------------------------------------------------------------------------------------


def test_a_bill_is_revoked_and_issued_again(any_counter: Counter) -> None:
    clerk = any_counter.clerk()
    done(clerk, "payment", {"month": "2022-08", "insurances": ALL})
    number = billed(clerk, "notice", "2022-08")
    done(clerk, "enrol", enrol_values(NEWCOMERS[0], "2022-08-01"))

    done(clerk, "notice-revoke", {"bill": number})
    again = billed(clerk, "notice", "2022-08")

    states = {row["number"]: row["state"] for row in ask(any_counter, clerk, "bills")}
    assert states == {number: "已撤销", again: "未缴费"}
    assert clerk.client.notice(again).notice.people == len(ACTIVE) + 1
    any_counter.office.advance(timedelta(days=4))
    assert clerk.client.notice(number).state == "revoked"
    assert clerk.client.notice(again).state == "paid"
    assert set(refused(clerk, "notice-revoke", {"bill": again})) == {"bill-not-open"}

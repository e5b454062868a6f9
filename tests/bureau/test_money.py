"""A bill's way as the bureau's clock moves on: payment, expiry, distribution, and the certificate that follows."""

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from app.domain.months import Month
from app.errors import BureauRefused, InputRefused, UsageError
from app.regions.errors import CalendarUnknown
from app.regions.pack import Review
from bureau import billing, training
from bureau import counter as desk
from bureau.models import CHINA, Unit
from bureau.training import Role
from tests.bureau.conftest import Opener
from tests.support.bureau import Clerk, enrol_values
from tests.support.office import Counter, open_counter

ALL = "pension,unemployment,injury"
NEIGHBOUR = training.neighbour("yichang")
ACTIVE = training.people("yichang", Role.ACTIVE)


def at(day: int, hour: int, minute: int = 0) -> str:
    return datetime(2022, 8, day, hour, minute, tzinfo=CHINA).isoformat()


def billed(clerk: Clerk, month: str = "2022-08") -> str:
    """The number of the month's bill."""
    assert clerk.file("payment", {"month": month, "insurances": ALL}).accepted
    number = clerk.file("notice", {"month": month}).notice
    assert number is not None
    return number


def stages(clerk: Clerk, number: str) -> dict[str, tuple[str | None, str | None]]:
    return {one["key"]: (one["reached_at"], one["expected_by"]) for one in clerk.client.notice(number).stages}


def until(counter: Counter, moment: str) -> None:
    """Move the clock on to a moment."""
    now = counter.office.settle()
    counter.office.advance(datetime.fromisoformat(moment) - now)


def test_a_unit_with_an_agreement_is_debited_and_the_money_comes_back(any_counter: Counter) -> None:
    """Monday 2022-08-08 09:00; each stage after app.rules.progress (seed 002, 常见问题 28)."""
    clerk = any_counter.clerk()
    number = billed(clerk)
    forecast = {key: expected for key, (_, expected) in stages(clerk, number).items()}

    any_counter.office.advance(timedelta(days=4))

    way = {key: reached for key, (reached, _) in stages(clerk, number).items()}
    assert way["invoiced"] == forecast["invoiced"] == at(9, 9)
    assert way["tax-posted"] == forecast["tax-posted"] == at(10, 17)
    assert way["bureau-posted"] == forecast["bureau-posted"] == at(10, 20)
    assert way["distributed"] == forecast["distributed"] == at(11, 2)
    roster = {one.identity: one for one in clerk.client.people()}
    assert roster[ACTIVE[0].identity].paid_until == Month(2022, 8)
    assert clerk.client.unit()[0].open_bill is None


def test_what_the_bureau_says_of_a_moment_does_not_depend_on_when_it_was_asked(tmp_path: Path) -> None:
    ways = []
    for steps in (1, 97):
        with open_counter(tmp_path / str(steps)) as counter:
            clerk = counter.clerk()
            number = billed(clerk)
            for _ in range(steps):
                counter.office.advance(timedelta(hours=97 / steps))
            ways.append({key: way for key, way in stages(clerk, number).items() if key != "assessed"})

    assert ways[0] == ways[1]
    assert ways[0]["distributed"] == (at(11, 2), None)


def test_money_is_with_the_people_only_once_it_is_distributed(any_counter: Counter) -> None:
    clerk = any_counter.clerk()
    number = billed(clerk)

    until(any_counter, at(11, 1, 59))
    before = clerk.client.people()[0].paid_until
    until(any_counter, at(11, 2))

    assert clerk.client.notice(number).state == "paid"
    assert (before, clerk.client.people()[0].paid_until) == (Month(2022, 7), Month(2022, 8))


def test_without_an_agreement_nothing_is_expected_until_the_unit_pays(counter: Counter) -> None:
    clerk = counter.clerk(NEIGHBOUR)
    number = billed(clerk)
    counter.office.advance(timedelta(days=2))
    unpaid = stages(clerk, number)

    paid = desk.pay(counter.office, number)

    assert [expected for key, (_, expected) in unpaid.items() if key != "assessed"] == [None] * 4
    assert paid["state"] == "paid"
    assert stages(clerk, number)["tax-posted"][1] == at(11, 17)


def test_a_bill_is_paid_once_the_tax_office_sees_it(counter: Counter) -> None:
    clerk = counter.clerk(NEIGHBOUR)
    number = billed(clerk)

    ordered = desk.pay(counter.office, number)
    counter.office.advance(timedelta(minutes=30))

    assert ordered["state"] == "open"
    assert clerk.client.notice(number).state == "paid"


def test_paying_twice_is_paying_once(counter: Counter) -> None:
    number = billed(counter.clerk(NEIGHBOUR))
    counter.office.advance(timedelta(hours=1))
    first = desk.pay(counter.office, number)
    counter.office.advance(timedelta(days=1))

    assert desk.pay(counter.office, number)["stages"][1] == first["stages"][1]


def test_an_unpaid_notice_expires_after_its_last_day_and_can_be_issued_again(any_counter: Counter) -> None:
    clerk = any_counter.clerk(NEIGHBOUR)
    number = billed(clerk)
    total = clerk.client.notice(number).notice.total

    until(any_counter, at(22, 23, 59))
    last_day = clerk.client.notice(number).state
    until(any_counter, at(23, 0))
    again = clerk.file("notice", {"month": "2022-08"}).notice

    assert last_day == "open"
    assert clerk.client.notice(number).state == "expired"
    assert again is not None
    assert again != number
    # Within the month nothing is added; what the expired paper said stays readable.
    assert clerk.client.notice(again).notice.total == clerk.client.notice(number).notice.total == total
    with pytest.raises(BureauRefused, match="notice-expired"):
        desk.pay(any_counter.office, number)


def test_issued_again_in_a_later_month_the_late_fee_counts_from_its_first_day(counter: Counter) -> None:
    """“跨月重开的，自次月1日起加收…滞纳金” (seed 002, 认定单注2): 0.05 % a day, 1st to 5th September."""
    clerk = counter.clerk(NEIGHBOUR)
    first = clerk.client.notice(billed(clerk)).notice
    until(counter, datetime(2022, 9, 5, 9, tzinfo=CHINA).isoformat())

    number = clerk.file("notice", {"month": "2022-09"}).notice

    assert number is not None
    again = clerk.client.notice(number).notice
    fee = sum((line.late_fee for line in again.lines), Decimal(0))
    assert again.total == first.total + fee
    assert abs(fee - first.total * Decimal("0.0005") * 5) < Decimal("0.10")  # rounded for each charge
    assert sum(detail.late_fee for detail in again.details) == fee


def test_a_bill_of_zaozhuang_does_not_expire(open_bureau: Opener) -> None:
    with open_bureau("zaozhuang") as counter:
        clerk = counter.clerk(training.neighbour("zaozhuang"))
        number = clerk.file("payment", {"month": "2021-11", "insurances": ALL}).notice
        counter.office.advance(timedelta(days=60))

        assert number is not None
        assert clerk.client.notice(number).state == "open"


def test_the_clock_does_not_move_to_where_no_calendar_reaches(open_bureau: Opener) -> None:
    """Debited on 31 December 2026, the money would come back in 2027, whose working days nobody has fixed yet."""
    with open_bureau("zaozhuang", clock="2026-12-30T16:00:00") as counter:
        clerk = counter.clerk()
        with counter.office.database.write() as session:
            unit = session.get_one(Unit, clerk.number)
            number = billing.issue(counter.office, session, unit, Month(2026, 12), counter.office.settle()).number

        with pytest.raises(CalendarUnknown):
            counter.office.advance(timedelta(days=1))

        assert counter.office.settle().date().isoformat() == "2026-12-30"
        assert stages(clerk, number)["tax-posted"] == (None, None)


def test_a_certificate_attests_months_paid_and_distributed(any_counter: Counter) -> None:
    clerk = any_counter.clerk()
    chosen = [ACTIVE[0], ACTIVE[1], training.people("yichang", Role.PAUSED)[0]]
    values = {"insurance": "unemployment", "months": "6", "people": ",".join(one.identity for one in chosen)}

    code = clerk.file("certificate", values).certificate

    assert code is not None
    assert len(code) == 20
    paper = clerk.client.certificate(code)
    rows = {row.identity: (str(row.first), str(row.last)) for row in paper.persons}
    # The paused one was paid for until 2022-05; the span of six months ends with the last month paid.
    assert rows == {
        ACTIVE[0].identity: ("2022-02", "2022-07"),
        ACTIVE[1].identity: ("2022-02", "2022-07"),
        chosen[2].identity: ("2022-02", "2022-05"),
    }
    assert (paper.unit_number, paper.people, paper.in_arrears) == (clerk.number, 3, False)


@pytest.mark.parametrize("months", [3, 6, 12, 24])
def test_every_span_on_offer_has_rows_on_the_training_ground(counter: Counter, months: int) -> None:
    clerk = counter.clerk()
    values = {"insurance": "pension", "months": str(months), "people": ACTIVE[0].identity}

    code = clerk.file("certificate", values).certificate

    assert code is not None
    (row,) = clerk.client.certificate(code).persons
    assert row.last - row.first == months - 1


def test_a_gap_divides_a_certificates_rows(counter: Counter) -> None:
    clerk = counter.clerk()
    paused = training.people("yichang", Role.PAUSED)[0]
    clerk.file("enrol", enrol_values(paused, "2022-08-01", reason="121"))
    billed(clerk)
    counter.office.advance(timedelta(days=4))

    code = clerk.file("certificate", {"insurance": "injury", "months": "6", "people": paused.identity}).certificate

    assert code is not None
    rows = [(str(row.first), str(row.last)) for row in clerk.client.certificate(code).persons]
    assert rows == [("2022-03", "2022-05"), ("2022-08", "2022-08")]


def test_a_certificate_names_own_people_and_only_paid_months(counter: Counter) -> None:
    clerk = counter.clerk()
    newcomer = training.people("yichang", Role.NEWCOMER)[0]
    values = {"insurance": "pension", "months": "3"}
    stranger = clerk.file("certificate", {**values, "people": newcomer.identity})
    clerk.file("enrol", enrol_values(newcomer, "2022-08-01"))
    unpaid = clerk.file("certificate", {**values, "people": newcomer.identity})

    assert [one.code for one in stranger.findings] == ["certificate-stranger"]
    assert [one.code for one in unpaid.findings] == ["nothing-to-certify"]


def test_whoever_holds_a_certificate_can_verify_it_for_three_months(counter: Counter) -> None:
    clerk = counter.clerk()
    values = {"insurance": "pension", "months": "3", "people": ACTIVE[0].identity}
    code = clerk.file("certificate", values).certificate

    fresh = counter.http.get(f"/v1/verify/{code}").json()
    counter.office.advance(timedelta(days=93))
    stale = counter.http.get(f"/v1/verify/{code}").json()

    assert (fresh["valid"], fresh["unit_name"]) == (True, training.unit("yichang").name)
    assert stale["valid"] is False
    assert counter.http.get("/v1/verify/20220808090000ABCDEF").json() == {
        "valid": False,
        "issued_at": None,
        "unit_name": None,
    }


def test_another_units_papers_are_not_found(counter: Counter) -> None:
    clerk, stranger = counter.clerk(), counter.clerk(NEIGHBOUR)
    number = billed(clerk)

    for ask in (stranger.client.notice, stranger.client.certificate):
        with pytest.raises(BureauRefused) as refused:
            ask(number)
        assert refused.value.code == "not-found"


# --- review ----------------------------------------------------------------------------------------------------------


def stop(clerk: Clerk, place: int = 0) -> dict[str, str]:
    one = ACTIVE[place]
    return {"identity": one.identity, "name": one.name, "stop_date": "2022-07-31", "reason": "222"}


def test_what_a_person_decides_waits_and_then_is_done(open_bureau: Opener) -> None:
    with open_bureau(review=Review.MANUAL) as counter:
        clerk = counter.clerk()
        result = clerk.file("stop", stop(clerk))
        assert (result.accepted, result.state) == (True, "under-review")
        assert clerk.client.unit()[0].pending_items == 1
        assert clerk.client.lookup([ACTIVE[0].identity])[0].pending

        (waiting,) = desk.under_review(counter.office)
        desk.approve(counter.office, waiting["filing"])

        assert waiting["subject"] != ACTIVE[0].identity  # masked: lists are looked at over shoulders
        cursor, changes = clerk.client.changes(0)
        assert [(one["filing"], one["state"]) for one in changes] == [(result.filing, "approved")]
        assert clerk.client.changes(cursor)[1] == ()
        assert clerk.client.lookup([ACTIVE[0].identity])[0].standing.value == "paused-here"


def test_what_can_no_longer_be_carried_out_is_not_approved(open_bureau: Opener) -> None:
    """Two units ask for the same person; whoever is decided first has them, the other filing stays to be rejected."""
    with open_bureau(review=Review.MANUAL) as counter:
        one = training.people("yichang", Role.NEWCOMER)[0]
        here, there = counter.clerk(), counter.clerk(NEIGHBOUR)
        first, second = (clerk.file("enrol", enrol_values(one, "2022-08-01")).filing for clerk in (there, here))
        assert first
        assert second
        desk.approve(counter.office, first)

        with pytest.raises(InputRefused) as refused:
            desk.approve(counter.office, second)

        assert "insured-elsewhere" in [finding.code for finding in refused.value.findings]
        assert [row["filing"] for row in desk.under_review(counter.office)] == [second]


def test_a_rejection_carries_its_reason_to_the_clerk(open_bureau: Opener) -> None:
    with open_bureau(review=Review.MANUAL) as counter:
        clerk = counter.clerk()
        result = clerk.file("stop", stop(clerk))
        assert result.filing

        desk.reject(counter.office, result.filing, "减员表未盖章")

        _, (change,) = clerk.client.changes(0)
        assert (change["state"], change["note"]) == ("rejected", "减员表未盖章")
        assert clerk.client.lookup([ACTIVE[0].identity])[0].standing.value == "active-here"
        with pytest.raises(UsageError):
            desk.approve(counter.office, result.filing)


def test_the_pack_says_what_is_reviewed(open_bureau: Opener) -> None:
    with open_bureau("zaozhuang") as counter:
        clerk = counter.clerk()
        one = training.people("zaozhuang", Role.ACTIVE)[0]
        values = {"identity": one.identity, "name": one.name, "stop_date": "2021-10-31", "reason": "222"}

        result = clerk.file("stop", values, attachments=[clerk.attach("stop")])

        assert result.state == "under-review"


def test_a_filing_under_review_can_be_withdrawn_once(open_bureau: Opener) -> None:
    with open_bureau(review=Review.MANUAL) as counter:
        clerk = counter.clerk()
        result = clerk.file("stop", stop(clerk))
        assert result.filing
        wish = clerk.withdrawal(result.filing)

        assert clerk.client.withdraw(result.filing, wish) == "withdrawn"
        assert clerk.client.withdraw(result.filing, wish) == "withdrawn"  # the first answer again

        with pytest.raises(BureauRefused) as refused:
            clerk.client.withdraw(result.filing, clerk.withdrawal(result.filing))
        assert refused.value.code == "filing-decided"
        assert clerk.file("stop", stop(clerk)).state == "under-review"


def test_nobody_withdraws_what_is_not_theirs(open_bureau: Opener) -> None:
    with open_bureau(review=Review.MANUAL) as counter:
        clerk, stranger = counter.clerk(), counter.clerk(NEIGHBOUR)
        result = clerk.file("stop", stop(clerk))
        assert result.filing

        for wish in (stranger.withdrawal(result.filing), clerk.withdrawal(result.filing)):
            with pytest.raises(BureauRefused):
                stranger.client.withdraw(result.filing, wish)
        assert desk.under_review(counter.office)

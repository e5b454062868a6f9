"""Items that several regions have, filed in each of them and asserted on what they bring about there."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from decimal import Decimal

import pytest

from app.domain.months import Month
from app.regions.pack import Review
from bureau import counter as desk
from bureau import training
from bureau.registers import WageDeclared
from bureau.training import Role
from bureau.wages import first_month
from tests.bureau.conftest import Opener
from tests.support.bureau import Clerk, enrol_values
from tests.support.filing import ALL, ask, billed, done, named
from tests.support.office import Counter

ALL_REGIONS = training.regions()
PROJECT = "91350100M000100Y43"


def month_of(region_id: str) -> Month:
    return Month.of(training.first_clock(region_id).date())


def filed(counter: Counter, clerk: Clerk, item: str, values: dict[str, str]) -> None:
    """File with the values that the region's item has, in the kind of file that it takes."""
    found = counter.office.region(counter.region).items[item]
    known = {field.key for field in found.fields}
    slots = [slot for slot in found.attachments if slot.required]
    if slots and slots[0].formats == ("jpg",):
        attachments = [picture(clerk, slot.key) for slot in slots]
    else:
        attachments = [clerk.attach(slot.key) for slot in slots]
    result = clerk.file(item, {k: v for k, v in values.items() if k in known}, attachments=attachments)
    assert (result.state, [one.code for one in result.findings if one.stops]) == ("approved", [])


def picture(clerk: Clerk, slot: str) -> dict[str, object]:
    """A JPEG, where the region takes nothing else (哈尔滨)."""
    content = b"\xff\xd8\xff\xe0 a picture of a form"
    digest = hashlib.sha256(content).hexdigest()
    clerk.client.upload(digest, "image/jpeg", content)
    return {"slot": slot, "name": "1.jpg", "sha256": digest, "size": len(content), "media_type": "image/jpeg"}


@pytest.mark.parametrize("region_id", ALL_REGIONS)
def test_whoever_is_enrolled_is_on_the_roster_and_in_the_months_charges(open_bureau: Opener, region_id: str) -> None:
    with open_bureau(region_id, review=Review.AUTOMATIC) as counter:
        clerk, new, month = counter.clerk(), training.people(region_id, Role.NEWCOMER)[0], month_of(region_id)
        values = enrol_values(new, month.first_day.isoformat(), wage="6000.00", insurances=ALL)
        filed(counter, clerk, "enrol", values)

        (row,) = ask(counter, clerk, "roster", identity=new.identity)
        assert (row["name"], row["base"], row["since"]) == (new.name, "6000.00", str(month))
        people = {one["identity"] for one in clerk.client.preview(month, ALL.split(","))["people"]}
        assert new.identity in people


@pytest.mark.parametrize("region_id", ALL_REGIONS)
def test_whoever_is_stopped_is_charged_to_the_month_the_region_says(open_bureau: Opener, region_id: str) -> None:
    """湖北: the month of 停保时间 is still paid; 浙江 (seed 001, 4.3.3): it is not."""
    with open_bureau(region_id, review=Review.AUTOMATIC) as counter:
        clerk, one, month = counter.clerk(), training.people(region_id, Role.ACTIVE)[2], month_of(region_id)
        paid = counter.office.region(region_id).conduct.stop_month_paid
        last_day = (month + -1).last_day if paid else month.first_day
        filed(counter, clerk, "stop", named(one, stop_date=last_day.isoformat(), reason="222", insurances=ALL))

        (fact,) = clerk.client.lookup([one.identity])
        assert (fact.standing.value, fact.stopped_from) == ("paused-here", month)
        assert one.identity not in {row["identity"] for row in clerk.client.preview(month, ALL.split(","))["people"]}


@pytest.mark.parametrize("region_id", ALL_REGIONS)
def test_a_declared_wage_is_asked_for_and_becomes_the_base(open_bureau: Opener, region_id: str) -> None:
    with open_bureau(region_id, review=Review.AUTOMATIC) as counter:
        clerk, one, month = counter.clerk(), training.people(region_id, Role.ACTIVE)[3], month_of(region_id)
        year = str(month.year)
        values = named(one, year=year, wage="7000", pay_first=f"{month.year - 1}-01", pay_last=f"{month.year - 1}-12")
        filed(counter, clerk, "wage", values)

        with counter.office.database.read() as session:
            declared = session.query(WageDeclared).filter_by(year=month.year, wage=Decimal(7000)).all()
        assert len(declared) == 1
        begins = first_month(counter.office.region(region_id), month.year)
        in_force = Decimal(7000) if begins <= month else one.base
        assert clerk.client.lookup([one.identity])[0].base == in_force


@pytest.mark.parametrize(
    ("region_id", "item", "values", "told"),
    [
        ("harbin", "personal-data", {"phone": "13800000000"}, "13800000000"),
        ("ningbo", "personal-data", {"address": "示例路 9 号"}, "示例路 9 号"),
        ("harbin", "unit-data", {"contact": "王示例"}, "王示例"),
        ("ningbo", "unit-data", {"address": "示例路 1 号"}, "示例路 1 号"),
    ],
)
def test_changed_data_is_kept_with_what_was_before(
    open_bureau: Opener, region_id: str, item: str, values: dict[str, str], told: str
) -> None:
    with open_bureau(region_id, review=Review.AUTOMATIC) as counter:
        clerk, one = counter.clerk(), training.people(region_id, Role.ACTIVE)[0]
        whom = named(one) if item == "personal-data" else {}
        filed(counter, clerk, item, {**whom, **values})
        changed = (
            {key: f"{value}0" for key, value in values.items()} if told != "13800000000" else {"phone": "13900000000"}
        )
        filed(counter, clerk, item, {**whom, **changed})

        rows = ask(counter, clerk, "data-changes")
        assert (rows[0]["old"], rows[0]["new"]) == (told, next(iter(changed.values())))
        assert (rows[1]["old"], rows[1]["new"]) == ("", told)


@pytest.mark.parametrize(
    ("region_id", "enrol", "stop"),
    [("ningbo", "project-enrol", "project-stop"), ("yichang", "mine-enrol", "mine-stop")],
)
def test_a_roster_is_joined_once_and_left(open_bureau: Opener, region_id: str, enrol: str, stop: str) -> None:
    with open_bureau(region_id, review=Review.AUTOMATIC) as counter:
        clerk, new = counter.clerk(), training.people(region_id, Role.NEWCOMER)[1]
        day = training.first_clock(region_id).date().isoformat()
        filed(counter, clerk, enrol, named(new, project=PROJECT, start=day))
        entry = f"{PROJECT}/{new.identity}"
        registers = clerk.client.unit()[0].registers
        assert registers is not None
        assert registers["rosters"] == {entry: day}

        filed(counter, clerk, stop, named(new, project=PROJECT, stop_date=day))

        registers = clerk.client.unit()[0].registers
        assert registers is not None
        assert registers["rosters"] == {}
        assert clerk.client.lookup([new.identity])[0].standing.value == "new"  # injury insurance of the project alone


def test_in_ningbo_an_adjusted_wage_and_missed_months_are_charged(open_bureau: Opener) -> None:
    """Seed 001, 4.3.5: 申请补缴 and 缴费工资复核 are decided by hand; the months and the base are the person's."""
    with open_bureau("ningbo", review=Review.AUTOMATIC) as counter:
        clerk, new = counter.clerk(), training.people("ningbo", Role.NEWCOMER)[0]
        filed(counter, clerk, "enrol", enrol_values(new, "2024-05-01", wage="6000.00", insurances=ALL))
        filed(
            counter,
            clerk,
            "back-payment",
            named(new, first="2024-02", last="2024-03", wage="5000", insurances="pension"),
        )
        filed(counter, clerk, "wage-adjust", named(new, from_month="2024-05", wage="8000"))

        records = ask(counter, clerk, "payment-records")
        back = [(row["month"], row["insurance"], row["base"], row["person"]) for row in records]
        assert sorted(back) == [("2024-02", "养老", "5000.00", "400.00"), ("2024-03", "养老", "5000.00", "400.00")]
        (mine,) = [
            one
            for one in clerk.client.preview(Month(2024, 5), ["pension"])["people"]
            if one["identity"] == new.identity
        ]
        may = [line for line in mine["lines"] if line["month"] == "2024-05"]
        assert [(line["base"], line["person"]) for line in may] == [("8000.00", "640.00")]


@pytest.mark.parametrize(
    ("region_id", "item"),
    [
        ("yichang", "notice-revoke"),
        ("yichang", "project-bill-revoke"),
        ("yichang", "mine-bill-revoke"),
        ("shaanxi", "notice-revoke"),
        ("zaozhuang", "notice-revoke"),
    ],
)
def test_a_revoked_bill_is_void_and_what_it_billed_is_open_again(
    open_bureau: Opener, region_id: str, item: str
) -> None:
    with open_bureau(region_id, review=Review.AUTOMATIC) as counter:
        clerk, month = counter.clerk(), str(month_of(region_id))
        region = counter.office.region(region_id)
        number = done(clerk, "payment", {"month": month, "insurances": ALL}).notice
        if region.payment.separate_notice:
            number = billed(clerk, "arrears-payment", month)
        assert number is not None
        total = clerk.client.notice(number).notice.total

        filed(counter, clerk, item, {"bill": number})

        assert clerk.client.notice(number).state == "revoked"
        assert clerk.client.preview(month_of(region_id), ALL.split(","))["total"] == f"{total:.2f}"


def test_a_public_bodys_newcomer_has_injury_insurance_alone(open_bureau: Opener) -> None:
    with open_bureau("yichang", review=Review.AUTOMATIC) as counter:
        clerk, new = counter.clerk(), training.people("yichang", Role.NEWCOMER)[2]
        values = enrol_values(new, "2022-08-01", wage="6000.00", insurances="injury")
        filed(counter, clerk, "office-injury-enrol", values)
        (row,) = ask(counter, clerk, "roster", identity=new.identity)
        assert row["insurances"] == "工伤"
        lines = [
            one
            for one in clerk.client.preview(Month(2022, 8), ALL.split(","))["people"]
            if one["identity"] == new.identity
        ]
        assert [(line["insurance"], line["unit"]) for line in lines[0]["lines"]] == [("injury", "12.00")]


@pytest.mark.parametrize("region_id", ALL_REGIONS)
def test_a_paid_month_reaches_everybody(open_bureau: Opener, region_id: str) -> None:
    with open_bureau(region_id, review=Review.AUTOMATIC) as counter:
        clerk, month = counter.clerk(), month_of(region_id)
        number = done(clerk, "payment", {"month": str(month), "insurances": ALL}).notice
        if counter.office.region(region_id).payment.separate_notice:
            number = billed(clerk, "notice", str(month))
        assert number is not None
        people = clerk.client.notice(number).notice.people
        assert people == len(training.people(region_id, Role.ACTIVE))
        counter.office.advance(timedelta(days=1))
        desk.pay(counter.office, number)
        counter.office.advance(timedelta(days=15))

        paid = [one for one in clerk.client.people() if one.paid_until == month]
        assert len(paid) == people


@pytest.mark.parametrize("region_id", ALL_REGIONS)
def test_the_first_day_of_work_is_told_of_whoever_can_be_taken_over(open_bureau: Opener, region_id: str) -> None:
    """湖北 (seed 002, 单位职工参保登记/续保): 续保人员的首次参工时间由系统带出."""
    with open_bureau(region_id) as counter:
        clerk = counter.clerk()
        told = {
            role: training.people(region_id, role)[0]
            for role in (Role.ACTIVE, Role.LEFT, Role.ELSEWHERE, Role.NEWCOMER)
        }
        facts = clerk.client.lookup([one.identity for one in told.values()])
        known = dict(zip(told, (fact.first_work for fact in facts), strict=True))
        assert (known[Role.ACTIVE], known[Role.LEFT]) == (told[Role.ACTIVE].first_work, told[Role.LEFT].first_work)
        assert (known[Role.ELSEWHERE], known[Role.NEWCOMER]) == (None, None)

"""What the bureau does with enrolments, stops and payments, on its own data and with the amounts of the sources."""

from datetime import timedelta
from decimal import Decimal

import pytest

from app.domain.months import Month
from app.rules.ground import Standing
from bureau import training
from bureau.training import Role
from tests.bureau.conftest import Opener
from tests.support.bureau import Clerk, enrol_values
from tests.support.office import Counter, add_unit, insure

ALL = "pension,unemployment,injury"
AUGUST = Month(2022, 8)


def person(role: Role, region: str = "yichang", place: int = 0) -> training.TrainingPerson:
    return training.people(region, role)[place]


def lines_of(clerk: Clerk, one: training.TrainingPerson, month: Month = AUGUST) -> list[tuple[str, str, str, str]]:
    """Insurance, month, kind and unit's amount of what would be billed for a person."""
    people = clerk.client.preview(month, ALL.split(","))["people"]
    return [
        (line["insurance"], line["month"], line["kind"], line["unit"])
        for row in people
        if row["identity"] == one.identity
        for line in row["lines"]
    ]


def standing_of(clerk: Clerk, one: training.TrainingPerson) -> Standing:
    return clerk.client.lookup([one.identity])[0].standing


def codes(counter: Counter, item: str, values: dict[str, str]) -> list[str]:
    return [one.code for one in counter.clerk().file(item, values).findings]


def stop_values(one: training.TrainingPerson, day: str) -> dict[str, str]:
    return {"identity": one.identity, "name": one.name, "stop_date": day, "reason": "222"}


@pytest.mark.parametrize(
    ("role", "standing"),
    [
        (Role.ACTIVE, Standing.ACTIVE_HERE),
        (Role.PAUSED, Standing.PAUSED_HERE),
        (Role.ELSEWHERE, Standing.INSURED_ELSEWHERE),
        (Role.ELSEWHERE_PAID, Standing.INSURED_ELSEWHERE),
        (Role.LEFT, Standing.PAUSED_ELSEWHERE),
        (Role.LEFT_PAID, Standing.PAUSED_ELSEWHERE),
        (Role.NEWCOMER, Standing.NEW),
    ],
)
@pytest.mark.parametrize("region", ["yichang", "zaozhuang"])
def test_the_training_people_stand_as_their_roles_say(
    open_bureau: Opener, region: str, role: Role, standing: Standing
) -> None:
    with open_bureau(region) as counter:
        clerk = counter.clerk()
        everybody = training.people(region, role)

        found = clerk.client.lookup([one.identity for one in everybody])

        assert [(one.identity, one.standing) for one in found] == [(one.identity, standing) for one in everybody]


def test_of_strangers_no_more_is_told_than_an_enrolment_needs(counter: Counter) -> None:
    (stranger,) = counter.clerk().client.lookup([person(Role.ELSEWHERE_PAID).identity])

    assert (stranger.base, stranger.since, stranger.insurances, stranger.paid_until) == (None, None, (), None)
    assert (stranger.name, stranger.paid_elsewhere) == (person(Role.ELSEWHERE_PAID).name, AUGUST)


def test_the_roster_is_the_units_own(any_counter: Counter) -> None:
    mine = {one.identity for role in (Role.ACTIVE, Role.PAUSED) for one in training.people("yichang", role)}

    roster = any_counter.clerk().client.people()

    assert {one.identity for one in roster} == mine
    active = next(one for one in roster if one.identity == person(Role.ACTIVE).identity)
    assert (active.base, active.declared_until, active.paid_until) == (Decimal(3450), Month(2022, 7), Month(2022, 7))


def test_the_months_amounts_are_those_of_the_sources(counter: Counter) -> None:
    """宜昌 2022-08, base 3450, class 1: 552/276, 24.15/10.35, 6.90 (seed 002, 常见问题 5–6)."""
    clerk = counter.clerk()

    rows = clerk.client.preview(AUGUST, ALL.split(","))["people"]

    lowest = next(row for row in rows if row["identity"] == person(Role.ACTIVE).identity)
    assert [(line["unit"], line["person"]) for line in lowest["lines"]] == [
        ("552.00", "276.00"),
        ("24.15", "10.35"),
        ("6.90", None),
    ]


def test_who_starts_this_month_is_declared_with_the_others(counter: Counter) -> None:
    clerk, one = counter.clerk(), person(Role.NEWCOMER)

    assert clerk.file("enrol", enrol_values(one, "2022-08-01")).state == "approved"

    assert standing_of(clerk, one) is Standing.ACTIVE_HERE
    assert {line[1:3] for line in lines_of(clerk, one)} == {("2022-08", "normal")}


def test_a_start_up_to_three_months_back_is_collected_by_itself(open_bureau: Opener) -> None:
    with open_bureau(clock="2022-10-11T09:00:00") as counter:
        clerk, one = counter.clerk(), person(Role.NEWCOMER)

        result = clerk.file("enrol", enrol_values(one, "2022-07-15"))

        assert [finding.code for finding in result.findings] == ["work-start-collected"]
        lines = lines_of(clerk, one, Month(2022, 10))
        assert [line[1:3] for line in lines if line[0] == "injury"] == [
            ("2022-07", "back"),
            ("2022-08", "back"),
            ("2022-09", "back"),
            ("2022-10", "normal"),
        ]


def test_a_start_earlier_than_that_waits_for_the_contract_back_payment(open_bureau: Opener) -> None:
    with open_bureau(clock="2022-11-08T09:00:00") as counter:
        clerk, one = counter.clerk(), person(Role.NEWCOMER)

        result = clerk.file("enrol", enrol_values(one, "2022-07-15"))

        assert [(one.code, one.facts["bureau_says"]) for one in result.findings] == [
            ("work-start-contract", "该人员还需申报劳动合同补缴业务")
        ]
        assert {line[1] for line in lines_of(clerk, one, Month(2022, 11))} == {"2022-11"}


def test_arrears_without_a_rate_in_the_sources_are_refused_and_nothing_is_done(open_bureau: Opener) -> None:
    with open_bureau(clock="2021-12-08T09:00:00") as counter:
        clerk, one = counter.clerk(), person(Role.NEWCOMER)

        result = clerk.file("enrol", enrol_values(one, "2021-10-08"))

        assert not result.accepted
        assert result.findings[-1].code == "parameter-unknown"
        assert standing_of(clerk, one) is Standing.NEW


def test_where_the_old_employer_has_paid_only_injury_is_collected(counter: Counter) -> None:
    clerk, one = counter.clerk(), person(Role.LEFT_PAID)

    result = clerk.file("enrol", enrol_values(one, "2022-08-01"))

    assert [finding.code for finding in result.findings] == ["injury-only"]
    assert [line[:3] for line in lines_of(clerk, one)] == [("injury", "2022-08", "injury-only")]


@pytest.mark.parametrize("role", [Role.ELSEWHERE, Role.ELSEWHERE_PAID])
def test_who_is_insured_elsewhere_is_stopped_there_first(counter: Counter, role: Role) -> None:
    assert "insured-elsewhere" in codes(counter, "enrol", enrol_values(person(role), "2022-08-01"))


def test_once_stopped_there_the_person_can_be_enrolled_here(any_counter: Counter) -> None:
    there, here = any_counter.clerk(training.neighbour("yichang")), any_counter.clerk()
    one = person(Role.ELSEWHERE)

    assert there.file("stop", stop_values(one, "2022-07-31")).accepted
    assert here.file("enrol", enrol_values(one, "2022-08-01")).accepted

    assert standing_of(here, one) is Standing.ACTIVE_HERE
    assert standing_of(there, one) is Standing.INSURED_ELSEWHERE


def test_who_is_enrolled_after_the_declaration_is_charged_at_once(any_counter: Counter) -> None:
    clerk, late = any_counter.clerk(), person(Role.NEWCOMER)
    assert clerk.file("payment", {"month": "2022-08", "insurances": "unemployment,injury"}).accepted
    assert clerk.file("notice", {"month": "2022-08"}).notice

    assert clerk.file("enrol", enrol_values(late, "2022-08-01")).accepted

    # For the insurances that the month was declared for, and for this person alone.
    assert [line[:3] for line in lines_of(clerk, late)] == [
        ("unemployment", "2022-08", "normal"),
        ("injury", "2022-08", "normal"),
    ]
    assert len(clerk.client.preview(AUGUST, ALL.split(","))["people"]) == 1
    assert clerk.client.unit()[0].unbilled_charges


def test_a_paused_person_goes_on_in_a_new_spell(counter: Counter) -> None:
    clerk, one = counter.clerk(), person(Role.PAUSED)

    assert clerk.file("enrol", enrol_values(one, "2022-08-01", wage="7000.00", reason="121")).accepted

    (facts,) = clerk.client.lookup([one.identity])
    assert (facts.standing, facts.since, facts.base) == (Standing.ACTIVE_HERE, AUGUST, Decimal(7000))
    assert {line[1] for line in lines_of(clerk, one)} == {"2022-08"}


def test_nobody_is_enrolled_twice(counter: Counter) -> None:
    one = person(Role.NEWCOMER)

    assert codes(counter, "enrol", enrol_values(one, "2022-08-01")) == []
    assert codes(counter, "enrol", enrol_values(one, "2022-08-01")) == ["already-insured"]


def test_a_stop_counts_from_the_month_after_its_day(counter: Counter) -> None:
    clerk, one = counter.clerk(), person(Role.ACTIVE)

    assert clerk.file("stop", stop_values(one, "2022-07-31")).accepted

    (facts,) = clerk.client.lookup([one.identity])
    assert (facts.standing, facts.stopped_from) == (Standing.PAUSED_HERE, AUGUST)
    assert lines_of(clerk, one) == []


def test_the_month_of_the_stop_has_to_be_declared_first(counter: Counter) -> None:
    clerk, one = counter.clerk(), person(Role.ACTIVE)
    refused = clerk.file("stop", stop_values(one, "2022-08-05"))
    clerk.file("payment", {"month": "2022-08", "insurances": ALL})

    assert [finding.code for finding in refused.findings] == ["stop-month-unpaid"]
    assert clerk.file("stop", stop_values(one, "2022-08-05")).accepted
    assert {line[1] for line in lines_of(clerk, one)} == {"2022-08"}


def test_stopping_some_insurances_leaves_the_others(counter: Counter) -> None:
    clerk, one = counter.clerk(), person(Role.ACTIVE)

    clerk.file("stop", {**stop_values(one, "2022-07-31"), "insurances": "pension,unemployment"})

    (facts,) = clerk.client.lookup([one.identity])
    assert (facts.standing, facts.insurances) == (Standing.ACTIVE_HERE, ("injury",))


def test_only_own_people_can_be_stopped(counter: Counter) -> None:
    for role in (Role.PAUSED, Role.ELSEWHERE, Role.NEWCOMER):
        assert codes(counter, "stop", stop_values(person(role), "2022-07-31")) == ["not-insured-to-stop"]


@pytest.mark.parametrize(("month", "code"), [("2022-07", "month-declared"), ("2022-09", "month-future")])
def test_only_the_current_month_is_declared(counter: Counter, month: str, code: str) -> None:
    assert code in codes(counter, "payment", {"month": month, "insurances": ALL})


def test_a_month_is_declared_once(counter: Counter) -> None:
    values = {"month": "2022-08", "insurances": ALL}

    assert codes(counter, "payment", values) == []
    assert codes(counter, "payment", values) == ["month-declared"]


def test_a_missed_month_is_told_in_the_bureaus_own_words(open_bureau: Opener) -> None:
    with open_bureau() as counter:
        counter.office.advance(timedelta(days=40))
        clerk = counter.clerk()

        result = clerk.file("payment", {"month": "2022-09", "insurances": ALL})

        (finding,) = result.findings
        assert (finding.code, finding.facts["bureau_says"]) == (
            "months-missed",
            "该单位的最大做账期号不等于上一月或者当前月！",
        )


def test_a_notice_needs_something_to_bill(counter: Counter) -> None:
    assert codes(counter, "notice", {"month": "2022-08"}) == ["nothing-to-bill"]


def test_the_preview_is_what_is_billed(any_counter: Counter) -> None:
    clerk = any_counter.clerk()
    clerk.file("enrol", enrol_values(person(Role.NEWCOMER), "2022-07-04"))
    clerk.file("enrol", enrol_values(person(Role.LEFT_PAID), "2022-08-01"))
    promised = clerk.client.preview(AUGUST, ALL.split(","))

    clerk.file("payment", {"month": "2022-08", "insurances": ALL})
    number = clerk.file("notice", {"month": "2022-08"}).notice

    assert number is not None
    billed = clerk.client.notice(number)
    assert f"{billed.notice.total:.2f}" == promised["total"]
    assert sorted(map(str, billed.people)) == sorted(map(str, promised["people"]))
    assert sum(line.total for line in billed.notice.lines) == billed.notice.total
    assert sum(detail.payable for detail in billed.notice.details) == billed.notice.total
    assert [one.kind for one in billed.notice.details] == ["单位整体核定", "个人补收核定", "工伤保险单独核定"]


def test_the_notice_of_the_source_comes_out_to_the_fen(open_bureau: Opener) -> None:
    """随州 sample of seed 002: bases 9310 and 9320, class 1: 130.41 + 55.89 + 18.63 = 204.93, void after 2021-11-29."""
    post = training.TrainingUnit(
        "yichang", "100047513", "示例邮政服务有限公司", "91421300MA4908642A", "1", tripartite=True
    )
    with open_bureau(clock="2021-11-13T10:24:00") as counter:
        add_unit(counter.office, post, "2021-10", "unemployment,injury")
        for place, base in enumerate((9310, 9320)):
            one = person(Role.NEWCOMER, place=place)
            paid = training.TrainingPerson(one.identity, one.name, one.role, Decimal(base), one.first_work)
            insure(counter.office, post, paid, "2021-01")
        clerk = counter.clerk(post)
        clerk.file("payment", {"month": "2021-11", "insurances": "unemployment,injury"})
        number = clerk.file("notice", {"month": "2021-11"}).notice

        assert number is not None
        notice = clerk.client.notice(number).notice

    assert [(line.insurance, line.unit, line.person) for line in notice.lines] == [
        ("unemployment", Decimal("130.41"), Decimal("55.89")),
        ("injury", Decimal("18.63"), Decimal("0.00")),
    ]
    assert (notice.total, notice.people) == (Decimal("204.93"), 2)
    assert (str(notice.issued_on), str(notice.due_on)) == ("2021-11-13", "2021-11-29")
    assert number.startswith("20211113")
    assert len(number) == 16


def test_a_region_without_separate_notices_bills_with_the_declaration(open_bureau: Opener) -> None:
    with open_bureau("zaozhuang") as counter:
        clerk = counter.clerk()

        result = clerk.file("payment", {"month": "2021-11", "insurances": ALL})

        assert result.notice is not None
        assert clerk.client.unit()[0].open_bill == result.notice
        (listed,) = clerk.client.notices()
        assert (listed["due_on"], listed["bill_name"]) == (None, "社会保险缴费单据")


def test_in_zaozhuang_nobody_is_added_once_the_month_is_declared(open_bureau: Opener) -> None:
    with open_bureau("zaozhuang") as counter:
        clerk = counter.clerk()
        clerk.file("payment", {"month": "2021-11", "insurances": ALL})
        stamped = [clerk.attach("enrol")]

        late = clerk.file("enrol", enrol_values(person(Role.NEWCOMER, "zaozhuang"), "2021-11-01"), attachments=stamped)

        assert [one.code for one in late.findings] == ["enrol-after-payment"]

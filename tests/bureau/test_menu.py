"""湖北's menu beyond the month: what is kept can be asked for, what is asked for is followed, what waits is told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from app.domain.months import Month
from app.regions.pack import Review
from bureau import training
from bureau.training import Role
from tests.bureau.conftest import Opener
from tests.support.bureau import enrol_values
from tests.support.filing import ALL, ask, done, named
from tests.support.office import Counter

ACTIVE = training.people("yichang", Role.ACTIVE)
NEWCOMER = training.people("yichang", Role.NEWCOMER)[0]
PROJECT = {
    "project": "项目0001",
    "project_name": "示例路改造工程",
    "cost": "12000000",
    "begins": "2022-08-01",
    "ends": "2023-07-31",
}


@pytest.fixture
def automatic(open_bureau: Opener) -> Iterator[Counter]:
    """Everything is approved at once."""
    with open_bureau(review=Review.AUTOMATIC) as counter:
        yield counter


@pytest.mark.parametrize("item", ["project-register", "mine-register", "project-insure"])
def test_a_projects_data_is_kept_and_its_change_told_old_and_new(automatic: Counter, item: str) -> None:
    clerk = automatic.clerk()
    change = "mine-data" if item == "mine-register" else "project-data"
    done(clerk, item, PROJECT, "contract")
    done(clerk, change, {**PROJECT, "ends": "2023-12-31"}, "contract")

    rows = ask(automatic, clerk, "data-changes")

    assert {row["about"] for row in rows} == {"项目 项目0001"}
    assert (rows[0]["name"], rows[0]["old"], rows[0]["new"]) == ("竣工日期", "2023-07-31", "2023-12-31")
    assert {row["name"]: row["new"] for row in rows[1:]}["项目名称"] == "示例路改造工程"
    assert len(rows) == 5  # what did not change is not told


@pytest.mark.parametrize(
    ("item", "values", "slot", "told"),
    [
        (
            "benefit-account",
            {"bank": "示例银行", "account": "6222000000000000000"},
            None,
            "银行账号 6222000000000000000",
        ),
        ("benefit-card", {"happened": "2022-08-01"}, None, "发生日期 2022-08-01"),
        ("benefit-suspend", {"happened": "2022-08-01"}, None, "发生日期 2022-08-01"),
        ("benefit-resume", {"happened": "2022-08-02"}, None, "发生日期 2022-08-02"),
        ("benefit-stop", {"happened": "2022-08-03"}, "proof1", "发生日期 2022-08-03"),
        ("survivor-end", {"happened": "2022-08-04"}, None, "发生日期 2022-08-04"),
        ("deemed-years", {"first": "1990-01", "last": "1995-12"}, "file", "结束年月 1995-12"),
    ],
)
def test_what_is_told_of_a_person_can_be_asked_for(
    automatic: Counter, item: str, values: dict[str, str], slot: str | None, told: str
) -> None:
    clerk, one = automatic.clerk(), ACTIVE[0]
    done(clerk, item, named(one, **values), slot)

    rows = ask(automatic, clerk, "data-changes")

    name = automatic.office.region("yichang").items[item].name
    assert (one.name, name, told) in [(row["about"], row["name"], row["new"]) for row in rows]
    stranger = automatic.clerk(training.neighbour("yichang"))
    assert ask(automatic, stranger, "data-changes") == []


@pytest.mark.parametrize(
    ("item", "key", "direction"), [("transfer-in", "from_place", "转入"), ("transfer-out", "to_place", "转出")]
)
def test_a_transfer_is_followed(open_bureau: Opener, item: str, key: str, direction: str) -> None:
    from bureau import counter as desk

    with open_bureau() as counter:
        clerk, one = counter.clerk(), ACTIVE[0]
        result = clerk.file(item, named(one, **{key: "广东省深圳市"}))
        (waiting,) = ask(counter, clerk, "transfers")
        desk.approve(counter.office, result.filing or "")
        (approved,) = ask(counter, clerk, "transfers")

        assert (waiting["identity"], waiting["direction"]) == (one.identity, direction)
        assert waiting["progress"] == "广东省深圳市：审核中"
        assert approved["progress"] == "广东省深圳市：已通过"


def test_who_was_announced_waits_until_enrolled(automatic: Counter) -> None:
    clerk = automatic.clerk()
    done(clerk, "injury-notice", named(NEWCOMER, start="2022-08-01"))
    assert [row["what"] for row in ask(automatic, clerk, "to-do")] == [f"{NEWCOMER.name} 已备案，还没有参保"]
    assert clerk.client.lookup([NEWCOMER.identity])[0].standing.value == "new"

    done(clerk, "enrol", enrol_values(NEWCOMER, "2022-08-01"))

    assert ask(automatic, clerk, "to-do") == []


@pytest.mark.parametrize("item", ["disability-retirement", "special-work-retirement", "veteran-retirement"])
def test_an_approved_early_retirement_ends_the_assessment_by_itself(automatic: Counter, item: str) -> None:
    """Seed 002, 常见问题 17: “退休时间次月会自动不参与下期缴费核定，不需要做停保”."""
    clerk, one = automatic.clerk(), ACTIVE[5]
    attachments = [clerk.attach("file"), clerk.attach("proof", b"%PDF-1.7 proof")]
    result = clerk.file(item, named(one, retires="2022-07"), attachments=attachments)

    assert result.state == "approved"
    (row,) = ask(automatic, clerk, "retirements")
    assert (row["identity"], row["retires"], row["state"]) == (one.identity, "2022-07", "已通过")
    assert row["item"] == automatic.office.region("yichang").items[item].name
    assert ask(automatic, clerk, "retirements", first="2022-09") == []
    paid = {line["identity"] for line in clerk.client.preview(Month(2022, 8), ALL.split(","))["people"]}
    assert one.identity not in paid
    assert len(paid) == len(ACTIVE) - 1


@pytest.mark.parametrize(
    ("item", "values", "slots"),
    [
        ("benefit-claim", {"bank": "示例银行", "account": "6222000000000000000"}, ()),
        ("unemployment-claim", {"phone": "13800000000", "bank": "示例银行", "account": "6222000000000000000"}, ()),
        (
            "funeral-claim",
            {"happened": "2022-08-01", "bank": "示例银行", "account": "6222000000000000000"},
            ("proof1", "proof2"),
        ),
        ("employed-death-claim", {"happened": "2022-08-01"}, ("proof1",)),
        (
            "retired-death-claim",
            {"happened": "2022-08-01", "bank": "示例银行", "account": "6222000000000000000"},
            ("proof1",),
        ),
        ("survivor-claim", {"note": "无"}, ()),
        ("batch-qualification", {"note": "无"}, ()),
    ],
)
def test_what_the_sources_only_name_is_reviewed_and_kept(
    open_bureau: Opener, item: str, values: dict[str, str], slots: tuple[str, ...]
) -> None:
    from bureau import counter as desk

    with open_bureau() as counter:
        clerk, one = counter.clerk(), ACTIVE[0]
        if item == "unemployment-claim":
            one = training.people("yichang", Role.PAUSED)[0]
        before = clerk.client.people()
        attachments = [clerk.attach(slot, f"%PDF-1.7 {slot}".encode()) for slot in slots]
        result = clerk.file(item, named(one, **values), attachments=attachments)
        assert (result.state, [one.code for one in result.findings if one.stops]) == ("under-review", [])
        (waiting,) = ask(counter, clerk, "to-do")
        assert waiting["number"] == result.filing

        desk.approve(counter.office, result.filing or "")

        assert ask(counter, clerk, "to-do") == []
        (kept,) = ask(counter, clerk, "filings")
        assert (kept["filing"], kept["identity"], kept["state"]) == (result.filing, one.identity, "已通过")
        counter.office.advance(timedelta(days=40))
        assert [fact.standing for fact in clerk.client.people()] == [fact.standing for fact in before]


@pytest.mark.parametrize(
    ("item", "values"),
    [
        ("project-fee", {"project": "项目0001", "cost": "12000000"}),
        ("mine-fee", {"project": "矿山0001", "cost": "3000000"}),
        ("job-subsidy", {"bank": "示例银行", "account": "6222000000000000000", "holder": "示例机械有限公司"}),
    ],
)
def test_what_the_bureau_reckons_itself_waits_for_it(open_bureau: Opener, item: str, values: dict[str, str]) -> None:
    with open_bureau() as counter:
        clerk = counter.clerk()
        result = clerk.file(item, values)
        (waiting,) = ask(counter, clerk, "to-do")
        assert (result.state, waiting["number"], waiting["remedy"]) == ("under-review", result.filing, "等审核，或撤回")

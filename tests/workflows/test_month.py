"""The month as the workbench tells of it, from the store alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

import pytest

from app.bureau_api.client import Bureau, QueryColumn, QueryTable
from app.domain.filings import FilingState
from app.domain.months import Month
from app.rules.ground import UnitFacts
from app.workflows import drafts, month, queries
from app.workflows.desk import CHINA, Desk
from app.workflows.month import MonthState
from ui.workbench.steps import steps

NOW = datetime(2022, 8, 10, 9, 0, tzinfo=CHINA)
AUGUST = Month(2022, 8)
UNIT = UnitFacts("4205001024", "示例机械有限公司", "91420500MA4901234M", "1", ("pension",), Month(2022, 6))
NOTICE = {
    "number": "2022080810000001",
    "month": "2022-08",
    "total": "869.40",
    "issued_on": "2022-08-08",
    "due_on": "2022-08-22",
    "state": "open",
    "bill_name": "社会保险费应缴认定单",
}


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("SHEBAO_KEY_IN_FILE", "1")
    desk = Desk(tmp_path / "home", system_clock=lambda: NOW)
    yield desk
    desk.close()


def test_before_the_first_login_nothing_is_claimed(desk: Desk) -> None:
    drafts.keep(desk, "yichang", "", "enrol", [{"name": "张示例"}, {"name": "李示例"}])
    seen = month.view(desk, "yichang", "", AUGUST)

    assert seen.declared is None
    assert seen.heard_at is None
    assert seen.drafts == 2
    assert {one.item: one.drafts for one in seen.tallies if one.drafts} == {"enrol": 2}
    assert seen.strip[-1] == (AUGUST, MonthState.CURRENT)
    assert {state for _, state in seen.strip[:-1]} == {MonthState.UNKNOWN}


def test_other_months_and_regions_are_not_counted_with_it(desk: Desk) -> None:
    one, two, three = drafts.keep(desk, "yichang", UNIT.number, "enrol", [{"name": "张示例"}] * 3)
    drafts.keep(desk, "ningbo", UNIT.number, "enrol", [{"name": "王示例"}])
    drafts.keep_columns(desk, "yichang", UNIT.number, "stop", [{"name": ["李示例", "赵示例"]}])
    desk.filings.add([two._replace(id="f" * 32, month=AUGUST + 1)])
    drafts.void(desk, three)
    refused = one._replace(state=FilingState.REJECTED, revision=one.revision + 1)
    desk.filings.save(refused)
    seen = month.view(desk, "yichang", UNIT.number, AUGUST)

    assert seen.drafts == 4
    assert [one.id for one in seen.rejected] == [refused.id]
    (tally,) = (one for one in seen.tallies if one.item == "enrol")
    assert (tally.drafts, tally.under_way, tally.approved, tally.rejected) == (1, 0, 0, 1)


def test_a_missed_month_is_told_from_the_current_one(desk: Desk) -> None:
    drafts.remember(desk, UNIT, [])
    seen = month.view(desk, "yichang", UNIT.number, AUGUST)

    assert seen.declared is False
    assert [state for _, state in seen.strip[-3:]] == [MonthState.DECLARED, MonthState.MISSED, MonthState.CURRENT]
    assert len(seen.strip) == 12
    assert month.view(desk, "yichang", UNIT.number, Month(2022, 6)).declared is True


def test_a_declared_current_month_is_no_longer_open(desk: Desk) -> None:
    drafts.remember(desk, UNIT._replace(last_period=AUGUST), [])

    assert month.view(desk, "yichang", UNIT.number, AUGUST).strip[-1] == (AUGUST, MonthState.DECLARED)


def test_an_open_notice_counts_the_working_days_left(desk: Desk) -> None:
    drafts.remember(desk, UNIT, [])
    desk.said.put(UNIT.number, "notices", [NOTICE], NOW)
    seen = month.view(desk, "yichang", UNIT.number, AUGUST)

    assert seen.bill is not None
    assert (str(seen.bill.total), seen.bill.is_open) == ("869.40", True)
    # 10, 11, 12, 15 to 19 and 22 August 2022.
    assert seen.bill_days_left == 9
    assert [one.name for one in seen.stages] == ["缴费认定", "税务开票", "税务登账", "社保登账", "实收分配"]
    assert all(one.reached_at is None for one in seen.stages)


def test_the_region_that_names_a_last_day_counts_down_to_it(desk: Desk) -> None:
    seen = month.view(desk, "zaozhuang", "", AUGUST)

    assert seen.declare_by is not None
    assert seen.declare_by.day == 20
    assert seen.working_days_left == 8


def test_kept_stages_belong_to_their_notice_only(desk: Desk) -> None:
    drafts.remember(desk, UNIT, [])
    reached = [{"key": "assessed", "name": "缴费认定", "reached_at": NOW.isoformat(), "expected_by": None}]
    desk.said.put(UNIT.number, "notices", [NOTICE], NOW)
    desk.said.put(UNIT.number, month.STAGES, {"number": NOTICE["number"], "stages": reached}, NOW)
    assert month.view(desk, "yichang", UNIT.number, AUGUST).stages[0].reached_at == NOW
    desk.said.put(UNIT.number, "notices", [{**NOTICE, "number": "2022080810000002"}], NOW)

    assert month.view(desk, "yichang", UNIT.number, AUGUST).stages[0].reached_at is None


def test_refused_filings_wait_for_the_clerk(desk: Desk) -> None:
    (filing,) = drafts.keep(desk, "yichang", UNIT.number, "enrol", [{"name": "张示例"}])
    for state in (FilingState.CHECKED, FilingState.SEALED, FilingState.QUEUED, FilingState.SENT, FilingState.REJECTED):
        filing = filing.moved(state, NOW)
        desk.filings.save(filing)
    seen = month.view(desk, "yichang", UNIT.number, AUGUST)

    assert [one.id for one in seen.rejected] == [filing.id]
    assert next(one.rejected for one in seen.tallies if one.item == "enrol") == 1
    assert seen.drafts == 0


def test_the_bureau_is_heard_by_its_own_clock(desk: Desk) -> None:
    desk.heard_time(datetime(2023, 1, 10, 9, 0, tzinfo=CHINA))
    drafts.remember(desk, UNIT, [])

    assert month.heard_at(desk, UNIT.number, "unit") == datetime(2023, 1, 10, 9, 0, tzinfo=CHINA)


def test_the_yearly_wages_have_their_window_and_their_term(desk: Desk) -> None:
    drafts.remember(desk, UNIT._replace(wages_declared_for=2021), [])
    window = month.view(desk, "yichang", UNIT.number, AUGUST).wages

    assert window is not None
    assert (str(window.opens), str(window.closes), str(window.required_from)) == (
        "2022-04-01",
        "2022-06-30",
        "2022-07-01",
    )
    assert window.declared is False
    titles = {one.title: one for one in steps(month.view(desk, "yichang", UNIT.number, AUGUST))}
    assert "不能缴费" in titles[window.name].words
    drafts.remember(desk, UNIT._replace(wages_declared_for=2022), [])
    assert window.name not in {one.title for one in steps(month.view(desk, "yichang", UNIT.number, AUGUST))}


@pytest.mark.parametrize(
    ("state", "action"),
    [("未申报", "去申报"), ("申报成功待缴款", "去缴款"), ("实时扣款状态不明", "看说明"), ("", "看税务")],
)
def test_who_pays_at_the_tax_office_is_led_there(desk: Desk, state: str, action: str) -> None:
    drafts.remember(desk, UNIT, [])
    desk.said.put(UNIT.number, "notices", [NOTICE], NOW)
    columns = (QueryColumn("number", "单号", "text"), QueryColumn("state", "状态", "text"))
    table = QueryTable(columns, ({"number": NOTICE["number"], "state": state},) if state else (), 1)

    class Asked(Bureau):
        def __init__(self) -> None:
            """Without a transport: one answer to everything."""

        def query(self, name: str, conditions: Mapping[str, str]) -> QueryTable:
            del name, conditions
            return table

    item = queries.query_item(desk.region("shaanxi"), "tax-bills")
    queries.ask(desk, Asked(), UNIT.number, item, {})
    found = {one.title: one for one in steps(month.view(desk, "shaanxi", UNIT.number, AUGUST))}
    assert found["税务申报缴款"].action == action
    assert found["税务申报缴款"].page == "tax"

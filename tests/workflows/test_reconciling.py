"""A payroll held against the roster of the training ground: what differs, what it costs, what would mend it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from app.errors import UsageError
from app.rules.ground import PersonFacts, Standing
from app.rules.reconcile import Kind
from app.workflows import drafts, reconciling
from tests.support.ground import Clerk
from tests.support.people import identity_number
from tests.support.workbooks import xlsx

HEADER = ("部门", "姓名", "身份证号", "应发工资", "离职日期")
NEWCOMER = identity_number(77, date(1991, 5, 4), "420502")
Row = tuple[str, str, str, float, str]


def insured(clerk: Clerk) -> list[PersonFacts]:
    """Who is insured on the training ground, with no stop ahead."""
    people = drafts.ground(clerk.ground.desk, clerk.session.unit.number).people or {}
    return [one for one in people.values() if one.standing is Standing.ACTIVE_HERE and one.stopped_from is None]


def rows_of(people: list[PersonFacts]) -> list[Row]:
    """A payroll that agrees with the roster."""
    return [("车间", one.name, one.identity, float(one.base or 0), "") for one in people]


def held(clerk: Clerk, tmp_path: Path, rows: list[Row]) -> reconciling.Held:
    """The payroll as HR sends it: a title, the header, a total below."""
    total: Row = ("合计", "", "", sum(float(str(one[3])) for one in rows), "")
    path = xlsx(tmp_path / "工资表.xlsx", [("2022年8月工资表",), HEADER, *rows, total])
    return reconciling.hold(clerk.ground.desk, path, clerk.session.unit.number, clerk.session.region)


def test_a_payroll_that_agrees_shows_nothing(clerk: Clerk, tmp_path: Path) -> None:
    people = insured(clerk)
    found = held(clerk, tmp_path, rows_of(people)).result
    assert (found.differences, found.same) == ((), len(people))
    assert found.before == found.after
    assert found.before is not None
    assert found.before > 0


def test_who_came_who_left_and_whose_wage_changed(clerk: Clerk, tmp_path: Path) -> None:
    people = insured(clerk)
    rows = rows_of(people)[1:]
    raised = people[1]
    rows[0] = (*rows[0][:3], float((raised.base or Decimal(0)) + 1000), "")
    rows.append(("车间", "新示例", NEWCOMER, 3450.0, ""))
    found = held(clerk, tmp_path, rows).result
    assert [(one.kind, one.identity) for one in found.differences] == [
        (Kind.MISSING, NEWCOMER),
        (Kind.LEFT, people[0].identity),
        (Kind.CHANGED, raised.identity),
    ]
    came, left, changed = found.differences
    # 宜昌 2022-08, base 3450, injury class 1: 869.40 in all (seed 002).
    assert came.change == Decimal("869.40")
    assert left.change == -(left.before or 0)
    assert changed.change is not None
    assert changed.change > 0
    assert found.before is not None
    assert found.after == found.before + sum((one.change or Decimal(0) for one in found.differences), Decimal(0))


def test_a_row_with_its_last_day_behind_it_has_left(clerk: Clerk, tmp_path: Path) -> None:
    people = insured(clerk)
    rows = rows_of(people)
    rows[0] = (*rows[0][:4], "2022-01-31")
    found = held(clerk, tmp_path, rows).result
    assert [(one.kind, one.identity, one.paid and one.paid.row) for one in found.differences] == [
        (Kind.LEFT, people[0].identity, 3)
    ]


def test_a_slip_of_the_pen_is_nobodys_leaving(clerk: Clerk, tmp_path: Path) -> None:
    people = insured(clerk)
    rows = rows_of(people)
    wrong = people[0].identity[:-1] + ("0" if people[0].identity[-1] != "0" else "1")
    rows[0] = (rows[0][0], people[0].name, wrong, *rows[0][3:])
    rows[1] = (rows[1][0], people[1].name, NEWCOMER, *rows[1][3:])
    outcome = held(clerk, tmp_path, rows)
    assert [finding.where.row for finding in outcome.checked.findings if finding.stops] == [3]
    found = outcome.result
    assert all(one.doubtful for one in found.differences)
    assert {one.identity for one in found.of(Kind.LEFT)} == {people[0].identity, people[1].identity}
    assert not reconciling.propose(clerk.ground.desk, clerk.session.unit.number, "yichang", found.differences)


def test_another_name_is_told_and_proposes_nothing(clerk: Clerk, tmp_path: Path) -> None:
    people = insured(clerk)
    rows = rows_of(people)
    rows[0] = (rows[0][0], "某示例", *rows[0][2:])
    found = held(clerk, tmp_path, rows).result
    (one,) = found.differences
    assert (one.kind, one.name, one.person and one.person.name) == (Kind.RENAMED, "某示例", people[0].name)
    assert found.before == found.after


def test_differences_become_drafts_once(clerk: Clerk, tmp_path: Path) -> None:
    people = insured(clerk)
    rows = [*rows_of(people)[1:], ("车间", "新示例", NEWCOMER, 3450.0, "")]
    rows[0] = (*rows[0][:3], 6000.0 if people[1].base != 6000 else 7000.0, "")
    found = held(clerk, tmp_path, rows).result
    desk, unit = clerk.ground.desk, clerk.session.unit.number
    made = reconciling.propose(desk, unit, "yichang", found.differences)
    assert {item: [one.values["identity"] for one in filings] for item, filings in made.items()} == {
        "enrol": [NEWCOMER],
        "stop": [people[0].identity],
        "wage": [people[1].identity],
    }
    assert made["enrol"][0].values["sex"]
    assert made["enrol"][0].values["wage"] == "3450.00"
    assert reconciling.propose(desk, unit, "yichang", found.differences) == {}
    pending = [replace(one, pending=True) for one in found.differences]
    assert reconciling.propose(desk, unit, "yichang", pending) == {}


def test_without_a_roster_there_is_nothing_to_hold_it_against(clerk: Clerk, tmp_path: Path) -> None:
    path = xlsx(tmp_path / "工资表.xlsx", [HEADER, ("车间", "新示例", NEWCOMER, 3450.0, "")])
    with pytest.raises(UsageError) as refused:
        reconciling.hold(clerk.ground.desk, path, "", "yichang")
    assert refused.value.code == "roster-unknown"


def test_two_payments_of_one_person_are_one_wage(clerk: Clerk, tmp_path: Path) -> None:
    people = insured(clerk)
    rows = rows_of(people)
    department, name, identity, base, _ = rows[0]
    rows[0] = (department, name, identity, base - 500, "")
    rows.append((department, name, identity, 500.0, ""))
    assert held(clerk, tmp_path, rows).result.differences == ()

    rows[-1] = (department, name, identity, 1500.0, "")
    found = held(clerk, tmp_path, rows)
    (one,) = found.result.differences
    assert (one.kind, one.wage) == (Kind.CHANGED, Decimal(str(base)) + 1000)
    assert one.paid is not None
    assert one.paid.more == (len(rows) + 2,)
    assert not found.unread

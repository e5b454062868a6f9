"""A table of drafts: checked as it is written, doubles found and let go, kept in the store as it stands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.filings import FilingState
from app.regions.pack import FilledBy
from app.rules.ground import Ground, PersonFacts, Standing
from app.workflows import batch, drafts, intake
from app.workflows.batch import Line, Table
from app.workflows.desk import Desk
from tests.support.ground import newcomer_rows
from tests.support.people import identity_number
from tests.support.workbooks import HEADER, xlsx

REGION, ITEM = "yichang", "enrol"
ONE, TWO = identity_number(11), identity_number(12)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("SHEBAO_KEY_IN_FILE", "1")
    made = Desk(tmp_path / "home")
    yield made
    made.close()


def table_of(desk: Desk, count: int = 2) -> Table:
    """People nobody knows yet, with nothing wrong in 宜昌's August 2022."""
    from datetime import date

    table = Table(desk.checker(REGION, ITEM), Ground(date(2022, 8, 8)))
    table.insert([(at, table.new_line(dict(row), row=at + 2)) for at, row in enumerate(newcomer_rows(count))])
    return table


def codes(line: Line) -> list[str]:
    return [one.code for one in line.findings]


def test_a_mistake_is_found_as_it_is_typed_and_goes_when_it_is_mended(desk: Desk) -> None:
    table = table_of(desk)
    line = table.lines[0]
    assert codes(line) == []

    table.write([(line, {"wage": "1000"})])
    assert codes(line) == ["base-below-floor"]
    assert table.ready == [table.lines[1]]
    table.write([(line, {"wage": "6,000"})])

    assert codes(line) == []
    assert line.values["wage"] == "6000.00"


def test_of_two_with_one_number_the_second_is_stopped_until_either_changes(desk: Desk) -> None:
    table = table_of(desk, 3)
    first, second, third = table.lines
    table.write([(third, {"identity": first.values["identity"]})])
    assert (codes(first), codes(second), codes(third)) == ([], [], ["duplicate-in-file"])
    assert third.findings[0].facts["other_row"] == "2"

    table.remove([first])
    assert codes(third) == []
    table.insert([(0, first)])
    assert codes(first) == ["duplicate-in-file"]
    table.write([(third, {"identity": ONE})])

    assert codes(first) == codes(third) == []


def test_another_number_tells_another_sex_and_birth_but_what_was_typed_stays(desk: Desk) -> None:
    table = table_of(desk, 1)
    (line,) = table.lines
    other = identity_number(20, area="420502")
    table.write([(line, {"identity": other})])
    assert (line.values["sex"], codes(line)) == ("2", [])

    table.write([(line, {"born": "1990-03-08"})])
    table.write([(line, {"identity": identity_number(21)})])

    assert line.values["born"] == "1990-03-08"
    assert "born-differs" in codes(line)


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from([ONE, TWO, ""])), max_size=12))
def test_doubles_depend_on_what_stands_there_not_on_how_it_came(steps: list[tuple[int, str]]) -> None:
    from datetime import date

    checker = Desk(Path("unused")).checker(REGION, ITEM)
    table = Table(checker, Ground(date(2022, 8, 8)))
    table.insert([(at, table.new_line({}, row=at + 1)) for at in range(4)])
    for at, identity in steps:
        table.write([(table.lines[at], {"identity": identity})])
    by_number: dict[str, list[Line]] = {}
    for line in table.lines:
        by_number.setdefault(line.values["identity"], []).append(line)
    for identity, lines in by_number.items():
        doubled = sum(any("duplicate" in code for code in codes(line)) for line in lines)
        assert doubled == (len(lines) - 1 if identity else 0)


def test_findings_are_grouped_by_kind_what_stops_first(desk: Desk) -> None:
    table = table_of(desk, 3)
    for line in table.lines[:2]:
        table.write([(line, {"wage": "1000"})])
    table.write([(table.lines[2], {"wage": "6003"})])
    groups = table.groups()

    assert [(one.code, one.stops, len(one.places)) for one in groups] == [
        ("base-below-floor", True, 2),
        ("base-not-on-step", False, 1),
    ]
    assert {key for one in groups for _, key in one.places} == {"wage"}


def test_what_the_bureau_said_stands_until_the_line_is_changed_and_stops_nothing(desk: Desk) -> None:
    from app.domain.findings import error

    table = table_of(desk, 1)
    (line,) = table.lines
    line.said = (error("already-filed", person="新示例"),)
    assert line.ready
    assert codes(line) == ["already-filed"]
    table.write([(line, {"name": "新示例甲"})])

    assert codes(line) == []


def test_the_store_follows_the_table(desk: Desk) -> None:
    rows = newcomer_rows(3)
    first = batch.keep_changes(desk, REGION, "", ITEM, [(None, row) for row in rows])
    kept = [one for one in first if one is not None]
    changed = {**rows[0], "wage": "7000.00"}
    second = batch.keep_changes(desk, REGION, "", ITEM, [(kept[0], changed), (kept[1], None)])
    there = batch.open_drafts(desk, REGION, "", ITEM)

    assert second[1] is None
    assert [one.id for one in there] == [kept[0].id, kept[2].id]
    assert there[0].values["wage"] == "7000.00"
    assert desk.filings.get(kept[1].id).state is FilingState.VOIDED


def test_a_file_becomes_drafts_and_goes_back_to_hr_with_what_is_still_wrong(desk: Desk, tmp_path: Path) -> None:
    sound = (1, "张示例", ONE, "2012-07-01", "2022-08-01", "新增", 6000)
    wrong = (2, "李示例", TWO[:-1], "2012-07-01", "2022-08-01", "新增", 6000)
    path = xlsx(tmp_path / "新员工.xlsx", [("新员工名单",), HEADER, sound, wrong])
    source = intake.read_file(desk, path, REGION, "", ITEM)
    assert isinstance(source, intake.FromFile)
    assert [line.row for line in source.lines] == [3, 4]
    assert [one.id for one in batch.open_drafts(desk, REGION, "", ITEM)] == [
        line.filing.id for line in source.lines if line.filing
    ]

    from openpyxl import load_workbook

    marked = tmp_path / "标错.xlsx"
    marked.write_bytes(intake.marked_file(source))
    sheet = load_workbook(marked).active
    assert sheet is not None
    assert "17 位" in sheet["C4"].comment.text
    assert sheet["C3"].comment is None
    again = intake.read_file(desk, marked, REGION, "", ITEM)
    assert isinstance(again, intake.FromFile)
    wrong_one = source.lines[1].filing
    assert wrong_one is not None
    assert wrong_one.id[:12] in again.returned
    assert "column-unused" not in {one.code for one in again.checked.general}


def test_a_look_up_fills_only_what_the_item_says_it_fills(desk: Desk) -> None:
    checker = desk.checker(REGION, ITEM)
    person = PersonFacts(ONE, "张示例", Standing.PAUSED_ELSEWHERE, number="42")
    told = batch.told_by_bureau(checker, person)

    assert told == {"name": "张示例"}
    assert all(checker.item.field(key).filled_by is FilledBy.LOOKUP for key in told)


def test_one_scan_goes_to_everybody_on_it(desk: Desk, tmp_path: Path) -> None:
    from app.documents import load_layout, render
    from app.domain.notices import RosterForm

    filings = drafts.keep(desk, REGION, "", ITEM, newcomer_rows(2))
    slot = desk.item(REGION, ITEM).attachments[0]
    layout = load_layout(desk.region(REGION).layout_path(slot.made_from or ""))
    scan = tmp_path / "增加表.pdf"
    scan.write_bytes(render(layout, RosterForm(title="增加表")).pdf)
    done = batch.attach_file_to_all(desk, filings, slot, scan)

    assert {one.attachments[0].sha256 for one in done} == {done[0].attachments[0].sha256}
    assert [desk.filings.get(one.id).attachments[0].name for one in filings] == ["增加表.pdf"] * 2

"""Whatever is written for a spreadsheet: text stays text, days are days, and nothing of it is ever calculated."""

from __future__ import annotations

import csv
import io
import re
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook as Book
from openpyxl import load_workbook

from app.bureau_api.client import QueryColumn, QueryTable
from app.domain.months import Month
from app.rules.engine import Checker
from app.rules.fields import Raw
from app.rules.ground import Ground, PersonFacts, Standing
from app.sheets import styles
from app.sheets.checking import check_workbook
from app.sheets.marking import PROBLEMS, marked
from app.sheets.sheet import Sheet, Workbook
from app.workflows import queries
from tests.support.packs import TODAY, region
from tests.support.people import identity_number

STARTS = ("=", "+", "-", "@", "\t", "\r")
HEADER = ("姓名", "身份证号", "入职日期", "月工资", "首次参工时间", "增加原因", "备注")
#: Anything that a cell or an answer of the bureau may hold, beginnings of formulas above all.
starts = st.sampled_from(("", *STARTS, "'=", " ="))
texts = st.builds(str.__add__, starts, st.text(st.characters(max_codepoint=0xD7FF), max_size=12))
few = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
DDE = "=cmd|'/c calc'!A1"


def cells(content: bytes) -> list[list[object]]:
    """What stands in the first sheet; fails where anything is a formula."""
    sheet = load_workbook(io.BytesIO(content)).worksheets[0]
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def harmless(text: str) -> bool:
    """Whether a cell of a CSV file is calculated by nobody: also an amount, and digits that a tab keeps whole."""
    return not text.startswith(STARTS) or bool(re.fullmatch(r"-?\d+(\.\d+)?|\t\d+[Xx]?", text))


@few
@given(texts, texts, st.one_of(texts, st.decimals(-(10**6), 10**6, places=2).map(str)), texts)
@example(DDE, "\t=1+1", "-1+1", "\r\n=1")
@example("", "", "+0", "")  # an amount to Python, a formula to Excel
def test_no_cell_of_a_query_is_ever_calculated(name: str, identity: str, total: str, day: str) -> None:
    columns = tuple(QueryColumn(one, DDE, one) for one in ("text", "identity", "money", "date", "month"))
    row = {"text": name, "identity": identity, "money": total, "date": day, "month": day}
    found = QueryTable(columns, (row,), 1)
    cells(queries.as_workbook(found))
    for line in csv.reader(io.StringIO(queries.as_csv(found).decode("utf-8-sig"))):
        assert all(map(harmless, line))


@few
@given(st.dates(date(1900, 3, 1), date(2099, 12, 31)), st.text("0123456789", min_size=12, max_size=20))
def test_days_are_days_and_long_numbers_are_whole(day: date, number: str) -> None:
    columns = QueryColumn("day", "办理日期", "date"), QueryColumn("number", "单据号", "text")
    found = QueryTable(columns, ({"day": day.isoformat(), "number": number}, {"day": "未定", "number": ""}), 2)
    sheet = load_workbook(io.BytesIO(queries.as_workbook(found))).worksheets[0]
    assert (sheet["A2"].value, sheet["A2"].is_date, sheet["A2"].number_format) == (
        datetime(day.year, day.month, day.day),  # noqa: DTZ001 - a day without a zone, as a spreadsheet has it
        True,
        "yyyy-mm-dd",
    )
    assert (sheet["B2"].value, sheet["B2"].data_type, sheet["B2"].number_format) == (number, "s", "@")
    assert sheet["A3"].value == "未定"


def test_the_roster_is_exported_with_days_amounts_and_whole_numbers(tmp_path: Path) -> None:
    one = PersonFacts(
        identity_number(7), "=张示例", Standing.ACTIVE_HERE, "000000000123", Decimal("3450.5"), Month(2020, 1),
        ("pension",), Month(2022, 7), Month(2022, 6), first_work=date(2012, 7, 1),
    )  # fmt: skip
    path = tmp_path / "名单.xlsx"
    queries.export(queries.people([one], region("yichang")), path)
    header, row = cells(path.read_bytes())
    assert dict(zip(header, row, strict=True)) == {
        "姓名": "=张示例",
        "身份证号": one.identity,
        "人员编号": "000000000123",
        "状态": one.standing.label,
        "缴费基数（元）": 3450.5,
        "首次参加工作时间": datetime(2012, 7, 1),  # noqa: DTZ001 - a day without a zone
        "参保时间": "2020-01",
        "申报至": "2022-07",
        "已缴至": "2022-06",
        "险种": "养老",
    }


def marked_up(folder: Path, kind: str, rows: list[list[Raw]]) -> bytes:
    """A list of HR's with its problems: the original, marked, or a copy of it."""
    lines: list[list[Raw]] = [list(HEADER), *rows]
    path = folder / "人员.xlsx"
    book = Book()
    for at, line in enumerate(lines, start=1):
        for column, value in enumerate(line, start=1):
            cell = book.worksheets[0].cell(at, column)
            if isinstance(value, str):
                styles.put_text(cell, value)
            else:
                cell.value = value
    book.save(path)
    workbook = Workbook("xlsx" if kind == "original" else "csv", (Sheet.of(book.worksheets[0].title, lines),))
    pack = region("yichang")
    return marked(check_workbook(workbook, Checker(pack, pack.items["enrol"]), Ground(TODAY["yichang"])), path)


@pytest.mark.parametrize("kind", ["original", "copy"])
@few
@given(said=st.lists(texts, min_size=7, max_size=7))
@example(said=[DDE] * 7)
def test_no_cell_of_a_marked_up_workbook_is_ever_calculated(tmp_path: Path, kind: str, said: list[str]) -> None:
    good: list[Raw] = ["张示例", identity_number(11), "2022-08-01", 6000, "2012-07-01", "新增", said[0]]
    found = cells(marked_up(tmp_path, kind, [good, [one or "x" for one in said]]))
    assert found[0][-1] == PROBLEMS
    # How a line ends is the reader's own affair.
    assert str(found[2][1]).split() == styles.writable(said[1] or "x").split()


@pytest.mark.parametrize("kind", ["original", "copy"])
@pytest.mark.parametrize("identity", [identity_number(11), "420501199003070010"])
def test_days_of_the_original_are_days_in_the_marked_up_workbook(tmp_path: Path, kind: str, identity: str) -> None:
    day, late = datetime(2022, 8, 1), datetime(2035, 8, 1)  # noqa: DTZ001 - days without a zone
    rows: list[list[Raw]] = [["张示例", identity, one, 6000, date(2012, 7, 1), "新增", "x"] for one in (day, late)]
    sheet = load_workbook(io.BytesIO(marked_up(tmp_path, kind, rows))).worksheets[0]
    for row, starts in ((2, day), (3, late)):
        assert [sheet.cell(row, column).value for column in (3, 5)] == [starts, datetime(2012, 7, 1)]  # noqa: DTZ001
        assert [sheet.cell(row, column).data_type for column in (3, 5)] == ["d", "d"]
        assert sheet.cell(row, 2).data_type == "s"
        assert sheet.cell(row, 2).value == identity
    if kind == "copy":
        assert sheet["C2"].number_format == "yyyy-mm-dd"

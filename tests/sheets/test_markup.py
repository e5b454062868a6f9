"""Tables in disguise keep each cell in its column, whatever is merged around it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from app.sheets import reading
from app.sheets.checking import check_workbook
from app.sheets.markup import Range, html_tables, workbook_2003
from tests.support import workbooks
from tests.support.packs import checker, ground
from tests.support.people import identity_number

SIZE = 6
NAMESPACE = "urn:schemas-microsoft-com:office:spreadsheet"


@st.composite
def merged_ranges(draw: st.DrawFn) -> list[Range]:
    """Ranges of a square of cells that do not overlap."""
    found: list[Range] = []
    taken: set[tuple[int, int]] = set()
    for _ in range(draw(st.integers(0, 6))):
        top, left = draw(st.integers(0, SIZE - 1)), draw(st.integers(0, SIZE - 1))
        bottom, right = draw(st.integers(top, SIZE - 1)), draw(st.integers(left, SIZE - 1))
        cells = {(row, column) for row in range(top, bottom + 1) for column in range(left, right + 1)}
        if len(cells) > 1 and taken.isdisjoint(cells):
            taken |= cells
            found.append((top, left, bottom, right))
    return sorted(found)


def square(ranges: list[Range]) -> list[list[str]]:
    """A name in every cell that is to be seen."""
    cells = [[f"{row}:{column}" for column in range(SIZE)] for row in range(SIZE)]
    for top, left, bottom, right in ranges:
        for row in range(top, bottom + 1):
            for column in range(left, right + 1):
                if (row, column) != (top, left):
                    cells[row][column] = ""
    return cells


def as_page(cells: list[list[str]], ranges: list[Range]) -> str:
    spans = {(top, left): (bottom - top + 1, right - left + 1) for top, left, bottom, right in ranges}
    rows = []
    for at, row in enumerate(cells):
        shown = [(column, text) for column, text in enumerate(row) if text]
        told = ((spans.get((at, column), (1, 1)), text) for column, text in shown)
        rows.append("".join(f"<td rowspan={down} colspan='{across}'>{text}</td>" for (down, across), text in told))
    return f"<table>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>"


def as_workbook_2003(cells: list[list[str]], ranges: list[Range]) -> bytes:
    spans = {(top, left): (bottom - top, right - left) for top, left, bottom, right in ranges}
    rows = []
    for at, row in enumerate(cells):
        shown = ((column, spans.get((at, column), (0, 0)), text) for column, text in enumerate(row) if text)
        rows.append(
            "".join(
                f'<Cell ss:Index="{column + 1}" ss:MergeDown="{down}" ss:MergeAcross="{across}">'
                f'<Data ss:Type="String">{text}</Data></Cell>'
                for column, (down, across), text in shown
            )
        )
    table = "".join(f"<Row>{row}</Row>" for row in rows)
    sheet = f'<Worksheet ss:Name="一"><Table>{table}</Table></Worksheet>'
    return f'<Workbook xmlns="{NAMESPACE}" xmlns:ss="{NAMESPACE}">{sheet}</Workbook>'.encode()


def seen(grid: Sequence[Sequence[object]]) -> dict[tuple[int, int], object]:
    return {(row, column): cell for row, cells in enumerate(grid) for column, cell in enumerate(cells) if cell}


@given(merged_ranges())
def test_every_cell_stands_where_it_is_seen(ranges: list[Range]) -> None:
    cells = square(ranges)
    expected = {(row, column): cell for row, line in enumerate(cells) for column, cell in enumerate(line) if cell}
    ((page, page_ranges),) = html_tables(as_page(cells, ranges))
    assert (seen(page), sorted(page_ranges)) == (expected, ranges)
    ((_, rows, book_ranges),) = workbook_2003(as_workbook_2003(cells, ranges))
    assert (seen(rows), sorted(book_ranges)) == (expected, ranges)


def test_a_department_over_its_people_shifts_nobody(tmp_path: Path) -> None:
    """Without the span, the second person's number was read as the name and the day of entry as the number."""
    people = [(name, identity_number(number), "2012-07-01") for name, number in (("张示例", 11), ("李示例", 13))]
    names = ("部门", "姓名", "身份证号", "参加工作时间", "入职日期", "增加原因", "工资")
    titles = "".join(f"<th>{one}</th>" for one in names)
    first = "".join(f"<td>{one}</td>" for one in people[0])
    shared = "".join(f"<td rowspan=2>{one}</td>" for one in ("2022-08-01", "新增", "6000"))
    second = "".join(f"<td>{one}</td>" for one in people[1])
    path = tmp_path / "hr.xls"
    table = f"<tr>{titles}</tr><tr><td rowspan=2>一车间</td>{first}{shared}</tr><tr>{second}</tr>"
    path.write_text(f"<html><meta charset=utf-8><table>{table}</table></html>", "utf-8")
    checked = check_workbook(reading.read(path), checker("yichang", "enrol"), ground("yichang"))
    assert [row.values["name"] for row in checked.rows] == ["张示例", "李示例"]
    assert checked.valid == 2


def test_numbers_that_a_system_wrote_as_formulas_of_text(tmp_path: Path) -> None:
    person = ("1", "张示例", f'="{identity_number(11)}"', "2012-07-01", "2022-08-01", "新增", '="6000"')
    quoted, bare = tmp_path / "quoted.csv", tmp_path / "bare.csv"
    workbooks.text(quoted, [workbooks.HEADER, person])
    bare.write_bytes("\r\n".join(map(",".join, (workbooks.HEADER, person))).encode("gb18030"))
    for path in (quoted, bare):
        checked = check_workbook(reading.read(path), checker("yichang", "enrol"), ground("yichang"))
        assert (checked.valid, checked.findings) == (1, [])

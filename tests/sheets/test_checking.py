"""HR's file: found, read, checked; every finding at its cell, nothing silently dropped."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.errors import CalledOff, InputRefused, UsageError
from app.rules.fields import Raw
from app.sheets import reading
from app.sheets.checking import Checked, check_workbook
from app.sheets.layout import column_letter
from app.sheets.marking import marked
from app.sheets.template import template
from app.wording import sentence
from tests.support import workbooks
from tests.support.packs import checker, ground, region
from tests.support.people import identity_number

GOOD = ("张示例", identity_number(11), "2012-07-01", "2022-08-01", "新增", 6000)
OTHER = ("李示例", identity_number(13), "2012-07-01", "2022-08-01", "续保", 7000)


def check(path: Path, item: str = "enrol", drafted: frozenset[str] = frozenset()) -> Checked:
    return check_workbook(reading.read(path), checker("yichang", item), ground("yichang"), drafted)


def places(checked: Checked) -> list[tuple[int | None, str | None, str]]:
    return [(one.where.row, one.where.column, one.code) for one in checked.findings]


def test_the_workbook_of_the_main_job(tmp_path: Path) -> None:
    """Header in row 4 with a merged title above, and one of each mistake a clerk meets."""
    rows: Sequence[Sequence[Raw]] = [
        ("示例机械有限公司2022年8月入职人员", *[None] * 7),
        ("人事部",),
        (),
        (*workbooks.HEADER, "部门"),
        (1, *GOOD, "一车间"),
        (2, "王示例", 5.30102198001010e17, *GOOD[2:]),
        (3, "赵示例", identity_number(15)[:17] + "Z", *GOOD[2:]),
        (4, "钱示例", "１" + identity_number(17, area="110101")[1:], *GOOD[2:]),
        (5, *GOOD),
        (6, *OTHER[:5], 3000),
        (7, "孙示例", identity_number(19), "2012-02-30", *GOOD[3:]),
        (8, None, identity_number(21), *GOOD[2:]),
        ("合计", None, None, None, None, None, 40000),
    ]
    checked = check(workbooks.xlsx(tmp_path / "hr.xlsx", rows, merge="A1:H1"))
    assert checked.table.header + 1 == 4
    assert places(checked) == [
        (4, "H", "column-unused"),
        (6, "C", "identity-destroyed"),
        (7, "C", "identity-form"),
        (8, "C", "full-width"),
        (9, "C", "duplicate-in-file"),
        (10, "G", "base-below-floor"),
        (11, "D", "date-impossible"),
        (12, "B", "required"),
    ]
    assert (len(checked.rows), checked.valid) == (8, 2)
    assert checked.skipped == [(13, "closing")]
    assert [row.number for row in checked.rows] == list(range(5, 13))
    destroyed = checked.findings[1]
    assert destroyed.where.value == "5.30102E+17"
    assert all(sentence(one).message for one in checked.findings)


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_text_in_every_usual_encoding(tmp_path: Path, encoding: str, delimiter: str) -> None:
    path = workbooks.text(tmp_path / "hr.csv", [workbooks.HEADER, (1, *GOOD)], encoding, delimiter)
    checked = check(path)
    assert (checked.format, checked.valid, checked.findings) == ("csv", 1, [])


def test_content_decides_not_the_name(tmp_path: Path) -> None:
    path = workbooks.xlsx(tmp_path / "hr.xlsx", [workbooks.HEADER, (1, *GOOD)])
    assert check(path.rename(tmp_path / "hr.csv")).format == "xlsx"


def test_columns_in_any_order_and_missing_ones_told_once(tmp_path: Path) -> None:
    rows: Sequence[Sequence[Raw]] = [
        ("月工资", "入职日期", "身份证号码", "姓名"),
        (6000, "2022-08-01", GOOD[1], GOOD[0]),
    ]
    checked = check(workbooks.xlsx(tmp_path / "hr.xlsx", rows))
    assert places(checked) == [(1, None, "column-missing"), (1, None, "column-missing")]
    assert checked.valid == 0
    assert len(checked.rows) == 1


def test_a_draft_of_the_same_person_is_told(tmp_path: Path) -> None:
    path = workbooks.xlsx(tmp_path / "hr.xlsx", [workbooks.HEADER, (1, *GOOD), (2, *OTHER)])
    assert places(check(path, drafted=frozenset({str(OTHER[1])}))) == [(3, "C", "duplicate-draft")]


def test_the_fullest_sheet_is_taken(tmp_path: Path) -> None:
    from openpyxl import load_workbook

    path = workbooks.xlsx(tmp_path / "hr.xlsx", [("说明",), ("姓名", "身份证号"), ("张示例", GOOD[1])])
    book = load_workbook(path)
    sheet = book.create_sheet("八月")
    sheet.append(workbooks.HEADER)
    sheet.append([1, *GOOD])
    book.save(path)
    assert check(path).table.sheet.name == "八月"


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("~$hr.xlsx", b"x", "sheet-lock-file"),
        ("hr.xlsx", b"PK\x03\x04 cut off", "sheet-truncated"),
        ("hr.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "sheet-truncated"),
        ("hr.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "sheet-encrypted"),
        ("hr.xlsx", b"\x89PNG\r\n\x1a\n\0\0", "sheet-picture"),
        ("hr.xls", b"%PDF-1.7\n%\xe2\xe3", "sheet-picture"),
        ("hr.zip", b"Rar!\x1a\x07\x01\0", "sheet-packed"),
        ("hr.xls", b"{\\rtf1\\ansi}", "sheet-other-office"),
        ("hr.xls", b"<html><body><table><tr><td></td></tr></table></body></html>", "sheet-nothing-in-it"),
        ("hr.csv", b"\x98\xff" * 40 + b",\r\n", "sheet-encoding"),
        ("hr.bin", b"\1\2\3\4" * 40, "sheet-not-a-sheet"),
        ("hr.csv", b"", "sheet-nothing-in-it"),
        ("hr.csv", "随便写的一句话".encode(), "sheet-no-header"),
    ],
)
def test_what_is_no_staff_list_is_refused_with_a_sentence(tmp_path: Path, name: str, content: bytes, code: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputRefused) as refused:
        check(tmp_path / name)
    assert refused.value.code == code


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        check(tmp_path / "none.xlsx")


@pytest.mark.parametrize("item", ["enrol", "stop"])
@pytest.mark.parametrize("region_id", ["yichang", "zaozhuang"])
def test_a_template_comes_back_without_a_finding_it_invited(tmp_path: Path, region_id: str, item: str) -> None:
    from openpyxl import load_workbook

    pack = region(region_id)
    path = tmp_path / "template.xlsx"
    path.write_bytes(template(pack, pack.items[item]))
    empty = check_workbook(reading.read(path), checker(region_id, item), ground(region_id))
    assert [one.code for one in empty.findings] == ["sheet-empty"]
    assert empty.skipped == [(2, "example")]
    book = load_workbook(path)
    sheet = book.worksheets[0]
    assert sheet.freeze_panes == "A2"
    for column in range(1, sheet.max_column + 1):
        sheet.cell(3, column).value = sheet.cell(2, column).value
    sheet["A3"].value = identity_number(11)
    sheet["A3"].number_format = "@"
    headings = [cell.value for cell in sheet[1]]
    for name in ("出生日期", "性别"):
        if name in headings:
            sheet.cell(3, headings.index(name) + 1).value = None
    book.save(path)
    filled = check_workbook(reading.read(path), checker(region_id, item), ground(region_id))
    assert filled.findings == []
    assert filled.valid == 1


def test_the_marked_up_workbook_says_it_at_the_cell(tmp_path: Path) -> None:
    from openpyxl import load_workbook

    path = workbooks.xlsx(tmp_path / "hr.xlsx", [workbooks.HEADER, (1, *GOOD), (2, *OTHER[:5], 3000)])
    out = tmp_path / "errors.xlsx"
    out.write_bytes(marked(check(path), path))
    sheet = load_workbook(out).worksheets[0]
    assert sheet["G3"].comment is not None
    assert "低于缴费基数下限 3,450.00 元" in sheet["G3"].comment.text
    assert "G 列：低于缴费基数下限" in str(sheet["H3"].value)
    assert sheet["G2"].comment is None
    assert sheet["C3"].value == OTHER[1]
    again = check(out)
    assert [row.values for row in again.rows] == [row.values for row in check(path).rows]


def test_a_marked_up_text_file_is_a_clean_workbook_without_formulas(tmp_path: Path) -> None:
    from openpyxl import load_workbook

    path = workbooks.text(tmp_path / "hr.csv", [workbooks.HEADER, (1, "=1+1", *GOOD[1:])])
    out = tmp_path / "errors.xlsx"
    out.write_bytes(marked(check(path), path))
    cell = load_workbook(out).worksheets[0]["B2"]
    assert (cell.value, cell.data_type) == ("=1+1", "s")


def test_cancelling_stops_between_rows(tmp_path: Path) -> None:
    path = workbooks.xlsx(tmp_path / "hr.xlsx", [workbooks.HEADER, (1, *GOOD)])

    def cancel(done: int, total: int, what: str) -> None:
        raise CalledOff

    with pytest.raises(CalledOff):
        check_workbook(reading.read(path), checker("yichang", "enrol"), ground("yichang"), progress=cancel)


ROWS = st.lists(
    st.tuples(
        st.integers(1, 998).map(identity_number),
        st.sampled_from(["张示例", "欧阳示例", "买买提·示例", "李 示 例"]),
        st.dates(date(2022, 8, 1), date(2022, 8, 31)),
        st.integers(345, 1800).map(lambda tens: tens * 10),
    ),
    min_size=1,
    max_size=12,
    unique_by=lambda row: row[0],
)


WRITTEN = ("xlsx", "xlsx with dates", "gbk", "gb18030", "utf-8", "utf-8-sig", "utf-16")
FULL_HEADER = ("身份证号", "姓名", "入职日期", "月工资", "首次参工时间", "增加原因")


def written(folder: Path, kind: str, delimiter: str, lines: list[list[Raw]]) -> Path:
    """Lines as a workbook or as text."""
    if kind == "xlsx":
        texts = [[str(one) if isinstance(one, date) else one for one in line] for line in lines]
        return workbooks.xlsx(folder / "r.xlsx", texts)
    if kind.startswith("xlsx"):
        return workbooks.xlsx(folder / "r.xlsx", lines)
    return workbooks.text(folder / "r.csv", lines, kind, delimiter)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=ROWS,
    order=st.permutations(range(6)),
    above=st.lists(st.sampled_from([["某某单位人员名单"], [], ["填表日期：", "2022-08-05"]]), max_size=3),
    kind=st.sampled_from(WRITTEN),
    delimiter=st.sampled_from(",\t;"),
)
def test_any_valid_roster_comes_back_the_same_however_it_is_written(
    tmp_path: Path,
    rows: list[tuple[str, str, date, int]],
    order: list[int],
    above: list[list[Raw]],
    kind: str,
    delimiter: str,
) -> None:
    lines: list[list[Raw]] = [*above, [FULL_HEADER[place] for place in order]]
    for identity, name, day, wage in rows:
        cells: list[Raw] = [identity, name, day, wage, date(2012, 7, 1), "新增"]
        lines.append([cells[place] for place in order])
    checked = check(written(tmp_path, kind, delimiter, lines))
    assert not any(one.stops for one in checked.findings)
    assert [row.number for row in checked.rows] == list(range(len(above) + 2, len(lines) + 1))
    read = [
        (row.values["identity"], row.values["name"], row.values["start"], row.values["wage"], row.values["first_work"])
        for row in checked.rows
    ]
    assert read == [(i, n.replace(" ", ""), str(d), f"{w}.00", "2012-07-01") for i, n, d, w in rows]


def test_excel_letters() -> None:
    assert [column_letter(index) for index in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


def test_reading_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = workbooks.xlsx(tmp_path / "hr.xlsx", [workbooks.HEADER, (1, *GOOD)])
    copy = shutil.copy(path, tmp_path / "copy.xlsx")
    marked(check(path), path)
    assert path.read_bytes() == Path(copy).read_bytes()


def test_limits_that_are_not_known_are_said_once_for_the_table(tmp_path: Path) -> None:
    from app.rules.ground import Ground

    path = workbooks.xlsx(tmp_path / "hr.xlsx", [workbooks.HEADER, (1, *GOOD), (2, *OTHER)])
    checked = check_workbook(reading.read(path), checker("yichang", "enrol"), Ground(date(2026, 11, 22)))
    assert [(one.code, one.where.row) for one in checked.findings if one.code == "limit-unknown"] == [
        ("limit-unknown", None),
        ("limit-unknown", None),
    ]
    assert all(row.valid for row in checked.rows)


def test_a_long_marked_up_workbook_is_marked_row_by_row_and_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from openpyxl import load_workbook

    from app.sheets import marking

    monkeypatch.setattr(marking, "MOST_REOPENED", 0)
    rows = [("名单",), workbooks.HEADER, (1, *GOOD), (2, *OTHER[:5], 3000), (3, "=1+1", identity_number(15), *GOOD[2:])]
    path = workbooks.xlsx(tmp_path / "hr.xlsx", rows)
    out = tmp_path / "errors.xlsx"
    out.write_bytes(marked(check(path), path))
    sheet = load_workbook(out).worksheets[0]
    assert sheet["G4"].comment is not None
    assert sheet["G4"].fill.start_color.rgb == "FFFCEDEC"
    assert "G 列：低于缴费基数下限" in str(sheet["H4"].value)
    assert (sheet["H2"].value, sheet["H3"].value) == ("问题", None)
    assert sheet["B5"].data_type == "s"
    assert sheet["C3"].value == GOOD[1]
    assert [row.values for row in check(out).rows] == [row.values for row in check(path).rows]

"""What nobody sees: hidden rows, and rows of nothing but errors. Neither is lost without a word."""

from __future__ import annotations

import struct
from collections.abc import Collection, Sequence
from pathlib import Path

import pytest
from openpyxl import load_workbook

from app.rules.fields import Raw
from app.sheets import reading
from app.sheets.checking import Checked, check_workbook
from app.wording import sentence
from tests.sheets.test_reading import CORPUS, SHEET, rewritten
from tests.support import excel97, workbooks
from tests.support.packs import checker, ground
from tests.support.people import identity_number

HEADER = ("序号", "姓名", "身份证号", "首次参加工作时间", "入职日期", "增员原因", "月工资")
ROWS: Sequence[Sequence[Raw]] = [
    HEADER,
    *((at, "新示例", identity_number(at), "2012-07-01", "2022-08-01", "新增", 6000) for at in range(1, 6)),
    ("合计", "", "", "", "", "", 30000),
]


def check(path: Path) -> Checked:
    return check_workbook(reading.read(path), checker("yichang", "enrol"), ground("yichang"))


def book(path: Path, rows: Sequence[Sequence[Raw]], hidden: Collection[int]) -> Path:
    """``hidden`` are rows as Excel counts them."""
    if path.suffix == ".xls":
        return excel97.xls(path, rows, [one - 1 for one in hidden])
    made = load_workbook(workbooks.xlsx(path, rows))
    for one in hidden:
        made.worksheets[0].row_dimensions[one].hidden = True
    made.save(path)
    return path


@pytest.mark.parametrize("name", ["hr.xlsx", "hr.xls"])
def test_people_in_hidden_rows_are_read_and_told(tmp_path: Path, name: str) -> None:
    found = check(book(tmp_path / name, ROWS, (3, 5, 7, 90)))
    assert (len(found.rows), found.valid) == (5, 5)
    (told,) = (one for one in found.general if one.code == "sheet-hidden-rows")
    assert (told.where.row, told.facts["count"], told.facts["rows"]) == (3, "2", "3、5")
    assert "2 人" in sentence(told).message


@pytest.mark.parametrize("name", ["hr.xlsx", "hr.xls"])
def test_of_rows_that_can_be_seen_nothing_is_told(tmp_path: Path, name: str) -> None:
    assert not check(book(tmp_path / name, ROWS, ())).general


def test_a_package_of_another_program_hides_rows_in_its_own_words(tmp_path: Path) -> None:
    def hide(name: str, content: bytes) -> bytes:
        return content.replace(b'<row r="4"', b'<row hidden="true" spans="1:7" r="4"') if name == SHEET else content

    found = check(rewritten(workbooks.xlsx(tmp_path / "hr.xlsx", ROWS), hide))
    assert [one.facts["rows"] for one in found.general if one.code == "sheet-hidden-rows"] == ["4"]


@pytest.mark.parametrize("name", ["hr.xlsx", "hr.xls"])
def test_an_error_is_told_in_its_cell(tmp_path: Path, name: str) -> None:
    rows = [HEADER, (*ROWS[1][:6], "#N/A"), ROWS[2], ("", "#REF!", "#REF!", "#REF!", "#REF!", "#REF!", "#REF!")]
    found = check(book(tmp_path / name, rows, ()))
    told = [(one.where.row, one.where.column, one.where.value) for one in found.findings if one.code == "formula-error"]
    assert told == [(2, "G", "#N/A"), *((4, column, "#REF!") for column in "BCDEFG")]
    assert [row.number for row in found.rows] == [2, 3, 4]


@pytest.mark.parametrize("name", ["hr.xlsx", "hr.xls"])
def test_rows_of_nothing_but_errors_are_there(tmp_path: Path, name: str) -> None:
    """Above the values, below them, and to their left."""
    rows: Sequence[Sequence[Raw]] = [("", "#REF!"), ("", "", "一", 1.0), ("#N/A",), (), ("", "", "", "", "", "#DIV/0!")]
    (sheet,) = reading.read(book(tmp_path / name, rows, ())).sheets
    seen = [[str(cell) for cell in row] for row in sheet.rows]
    assert [[cell for cell in row if cell] for row in seen] == [["#REF!"], ["一", "1.0"], ["#N/A"], [], ["#DIV/0!"]]
    assert [row.index("#REF!") for row in seen if "#REF!" in row] == [1]
    assert [row.index("一") for row in seen if "一" in row] == [2]


def test_a_text_without_letters_is_no_row_that_could_be_lost(tmp_path: Path) -> None:
    found = reading.read(excel97.xls(tmp_path / "hr.xls", ROWS, blank=[(9, 0), (9, 1)]))
    assert (found.notes, found.sheets[0].filled) == ((), len(ROWS))


def test_a_sheet_of_nothing_but_errors_is_no_empty_sheet(tmp_path: Path) -> None:
    (sheet,) = reading.read(excel97.xls(tmp_path / "hr.xls", [(), ("", "#VALUE!")])).sheets
    assert sheet.filled == 1


def test_an_xlsb_workbook_tells_errors_and_hidden_rows_too(tmp_path: Path) -> None:
    """A hidden row with nothing but an error, ten rows below what the workbook has."""
    path = tmp_path / "hr.xlsb"
    path.write_bytes((CORPUS / "cal_date_1904.xlsb").read_bytes())
    (before,) = reading.read(path).sheets

    def longer(name: str, content: bytes) -> bytes:
        if not name.endswith("sheet1.bin"):
            return content
        end = content.index(b"\x92\x01\x00")  # BrtEndSheetData
        height = struct.pack("<IIH", before.height + 9, 0, 300) + bytes((0, 0x10, 0)) + struct.pack("<III", 1, 1, 1)
        error = struct.pack("<II", 1, 0) + bytes((0x17,))
        row = bytes((0, len(height))) + height + bytes((3, len(error))) + error
        return content[:end] + row + content[end:]

    (after,) = reading.read(rewritten(path, longer)).sheets
    assert [cell for cell in after.rows[before.height + 9] if cell] == ["#REF!"]
    assert (after.filled, after.hidden) == (before.filled + 1, {before.height + 10})

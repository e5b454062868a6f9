"""What stands between a clerk and a plain workbook: other names, other programs, damage, and cells far away."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from app.errors import InputRefused
from app.rules.fields import Raw
from app.sheets import reading
from app.sheets.layout import column_letter
from app.sheets.limits import MEGABYTE, Limits
from app.workflows.importing import FOLDER_LIMITS
from tests.sheets.test_reading import CORPUS, GOOD, HEAD, SHEET, check, good, rewritten
from tests.support import excel97, workbooks

#: A refusal that takes longer is another one: sheet-too-slow.
AT_ONCE = Limits(seconds=2, memory=1024 * MEGABYTE)
HOSTILE = ("sheet-bomb", "sheet-unsafe", "sheet-encrypted", "sheet-lock-file", "sheet-truncated", "sheet-not-a-sheet")


def refusal(path: Path) -> str:
    with pytest.raises(InputRefused) as refused:
        reading.read(path, limits=AT_ONCE)
    return refused.value.code


def ods(path: Path, manifest: bytes, *, mimetype: bool = True) -> Path:
    """A spreadsheet as LibreOffice packs it, with that manifest."""
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    rows = ("".join(map(cell.format, row)) for row in (HEAD, (1, *GOOD)))
    cells = "".join(f"<table:table-row>{row}</table:table-row>" for row in rows)
    kinds = " ".join(
        f'xmlns:{one}="urn:oasis:names:tc:opendocument:xmlns:{one}:1.0"' for one in ("office", "table", "text")
    )
    content = (
        f'<office:document-content {kinds}><office:body><office:spreadsheet><table:table table:name="名单">{cells}'
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(path, "w") as package:
        if mimetype:
            package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        package.writestr("META-INF/manifest.xml", manifest)
        package.writestr("content.xml", content)
    return path


def hostile(folder: Path, code: str) -> Path:
    path = folder / "hr.xlsx"
    match code:
        case "sheet-bomb":
            return rewritten(good(path), lambda _, content: content, {"xl/zeros.bin": bytes(64 * MEGABYTE)})
        case "sheet-unsafe":
            entity = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
            return rewritten(good(path), lambda name, content: entity + content if name == SHEET else content)
        case "sheet-encrypted":
            return ods(folder / "hr.ods", b"<manifest><manifest:encryption-data/></manifest>")
        case "sheet-lock-file":
            return good(folder / ".~hr.xlsx")
        case "sheet-truncated":
            whole = good(path).read_bytes()
            path.write_bytes(whole[: len(whole) // 2])
            return path
    path.write_bytes(bytes(range(256)) * 4096)
    return path


@pytest.mark.parametrize("code", HOSTILE)
def test_what_is_refused_is_refused_at_once_and_by_its_own_name(tmp_path: Path, code: str) -> None:
    assert refusal(hostile(tmp_path, code)) == code


@pytest.mark.parametrize("name", ["~$hr.xlsx", ".~hr.xlsx", ".~hr.et", ".~lock.hr.ods#"])
def test_a_lock_file_is_not_the_workbook(tmp_path: Path, name: str) -> None:
    assert refusal(good(tmp_path / name)) == "sheet-lock-file"


def test_a_workbook_of_wps_is_read_by_its_content(tmp_path: Path) -> None:
    path = tmp_path / "hr.et"
    shutil.copy(CORPUS / "cal_date_1904.xls", path)
    assert reading.read(path).format == "xls"
    assert check(good(tmp_path / "new.et")).valid == 1


@pytest.mark.parametrize("mimetype", [True, False])
def test_an_ods_is_read_with_and_without_its_first_part(tmp_path: Path, mimetype: bool) -> None:
    assert check(ods(tmp_path / "hr.ods", b"<manifest/>", mimetype=mimetype)).valid == 1


def test_an_ods_whose_xml_is_indented_is_read(tmp_path: Path) -> None:
    path = ods(tmp_path / "hr.ods", b"<manifest/>")

    def indented(name: str, content: bytes) -> bytes:
        return (
            content.replace(b"<table:", b"\n    <table:").replace(b"</table:", b"\n    </table:")
            if "con" in name
            else content
        )

    found = check(rewritten(path, indented))
    assert (found.valid, found.rows[0].number) == (1, 2)


def test_an_archive_with_the_sheet_in_it_is_to_be_opened_first(tmp_path: Path) -> None:
    path = tmp_path / "hr.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(good(tmp_path / "hr.xlsx"), "花名册.xlsx")
    assert refusal(path) == "sheet-packed"


def test_text_in_an_encoding_of_the_west_is_read_and_told(tmp_path: Path) -> None:
    path = tmp_path / "hr.csv"
    path.write_bytes("Nom;Né\nZoé;3,5 €\nÜnal;6".encode("cp1252"))
    found = reading.read(path)
    assert [code for code, _ in found.notes] == ["sheet-encoding-guessed"]
    assert [list(row) for row in found.sheets[0].rows] == [["Nom", "Né"], ["Zoé", "3,5 €"], ["Ünal", "6"]]


def test_an_excel_97_workbook_that_was_not_loaded_to_its_end(tmp_path: Path) -> None:
    path = excel97.xls(tmp_path / "hr.xls", [HEAD, *[(1, *GOOD)] * 99])
    assert len(check(path).rows) == 99
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert refusal(path) == "sheet-truncated"


def test_text_that_ends_as_in_the_days_of_dos(tmp_path: Path) -> None:
    path = workbooks.text(tmp_path / "hr.csv", [HEAD, (1, *GOOD)])
    path.write_bytes(path.read_bytes() + b"\x1a")
    assert (check(path).valid, len(check(path).rows)) == (1, 1)


def test_a_workbook_of_two_thousand_sheets_is_read_within_what_a_folder_allows(tmp_path: Path) -> None:
    book = Workbook()
    for at in range(2000):
        book.create_sheet(f"第{at}组").append([at])
    book.save(tmp_path / "hr.xlsx")
    assert len(reading.read(tmp_path / "hr.xlsx", limits=FOLDER_LIMITS).sheets) == 2000


def test_a_sheet_that_leads_nowhere_does_not_take_the_others_along(tmp_path: Path) -> None:
    def listed(name: str, content: bytes) -> bytes:
        dead = b'<sheet xmlns:q="http://schemas.openxmlformats.org/officeDocument/2006/relationships" name="M" '
        return (
            content.replace(b"</sheets>", dead + b'sheetId="9" q:id=""/></sheets>') if "workbook" in name else content
        )

    assert check(rewritten(good(tmp_path / "hr.xlsx"), listed)).valid == 1


def stray(path: Path, column: str) -> Path:
    """A good workbook with one more cell in the last row there can be."""
    cell = f'<row r="1048576"><c r="{column}1048576" t="inlineStr"><is><t>x</t></is></c></row></sheetData>'.encode()

    def far(name: str, content: bytes) -> bytes:
        return content.replace(b"</sheetData>", cell) if name == SHEET else content

    return rewritten(good(path), far)


def test_a_cell_in_the_last_row_loses_nobody(tmp_path: Path) -> None:
    checked = check(stray(tmp_path / "hr.xlsx", "A"))
    assert [row.number for row in checked.rows] == [2]
    assert checked.skipped == [(1_048_576, "note")]


def cornered(path: Path, *far: str) -> Path:
    """A good workbook with more cells far away, its extent told as Excel tells it."""
    book = load_workbook(good(path))
    for one in far:
        book.worksheets[0][one] = "x"
    book.save(path)
    return path


@pytest.mark.parametrize("told", [True, False])
def test_a_lone_cell_in_the_last_corner_is_left_out_and_told(tmp_path: Path, told: bool) -> None:
    """Sixteen thousand million cells lie between."""
    path = tmp_path / "hr.xlsx"
    found = check(cornered(path, "XFD1048576") if told else stray(path, "XFD"))
    assert [row.number for row in found.rows] == [2]
    assert found.valid == 1
    (note,) = (one for one in found.general if one.code == "sheet-far-cells")
    assert dict(note.facts) == {"name": found.table.sheet.name, "count": "1", "cells": "XFD1048576"}


def test_a_lone_cell_in_the_last_corner_of_an_excel_97_sheet_too(tmp_path: Path) -> None:
    path = excel97.xls(tmp_path / "hr.xls", [HEAD, *[(1, *GOOD)] * 60], far=[(65_535, 0), (65_535, 255)])
    found = check(path)
    assert [row.number for row in found.rows] == list(range(2, 62))
    (note,) = (one for one in found.general if one.code.startswith("sheet-"))
    assert dict(note.facts) == {"name": found.table.sheet.name, "count": "2", "cells": "A65536、IV65536"}


def test_several_far_cells_are_told_and_near_ones_read(tmp_path: Path) -> None:
    found = check(cornered(tmp_path / "hr.xlsx", "L3", "XFD9", "C1048576"))
    (note,) = (one for one in found.general if one.code == "sheet-far-cells")
    assert (note.facts["count"], note.facts["cells"]) == ("2", "XFD9、C1048576")
    assert ([row.number for row in found.rows], found.skipped) == ([2], [(3, "note")])


def test_what_reaches_everywhere_is_more_than_a_reader_may_lay_out(tmp_path: Path) -> None:
    """Cells all along both edges: nothing of it is lone. The reader is stopped, the program is not."""
    down, right = (f"A{row}" for row in range(5, 1_048_576, 9_000)), range(8, 16_384, 400)
    path = cornered(tmp_path / "hr.xlsx", *down, *(f"{column_letter(one)}4" for one in right), "XFD1048576")
    assert refusal(path) == "sheet-too-large"


@pytest.mark.parametrize("mark", [True, False])
def test_text_as_a_mainframe_writes_it(tmp_path: Path, mark: bool) -> None:
    path = workbooks.text(tmp_path / "hr.csv", [HEAD, (1, *GOOD)], "utf-16-be")
    path.write_bytes((b"\xfe\xff" if mark else b"") + path.read_bytes())
    assert check(path).valid == 1


def test_an_error_far_down_a_long_sheet_is_told(tmp_path: Path) -> None:
    """No list of formulas, no formula above it: it would come as an empty cell."""
    rows: list[tuple[Raw, ...]] = [HEAD, *((at, *GOOD) for at in range(1, 40_000))]
    path = workbooks.xlsx(tmp_path / "hr.xlsx", rows)

    def broken(name: str, content: bytes) -> bytes:
        start = content.find(b'<c r="D40000"')
        end = content.find(b"</c>", start) + 4
        return content[:start] + b'<c r="D40000" t="e"><v>#REF!</v></c>' + content[end:] if name == SHEET else content

    found = [one for one in check(rewritten(path, broken)).findings if one.code == "formula-error"]
    assert [(one.where.row, one.where.column, one.where.value) for one in found] == [(40_000, "D", "#REF!")]


def test_a_row_that_the_reader_passes_over_is_told() -> None:
    found = reading.read(CORPUS / "poi_WrongFormulaRecordType.xls")
    assert [(code, facts["rows"]) for code, facts in found.notes] == [("sheet-rows-unread", "4")]

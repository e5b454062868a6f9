"""Packages that the first reader refuses and Excel or WPS opens: read by the second, with the same cells."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from app.errors import InputRefused
from app.rules.fields import Raw
from app.sheets import reading, second
from tests.sheets.test_reading import CORPUS, SHEET, check, good, rewritten

Change = Callable[[str, bytes], bytes]
_BOOK, _RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"


def _in(part: str, old: bytes, new: bytes) -> Change:
    return lambda name, content: content.replace(old, new, 1) if name == part else content


def _wide(name: str, content: bytes) -> bytes:
    return content.decode().encode("utf-16") if name in {SHEET, _BOOK} else content


def _macro_sheet(name: str, content: bytes) -> bytes:
    if name == _RELATIONS:
        kind = b"http://schemas.microsoft.com/office/2006/relationships/xlMacrosheet"
        more = b'<Relationship Id="rId99" Type="' + kind + b'" Target="macrosheets/sheet1.xml"/></Relationships>'
        return content.replace(b"</Relationships>", more)
    if name == _BOOK:
        there = b'xmlns:q="http://schemas.openxmlformats.org/officeDocument/2006/relationships" q:id="rId99"'
        return content.replace(b"</sheets>", b'<sheet name="Macro1" sheetId="9" ' + there + b"/></sheets>")
    return content


REFUSED: dict[str, Change] = {
    "a merged range of whole columns": _in(
        SHEET, b"</sheetData>", b'</sheetData><mergeCells count="1"><mergeCell ref="Z:Z"/></mergeCells>'
    ),
    "a state that there is not": _in(_BOOK, b'state="visible"', b'state="show"'),
    "a sheet of Excel 4 macros": _macro_sheet,
    "UTF-16": _wide,
    "relations that are no XML": lambda name, content: b"x" if name == "_rels/.rels" else content,
    "an error that Excel has not": _in(
        SHEET, b"</row></sheetData>", b'<c r="Z2" t="e"><v>ERROR</v></c></row></sheetData>'
    ),
    "relations without the sheet": _in(_RELATIONS, b"worksheets/sheet1.xml", b"worksheets/gone.xml"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_excel_passes_over_is_passed_over(tmp_path: Path, what: str) -> None:
    found = check(rewritten(good(tmp_path / "hr.xlsx"), REFUSED[what], {"xl/macrosheets/sheet1.xml": b"<x/>"}))
    assert (found.valid, [row.number for row in found.rows]) == (1, [2])


def test_one_sheet_that_is_amiss_does_not_hide_behind_the_others(tmp_path: Path) -> None:
    book = Workbook()
    for name in ("一", "二", "三"):
        book.create_sheet(name).append([name])
    book.save(tmp_path / "hr.xlsx")
    whole_column = b'</sheetData><mergeCells count="1"><mergeCell ref="A:A"/></mergeCells>'
    odd = _in("xl/worksheets/sheet3.xml", b"</sheetData>", whole_column)
    found = reading.read(rewritten(tmp_path / "hr.xlsx", odd))
    assert ({one.name: one.filled for one in found.sheets}, found.notes) == ({"一": 1, "二": 1, "三": 1}, ())


def test_a_cell_whose_text_is_nowhere_does_not_come_empty(tmp_path: Path) -> None:
    odd = _in(SHEET, b"</row></sheetData>", b'<c r="Z2" t="s"><v>99</v></c></row></sheetData>')
    with pytest.raises(InputRefused) as refused:
        reading.read(rewritten(good(tmp_path / "hr.xlsx"), odd))
    assert refused.value.code == "sheet-unreadable"


def test_entities_are_refused_by_the_second_reader_too(tmp_path: Path) -> None:
    entity = b" " * 10_000 + b'<!DOCTYPE x [<!ENTITY e "x">]>'
    path = rewritten(good(tmp_path / "hr.xlsx"), lambda name, content: entity + content if name == SHEET else content)
    with pytest.raises(InputRefused) as refused:
        list(second.sheets(str(path)))
    assert refused.value.code == "sheet-unsafe"


cells: st.SearchStrategy[Raw] = st.one_of(
    st.none(),
    st.text(st.characters(exclude_categories=("C", "Z")), max_size=8),
    st.integers(-(10**9), 10**9),
    st.floats(-1e9, 1e9, allow_nan=False),
    st.booleans(),
    st.dates(date(1900, 3, 1), date(2100, 1, 1)),
    st.datetimes(datetime(1901, 1, 1), datetime(2100, 1, 1)).map(lambda one: one.replace(microsecond=0)),  # noqa: DTZ001
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
@given(rows=st.lists(st.lists(cells, max_size=5), max_size=6))
def test_both_readers_see_the_same_cells(tmp_path: Path, rows: list[list[Raw]]) -> None:
    book, path = Workbook(), tmp_path / "hr.xlsx"
    sheet = book.worksheets[0]
    for row in rows:
        sheet.append(row)
    content = io.BytesIO()
    book.save(content)
    path.write_bytes(content.getvalue())
    first = [list(row) for one in reading.read(path).sheets for row in one.rows]
    (other,) = [one for one in second.sheets(str(path)) if isinstance(one, second.Found)]
    assert _filled(first) == _filled(other.rows)


def _filled(rows: list[list[Raw]]) -> dict[tuple[int, int], str]:
    places = ((at, column, cell) for at, row in enumerate(rows) for column, cell in enumerate(row))
    return {(at, column): _said(cell) for at, column, cell in places if cell not in ("", None)}


def _said(cell: Raw) -> str:
    if isinstance(cell, bool):
        return str(cell).upper()  # as the wire tells it
    return repr(float(cell)) if isinstance(cell, (int, float)) else str(cell)


def test_an_xlsb_workbook_with_prefixed_relations_and_macro_sheets_is_read(tmp_path: Path) -> None:
    path = tmp_path / "hr.xlsb"
    path.write_bytes((CORPUS / "cal_date_1904.xlsb").read_bytes())
    plain = [[list(row) for row in one.rows] for one in reading.read(path).sheets]

    def odd(name: str, content: bytes) -> bytes:
        if name == "xl/_rels/workbook.bin.rels":
            more = b'<Relationship Id="rId99" Type="x" Target="macrosheets/sheet1.bin"/></Relationships>'
            content = content.replace(b"</Relationships>", more).replace(b"<Relationship ", b"<q:Relationship ")
            return content.replace(b"<Relationships xmlns=", b"<q:Relationships xmlns:q=").replace(b"</", b"</q:")
        if name == "xl/workbook.bin":
            sheet = struct.pack("<III", 0, 9, 5) + "rId99".encode("utf-16-le") + struct.pack("<I", 1) + b"M\0"
            end = content.index(b"\x90\x01\x00")  # BrtEndBundleShs
            return content[:end] + b"\x9c\x01" + bytes((len(sheet),)) + sheet + content[end:]
        return content

    again = reading.read(rewritten(path, odd, {"xl/macrosheets/sheet1.bin": b""}))
    assert [[list(row) for row in one.rows] for one in again.sheets] == plain

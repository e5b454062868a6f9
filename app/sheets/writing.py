"""Write a large sheet as xlsx, row by row: text that stays text, coloured cells, comments. No more than we need of it.

A hundred thousand rows by openpyxl take longer than a clerk waits. What is written here is plain OOXML (ECMA-376):
strings in place, four cell styles, and the comments with the drawing that Excel asks for beside them.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from app.sheets.styles import DAY as DAY_FORMAT
from app.sheets.styles import ERROR_GROUND, FONT, FORMULA_STARTS, HEADER_GROUND, WARNING_GROUND, writable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

TEXT, HEADER, ERROR, WARNING, QUOTED, DAY, ERROR_DAY, WARNING_DAY = range(8)
_OF_A_DAY = {TEXT: DAY, ERROR: ERROR_DAY, WARNING: WARNING_DAY}
_DAY_FORMAT = 164  # the first number that is free for formats of one's own
#: Excel takes 1900 for a leap year: before March its days are one off, and nobody of them is anybody's date.
_DAY_ZERO, _FIRST_DAY = date(1899, 12, 30), date(1900, 3, 1)
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_DECLARED = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_EVERY = 2000


@dataclass(slots=True)
class Marks:
    """What is put upon the cells: styles and comments by (row from 1, column from 0), and a last column by row."""

    styles: dict[tuple[int, int], int] = field(default_factory=dict)
    comments: dict[tuple[int, int], str] = field(default_factory=dict)
    last: dict[int, str] = field(default_factory=dict)
    last_column: int = 0


def cell(text: str, style: int = TEXT) -> str:
    """One cell with a text."""
    if not text and style == TEXT:
        return "<c/>"
    if style == TEXT and text.startswith(FORMULA_STARTS):
        style = QUOTED
    plain = escape(writable(text))
    return f'<c s="{style}" t="inlineStr"><is><t xml:space="preserve">{plain}</t></is></c>'


def day_cell(day: date, style: int = TEXT) -> str:
    """One cell with a day, as a date that can be sorted and calculated with."""
    if day < _FIRST_DAY or style not in _OF_A_DAY:
        return cell(day.isoformat(), style)
    return f'<c s="{_OF_A_DAY[style]}"><v>{(day - _DAY_ZERO).days}</v></c>'


def workbook(name: str, rows: Iterable[tuple[int, list[str]]], marks: Marks, widths: Mapping[int, float]) -> bytes:
    """The file. ``rows`` are row numbers from 1 with their cells as :func:`cell` made them."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as package:
        for part, content in _parts(name, marks).items():
            package.writestr(part, _DECLARED + content)
        with package.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(_sheet_begins(widths).encode())
            held: list[str] = []
            for number, cells in rows:
                held.append(f'<row r="{number}">{"".join(cells)}</row>')
                if len(held) >= _EVERY:
                    sheet.write("".join(held).encode("utf-8", "replace"))
                    held.clear()
            drawing = '<legacyDrawing r:id="rId2"/>' if marks.comments else ""
            sheet.write(("".join(held) + f"</sheetData>{drawing}</worksheet>").encode("utf-8", "replace"))
    return stream.getvalue()


def _sheet_begins(widths: Mapping[int, float]) -> str:
    columns = "".join(
        f'<col min="{one + 1}" max="{one + 1}" width="{width}" customWidth="1"/>'
        for one, width in sorted(widths.items())
    )
    return f'{_DECLARED}<worksheet xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><cols>{columns}</cols><sheetData>'


def _parts(name: str, marks: Marks) -> dict[str, str]:
    """Everything but the sheet itself."""
    kinds = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    comments = bool(marks.comments)
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="vml" ContentType="application/vnd.openxmlformats-officedocument.vmlDrawing"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kinds}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kinds}.worksheet+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{kinds}.styles+xml"/>'
        + (f'<Override PartName="/xl/comments1.xml" ContentType="{kinds}.comments+xml"/>' if comments else "")
        + "</Types>",
        "_rels/.rels": _relations({"rId1": ("officeDocument", "xl/workbook.xml")}),
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
        f'<sheet name={quoteattr(name)} sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": _relations(
            {"rId1": ("worksheet", "worksheets/sheet1.xml"), "rId2": ("styles", "styles.xml")}
        ),
        "xl/styles.xml": _styles(),
    }
    if comments:
        parts["xl/worksheets/_rels/sheet1.xml.rels"] = _relations(
            {"rId1": ("comments", "../comments1.xml"), "rId2": ("vmlDrawing", "../drawings/vmlDrawing1.vml")}
        )
        parts["xl/comments1.xml"] = _comments(marks.comments)
        parts["xl/drawings/vmlDrawing1.vml"] = _drawing(marks.comments)
    return parts


def _relations(found: Mapping[str, tuple[str, str]]) -> str:
    inside = "".join(
        f'<Relationship Id="{one}" Type="{_OFFICE}/{kind}" Target="{target}"/>' for one, (kind, target) in found.items()
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{inside}</Relationships>'


def _styles() -> str:
    grounds = "".join(
        f'<fill><patternFill patternType="solid"><fgColor rgb="FF{one}"/></patternFill></fill>'
        for one in (HEADER_GROUND, ERROR_GROUND, WARNING_GROUND)
    )
    grounds_of = ((0, 0, 0), (1, 2, 0), (0, 3, 0), (0, 4, 0), (0, 0, 1))
    looks = [(49, *one) for one in grounds_of] + [(_DAY_FORMAT, *grounds_of[one]) for one in _OF_A_DAY]
    formats = "".join(
        f'<xf numFmtId="{number}" fontId="{font}" fillId="{fill}" borderId="0" xfId="0" quotePrefix="{quote}"'
        ' applyNumberFormat="1" applyFill="1" applyFont="1"/>'
        for number, font, fill, quote in looks
    )
    return (
        f'<styleSheet xmlns="{_MAIN}">'
        f'<numFmts count="1"><numFmt numFmtId="{_DAY_FORMAT}" formatCode="{DAY_FORMAT}"/></numFmts>'
        f'<fonts count="2"><font><sz val="11"/><name val="{FONT}"/></font>'
        f'<font><b/><sz val="11"/><name val="{FONT}"/></font></fonts>'
        '<fills count="5"><fill><patternFill patternType="none"/></fill>'
        '<fill><patternFill patternType="gray125"/></fill>'
        f'{grounds}</fills><borders count="1"><border/></borders>'
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
        f'<cellXfs count="{len(looks)}">{formats}</cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
    )


def _comments(comments: Mapping[tuple[int, int], str]) -> str:
    from app.sheets.layout import column_letter

    inside = "".join(
        f'<comment ref="{column_letter(column)}{row}" authorId="0">'
        f'<text><t xml:space="preserve">{escape(text)}</t></text></comment>'
        for (row, column), text in sorted(comments.items())
    )
    authors = "<authors><author>ShebaoDesk</author></authors>"
    return f'<comments xmlns="{_MAIN}">{authors}<commentList>{inside}</commentList></comments>'


def _drawing(comments: Mapping[tuple[int, int], str]) -> str:
    shapes = "".join(
        f'<v:shape id="_x0000_s{1025 + at}" type="#_x0000_t202" style="position:absolute;width:240pt;height:90pt;'
        'visibility:hidden" fillcolor="#ffffe1" o:insetmode="auto"><v:textbox/>'
        '<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/><x:AutoFill>False</x:AutoFill>'
        f"<x:Row>{row - 1}</x:Row><x:Column>{column}</x:Column></x:ClientData></v:shape>"
        for at, (row, column) in enumerate(sorted(comments))
    )
    return (
        '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"'
        ' xmlns:x="urn:schemas-microsoft-com:office:excel">'
        '<v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe"/>'
        f"{shapes}</xml>"
    )

"""The template of an item: header, example, drop-downs and notes, all from the item's own declaration."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from app.regions.pack import FieldType
from app.sheets import styles
from app.sheets.layout import column_letter

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

    from app.regions.pack import Field, Item, Region

FILLABLE_ROWS = 2000
_LONGEST_LIST = 255
_NOTES = (("列", 20), ("必填", 8), ("怎么填", 60), ("示例", 24), ("可选", 60))
_WIDTHS = {FieldType.IDENTITY: 24, FieldType.DATE: 14, FieldType.NAME: 12, FieldType.MONEY: 12, FieldType.PHONE: 16}


def template(region: Region, item: Item) -> bytes:
    """The xlsx file, ready to be written. The example row is skipped when the file comes back."""
    from openpyxl import Workbook

    book = Workbook()
    main = book.active
    assert main is not None  # noqa: S101 - a new workbook has a sheet
    main.title = item.business
    fields = [field for field in item.fields if field.in_sheet]
    lists = book.create_sheet("选项")
    lists.sheet_state = "hidden"
    for index, field in enumerate(fields):
        _column(region, main, lists, index, field)
    main.freeze_panes = "A2"
    main.row_dimensions[1].height = 24
    _notes(region, item, book.create_sheet("填写说明", 1), fields)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _column(region: Region, sheet: Worksheet, lists: Worksheet, index: int, field: Field) -> None:
    from openpyxl.comments import Comment
    from openpyxl.styles import Alignment, Font

    letter = column_letter(index)
    head = sheet.cell(1, index + 1)
    styles.put_text(head, f"{field.name}*" if field.required else field.name)
    head.font = Font(name=styles.FONT, bold=True, color=styles.REQUIRED_TEXT if field.required else None)
    head.fill = styles.ground(styles.HEADER_GROUND)
    head.alignment = Alignment(vertical="center", horizontal="center")
    if field.hint:
        head.comment = Comment(field.hint, "ShebaoDesk")
    example = sheet.cell(2, index + 1)
    styles.put_text(example, field.example)
    example.font = Font(name=styles.FONT, italic=True, color=styles.EXAMPLE_TEXT)
    sheet.column_dimensions[letter].width = _WIDTHS.get(field.type, max(12, 2.4 * len(field.name)))
    # Text format on the whole column: Excel then leaves identity numbers and dates as they are typed.
    sheet.column_dimensions[letter].number_format = "@"
    if field.type is not FieldType.MONEY:
        for row in range(3, 203):
            sheet.cell(row, index + 1).number_format = "@"
    if field.table:
        _drop_down(region, sheet, lists, letter, field)


def _drop_down(region: Region, sheet: Worksheet, lists: Worksheet, letter: str, field: Field) -> None:
    from openpyxl.worksheet.datavalidation import DataValidation

    names = list(region.tables[field.table or ""].entries.values())
    for row, name in enumerate(names, start=1):
        styles.put_text(lists[f"{letter}{row}"], name)
    choice = DataValidation(
        type="list",
        formula1=f"'{lists.title}'!${letter}$1:${letter}${len(names)}",
        allow_blank=True,
        showErrorMessage=True,
        errorTitle=field.name,
        error="请从下拉列表里选。",
    )
    choice.add(f"{letter}2:{letter}{FILLABLE_ROWS}")
    sheet.add_data_validation(choice)


def _notes(region: Region, item: Item, sheet: Worksheet, fields: list[Field]) -> None:
    from openpyxl.styles import Alignment, Font

    intro = [f"{region.name} · {item.name}", *item.introduction, "第 2 行是示例，导入时自动跳过，可以删去或盖掉。"]
    for row, line in enumerate(intro, start=1):
        styles.put_text(sheet.cell(row, 1), line)
        sheet.cell(row, 1).font = Font(name=styles.FONT, bold=row == 1)
    top = len(intro) + 2
    for column, (title, width) in enumerate(
        (("列", 20), ("必填", 8), ("怎么填", 60), ("示例", 24), ("可选", 60)), start=1
    ):
        cell = sheet.cell(top, column)
        styles.put_text(cell, title)
        cell.font, cell.fill = Font(name=styles.FONT, bold=True), styles.ground(styles.HEADER_GROUND)
        sheet.column_dimensions[column_letter(column - 1)].width = width
    for row, field in enumerate(fields, start=top + 1):
        choices = "、".join(region.tables[field.table].entries.values()) if field.table else ""
        texts = (field.name, "必填" if field.required else "", field.hint, field.example, choices[:_LONGEST_LIST])
        for column, text in enumerate(texts, start=1):
            styles.put_text(sheet.cell(row, column), text)
            sheet.cell(row, column).alignment = Alignment(wrap_text=True, vertical="top")

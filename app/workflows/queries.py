"""Ask the bureau, keep the answer to be looked at offline, and export it."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from app.bureau_api.client import QueryColumn, QueryTable
from app.domain.findings import any_stops
from app.errors import InputRefused, UsageError
from app.regions.pack import Kind
from app.workflows import drafts, papers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from pathlib import Path

    from app.bureau_api.client import Bureau
    from app.regions.pack import Item, Region
    from app.rules.fields import Raw
    from app.rules.ground import PersonFacts
    from app.workflows.desk import Desk

# A spreadsheet shows more digits as a power of ten, and keeps fifteen of them; account and identity numbers have more.
_MOST_DIGITS = 11
_FIRST_DAY = date(1900, 3, 1)
_AMOUNT = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_ROSTER = (
    QueryColumn("name", "姓名", "text"),
    QueryColumn("identity", "身份证号", "identity"),
    QueryColumn("number", "人员编号", "text"),
    QueryColumn("standing", "状态", "text"),
    QueryColumn("base", "缴费基数", "money"),
    QueryColumn("first_work", "首次参加工作时间", "date"),
    QueryColumn("since", "参保时间", "month"),
    QueryColumn("declared_until", "申报至", "month"),
    QueryColumn("paid_until", "已缴至", "month"),
    QueryColumn("insurances", "险种", "text"),
)
#: The kinds of file a table can be kept as.
EXPORTS = (".xlsx", ".csv")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query said, to which conditions, and when (by the bureau's clock)."""

    table: QueryTable
    conditions: Mapping[str, str]
    at: datetime | None


def query_item(region: Region, name: str) -> Item:
    """The region's query item of that id, or the one that asks the query of that name.

    Raises UsageError ``query-unknown``.
    """
    known = [one for one in region.items.values() if one.kind is Kind.QUERY]
    for one in sorted(known, key=lambda item: item.id != name):
        if name in (one.id, one.query):
            return one
    names = "、".join(one.id for one in known)
    raise UsageError("query-unknown", query=name, region=region.name, known=names)


def conditions(desk: Desk, region: Region, item: Item, raw: Mapping[str, Raw]) -> dict[str, str]:
    """Canonical conditions of a query. Raises InputRefused with what is wrong with them."""
    ground = drafts.ground(desk, None)
    values, findings = desk.checker(region.id, item.id).check(raw, ground)
    if any_stops(findings):
        raise InputRefused(findings=findings, count=len(findings))
    return {key: value for key, value in values.items() if value}


def ask(desk: Desk, bureau: Bureau, unit_number: str, item: Item, asked: Mapping[str, str]) -> Answer:
    """Ask and keep the answer in place of the one before. Raises what the bureau's calls raise."""
    table = bureau.query(item.query, asked)
    kept = {"conditions": dict(asked), "table": table.to_wire()}
    desk.said.put(unit_number, _topic(item), kept, desk.system_clock())
    return Answer(table, asked, desk.now())


def last(desk: Desk, unit_number: str, item: Item) -> Answer | None:
    """The last answer of a query, None where it was never asked for this unit."""
    kept = desk.said.get(unit_number, _topic(item)) if unit_number else None
    if kept is None:
        return None
    return Answer(QueryTable.from_wire(kept["table"]), kept["conditions"], desk.heard_at(unit_number, _topic(item)))


def export(table: QueryTable, path: Path) -> None:
    """Write a table as .xlsx or .csv, whole or not at all.

    No cell becomes a formula and no long number loses digits. Raises UsageError ``export-kind`` or ``file-unwritable``.
    """
    if path.suffix.lower() == ".csv":
        papers.write(path, as_csv(table))
    elif path.suffix.lower() == ".xlsx":
        papers.write(path, as_workbook(table))
    else:
        raise UsageError("export-kind", file=path.name)


def as_csv(table: QueryTable) -> bytes:
    """UTF-8 with a mark, as Excel and WPS expect it."""
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(_plain(one.name) for one in table.columns)
    for row in table.rows:
        writer.writerow(
            row[one.key] if one.kind == "money" and amount(row[one.key]) is not None else _plain(row[one.key])
            for one in table.columns
        )
    return b"\xef\xbb\xbf" + stream.getvalue().encode()


def as_workbook(table: QueryTable) -> bytes:
    """Text as text, amounts as numbers, days as dates."""
    from openpyxl import Workbook
    from openpyxl.styles import Font

    from app.sheets import styles
    from app.sheets.layout import column_letter

    book = Workbook()
    sheet = book.active
    assert sheet is not None  # noqa: S101 - a new workbook has a sheet
    sheet.freeze_panes = "A2"
    for at, column in enumerate(table.columns, start=1):
        head = sheet.cell(1, at)
        styles.put_text(head, f"{column.name}（元）" if column.kind == "money" else column.name)
        head.font = Font(name=styles.FONT, bold=True)
        head.fill = styles.ground(styles.HEADER_GROUND)
        longest = max([len(column.name) * 2, *(len(row[column.key]) for row in table.rows[:200])])
        sheet.column_dimensions[column_letter(at - 1)].width = min(60, longest + 4)
        for line, row in enumerate(table.rows, start=2):
            cell, text = sheet.cell(line, at), row[column.key]
            if column.kind == "money" and (value := amount(text)) is not None:
                cell.value = value
                cell.number_format = "#,##0.00"
            elif column.kind == "date" and (day := _day(text)) is not None:
                cell.value = day
                cell.number_format = styles.DAY
            else:
                styles.put_text(cell, text)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def amount(text: str) -> Decimal | None:
    """An amount in yuan as it travels, ``-1234.50``; None for what is none, or is one only to Python (``+1E3``)."""
    return Decimal(text) if _AMOUNT.fullmatch(text) else None


def _day(text: str) -> date | None:
    """A day that a spreadsheet can count with; None where the text is none, or one before it begins to count."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day >= _FIRST_DAY else None


def people(found: Iterable[PersonFacts], region: Region) -> QueryTable:
    """The roster as a table that can be exported."""
    shorts = {one.id: one.short for one in region.insurances}
    rows = [
        {
            "name": one.name,
            "identity": one.identity,
            "number": one.number,
            "standing": one.standing.label,
            "base": "" if one.base is None else str(one.base),
            "first_work": "" if one.first_work is None else one.first_work.isoformat(),
            "since": str(one.since or ""),
            "declared_until": str(one.declared_until or ""),
            "paid_until": str(one.paid_until or ""),
            "insurances": "、".join(shorts.get(key, key) for key in one.insurances),
        }
        for one in found
    ]
    return QueryTable(_ROSTER, tuple(rows), len(rows))


def _plain(text: str) -> str:
    """A cell that a spreadsheet reads as text: CSV has no types, so a mark goes ahead of what it would calculate."""
    if text.startswith(_FORMULA):
        return f"'{text}"
    digits = text.rstrip("Xx")
    return f"\t{text}" if digits.isdigit() and (len(digits) > _MOST_DIGITS or digits.startswith("0")) else text


def _topic(item: Item) -> str:
    return f"query:{item.id}"

"""Put on paper: notices, certificates, and the forms that are stamped and attached."""

from __future__ import annotations

import os
import tempfile
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from app.domain.money import TO_FEN, shown
from app.domain.months import Month
from app.domain.notices import RosterForm
from app.errors import UsageError
from app.regions.pack import FieldType
from app.regions.pack_errors import ParameterUnknown
from app.rules.contributions import ZERO, calculate
from app.workflows import drafts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.documents import Document, Rendered
    from app.domain.filings import Filing
    from app.regions.pack import Item, Region
    from app.rules.ground import UnitFacts
    from app.workflows.desk import Desk


def printed(region: Region, layout: str, document: Document) -> Rendered:
    """The document under the region's layout of that name."""
    from app.documents import load_layout, render

    return render(load_layout(region.layout_path(layout)), document)


def form(desk: Desk, unit: UnitFacts, layout: str, filings: Sequence[Filing]) -> Rendered:
    """The stamped form for filings of one item (增加表, 减少表), filled in and ready for the seal."""
    region = desk.region(filings[0].region)
    item = desk.item(region.id, filings[0].item)
    rows = [_form_row(region, item, unit, filing, desk.today()) for filing in filings]
    known = drafts.ground(desk, unit.number)
    for row in rows:
        person = known.person(row["AAC002"])
        if person is not None:
            row.setdefault("AAC999", person.number)
    amounts = {key: [Decimal(row[key]) for row in rows if row.get(key)] for key in _SUMMED}
    # A column that nobody filled has no total: 0.00 would say that it had.
    totals = {key: sum(found, ZERO) for key, found in amounts.items() if found}
    for row in rows:
        row |= {key: shown(Decimal(row[key])) for key in _SUMMED if row.get(key)}
    title = next(slot.name for slot in item.attachments if slot.made_from == layout)
    roster = RosterForm(
        title=f"（{region.name}）{title}", header=header(desk, region, unit), rows=tuple(rows), totals=totals
    )
    return printed(region, layout, roster)


def query_form(desk: Desk, region: Region, item: Item, unit: UnitFacts, rows: Sequence[Mapping[str, str]]) -> Rendered:
    """Rows of a query's answer under the layout that the query prints; one row alone also fills the header.

    Raises UsageError ``no-form`` for a query that prints nothing, or where there is no row, and ``one-row-needed`` for
    several rows of what is one paper each.
    """
    if not item.prints or not rows:
        raise UsageError("no-form", item=item.name)
    layout = item.prints[0]
    if len(rows) > 1 and needs_one(region, layout):
        raise UsageError("one-row-needed", item=item.name)
    filled = {**(rows[0] if len(rows) == 1 else {}), **header(desk, region, unit)}
    money = {key: sum((Decimal(row[key]) for row in rows), ZERO) for key in ("amount", "offset") if key in rows[0]}
    return printed(region, layout, RosterForm(title=item.name, header=filled, rows=tuple(rows), totals=money))


def needs_one(region: Region, layout: str) -> bool:
    """Whether a paper is about one thing: it carries the code that this one is verified by."""
    from app.documents import load_layout
    from app.documents.layout import Code

    return any(isinstance(block, Code) for block in load_layout(region.layout_path(layout)).blocks)


def header(desk: Desk, region: Region, unit: UnitFacts | None) -> dict[str, str]:
    """What every form says of the unit and the day, by the layouts' names."""
    known = {"filled_on": f"{desk.today():%Y年%m月%d日}", "region": region.name, "agency": region.agency}
    known["stop_rule"] = "停保时间当月仍须缴费" if region.conduct.stop_month_paid else "缴费到停保时间的上一个月"
    if unit is not None:
        known |= {"unit_name": unit.name, "unit_number": unit.number, "credit_code": unit.credit_code}
    return known


_SUMMED = ("AAE180", "due_total", "due_unit", "due_person", "XSB007", "AAC040", "wage_mean")


def _form_row(region: Region, item: Item, unit: UnitFacts, filing: Filing, today: date) -> dict[str, str]:
    """A row by the layout's names: each field under its national data item, and what is derived beside it."""
    row = {}
    for field in item.fields:
        value = filing.values.get(field.key, "")
        if field.type is FieldType.CODE and field.table:
            value = region.tables[field.table].entries.get(value, value)
        elif field.type is FieldType.INSURANCES:
            value = "、".join(region.insurance(one).short for one in value.split(",") if one)
        row[field.data_item] = value
    row.setdefault("AAC002", filing.values.get("identity", ""))
    row |= _mean(filing)
    if filing.values.get("start"):
        row |= _arrears(region, unit, filing, today)
    if filing.values.get("stop_date"):
        last = Month.of(date.fromisoformat(filing.values["stop_date"])) + (0 if region.conduct.stop_month_paid else -1)
        row |= {"paid_to": last.spoken, "stopped_from": (last + 1).spoken}
    return row


def _mean(filing: Filing) -> dict[str, str]:
    """上年度月平均工资, in yuan, where the total and the months paid are told."""
    total, months = filing.values.get("total", ""), filing.values.get("months", "")
    if not total or not months or not int(months):
        return {}
    return {"wage_mean": f"{TO_FEN.apply(Decimal(total) / int(months)):.2f}"}


def _arrears(region: Region, unit: UnitFacts, filing: Filing, today: date) -> dict[str, str]:
    """Base and what is due for the months from the start to this one, in yuan."""
    first, last = Month.of(date.fromisoformat(filing.values["start"])), Month.of(today)
    row = {"AAC030": filing.values["start"], "AAE180": filing.values["wage"], "paid_span": f"{first}至{last}"}
    months = [first + offset for offset in range(max(0, last - first) + 1)]
    insurances = [one for one in filing.values.get("insurances", "").split(",") if one] or None
    try:
        sums = [calculate(region, m, Decimal(row["AAE180"]), unit.injury_class, insurances) for m in months]
    except ParameterUnknown:
        return row
    due_unit, due_person = sum((one.unit for one in sums), ZERO), sum((one.person for one in sums), ZERO)
    return row | {
        "due_unit": f"{due_unit:.2f}",
        "due_person": f"{due_person:.2f}",
        "due_total": f"{due_unit + due_person:.2f}",
    }


def write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all. Raises UsageError ``file-unwritable``."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
            Path(draft).replace(path)
        except OSError:
            Path(draft).unlink(missing_ok=True)
            raise
    except OSError as failed:
        raise UsageError("file-unwritable", file=str(path), detail=failed.strerror or str(failed)) from failed

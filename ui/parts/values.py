"""A filing's values as a clerk reads them: code names for codes, short names of insurances, grouped amounts."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from app.domain.money import shown
from app.regions.pack import FieldType
from ui.parts.text import masked

if TYPE_CHECKING:
    from app.domain.filings import Filing
    from app.regions.pack import Field, Region


_FLAGS = {"true": "是", "1": "是", "false": "否", "0": "否"}


def shown_value(region: Region, field: Field, value: str) -> str:
    """One value; identity numbers masked."""
    if field.type is FieldType.IDENTITY:
        return masked(value)
    parts = value.split(",")
    if len(parts) > 1 and all(len(one) == 18 and one[:17].isdigit() for one in parts):
        return f"{len(parts)} 人"
    if field.type is FieldType.CODE and field.table:
        return region.tables[field.table].entries.get(value, value)
    if field.type is FieldType.INSURANCES:
        return "、".join(region.insurance(one).short for one in value.split(",") if one)
    if field.type is FieldType.MONEY:
        return f"{shown(Decimal(value))} 元"
    return _FLAGS.get(value, value) if field.type is FieldType.FLAG else value


def subject_of(region: Region, filing: Filing) -> str:
    """Whom a filing speaks of: a name, or the month of a filing for the unit as a whole."""
    name = filing.values.get("name", "")
    if name:
        return name
    identity = filing.values.get("identity", "")
    if identity:
        return masked(identity)
    insurances = filing.values.get("insurances") or filing.values.get("insurance") or ""
    kinds = "、".join(region.insurance(one).short for one in insurances.split(",") if one)
    return f"全单位{f'（{kinds}）' if kinds else ''}"

"""Dated parameters: rates, limits, rounding.

Each value has its months, its source and the day it was last verified.
"""

from __future__ import annotations

import itertools
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from app.regions.pack_errors import ParameterUnknown

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from app.domain.months import Month
    from app.regions.reading import Reader


class Standing(StrEnum):
    """How far a value can be trusted."""

    OFFICIAL = "official"
    UNVERIFIED = "unverified"
    LOCAL = "local"

    @property
    def label(self) -> str:
        """The mark shown wherever the value is used; empty for an official one."""
        return {"official": "", "unverified": "未核实", "local": "本地修改/未核实"}[self]


class Value(NamedTuple):
    """A parameter's value for the months ``first`` to ``last`` (None: until further notice).

    ``by_class`` holds the values of a parameter that depends on a class (injury insurance: industry risk class 1–8).
    """

    first: Month
    last: Month | None
    amount: Decimal | None
    by_class: Mapping[str, Decimal]
    source: str
    verified_on: date
    standing: Standing = Standing.OFFICIAL

    def covers(self, month: Month) -> bool:
        """Whether the value is in force in ``month``."""
        return self.first <= month and (self.last is None or month <= self.last)


class Used(NamedTuple):
    """A value as it entered a calculation, so that every amount can be explained."""

    id: str
    name: str
    amount: Decimal
    value: Value


class Parameter(NamedTuple):
    """One parameter with all its values, oldest first, none overlapping."""

    id: str
    name: str
    region: str
    values: tuple[Value, ...]

    def value_for(self, month: Month) -> Value:
        """The value in force. Raises ParameterUnknown."""
        for value in reversed(self.values):
            if value.covers(month):
                return value
        raise ParameterUnknown(self.region, self.id, self.name, str(month))

    def used(self, month: Month, of_class: str | None = None) -> Used:
        """The amount in force for ``month`` (and class), with where it comes from. Raises ParameterUnknown."""
        value = self.value_for(month)
        amount = value.amount if value.amount is not None else value.by_class.get(of_class or "")
        if amount is None:
            raise ParameterUnknown(self.region, self.id, f"{self.name}（{of_class or '未定'}类）", str(month))
        return Used(self.id, self.name if value.amount is not None else f"{self.name}（{of_class}类）", amount, value)


def read_parameter(reader: Reader, region: str) -> Parameter:
    """Read one parameter file. Raises PackError for overlaps, gaps within, and values without a source."""
    with reader:
        values = tuple(_read_value(one) for one in reader.tables("values"))
        parameter = Parameter(reader.text("id"), reader.text("name"), region, values)
        gaps_said = reader.flag("gaps_known")
    if not values:
        raise reader.wrong("values", "no-values")
    for before, after in itertools.pairwise(values):
        if before.last is None or before.last >= after.first:
            raise reader.wrong("values", "dates-overlap", month=str(after.first))
        if not gaps_said and before.last + 1 != after.first:
            raise reader.wrong("values", "dates-gap", month=str(before.last + 1))
    return parameter


def _read_value(reader: Reader) -> Value:
    with reader:
        classes = reader.table("classes")
        by_class = {key: classes.number(key) for key in classes.keys()}  # noqa: SIM118 - Reader is no mapping
        amount = reader.number("value") if not by_class else None
        first = reader.month("from")
        last = reader.month("to", optional=True)
        assert first is not None  # noqa: S101 - not optional, so Reader has refused its absence
        if last is not None and last < first:
            raise reader.wrong("to", "ends-before-start")
        return Value(
            first=first,
            last=last,
            amount=amount,
            by_class=by_class,
            source=reader.text("source"),
            verified_on=reader.day("verified_on"),
            standing=reader.choice("standing", Standing, Standing.OFFICIAL),
        )

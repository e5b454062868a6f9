"""What a query is handed and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from app.domain.findings import error
from app.domain.months import Month
from bureau.errors import Declined

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from app.regions.pack import Region
    from bureau.models import Unit
    from bureau.office import Office

Kind = Literal["text", "money", "month", "date", "identity"]
Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Column:
    """A column as the clerk reads it; ``kind`` says how it is shown and sorted."""

    key: str
    name: str
    kind: Kind = "text"


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks, when, and under which conditions; a condition left empty is none."""

    office: Office
    session: Session
    region: Region
    unit: Unit
    values: Mapping[str, str]
    now: datetime

    def month(self, key: str) -> Month | None:
        """A condition that is a month or a day. Raises Declined for what is neither."""
        text = self.values.get(key, "")
        try:
            return Month.parse(text[:7]) if text else None
        except ValueError:
            raise Declined(error("malformed", path=key)) from None

    def within(self, month: Month) -> bool:
        """Whether a month lies within ``first`` and ``last``."""
        first, last = self.month("first"), self.month("last")
        return (first is None or first <= month) and (last is None or month <= last)

    def short(self, insurance: str) -> str:
        """The short name of an insurance."""
        return self.region.insurance(insurance).short


@dataclass(frozen=True, slots=True)
class Query:
    """A query: its columns, the conditions it takes, and where its rows come from."""

    columns: tuple[Column, ...]
    rows: Callable[[Asked], Iterable[Row]]

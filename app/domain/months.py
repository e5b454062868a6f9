"""Months of contribution (费款所属期), which the whole field counts in."""

from __future__ import annotations

import calendar
import re
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, Self

if TYPE_CHECKING:
    from collections.abc import Iterator

_FORMS = re.compile(r"^(\d{4})\s*[-/.年]?\s*(\d{1,2})\s*月?$")


class _YearAndNumber(NamedTuple):
    year: int
    number: int


class Month(_YearAndNumber):
    """A calendar month. Ordered, and counted in whole months by ``+`` and ``-``."""

    __slots__ = ()

    def __new__(cls, year: int, number: int) -> Self:
        """Raises ValueError where there is no such month."""
        if not (1 <= number <= 12 and 1900 <= year <= 2200):
            msg = f"no such month: {year}-{number}"
            raise ValueError(msg)
        return super().__new__(cls, year, number)

    @classmethod
    def parse(cls, text: str) -> Month:
        """Read ``2022-08``, ``202208``, ``2022/8``, ``2022.8`` or ``2022年8月``. Raises ValueError."""
        found = _FORMS.match(text.strip())
        if not found:
            msg = f"not a month: {text!r}"
            raise ValueError(msg)
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def of(cls, day: date) -> Month:
        """The month a day lies in."""
        return _month(day.year, day.month)

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.number:02d}"

    def __add__(self, months: int) -> Month:  # type: ignore[override]  # nobody joins months as tuples
        years, index = divmod(self.year * 12 + self.number - 1 + months, 12)
        return _month(years, index + 1)

    def __sub__(self, other: Month) -> int:
        """Whole months from ``other`` to this one."""
        return (self.year - other.year) * 12 + self.number - other.number

    @property
    def period(self) -> str:
        """The bureau's six-digit period number (做账期号), e.g. ``202208``."""
        return f"{self.year:04d}{self.number:02d}"

    @property
    def spoken(self) -> str:
        """As in a sentence: ``2022年8月``."""
        return f"{self.year}年{self.number}月"

    @property
    def first_day(self) -> date:
        """The first day of the month."""
        return date(self.year, self.number, 1)

    @property
    def last_day(self) -> date:
        """The last day of the month."""
        return date(self.year, self.number, calendar.monthrange(self.year, self.number)[1])


@lru_cache(maxsize=4096)
def _month(year: int, number: int) -> Month:
    """A month, made once: there are few, and a sheet asks for them a hundred thousand times."""
    return Month(year, number)


def months_between(first: Month, last: Month) -> Iterator[Month]:
    """Every month from ``first`` to ``last``, both included; none if ``last`` is earlier."""
    for offset in range(last - first + 1):
        yield first + offset

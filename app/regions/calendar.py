"""Working days, with the official holidays and make-up days of each year.

The State Council fixes each year's holidays and the weekend days worked for them in one notice; ``resources/calendar``
holds one table a year with the notice it comes from. A day in a year without a table is not guessed at.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from app.regions.errors import CalendarUnknown
from app.regions.reading import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FRIDAY = 4
_ONE_DAY = timedelta(days=1)


class WorkingCalendar:
    """Working days after the tables in a folder (``2021.toml`` …), each read when its year is first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._years: dict[int, _Year] = {}

    def is_working(self, day: date) -> bool:
        """Whether offices work on ``day``. Raises CalendarUnknown, and PackError for a damaged table."""
        year = self._years.get(day.year) or self._load(day.year)
        return day in year.make_up or (day.weekday() <= _FRIDAY and day not in year.holidays)

    def next_working(self, day: date) -> date:
        """``day`` itself if it is a working day, else the first one after it."""
        while not self.is_working(day):
            day += _ONE_DAY
        return day

    def deadline(self, issued: date, working_days: int) -> date:
        """The last day of a term of ``working_days`` that begins with the issue of a document.

        Inferred from the sample notice of seed 002 (有效期限为10个工作日; issued Saturday 2021-11-13,
        缴费截止日期至2021年11月29日): the issue date is moved to the next working day (Monday 15), and the term is
        counted from the day after it.
        """
        last = self.next_working(issued)
        for _ in range(working_days):
            last = self.next_working(last + _ONE_DAY)
        return last

    def _load(self, year: int) -> _Year:
        path = self._folder / f"{year}.toml"
        if not path.is_file():
            raise CalendarUnknown(year)
        loaded = self._years[year] = _Year(Reader.open(path, f"calendar/{path.name}"), year)
        return loaded


class _Year:
    """One table: the days off and the weekend days that are worked."""

    def __init__(self, table: Reader, year: int) -> None:
        self.holidays: set[date] = set()
        self.make_up: set[date] = set()
        with table:
            if table.count("year") != year:
                raise table.wrong("year", "not-the-year-of-the-file")
            table.text("source")
            table.day("verified_on")
            for holiday in table.tables("holidays"):
                with holiday:
                    self._add(holiday, year)

    def _add(self, holiday: Reader, year: int) -> None:
        holiday.text("name")
        holiday.text("source", "")
        first, last = holiday.day("first"), holiday.day("last")
        if not first.year == last.year == year or first > last:
            raise holiday.wrong("last", "not-a-span-in-the-year")
        self.holidays.update(first + index * _ONE_DAY for index in range((last - first).days + 1))
        if holiday.has("make_up"):
            self.make_up.update(_weekend_days(holiday, year))


def _weekend_days(holiday: Reader, year: int) -> Iterator[date]:
    days = holiday.raw("make_up")
    if not isinstance(days, list):
        raise holiday.wrong("make_up", "not-dates")
    for day in days:
        if type(day) is not date or day.year != year or day.weekday() <= _FRIDAY:
            raise holiday.wrong("make_up", "not-a-weekend-day-of-the-year", day=str(day))
        yield day

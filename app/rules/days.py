"""Days as people write them who did not mean a machine to read them: what one of these can only have meant.

Nothing is guessed where two readings are left: 8/1/22 is August to some and January to others, and of 2022.1 nobody
knows whether Excel took the zero off October.
"""

from __future__ import annotations

import re

_NUMERALS = {"〇": 0, "○": 0, "零": 0, **{one: at for at, one in enumerate("一二三四五六七八九", start=1)}}
_CHINESE = re.compile(
    r"([〇○零一二三四五六七八九]{4})年([一二三四五六七八九十]{1,3})月(?:([一二三四五六七八九十]{1,3})[日号]?)?"
)
_DAY = re.compile(r"\D*+(\d{4})\D{1,3}(\d{1,2})\D{1,3}(\d{1,2})\D*+(?:\d{1,2}:\d{2}(?::\d{2})?\D*+)?")
_SHORT_YEAR = re.compile(r"['’]?(\d{2})\s*([-/.年])\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?")
_MONTH = re.compile(r"(\d{4})\s*[-/.年]?\s*(\d{1,2})\s*(?:月份?)?")
_LOST_ZERO = re.compile(r"\d{4}\.1")
_ENGLISH = re.compile(r"(\d{1,2})[-/ ]([A-Z]{3})[A-Z]*\.?[-/ ,]+(\d{4}|\d{2})", re.IGNORECASE)
_AMERICAN = re.compile(r"([A-Z]{3})[A-Z]*\.? (\d{1,2}),? (\d{4})", re.IGNORECASE)
_MONTHS = {name: at for at, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), start=1)}
_LATEST_SHORT = 49  # a year of two digits from here on is of the last century: nobody at work was born before 1950


def meant(text: str) -> str | None:
    """The day that the words tell, of a month alone its first; whether there is such a day is not looked at."""
    plain = _CHINESE.sub(_arabic, text.strip())
    if found := _DAY.fullmatch(plain):
        return _day(found[1], found[2], found[3])
    if found := _SHORT_YEAR.fullmatch(plain):
        # Numbers alone up to twelve may be in another order.
        alone = found[2] in "-/" and int(found[1]) <= 12
        return None if alone else _day(_whole(found[1]), found[3], found[4])
    if (found := _MONTH.fullmatch(plain)) and not _LOST_ZERO.fullmatch(plain):
        return _day(found[1], found[2], "1")
    if (found := _ENGLISH.fullmatch(plain)) and (month := _MONTHS.get(found[2].lower())):
        return _day(_whole(found[3]), str(month), found[1])
    if (found := _AMERICAN.fullmatch(plain)) and (month := _MONTHS.get(found[1].lower())):
        return _day(found[3], str(month), found[2])
    return None


def _day(year: str, month: str, day: str) -> str:
    return f"{year}-{int(month):02}-{int(day):02}"


def _whole(year: str) -> str:
    """The year, its century added where that was left out."""
    return year if len(year) == 4 else f"{'20' if int(year) <= _LATEST_SHORT else '19'}{year}"


def _arabic(words: re.Match[str]) -> str:
    """A date in Chinese numerals, in digits."""
    year = "".join(str(_NUMERALS[one]) for one in words[1])
    told = f"{year}年{_number(words[2])}月"
    return f"{told}{_number(words[3])}日" if words[3] else told


def _number(words: str) -> int:
    """A number up to ninety-nine."""
    tens, ten, ones = words.rpartition("十")
    if not ten:
        return int("".join(str(_NUMERALS[one]) for one in words))
    return (_NUMERALS.get(tens, 1) if tens else 1) * 10 + (_NUMERALS.get(ones, 0) if ones else 0)

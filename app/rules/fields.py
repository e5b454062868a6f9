"""One parser for each type of field: from what a clerk typed or a cell held to the canonical text, with findings.

A parser is built once for a field and a region and then called for every cell, so that a hundred thousand rows cost a
hundred thousand calls and no look-ups of how to parse.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from app.domain.findings import Finding, error, warning
from app.domain.identity import examine, is_sound, tidy, unsound
from app.domain.money import FEN, wire, yuan
from app.domain.months import Month
from app.regions.pack import FieldType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from app.regions.pack import Field, Region

Raw = str | float | int | bool | date | datetime | time | timedelta | None
Parsed = tuple[str, tuple[Finding, ...]]

NOTHING: tuple[Finding, ...] = ()
_FULL_WIDTH = re.compile(r"[\uff01-\uff5e]")
_TO_HALF = {full: full - 0xFEE0 for full in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_BLANKS = re.compile(r"[\s\u00a0\u200b\ufeff]+")
#: Blanks that Python does not count among them.
_ODD_BLANKS = frozenset("\u200b\ufeff")
_DATE_FORMS = re.compile(
    r"^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?$"
)
_DATE_DIGITS = re.compile(r"^(\d{4})(\d{2})(\d{2})$")
#: As text, compiled for the first name that is not plain: a class of so many characters takes Python 3.11 a while.
_NAME = r"^[\u3400-\u9fff\U00020000-\U0003ffff〇·•・.]{2,30}$|^[A-Za-z][A-Za-z .·'-]{1,48}$"
_PHONE = re.compile(r"^1[3-9]\d{9}$|^0\d{2,3}-?\d{7,8}$")
#: Numbers and names as almost all are written: taken as they are. The slower ways accept these just so.
_PLAIN_AMOUNT = re.compile(r"([0-9]{1,9})(?:\.([0-9]{1,2}))?\Z")
_MOBILE = re.compile(r"1[3-9][0-9]{9}\Z")
_YEARS = range(1900, 2201)  # those that a Month has
_LIKE_YEARS = range(1950, 2050)
_SAFE_INTEGER_DIGITS = 15
_MOST_INTEGER_DIGITS = 12
_EXCEL_FIRST_DAY = date(1899, 12, 30)
#: How a cell says yes, and how it says no, in capitals.
YES = frozenset("是 有 1 Y YES TRUE √ ✓".split())
NO = frozenset("否 无 0 N NO FALSE × ✗".split())


def to_be_parsed(field: Field) -> Callable[[Iterable[str]], set[str]] | None:
    """A quick sieve of texts: those that the field's parser may not give back as they are, with nothing to say.

    None where there is no such sieve. What it holds back may be right all the same. It is for long columns of numbers
    that are all different.
    """
    return _SIEVES.get(field.type)


def _unlike(is_plain: Callable[[str], object]) -> Callable[[Iterable[str]], set[str]]:
    return lambda texts: {one for one in texts if not is_plain(one)}


def _is_plain_name(text: str) -> bool:
    """Two to thirty Chinese characters of the basic planes, and nothing else."""
    return 2 <= len(text) <= 30 and min(text) >= "\u3400" and max(text) <= "\u9fff"


def parser_for(field: Field, region: Region) -> Callable[[Raw], Parsed]:
    """The parser of ``field``: canonical text and findings (without place) for whatever a cell or a form may hold.

    An empty optional field gives an empty text, an empty required one the finding ``required``. Never raises for bad
    input: what cannot be read is a finding and comes back as typed.
    """
    parse = _BY_TYPE[field.type](field, region)
    empty: Parsed = ("", (error("required", name=field.name),) if field.required else NOTHING)

    def parsed(raw: Raw) -> Parsed:
        if raw is None or raw == "" or (isinstance(raw, str) and _is_blank(raw)):
            return (field.default, NOTHING) if field.default else empty
        return parse(raw)

    return parsed


def _is_blank(text: str) -> bool:
    first = text[0]
    return (first.isspace() or first in _ODD_BLANKS) and not _BLANKS.sub("", text)


def as_text(raw: Raw) -> str:
    """What a cell shows, for messages and for types that are text: whole floats lose their ``.0``."""
    if isinstance(raw, float) and raw.is_integer() and abs(raw) < 10**_SAFE_INTEGER_DIGITS:
        return str(int(raw))
    if isinstance(raw, datetime):
        return raw.date().isoformat() if raw.time() == time() else raw.isoformat(" ")
    return f"{raw:.5E}" if isinstance(raw, float) and abs(raw) >= 10**_SAFE_INTEGER_DIGITS else str(raw)


def _identity(field: Field, _: Region) -> Callable[[Raw], Parsed]:
    def parse(raw: Raw) -> Parsed:
        if isinstance(raw, str) and is_sound(raw):
            return raw, NOTHING
        if isinstance(raw, (int, float)) and not isinstance(raw, bool):
            return _identity_from_number(raw)
        text = as_text(raw)
        identity = examine(text)
        if identity.problem is not None and not (identity.kind == "credit-code" and identity.is_person):
            return text, (error(identity.problem, name=field.name, length=len(identity.number)),)
        if not identity.is_person:
            return text, (error("identity-of-unit", name=field.name),)
        return identity.number, _noted(text, identity.number)

    return parse


def _identity_from_number(raw: float) -> Parsed:
    """Excel keeps 15 digits of a number: an identity number stored as one has lost its end and is never guessed."""
    text = str(int(raw)) if float(raw).is_integer() and abs(raw) < 10**_SAFE_INTEGER_DIGITS else f"{raw:.5E}"
    return text, (error("identity-destroyed", name="", length=len(text)),)


def _noted(typed: str, taken: str) -> tuple[Finding, ...]:
    """A warning where what was taken differs from what was typed by more than blanks at the ends or small letters."""
    if typed.strip().upper() == taken:
        return NOTHING
    code = "full-width" if _FULL_WIDTH.search(typed) else "stray-characters"
    return (warning(code, suggestion=taken),)


def _text(_: Field, __: Region) -> Callable[[Raw], Parsed]:
    def parse(raw: Raw) -> Parsed:
        return _BLANKS.sub(" ", as_text(raw)).strip(), NOTHING

    return parse


def _name(field: Field, _: Region) -> Callable[[Raw], Parsed]:
    @lru_cache(maxsize=4096)
    def parse_text(text: str) -> Parsed:
        plain = text.translate(_TO_HALF).strip()
        squeezed = plain if plain.isascii() else _BLANKS.sub("", plain)
        if not re.match(_NAME, squeezed):
            return text, (error("name-form", name=field.name),)
        return squeezed, (warning("stray-characters", suggestion=squeezed),) if squeezed != text.strip() else NOTHING

    def parse(raw: Raw) -> Parsed:
        if isinstance(raw, str) and _is_plain_name(raw):
            return raw, NOTHING
        return parse_text(as_text(raw))

    return parse


def _phone(field: Field, _: Region) -> Callable[[Raw], Parsed]:
    def parse(raw: Raw) -> Parsed:
        if isinstance(raw, str) and _MOBILE.match(raw):
            return raw, NOTHING
        text = as_text(raw)
        plain = tidy(text) if "-" not in text else text.translate(_TO_HALF).strip()
        if not _PHONE.match(plain):
            return text, (error("phone-form", name=field.name),)
        return plain, _noted(text, plain) if isinstance(raw, str) and _FULL_WIDTH.search(text) else NOTHING

    return parse


def _code(field: Field, region: Region) -> Callable[[Raw], Parsed]:
    table = region.tables[field.table or ""]

    @lru_cache(maxsize=1024)
    def parse_text(text: str) -> Parsed:
        plain = _BLANKS.sub("", text.translate(_TO_HALF))
        code = table.code_of(plain)
        if code is None and plain.isdigit():
            width = max(map(len, table.entries))
            code = table.code_of(plain.zfill(width))
        if code is None:
            return text, (error("code-unknown", name=field.name, choices="、".join(table.entries.values())),)
        return code, NOTHING

    return lambda raw: parse_text(as_text(raw))


def _date(field: Field, _: Region) -> Callable[[Raw], Parsed]:
    @lru_cache(maxsize=65536)
    def parse_text(text: str) -> Parsed:
        plain = text.translate(_TO_HALF).strip()
        # A count of days that was written out as text, as programs do that do not know a cell for a date.
        if len(counted := plain.removesuffix(".0")) == 5 and counted.isascii() and counted.isdecimal():
            return _date_from_number(int(counted)) or (text, (error("date-form", name=field.name),))
        parts = _DATE_FORMS.match(plain) or _DATE_DIGITS.match(plain)
        try:
            day = date(int(parts[1]), int(parts[2]), int(parts[3])) if parts else None
        except ValueError:
            return text, (error("date-impossible", name=field.name),)
        if day is None:
            return text, (error("date-form", name=field.name),)
        if day.year not in _YEARS:
            return text, (error("date-impossible", name=field.name),)
        return day.isoformat(), NOTHING

    def parse(raw: Raw) -> Parsed:
        if isinstance(raw, date):
            return parse_text(raw.isoformat()[:10])
        if isinstance(raw, (int, float)) and not isinstance(raw, bool):
            return _date_from_number(raw) or parse_text(as_text(raw))
        return parse_text(as_text(raw))

    return parse


def _date_from_number(raw: float) -> Parsed | None:
    """The day of a count of days that lost its format, which is read and said; None where it is no such count."""
    # 20228 is a month as well as a day of 1955.
    either = raw // 10 in _LIKE_YEARS and raw % 10
    if not float(raw).is_integer() or not 10_000 <= raw <= 80_000 or either:
        return None
    day = (_EXCEL_FIRST_DAY + timedelta(days=int(raw))).isoformat()
    return day, (warning("date-from-serial", suggestion=day),)


def _month(field: Field, _: Region) -> Callable[[Raw], Parsed]:
    def parse(raw: Raw) -> Parsed:
        text = f"{raw:%Y-%m}" if isinstance(raw, date) else as_text(raw).translate(_TO_HALF).strip()
        try:
            return str(Month.parse(text)), NOTHING
        except ValueError:
            return text, (error("month-form", name=field.name),)

    return parse


def _money(field: Field, _: Region) -> Callable[[Raw], Parsed]:
    def parse(raw: Raw) -> Parsed:
        text = as_text(raw)
        plain = _PLAIN_AMOUNT.match(text)
        if plain:
            return f"{int(plain[1])}.{plain[2] or '':0<2}", NOTHING
        try:
            amount = Decimal(repr(raw)) if isinstance(raw, float) else yuan(text)
        except ValueError:
            return text, (error("money-form", name=field.name),)
        if amount.is_nan():
            return text, (error("money-form", name=field.name),)
        if amount < 0 or amount >= 10**9:
            return text, (error("money-range", name=field.name),)
        if amount != amount.quantize(FEN):
            taken = wire(amount)
            return taken, (warning("money-below-fen", suggestion=taken),)
        taken = wire(amount)
        return taken, (warning("full-width", suggestion=taken),) if _FULL_WIDTH.search(text) else NOTHING

    return parse


def _integer(field: Field, _: Region) -> Callable[[Raw], Parsed]:
    def parse(raw: Raw) -> Parsed:
        text = as_text(raw).translate(_TO_HALF).strip()
        # ² and its kind are digits to Python too, and a number of thousands of digits is none that anybody means.
        plain = text.isascii() and text.isdigit() and len(text) <= _MOST_INTEGER_DIGITS
        return (str(int(text)), NOTHING) if plain else (text, (error("integer-form", name=field.name),))

    return parse


def _flag(field: Field, _: Region) -> Callable[[Raw], Parsed]:
    def parse(raw: Raw) -> Parsed:
        text = as_text(raw).translate(_TO_HALF).strip().upper()
        if text in YES:
            return "1", NOTHING
        return ("0", NOTHING) if text in NO else (text, (error("flag-form", name=field.name),))

    return parse


def _insurances(field: Field, region: Region) -> Callable[[Raw], Parsed]:
    names = {}
    for insurance in region.insurances:
        for word in (insurance.id, insurance.code, insurance.name, insurance.short, f"{insurance.short}保险"):
            names[word] = insurance.id
    order = [insurance.id for insurance in region.insurances]

    @lru_cache(maxsize=256)
    def parse_text(text: str) -> Parsed:
        words = [word for word in re.split(r"[,，、;；/\s]+", text.translate(_TO_HALF)) if word]
        found = {names[word] for word in words if word in names}
        unknown = [word for word in words if word not in names]
        if unknown:
            known = "、".join(insurance.short for insurance in region.insurances)
            return text, (error("insurance-unknown", name=field.name, words="、".join(unknown), choices=known),)
        return ",".join(one for one in order if one in found), NOTHING

    return lambda raw: parse_text(as_text(raw))


_BY_TYPE: dict[FieldType, Callable[[Field, Region], Callable[[Raw], Parsed]]] = {
    FieldType.IDENTITY: _identity,
    FieldType.NAME: _name,
    FieldType.TEXT: _text,
    FieldType.PHONE: _phone,
    FieldType.CODE: _code,
    FieldType.DATE: _date,
    FieldType.MONTH: _month,
    FieldType.MONEY: _money,
    FieldType.INTEGER: _integer,
    FieldType.FLAG: _flag,
    FieldType.INSURANCES: _insurances,
}

_SIEVES: dict[FieldType, Callable[[Iterable[str]], set[str]]] = {
    FieldType.IDENTITY: unsound,
    FieldType.NAME: _unlike(_is_plain_name),
    FieldType.PHONE: _unlike(_MOBILE.match),
}

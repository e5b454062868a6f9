"""What a slip can only have meant: corrections to be offered and shown, never applied unasked.

A correction is given only where one reading is left: sex and birth date from the identity number, a code by the one
name that the words hold, a date or an amount out of the words around it. Digits of an identity number are never
guessed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from app.domain.identity import examine
from app.regions.pack import FieldType
from app.rules.days import meant

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from app.domain.findings import Finding
    from app.regions.pack import Field, Region
    from app.rules.engine import Checker

_TOLD = frozenset(("sex-differs", "born-differs"))
_MONTH = re.compile(r"\D*(\d{4})\D{0,3}(\d{1,2})\D*")
#: Words that say no more than that it is an amount: one with a part of it (底薪) or a bonus (+绩效) is another.
_OF_MONEY = r"(?:人民币|月缴费工资|月工资|缴费基数|社保基数|基数|工资|rmb|cny|[约￥¥元圆块整每/月:：\s()（）])*+"
_AMOUNT = re.compile(rf"{_OF_MONEY}(\d[\d,]*(?:\.\d+)?){_OF_MONEY}", re.IGNORECASE)
_NUMBER = re.compile(r"\D*(\d+)\D*")
_EIGHTEEN = re.compile(r"(?<![0-9A-Za-z])(?:id)?(\d{17}[\dXx])(?![0-9A-Za-z])", re.IGNORECASE)
_BRACKETS = re.compile(r"[（(【\[].*?[）)】\]]")


def correction(checker: Checker, values: Mapping[str, str], finding: Finding) -> str | None:
    """The canonical value that mends ``finding`` in its field; None where there is no safe one.

    ``values`` are the row's canonical values, with what could not be read as it was typed.
    """
    key = finding.where.field
    if not finding.stops or key is None or key not in checker.parsers:
        return None
    if finding.code in _TOLD:
        alone = {**values, "sex": "", "born": ""}
        checker.complete(alone)
        return alone.get(key) or None
    field = checker.item.field(key)
    reread = _REREAD.get(field.type)
    typed = values.get(key, "")
    meant = reread(typed, field, checker.region) if reread is not None and typed else None
    if meant is None:
        return None
    value, problems = checker.parsers[key](meant)
    return None if any(one.stops for one in problems) or value == typed else value


def _code(text: str, field: Field, region: Region) -> str | None:
    """The one entry that the words name, or that they are a part of."""
    table = region.tables[field.table or ""]
    words = {**{name: code for code, name in table.entries.items()}, **table.aliases}
    within = {code for name, code in words.items() if name in text}
    if not within:
        within = {code for name, code in words.items() if text in name}
    return within.pop() if len(within) == 1 else None


def _identity(text: str, _: Field, __: Region) -> str | None:
    """The one number that stands among the words, if it is a sound one: no digit of it is changed."""
    found = _EIGHTEEN.findall(text)
    return found[0] if len(found) == 1 and examine(found[0]).valid else None


def _date(text: str, _: Field, __: Region) -> str | None:
    return meant(text)


def _month(text: str, _: Field, __: Region) -> str | None:
    found = _MONTH.fullmatch(text)
    return f"{found[1]}-{int(found[2]):02}" if found else None


def _money(text: str, _: Field, __: Region) -> str | None:
    found = _AMOUNT.fullmatch(text)
    return found[1] if found else None


def _integer(text: str, _: Field, __: Region) -> str | None:
    found = _NUMBER.fullmatch(text)
    return found[1] if found else None


def _phone(text: str, _: Field, __: Region) -> str | None:
    digits = re.sub(r"[\s\-－—()（）]", "", text)
    return re.sub(r"^(?:\+|00)?86(?=1\d{10}$)", "", digits)


def _name(text: str, _: Field, __: Region) -> str | None:
    """The name without remarks in brackets and numbers around it."""
    return re.sub(r"[\d\s.、,，。*＊]+", "", _BRACKETS.sub("", text))


def _insurances(text: str, _: Field, region: Region) -> str | None:
    """The insurances whose short name stands in the words; none where a word names none or more than one."""
    found = []
    for word in filter(None, re.split(r"[,，、;；/\s+＋和及]+", text)):
        named = {one.id for one in region.insurances if one.short in word or word in (one.id, one.code)}
        if len(named) != 1:
            return None
        found.append(named.pop())
    return ",".join(found) or None


_REREAD: Mapping[FieldType, Callable[[str, Field, Region], str | None]] = {
    FieldType.IDENTITY: _identity,
    FieldType.CODE: _code,
    FieldType.DATE: _date,
    FieldType.MONTH: _month,
    FieldType.MONEY: _money,
    FieldType.INTEGER: _integer,
    FieldType.PHONE: _phone,
    FieldType.NAME: _name,
    FieldType.INSURANCES: _insurances,
}

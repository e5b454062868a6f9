"""Texts of a layout with places for values: ``缴费截止日期至{due_on}``, ``{total:plain}``, ``{total:words}``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from app.domain.amount_words import in_words
from app.domain.money import shown
from app.domain.months import Month

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_PLACE = re.compile(r"\{(\w+(?:\.\w+)?)(?::(\w+))?\}")


class TemplateBroken(ValueError):
    """A text with a brace that opens no value, or a format nobody knows."""


@dataclass(frozen=True, slots=True)
class Template:
    """A text and the names of the values it needs."""

    text: str
    names: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> Template:
        """Read ``text``. Raises TemplateBroken."""
        places = list(_PLACE.finditer(text))
        if "{" in (rest := _PLACE.sub("", text)) or "}" in rest:
            raise TemplateBroken(text)
        for place in places:
            if place[2] and place[2] not in FORMATS:
                raise TemplateBroken(place[2])
        return cls(text, tuple(place[1] for place in places))

    def filled(self, values: Mapping[str, object]) -> str:
        """The text with its values; a value that is absent or None leaves nothing."""
        return _PLACE.sub(lambda place: _written(values.get(place[1]), place[2]), self.text)


def _written(value: object, style: str | None) -> str:
    return "" if value is None else FORMATS[style](value) if style else _usual(value)


def _usual(value: object) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Decimal):
        return shown(value)
    if isinstance(value, (date, datetime)):
        return f"{value.year}年{value.month}月{value.day}日"
    return value.spoken if isinstance(value, Month) else str(value)


def _plain(value: object) -> str:
    """An amount without needless zeros, as the sample notice writes it: 186.3, 0."""
    if not isinstance(value, Decimal):
        return _usual(value)
    return f"{value.normalize():f}"


def _words(value: object) -> str:
    return in_words(value) if isinstance(value, Decimal) else _usual(value)


def _period(value: object) -> str:
    return value.period if isinstance(value, Month) else _usual(value)


def _fours(value: object) -> str:
    text = _usual(value)
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


FORMATS: Mapping[str, Callable[[object], str]] = {
    "plain": _plain,
    "words": _words,
    "period": _period,
    "fours": _fours,
}

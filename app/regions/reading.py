"""A strict reader for the tables of a pack: every key is asked for, and what nobody asked for is refused."""

from __future__ import annotations

import tomllib
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Self, TypeVar

from app.domain.months import Month
from app.regions.pack_errors import PackError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

EnumT = TypeVar("EnumT", bound=StrEnum)
_MISSING = object()


class Reader:
    """One TOML table, read key by key. Leaving the ``with`` block refuses the keys that were not read.

    Every method raises :class:`PackError` naming the file and the key.
    """

    def __init__(self, content: Mapping[str, Any], file: str, at: str = "") -> None:
        self.file = file
        self.at = at
        self._content = content
        self._read: set[str] = set()

    @classmethod
    def open(cls, path: Path, shown_as: str) -> Reader:
        """Read the TOML file at ``path``; ``shown_as`` is how errors name it."""
        try:
            with path.open("rb") as stream:
                return cls(tomllib.load(stream), shown_as)
        except FileNotFoundError:
            raise PackError(shown_as, "", "file-missing") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as broken:
            # tomllib refuses duplicate keys itself, naming line and column.
            raise PackError(shown_as, "", "not-toml", detail=str(broken)) from broken

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            for key in self._content:
                if key not in self._read:
                    raise self.wrong(key, "unknown-key")

    def wrong(self, key: str, reason: str, **facts: str) -> PackError:
        """The error for ``key`` of this table, to be raised by the caller."""
        return PackError(self.file, f"{self.at}.{key}" if self.at else key, reason, **facts)

    def has(self, key: str) -> bool:
        """Whether the table has ``key`` (without counting it as read)."""
        return key in self._content

    def keys(self) -> tuple[str, ...]:
        """The keys of the table, in the file's order."""
        return tuple(self._content)

    def text(self, key: str, default: str | None = None) -> str:
        """A non-empty text; ``default`` where the key is absent and one is given."""
        if default is not None and not self.has(key):
            return default
        value = self._take(key, _MISSING)
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(key, "not-text")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, empty where the key is absent."""
        value = self._take(key, [])
        if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
            raise self.wrong(key, "not-texts")
        return tuple(value)

    def flag(self, key: str, *, default: bool = False) -> bool:
        """A truth value."""
        value = self._take(key, default)
        if not isinstance(value, bool):
            raise self.wrong(key, "not-flag")
        return value

    def count(self, key: str, default: int | None = None) -> int:
        """A whole number, not negative."""
        value = self._take(key, _MISSING if default is None else default)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise self.wrong(key, "not-count")
        return value

    def choice(self, key: str, kind: type[EnumT], default: EnumT | None = None) -> EnumT:
        """One of the values of ``kind``."""
        value = self._take(key, _MISSING if default is None else default.value)
        try:
            return kind(value)
        except ValueError:
            raise self.wrong(key, "not-a-choice", choices=", ".join(kind)) from None

    def number(self, key: str) -> Decimal:
        """A decimal number, written as text so that no float touches it."""
        value = self._take(key, _MISSING)
        try:
            return Decimal(value if isinstance(value, str) else "x")
        except InvalidOperation:
            raise self.wrong(key, "not-number") from None

    def month(self, key: str, *, optional: bool = False) -> Month | None:
        """A month written ``"2022-07"``; None where ``optional`` and absent."""
        value = self._take(key, None if optional else _MISSING)
        if value is None:
            return None
        try:
            return Month.parse(value)
        except (ValueError, AttributeError):
            raise self.wrong(key, "not-month") from None

    def day(self, key: str) -> date:
        """A TOML date."""
        value = self._take(key, _MISSING)
        if type(value) is not date:
            raise self.wrong(key, "not-date")
        return value

    def table(self, key: str) -> Reader:
        """A table inside this one, empty where the key is absent."""
        value = self._take(key, {})
        if not isinstance(value, dict):
            raise self.wrong(key, "not-table")
        return Reader(value, self.file, f"{self.at}.{key}" if self.at else key)

    def tables(self, key: str) -> Iterator[Reader]:
        """Each table of an array of tables."""
        value = self._take(key, [])
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            raise self.wrong(key, "not-tables")
        for place, content in enumerate(value):
            label = content.get("key") or content.get("id") or content.get("check") or str(place + 1)
            yield Reader(content, self.file, f"{self.at}.{key}[{label}]" if self.at else f"{key}[{label}]")

    def plain(self, key: str) -> Mapping[str, str]:
        """A table of texts by text."""
        value = self._take(key, {})
        if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
            raise self.wrong(key, "not-text-table")
        return dict(value)

    def raw(self, key: str) -> object:
        """Whatever stands there; the caller examines it."""
        return self._take(key, _MISSING)

    def _take(self, key: str, default: object) -> Any:  # noqa: ANN401 - TOML values are any
        self._read.add(key)
        if key in self._content:
            return self._content[key]
        if default is _MISSING:
            raise self.wrong(key, "key-missing")
        return default

"""Frozen records to and from JSON values, by their field types and nothing else.

Strict on the way in: a key that is missing, unknown or of another type is refused by its path, so that a change of the
bureau's format is seen at once and not printed as an empty cell. Known types: str, int, bool, Decimal (as text), date,
datetime, Month, tuples, mappings, optional values, and records of these.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from app.domain.money import wire
from app.domain.months import Month

if TYPE_CHECKING:
    from collections.abc import Callable

RecordT = TypeVar("RecordT")


class RecordRefused(ValueError):
    """A JSON value is not the record it should be: ``path`` says where, ``reason`` what."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path or '(record)'}: {reason}")
        self.path = path
        self.reason = reason


def to_wire(record: object) -> dict[str, Any]:
    """The JSON object for ``record`` (a dataclass instance). Amounts are written to the fen."""
    if not dataclasses.is_dataclass(record) or isinstance(record, type):
        msg = f"not a record: {record!r}"
        raise TypeError(msg)
    return {one.name: _plain(getattr(record, one.name)) for one in dataclasses.fields(record)}


def from_wire(kind: type[RecordT], value: object, path: str = "") -> RecordT:
    """The record of type ``kind`` that a JSON object stands for. Raises RecordRefused."""
    if not isinstance(value, Mapping):
        raise RecordRefused(path, "not-an-object")
    types_by_name = _field_types(typing.cast("Any", kind))
    for key in value:
        if key not in types_by_name:
            raise RecordRefused(_under(path, str(key)), "unknown-key")
    arguments = {}
    for one in dataclasses.fields(kind):  # type: ignore[arg-type]  # a record, by contract
        if one.name in value:
            arguments[one.name] = _typed(types_by_name[one.name], value[one.name], _under(path, one.name))
        elif one.default is dataclasses.MISSING and one.default_factory is dataclasses.MISSING:
            raise RecordRefused(_under(path, one.name), "key-missing")
    return kind(**arguments)


def _plain(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return to_wire(value)
    if isinstance(value, Decimal):
        return wire(value)
    if isinstance(value, (Month, date)):
        return value.isoformat() if isinstance(value, date) else str(value)
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    return value


def _typed(kind: object, value: object, path: str) -> object:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        # Only "or nothing" is known: an amount and a text cannot be told apart once they have travelled.
        wanted = next(one for one in arguments if one is not types.NoneType)
        return None if value is None else _typed(wanted, value, path)
    if origin is tuple:
        if not isinstance(value, (list, tuple)):
            raise RecordRefused(path, "not-a-list")
        return tuple(_typed(arguments[0], one, f"{path}[{place}]") for place, one in enumerate(value))
    if origin is Mapping:
        if not isinstance(value, Mapping):
            raise RecordRefused(path, "not-an-object")
        return {str(key): _typed(arguments[1], one, _under(path, str(key))) for key, one in value.items()}
    if not isinstance(kind, type):
        msg = f"a record cannot hold {kind}"
        raise TypeError(msg)
    if dataclasses.is_dataclass(kind):
        return from_wire(kind, value, path)
    return _scalar(kind, value, path)


def _scalar(kind: type, value: object, path: str) -> object:
    reader = _FROM_TEXT.get(kind)
    if reader is None:
        if type(value) is not kind:
            raise RecordRefused(path, f"not-{kind.__name__}")
        return value
    try:
        return reader(value if isinstance(value, str) else "")
    except (ValueError, InvalidOperation):
        raise RecordRefused(path, f"not-{kind.__name__.lower()}") from None


def _amount(text: str) -> Decimal:
    amount = Decimal(text)
    if not amount.is_finite():
        raise ValueError(text)
    return amount


_FROM_TEXT: Mapping[type, Callable[[str], object]] = {
    Decimal: _amount,
    date: date.fromisoformat,
    datetime: datetime.fromisoformat,
    Month: Month.parse,
}


@lru_cache(maxsize=64)
def _field_types(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _under(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key

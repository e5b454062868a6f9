"""One kind of complaint for a cell, a form field, a pre-flight check and the bureau's refusal."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Severity(StrEnum):
    """An error stops a filing; a warning is shown and can be passed."""

    ERROR = "error"
    WARNING = "warning"


class Where(NamedTuple):
    """The place a finding speaks of. ``row`` and ``column`` are those the clerk sees in Excel (row 1 is the first)."""

    field: str | None = None
    sheet: str | None = None
    row: int | None = None
    column: str | None = None
    value: str | None = None


NOWHERE = Where()


class Finding(NamedTuple):
    """What is wrong and where, without wording: ``code`` picks the sentence, ``facts`` fill it in."""

    code: str
    severity: Severity = Severity.ERROR
    facts: Mapping[str, str] = MappingProxyType({})
    where: Where = NOWHERE

    @property
    def stops(self) -> bool:
        """Whether the filing cannot go on while this stands."""
        return self.severity is Severity.ERROR

    def at(self, where: Where) -> Finding:
        """The same complaint, at another place."""
        return self._replace(where=where)


def any_stops(findings: Iterable[Finding]) -> bool:
    """Whether one of ``findings`` is an error."""
    return any(finding.stops for finding in findings)


def error(code: str, /, *, where: Where = NOWHERE, **facts: object) -> Finding:
    """A finding that stops the filing."""
    return Finding(code, Severity.ERROR, {name: str(value) for name, value in facts.items()}, where)


def warning(code: str, /, *, where: Where = NOWHERE, **facts: object) -> Finding:
    """A finding the clerk may pass knowingly."""
    return Finding(code, Severity.WARNING, {name: str(value) for name, value in facts.items()}, where)

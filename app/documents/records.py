"""The records of :mod:`app.domain.notices` as the names and rows that a layout uses."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from app.documents.layout import DocumentKind
from app.domain.notices import AssessmentNotice, ParticipationCertificate, RosterForm

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Document = AssessmentNotice | ParticipationCertificate | RosterForm


@dataclass(frozen=True, slots=True)
class Printable:
    """A record in a layout's terms: single values, lists of rows by name, and the record's own notes."""

    kind: DocumentKind
    title: str
    values: Mapping[str, object]
    rows: Mapping[str, Sequence[Mapping[str, object]]]
    notes: tuple[str, ...] = ()


def printable(document: Document) -> Printable:
    """``document`` in a layout's terms. A form's totals are named ``total.<column>``."""
    match document:
        case AssessmentNotice():
            tables = {"lines": _rows(document.lines), "details": _rows(document.details)}
            return Printable(DocumentKind.NOTICE, document.number, _values(document), tables, document.notes)
        case ParticipationCertificate():
            persons = {"persons": _rows(document.persons)}
            return Printable(DocumentKind.CERTIFICATE, document.authorization_code, _values(document), persons)
        case RosterForm():
            totals = {f"total.{name}": amount for name, amount in document.totals.items()}
            values = {"title": document.title, **document.header, **totals}
            return Printable(DocumentKind.FORM, document.title, values, {"rows": document.rows})


def _rows(records: Sequence[object]) -> list[Mapping[str, object]]:
    return [_values(record) for record in records]


def _values(record: object) -> dict[str, object]:
    return {one.name: getattr(record, one.name) for one in fields(record)}  # type: ignore[arg-type]  # a record

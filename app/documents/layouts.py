"""Layout files, read strictly: every key known, every value named in a text one that the record has."""

from __future__ import annotations

from dataclasses import fields
from enum import StrEnum
from typing import TYPE_CHECKING

from app.documents.layout import (
    Align,
    Block,
    Cell,
    Code,
    Column,
    DocumentKind,
    Fit,
    Layout,
    Line,
    Mark,
    Notes,
    On,
    Origin,
    Paper,
    Table,
)
from app.documents.templates import Template, TemplateBroken
from app.domain.notices import (
    AssessmentNotice,
    CertifiedPerson,
    NoticeDetail,
    NoticeLine,
    ParticipationCertificate,
)
from app.regions.reading import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_USUAL_SIZE = 10
_PAGE_NAMES = frozenset({"page", "pages"})


class _BlockKind(StrEnum):
    MARK = "mark"
    LINE = "line"
    TABLE = "table"
    NOTES = "notes"
    CODE = "qr"


def _names(record: type) -> frozenset[str]:
    return frozenset(one.name for one in fields(record))


# The names a text may use, by list of rows; "" is the record itself. A form's names are its item's business.
_KNOWN: Mapping[DocumentKind, Mapping[str, frozenset[str] | None]] = {
    DocumentKind.NOTICE: {
        "": _names(AssessmentNotice),
        "lines": _names(NoticeLine),
        "details": _names(NoticeDetail),
    },
    DocumentKind.CERTIFICATE: {"": _names(ParticipationCertificate), "persons": _names(CertifiedPerson)},
    DocumentKind.FORM: {"": None, "rows": None},
}


def load_layout(path: Path) -> Layout:
    """Read one layout file. Raises PackError naming file and key."""
    shown_as = "/".join(path.parts[-3:])
    with Reader.open(path, shown_as) as table:
        kind = table.choice("document", DocumentKind)
        blocks = tuple(_blocks(table, "blocks", kind))
        footer = tuple(_blocks(table, "footer", kind))
        if sum(isinstance(block, Table) and block.per_page > 0 for block in blocks) > 1:
            raise table.wrong("blocks", "more-than-one-table-over-pages")
        lines = tuple(block for block in footer if isinstance(block, Line))
        if len(lines) != len(footer):
            raise table.wrong("footer", "only-lines")
        return Layout(
            file=shown_as,
            document=kind,
            title=table.text("title"),
            source=table.text("source"),
            origin=table.choice("origin", Origin),
            paper=table.choice("paper", Paper, Paper.PORTRAIT),
            margin=table.count("margin", 48),
            blocks=blocks,
            footer=lines,
        )


def _blocks(table: Reader, key: str, kind: DocumentKind) -> Iterator[Block]:
    for entry in table.tables(key):
        with entry:
            match entry.choice("kind", _BlockKind):
                case _BlockKind.MARK:
                    yield Mark(*_common(entry), text=entry.text("text"), english=entry.text("english"))
                case _BlockKind.LINE:
                    yield Line(*_common(entry), cells=_cells(entry, kind), height=entry.count("height", 0))
                case _BlockKind.NOTES:
                    yield _notes(entry, kind)
                case _BlockKind.CODE:
                    text = _checked(entry, "text", entry.text("text"), kind, "")
                    place = entry.choice("align", Align, Align.LEFT)
                    yield Code(*_common(entry), text=text, width=entry.count("width"), align=place)
                case _BlockKind.TABLE:
                    yield _table(entry, kind)


def _common(entry: Reader) -> tuple[On, int, int]:
    return entry.choice("on", On, On.EVERY), entry.count("gap", 0), entry.count("size", _USUAL_SIZE)


def _notes(entry: Reader, kind: DocumentKind) -> Notes:
    items = tuple(_checked(entry, "items", text, kind, "") for text in entry.texts("items"))
    return Notes(*_common(entry), heading=entry.text("heading", ""), items=items, extra=entry.flag("with_own_notes"))


def _table(entry: Reader, kind: DocumentKind) -> Table:
    rows = entry.text("rows")
    if rows not in _KNOWN[kind] or not rows:
        raise entry.wrong("rows", "no-such-rows")
    columns = tuple(_column(column, kind, rows) for column in entry.tables("columns"))
    if not columns:
        raise entry.wrong("columns", "key-missing")
    made = Table(
        *_common(entry),
        rows=rows,
        columns=columns,
        above=_spanning(entry, "above", kind, len(columns)),
        below=_spanning(entry, "below", kind, len(columns)),
        below_on=entry.choice("below_on", On, On.EVERY),
        row_height=entry.count("row_height", 22),
        per_page=entry.count("per_page", 0),
        fill=entry.flag("fill"),
    )
    if made.fill and not made.per_page:
        raise entry.wrong("fill", "needs-per-page")
    return made


def _column(entry: Reader, kind: DocumentKind, rows: str) -> Column:
    with entry:
        head = entry.texts("head")
        if not head:
            raise entry.wrong("head", "key-missing")
        return Column(
            head=head,
            text=_checked(entry, "text", entry.text("text"), kind, rows),
            width=entry.count("width"),
            align=entry.choice("align", Align, Align.CENTER),
            fit=entry.choice("fit", Fit, Fit.WRAP),
        )


def _spanning(entry: Reader, key: str, kind: DocumentKind, columns: int) -> tuple[tuple[Cell, ...], ...]:
    made = []
    for row in entry.tables(key):
        with row:
            cells = _cells(row, kind)
        if sum(cell.span for cell in cells) != columns:
            raise row.wrong("cells", "spans-do-not-fill-the-row")
        made.append(cells)
    return tuple(made)


def _cells(entry: Reader, kind: DocumentKind) -> tuple[Cell, ...]:
    made = []
    for cell in entry.tables("cells"):
        with cell:
            text = cell.raw("text")
            if not isinstance(text, str):
                raise cell.wrong("text", "not-text")
            made.append(
                Cell(
                    text=_checked(cell, "text", text, kind, ""),
                    span=cell.count("span", 1),
                    align=cell.choice("align", Align, Align.LEFT),
                    bold=cell.flag("bold"),
                    fit=cell.choice("fit", Fit, Fit.WRAP),
                    stamp=cell.text("stamp", ""),
                )
            )
    if not made:
        raise entry.wrong("cells", "key-missing")
    return tuple(made)


def _checked(entry: Reader, key: str, text: str, kind: DocumentKind, rows: str) -> Template:
    try:
        template = Template.parse(text)
    except TemplateBroken as broken:
        raise entry.wrong(key, "broken-text", text=str(broken)) from broken
    known = _KNOWN[kind][rows]
    extra = frozenset({"sequence"}) if rows else _PAGE_NAMES
    for name in template.names:
        if known is not None and name not in known | extra:
            raise entry.wrong(key, "no-such-value", name=name)
    return template

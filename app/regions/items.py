"""Read what can be done in a region: items with their fields, checks, attachments, and the code tables they use."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from app.regions.pack import (
    AttachmentSlot,
    CheckUse,
    CodeTable,
    Field,
    FieldType,
    FilledBy,
    Guide,
    Item,
    Kind,
    Review,
    Subject,
)
from app.regions.vocabulary import KNOWN_EFFECTS, KNOWN_QUERIES

if TYPE_CHECKING:
    from app.regions.reading import Reader

_ROW = re.compile(r"^[ZNHRT]\d\d$|^湖北:.+$")


def read_code_table(reader: Reader) -> CodeTable:
    """Read one code table. Raises PackError for an alias of a code that is not there."""
    with reader:
        table = CodeTable(
            reader.text("id"),
            reader.text("name"),
            reader.text("source"),
            reader.plain("entries"),
            reader.plain("aliases"),
        )
    for alias, code in table.aliases.items():
        if code not in table.entries:
            raise reader.wrong(f"aliases.{alias}", "dangling", id=code)
    return table


def read_item(reader: Reader) -> Item:
    """Read one item. Raises PackError, also where what it does is not in the vocabulary."""
    with reader:
        kind = reader.choice("kind", Kind, Kind.FILING)
        files = kind is Kind.FILING
        identifier = reader.text("id")
        item = Item(
            id=identifier,
            name=reader.text("name"),
            business=reader.text("business"),
            subject=reader.choice("subject", Subject, None if files else Subject.UNIT),
            review=reader.choice("review", Review, None if files else Review.AUTOMATIC),
            source=reader.text("source"),
            introduction=reader.texts("introduction"),
            needed=reader.texts("needed"),
            irreversible=reader.text("irreversible", ""),
            confirmation=reader.text("confirmation", None if files else ""),
            fields=tuple(_field(one) for one in reader.tables("fields")),
            checks=tuple(_check(one) for one in reader.tables("checks")),
            attachments=tuple(_attachment(one) for one in reader.tables("attachments")),
            lookup=reader.flag("lookup"),
            in_batches=reader.flag("in_batches"),
            prints=reader.texts("prints"),
            kind=kind,
            menu=reader.texts("menu"),
            serves=reader.texts("serves"),
            effect=reader.text("effect", identifier) if files else "",
            query=reader.text("query") if kind is Kind.QUERY else "",
            guide=_guide(reader) if kind is Kind.GUIDE else None,
        )
    _refuse_contradictions(reader, item)
    _refuse_unknown_words(reader, item)
    return item


def _guide(reader: Reader) -> Guide:
    if not reader.has("guide"):
        raise reader.wrong("guide", "key-missing")
    with reader.table("guide") as guide:
        return Guide(
            where=guide.text("where"),
            bring=guide.texts("bring"),
            steps=guide.texts("steps"),
            then=guide.text("then"),
            form=guide.text("form", ""),
            people=guide.flag("people"),
        )


def _refuse_contradictions(reader: Reader, item: Item) -> None:
    keys = [field.key for field in item.fields]
    for key in keys:
        if keys.count(key) > 1:
            raise reader.wrong(f"fields[{key}]", "duplicate-id", id=key)
    for row in item.serves:
        if not _ROW.match(row):
            raise reader.wrong("serves", "not-a-row", id=row)
    if item.kind is Kind.GUIDE and (item.fields or item.checks or item.attachments):
        raise reader.wrong("fields", "guide-takes-no-input")
    if item.kind is not Kind.FILING and item.subject is not Subject.UNIT:
        raise reader.wrong("subject", "not-about-a-person")


def _refuse_unknown_words(reader: Reader, item: Item) -> None:
    keys = {field.key for field in item.fields}
    if item.kind is Kind.FILING:
        if item.effect not in KNOWN_EFFECTS:
            raise reader.wrong("effect", "unknown-effect", id=item.effect)
        for key in KNOWN_EFFECTS[item.effect].keys:
            if key not in keys:
                raise reader.wrong("fields", "field-missing", id=key)
    if item.kind is Kind.QUERY:
        if item.query not in KNOWN_QUERIES:
            raise reader.wrong("query", "unknown-query", id=item.query)
        for key in sorted(keys - set(KNOWN_QUERIES[item.query].keys)):
            raise reader.wrong(f"fields[{key}]", "unknown-condition", id=key)


def _field(reader: Reader) -> Field:
    with reader:
        field = Field(
            key=reader.text("key"),
            data_item=reader.text("data_item"),
            name=reader.text("name"),
            type=reader.choice("type", FieldType),
            required=reader.flag("required"),
            synonyms=reader.texts("synonyms"),
            table=reader.text("table") if reader.has("table") else None,
            example=reader.text("example", ""),
            hint=reader.text("hint", ""),
            in_sheet=reader.flag("in_sheet", default=True),
            default=reader.text("default", ""),
            filled_by=reader.choice("filled_by", FilledBy) if reader.has("filled_by") else None,
        )
    if (field.type is FieldType.CODE) != (field.table is not None):
        raise reader.wrong("table", "table-and-type")
    return field


def _check(reader: Reader) -> CheckUse:
    with reader:
        return CheckUse(reader.text("check"), reader.plain("with"), reader.text("source"))


def _attachment(reader: Reader) -> AttachmentSlot:
    with reader:
        return AttachmentSlot(
            key=reader.text("key"),
            name=reader.text("name"),
            required=reader.flag("required"),
            formats=reader.texts("formats"),
            max_kb=reader.count("max_kb"),
            made_from=reader.text("made_from") if reader.has("made_from") else None,
            hint=reader.text("hint", ""),
        )

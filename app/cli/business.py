"""``shebao query``, ``file`` and ``guide``: any item of the region's pack, by its id."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.cli.filings import in_session, submitted_json
from app.cli.keys import signer_for
from app.cli.output import findings_json, progress
from app.errors import UsageError
from app.regions.pack import Kind
from app.workflows import guides, overview, papers, queries, single
from app.workflows import submit as submitting

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence

    from app.regions.pack import Item
    from app.workflows.desk import Desk


def query(desk: Desk, options: Namespace) -> dict[str, Any]:
    """Ask a query, and keep what it found as a file where one is named."""
    if options.out and Path(options.out).suffix.lower() not in queries.EXPORTS:
        raise UsageError("export-kind", file=options.out)
    with in_session(desk) as (session, bureau):
        region = desk.region(session.region)
        item = queries.query_item(region, options.name)
        asked = queries.conditions(desk, region, item, single.keyed(item, _pairs(options.values)))
        found = queries.ask(desk, bureau, session.unit.number, item, asked)
    if options.out:
        queries.export(found.table, Path(options.out))
    if options.pdf:
        rows = [row for row in found.table.rows if not options.row or set(options.row) & set(row.values())]
        papers.write(Path(options.pdf), papers.query_form(desk, region, item, session.unit, rows).pdf)
    files = {key: name for key, name in (("file", options.out), ("pdf", options.pdf)) if name}
    return {"query": item.query, **found.table.to_wire(), **files}


def file(desk: Desk, options: Namespace) -> dict[str, Any]:
    """One filing: checked, sealed and sent. Nothing is kept of what does not pass the checks."""
    with in_session(desk) as (session, bureau):
        item = desk.item(session.region, options.item)
        raw = single.keyed(item, _pairs(options.values))
        files = _pairs(options.files, alone=single.MADE_HERE)
        filing = single.prepare(desk, session.region, session.unit, item, raw, files)
        signer = signer_for(desk, session, options)
        try:
            done = submitting.submit(desk, bureau, session, signer, [filing], progress)
        finally:
            signer.close()
    return submitted_json(done)


def guide(desk: Desk, options: Namespace) -> dict[str, Any]:
    """What an item is for, what it needs, and where no program can do it: where to go with what."""
    place = overview.last_place(desk)
    region = desk.region(options.region or place.region)
    item = desk.item(region.id, options.item)
    result = {"region": region.id, **_told(item)}
    if options.pdf:
        paper = guides.form(desk, region, item, place.unit, options.person)
        papers.write(Path(options.pdf), paper.pdf)
        result |= {"file": options.pdf, "pages": paper.pages, "findings": findings_json(paper.findings)}
    return result


def _told(item: Item) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": item.id,
        "name": item.name,
        "kind": item.kind.value,
        "menu": list(item.menu),
        "introduction": list(item.introduction),
        "needed": list(item.needed),
        "source": item.source,
    }
    if item.kind is Kind.GUIDE and item.guide is not None:
        found = item.guide
        told |= {"where": found.where, "bring": list(found.bring), "steps": list(found.steps), "then": found.then}
        told["form"] = found.form or None
    else:
        told["fields"] = [
            {"key": one.key, "name": one.name, "type": one.type.value, "required": one.required} for one in item.fields
        ]
        told["attachments"] = [
            {"slot": one.key, "name": one.name, "required": one.required, "made_here": one.made_from is not None}
            for one in item.attachments
        ]
    return told


def _pairs(words: Sequence[str], *, alone: str | None = None) -> dict[str, Any]:
    """``KEY=VALUE`` words; ``alone`` is the value of a key that stands by itself. Raises UsageError."""
    pairs: dict[str, Any] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not key or (not equals and alone is None):
            raise UsageError("pair-needed", word=word)
        if key in pairs:
            raise UsageError("pair-twice", key=key)
        pairs[key] = value if equals else alone
    return pairs

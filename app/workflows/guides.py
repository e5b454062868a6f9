"""The form of a guide, filled in with all that is known: the unit, its handlers and account, the people chosen."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from app.domain.filings import FilingState
from app.domain.identity import examine
from app.domain.notices import RosterForm
from app.errors import BureauRefused, BureauUnreachable, UsageError
from app.regions.pack import Kind
from app.workflows import drafts, papers, queries

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from app.bureau_api.client import Bureau
    from app.documents import Rendered
    from app.regions.pack import Item, Region
    from app.rules.ground import PersonFacts, UnitFacts
    from app.workflows.desk import Desk

_HANDLER = {"AAC147": "identity", "AAC003": "name", "XSB008": "department", "AAC067": "phone"}
"""Where a form has a handler's data, and what the query of the handlers calls it."""


def form(
    desk: Desk,
    region: Region,
    item: Item,
    unit: UnitFacts | None,
    people: Sequence[str] = (),
    bureau: Bureau | None = None,
) -> Rendered:
    """The form of a guide. ``people`` are identity numbers; none named, those of the drafts that the form is for.

    Handlers and accounts are those last heard of, asked anew where there is a ``bureau``. Raises UsageError ``no-form``
    and, for somebody who is not of the unit, ``person-not-listed``.
    """
    if item.guide is None or not item.guide.form:
        raise UsageError("no-form", item=item.name)
    layout = item.guide.form
    filed = _filed_with(region, layout)
    if filed is not None and unit is not None:
        chosen = [
            one
            for one in desk.filings.select(unit.number)
            if one.item == filed.id
            and one.state in (FilingState.DRAFT, FilingState.CHECKED)
            and (not people or one.values.get("identity") in people)
        ]
        if chosen:
            return papers.form(desk, unit, layout, chosen)
    handlers = _heard(desk, region, unit, "handlers", bureau)
    header = papers.header(desk, region, unit)
    for account in _heard(desk, region, unit, "bank-accounts", bureau)[:1]:
        header |= {"bank": account["bank"], "account": account["account"], "holder": account["account_name"]}
    for handler in handlers[:1]:
        header |= {"filled_by": handler["name"], "handler_phone": handler["phone"]}
    rows = [_row(one) for one in _people(desk, unit, people)]
    if not rows:
        rows = [{name: handler[key] for name, key in _HANDLER.items()} for handler in handlers]
    header |= {key: value for key, value in (rows[0] if len(rows) == 1 else {}).items() if key not in header}
    return papers.printed(region, layout, RosterForm(title=item.name, header=header, rows=tuple(rows)))


def _filed_with(region: Region, layout: str) -> Item | None:
    """The filing that the same form is stamped for."""
    items = (one for one in region.items.values() if one.kind is Kind.FILING)
    return next((one for one in items if any(slot.made_from == layout for slot in one.attachments)), None)


def _heard(
    desk: Desk, region: Region, unit: UnitFacts | None, query: str, bureau: Bureau | None
) -> list[Mapping[str, str]]:
    """The rows of a query of the region's; none where it has no such query or nothing was ever heard."""
    item = next((one for one in region.items.values() if one.kind is Kind.QUERY and one.query == query), None)
    if item is None or unit is None:
        return []
    if bureau is not None:
        # Without an answer the form is filled in with what was heard before.
        with contextlib.suppress(BureauUnreachable, BureauRefused):
            queries.ask(desk, bureau, unit.number, item, {})
    found = queries.last(desk, unit.number, item)
    return list(found.table.rows) if found else []


def _people(desk: Desk, unit: UnitFacts | None, people: Sequence[str]) -> Iterator[PersonFacts]:
    known = drafts.ground(desk, unit.number if unit else None)
    for identity in people:
        person = known.person(identity)
        if person is None:
            raise UsageError("person-not-listed", identity=identity[-4:])
        yield person


def _row(person: PersonFacts) -> dict[str, str]:
    """A person under the national data items."""
    told = examine(person.identity)
    row = {"AAC002": person.identity, "AAC147": person.identity, "AAC003": person.name, "AAC999": person.number}
    if told.valid and told.sex is not None and told.born is not None:
        row |= {"AAC004": told.sex.value, "AAC006": told.born.isoformat()}
    if person.base is not None:
        row["AAE180"] = f"{person.base:.2f}"
    return row

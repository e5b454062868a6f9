"""One filing of any item from its values: read, checked, kept with its attachments, ready to be submitted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from app.domain.findings import any_stops
from app.errors import InputRefused, UsageError
from app.regions.pack import Kind
from app.workflows import batch, drafts, papers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.domain.filings import Filing
    from app.regions.pack import AttachmentSlot, Item
    from app.rules.fields import Raw
    from app.rules.ground import UnitFacts
    from app.workflows.desk import Desk

#: In place of a file's path: the form that the program makes for the slot.
MADE_HERE = ""


def keyed(item: Item, named: Mapping[str, Raw]) -> dict[str, Raw]:
    """Values by field key; a field may be named by its key or by its name. Raises UsageError ``field-unknown``."""
    names = {one.name: one.key for one in item.fields} | {one.key: one.key for one in item.fields}
    for name in named:
        if name not in names:
            known = "、".join(one.key for one in item.fields)
            raise UsageError("field-unknown", field=name, item=item.name, known=known)
    return {names[name]: value for name, value in named.items()}


def prepare(
    desk: Desk, region: str, unit: UnitFacts, item: Item, raw: Mapping[str, Raw], files: Mapping[str, str]
) -> Filing:
    """A draft with its attachments; ``files`` are paths by slot, MADE_HERE for a form made by the program.

    Raises InputRefused with findings, and UsageError; nothing is kept then.
    """
    if item.kind is not Kind.FILING:
        raise UsageError("item-not-filed", item=item.name, kind=item.kind.value, id=item.id)
    slots = {slot.key: slot for slot in item.attachments}
    for key in files:
        if key not in slots:
            raise UsageError("slot-unknown", slot=key, known="、".join(slots))
    given = {one.key: one.default for one in item.fields if one.default} | dict(raw)
    values, findings = desk.checker(region, item.id).check(given, drafts.ground(desk, unit.number))
    if any_stops(findings):
        raise InputRefused(findings=findings, count=len(findings))
    (filing,) = drafts.keep(desk, region, unit.number, item.id, [values])
    try:
        for key, path in files.items():
            filing = _attached(desk, unit, slots[key], filing, path)
        missing = drafts.missing_attachments(item, filing)
        if missing:
            raise InputRefused(findings=missing, count=len(missing))
    except (InputRefused, UsageError):
        drafts.void(desk, desk.filings.get(filing.id))
        raise
    return filing


def _attached(desk: Desk, unit: UnitFacts, slot: AttachmentSlot, filing: Filing, path: str) -> Filing:
    if path != MADE_HERE:
        return batch.attach_file_to_all(desk, [filing], slot, Path(path))[0]
    if slot.made_from is None:
        raise UsageError("nothing-to-attach", name=slot.name, formats="、".join(slot.formats))
    paper = papers.form(desk, unit, slot.made_from, [filing])
    return drafts.attach(desk, filing, slot, f"{slot.name}.pdf", paper.pdf)

"""From the month's payroll to proposals: read it, hold it against the roster, turn what is chosen into drafts."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from app.domain.progress import silent
from app.errors import UsageError
from app.regions.pack import Field, FieldType
from app.rules.engine import Checker
from app.rules.reconcile import Kind, Paid, reconcile
from app.rules.wages import declaring_year
from app.sheets import checking, reading
from app.workflows import drafts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from app.domain.filings import Filing
    from app.domain.findings import Finding
    from app.domain.progress import Progress
    from app.regions.pack import Item, Region
    from app.rules.reconcile import Difference, Reconciled
    from app.sheets.checking import Checked, Row
    from app.workflows.desk import Desk

#: What mends a difference. Another name is for the counter to mend, not for a filing.
ITEM_FOR: Mapping[Kind, str] = {Kind.MISSING: "enrol", Kind.LEFT: "stop", Kind.CHANGED: "wage"}
_AGAIN = "duplicate-in-file"
_GROSS = Field(
    key="gross",
    data_item="",
    name="应发工资",
    type=FieldType.MONEY,
    synonyms=("应发合计", "应发金额", "应发", "应付工资", "工资总额", "税前工资", "本月应发"),
)


@dataclass(frozen=True, slots=True)
class Held:
    """A payroll held against the roster. ``findings`` are what is wrong with the sheet; two payments are not."""

    checked: Checked
    result: Reconciled
    findings: tuple[Finding, ...]

    @property
    def unread(self) -> tuple[Finding, ...]:
        """Why rows could not be compared."""
        return tuple(one for one in self.findings if one.stops)


def payroll_item(region: Region) -> Item:
    """The columns looked for in a payroll, in the words of the region's own items; nothing but identity is required."""
    enrol, stop = region.items["enrol"], region.items["stop"]
    fields = (
        enrol.field("identity"),
        *(enrol.field(key)._replace(required=False, default="") for key in ("name", "wage", "start")),
        stop.field("stop_date")._replace(
            required=False,
            synonyms=("离职日期", "离职时间", *stop.field("stop_date").synonyms),
        ),
        _GROSS,
    )
    return enrol._replace(id="payroll", fields=fields, checks=(), attachments=())


def hold(desk: Desk, path: Path, unit_number: str, region_id: str, progress: Progress = silent) -> Held:
    """Read a payroll and compare it with the roster as last heard.

    Raises UsageError ``roster-unknown`` where the unit was never heard, InputRefused for a file that cannot be read.
    """
    region = desk.region(region_id)
    ground = drafts.ground(desk, unit_number or None)
    if ground.unit is None or ground.people is None:
        raise UsageError("roster-unknown")
    progress(0, 1, "读取")
    workbook = reading.read(path, progress)
    checker = Checker(region, payroll_item(region))
    checked = checking.check_workbook(workbook, checker, ground, progress=progress)
    by_person: dict[str, list[Row]] = {}
    broken = []
    for row in checked.rows:
        # Somebody who is paid twice in a month is no slip of the pen here.
        if all(one.code == _AGAIN for one in row.findings if one.stops):
            by_person.setdefault(row.values["identity"], []).append(row)
        else:
            broken.append(row)
    paid = [_paid(rows) for rows in by_person.values()]
    names = frozenset(row.values["name"] for row in broken)
    findings = tuple(one for one in checked.findings if one.code != _AGAIN)
    return Held(checked, reconcile(region, ground.unit, ground.people, paid, ground.today, names), findings)


def propose(
    desk: Desk, unit_number: str, region_id: str, differences: Iterable[Difference]
) -> dict[str, tuple[Filing, ...]]:
    """Drafts that would mend the differences, a batch for each item; by item id.

    What the payroll does not tell (a reason, a day) is left open in the draft for the clerk. Who already has an open
    draft of the item, or something under way at the bureau, gets no second one, and who is only doubtfully gone or new
    (``Difference.doubtful``) none at all.
    """
    made: dict[str, tuple[Filing, ...]] = {}
    chosen = [one for one in differences if one.kind in ITEM_FOR and not one.pending and not one.doubtful]
    today = drafts.ground(desk, unit_number).today
    for kind, item_id in ITEM_FOR.items():
        item = desk.item(region_id, item_id)
        drafted = desk.filings.open_subjects(unit_number, item_id)
        rows = [_values(item, one, today) for one in chosen if one.kind is kind and one.identity not in drafted]
        if rows:
            checker = desk.checker(region_id, item_id)
            canonical = [checker.read(row)[0] for row in rows]
            batch = uuid.uuid4().hex[:8]
            made[item_id] = tuple(drafts.keep(desk, region_id, unit_number, item_id, canonical, batch))
    return made


def _paid(rows: Sequence[Row]) -> Paid:
    """One person out of all of his rows: a bonus or a second payment stands in a row of its own."""
    first = rows[0]
    start, stop_date = (
        next((row.values[key] for row in rows if row.values[key]), "") for key in ("start", "stop_date")
    )
    name, more = first.values["name"], tuple(row.number for row in rows[1:])
    return Paid(first.number, first.values["identity"], name, _wage(rows), start, stop_date, more)


def _wage(rows: Iterable[Row]) -> Decimal | None:
    """The declared wage where the payroll has one, else all that was earned that month.

    A declared wage that stands twice is one wage; different ones are payments and are added up, as earnings are.
    """
    declared = {row.values["wage"] for row in rows} - {""}
    amounts = list(declared) or [row.values["gross"] for row in rows if row.values["gross"]]
    return sum(map(Decimal, amounts), Decimal(0)) if amounts else None


def _values(item: Item, one: Difference, today: date) -> dict[str, str]:
    known = {
        "identity": one.identity,
        "name": one.name,
        "wage": "" if one.wage is None else f"{one.wage:f}",
        "start": one.paid.start if one.paid else "",
        "stop_date": one.paid.stop_date if one.paid else "",
        "year": str(declaring_year(item, today)),
        "insurances": ",".join(one.person.insurances) if one.person else "",
    }
    return {field.key: known[field.key] for field in item.fields if known.get(field.key)}

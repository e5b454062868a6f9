"""``shebao reconcile``: a payroll against the insured roster, offline."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.cli.output import findings_json, progress
from app.domain.money import wire
from app.workflows import overview, reconciling

if TYPE_CHECKING:
    from argparse import Namespace
    from decimal import Decimal

    from app.rules.reconcile import Difference
    from app.workflows.desk import Desk


def reconcile(desk: Desk, options: Namespace) -> dict[str, Any]:
    """Compare, and with ``--drafts`` keep a draft for every difference that a filing mends."""
    place = overview.last_place(desk)
    unit = place.unit.number if place.unit else ""
    held = reconciling.hold(desk, Path(options.file), unit, place.region, progress)
    found = held.result
    result: dict[str, Any] = {
        "file": options.file,
        "month": str(found.month),
        "rows": len(held.checked.rows),
        "same": found.same,
        "differences": [_difference(one) for one in found.differences],
        "bill": {"before": _amount(found.before), "after": _amount(found.after)},
        "findings": findings_json(held.findings),
    }
    if options.drafts:
        made = reconciling.propose(desk, unit, place.region, found.differences)
        result["drafts"] = {item: [filing.id for filing in filings] for item, filings in made.items()}
    return result


def _difference(one: Difference) -> dict[str, Any]:
    base = one.person.base if one.person else None
    return {
        "kind": one.kind.value,
        "identity": one.identity,
        "name": one.name,
        "registered_name": one.person.name if one.person else None,
        "row": one.paid.row if one.paid else None,
        "wage": _amount(one.wage),
        "base": _amount(base),
        "before": _amount(one.before),
        "after": _amount(one.after),
        "change": _amount(one.change),
        "pending": one.pending,
        "doubtful": one.doubtful,
    }


def _amount(amount: Decimal | None) -> str | None:
    return None if amount is None else wire(amount)

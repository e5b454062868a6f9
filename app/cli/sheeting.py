"""``shebao sheet …``: template, check, import."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.cli.output import findings_json, progress
from app.cli.reading import read_month
from app.cli.tools import Answered
from app.domain.findings import any_stops
from app.errors import InputRefused
from app.workflows import drafts, importing, papers
from app.workflows import session as sessions

if TYPE_CHECKING:
    from argparse import Namespace

    from app.sheets.checking import Checked
    from app.workflows.desk import Desk


def template(desk: Desk, options: Namespace) -> dict[str, Any]:
    """Write an item's template."""
    from app.sheets.template import template as make

    item = desk.item(options.region, options.item)
    papers.write(Path(options.out), make(desk.region(options.region), item))
    return {"file": options.out, "item": item.id, "columns": [one.name for one in item.fields if one.in_sheet]}


def check(desk: Desk, options: Namespace) -> dict[str, Any]:
    """Check a file offline; exit code 3 where a finding stops something."""
    checked = _checked(desk, options, drafts.NO_UNIT)
    result = {
        "file": options.file,
        "format": checked.format,
        "sheet": checked.table.sheet.name,
        "header_row": checked.table.header + 1,
        "rows": len(checked.rows),
        "valid": checked.valid,
        "skipped": [{"row": number, "reason": reason} for number, reason in checked.skipped],
        "findings": findings_json(checked.findings),
    }
    if options.errors:
        from app.sheets.marking import marked

        papers.write(Path(options.errors), marked(checked, Path(options.file)))
        result["errors"] = options.errors
    if any_stops(checked.findings):
        raise Answered(result, InputRefused.exit_code)
    return result


def import_sheet(desk: Desk, options: Namespace) -> dict[str, Any]:
    """Keep every row as a draft; rows with findings are kept as typed, to be mended."""
    unit = _unit_for(desk, options.region)
    checked = _checked(desk, options, unit)
    kept = importing.keep(desk, options.region, options.item, checked.rows, unit)
    result = {
        "batch": kept.batch,
        "drafts": [filing.id for filing in kept.filings],
        "findings": findings_json(checked.findings),
    }
    if any_stops(checked.findings):
        raise Answered(result, InputRefused.exit_code)
    return result


def _checked(desk: Desk, options: Namespace, unit: str) -> Checked:
    on = read_month(options.on) if options.on else None
    desk.item(options.region, options.item)
    return importing.check_file(
        desk, Path(options.file), options.region, options.item, unit_number=unit, on=on, progress=progress
    )


def _unit_for(desk: Desk, region: str) -> str:
    """The unit that is logged in, if it is of that region; drafts made without one are adopted at the next login."""
    try:
        session = sessions.current(desk)
    except sessions.NotLoggedIn:
        return drafts.NO_UNIT
    return session.unit.number if session.region == region else drafts.NO_UNIT

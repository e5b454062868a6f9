"""``shebao sheet …``: template, check, import, folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.cli.output import Answered, findings_json, progress
from app.cli.reading import read_month
from app.domain.findings import any_stops
from app.errors import InputRefused
from app.wording import load_findings, notice
from app.workflows import drafts, importing

if TYPE_CHECKING:
    from argparse import Namespace

    from app.sheets.checking import Checked
    from app.workflows.desk import Desk
    from app.workflows.importing import Surveyed


def template(desk: Desk, options: Namespace) -> dict[str, Any]:
    """Write an item's template."""
    from app.sheets.template import template as make
    from app.workflows import papers

    item = desk.item(options.region, options.item)
    papers.write(Path(options.out), make(desk.region(options.region), item))
    return {"file": options.out, "item": item.id, "columns": [one.name for one in item.fields if one.in_sheet]}


def check(desk: Desk, options: Namespace) -> dict[str, Any]:
    """Check a file offline; exit code 3 where a finding stops something."""
    checked = _checked(desk, options, drafts.NO_UNIT)
    findings = checked.findings
    result = {
        "file": options.file,
        "format": checked.format,
        "sheet": checked.table.sheet.name,
        "sheets": list(checked.sheets),
        "header_row": checked.table.header + 1,
        "rows": len(checked.rows),
        "valid": checked.valid,
        "skipped": [{"row": number, "reason": reason} for number, reason in checked.skipped],
        "findings": findings_json(findings),
    }
    if options.errors:
        from app.sheets.marking import marked
        from app.workflows import papers

        papers.write(Path(options.errors), marked(checked, Path(options.file)))
        result["errors"] = options.errors
    if any_stops(findings):
        raise Answered(result, InputRefused.exit_code)
    return result


def import_sheet(desk: Desk, options: Namespace) -> dict[str, Any]:
    """Keep every row as a draft; rows with findings are kept as typed, to be mended."""
    unit = _unit_for(desk, options.region)
    checked = _checked(desk, options, unit)
    kept = importing.keep(desk, options.region, options.item, checked.rows, unit)
    findings = checked.findings
    result = {
        "batch": kept.batch,
        "drafts": kept.ids,
        "findings": findings_json(findings),
    }
    if any_stops(findings):
        raise Answered(result, InputRefused.exit_code)
    return result


def folder(desk: Desk, options: Namespace) -> dict[str, Any]:
    """Read and check every file of a folder; what cannot be read is told with its sentence."""
    desk.item(options.region, options.item)
    on = read_month(options.on) if options.on else None
    found = importing.survey(desk, Path(options.dir), options.region, options.item, on=on, progress=progress)
    files = [_surveyed(one) for one in found]
    return {
        "folder": options.dir,
        "read": sum(one["read"] for one in files),
        "refused": sum(not one["read"] for one in files),
        "files": files,
    }


def _surveyed(one: Surveyed) -> dict[str, Any]:
    result: dict[str, Any] = {
        "file": str(one.path),
        "read": one.workbook is not None,
        "seconds": round(one.seconds, 3),
        "memory": one.memory,
    }
    if one.workbook is not None:
        result["format"] = one.workbook.format
        result["sheets"] = [{"name": sheet.name, "rows": sheet.filled} for sheet in one.workbook.sheets]
    if one.checked is not None:
        rows, valid, count = len(one.checked.rows), one.checked.valid, len(one.checked.findings)
        result |= {"sheet": one.checked.table.sheet.name, "rows": rows, "valid": valid, "findings": count}
    if one.refused is not None:
        result |= {"code": one.refused.code, "message": notice(one.refused).whole}
    return result


def _checked(desk: Desk, options: Namespace, unit: str) -> Checked:
    on = read_month(options.on) if options.on else None
    load_findings()  # now: the reader is still at work
    return importing.check_file(
        desk,
        Path(options.file),
        options.region,
        options.item,
        unit_number=unit,
        on=on,
        sheet=options.sheet,
        started=options.started,
        progress=progress,
    )


def _unit_for(desk: Desk, region: str) -> str:
    """The unit that is logged in, if it is of that region; drafts made without one are adopted at the next login."""
    if not desk.has_store:
        return drafts.NO_UNIT  # and no reason to make one, or to load what a login takes
    from app.workflows import session as sessions

    try:
        session = sessions.current(desk)
    except sessions.NotLoggedIn:
        return drafts.NO_UNIT
    return session.unit.number if session.region == region else drafts.NO_UNIT

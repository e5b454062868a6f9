"""``shebao pay …`` with the bureau, ``certificate`` and ``verify``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.cli.filings import in_session, submitted_json
from app.cli.keys import signer_for
from app.cli.output import Answered, findings_json
from app.cli.reading import read_count, read_month
from app.cli.tools import chosen_insurances
from app.domain.money import wire
from app.errors import UsageError
from app.workflows import certify, papers, payment
from app.workflows.verify import verify_pdf

if TYPE_CHECKING:
    from argparse import Namespace
    from decimal import Decimal

    from app.documents import Rendered
    from app.workflows.desk import Desk


_COLUMNS = ("insurance", "people", "base", "unit", "person")


def pay_compare(desk: Desk, options: Namespace) -> dict[str, Any]:
    """Our sum beside the bureau's, every difference by person."""
    with in_session(desk) as (session, bureau):
        insurances = chosen_insurances(desk, session.region, options.insurance)
        found = payment.compare(desk, bureau, session, read_month(options.month), insurances)
    return {
        "insurances": [
            dict(
                zip(
                    ("insurance", "people", "base", "unit", "person"), _texts(one, found.of_insurance(one)), strict=True
                )
            )
            for one in insurances
        ],
        "unit": wire(found.unit),
        "person": wire(found.person),
        "total": wire(found.total),
        "differences": [
            {
                "identity": share.identity,
                "name": share.name,
                "insurance": share.insurance,
                "month": share.month,
                "ours": _pair(share.ours),
                "theirs": _pair(share.theirs),
            }
            for share in found.differences
        ],
    }


def _texts(insurance: str, numbers: tuple[int, Decimal, Decimal, Decimal]) -> tuple[str, int, str, str, str]:
    people, *amounts = numbers
    base, unit, person = map(wire, amounts)
    return insurance, people, base, unit, person


def _pair(amounts: tuple[Decimal, Decimal] | None) -> dict[str, str] | None:
    return None if amounts is None else {"unit": wire(amounts[0]), "person": wire(amounts[1])}


def pay_declare(desk: Desk, options: Namespace) -> dict[str, Any]:
    """Declare the month and get the notice."""
    with in_session(desk) as (session, bureau):
        insurances = chosen_insurances(desk, session.region, options.insurance)
        month = read_month(options.month)
        signer = signer_for(desk, session, options)
        try:
            done = payment.declare(desk, bureau, session, signer, month, insurances)
        finally:
            signer.close()
    declared = done.accepted[0].id if done.accepted else None
    outcome = {"filing": declared, "notice": payment.notice_number(done)}
    try:
        return {**submitted_json(done), **outcome}
    except Answered as answered:
        raise Answered({**answered.result, **outcome}, answered.exit_code) from None


def pay_notice(desk: Desk, options: Namespace) -> dict[str, Any]:
    """Keep a notice as PDF."""
    with in_session(desk) as (session, bureau):
        found = payment.notice(bureau, options.number)
        region = desk.region(session.region)
    paper = papers.printed(region, region.payment.layout, found.notice)
    papers.write(Path(options.pdf), paper.pdf)
    return {
        "number": found.notice.number,
        "total": wire(found.notice.total),
        "state": found.state,
        **_file(options, paper),
    }


def pay_track(desk: Desk, options: Namespace) -> dict[str, Any]:
    """Where the money is."""
    with in_session(desk) as (_, bureau):
        found = payment.notice(bureau, options.number)
    return {"number": found.notice.number, "state": found.state, "stages": [dict(stage) for stage in found.stages]}


def certificate(desk: Desk, options: Namespace) -> dict[str, Any]:
    """Have a participation certificate issued and keep it as PDF."""
    months = read_count(options.months, "--months")
    with in_session(desk) as (session, bureau):
        region = desk.region(session.region)
        item = desk.item(region.id, certify.ITEM)
        insurance, *more = chosen_insurances(desk, region.id, [options.insurance])
        if more:
            raise UsageError("one-insurance")
        signer = signer_for(desk, session, options)
        try:
            found = certify.certify(
                desk, bureau, session, signer, insurance=insurance, months=months, people=options.person
            )
        finally:
            signer.close()
    paper = papers.printed(region, item.prints[0], found)
    papers.write(Path(options.pdf), paper.pdf)
    return {"authorization_code": found.authorization_code, "persons": len(found.persons), **_file(options, paper)}


def _file(options: Namespace, paper: Rendered) -> dict[str, Any]:
    return {"file": options.pdf, "pages": paper.pages, "findings": findings_json(paper.findings)}


def verify(_: Desk, options: Namespace) -> dict[str, Any]:
    """What the signatures of a PDF say."""
    found = verify_pdf(Path(options.file))
    result = {
        "valid": found.valid,
        "signer": found.signer,
        "intact": found.intact,
        "findings": findings_json(found.findings),
    }
    if not found.valid:
        raise Answered(result, 3)
    return result

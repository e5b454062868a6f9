"""What the page of payment shows, fetched by jobs: the month as it stands here, and both sums from the bureau."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.errors import ShebaoError
from app.workflows import drafts, payment
from app.workflows import month as months
from app.workflows import session as sessions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.domain.findings import Finding
    from app.domain.months import Month
    from app.rules.ground import PersonFacts
    from app.workflows.desk import Desk
    from app.workflows.month import Bill, MonthView
    from app.workflows.payment import Comparison
    from app.workflows.session import Session

PAYMENT, NOTICE = "payment", "notice"


@dataclass(frozen=True)
class Stand:
    """The month on this computer: offline. ``findings`` are what the declaration's own checks say today."""

    view: MonthView
    bills: tuple[Bill, ...]
    sentence: str
    notice_sentence: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Sums:
    """Both sums, and the people they are about."""

    comparison: Comparison
    people: dict[str, PersonFacts]


def stand(desk: Desk, region_id: str, unit_number: str, month: Month, insurances: Sequence[str]) -> Stand:
    """Everything that needs no bureau."""
    region = desk.region(region_id)
    values = {"month": str(month), "insurances": ",".join(insurances)}
    item = region.items[PAYMENT]
    filing = drafts.new_filing(desk, region_id, unit_number, PAYMENT, values)
    on = drafts.ground(desk, unit_number or None)
    findings = desk.checker(region_id, PAYMENT).check(dict(values), on)[1]
    notice = region.items.get(NOTICE)
    return Stand(
        view=months.view(desk, region_id, unit_number, month),
        bills=tuple(months.bills(desk, unit_number)),
        sentence=drafts.confirmation(region, item, filing),
        notice_sentence=drafts.confirmation(region, notice, filing) if notice else "",
        findings=tuple(findings),
    )


def sums(desk: Desk, session: Session, month: Month, insurances: Sequence[str]) -> Sums:
    """Ours beside the bureau's: what its notice of the month bills, else what it would bill.

    Raises what the bureau's calls raise.
    """
    bill = next((one for one in months.bills(desk, session.unit.number) if one.month == month), None)
    bureau = sessions.connect(desk, session)
    try:
        if bill is None or bill.state == "expired":
            comparison = payment.compare(desk, bureau, session, month, insurances)
        else:
            comparison = payment.compare_notice(desk, session, payment.notice(bureau, bill.number))
    finally:
        bureau.close()
    return Sums(comparison, dict(drafts.ground(desk, session.unit.number).people or {}))


def stages(desk: Desk, number: str) -> None:
    """Bring the money's way up to date; a bureau that is away leaves what was known."""
    try:
        months.fetch_stages(desk, number)
    except ShebaoError:
        return

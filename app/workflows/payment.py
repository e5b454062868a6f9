"""The month's payment: our own sum beside the bureau's, the declaration, the notice, and the money's way."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from app.domain.progress import silent
from app.errors import BureauRefused, UsageError
from app.regions.pack_errors import ParameterUnknown
from app.rules.contributions import ZERO, calculate
from app.rules.ground import Standing
from app.workflows import drafts
from app.workflows.submit import Submitted, submit_made

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.bureau_api.client import Bureau, NoticeInFull
    from app.domain.months import Month
    from app.domain.progress import Progress
    from app.regions.pack import Insurance, Region
    from app.rules.ground import PersonFacts
    from app.workflows.desk import Desk
    from app.workflows.login import Signer
    from app.workflows.session import Session


@dataclass(frozen=True, slots=True)
class Share:
    """One person's amount in one insurance: ours and the bureau's, in yuan.

    ``ours`` is None where our pack lacks the parameter, ``theirs`` where the bureau does not bill it.
    """

    identity: str
    name: str
    insurance: str
    month: str
    kind: str
    base: Decimal | None
    ours: tuple[Decimal, Decimal] | None
    theirs: tuple[Decimal, Decimal] | None

    @property
    def differs(self) -> bool:
        """Whether the two do not agree."""
        return self.ours != self.theirs


@dataclass(frozen=True, slots=True)
class Comparison:
    """The month calculated twice. Amounts in yuan; ``unit_shown`` False: the tax office tells the unit's side."""

    shares: tuple[Share, ...]
    unit: Decimal
    person: Decimal
    unit_shown: bool = True

    @property
    def total(self) -> Decimal:
        """What the bureau will bill."""
        return self.unit + self.person

    @property
    def differences(self) -> tuple[Share, ...]:
        """Every amount the two sides do not agree on."""
        return tuple(share for share in self.shares if share.differs)

    def of_insurance(self, insurance: str) -> tuple[int, Decimal, Decimal, Decimal]:
        """People, base, unit and person of one insurance, as the bureau bills it."""
        mine = [share for share in self.shares if share.insurance == insurance and share.theirs]
        return (
            len({share.identity for share in mine}),
            sum((share.base or ZERO for share in mine), ZERO),
            sum((share.theirs[0] for share in mine if share.theirs), ZERO),
            sum((share.theirs[1] for share in mine if share.theirs), ZERO),
        )

    def ours_of_insurance(self, insurance: str) -> Decimal | None:
        """Unit and person of one insurance as we calculate it; None where our pack lacks a parameter for somebody."""
        mine = [share.ours for share in self.shares if share.insurance == insurance]
        if any(ours is None for ours in mine):
            return None
        return sum((ours[0] + ours[1] for ours in mine if ours), ZERO)


def compare(desk: Desk, bureau: Bureau, session: Session, month: Month, insurances: Sequence[str]) -> Comparison:
    """Calculate the month from the roster and the pack, and lay it beside what the bureau would bill."""
    preview = bureau.preview(month, insurances)
    sums = Decimal(preview["unit"]), Decimal(preview["person"])
    return _beside(desk, session, month, insurances, preview["people"], sums)


def compare_notice(desk: Desk, session: Session, full: NoticeInFull) -> Comparison:
    """Lay what a notice bills, person by person, beside our own calculation of its month."""
    insurances = [one.insurance for one in full.notice.lines]
    unit = sum((one.unit for one in full.notice.lines), ZERO)
    person = sum((one.person for one in full.notice.lines), ZERO)
    return _beside(desk, session, full.notice.month, insurances, full.people, (unit, person))


def _beside(
    desk: Desk,
    session: Session,
    month: Month,
    insurances: Sequence[str],
    billed: Sequence[Mapping[str, Any]],
    sums: tuple[Decimal, Decimal],
) -> Comparison:
    region = desk.region(session.region)
    on = drafts.ground(desk, session.unit.number)
    people = on.people or {}
    injury_class = on.unit.injury_class if on.unit else session.unit.injury_class
    shares = []
    expected = {
        (person.identity, insurance.id, str(month))
        for person in people.values()
        for insurance in map(region.insurance, insurances)
        if _is_due(person, insurance, month)
    }
    for row in billed:
        person = people.get(row["identity"])
        for line in row["lines"]:
            expected.discard((row["identity"], line["insurance"], line["month"]))
            shares.append(_share(region, injury_class, person, row, line))
    for identity, insurance, of_month in sorted(expected):
        person = people[identity]
        ours = _ours(region, injury_class, person.base, insurance, month)
        shares.append(Share(identity, person.name, insurance, of_month, "normal", person.base, ours, None))
    return Comparison(tuple(shares), *sums, unit_shown=region.conduct.unit_share_shown)


def declare(
    desk: Desk,
    bureau: Bureau,
    session: Session,
    signer: Signer,
    month: Month,
    insurances: Sequence[str],
    progress: Progress = silent,
) -> Submitted:
    """Declare the month and, where the region issues the notice in a step of its own, issue it.

    What was declared stays declared if the second step fails; the result tells which filings went through.
    """
    values = {"month": str(month), "insurances": ",".join(insurances)}
    done = submit_made(desk, bureau, session, signer, "payment", values, progress)
    if not done.accepted or not desk.region(session.region).payment.separate_notice:
        return done
    issued = issue_notice(desk, bureau, session, signer, month, progress)
    issued.accepted[:0] = done.accepted
    issued.receipts |= done.receipts
    return issued


def issue_notice(
    desk: Desk, bureau: Bureau, session: Session, signer: Signer, month: Month, progress: Progress = silent
) -> Submitted:
    """Have the notice issued for everything declared and not billed yet."""
    return submit_made(desk, bureau, session, signer, "notice", {"month": str(month)}, progress)


def notice_number(done: Submitted) -> str | None:
    """The number of the notice that came of it, None where there is none yet."""
    return next((one.outcome["notice"] for one in reversed(done.accepted) if "notice" in one.outcome), None)


def notice(bureau: Bureau, number: str) -> NoticeInFull:
    """A notice with its stages and people. Raises UsageError ``notice-unknown``."""
    try:
        return bureau.notice(number)
    except BureauRefused as refused:
        if refused.code == "not-found":
            raise UsageError("notice-unknown", number=number) from refused
        raise


def _is_due(person: PersonFacts, insurance: Insurance, month: Month) -> bool:
    if insurance.id not in person.insurances or (person.since is not None and person.since > month):
        return False
    if person.paid_elsewhere is not None and person.paid_elsewhere >= month and not insurance.classed:
        # The old employer has paid this month: only injury insurance, which goes by the employer's risk, is left.
        return False
    if person.standing is Standing.ACTIVE_HERE:
        return person.stopped_from is None or month < person.stopped_from
    return person.standing is Standing.PAUSED_HERE and person.stopped_from is not None and month < person.stopped_from


def _ours(
    region: Region, injury_class: str, wage: Decimal | None, insurance: str, month: Month
) -> tuple[Decimal, Decimal] | None:
    if wage is None:
        return None
    try:
        (line,) = calculate(region, month, wage, injury_class, [insurance]).lines
    except ParameterUnknown:
        return None
    # Where the tax office settles the unit's side (浙江, seed 001 6.7) there is nothing on it to compare.
    return line.unit if region.conduct.unit_share_shown else ZERO, line.person or ZERO


def _share(
    region: Region, injury_class: str, person: PersonFacts | None, row: Mapping[str, Any], line: Mapping[str, Any]
) -> Share:
    from app.domain.months import Month

    month = Month.parse(line["month"])
    wage = person.base if person else None
    return Share(
        identity=row["identity"],
        name=row["name"],
        insurance=line["insurance"],
        month=line["month"],
        kind=line["kind"],
        base=Decimal(line["base"]),
        ours=_ours(region, injury_class, wage, line["insurance"], month),
        theirs=(Decimal(line["unit"]), Decimal(line["person"] or "0")),
    )

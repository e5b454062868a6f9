"""What a month costs: base, rates and rounding from dated parameters, per person and insurance, then summed.

Rounded half up to the fen for each person, insurance and side, then added (the 随州 notice of seed 002, 130.41 + 55.89
+ 18.63 = 204.93, fits that order; see ``choices`` in the pack).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from app.domain.findings import Finding, Severity, warning
from app.domain.money import shown
from app.regions.pack_errors import ParameterUnknown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.domain.months import Month
    from app.regions.pack import Insurance, Region
    from app.regions.parameters import Used

ZERO = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Line:
    """One person's contribution to one insurance for one month, in yuan. ``base`` is the one calculated with."""

    insurance: str
    name: str
    base: Decimal
    unit: Decimal
    person: Decimal | None

    @property
    def total(self) -> Decimal:
        """Both sides together."""
        return self.unit + (self.person or ZERO)


@dataclass(frozen=True, slots=True)
class Calculation:
    """A person's month: the lines, every parameter that went in, and what should be known about them."""

    lines: tuple[Line, ...]
    parameters: tuple[Used, ...]
    findings: tuple[Finding, ...]

    @property
    def unit(self) -> Decimal:
        """The unit's side."""
        return sum((line.unit for line in self.lines), ZERO)

    @property
    def person(self) -> Decimal:
        """The person's side."""
        return sum((line.person or ZERO for line in self.lines), ZERO)

    @property
    def total(self) -> Decimal:
        """Both sides."""
        return self.unit + self.person


def calculate(
    region: Region, month: Month, wage: Decimal, injury_class: str, insurances: Iterable[str] | None = None
) -> Calculation:
    """The contributions of one person with the declared ``wage`` (yuan a month).

    The wage is brought within floor and ceiling; a limit that is not in the sources for that month is not applied and
    said so. ``insurances`` None means all of the region. Raises ParameterUnknown where a rate is missing.
    """
    chosen = None if insurances is None else set(insurances)
    lines, used, findings = [], {}, {}
    for insurance in region.insurances:
        if chosen is not None and insurance.id not in chosen:
            continue
        base, limits, said = _within_limits(region, insurance, month, wage)
        rates = _rates(region, insurance, month, injury_class)
        amounts = [region.amount_rounding.apply(base * rate.amount) for rate in rates]
        person = amounts[1] if len(amounts) > 1 else None
        lines.append(Line(insurance.id, insurance.name, base, amounts[0], person))
        used.update({one.id: one for one in (*limits, *rates)})
        findings.update({(one.code, *one.facts.values()): one for one in (*said, *_unverified((*limits, *rates)))})
    return Calculation(tuple(lines), tuple(used.values()), tuple(findings.values()))


def _rates(region: Region, insurance: Insurance, month: Month, injury_class: str) -> list[Used]:
    of_class = injury_class if insurance.classed else None
    rates = [region.parameters[insurance.unit_rate].used(month, of_class)]
    if insurance.person_rate is not None:
        rates.append(region.parameters[insurance.person_rate].used(month))
    return rates


def _within_limits(
    region: Region, insurance: Insurance, month: Month, wage: Decimal
) -> tuple[Decimal, list[Used], list[Finding]]:
    base, used, findings = wage, [], []
    for key, code in ((insurance.floor, "base-raised"), (insurance.ceiling, "base-lowered")):
        try:
            limit = region.parameters[key].used(month)
        except ParameterUnknown as unknown:
            findings.append(Finding("limit-unknown", Severity.WARNING, unknown.facts))
            continue
        used.append(limit)
        if wage < limit.amount if code == "base-raised" else wage > limit.amount:
            base = limit.amount
            findings.append(warning(code, wage=shown(wage), limit=shown(limit.amount), source=limit.value.source))
    return base, used, findings


def _unverified(used: Iterable[Used]) -> list[Finding]:
    return [
        warning("parameter-unverified", name=one.name, value=f"{one.amount:f}", mark=one.value.standing.label)
        for one in used
        if one.value.standing.label
    ]

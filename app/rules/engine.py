"""Check one filing: every field by its type, then every rule that the item's pack chose. All findings in one pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.identity import Told, told_by
from app.regions.pack import FilledBy
from app.rules import holdings, payments, people, refunds, registers, wages, windows  # noqa: F401 - they register their checks
from app.rules.fields import Raw, parser_for
from app.rules.registry import CHECKS, Case

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.domain.findings import Finding
    from app.regions.pack import Item, Region
    from app.rules.ground import Ground

KNOWN_CHECKS = frozenset(CHECKS)


class Checker:
    """Checks filings of one item. Built once; :mod:`app.rules.columns` checks a whole sheet with it."""

    def __init__(self, region: Region, item: Item) -> None:
        self.region = region
        self.item = item
        self.parsers = {field.key: parser_for(field, region) for field in item.fields}
        self.told_by_identity = [
            field.key for field in item.fields if field.filled_by is FilledBy.IDENTITY and field.key in ("sex", "born")
        ]
        self.rules = [(rule, use.settings) for use in item.checks for rule in CHECKS[use.check]]

    def read(self, raw: Mapping[str, Raw]) -> tuple[dict[str, str], list[Finding]]:
        """Canonical values of all fields, and what is wrong with each by itself (``where.field`` set)."""
        values: dict[str, str] = {}
        findings: list[Finding] = []
        for key, parse in self.parsers.items():
            value, found = parse(raw.get(key))
            values[key] = value
            if found:
                findings.extend(finding.at(finding.where._replace(field=key)) for finding in found)
        self.complete(values)
        return values, findings

    def complete(self, values: dict[str, str]) -> None:
        """Fill in what was left empty and the identity number tells."""
        for key in self.told_by_identity:
            if not values[key] and values.get("identity"):
                values[key] = told_text(told_by(values["identity"]), key)

    def judge(self, values: Mapping[str, str], ground: Ground, broken: frozenset[str] = frozenset()) -> list[Finding]:
        """What the item's rules say of ``values``.

        Rules never look at the fields in ``broken``: those are empty to them, so that no mistake is reported twice.
        """
        known = {key: "" if key in broken else value for key, value in values.items()}
        identity = known.get("identity", "")
        told, person = told_by(identity), ground.person(identity)
        findings: list[Finding] = []
        for rule, settings in self.rules:
            findings.extend(rule.run(Case(known, ground, self.region, self.item, settings, told, person)))
        return findings

    def check(self, raw: Mapping[str, Raw], ground: Ground) -> tuple[dict[str, str], list[Finding]]:
        """Read and judge: the canonical values and all findings, fields first."""
        values, findings = self.read(raw)
        broken = frozenset(finding.where.field or "" for finding in findings if finding.stops)
        return values, findings + self.judge(values, ground, broken)


def told_text(told: Told, key: str) -> str:
    """What the number tells of the field ``sex`` or ``born``, as canonical text; empty where it tells nothing."""
    if key == "sex":
        return told.sex.value if told.sex else ""
    return told.born.isoformat() if told.born else ""

"""What the bureau answers instead of a result: a status and a code; the words are made at the edge."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.domain.findings import Finding


class Refusal(Exception):
    """A request that is answered with an error: HTTP ``status``, ``code``, facts for the sentence, findings."""

    def __init__(
        self, status: int, code: str, *, findings: Sequence[Finding] = (), facts: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.facts: Mapping[str, str] = facts or {}
        self.findings = tuple(findings)


def not_found() -> Refusal:
    """There is no such thing, or it is another unit's: the two are not told apart."""
    return Refusal(404, "not-found")


class Declined(Exception):
    """A filing that cannot be carried out although the rules found nothing; ``finding`` says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.code)
        self.finding = finding

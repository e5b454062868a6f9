"""A filing (一笔申报) and its one lifecycle, from draft to the bureau's last word."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from app.domain.findings import Finding
    from app.domain.months import Month


class FilingState(StrEnum):
    """Where a filing stands. The Chinese word beside each is what the clerk reads."""

    DRAFT = "draft"
    CHECKED = "checked"
    SEALED = "sealed"
    QUEUED = "queued"
    SENT = "sent"
    ACCEPTED = "accepted"
    UNDER_REVIEW = "under-review"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    VOIDED = "voided"

    @property
    def label(self) -> str:
        """The word shown to the clerk."""
        return _LABELS[self]

    @property
    def is_final(self) -> bool:
        """Whether nothing more will happen to the filing by itself."""
        return not TRANSITIONS[self] or self is FilingState.APPROVED

    @property
    def is_editable(self) -> bool:
        """Whether the clerk may still change what it says."""
        return self in (FilingState.DRAFT, FilingState.CHECKED)


_S = FilingState
_LABELS = {
    _S.DRAFT: "草稿",
    _S.CHECKED: "待签",
    _S.SEALED: "待发送",
    _S.QUEUED: "待发送",
    _S.SENT: "发送中",
    _S.ACCEPTED: "已受理",
    _S.UNDER_REVIEW: "审核中",
    _S.APPROVED: "已通过",
    _S.REJECTED: "未通过",
    _S.WITHDRAWN: "已撤回",
    _S.VOIDED: "已作废",
}

TRANSITIONS: Mapping[FilingState, frozenset[FilingState]] = {
    _S.DRAFT: frozenset({_S.CHECKED, _S.VOIDED}),
    _S.CHECKED: frozenset({_S.DRAFT, _S.SEALED, _S.VOIDED}),
    # A seal whose sending was never begun can be taken back; once bytes may have left, only the bureau's word counts.
    _S.SEALED: frozenset({_S.QUEUED, _S.DRAFT, _S.VOIDED}),
    _S.QUEUED: frozenset({_S.SENT}),
    _S.SENT: frozenset({_S.QUEUED, _S.ACCEPTED, _S.UNDER_REVIEW, _S.APPROVED, _S.REJECTED, _S.WITHDRAWN}),
    _S.ACCEPTED: frozenset({_S.UNDER_REVIEW, _S.APPROVED, _S.REJECTED, _S.WITHDRAWN}),
    _S.UNDER_REVIEW: frozenset({_S.APPROVED, _S.REJECTED, _S.WITHDRAWN}),
    _S.APPROVED: frozenset({_S.VOIDED, _S.WITHDRAWN}),
    _S.REJECTED: frozenset({_S.DRAFT, _S.VOIDED}),
    _S.WITHDRAWN: frozenset({_S.DRAFT, _S.VOIDED}),
    _S.VOIDED: frozenset(),
}


class IllegalTransition(ValueError):
    """A step that the lifecycle does not have: a fault of ours, never the clerk's."""

    def __init__(self, before: FilingState, after: FilingState) -> None:
        super().__init__(f"{before} -> {after}")
        self.before = before
        self.after = after


class Attachment(NamedTuple):
    """A file that goes with a filing, known by its SHA-256 in hex. ``slot`` is the attachment's key in the item."""

    slot: str
    name: str
    sha256: str
    size: int
    media_type: str


class Filing(NamedTuple):
    """One business item for one person or for the unit as a whole.

    ``values`` are canonical texts by field key: dates ISO, months ``YYYY-MM``, money with two decimals, lists joined by
    commas. ``outcome`` holds what the bureau made of it (``notice``, ``certificate``: their numbers), ``findings`` why
    it refused. ``revision`` grows with each change, so that two windows cannot overwrite each other unseen.
    """

    id: str
    region: str
    unit_number: str
    item: str
    month: Month
    values: Mapping[str, str]
    created_at: datetime
    updated_at: datetime
    state: FilingState = FilingState.DRAFT
    attachments: tuple[Attachment, ...] = ()
    batch: str | None = None
    bureau_id: str | None = None
    note: str = ""
    revision: int = 0
    outcome: Mapping[str, str] = MappingProxyType({})
    findings: tuple[Finding, ...] = ()

    def moved(self, after: FilingState, at: datetime, note: str = "") -> Filing:
        """This filing one step on. Raises IllegalTransition."""
        if after not in TRANSITIONS[self.state]:
            raise IllegalTransition(self.state, after)
        return self._replace(state=after, updated_at=at, note=note, revision=self.revision + 1)

    def edited(self, values: Mapping[str, str], at: datetime) -> Filing:
        """This filing with other values, a draft again. Raises IllegalTransition where it can no longer be changed."""
        if not self.state.is_editable:
            raise IllegalTransition(self.state, FilingState.DRAFT)
        return self._replace(values=dict(values), state=FilingState.DRAFT, updated_at=at, revision=self.revision + 1)

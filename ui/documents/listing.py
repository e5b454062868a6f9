"""What there is to print: notices of the unit, certificates asked for from here, forms attached to filings."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from app.workflows import certify
from app.workflows import month as months

if TYPE_CHECKING:
    from app.workflows.desk import Desk

PDF = "application/pdf"


class Kind(StrEnum):
    """What sort of document; the value is the word shown."""

    NOTICE = "单据"
    CERTIFICATE = "证明"
    OTHER = "凭据"
    FORM = "材料"


@dataclass(frozen=True)
class Paper:
    """One document of the list. ``key`` finds it again: a notice's number, a certificate's code, a file's digest.

    ``when`` is sorted by and shown: a month or a day.
    """

    kind: Kind
    key: str
    name: str
    when: str
    state: str = ""

    @property
    def title(self) -> str:
        """What a file or a print is called."""
        return f"{self.name} {self.key if self.kind is Kind.NOTICE else self.when}"


def papers_of(desk: Desk, region_id: str, unit_number: str) -> list[Paper]:
    """All of them, newest first within their kind."""
    listed = [
        Paper(Kind.NOTICE, one.number, one.name, str(one.month), one.state) for one in months.bills(desk, unit_number)
    ]
    filings = [one for one in desk.filings.select(unit_number) if one.region == region_id]
    region = desk.region(region_id)
    for filing in filings:
        code = filing.outcome.get("certificate")
        if code and filing.item == certify.ITEM:
            kind = "、".join(
                region.insurance(one).short for one in filing.values.get("insurance", "").split(",") if one
            )
            name = f"{region.items[filing.item].name}（{kind}，近 {filing.values.get('months', '')} 个月）"
            listed.append(Paper(Kind.CERTIFICATE, code, name, f"{filing.updated_at:%Y-%m-%d}"))
        other = filing.outcome.get("document")
        if other and filing.item in region.items:
            name = f"{region.items[filing.item].business}（{filing.values.get('name') or '单位'}）"
            listed.append(Paper(Kind.OTHER, other, name, f"{filing.updated_at:%Y-%m-%d}"))
    seen = set()
    for filing in filings:
        for file in filing.attachments:
            if file.media_type == PDF and file.sha256 not in seen:
                seen.add(file.sha256)
                people = sum(any(one.sha256 == file.sha256 for one in other.attachments) for other in filings)
                name = f"{file.name.removesuffix('.pdf')}（{people} 人）"
                listed.append(Paper(Kind.FORM, file.sha256, name, f"{filing.updated_at:%Y-%m-%d}"))
    return listed

"""The bureau's own words for a finding: the region's quoted text where its pack has one, else the common sentence."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from app import wording
from app.domain.findings import Finding
from app.errors import ShebaoError
from app.rules.wire import finding_to_wire

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.regions.pack import Region

_OWN: Final = {
    "malformed": "请求的格式不对",
    "not-found": "没有这一项",
    "too-large": "发来的内容太大",
    "session-ended": "登录已结束，请重新登录",
    "too-many-challenges": "登录的人太多，请稍后再试",
    "digest-wrong": "附件内容与摘要不符",
    "media-type": "附件只收 PDF 或 JPEG",
    "filing-decided": "这一笔已经办结，不能撤回",
    "already-paid": "这张单据已经缴费",
    "notice-expired": "这张单据已经过期作废",
    "slot-unknown": "事项里没有“{slot}”这个附件",
    "item-unknown": "本地区不办理这个事项",
    "field-unknown": "事项里没有“{field}”这一项",
    "nothing-to-certify": "所选人员在这段时间没有实缴到账的月份",
    "unit-differs": "申报的单位与登录的单位不是同一个",
    "region-differs": "申报的地区与单位参保的地区不是同一个",
}
"""What nobody but the bureau says."""


def message(code: str, facts: Mapping[str, str], region: Region | None = None) -> str:
    """The sentence for a code: the region's, the bureau's own, or the one that client and bureau share."""
    for quoted in region.messages if region else ():
        if quoted.code == code:
            return quoted.text
    if code in _OWN:
        return _OWN[code].format_map(defaultdict(str, facts))
    if code in wording.known_codes("findings"):
        return wording.sentence(Finding(code, facts=facts)).message
    return wording.notice(ShebaoError(code, **facts)).happened


def on_wire(finding: Finding, region: Region | None) -> dict[str, Any]:
    """A finding as it travels."""
    return finding_to_wire(finding, message(finding.code, finding.facts, region))

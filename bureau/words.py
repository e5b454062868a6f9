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
    "span-backwards": "结束月份 {last} 早于开始月份 {first}",
    "person-unknown": "社保系统里没有这个人",
    "not-insured-here": "{person} 不在本单位参保",
    "insurance-there-already": "{person} 已经参加了这些险种",
    "last-insurance": "单位至少要保留一个险种",
    "nothing-owed": "{first}到{last}没有要补缴的费用",
    "nothing-to-refund": "{first}到{last}没有多缴的费用",
    "age-unknown": "证件号码看不出出生日期和性别，请到柜台办理",
    "bill-unknown": "单位没有单据 {bill}",
    "notice-revoked": "这张单据社保已经撤销，不要缴费",
    "tax-bill-not-there": "单据 {bill} 还没有到税务，预计 {at}",
    "tax-bill-cancelled": "单据 {bill} 社保已经撤销，不要缴费",
    "tax-bill-locked": "单据 {bill} 实时扣款状态不明，须由税务局端处理",
    "tax-bill-state": "单据 {bill} 现在是“{state}”，不能这样办",
    "tax-voucher-first": "单据 {bill} 已经开出银行端缴款凭证，凭证作废只能在税务局端办理",
    "paid-too-little": "单据 {bill} 应缴 {total} 元，不能少缴",
    "tax-voucher-unknown": "没有凭证 {voucher}",
    "tax-voucher-state": "凭证 {voucher} 现在是“{state}”",
    "tax-voucher-late": "凭证 {voucher} 已过限缴日期 {deadline}，须先在税务局端作废",
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

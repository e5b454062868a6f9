"""Why our amount and the bureau's differ, as far as the two tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.money import shown
from app.domain.months import Month

if TYPE_CHECKING:
    from app.rules.ground import PersonFacts
    from app.workflows.payment import Share


def reason(share: Share, person: PersonFacts | None) -> str:
    """One sentence for a difference, and what to do."""
    month = Month.parse(share.month).spoken
    if share.theirs is None:
        return f"社保系统没有核定{month}的这一笔。核对这个人的参保险种和起止月份。"
    told = {"injury-only": "原单位当月已缴费，这里只核定工伤。", "back": f"补收{month}的费用。"}.get(share.kind)
    if told is not None:
        return told
    if person is None:
        return "名单里没有这个人。按 F5 取最新名单后再核对。"
    if person.base is not None and share.base is not None and person.base != share.base:
        return f"社保系统按基数 {shown(share.base)} 元算，名单里是 {shown(person.base)} 元。"
    if share.ours is None:
        return f"没有收录{month}的缴费参数，没法自己算。以社保系统为准。"
    return "费率或舍入不同。提交前请核对当月费率。"

"""This month's steps in words: what each stands at, and where it is gone on with."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from ui.parts.chips import Look
from ui.parts.text import day, money

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from app.workflows.month import MonthView, Tally

NEWS, MONTH = "news", "month"
PEOPLE_ITEMS = (("enrol", "办理增员"), ("stop", "办理减员"))


class Mark(Enum):
    """How a step stands."""

    DONE = Look("circle-check", "success")
    NOW = Look("circle", "info")
    TROUBLE = Look("circle-alert", "error")
    WAITS = Look("hourglass", "warning")
    LATER = Look("minus")


@dataclass(frozen=True, slots=True)
class Step:
    """One line: mark, title, what is the case, and the button that goes on with it ("" for none).

    ``page`` is where the button leads and ``where`` what the page is opened at. NEWS and MONTH are no pages: one
    fetches news, the other shows the month in ``where``.
    """

    mark: Mark
    title: str
    words: str
    action: str = ""
    page: str = ""
    where: Mapping[str, str] = field(default_factory=dict)


def steps(view: MonthView) -> Iterator[Step]:
    """The month's steps in the order they are done."""
    for tally in view.tallies:
        action = dict(PEOPLE_ITEMS).get(tally.item)
        if action:
            yield _people(tally, action)
    wages = _wages(view)
    if wages is not None:
        yield wages
    yield _declaring(view)
    yield _bill(view)
    yield _at_the_tax_office(view) if view.taxes_itself else _paying(view)


def _people(tally: Tally, action: str) -> Step:
    parts = [
        f"{count} 人{word}"
        for count, word in (
            (tally.drafts, "是草稿"),
            (tally.under_way, "在社保系统办理中"),
            (tally.approved, "已通过"),
            (tally.rejected, "未通过"),
        )
        if count
    ]
    words = "，".join(parts) or "本月没有变动"
    if tally.rejected:
        return Step(Mark.TROUBLE, tally.name, words, "去修改", tally.item)
    if tally.drafts:
        return Step(Mark.NOW, tally.name, words, "检查并提交", tally.item)
    if tally.under_way:
        return Step(Mark.WAITS, tally.name, words, "看进度", "filings")
    return Step(Mark.DONE if tally.approved else Mark.LATER, tally.name, words, action, tally.item)


def _wages(view: MonthView) -> Step | None:
    """The yearly wages, while they can be declared or are late."""
    window = view.wages
    if window is None or view.today < window.opens or view.month.year != view.today.year:
        return None
    if window.declared:
        return Step(Mark.DONE, window.name, f"{view.month.year} 年度已申报") if view.today <= window.closes else None
    page = f"people:{window.item}"
    if view.today <= window.closes:
        return Step(Mark.NOW, window.name, f"{day(window.opens)} 至 {day(window.closes)} 申报", "去申报", page)
    if window.declared is None or window.required_from is None:
        return None
    return Step(Mark.TROUBLE, window.name, f"{day(window.closes)} 已截止，还没有申报，不能缴费", "去申报", page)


def _declaring(view: MonthView) -> Step:
    title = "缴费申报"
    if view.declared is None:
        return Step(Mark.LATER, title, "登录后显示这个月有没有申报")
    if view.declared:
        return Step(Mark.DONE, title, f"{view.month.spoken}已申报")
    term = ""
    if view.declare_by is not None:
        left = f"，还有 {view.working_days_left} 个工作日" if view.working_days_left else "，期限已到"
        term = f"，{day(view.declare_by)} 前办理{left if view.working_days_left is not None else ''}"
    return Step(Mark.NOW, title, f"还没有申报{term}", "去申报", "payment")


def _bill(view: MonthView) -> Step:
    title = view.bill_name
    bill = view.bill
    if bill is None:
        if view.declared and view.unbilled:
            return Step(Mark.NOW, title, "已申报，还没有开具", "去开具", "payment")
        return Step(Mark.LATER, title, "申报之后开具")
    if bill.state == "expired":
        return Step(Mark.TROUBLE, title, f"{bill.number} 已过期作废，要重新开具", "去开具", "payment")
    return Step(
        Mark.DONE, title, f"{bill.number}，应缴 {money(bill.total)} 元", "打开", "documents", {"notice": bill.number}
    )


def _paying(view: MonthView) -> Step:
    bill = view.bill
    if bill is None or bill.state == "expired":
        return Step(Mark.LATER, "缴款", "开具单据之后，到税务缴款")
    if not bill.is_open:
        return Step(Mark.DONE, "缴款", f"税务已收到 {money(bill.total)} 元")
    term = f"，{day(bill.due_on)} 前有效" if bill.due_on else ""
    left = f"，还有 {view.bill_days_left} 个工作日" if view.bill_days_left is not None else ""
    return Step(
        Mark.NOW, "缴款", f"未缴 {money(bill.total)} 元{term}{left}", "看单据", "documents", {"notice": bill.number}
    )


def _at_the_tax_office(view: MonthView) -> Step:
    """Where the unit declares and pays at the tax office by itself."""
    title, bill = "税务申报缴款", view.bill
    if bill is None or bill.state == "expired":
        return Step(Mark.LATER, title, "开具单据之后，推送到税务")
    if not bill.is_open:
        return Step(Mark.DONE, title, f"税务已收到 {money(bill.total)} 元")
    state = view.tax_state or ""
    if "状态不明" in state:
        return Step(Mark.TROUBLE, title, f"{bill.number} {state}，不要重复缴", "看说明", "tax")
    if "待缴" in state:
        return Step(Mark.NOW, title, f"已申报，未缴 {money(bill.total)} 元", "去缴款", "tax")
    if "未申报" in state:
        return Step(Mark.NOW, title, f"税务已收到单据，应缴 {money(bill.total)} 元", "去申报", "tax")
    return Step(Mark.WAITS, title, f"应缴 {money(bill.total)} 元，等单据推送到税务", "看税务", "tax")

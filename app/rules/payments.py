"""Checks about the month's payment, its bill, and certificates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.findings import Where, error, warning
from app.domain.months import Month
from app.rules.ground import Standing
from app.rules.registry import Case, check

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from app.domain.findings import Finding
    from app.rules.ground import PersonFacts


def _month(case: Case) -> Month | None:
    text = case.values.get("month", "")
    return Month.parse(text) if text else None


@check("month-is-current", "month")
def month_is_current(case: Case) -> Iterator[Finding]:
    """“当月只能申报当月，不然无法提交” (seed 002, 常见问题 11); 枣庄: no back month online (seed 000, 二.7)."""
    month = _month(case)
    if month and month != case.ground.month:
        code = "month-past" if month < case.ground.month else "month-future"
        yield error(code, where=Where(field="month"), month=month.spoken, current=case.ground.month.spoken)


@check("months-without-gap", "month")
def months_without_gap(case: Case) -> Iterator[Finding]:
    """“该单位的最大做账期号不等于上一月或者当前月！” (seed 002, 常见问题 14): missed months are back-paid first."""
    unit, month = case.ground.unit, _month(case)
    if unit is None or month is None or unit.last_period is None:
        return
    if month - unit.last_period > 1:
        yield error(
            "months-missed",
            where=Where(field="month"),
            first=(unit.last_period + 1).spoken,
            last=(month + -1).spoken,
            last_period=unit.last_period.period,
        )


@check("month-not-declared", "month")
def month_not_declared(case: Case) -> Iterator[Finding]:
    """A month is declared once; what comes later is billed by itself."""
    unit, month = case.ground.unit, _month(case)
    if unit and month and unit.last_period and month <= unit.last_period:
        yield error("month-declared", where=Where(field="month"), month=month.spoken)


@check("no-open-bill")
def no_open_bill(case: Case) -> Iterator[Finding]:
    """“贵单位存在未缴费单据” (seed 000, 二.8(6)): unpaid, or paid and not yet written back."""
    unit = case.ground.unit
    if unit and unit.open_bill:
        yield error("open-bill", where=Where(), bill=unit.open_bill)


@check("nothing-unsubmitted")
def nothing_unsubmitted(case: Case) -> Iterator[Finding]:
    """“存在未提交信息” (seed 000, 二.8(7)): items still open at the bureau are finished or voided first."""
    unit = case.ground.unit
    if unit and unit.pending_items:
        yield error("pending-items", where=Where(), count=unit.pending_items)


@check("declare-by-day")
def declare_by_day(case: Case) -> Iterator[Finding]:
    """枣庄 (seed 000, 二.7): “网上申报缴费应尽量于每月20日前办理”."""
    day = int(case.settings["day"])
    if case.ground.today.day > day:
        yield warning("declared-late", where=Where(), day=day)


@check("something-to-bill")
def something_to_bill(case: Case) -> Iterator[Finding]:
    """A notice can only be issued for what has been declared and not billed yet."""
    unit = case.ground.unit
    if unit and not unit.unbilled_charges:
        yield error("nothing-to-bill", where=Where())


@check("agreement-signed", "way")
def agreement_signed(case: Case) -> Iterator[Finding]:
    """陕西 (seed 003, 三（三）2): “使用‘三方协议’方式缴款的前提是签订税库银三方协议”."""
    unit = case.ground.unit
    if unit and unit.tripartite is False and case.values.get("way") == "tripartite":
        yield error("no-agreement", where=Where(field="way"))


@check("people-insured-here", "people")
def people_insured_here(case: Case) -> Iterator[Finding]:
    """A unit's certificate names its own people only."""
    if case.ground.people is None:
        return
    for identity in filter(None, case.values.get("people", "").split(",")):
        person = case.ground.person(identity)
        if person is None or person.standing not in (Standing.ACTIVE_HERE, Standing.PAUSED_HERE):
            yield error("certificate-stranger", where=Where(field="people"), identity=identity)


@check("one-insurance", "insurance")
def one_insurance(case: Case) -> Iterator[Finding]:
    """A certificate attests one insurance (seed 002: “险种选择: 企业失业保险”, one 单位参保险种 in its head)."""
    if "," in case.values.get("insurance", ""):
        yield error("one-insurance", where=Where(field="insurance"))


@check("paid-to-certify", "people", "identity", "insurance")
def paid_to_certify(case: Case) -> Iterator[Finding]:
    """A certificate attests months that are paid (实缴到账, seed 002): at least one of the chosen has one."""
    if case.ground.people is None:
        return
    named = [*case.values.get("people", "").split(","), case.values.get("identity", "")]
    chosen = [case.ground.person(identity) for identity in named if identity]
    asked = [one for one in case.values.get("insurance", "").split(",") if one]
    own = [one for one in chosen if one and one.standing in (Standing.ACTIVE_HERE, Standing.PAUSED_HERE)]
    # Strangers are told of by another check; they are not the reason that nothing can be attested.
    if own and len(own) == len(chosen) and not any(_paid_in(person, asked) for person in own):
        yield error("nothing-to-certify", where=Where(field="people"))


def _paid_in(person: PersonFacts, insurances: Sequence[str]) -> bool:
    """Whether a month is paid in each of the insurances; in any at all where none is named."""
    return set(insurances) <= set(person.paid_in) if insurances else bool(person.paid_in)


@check("months-offered", "months")
def months_offered(case: Case) -> Iterator[Finding]:
    """The certificate covers one of the offered spans (seed 002: 三、六、九、十二、二十四个月)."""
    offered = case.settings["months"].split(",")
    if case.values.get("months") and case.values["months"] not in offered:
        yield error("months-not-offered", where=Where(field="months"), choices="、".join(offered))

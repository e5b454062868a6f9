"""Checks about a person: who they are, when they started, whether they can be added or stopped."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from app.domain.findings import Finding, Severity, Where, error, warning
from app.domain.identity import Sex
from app.domain.money import shown
from app.domain.months import Month
from app.regions.pack_errors import ParameterUnknown
from app.rules.ground import Standing
from app.rules.registry import BORN, PERSON, SEX, Case, check

if TYPE_CHECKING:
    from collections.abc import Iterator


def whole_years(born: date, on: date) -> int:
    """Full years of age on a day."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def _day(case: Case, key: str) -> date | None:
    text = case.values.get(key, "")
    return date.fromisoformat(text) if text else None


@check("age-at-least", BORN, along=(BORN,))
def age_at_least(case: Case) -> Iterator[Finding]:
    """Nobody below ``years`` can be employed (劳动法第十五条: 禁止用人单位招用未满十六周岁的未成年人)."""
    born = case.told.born
    if born and whole_years(born, case.ground.today) < int(case.settings["years"]):
        yield error("age-too-young", where=Where(field="identity"), years=case.settings["years"], born=born.isoformat())


@check("agrees-with-identity", SEX, "sex", compares="sex")
def sex_agrees_with_identity(case: Case) -> Iterator[Finding]:
    """The sex, where given, is that of the identity number."""
    sex, told = case.values.get("sex", ""), case.told.sex
    if sex and told and sex != told.value:
        yield error("sex-differs", where=Where(field="sex"), number_says=told.label, given=_sex_label(sex))


@check("agrees-with-identity", BORN, "born", compares="born")
def birth_agrees_with_identity(case: Case) -> Iterator[Finding]:
    """The birth date, where given, is that of the identity number."""
    born, told = case.values.get("born", ""), case.told.born
    if born and told and born != told.isoformat():
        yield error("born-differs", where=Where(field="born"), number_says=told.isoformat())


def _sex_label(code: str) -> str:
    return {"1": Sex.MALE.label, "2": Sex.FEMALE.label}.get(code, "未说明")


@check("not-earlier", "$field", "$than", along=("$field", "$than"))
def not_earlier(case: Case) -> Iterator[Finding]:
    """``field`` is not earlier than ``than`` (“【参工时间：…】不能早于【出生日期：…】”)."""
    first, second = _day(case, case.settings["field"]), _day(case, case.settings["than"])
    if first and second and first < second:
        yield error(
            "date-order",
            where=Where(field=case.settings["field"]),
            field=case.name_of(case.settings["field"]),
            day=first.isoformat(),
            other=case.name_of(case.settings["than"]),
            other_day=second.isoformat(),
        )


@check("not-future", "$field", along=("$field",))
def not_future(case: Case) -> Iterator[Finding]:
    """``field`` does not lie after the current month (“变更时间【】不能超过当月！”)."""
    day = _day(case, case.settings["field"])
    if day and Month.of(day) > case.ground.month:
        key = case.settings["field"]
        yield error("date-future", where=Where(field=key), field=case.name_of(key), month=case.ground.month.spoken)


@check("base-within", "$field", along=("$field",))
def base_within(case: Case) -> Iterator[Finding]:
    """The base lies between the floor and the ceiling in force."""
    key = case.settings["field"]
    text = case.values.get(key, "")
    if not text:
        return
    base = Decimal(text)
    for limit, code in (("floor", "base-below-floor"), ("ceiling", "base-above-ceiling")):
        try:
            used = case.region.parameters[case.settings[limit]].used(case.ground.month)
        except ParameterUnknown as unknown:
            yield Finding("limit-unknown", Severity.WARNING, unknown.facts, Where(field=key))
            continue
        if base < used.amount if limit == "floor" else base > used.amount:
            yield error(
                code,
                where=Where(field=key),
                limit=shown(used.amount),
                base=shown(base),
                source=used.value.source,
                mark=f"（{used.value.standing.label}）" if used.value.standing.label else "",
            )


@check("base-step", "$field")
def base_step(case: Case) -> Iterator[Finding]:
    """The base is a whole multiple of the region's step (湖北: “保留到10元”)."""
    key = case.settings["field"]
    text = case.values.get(key, "")
    step = case.region.base_step
    if text and Decimal(text) % step:
        taken = (Decimal(text) / step).quantize(Decimal(1), rounding="ROUND_HALF_UP") * step
        yield warning("base-not-on-step", where=Where(field=key), step=f"{step:f}", suggestion=f"{taken:.2f}")


@check("work-start", "$field", along=("$field",))
def work_start(case: Case) -> Iterator[Finding]:
    """How far back this employment began decides what is collected in arrears.

    湖北 (seed 002, 常见问题 7): up to ``months`` months back is collected by itself; earlier needs a contract
    back-payment after the enrolment.
    """
    key = case.settings["field"]
    day = _day(case, key)
    if day is None:
        return
    behind = case.ground.month - Month.of(day)
    limit = int(case.settings["months"])
    if 0 < behind <= limit:
        yield warning(
            "work-start-collected",
            where=Where(field=key),
            count=behind,
            first=Month.of(day).spoken,
            last=(case.ground.month + -1).spoken,
        )
    elif behind > limit:
        yield warning("work-start-contract", where=Where(field=key), months=limit, count=behind)


@check("enrol-this-month")
def enrol_this_month(case: Case) -> Iterator[Finding]:
    """枣庄 (seed 000, 二.5): “一定要在缴费当月增员，并且在申报当月缴费前，完成增员业务”."""
    unit = case.ground.unit
    if unit and unit.last_period and unit.last_period >= case.ground.month:
        yield error("enrol-after-payment", where=Where(), month=case.ground.month.spoken)


@check("not-insured-here", PERSON)
def not_insured_here(case: Case) -> Iterator[Finding]:
    """A person already insured by this unit cannot be added again."""
    person = case.person
    if person is None:
        return
    if person.standing is Standing.ACTIVE_HERE:
        yield error("already-insured", where=Where(field="identity"), person=person.name)
    elif person.pending:
        yield error("already-filed", where=Where(field="identity"), person=person.name)


@check("name-as-registered", PERSON, "name")
def name_as_registered(case: Case) -> Iterator[Finding]:
    """The name is the registered one: the number is looked up first, the name follows (seed 000, 二.8(2))."""
    person, name = case.person, case.values.get("name", "")
    if person and person.name and name and person.name != name:
        yield error("name-differs", where=Where(field="name"), registered=person.name, given=name)


@check("stopped-elsewhere", PERSON)
def stopped_elsewhere(case: Case) -> Iterator[Finding]:
    """Who is insured by another unit must be stopped there first (seed 002, 常见问题 16; seed 000, 二.8(2))."""
    person = case.person
    if person and person.standing is Standing.INSURED_ELSEWHERE:
        yield error("insured-elsewhere", where=Where(field="identity"), person=person.name)


@check("paid-elsewhere", PERSON)
def paid_elsewhere(case: Case) -> Iterator[Finding]:
    """Where the old employer has paid this month only injury insurance is collected (seed 002, 常见问题 19)."""
    person = case.person
    if person and person.paid_elsewhere and person.paid_elsewhere >= case.ground.month:
        yield warning("injury-only", where=Where(field="identity"), person=person.name, month=case.ground.month.spoken)


@check("insured-to-stop", PERSON, "identity")
def insured_to_stop(case: Case) -> Iterator[Finding]:
    """Only a person insured by this unit can be stopped."""
    if case.ground.people is None or not case.values.get("identity"):
        return
    person = case.person
    if person is None or person.standing is not Standing.ACTIVE_HERE:
        yield error("not-insured-to-stop", where=Where(field="identity"))
    elif person.pending:
        yield error("already-filed", where=Where(field="identity"), person=person.name)


@check("stop-month-declared", "$field")
def stop_month_declared(case: Case) -> Iterator[Finding]:
    """湖北 (seed 002, 常见问题 17): “停保时间当月要缴费，所以如果当月开始不缴费，停保时间选择上个月”."""
    day, unit = _day(case, case.settings["field"]), case.ground.unit
    if day is None or unit is None:
        return
    month = Month.of(day)
    if unit.last_period is None or month > unit.last_period:
        yield error("stop-month-unpaid", where=Where(field=case.settings["field"]), month=month.spoken)


@check("stop-not-before-paid", PERSON, "$field")
def stop_not_before_paid(case: Case) -> Iterator[Finding]:
    """A stop cannot lie before months already declared: those are refunded first (seed 002, 常见问题 24)."""
    day, person = _day(case, case.settings["field"]), case.person
    if day is None or person is None or person.declared_until is None:
        return
    over = person.declared_until - Month.of(day)
    if over > int(case.settings["months"]):
        yield error("stop-too-far-back", where=Where(field=case.settings["field"]), months=case.settings["months"])
    elif over > 0:
        yield warning("stop-leaves-refund", where=Where(field=case.settings["field"]), count=over)


@check("paid-written-back", PERSON)
def paid_written_back(case: Case) -> Iterator[Finding]:
    """枣庄 (seed 000, 二.6): “必须确保社保缴费回写到个人身上，才可办理在职职工减员，否则，将无法缴到个人身上”."""
    person = case.person
    if person and person.declared_until and (person.paid_until is None or person.paid_until < person.declared_until):
        yield error(
            "payment-not-written-back",
            where=Where(field="identity"),
            person=person.name,
            month=person.declared_until.spoken,
        )


@check("start-this-month", "$field")
def start_this_month(case: Case) -> Iterator[Finding]:
    """枣庄: added in the month that is paid; arrears only at the counter (seed 000, 二.5 and 二.7)."""
    key = case.settings["field"]
    day = _day(case, key)
    if day is None or Month.of(day) == case.ground.month:
        return
    code = "start-past" if Month.of(day) < case.ground.month else "date-future"
    yield error(code, where=Where(field=key), field=case.name_of(key), month=case.ground.month.spoken)

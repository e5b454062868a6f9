"""``shebao tool …``, ``regions``, ``explain`` and ``pay calculate``: what needs no key, no bureau and no store."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from app.cli.output import Answered, findings_json
from app.cli.reading import read_amount, read_count, read_day, read_month
from app.domain import identity as identities
from app.domain.amount_words import in_words
from app.domain.findings import error, warning
from app.domain.identity import IdentityKind, Sex
from app.domain.money import wire
from app.errors import InputRefused, UsageError
from app.rules.contributions import calculate
from app.rules.late_fee import late_fee
from app.rules.retirement import Category, retirement
from app.workflows.explain import explain

if TYPE_CHECKING:
    from argparse import Namespace

    from app.workflows.desk import Desk

ZERO = Decimal(0)


def tool_identity(_: Desk, options: Namespace) -> dict[str, Any]:
    """What sort of number it is and what is wrong with it."""
    found = identities.examine(options.value)
    findings = []
    if found.problem is not None:
        # Some early credit codes do not fit their check character: told, never refused.
        say = warning if found.kind is IdentityKind.CREDIT_CODE else error
        findings.append(say(found.problem, length=len(found.number), name="证件号码"))
    result = {
        "kind": found.kind.value,
        "valid": found.valid,
        "sex": {Sex.MALE: "male", Sex.FEMALE: "female"}[found.sex] if found.sex else None,
        "born": found.born.isoformat() if found.born else None,
        "findings": findings_json(findings),
    }
    if not found.valid and found.kind is not IdentityKind.CREDIT_CODE:
        raise Answered(result, InputRefused.exit_code)
    return result


def tool_amount(_: Desk, options: Namespace) -> dict[str, Any]:
    """The amount in words."""
    return {"in_words": in_words(read_amount(options.value))}


def tool_deadline(desk: Desk, options: Namespace) -> dict[str, Any]:
    """The last day of a term of working days."""
    desk.region(options.region)
    last = desk.calendar.deadline(read_day(options.issued), read_count(options.working_days, "--working-days"))
    return {"deadline": last.isoformat()}


def tool_retirement(_: Desk, options: Namespace) -> dict[str, Any]:
    """The statutory month of retirement."""
    sex = Sex.MALE if options.sex == "male" else Sex.FEMALE
    found = retirement(read_month(options.born), sex, Category(options.category))
    return {
        "retires_in": str(found.month),
        "delay_months": found.delay,
        "age": {"years": found.years, "months": found.months},
    }


def tool_late_fee(desk: Desk, options: Namespace) -> dict[str, Any]:
    """Late fee on an amount."""
    region = desk.region(options.region)
    days, fee = late_fee(region, read_amount(options.amount, least=ZERO), read_day(options.due), read_day(options.paid))
    return {"days": days, "late_fee": wire(fee)}


def pay_calculate(desk: Desk, options: Namespace) -> dict[str, Any]:
    """One person's month, every parameter with its source."""
    region = desk.region(options.region)
    insurances = chosen_insurances(desk, options.region, options.insurance)
    base = read_amount(options.base, least=ZERO)
    found = calculate(region, read_month(options.on), base, options.injury_class, insurances)
    return {
        "lines": [
            {
                "insurance": line.insurance,
                "name": line.name,
                "base": wire(line.base),
                "unit": wire(line.unit),
                "person": None if line.person is None else wire(line.person),
            }
            for line in found.lines
        ],
        "unit": wire(found.unit),
        "person": wire(found.person),
        "total": wire(found.total),
        "total_in_words": in_words(found.total),
        "parameters": [
            {
                "id": used.id,
                "name": used.name,
                "value": f"{used.amount:f}",
                "from": str(used.value.first),
                "to": None if used.value.last is None else str(used.value.last),
                "source": used.value.source,
                "verified_on": used.value.verified_on.isoformat(),
                "mark": used.value.standing.label,
            }
            for used in found.parameters
        ],
        "findings": findings_json(found.findings),
    }


def chosen_insurances(desk: Desk, region_id: str, given: list[str] | None) -> list[str]:
    """Insurance ids from the command line (ids, codes, comma-separated); all of the region where none is named."""
    region = desk.region(region_id)
    if not given:
        return [insurance.id for insurance in region.insurances]
    try:
        return [region.insurance(word.strip()).id for one in given for word in one.split(",") if word.strip()]
    except KeyError as unknown:
        known = "、".join(f"{insurance.id}（{insurance.name}）" for insurance in region.insurances)
        raise UsageError(
            "option-insurance-unknown", name=str(unknown.args[0]), region=region.name, choices=known
        ) from None


def regions(desk: Desk, _: Namespace) -> dict[str, Any]:
    """All regions with their items."""
    return {
        "regions": [
            {
                "id": region.id,
                "name": region.name,
                "items": [
                    {
                        "id": item.id,
                        "name": item.name,
                        "review": item.review.value,
                        "kind": item.kind.value,
                        "menu": list(item.menu),
                    }
                    for item in region.items.values()
                ],
                "verified_on": region.verified_on.isoformat(),
            }
            for region in map(desk.region, desk.catalog.ids())
        ]
    }


def explain_message(desk: Desk, options: Namespace) -> dict[str, Any]:
    """What a bureau's message means."""
    return {
        "matches": [
            {
                "region": region.id,
                "message": message.text,
                "meaning": message.meaning,
                "remedy": message.remedy,
                "source": message.source,
            }
            for region, message in explain(desk.catalog, options.text)
        ]
    }

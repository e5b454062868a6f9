"""How facts and findings travel between the bureau and the client: plain JSON values, amounts as texts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from app.domain.findings import Finding, Severity, Where
from app.domain.money import wire
from app.domain.months import Month
from app.rules.ground import PersonFacts, Standing, UnitFacts

Json = Mapping[str, Any]


def _month_out(month: Month | None) -> str | None:
    return None if month is None else str(month)


def _month_in(text: str | None) -> Month | None:
    return None if text is None else Month.parse(text)


def person_to_wire(person: PersonFacts) -> dict[str, Any]:
    """A person as the bureau tells of them."""
    return {
        "identity": person.identity,
        "name": person.name,
        "standing": person.standing.value,
        "number": person.number,
        "base": None if person.base is None else wire(person.base),
        "since": _month_out(person.since),
        "insurances": list(person.insurances),
        "declared_until": _month_out(person.declared_until),
        "paid_until": _month_out(person.paid_until),
        "paid_in": list(person.paid_in),
        "paid_elsewhere": _month_out(person.paid_elsewhere),
        "stopped_from": _month_out(person.stopped_from),
        "pending": person.pending,
        "certified_in": _month_out(person.certified_in),
        "first_work": None if person.first_work is None else person.first_work.isoformat(),
    }


def person_from_wire(data: Json) -> PersonFacts:
    """The person in ``data``. Raises KeyError or ValueError where it is not of the contract's form."""
    return PersonFacts(
        identity=data["identity"],
        name=data["name"],
        standing=Standing(data["standing"]),
        number=data["number"],
        base=None if data["base"] is None else Decimal(data["base"]),
        since=_month_in(data["since"]),
        insurances=tuple(data["insurances"]),
        declared_until=_month_in(data["declared_until"]),
        paid_until=_month_in(data["paid_until"]),
        paid_in=tuple(data.get("paid_in", ())),
        paid_elsewhere=_month_in(data["paid_elsewhere"]),
        stopped_from=_month_in(data["stopped_from"]),
        pending=bool(data["pending"]),
        certified_in=_month_in(data.get("certified_in")),
        first_work=None if data.get("first_work") is None else date.fromisoformat(data["first_work"]),
    )


def unit_to_wire(unit: UnitFacts) -> dict[str, Any]:
    """A unit as the bureau tells of it."""
    return {
        "number": unit.number,
        "name": unit.name,
        "credit_code": unit.credit_code,
        "injury_class": unit.injury_class,
        "insurances": list(unit.insurances),
        "last_period": _month_out(unit.last_period),
        "open_bill": unit.open_bill,
        "unbilled_charges": unit.unbilled_charges,
        "pending_items": unit.pending_items,
        "bank_account": unit.bank_account,
        "wages_declared_for": unit.wages_declared_for,
        "tripartite": unit.tripartite,
        "registers": None if unit.registers is None else {name: dict(one) for name, one in unit.registers.items()},
    }


def unit_from_wire(data: Json) -> UnitFacts:
    """The unit in ``data``. Raises KeyError or ValueError where it is not of the contract's form."""
    return UnitFacts(
        number=data["number"],
        name=data["name"],
        credit_code=data["credit_code"],
        injury_class=data["injury_class"],
        insurances=tuple(data["insurances"]),
        last_period=_month_in(data["last_period"]),
        open_bill=data["open_bill"],
        unbilled_charges=bool(data["unbilled_charges"]),
        pending_items=int(data["pending_items"]),
        bank_account=bool(data.get("bank_account", False)),
        wages_declared_for=None if data.get("wages_declared_for") is None else int(data["wages_declared_for"]),
        tripartite=data.get("tripartite"),
        registers=None if data.get("registers") is None else {k: dict(v) for k, v in data["registers"].items()},
    )


def finding_to_wire(finding: Finding, message: str = "") -> dict[str, Any]:
    """A finding with the bureau's own words for it."""
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "facts": dict(finding.facts),
        "field": finding.where.field,
        "message": message,
    }


def finding_from_wire(data: Json) -> Finding:
    """The finding in ``data``; the bureau's own words become the fact ``bureau_says``."""
    facts = {**data["facts"], "bureau_says": data.get("message", "")}
    return Finding(data["code"], Severity(data["severity"]), facts, Where(field=data["field"]))

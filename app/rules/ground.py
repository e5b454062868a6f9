"""What is known when a filing is checked: the day, the unit, its people.

The client fills it from its last sync, the bureau from its own database; the rules are the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from app.domain.months import Month

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal

Values = Mapping[str, str]


class Standing(StrEnum):
    """How a person stands with the bureau, seen from this unit."""

    NEW = "new"
    ACTIVE_HERE = "active-here"
    PAUSED_HERE = "paused-here"
    INSURED_ELSEWHERE = "insured-elsewhere"
    PAUSED_ELSEWHERE = "paused-elsewhere"

    @property
    def label(self) -> str:
        """The words a clerk reads."""
        return _STANDINGS[self]


_STANDINGS = {
    Standing.NEW: "首次参保",
    Standing.ACTIVE_HERE: "本单位参保缴费",
    Standing.PAUSED_HERE: "本单位暂停缴费",
    Standing.INSURED_ELSEWHERE: "在其他单位参保缴费",
    Standing.PAUSED_ELSEWHERE: "原单位已停保",
}


class PersonFacts(NamedTuple):
    """A person as the bureau described them. ``identity`` is the social security number (AAC002).

    ``paid_until`` is the last month whose money has been distributed to the person (实收分配), ``declared_until`` the
    last month declared for them; ``paid_elsewhere`` the last month another unit has paid; ``certified_in`` the last
    month in which a certificate naming them was printed; ``first_work`` the first day they ever worked
    (首次参工时间), told of whoever is or was the unit's own, or can be taken over.
    """

    identity: str
    name: str
    standing: Standing
    number: str = ""
    base: Decimal | None = None
    since: Month | None = None
    insurances: tuple[str, ...] = ()
    declared_until: Month | None = None
    paid_until: Month | None = None
    paid_elsewhere: Month | None = None
    paid_in: tuple[str, ...] = ()
    stopped_from: Month | None = None
    pending: bool = False
    certified_in: Month | None = None
    first_work: date | None = None


class UnitFacts(NamedTuple):
    """The unit as the bureau described it. ``last_period`` is 最大做账期号: the last month declared.

    ``bank_account``: whether it has an account for refunds. ``wages_declared_for``: the insurance year (the year it
    begins in) for which the wages were last declared; None where the bureau does not tell. ``registers``: entries by
    register and key (handlers, bank-accounts, rosters, revocable-bills, tax-bills-…), see :mod:`app.rules.registers`.
    ``tripartite``: whether the tax office may debit its account (税库银三方协议), None where nobody has told.
    """

    number: str
    name: str
    credit_code: str
    injury_class: str
    insurances: tuple[str, ...]
    last_period: Month | None
    open_bill: str | None = None
    unbilled_charges: bool = False
    pending_items: int = 0
    bank_account: bool = False
    wages_declared_for: int | None = None
    registers: Mapping[str, Mapping[str, str]] | None = None
    tripartite: bool | None = None


class Ground(NamedTuple):
    """All that the checks may look at. What is None is not known here and is left for the bureau to judge."""

    today: date
    unit: UnitFacts | None = None
    people: Mapping[str, PersonFacts] | None = None
    seen: Mapping[str, PersonFacts] = MappingProxyType({})

    @property
    def month(self) -> Month:
        """The current month."""
        return Month.of(self.today)

    def person(self, identity: str) -> PersonFacts | None:
        """What is known of a person: the bureau's answer to a lookup first, the roster next."""
        found = self.seen.get(identity)
        if found is None and self.people is not None:
            found = self.people.get(identity)
        return found

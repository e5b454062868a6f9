"""Which effect an approved filing has: the item's, named in :mod:`app.regions.vocabulary`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bureau.effects import arrears, bills, data, papers, people, taxes, wages

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from app.regions.pack import Item
    from bureau.case import Case, Outcome

EFFECTS: Final[Mapping[str, Callable[[Case], Outcome]]] = {
    "enrol": people.enrol,
    "stop": people.stop,
    "payment": bills.payment,
    "notice": bills.notice,
    "certificate": papers.certificate,
    "wage": wages.wage,
    "wage-adjust": wages.adjust,
    "back-payment": arrears.back_payment,
    "contract-back-payment": arrears.contract_back_payment,
    "refund": arrears.refund,
    "defer": arrears.defer,
    "deferred-payment": arrears.deferred_payment,
    "add-insurance": people.add_insurance,
    "drop-insurance": people.drop_insurance,
    "personal-data": data.personal_data,
    "unit-data": data.unit_data,
    "handler": data.handler,
    "bank-account": data.bank_account,
    "unit-key-data": data.unit_key_data,
    "notice-revoke": bills.revoke,
    "project-enrol": data.project_enrol,
    "project-stop": data.project_stop,
    "account-statement": papers.account_statement,
    "retirement-notice": papers.retirement_notice,
    "tax-declare": taxes.declare,
    "tax-void": taxes.void,
    "tax-pay": taxes.pay,
    "kept-data": data.kept_data,
    "transfer": data.record,
    "announce": data.record,
    "record": data.record,
}


def apply(case: Case) -> Outcome:
    """Carry out an approved filing. Raises Declined, ParameterUnknown, CalendarUnknown; nothing is done then."""
    return EFFECTS[case.item.effect](case)


def served(item: Item) -> bool:
    """Whether the bureau knows what to do with such a filing."""
    return item.effect in EFFECTS

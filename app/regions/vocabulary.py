"""The words a pack and the bureau share: what a filing can bring about, and what can be asked.

A pack names one of them for each filing and query; the bureau implements them. ``keys`` are the fields that an item
must have so that the bureau can act: a person's filing also needs ``identity``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Word(NamedTuple):
    """One effect or query: what it means, and the field keys it works with."""

    meaning: str
    keys: tuple[str, ...] = ()


KNOWN_EFFECTS: Mapping[str, Word] = {
    "enrol": Word("the person is insured by the unit from `start` on `wage`", ("identity", "name", "start", "wage")),
    "stop": Word("the person pays to the month of `stop_date` and no further", ("identity", "name", "stop_date")),
    "payment": Word("`month` is assessed for everybody", ("month", "insurances")),
    "notice": Word("what is assessed and not billed becomes a bill", ("month",)),
    "certificate": Word("a certificate of participation is issued", ("insurance", "months", "people")),
    "wage": Word("`wage` is the person's base from the insurance year `year` on", ("identity", "year", "wage")),
    "wage-adjust": Word(
        "`wage` is the person's base from the month `from_month` on", ("identity", "from_month", "wage")
    ),
    "back-payment": Word("the months `first` to `last` are assessed now", ("first", "last", "insurances")),
    "contract-back-payment": Word(
        "months further back are assessed for one person, by hand", ("identity", "first", "last", "wage")
    ),
    "refund": Word("the overpaid months `first` to `last` are paid back", ("identity", "first", "last")),
    "defer": Word("what is assessed and not billed of `first` to `last` is put off", ("first", "last")),
    "deferred-payment": Word("deferred months are assessed without late fee", ("first", "last", "insurances")),
    "add-insurance": Word("`insurances` begin with `from_month`", ("insurances", "from_month")),
    "drop-insurance": Word("`insurances` end before `from_month`", ("insurances", "from_month")),
    "personal-data": Word("what is filled in of phone, address … replaces what is kept", ("identity",)),
    "unit-data": Word("what is filled in of contact, address, phone … replaces what is kept"),
    "handler": Word("a handler is added, changed or taken away (`action`)", ("action", "name", "identity", "phone")),
    "bank-account": Word("a bank account of the unit is added, changed or taken away", ("action", "bank", "account")),
    "unit-key-data": Word("name, legal person … of the unit change after review"),
    "notice-revoke": Word("the bill `bill` is void, what it billed is open again", ("bill",)),
    "project-enrol": Word("the person is on the project's roster (injury insurance)", ("identity", "project", "start")),
    "project-stop": Word("the person leaves the project's roster", ("identity", "project", "stop_date")),
    "account-statement": Word("a statement of the person's account is issued", ("identity", "insurance")),
    "retirement-notice": Word("the person is announced as retiring", ("identity",)),
    "tax-declare": Word("the bill is declared at the tax office", ("bill",)),
    "tax-void": Word("the declaration of the bill at the tax office is void", ("bill",)),
    "tax-pay": Word("the bill is paid: `way` is tripartite or voucher", ("bill", "way")),
    "kept-data": Word("what is filled in is kept of the project or person; data-changes tells old and new"),
    "transfer": Word("a transfer of the pension relation is asked for; transfers tells how far it is", ("identity",)),
    "announce": Word("the person is announced; until enrolled, the to-do list says so", ("identity", "name", "start")),
    "record": Word("kept and reviewed, changes nothing else"),
}

KNOWN_QUERIES: Mapping[str, Word] = {
    "unit-info": Word("the unit's own data"),
    "unit-insurances": Word("the unit's insurances, since when, and the last period of each"),
    "handlers": Word("the unit's handlers"),
    "bank-accounts": Word("the unit's bank accounts"),
    "roster": Word("the unit's people", ("identity", "name", "standing")),
    "change-statistics": Word("who was added, stopped or changed", ("first", "last")),
    "wage-records": Word("declared bases per person", ("year",)),
    "payment-records": Word("what each month cost, with every person's detail", ("first", "last")),
    "bills": Word("the unit's bills", ("first", "last")),
    "bill-progress": Word("where the money of a bill is", ("bill",)),
    "refunds": Word("refunds asked for and paid"),
    "filings": Word("what the unit has filed, and how it stands", ("first", "last")),
    "to-do": Word("what waits for the unit"),
    "unverified-people": Word("people whose identity is not confirmed"),
    "duplicate-people": Word("people with more than one number"),
    "transfers": Word("transfers in and out"),
    "retirements": Word("applications to retire, and how they stand", ("first", "last")),
    "e-receipts": Word("electronic receipts with the text of their QR codes"),
    "account-statements": Word("a person's account, year by year", ("identity", "insurance")),
    "tax-bills": Word("what the tax office has to be declared and paid"),
    "tax-records": Word("declarations at the tax office with their feedback"),
    "tax-vouchers": Word("printed bank vouchers with their deadlines"),
    "data-changes": Word("changes of the unit's data"),
}

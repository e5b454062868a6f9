"""What a month has besides filing and paying: the tax office where units serve themselves, and questions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from app.regions.pack import Kind
from app.workflows import queries
from bureau import tax
from bureau.demo.record import StepFailed, expect

if TYPE_CHECKING:
    from app.regions.pack import Item
    from bureau.demo.headless import Play

_ASKED: Final = ("roster", "payment-records", "bills", "wage-records", "e-receipts", "tax-records", "filings")
"""Which questions are asked, where the region has them."""


def at_the_tax_office(month: Play, number: str) -> None:
    """Declare the bill and pay it by the agreement, where the region's units do so by themselves (陕西)."""
    if not month.region.conduct.self_service_tax:
        return
    declare, pay = (_item(month, effect) for effect in ("tax-declare", "tax-pay"))
    with month.record.step("等单据到税务") as detail:
        month.ground.serving.counter("advance", "--days", "1")
        (bill,) = _rows(month, "tax-bills")
        expect((bill["number"], bill["state"]) == (number, tax.NOT_DECLARED), f"税务端：{bill}")
        detail.append(f"{bill['number']} {bill['amount']} 元 {bill['state']}")
    with month.record.step(declare.business) as detail:
        month.file(declare, {"bill": number})
        (record,) = _rows(month, "tax-records")
        detail.append(f"{record['state']}，{record['feedback']}")
    with month.record.step(pay.business) as detail:
        month.file(pay, {"bill": number, "way": "tripartite"})
        (bill,) = _rows(month, "tax-bills")
        expect(bill["state"] == tax.PAID, f"税务端：{bill['state']}")
        detail.append(bill["state"])


def ask(month: Play) -> None:
    """Ask what the region offers to be asked, and export the answers."""
    offered = [one for one in month.region.items.values() if one.kind is Kind.QUERY]
    for name in _ASKED:
        item = next((one for one in offered if one.query == name), None)
        if item is None:
            continue
        with month.record.step(f"查询：{item.name}") as detail:
            answer = queries.ask(month.desk, month.bureau, month.session.unit.number, item, {})
            expect(answer.table.rows, "一行也没有")
            month.record.keep(f"{item.name}.xlsx", queries.as_workbook(answer.table))
            detail.append(f"{len(answer.table.rows)} 行")


def _item(month: Play, effect: str) -> Item:
    item = month.item_with(effect)
    if item is None:
        raise StepFailed(f"没有“{effect}”这个事项")
    return item


def _rows(month: Play, name: str) -> list[dict[str, str]]:
    return [dict(row) for row in month.bureau.query(name, {}).rows]

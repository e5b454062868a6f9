"""``python3 -m bureau``: serve, and the other side of the counter. Answers are JSON on standard output."""

from __future__ import annotations

import argparse
import json
import logging
import sys
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from app import wording
from app.domain.money import FEN
from app.errors import LocalDataError, ShebaoError, UsageError
from app.regions.pack import Review
from bureau import counter, tax_counter, words
from bureau.models import CHINA
from bureau.office import Office

if TYPE_CHECKING:
    from collections.abc import Sequence

DEFAULT_DATA: Final = Path("bureau-data")
_REVIEWS: Final = {"auto": Review.AUTOMATIC, "manual": Review.MANUAL}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit codes are those of docs/cli.md."""
    asked = _parser().parse_args(arguments)
    # What is logged are our own faults by place; requests are not, their paths and bodies being personal.
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        answer = _run(asked)
    except ShebaoError as failure:
        print(wording.notice(failure).whole, file=sys.stderr)
        findings = [words.on_wire(one, None) for one in getattr(failure, "findings", ())]
        told = {"code": failure.code, "facts": dict(failure.facts), "findings": findings}
        print(json.dumps({"error": told}, ensure_ascii=False))
        return failure.exit_code
    if answer is not None:
        print(json.dumps(answer, ensure_ascii=False))
    return 0


def _run(asked: argparse.Namespace) -> dict[str, Any] | None:
    if asked.command == "describe":
        from bureau.api.description import text

        print(text(), end="")
        return None
    if asked.command in ("publisher-key", "publish"):
        from bureau import publishing

        if asked.command == "publisher-key":
            return publishing.new_key(asked.file)
        return publishing.publish(asked.pack, asked.key, asked.out, asked.publisher, asked.valid_from, asked.source)
    office = Office.open(asked.data, asked.db)
    if asked.command == "serve":
        from bureau import serving  # the web server takes a second to import, which the other commands need not wait

        asked.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        office.url = asked.public_url or ""
        office.review = _REVIEWS.get(asked.review)
        office.regions = serving.served_regions(office, asked.region)
        serving.prepare(office, asked.clock)
        serving.serve(office, asked.host, asked.port, with_parent=asked.with_parent)
        return None
    _must_be_there(office, asked)
    try:
        return _at_the_counter(office, asked)
    finally:
        office.database.close()


def _at_the_counter(office: Office, asked: argparse.Namespace) -> dict[str, Any]:
    if asked.command == "advance":
        by = timedelta(days=asked.days, hours=asked.hours)
        if by <= timedelta():
            raise UsageError(detail="advance --days N --hours H")
        return counter.advance(office, by)
    if asked.command == "pay":
        return counter.pay(office, asked.number, asked.amount)
    if asked.command == "tax":
        return _at_the_tax_office(office, asked)
    if asked.decision == "approve":
        return counter.approve(office, asked.filing)
    if asked.decision == "reject":
        return counter.reject(office, asked.filing, asked.reason)
    return {"filings": counter.under_review(office)}


def _at_the_tax_office(office: Office, asked: argparse.Namespace) -> dict[str, Any]:
    if asked.act == "void-voucher":
        return tax_counter.void_voucher(office, asked.voucher)
    if asked.act == "pay-voucher":
        return tax_counter.pay_voucher(office, asked.voucher, asked.amount)
    if asked.act == "lock":
        return tax_counter.lock(office, asked.number)
    if asked.act == "resolve":
        return tax_counter.resolve(office, asked.number, paid=asked.outcome == "paid")
    return {"bills": tax_counter.bills(office)}


def _must_be_there(office: Office, asked: argparse.Namespace) -> None:
    """A command at the counter never makes a bureau: a mistyped folder is told, not filled."""
    if asked.db is None and not (asked.data / "bureau.sqlite3").is_file():
        raise LocalDataError("file-missing", file=str(asked.data / "bureau.sqlite3"))
    if office.database.revision() is None:
        raise LocalDataError("file-missing", file=office.database.shown())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python3 -m bureau", description="训练用的社保经办机构 / the reference bureau"
    )
    commands = parser.add_subparsers(dest="command", required=True)
    where = argparse.ArgumentParser(add_help=False)
    where.add_argument(
        "--data", type=Path, default=DEFAULT_DATA, metavar="DIR", help="keys, and the database by default"
    )
    where.add_argument("--db", metavar="URL", help="another database, e.g. postgresql://user@host/name")

    serve = commands.add_parser("serve", parents=[where], help="serve until stopped")
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on")
    serve.add_argument("--port", type=int, default=8443, help="0 takes a free one")
    serve.add_argument(
        "--public-url", metavar="URL", help="the address that clients pin, if another than the one listened on"
    )
    serve.add_argument("--region", nargs="+", default=[], metavar="R", action="extend")
    serve.add_argument("--clock", type=_moment, metavar="ISO", help="the bureau's time at the beginning")
    serve.add_argument("--with-parent", action="store_true", help="end when standard input does")
    serve.add_argument("--review", choices=_REVIEWS, help="who decides; by default as each region's pack says")

    advance = commands.add_parser("advance", parents=[where], help="move the bureau's clock on")
    advance.add_argument("--days", type=int, default=0)
    advance.add_argument("--hours", type=int, default=0)

    paid = argparse.ArgumentParser(add_help=False)
    paid.add_argument("--amount", type=_yuan, metavar="YUAN", help="what is paid; beyond the bill it becomes 待转金")
    pay = commands.add_parser("pay", parents=[where, paid], help="pay a bill at the tax office")
    pay.add_argument("number")

    review = commands.add_parser("review", help="decide filings under review")
    decisions = review.add_subparsers(dest="decision", required=True)
    decisions.add_parser("list", parents=[where])
    decisions.add_parser("approve", parents=[where]).add_argument("filing")
    reject = decisions.add_parser("reject", parents=[where])
    reject.add_argument("filing")
    reject.add_argument("--reason", required=True)

    tax = commands.add_parser("tax", help="what only the tax office itself can do")
    acts = tax.add_subparsers(dest="act", required=True)
    acts.add_parser("list", parents=[where], help="bills as the tax office has them")
    acts.add_parser("void-voucher", parents=[where], help="void a bank voucher").add_argument("voucher")
    acts.add_parser("pay-voucher", parents=[where, paid], help="pay a voucher at the bank").add_argument("voucher")
    acts.add_parser("lock", parents=[where], help="the bank does not answer a debit").add_argument("number")
    resolve = acts.add_parser("resolve", parents=[where], help="find out what became of a locked debit")
    resolve.add_argument("number")
    resolve.add_argument("outcome", choices=["paid", "unpaid"])

    publish = commands.add_parser("publish", help="sign a region pack as an update (docs/packs.md)")
    publish.add_argument("pack", type=Path, help="the pack's folder, named after its region")
    publish.add_argument("--key", type=Path, required=True, help="the publisher's private key")
    publish.add_argument("--publisher", required=True, help="who publishes it, as a person reads it")
    publish.add_argument("--valid-from", type=date.fromisoformat, required=True, metavar="DATE")
    publish.add_argument("--source", action="append", required=True, help="what the changes rest on; can be repeated")
    publish.add_argument("--out", type=Path, required=True)
    commands.add_parser("publisher-key", help="make a publisher's key").add_argument("file", type=Path)
    commands.add_parser("describe", help="print the contract as OpenAPI (resources/contract/openapi.json)")
    return parser


def _yuan(text: str) -> Decimal:
    """An amount to the fen."""
    try:
        amount = Decimal(text)
        return amount.quantize(FEN)
    except InvalidOperation:
        raise argparse.ArgumentTypeError(text) from None


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=CHINA)


if __name__ == "__main__":
    sys.exit(main())

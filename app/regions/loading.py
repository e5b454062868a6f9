"""Load a region pack from its folder, strictly: what is unknown, missing, overlapping or dangling is refused by name.

region.toml          who the bureau is, insurances, payment and stages, choices between contradicting sources
items/*.toml         the business items
codes/*.toml         code tables
parameters/*.toml    dated parameters, one file each
messages.toml        the bureau's own messages
documents/*.toml     layouts of what is printed (read by app.documents)
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from app.domain.money import Rounding, RoundingMode
from app.regions.items import read_code_table, read_item
from app.regions.pack import (
    BureauMessage,
    Choice,
    CodeTable,
    Conduct,
    Insurance,
    Item,
    PaymentRules,
    PeriodRule,
    Region,
    Stage,
    TaxDelay,
)
from app.regions.pack_errors import PackError
from app.regions.parameters import Parameter, Standing, Value, read_parameter
from app.regions.reading import Reader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path
    from typing import TypeVar

    T = TypeVar("T")


def load_region(
    folder: Path,
    known_checks: Iterable[str],
    local: Path | None = None,
    shared: Path | None = None,
    only: str | None = None,
) -> Region:
    """The region whose pack lies in ``folder``, with the clerk's own values in ``local`` before the pack's.

    ``known_checks`` are the names a pack may choose; ``shared`` is where the layouts of all regions lie, if not beside
    the packs. ``only`` is the one item to be read, for whoever asks for nothing but to check it: the region then has
    no other, and no messages. Raises PackError, also for what is wrong in ``local``.
    """
    shown = f"{folder.name}/region.toml"
    tables = _each(folder, "codes", read_code_table, lambda table: table.id)
    parameters = _each(folder, "parameters", lambda r: read_parameter(r, folder.name), lambda one: one.id)
    if local is not None:
        parameters = _overridden(parameters, local)
    items = _each(folder, "items", read_item, lambda item: item.id, only or "*")
    with Reader.open(folder / "region.toml", shown) as reader:
        region = _region(reader, folder, items, tables, parameters)._replace(shared_documents=shared)
    if only is None:
        region = region._replace(messages=_messages(folder))
    _refuse_dangling(region, frozenset(known_checks))
    return region


def _each(
    folder: Path, kind: str, read: Callable[[Reader], T], key: Callable[[T], str], names: str = "*"
) -> dict[str, T]:
    found: dict[str, T] = {}
    for path in sorted((folder / kind).glob(f"{names}.toml")):
        shown = f"{folder.name}/{kind}/{path.name}"
        reader = Reader.open(path, shown)
        one = read(reader)
        if key(one) in found:
            raise PackError(shown, "id", "duplicate-id", id=key(one))
        found[key(one)] = one
    return found


def _overridden(parameters: dict[str, Parameter], local: Path) -> dict[str, Parameter]:
    """The parameters with the local values after their own: the last one that covers a month is the one in force."""
    own = _each(local, "parameters", lambda reader: read_parameter(reader, local.name), lambda one: one.id)
    for id_ in own:
        if id_ not in parameters:
            raise PackError(f"{local.name}/parameters", "id", "dangling", id=id_)
    return {
        id_: one if id_ not in own else one._replace(values=(*one.values, *map(_local, own[id_].values)))
        for id_, one in parameters.items()
    }


def _local(value: Value) -> Value:
    return value._replace(standing=Standing.LOCAL)


def _region(
    reader: Reader,
    folder: Path,
    items: dict[str, Item],
    tables: dict[str, CodeTable],
    parameters: dict[str, Parameter],
) -> Region:
    if reader.text("id") != folder.name:
        raise reader.wrong("id", "id-not-folder")
    with reader.table("rounding") as rounding:
        amount = Rounding(
            rounding.number("amount_step"), rounding.choice("amount_mode", RoundingMode, RoundingMode.HALF_UP)
        )
        base_step = rounding.number("base_step")
        rounding.text("source")
    return Region(
        id=folder.name,
        name=reader.text("name"),
        province=reader.text("province"),
        agency=reader.text("agency"),
        tax_system=reader.text("tax_system"),
        hotline=reader.text("hotline"),
        verified_on=reader.day("verified_on"),
        folder=folder,
        insurances=tuple(_insurance(one) for one in reader.tables("insurances")),
        items=items,
        tables=tables,
        parameters=parameters,
        messages=(),
        payment=_payment(reader.table("payment")),
        choices=tuple(_choice(one) for one in reader.tables("choices")),
        amount_rounding=amount,
        base_step=base_step,
        conduct=_conduct(reader.table("conduct")),
        version=reader.count("version", 1),
    )


def _insurance(reader: Reader) -> Insurance:
    with reader:
        return Insurance(
            id=reader.text("id"),
            code=reader.text("code"),
            name=reader.text("name"),
            short=reader.text("short"),
            unit_rate=reader.text("unit_rate"),
            person_rate=reader.text("person_rate") if reader.has("person_rate") else None,
            floor=reader.text("floor"),
            ceiling=reader.text("ceiling"),
            classed=reader.flag("classed"),
        )


def _payment(reader: Reader) -> PaymentRules:
    with reader:
        return PaymentRules(
            bill_name=reader.text("bill_name"),
            layout=reader.text("layout"),
            separate_notice=reader.flag("separate_notice"),
            valid_working_days=reader.count("valid_working_days", 0),
            by_day=reader.count("by_day", 0),
            stages=tuple(_stage(one) for one in reader.tables("stages")),
            source=reader.text("source"),
        )


def _stage(reader: Reader) -> Stage:
    with reader:
        return Stage(
            key=reader.text("key"),
            name=reader.text("name"),
            minutes=reader.count("minutes", 0),
            working_days=reader.count("working_days", 0),
            tick_hours=reader.count("tick_hours", 0),
            at=reader.text("at", ""),
            by=reader.text("by"),
            source=reader.text("source"),
        )


def _conduct(reader: Reader) -> Conduct:
    """How the bureau behaves; every key that is set has its source under the same key in ``[conduct.sources]``."""
    with reader:
        conduct = Conduct(
            certificate_locks_stop=reader.flag("certificate_locks_stop"),
            wages_required_from=_month_day(reader, "wages_required_from"),
            unit_share_shown=reader.flag("unit_share_shown", default=True),
            tax_delay=reader.choice("tax_delay", TaxDelay, TaxDelay.MINUTES),
            write_back_days=reader.count("write_back_days", 0),
            period_rule=reader.choice("period_rule", PeriodRule, PeriodRule.NONE),
            cancelled_bill_lives_on=reader.flag("cancelled_bill_lives_on"),
            self_service_tax=reader.flag("self_service_tax"),
            injury_from_current_month=reader.flag("injury_from_current_month"),
            stop_month_paid=reader.flag("stop_month_paid", default=True),
            sources=reader.plain("sources"),
        )
    for key in reader.keys():  # noqa: SIM118 - Reader is no mapping
        if key != "sources" and not conduct.sources.get(key):
            raise reader.wrong(f"sources.{key}", "key-missing")
    return conduct


def _month_day(reader: Reader, key: str) -> str:
    text = reader.text(key, "")
    try:
        date.fromisoformat(f"2024-{text}" if text else "2024-01-01")
    except ValueError:
        raise reader.wrong(key, "not-month-day") from None
    return text


def _choice(reader: Reader) -> Choice:
    with reader:
        return Choice(reader.text("about"), reader.texts("readings"), reader.text("taken"), reader.text("source"))


def _messages(folder: Path) -> tuple[BureauMessage, ...]:
    with Reader.open(folder / "messages.toml", f"{folder.name}/messages.toml") as reader:
        found: dict[str, BureauMessage] = {}
        for one in reader.tables("messages"):
            with one:
                message = BureauMessage(*(one.text(key) for key in ("code", "text", "meaning", "remedy", "source")))
            if message.code in found:
                raise one.wrong("code", "duplicate-id", id=message.code)
            found[message.code] = message
    return tuple(found.values())


def _refuse_dangling(region: Region, known_checks: frozenset[str]) -> None:
    """References between the files of a pack must all lead somewhere."""
    file = f"{region.id}/region.toml"
    for insurance in region.insurances:
        for key in ("unit_rate", "person_rate", "floor", "ceiling"):
            parameter = getattr(insurance, key)
            if parameter is not None and parameter not in region.parameters:
                raise PackError(file, f"insurances[{insurance.id}].{key}", "dangling", id=parameter)
    _refuse_missing_layout(region, file, "payment.layout", region.payment.layout)
    for item in region.items.values():
        _refuse_dangling_item(region, item, known_checks)


def _refuse_dangling_item(region: Region, item: Item, known_checks: frozenset[str]) -> None:
    at = f"{region.id}/items/{item.id}.toml"
    for field in item.fields:
        if field.table is not None and field.table not in region.tables:
            raise PackError(at, f"fields[{field.key}].table", "dangling", id=field.table)
    for use in item.checks:
        if use.check not in known_checks:
            raise PackError(at, f"checks[{use.check}]", "unknown-check", id=use.check)
    for slot in item.attachments:
        if slot.made_from is not None:
            _refuse_missing_layout(region, at, f"attachments[{slot.key}].made_from", slot.made_from)
    if item.guide is not None and item.guide.form:
        _refuse_missing_layout(region, at, "guide.form", item.guide.form)
    for layout in item.prints:
        _refuse_missing_layout(region, at, "prints", layout)


def _refuse_missing_layout(region: Region, file: str, key: str, layout: str) -> None:
    if not region.layout_path(layout).is_file():
        raise PackError(file, key, "dangling", id=layout)

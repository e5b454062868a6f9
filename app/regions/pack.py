"""The types of a region pack: everything that differs between bureaus, and nothing that computes."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from app.domain.money import TO_FEN, Rounding

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from pathlib import Path

    from app.regions.parameters import Parameter


class FieldType(StrEnum):
    """What a field holds; each type has one parser in :mod:`app.rules.fields`."""

    IDENTITY = "identity"
    NAME = "name"
    TEXT = "text"
    PHONE = "phone"
    CODE = "code"
    DATE = "date"
    MONTH = "month"
    MONEY = "money"
    INTEGER = "integer"
    FLAG = "flag"
    INSURANCES = "insurances"


class Subject(StrEnum):
    """Whom a filing speaks of."""

    PERSON = "person"
    UNIT = "unit"


class Review(StrEnum):
    """Whether the bureau decides by itself or a person does."""

    AUTOMATIC = "automatic"
    MANUAL = "manual"


class Kind(StrEnum):
    """How an item is served: sealed and filed, asked, or told (what no program can do)."""

    FILING = "filing"
    QUERY = "query"
    GUIDE = "guide"


class TaxDelay(StrEnum):
    """When a bill reaches the tax office: after the minutes of the stage, or at the exchange of every night."""

    MINUTES = "minutes"
    NIGHTLY = "nightly"


class PeriodRule(StrEnum):
    """What the bureau says of a unit that missed a month: nothing, or that the period (做账期号) has a gap."""

    NONE = "none"
    GAP = "gap"


class FilledBy(StrEnum):
    """Where a field's value can come from without typing."""

    IDENTITY = "identity"
    LOOKUP = "lookup"
    DEFAULT = "default"


class Field(NamedTuple):
    """One field of an item: a control in the form, a column in the sheet, a key in what is signed and sent.

    ``data_item`` is the national data item (e.g. AAC002 社会保障号码).
    """

    key: str
    data_item: str
    name: str
    type: FieldType
    required: bool = False
    synonyms: tuple[str, ...] = ()
    table: str | None = None
    example: str = ""
    hint: str = ""
    in_sheet: bool = True
    default: str = ""
    filled_by: FilledBy | None = None


class CheckUse(NamedTuple):
    """A check of :mod:`app.rules.checks` chosen by name, with its parameters and the source of the rule."""

    check: str
    settings: Mapping[str, str]
    source: str


class AttachmentSlot(NamedTuple):
    """A file that an item asks for. ``made_from`` names the document layout that produces it ready to stamp."""

    key: str
    name: str
    required: bool
    formats: tuple[str, ...]
    max_kb: int
    made_from: str | None
    hint: str


class Guide(NamedTuple):
    """What to do where no program can act: where, what to bring, how, and what follows.

    ``form`` names the layout of a form that can be printed for it, empty where there is none; ``people``: people are on
    it.
    """

    where: str
    bring: tuple[str, ...]
    steps: tuple[str, ...]
    then: str
    form: str = ""
    people: bool = False


class Item(NamedTuple):
    """A business item (业务事项) under the region's official name.

    ``menu`` is where the region's own system shows it, ``serves`` the rows of docs/coverage.md it serves. A filing has
    an ``effect`` (what the bureau does on approval), a query a ``query``, a guide a ``guide``: see
    :mod:`app.regions.vocabulary`.
    """

    id: str
    name: str
    business: str
    subject: Subject
    review: Review
    source: str
    introduction: tuple[str, ...]
    needed: tuple[str, ...]
    irreversible: str
    confirmation: str
    fields: tuple[Field, ...]
    checks: tuple[CheckUse, ...]
    attachments: tuple[AttachmentSlot, ...]
    lookup: bool
    in_batches: bool
    prints: tuple[str, ...]
    kind: Kind = Kind.FILING
    menu: tuple[str, ...] = ()
    serves: tuple[str, ...] = ()
    effect: str = ""
    query: str = ""
    guide: Guide | None = None

    def field(self, key: str) -> Field:
        """The field of that key. Raises KeyError."""
        for one in self.fields:
            if one.key == key:
                return one
        raise KeyError(key)


class CodeTable(NamedTuple):
    """A code table (e.g. AAE160 变更原因), per region: codes differ between provinces and generations."""

    id: str
    name: str
    source: str
    entries: Mapping[str, str]
    aliases: Mapping[str, str]

    def code_of(self, text: str) -> str | None:
        """The code that ``text`` means: the code itself, its name, or an alias; None where it is none."""
        if text in self.entries:
            return text
        for code, name in self.entries.items():
            if name == text:
                return code
        return self.aliases.get(text)


class Insurance(NamedTuple):
    """One insurance (险种) with the parameters its amounts come from. ``person_rate`` None: the unit pays alone."""

    id: str
    code: str
    name: str
    short: str
    unit_rate: str
    person_rate: str | None
    floor: str
    ceiling: str
    classed: bool


class Stage(NamedTuple):
    """A stage of a bill's way, and when it is to be expected after the one before.

    ``at`` is a clock time on the following day; ``tick_hours`` the next full multiple of so many hours.
    """

    key: str
    name: str
    minutes: int
    working_days: int
    tick_hours: int
    at: str
    by: str
    source: str


class PaymentRules(NamedTuple):
    """How a region declares and bills: what is printed, until when it holds, the stages of the money."""

    bill_name: str
    layout: str
    separate_notice: bool
    valid_working_days: int
    by_day: int
    stages: tuple[Stage, ...]
    source: str


class BureauMessage(NamedTuple):
    """A message of the bureau as its documents quote it, with what it means and what to do."""

    code: str
    text: str
    meaning: str
    remedy: str
    source: str


class Choice(NamedTuple):
    """A place where the sources contradict each other: both readings, and the one taken."""

    about: str
    readings: tuple[str, ...]
    taken: str
    source: str


class Conduct(NamedTuple):
    """How the bureau of a region behaves where a check of the client cannot express it. ``sources`` by key.

    ``certificate_locks_stop``: a certificate printed this month keeps its people from being stopped this month.
    ``wages_required_from``: "07-01" (month-day): from then on a payment needs the wages of the year; "" never.
    ``unit_share_shown``: whether the bureau tells the unit's side per person; where not, the tax office assesses it.
    ``tax_delay``, ``write_back_days``: how a bill reaches the tax office, and the working days until a payment is
    written back to the people (0: as the stages say).
    ``cancelled_bill_lives_on``: a bill revoked at the bureau stays visible at the tax office, so that there are two.
    ``self_service_tax``: the unit declares and pays at the tax office by itself (tax-declare, tax-pay).
    ``stop_month_paid``: the month of 停保时间 is still paid (湖北); where not (浙江), payment ends the month before it.
    ``injury_from_current_month``: injury insurance begins in the current month whatever the start of the others.
    """

    certificate_locks_stop: bool = False
    wages_required_from: str = ""
    unit_share_shown: bool = True
    tax_delay: TaxDelay = TaxDelay.MINUTES
    write_back_days: int = 0
    period_rule: PeriodRule = PeriodRule.NONE
    cancelled_bill_lives_on: bool = False
    self_service_tax: bool = False
    injury_from_current_month: bool = False
    stop_month_paid: bool = True
    sources: Mapping[str, str] = MappingProxyType({})


class Region(NamedTuple):
    """A region pack, whole and checked. ``version`` counts up with each one published."""

    id: str
    name: str
    province: str
    agency: str
    tax_system: str
    hotline: str
    verified_on: date
    folder: Path
    insurances: tuple[Insurance, ...]
    items: Mapping[str, Item]
    tables: Mapping[str, CodeTable]
    parameters: Mapping[str, Parameter]
    messages: tuple[BureauMessage, ...]
    payment: PaymentRules
    choices: tuple[Choice, ...]
    amount_rounding: Rounding = TO_FEN
    base_step: Decimal = Decimal("0.01")
    conduct: Conduct = Conduct()
    version: int = 1
    shared_documents: Path | None = None

    def insurance(self, identifier: str) -> Insurance:
        """The insurance of that id or national code. Raises KeyError."""
        for one in self.insurances:
            if identifier in (one.id, one.code):
                return one
        raise KeyError(identifier)

    def layout_path(self, layout: str) -> Path:
        """Where the document layout of that name lies: the region's own, or the one all regions share."""
        own = self.folder / "documents" / f"{layout}.toml"
        shared = self.shared_documents or self.folder.parents[1] / "documents"
        return own if own.is_file() else shared / f"{layout}.toml"

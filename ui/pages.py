"""Every page of the window: its name for navigation, its place on the rail, how it is made.

Pages with a place of their own have a line each; every other item of a region's pack is served by the page of its kind,
named ``kind:item``.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from app.regions.pack import Kind, Subject

if TYPE_CHECKING:
    from app.regions.pack import Item, Region
    from ui.context import Context
    from ui.page import Page


@dataclass(frozen=True, slots=True)
class Entry:
    """A page: ``source`` is ``module:Class``, imported when first shown. ``level`` indents it on the rail.

    ``under`` is the entry that the rail marks instead. ``asks``: the queries of which the region must offer one for
    the page to be on the rail.
    """

    name: str
    title: str
    icon: str
    source: str
    on_rail: bool = True
    level: int = 0
    arguments: tuple[str, ...] = ()
    under: str = ""
    asks: tuple[str, ...] = ()

    def make(self, context: Context) -> Page:
        """The page, built."""
        module, _, name = self.source.partition(":")
        page: Page = getattr(import_module(module), name)(context, *self.arguments)
        return page

    def load(self) -> None:
        """Import what the page is made of, which takes longer than building it; on the GUI thread (ui.preloading)."""
        import_module(self.source.partition(":")[0])


TAX_QUERIES = ("tax-bills", "tax-records", "tax-vouchers")

ENTRIES = (
    Entry("login", "登录", "log-in", "ui.login.page:LoginPage", on_rail=False),
    Entry("workbench", "工作台", "home", "ui.workbench.page:WorkbenchPage"),
    Entry("people", "人员", "users", "ui.people.page:PeoplePage"),
    Entry("enrol", "增员", "user-plus", "ui.importing.page:StaffPage", level=1, arguments=("enrol",)),
    Entry("stop", "减员", "user-minus", "ui.importing.page:StaffPage", level=1, arguments=("stop",)),
    Entry("payment", "缴费", "wallet", "ui.payment.page:PaymentPage"),
    Entry("tax", "税务", "landmark", "ui.tax.page:TaxPage", level=1, asks=TAX_QUERIES),
    Entry("documents", "单据与证明", "file-text", "ui.documents.page:DocumentsPage"),
    Entry("hall", "办事", "folder-open", "ui.hall.page:HallPage"),
    Entry("filings", "办件", "list-checks", "ui.filings.page:FilingsPage"),
    Entry("ukey", "UKey 与自检", "usb", "ui.ukey.page:UKeyPage"),
    Entry("settings", "设置", "settings", "ui.settings.page:SettingsPage"),
)


_BY_KIND = {
    "people": "ui.importing.page:StaffPage",
    "unit": "ui.hall.filing:UnitPage",
    "query": "ui.hall.query:QueryPage",
    "guide": "ui.hall.guide:GuidePage",
}
# What these items bring about has a page of its own, where the sums are compared or the paper is shown.
_BY_EFFECT = {"payment": "payment", "notice": "payment", "certificate": "documents"}


def page_of(item: Item) -> str:
    """The name of the page that serves an item."""
    own = next((one.name for one in ENTRIES if one.arguments == (item.id,)), None)
    if own is None and item.effect == item.id:
        own = _BY_EFFECT.get(item.effect)
    if own is not None:
        return own
    if item.kind is Kind.FILING:
        return f"{'people' if item.subject is Subject.PERSON else 'unit'}:{item.id}"
    return f"{item.kind.value}:{item.id}"


def entry(name: str) -> Entry:
    """The page of that name. Raises KeyError."""
    kind, colon, item = name.partition(":")
    if colon:
        return Entry(name, "", "", _BY_KIND[kind], on_rail=False, arguments=(item,), under="hall")
    for one in ENTRIES:
        if one.name == name:
            return one
    raise KeyError(name)


def rail() -> tuple[Entry, ...]:
    """The entries of the rail in order; Alt+1…9 go to the first nine that every region has."""
    return tuple(one for one in ENTRIES if one.on_rail)


def offered(one: Entry, region: Region) -> bool:
    """Whether a region has what the page shows."""
    return not one.asks or any(item.query in one.asks for item in region.items.values())

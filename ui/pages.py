"""Every page of the window, a line each: its name for navigation, its place on the rail, how it is made."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ui.context import Context
    from ui.page import Page


@dataclass(frozen=True, slots=True)
class Entry:
    """A page: ``source`` is ``module:Class``, imported when first shown. ``level`` indents it on the rail."""

    name: str
    title: str
    icon: str
    source: str
    on_rail: bool = True
    level: int = 0
    arguments: tuple[str, ...] = ()

    def make(self, context: Context) -> Page:
        """The page, built."""
        module, _, name = self.source.partition(":")
        page: Page = getattr(import_module(module), name)(context, *self.arguments)
        return page

    def load(self) -> None:
        """Import what the page is made of, which takes longer than building it; may be done off the GUI thread."""
        import_module(self.source.partition(":")[0])


ENTRIES = (
    Entry("login", "登录", "log-in", "ui.login.page:LoginPage", on_rail=False),
    Entry("workbench", "工作台", "home", "ui.workbench.page:WorkbenchPage"),
    Entry("people", "人员", "users", "ui.people.page:PeoplePage"),
    Entry("enrol", "增员", "user-plus", "ui.importing.page:StaffPage", level=1, arguments=("enrol",)),
    Entry("stop", "减员", "user-minus", "ui.importing.page:StaffPage", level=1, arguments=("stop",)),
    Entry("payment", "缴费", "wallet", "ui.payment.page:PaymentPage"),
    Entry("documents", "单据与证明", "file-text", "ui.documents.page:DocumentsPage"),
    Entry("filings", "办件", "list-checks", "ui.filings.page:FilingsPage"),
    Entry("ukey", "UKey 与自检", "usb", "ui.ukey.page:UKeyPage"),
    Entry("settings", "设置", "settings", "ui.settings.page:SettingsPage"),
)


def has(name: str) -> bool:
    """Whether there is a page of that name."""
    return any(entry.name == name for entry in ENTRIES)


def rail() -> tuple[Entry, ...]:
    """The entries of the rail in order; Alt+1…9 go to them."""
    return tuple(entry for entry in ENTRIES if entry.on_rail)

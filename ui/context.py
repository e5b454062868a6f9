"""What every page is handed: the parts it stands on. Nothing of the window is global."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.errors import ShebaoError
    from app.workflows.desk import Desk
    from app.workflows.preferences import Preferences
    from ui.jobs import Jobs
    from ui.signin import SignIn
    from ui.state import State
    from ui.theme import Theme


class Shell(Protocol):
    """What a page may ask of the window around it."""

    def navigate(self, name: str, **where: object) -> None:
        """Go to the page of that name; ``where`` goes to its ``open_at``. Stays where the page refuses to be left."""

    def show_failure(self, failure: ShebaoError) -> None:
        """Show a failure in its three parts, the raw text behind 详情. CalledOff is not shown."""

    def toast(self, text: str) -> None:
        """Say for a few seconds that something is done."""

    def fetch_news(self) -> None:
        """Send what waits and fetch news from the bureau; pages hear of it by ``on_news``."""

    def keep(self, preferences: Preferences) -> None:
        """Take and remember other preferences."""


@dataclass
class Context:
    """The parts of one window.

    ``regions`` are the names of all regions by id; the pack of the region that is worked for is loaded already, so
    ``desk.region`` of it costs nothing on the GUI thread. Everything else of the desk belongs into a job.
    """

    desk: Desk
    jobs: Jobs
    theme: Theme
    state: State
    preferences: Preferences
    signin: SignIn
    regions: Mapping[str, str]
    shell: Shell = field(init=False)

    def store_changed(self) -> None:
        """Tell every page that drafts or filings changed on this computer."""
        self.state.news.emit(None)

"""What the whole window looks at: who is logged in, which UKeys are plugged in, which month, and whether there is news.

Only :mod:`ui.signin`, the watcher and the shell write here; pages read and listen.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from pkcs11_drivers.model import PinState

if TYPE_CHECKING:
    from app.domain.months import Month
    from app.rules.ground import UnitFacts
    from app.workflows.login import Signer
    from app.workflows.overview import Place
    from app.workflows.session import Session
    from pkcs11_drivers.model import Scan, Token


class Connection(StrEnum):
    """How the way to the bureau stands, with the icon and the word shown for it."""

    UNKNOWN = "未连接"
    ONLINE = "已连接"
    OFFLINE = "连不上"


class State(QObject):
    """The one picture of the moment. ``news`` carries what sync brought, or None where only the store changed."""

    session_changed = Signal()
    tokens_changed = Signal()
    month_changed = Signal()
    connection_changed = Signal()
    news = Signal(object)

    def __init__(self, month: Month, today_month: Month, place: Place) -> None:
        super().__init__()
        self.month = month
        self.today_month = today_month
        self.place = place
        self.session: Session | None = None
        self.signer: Signer | None = None
        self.scan: Scan | None = None
        self.connection = Connection.UNKNOWN

    @property
    def unit(self) -> UnitFacts | None:
        """The unit: of the session, else the one that was last logged in; None before the first login."""
        return self.session.unit if self.session else self.place.unit

    @property
    def unit_number(self) -> str:
        """The number of that unit, "" before the first login: under it drafts are kept."""
        return self.unit.number if self.unit else ""

    @property
    def region(self) -> str:
        """The region's id: of the session, else of the last one, else the one chosen in the settings."""
        return self.session.region if self.session else self.place.region

    @property
    def tokens(self) -> tuple[Token, ...]:
        """The UKeys that can sign."""
        return tuple(one for one in self.scan.tokens if one.signing_certificate) if self.scan else ()

    @property
    def unusable(self) -> tuple[Token, ...]:
        """The UKeys that are set up and cannot sign: nothing on them, or a certificate for encryption only."""
        there = self.scan.tokens if self.scan else ()
        return tuple(
            one for one in there if not one.signing_certificate and one.pin_state is not PinState.NOT_INITIALISED
        )

    def set_session(self, session: Session | None, signer: Signer | None) -> None:
        """Somebody logged in or out."""
        self.session, self.signer = session, signer
        self.session_changed.emit()

    def set_signer(self, signer: Signer | None) -> None:
        """The UKey of the session was logged in for signing, or no longer is."""
        self.signer = signer
        self.session_changed.emit()

    def set_place(self, place: Place) -> None:
        """Another unit or region to work for while nobody is logged in."""
        self.place = place
        self.session_changed.emit()

    def set_scan(self, scan: Scan) -> None:
        """The UKeys were looked at."""
        self.scan = scan
        self.tokens_changed.emit()

    def set_month(self, month: Month) -> None:
        """Look at another month."""
        if month != self.month:
            self.month = month
            self.month_changed.emit()

    def set_today(self, today_month: Month) -> None:
        """The bureau's clock came into another month; who looked at the old one is taken along."""
        before, self.today_month = self.today_month, today_month
        if self.month == before:
            self.set_month(today_month)

    def set_connection(self, connection: Connection) -> None:
        """The bureau answered, or did not."""
        if connection is not self.connection:
            self.connection = connection
            self.connection_changed.emit()

"""The clerk's desk: every part a workflow needs, put together in one place per program and handed in."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from app.errors import UsageError
from app.regions.calendar import WorkingCalendar
from app.regions.catalog import Catalog, Updates
from app.resources import RESOURCES
from app.rules.engine import KNOWN_CHECKS, Checker
from app.store import DATABASE
from app.store.said import ANY_UNIT, Said

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from app.bureau_api.client import Bureau
    from app.bureau_api.receipts import ReceiptVerifier
    from app.bureau_api.transport import Transport
    from app.domain.months import Month
    from app.regions.pack import Item, Region
    from app.store.database import Database
    from app.store.filings import FilingStore
    from app.store.outbox import Outbox
    from pkcs11_drivers.keys import UKeys

CHINA = timezone(timedelta(hours=8))


class Endpoint(NamedTuple):
    """Where a bureau is reached and which authority its certificate must come from (None: the public ones)."""

    url: str
    authority: Path | None


def _over_https(endpoint: Endpoint) -> Transport:
    from app.bureau_api.transport import HttpsTransport

    return HttpsTransport(endpoint.url, endpoint.authority)


class Desk:
    """Store, packs, UKeys, clock and the way to the bureau. Parts that cost time are made when first used."""

    def __init__(
        self,
        home: Path,
        system_clock: Callable[[], datetime] = lambda: datetime.now(CHINA),
        open_transport: Callable[[Endpoint], Transport] = _over_https,
        open_keys: Callable[[], UKeys] | None = None,
    ) -> None:
        """``home`` holds all that is kept; it need not be there yet."""
        self.home = home
        self.system_clock = system_clock
        self.open_transport = open_transport
        self.open_keys = open_keys
        self.catalog = Catalog(KNOWN_CHECKS)
        self.calendar = WorkingCalendar(RESOURCES / "calendar")
        self._database: Database | None = None
        self._keys: UKeys | None = None
        self._checkers: dict[tuple[str, str], Checker] = {}
        # What the clerk has put there goes before the packs, marked as local.
        self.catalog.local = self.home / "regions"
        self.catalog.updates = Updates(
            self.home / "updates", RESOURCES / "publishers", lambda: self.system_clock().astimezone(CHINA).date()
        )

    @property
    def database(self) -> Database:
        """The clerk's database, opened when first used. Raises LocalDataError."""
        if self._database is None:
            from app.store.database import Database

            self._database = Database(self.home)
        return self._database

    @property
    def has_store(self) -> bool:
        """Whether anything was ever kept: a command that only looks something up need not make a database for it."""
        return self._database is not None or (self.home / DATABASE).exists()

    @property
    def filings(self) -> FilingStore:
        """Filings, drafts among them."""
        from app.store.filings import FilingStore

        return FilingStore(self.database)

    @property
    def outbox(self) -> Outbox:
        """What is on its way."""
        from app.store.outbox import Outbox

        return Outbox(self.database)

    @property
    def said(self) -> Said:
        """What the bureau last said."""
        return Said(self.database)

    @property
    def keys(self) -> UKeys:
        """The UKeys of this machine."""
        if self._keys is None:
            from app.workflows.drivers import known_families
            from pkcs11_drivers.keys import UKeys

            self._keys = self.open_keys() if self.open_keys else UKeys(known_families(self.home))
        return self._keys

    def forget_keys(self) -> None:
        """Let the UKeys go, so that the next use sees drivers that were added; every login ends."""
        if self._keys is not None:
            self._keys.close()
            self._keys = None

    def region(self, region_id: str) -> Region:
        """A region's pack."""
        return self.catalog.region(region_id)

    def forget_region(self, region_id: str) -> None:
        """Read a region's pack anew when next asked for it."""
        self.catalog.forget(region_id)
        for key in [one for one in self._checkers if one[0] == region_id]:
            del self._checkers[key]

    def item(self, region_id: str, item_id: str) -> Item:
        """An item of a region. Raises UsageError ``item-unknown``."""
        known = self._checkers.get((region_id, item_id))
        if known is not None:
            return known.item  # without reading the rest of its region
        region = self.region(region_id)
        if item_id not in region.items:
            raise UsageError("item-unknown", region=region.name, item=item_id, known="、".join(region.items))
        return region.items[item_id]

    def checker(self, region_id: str, item_id: str) -> Checker:
        """The checker of an item, built once."""
        key = (region_id, item_id)
        if key not in self._checkers:
            region = self.catalog.region_for(region_id, item_id)
            item = region.items.get(item_id) or self.item(region_id, item_id)
            self._checkers[key] = Checker(region, item)
        return self._checkers[key]

    def bureau(self, endpoint: Endpoint, session: str | None = None) -> Bureau:
        """The bureau behind an endpoint."""
        from app.bureau_api.client import Bureau

        return Bureau(self.open_transport(endpoint), session)

    def verifier(self, endpoint: Endpoint, origin: str) -> ReceiptVerifier:
        """Checks the bureau's receipts."""
        from app.bureau_api.receipts import ReceiptVerifier

        if endpoint.authority is not None:
            return ReceiptVerifier(origin, endpoint.authority)
        import certifi

        return ReceiptVerifier(origin, Path(certifi.where()))

    def now(self) -> datetime:
        """The time at the bureau: its clock decides what month it is. The system's own where it was never heard."""
        ahead = self.said.get(ANY_UNIT, "clock") if self.has_store else None
        return self.system_clock().astimezone(CHINA) + timedelta(seconds=ahead or 0)

    def today(self) -> date:
        """The bureau's date."""
        return self.now().date()

    def month(self) -> Month:
        """The bureau's month."""
        from app.domain.months import Month

        return Month.of(self.today())

    def heard_time(self, bureau_now: datetime) -> None:
        """Note how far the bureau's clock is from the system's."""
        local = self.system_clock().astimezone(CHINA)
        self.said.put(ANY_UNIT, "clock", round((bureau_now - local).total_seconds()), local)

    def heard_at(self, unit_number: str, topic: str) -> datetime | None:
        """When the bureau was last heard on a topic, by the bureau's own clock; None where it never was."""
        heard = self.said.heard_at(unit_number, topic) if unit_number else None
        return None if heard is None else heard + (self.now() - self.system_clock().astimezone(CHINA))

    def close(self) -> None:
        """End host processes and let the database go."""
        if self._keys is not None:
            self._keys.close()
            self._keys = None
        if self._database is not None:
            self._database.close()
            self._database = None

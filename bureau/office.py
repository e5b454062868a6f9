"""Everything that the counter works with, put together once per process."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Final

from sqlalchemy import exists, select

from app.domain.signing import origin_of
from app.regions.calendar import WorkingCalendar
from app.regions.catalog import Catalog
from app.regions.pack import Item, Review
from app.resources import RESOURCES
from app.rules.engine import KNOWN_CHECKS, Checker
from bureau import clock, refunds, settlement
from bureau.database import Database, file_url
from bureau.models import Notice
from bureau.pki import Pki

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from app.regions.pack import Region


_ADDRESS: Final = "address"


@dataclass
class Office:
    """The bureau without its web server. ``url`` is its own public address, which enters every signature.

    ``review`` None leaves to each region's pack which filings a person decides; ``regions`` are those served here.
    """

    data: Path
    database: Database
    url: str = "https://localhost"
    regions: tuple[str, ...] = ()
    review: Review | None = None
    _checkers: dict[tuple[str, str], Checker] = field(default_factory=dict, init=False)

    @classmethod
    def open(cls, data: Path, db: str | None = None) -> Office:
        """The office on a data folder, at the address it last served; on its own database unless ``db`` is another."""
        office = cls(data, Database(db or file_url(data)))
        with contextlib.suppress(FileNotFoundError):
            office.url = (data / _ADDRESS).read_text("utf-8")
        return office

    def note_address(self) -> None:
        """Keep the address for the commands at the counter: the papers they bring about name it too."""
        (self.data / _ADDRESS).write_text(self.url, "utf-8")

    @property
    def origin(self) -> str:
        """The origin that signatures are made for."""
        return origin_of(self.url)

    @cached_property
    def pki(self) -> Pki:
        """The authorities and keys."""
        return Pki(self.data / "pki")

    @cached_property
    def catalog(self) -> Catalog:
        """The region packs, the same that the client ships."""
        return Catalog(KNOWN_CHECKS)

    @cached_property
    def calendar(self) -> WorkingCalendar:
        """Working days."""
        return WorkingCalendar(RESOURCES / "calendar")

    def region(self, identifier: str) -> Region:
        """A region's pack."""
        return self.catalog.region(identifier)

    def checker(self, region: Region, item: Item) -> Checker:
        """The rules of an item, built once."""
        key = (region.id, item.id)
        if key not in self._checkers:
            self._checkers[key] = Checker(region, item)
        return self._checkers[key]

    def reviews(self, item: Item) -> bool:
        """Whether a person decides about filings of this item."""
        return (self.review or item.review) is Review.MANUAL

    def settle(self) -> datetime:
        """Let everything happen that is due by now, and tell what time it is.

        Called wherever the clock is read: nothing runs in the background, so what the bureau says of a moment does not
        depend on when somebody looked.
        """
        with self.database.read() as session:
            now = clock.now(session)
            due = session.scalar(select(exists().where(Notice.next_at <= now))) or refunds.due(session, now)
        if due:
            with self.database.write() as session:
                settlement.settle(self, session, now)
        return now

    def advance(self, by: timedelta) -> datetime:
        """Move the bureau's clock on and let happen what falls due; both or neither.

        Raises CalendarUnknown where bills would run into a year without a table of working days.
        """
        with self.database.write() as session:
            clock.advance(session, by)
            now = clock.now(session)
            settlement.settle(self, session, now)
        return now

"""The session with the bureau that a login opens: kept, used, ended. What opens one stands in ``login``."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from app.errors import ShebaoError, UsageError
from app.rules.wire import unit_from_wire, unit_to_wire
from app.store.said import ANY_UNIT
from app.workflows.desk import Endpoint

if TYPE_CHECKING:
    from app.bureau_api.client import Bureau
    from app.rules.ground import UnitFacts
    from app.workflows.desk import Desk

TOPIC = "session"


class NotLoggedIn(UsageError):
    """No session is kept, or it has run out."""

    exit_code = 4
    default_code = "not-logged-in"


@dataclass(frozen=True, slots=True)
class Session:
    """A session with the bureau: where, for which unit, until when, and with which UKey it was opened."""

    endpoint: Endpoint
    secret: str
    unit: UnitFacts
    region: str
    expires_at: datetime
    token_serial: str


def current(desk: Desk) -> Session:
    """The session that is kept. Raises NotLoggedIn where there is none or its time is up."""
    kept = desk.said.get(ANY_UNIT, TOPIC)
    if kept is None:
        raise NotLoggedIn
    expires_at = datetime.fromisoformat(kept["expires_at"])
    if expires_at <= desk.system_clock().astimezone(expires_at.tzinfo):
        raise NotLoggedIn
    unit = desk.said.get(kept["unit"], "unit")
    return Session(
        endpoint=Endpoint(kept["url"], Path(kept["authority"]) if kept["authority"] else None),
        secret=kept["secret"],
        unit=unit_from_wire(unit),
        region=kept["region"],
        expires_at=expires_at,
        token_serial=kept["token"],
    )


def connect(desk: Desk, session: Session) -> Bureau:
    """The bureau, within the session."""
    return desk.bureau(session.endpoint, session.secret)


def log_out(desk: Desk) -> None:
    """End the session here and, where it can be reached, at the bureau. Drafts and the outbox stay."""
    with contextlib.suppress(ShebaoError):
        bureau = connect(desk, current(desk))
        try:
            bureau.log_out()
        finally:
            bureau.close()
    desk.said.forget(ANY_UNIT, TOPIC)


def keep(desk: Desk, session: Session) -> None:
    """Keep what a login has opened; the next start of the program goes on with it."""
    now = desk.system_clock()
    with desk.database.transaction():
        desk.said.put(session.unit.number, "unit", unit_to_wire(session.unit), now)
        desk.said.put(
            ANY_UNIT,
            TOPIC,
            {
                "url": session.endpoint.url,
                "authority": str(session.endpoint.authority.resolve()) if session.endpoint.authority else None,
                "secret": session.secret,
                "unit": session.unit.number,
                "region": session.region,
                "expires_at": session.expires_at.isoformat(),
                "token": session.token_serial,
            },
            now,
        )

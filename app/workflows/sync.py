"""Fetch news from the bureau: the unit, its people, what became of its filings, its notices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.domain.filings import TRANSITIONS, FilingState
from app.workflows import session as sessions
from app.workflows.drafts import CURSOR, remember

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from app.bureau_api.client import Bureau
    from app.workflows.desk import Desk
    from app.workflows.session import Session


@dataclass(frozen=True, slots=True)
class News:
    """What has changed since the last time: filings whose state moved."""

    changed: tuple[str, ...]


def fetch(desk: Desk, bureau: Bureau, session: Session) -> News:
    """Bring everything the clerk looks at offline up to date.

    Raises what the bureau's calls raise; what was fetched until then is kept.
    """
    unit, now = bureau.unit()
    desk.heard_time(now)
    remember(desk, unit, bureau.people())
    desk.said.put(unit.number, "notices", [dict(one) for one in bureau.notices()], desk.system_clock())
    since = desk.said.get(unit.number, CURSOR) or 0
    cursor, changes = bureau.changes(since)
    changed = []
    with desk.database.transaction():
        for change in changes:
            moved = _take(desk, change)
            if moved:
                changed.append(moved)
        desk.said.put(session.unit.number, CURSOR, cursor, desk.system_clock())
    return News(tuple(changed))


def fetch_now(desk: Desk) -> News:
    """Fetch within the session that is kept."""
    session = sessions.current(desk)
    bureau = sessions.connect(desk, session)
    try:
        return fetch(desk, bureau, session)
    finally:
        bureau.close()


def _take(desk: Desk, change: Mapping[str, Any]) -> str | None:
    """Bring one filing to the state the bureau has it in; its id if it moved.

    A filing this computer does not know (made on another, or in a store since lost) is left alone here.
    """
    filing = desk.filings.by_bureau_id(change["filing"])
    state = FilingState(change["state"])
    if filing is None or filing.state is state or state not in TRANSITIONS[filing.state]:
        return None
    outcome = {key: change[key] for key in ("notice", "certificate", "document") if change.get(key)}
    moved = filing.moved(state, desk.now(), change.get("note") or "")
    desk.filings.save(moved._replace(outcome={**filing.outcome, **outcome}))
    return filing.id

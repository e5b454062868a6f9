"""What the clerk has in front of them: for whom they work, and what the month still needs. Facts without wording."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.rules.wire import unit_from_wire
from app.store.said import ANY_UNIT

if TYPE_CHECKING:
    from app.rules.ground import UnitFacts
    from app.workflows.desk import Desk
    from app.workflows.session import Session

TOPIC = "last-unit"


@dataclass(frozen=True, slots=True)
class Place:
    """For whom work is done while nobody is logged in: the last unit (None before the first login) and its region."""

    region: str
    unit: UnitFacts | None = None


def last_place(desk: Desk, chosen_region: str = "") -> Place:
    """Where work went on last, else the chosen region, else the first there is."""
    kept = desk.said.get(ANY_UNIT, TOPIC)
    if kept is not None:
        heard = desk.said.get(kept["unit"], "unit")
        return Place(kept["region"], None if heard is None else unit_from_wire(heard))
    regions = desk.catalog.ids()
    return Place(chosen_region if chosen_region in regions else regions[0])


def remember_place(desk: Desk, session: Session) -> Place:
    """Keep for whom somebody logged in, so that their drafts are found again offline."""
    desk.said.put(ANY_UNIT, TOPIC, {"unit": session.unit.number, "region": session.region}, desk.system_clock())
    return Place(session.region, session.unit)

"""The unit and its people, and who somebody is."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from app.rules.wire import person_to_wire, unit_to_wire
from bureau import standing
from bureau.api.schemas import Lookup, People, UnitNow
from bureau.api.session import Visiting

router = APIRouter(tags=["people"])


@router.get("/unit", response_model=UnitNow)
def unit(visit: Visiting) -> dict[str, Any]:
    """The unit as the bureau has it."""
    with visit.office.database.read() as session:
        facts = standing.unit_facts(session, visit.region(session), visit.unit(session))
    return {"unit": unit_to_wire(facts), "now": visit.now}


@router.get("/people", response_model=People)
def people(visit: Visiting) -> dict[str, Any]:
    """Everybody active or paused here."""
    with visit.office.database.read() as session:
        facts = standing.people_here(session, visit.unit(session))
    return {"people": [person_to_wire(one) for one in facts], "now": visit.now}


@router.post("/people/lookup", response_model=People)
def look_up(visit: Visiting, asked: Lookup) -> dict[str, Any]:
    """Who these people are, in the same order."""
    with visit.office.database.read() as session:
        facts = standing.look_up(session, visit.unit(session), asked.identities)
    return {"people": [person_to_wire(one) for one in facts], "now": visit.now}

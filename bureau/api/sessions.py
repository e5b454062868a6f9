"""Who the bureau is, and logging in and out."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response

from app.rules.wire import unit_to_wire
from bureau import login, standing
from bureau.api.schemas import Card, Challenged, LoggedIn, LoginToken, Nothing
from bureau.api.session import OfficeHere, Secret
from bureau.models import Unit

router = APIRouter(tags=["session"])
NAME = "社会保险网上服务训练平台"


@router.get("/bureau", response_model=Card)
def card(office: OfficeHere) -> dict[str, Any]:
    """Who answers here. No session needed."""
    regions = [office.region(one) for one in office.regions]
    return {
        "name": NAME,
        "agency": "、".join(one.agency for one in regions),
        "regions": [one.id for one in regions],
        "now": office.settle(),
        "version": "1",
    }


@router.post("/login/challenges", response_model=Challenged)
def challenge(office: OfficeHere, _: Nothing) -> dict[str, Any]:
    """Ask for a challenge."""
    return login.challenge(office)


@router.post("/login", response_model=LoggedIn)
def log_in(office: OfficeHere, token: LoginToken) -> dict[str, Any]:
    """Answer a challenge with the UKey's signature."""
    answer = login.Token(token.challenge, token.certificate, token.algorithm, token.signature)
    secret, expires_at, number = login.log_in(office, answer)
    now = office.settle()
    with office.database.read() as session:
        unit = session.get_one(Unit, number)
        return {
            "session": secret,
            "expires_at": expires_at,
            "unit": unit_to_wire(standing.unit_facts(session, office.region(unit.region), unit)),
            "region": unit.region,
            "now": now,
        }


@router.delete("/session", status_code=204)
def log_out(office: OfficeHere, secret: Secret) -> Response:
    """End the session."""
    login.log_out(office, secret)
    return Response(status_code=204)

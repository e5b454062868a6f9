"""What an endpoint is handed: the office, and the unit whose session it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from bureau import login
from bureau.errors import Refusal
from bureau.models import Unit
from bureau.office import Office

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from app.regions.pack import Region

_BEARER = HTTPBearer(auto_error=False, scheme_name="session", description="The secret from POST /v1/login.")


def office_of(request: Request) -> Office:
    """The office that the application was built on."""
    office: Office = request.app.state.office
    return office


def secret_of(credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]) -> str:
    """The session's secret. Raises Refusal ``session-ended`` where none is given."""
    if credentials is None or not credentials.credentials:
        raise Refusal(401, "session-ended")
    return credentials.credentials


OfficeHere = Annotated[Office, Depends(office_of)]
Secret = Annotated[str, Depends(secret_of)]


@dataclass(frozen=True, slots=True)
class Visit:
    """A request within a session, after everything due by ``now`` has happened."""

    office: Office
    unit_number: str
    now: datetime

    def unit(self, session: Session) -> Unit:
        """The unit's row."""
        return session.get_one(Unit, self.unit_number)

    def region(self, session: Session) -> Region:
        """The pack of the unit's region."""
        return self.office.region(self.unit(session).region)


def visit_of(office: OfficeHere, secret: Secret) -> Visit:
    """Who asks, and when."""
    return Visit(office, login.unit_of(office, secret), office.settle())


Visiting = Annotated[Visit, Depends(visit_of)]

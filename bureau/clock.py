"""The bureau's own time: the system's, moved by an offset that its database keeps.

Business (days, deadlines, stages) goes by this clock, so that a month can be played through in a minute. Security
(challenges, sessions, certificates) never does.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from bureau.models import CHINA, Clock

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_ROW = 1


def system_now() -> dt.datetime:
    """The system's time, to the second, at +08:00."""
    return dt.datetime.now(CHINA).replace(microsecond=0)


def now(session: Session) -> dt.datetime:
    """The bureau's time, to the second, at +08:00."""
    row = session.get(Clock, _ROW)
    return system_now() + dt.timedelta(seconds=row.offset if row else 0)


def set_to(session: Session, moment: dt.datetime) -> None:
    """Let it be ``moment`` at the bureau from now on."""
    offset = int((moment - system_now()).total_seconds())
    row = session.get(Clock, _ROW)
    if row is None:
        session.add(Clock(id=_ROW, offset=offset))
    else:
        row.offset = offset


def advance(session: Session, by: dt.timedelta) -> None:
    """Move the bureau's time on."""
    set_to(session, now(session) + by)

"""Numbers that the bureau gives out one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import update

from bureau.models import Counter

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def next_number(session: Session, name: str) -> int:
    """The next value of a counter. Within a writing session, which is alone, numbers leave in the order of commits."""
    statement = update(Counter).where(Counter.name == name).values(value=Counter.value + 1).returning(Counter.value)
    value = session.scalars(statement, execution_options={"synchronize_session": False}).one_or_none()
    if value is None:
        session.add(Counter(name=name, value=1))
        session.flush()
        return 1
    return value

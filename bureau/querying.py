"""Answer a query: its columns, and the unit's rows under the conditions asked with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from app.regions.vocabulary import KNOWN_QUERIES
from bureau.errors import Declined, Refusal, not_found
from bureau.queries import money, office, people, units

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bureau.queries.asked import Asked, Query

QUERIES: Final[Mapping[str, Query]] = {**units.QUERIES, **people.QUERIES, **money.QUERIES, **office.QUERIES}


def check(name: str, conditions: Mapping[str, str]) -> None:
    """Raises Refusal: 404 for a query that there is not, 400 for a condition that it does not take."""
    if name not in QUERIES:
        raise not_found()
    for key in conditions:
        if key not in KNOWN_QUERIES[name].keys:
            raise Refusal(400, "malformed", facts={"path": f"query.{key}"})


def answer(name: str, asked: Asked) -> dict[str, Any]:
    """The table. Raises Refusal for a condition that cannot be read."""
    query = QUERIES[name]
    try:
        # Read here and not at the first row: what is no month is refused, whether there are rows or none.
        for key in ("first", "last"):
            asked.month(key)
        rows = list(query.rows(asked))
    except Declined as declined:
        raise Refusal(400, "malformed", facts=declined.finding.facts) from declined
    columns = [{"key": one.key, "name": one.name, "kind": one.kind} for one in query.columns]
    return {"columns": columns, "rows": rows, "total": len(rows)}

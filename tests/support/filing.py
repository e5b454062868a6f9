"""File things at a bureau within the test's own process, and ask it questions."""

from __future__ import annotations

from typing import Any

from app.bureau_api.client import Result
from bureau import training
from tests.support.bureau import Clerk
from tests.support.office import Counter

ALL = "pension,unemployment,injury"


def ask(counter: Counter, clerk: Clerk, query: str, /, **conditions: str) -> list[dict[str, str]]:
    """A query's rows, over the contract."""
    headers = {"Authorization": f"Bearer {clerk.client.session}"}
    answer = counter.http.get(f"/v1/queries/{query}", params=conditions, headers=headers)
    assert answer.status_code == 200, answer.text
    table: dict[str, Any] = answer.json()
    keys = [column["key"] for column in table["columns"]]
    assert table["total"] == len(table["rows"])
    for row in table["rows"]:
        assert list(row) == keys
    rows: list[dict[str, str]] = table["rows"]
    return rows


def done(clerk: Clerk, item: str, values: dict[str, str], slot: str | None = None) -> Result:
    """File something that is to be approved at once."""
    attachments = [clerk.attach(slot)] if slot else []
    result = clerk.file(item, values, attachments=attachments)
    assert (result.state, [one.code for one in result.findings if one.stops]) == ("approved", [])
    return result


def refused(clerk: Clerk, item: str, values: dict[str, str], slot: str | None = None) -> list[str]:
    """The codes for which a filing was refused."""
    attachments = [clerk.attach(slot)] if slot else []
    result = clerk.file(item, values, attachments=attachments)
    assert not result.accepted
    return [one.code for one in result.findings if one.stops]


def named(person: training.TrainingPerson, **others: str) -> dict[str, str]:
    return {"identity": person.identity, "name": person.name, **others}


def billed(clerk: Clerk, item: str, month: str, **others: str) -> str:
    """The number of the bill that a filing brings about."""
    number = done(clerk, item, {"month": month, **others}).notice
    assert number is not None
    return number

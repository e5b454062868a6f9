"""Random filings, judged by the client on what it last heard and by the bureau on what it knows.

    python -m tests.agreement.play --filings 10000 [--region R …] [--seed N]

prints every filing on which the two do not agree: one that the client lets pass and the bureau refuses for a reason the
client could know, or one that the client stops and the bureau would take.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections import Counter as Tally
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from app.domain.identity import examine
from app.domain.months import Month
from app.regions.catalog import Catalog
from app.regions.pack import Field, FieldType, Item, Region
from app.rules.engine import KNOWN_CHECKS, Checker
from app.rules.fields import Raw
from app.rules.ground import Ground, PersonFacts, UnitFacts
from bureau import training
from tests.support.bureau import Clerk
from tests.support.office import Counter, open_counter
from tests.support.people import identity_number

#: What only the other side can know: another clerk, or the tables of the tax office.
UNKNOWABLE = frozenset({"notice-unknown"})
STRANGE = ("", "？", "2022-02-30", "-1", "1E9", "全部", "34052419800101001X")
DAYS_AHEAD = 60
_USUAL: dict[FieldType, list[str]] = {
    FieldType.NAME: ["新示例"],
    FieldType.MONEY: ["3000", "3450", "4600", "6000", "6005", "9990", "12000", "30000"],
    FieldType.INTEGER: ["1", "3", "6", "12", "24"],
    FieldType.FLAG: ["1", "0"],
    FieldType.PHONE: ["13800000000"],
}


@dataclass
class Outcome:
    """What came of a run: how many filings, how many were taken, and every disagreement in words."""

    filings: int = 0
    taken: int = 0
    items: Tally[str] = field(default_factory=Tally)
    stopped_by: Tally[str] = field(default_factory=Tally)
    disagreements: list[str] = field(default_factory=list)


class Synced(NamedTuple):
    """The unit's side of things as the client last heard them."""

    unit: UnitFacts
    now: datetime
    people: dict[str, PersonFacts]


class Player:
    """Files at random for the training unit of a region, in a bureau of its own."""

    def __init__(self, counter: Counter, region: Region, seed: int) -> None:
        self._counter, self._region = counter, region
        self._chance = random.Random(seed)  # noqa: S311 - filings at random, not secrets
        self._clerk: Clerk = counter.clerk()
        self._items = [item for item in region.items.values() if _is_filed(item)]
        self._checkers = {item.id: Checker(region, item) for item in self._items}
        self._known = [person.identity for person in training.people(region.id)]
        self._advanced = 0
        self._synced: Synced | None = None
        self.outcome = Outcome()

    def play(self, filings: int) -> Outcome:
        """File so many times; once in a while a day passes, or the counter decides what waits."""
        for _ in range(filings):
            if self._chance.random() < 0.02 and self._advanced < DAYS_AHEAD:
                self._advanced += 1
                self._synced = None
                self._counter.office.advance(timedelta(days=1))
            self._one()
        return self.outcome

    def _sync(self) -> Synced:
        """What the client knows; asked again only once something was taken or a day has passed."""
        if self._synced is None:
            unit, now = self._clerk.client.unit()
            people = {person.identity: person for person in self._clerk.client.people()}
            self._synced = Synced(unit, now, people)
        return self._synced

    def _one(self) -> None:
        item = self._chance.choice(self._items)
        unit, now, people = self._sync()
        self._clerk.month = f"{now:%Y-%m}"
        raw = {one.key: self._value(one, now.date(), list(people)) for one in item.fields}
        identity = str(raw.get("identity") or "")
        seen = {}
        if item.lookup and examine(identity).valid and examine(identity).is_person:
            (found,) = self._clerk.client.lookup([identity])
            seen = {identity: found}
            if found.name and "name" in raw and self._chance.random() < 0.9:
                raw["name"] = found.name
        ground = Ground(now.date(), unit, people, seen)
        values, findings = self._checkers[item.id].check(raw, ground)
        stops = sorted({finding.code for finding in findings if finding.stops})
        attachments = [self._clerk.attach(slot.key) for slot in item.attachments if slot.required]
        sent = {key: value for key, value in values.items() if value}
        result = self._clerk.file(item.id, sent, attachments=attachments)
        if result.accepted:
            self._synced = None
        self._weigh(item, sent, stops, result.accepted, sorted({one.code for one in result.findings if one.stops}))

    def _weigh(self, item: Item, sent: dict[str, str], stops: list[str], accepted: bool, refused: list[str]) -> None:
        self.outcome.filings += 1
        self.outcome.items[item.id] += 1
        self.outcome.taken += accepted
        self.outcome.stopped_by.update(stops)
        if accepted and stops:
            self.outcome.disagreements.append(f"{item.id} {sent}: stopped here by {stops}, taken there")
        elif not accepted and not stops and not set(refused) <= UNKNOWABLE:
            self.outcome.disagreements.append(f"{item.id} {sent}: passed here, refused there for {refused}")

    def _value(self, one: Field, today: date, mine: list[str]) -> Raw:
        if self._chance.random() < 0.03:
            return self._chance.choice(STRANGE)
        if not one.required and self._chance.random() < 0.5:
            return ""
        return self._sound(one, today, mine)

    def _sound(self, one: Field, today: date, mine: list[str]) -> Raw:
        chance = self._chance
        if one.key == "people":
            return ",".join(chance.sample(mine, min(2, len(mine))))
        if one.key == "year":
            return str(today.year - chance.choice([0, 0, 1, 3]))
        if one.type in (FieldType.IDENTITY, FieldType.CODE, FieldType.INSURANCES):
            return self._chosen(one, mine)
        if one.type is FieldType.DATE:
            return (today + timedelta(days=chance.choice([0, -1, -20, -40, -130, -3000, 20]))).isoformat()
        if one.type is FieldType.MONTH:
            return str(Month.of(today) + chance.choice([0, 0, 0, -1, -2, -5, 1]))
        return chance.choice(_USUAL.get(one.type, [one.example]))

    def _chosen(self, one: Field, mine: list[str]) -> Raw:
        """Somebody or something that is there to be chosen."""
        chance = self._chance
        if one.type is FieldType.IDENTITY:
            number = identity_number(chance.randrange(1, 999), date(1990, 3, 7), "420502")
            return chance.choice([chance.choice(self._known), chance.choice([*mine, number]), number])
        if one.type is FieldType.CODE:
            return chance.choice(list(self._region.tables[one.table or ""].entries))
        count = chance.randrange(1, len(self._region.insurances) + 1)
        return ",".join(insurance.id for insurance in chance.sample(self._region.insurances, count))


def _is_filed(item: Item) -> bool:
    return getattr(item, "kind", "filing") == "filing"


def play(region_id: str, filings: int, seed: int = 1) -> Outcome:
    """Play in one region."""
    region = Catalog(KNOWN_CHECKS).region(region_id)
    with tempfile.TemporaryDirectory() as folder, open_counter(Path(folder), region_id) as counter:
        return Player(counter, region, seed).play(filings)


def main() -> int:
    """Play in the regions that were named, and print what they did not agree on."""
    parser = argparse.ArgumentParser(prog="python -m tests.agreement.play", description=__doc__)
    parser.add_argument("--filings", type=int, default=10_000)
    parser.add_argument("--region", action="append", default=[])
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    failed = False
    for region_id in options.region or Catalog(KNOWN_CHECKS).ids():
        outcome = play(region_id, options.filings, options.seed)
        failed |= bool(outcome.disagreements)
        counted = f"{outcome.filings} filings, {outcome.taken} taken, {len(outcome.disagreements)} disagreements"
        sys.stdout.write(f"{region_id}: {counted}\n")
        sys.stdout.writelines(f"  {one}\n" for one in outcome.disagreements[:50])
        sys.stdout.write(f"  stopped by: {outcome.stopped_by.most_common(12)}\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

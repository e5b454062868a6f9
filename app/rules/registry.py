"""The checks that a pack may choose by name, and what each of them looks at.

A check declares what it reads. That is what lets a sheet of a hundred thousand people be checked by the very function
that checks one form: it is asked once for each different set of what it reads, not once for each row.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from app.domain.findings import Finding
    from app.domain.identity import Told
    from app.regions.pack import Item, Region
    from app.rules.ground import Ground, PersonFacts, Values

#: What the identity number tells of its holder (``Case.told``), and what is known of the person under it.
BORN = "@born"
BORN_MONTH = "@born-month"  # as BORN, but the day is not looked at
SEX = "@sex"
PERSON = "@person"


class Case(NamedTuple):
    """What a check looks at: one filing's canonical values, on its ground, under its region's pack.

    Of ``values`` only those that the check declares are sure to be there. ``told`` is what the identity number says of
    its holder; ``person`` what is known of who has it, None where nobody is known.
    """

    values: Values
    ground: Ground
    region: Region
    item: Item
    settings: Mapping[str, str]
    told: Told
    person: PersonFacts | None = None

    def name_of(self, field: str) -> str:
        """The field's name as the clerk reads it."""
        return self.item.field(field).name


class Check(Protocol):
    """A rule: what it says of a case."""

    def __call__(self, case: Case) -> Iterator[Finding]: ...


class Rule(NamedTuple):
    """A check with what it reads: field keys, BORN, SEX, PERSON, or ``$setting`` for the fields that a setting names.

    A setting may name several fields, parted by commas or slashes, and a value behind an equals sign. ``compares`` is a
    field that it only compares with what the identity number tells: filled in from the number, it has nothing to say.
    ``along`` are those of what it reads that are days or amounts between bounds: all else being the same, a check that
    has nothing to say of two of them has nothing to say of those between.
    """

    run: Check
    reads: tuple[str, ...]
    compares: str | None = None
    along: tuple[str, ...] = ()

    def inputs(self, settings: Mapping[str, str]) -> tuple[str, ...]:
        """What it reads under the settings of one use: each once."""
        return _resolved(self.reads, settings)

    def bounded(self, settings: Mapping[str, str]) -> tuple[str, ...]:
        """Those of ``inputs`` that are days or amounts between bounds."""
        return _resolved(self.along, settings)


def _resolved(names: tuple[str, ...], settings: Mapping[str, str]) -> tuple[str, ...]:
    """Names with those that stand behind a setting in its place."""
    found: dict[str, None] = {}
    for one in names:
        if one.startswith("$"):
            named = re.split(r"[,/]", settings.get(one[1:], "").partition("=")[0])
            found.update(dict.fromkeys(filter(None, named)))
        else:
            found[one] = None
    return tuple(found)


#: The parts of each check. Most have one; what looks at two separate things is two parts, so that each looks at less.
CHECKS: dict[str, tuple[Rule, ...]] = {}


def check(name: str, *reads: str, compares: str | None = None, along: tuple[str, ...] = ()) -> Callable[[Check], Check]:
    """Register a function as (the next part of) the check ``name``; it looks at ``reads``, the ground, nothing else."""

    def register(function: Check) -> Check:
        CHECKS[name] = (*CHECKS.get(name, ()), Rule(function, reads, compares, along))
        return function

    return register

"""The checks that a pack may choose by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from app.domain.findings import Finding
    from app.regions.pack import Item, Region
    from app.rules.ground import Ground, Values


@dataclass(frozen=True, slots=True)
class Case:
    """What a check looks at: one filing's canonical values, on its ground, under its region's pack."""

    values: Values
    ground: Ground
    region: Region
    item: Item
    settings: Mapping[str, str]

    def name_of(self, field: str) -> str:
        """The field's name as the clerk reads it."""
        return self.item.field(field).name


if TYPE_CHECKING:
    Check = Callable[[Case], Iterator[Finding]]

CHECKS: dict[str, Check] = {}


def check(name: str) -> Callable[[Check], Check]:
    """Register a function as the check ``name``."""

    def register(function: Check) -> Check:
        if name in CHECKS:
            msg = f"check named twice: {name}"
            raise ValueError(msg)
        CHECKS[name] = function
        return function

    return register

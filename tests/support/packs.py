"""The shipped packs and what checks need around them."""

from __future__ import annotations

from datetime import date
from functools import cache

from app.regions.catalog import Catalog
from app.regions.pack import Region
from app.rules.engine import KNOWN_CHECKS, Checker
from app.rules.ground import Ground, UnitFacts

TODAY = {
    "harbin": date(2024, 5, 8),
    "ningbo": date(2024, 5, 8),
    "shaanxi": date(2024, 5, 8),
    "yichang": date(2022, 8, 8),
    "zaozhuang": date(2021, 11, 8),
}


@cache
def region(region_id: str) -> Region:
    """A shipped region."""
    return Catalog(KNOWN_CHECKS).region(region_id)


def checker(region_id: str, item_id: str) -> Checker:
    """The checker of a shipped item."""
    return Checker(region(region_id), region(region_id).items[item_id])


def ground(region_id: str, unit: UnitFacts | None = None) -> Ground:
    """A day on which the region's parameters are known."""
    return Ground(TODAY[region_id], unit)

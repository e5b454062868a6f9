"""Loading every region pack against parsing the same TOML files and doing nothing with them."""

from __future__ import annotations

import tomllib

from app.regions.catalog import Catalog
from app.resources import RESOURCES
from app.rules.engine import KNOWN_CHECKS
from benchmarks.timing import Ratio, compare


def run() -> list[Ratio]:
    """The ratio of loading strictly to bare parsing."""

    def ours() -> int:
        catalog = Catalog(KNOWN_CHECKS)
        return len([catalog.region(region) for region in catalog.ids()])

    def peer() -> int:
        texts = [path.read_text("utf-8") for path in (RESOURCES / "regions").glob("*/**/*.toml")]
        return len([tomllib.loads(text) for text in texts])

    return [compare("load all region packs", ours, "bare tomllib", peer)]

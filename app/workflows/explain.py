"""What a bureau's message means, found by the whole of it or a part, also typed in Traditional characters."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from app.regions.reading import Reader
from app.resources import RESOURCES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from app.regions.catalog import Catalog
    from app.regions.pack import BureauMessage, Region

_NOISE = re.compile(r"[\s“”\"'‘’「」『』《》〈〉，。！？、；：,.!?;:…—\-【】\[\]（）()]+")
SHORTEST = 2
TRADITIONAL = RESOURCES / "messages" / "traditional.toml"


def explain(catalog: Catalog, text: str) -> Iterator[tuple[Region, BureauMessage]]:
    """Messages of all regions that ``text`` quotes or is a part of, the closest in length first.

    Raises PackError for a damaged pack or table of characters.
    """
    wanted = _plain(text)
    if len(wanted) < SHORTEST:
        return
    found = []
    for region_id in catalog.ids():
        region = catalog.region(region_id)
        for message in region.messages:
            whole = _plain(message.text)
            parts = [part for part in map(_plain, re.split("……|…|【】", message.text)) if len(part) >= SHORTEST]
            if wanted in whole or (parts and all(part in wanted for part in parts)):
                found.append((abs(len(whole) - len(wanted)), region, message))
    for _, region, message in sorted(found, key=lambda one: (one[0], one[1].id)):
        yield region, message


def _plain(text: str) -> str:
    return _NOISE.sub("", text.translate(_simplified())).lower()


@cache
def _simplified() -> Mapping[int, str]:
    """Simplified characters by Traditional ones."""
    with Reader.open(TRADITIONAL, f"messages/{TRADITIONAL.name}") as reader:
        rows = reader.raw("rows")
    if not isinstance(rows, list):
        raise reader.wrong("rows", "not-pairs")
    return {ord(old): new for before, after in rows for old, new in zip(before, after, strict=True)}

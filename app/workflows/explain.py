"""What a bureau's message means, found by the whole of it or a part."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.regions.catalog import Catalog
    from app.regions.pack import BureauMessage, Region

_NOISE = re.compile(r"[\s“”\"'‘’「」『』，。！？、；：,.!?;:…【】\[\]（）()]+")
SHORTEST = 2


def explain(catalog: Catalog, text: str) -> Iterator[tuple[Region, BureauMessage]]:
    """Messages of all regions that ``text`` quotes or is a part of, the closest in length first."""
    wanted = _plain(text)
    if len(wanted) < SHORTEST:
        return
    found = []
    for region_id in catalog.ids():
        region = catalog.region(region_id)
        for message in region.messages:
            parts = [part for part in map(_plain, message.text.split("……")) if part]
            if wanted in _plain(message.text) or all(part in wanted for part in parts):
                found.append((abs(len(_plain(message.text)) - len(wanted)), region, message))
    for _, region, message in sorted(found, key=lambda one: (one[0], one[1].id)):
        yield region, message


def _plain(text: str) -> str:
    return _NOISE.sub("", text).lower()

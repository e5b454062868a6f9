"""The regions this program knows, loaded one by one when first asked for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from app.errors import UsageError
from app.regions.loading import load_region
from app.regions.reading import Reader

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.regions.pack import Region

RESOURCES = Path(__file__).resolve().parents[2] / "resources"


class Catalog:
    """The packs under ``folder``. Nothing is read before it is asked for.

    ``local`` is a folder of the clerk's own: ``<region>/parameters/*.toml`` there go before the pack's values and are
    marked 本地修改/未核实 wherever they are used, e.g. a new year's limits on the day they are published.
    """

    def __init__(self, known_checks: Iterable[str], folder: Path = RESOURCES / "regions") -> None:
        self.local: Path | None = None
        self._folder = folder
        self._known_checks = tuple(known_checks)
        self._loaded: dict[str, Region] = {}

    def ids(self) -> tuple[str, ...]:
        """The ids of all regions, in alphabetical order."""
        return tuple(sorted(path.parent.name for path in self._folder.glob("*/region.toml")))

    def name(self, region_id: str) -> str:
        """The name of a region, without loading the rest of its pack. Raises PackError."""
        loaded = self._loaded.get(region_id)
        if loaded is not None:
            return loaded.name
        return Reader.open(self._folder / region_id / "region.toml", f"{region_id}/region.toml").text("name")

    def region(self, region_id: str) -> Region:
        """The region of that id. Raises UsageError where there is none, PackError where its pack is broken."""
        if region_id not in self._loaded:
            folder = self._folder / region_id
            if region_id not in self.ids():
                raise UsageError("region-unknown", region=region_id, known="、".join(self.ids()))
            local = None if self.local is None else self.local / region_id
            self._loaded[region_id] = load_region(folder, self._known_checks, local)
        return self._loaded[region_id]

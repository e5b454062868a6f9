"""The regions this program knows, loaded one by one when first asked for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from app.errors import UsageError
from app.regions.loading import load_region
from app.regions.reading import Reader
from app.resources import RESOURCES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date

    from app.regions.pack import Region
    from app.regions.shelf import Installed, Shelf


class Updates:
    """The shelf of installed updates, and what day it is: an update waits for its own."""

    def __init__(self, folder: Path, shipped_keys: Path, today: Callable[[], date]) -> None:
        self._folder = folder
        self._shipped_keys = shipped_keys
        self.today = today

    def __bool__(self) -> bool:
        """Whether anything may be there: most computers have no update, and need not load what checks one."""
        return self._folder.is_dir()

    @property
    def shelf(self) -> Shelf:
        """The shelf itself."""
        from app.regions.shelf import Shelf

        return Shelf(self._folder, self._shipped_keys)


class Catalog:
    """The packs under ``folder``. Nothing is read before it is asked for.

    ``updates`` are signed packs that were installed and go before those of ``folder``. ``local`` is a folder of the
    clerk's own and goes before both: ``<region>/parameters/*.toml`` there are marked 本地修改/未核实 wherever they are
    used, e.g. a new year's limits on the day they are published.
    """

    def __init__(self, known_checks: Iterable[str], folder: Path = RESOURCES / "regions") -> None:
        self.local: Path | None = None
        self.updates: Updates | None = None
        self.known_checks = tuple(known_checks)
        self._folder = folder
        self._loaded: dict[str, Region] = {}

    @property
    def shared_documents(self) -> Path:
        """The layouts that all regions share."""
        return self._folder.parent / "documents"

    def ids(self) -> tuple[str, ...]:
        """The ids of all regions, in alphabetical order. One that came by an update is among them from its day on."""
        shipped = {path.parent.name for path in self._folder.glob("*/region.toml")}
        added = self.updates.shelf.regions() if self.updates else ()
        return tuple(sorted(shipped | {one for one in added if one in shipped or self.update(one)}))

    def name(self, region_id: str) -> str:
        """The name of a region, without loading the rest of its pack. Raises PackError."""
        loaded = self._loaded.get(region_id)
        if loaded is not None:
            return loaded.name
        pack = self._pack(region_id, verified=False)
        return Reader.open(pack / "region.toml", f"{region_id}/region.toml").text("name")

    def region(self, region_id: str) -> Region:
        """The region of that id.

        Raises UsageError where there is none, PackError where its pack is broken, UpdateRefused where an installed
        update is not any more what was signed.
        """
        if region_id not in self._loaded:
            if region_id not in self.ids():
                raise UsageError("region-unknown", region=region_id, known="、".join(self.ids()))
            folder, local = self._pack(region_id), self.local_of(region_id)
            self._loaded[region_id] = load_region(folder, self.known_checks, local, self.shared_documents)
        return self._loaded[region_id]

    def region_for(self, region_id: str, item_id: str) -> Region:
        """The region as far as one item needs it: much less to read, where the whole was not asked for before.

        It is the whole region where it has no such item in a file of that name. Raises as :meth:`region`.
        """
        if region_id in self._loaded or region_id not in self.ids():
            return self.region(region_id)
        folder = self._pack(region_id)
        if item_id not in {path.stem for path in (folder / "items").glob("*.toml")}:
            return self.region(region_id)
        local = self.local_of(region_id)
        part = load_region(folder, self.known_checks, local, self.shared_documents, only=item_id)
        return part if item_id in part.items else self.region(region_id)

    def local_of(self, region_id: str) -> Path | None:
        """Where the clerk's own values for a region lie."""
        return None if self.local is None else self.local / region_id

    def shipped_version(self, region_id: str) -> int:
        """The version of the pack the program came with; 0 for a region it came without."""
        path = self._folder / region_id / "region.toml"
        return Reader.open(path, f"{region_id}/region.toml").count("version", 1) if path.is_file() else 0

    def update(self, region_id: str) -> Installed | None:
        """The installed update that is used for the region, None where the program's own pack is.

        Raises UpdateRefused where the list of what is installed is damaged.
        """
        if not self.updates or not self.updates.shelf.stack(region_id):
            return None
        return self.updates.shelf.in_force(region_id, self.shipped_version(region_id), self.updates.today())

    def forget(self, region_id: str) -> None:
        """Read the pack anew when next asked for it."""
        self._loaded.pop(region_id, None)

    def _pack(self, region_id: str, *, verified: bool = True) -> Path:
        installed = self.update(region_id)
        if installed is None or self.updates is None:
            return self._folder / region_id
        return self.updates.shelf.pack(region_id, installed, verified=verified)

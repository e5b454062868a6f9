"""Install a signed pack update, or take it back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.errors import UsageError
from app.regions.loading import load_region
from app.regions.pack_errors import PackError
from app.regions.shelf import Publisher
from app.regions.updates import UpdateRefused, check_signature, read_update

if TYPE_CHECKING:
    from pathlib import Path

    from app.regions.pack import Region
    from app.regions.shelf import Installed, Shelf
    from app.regions.updates import Update
    from app.workflows.desk import Desk


@dataclass(frozen=True, slots=True)
class InForce:
    """Which pack is used for a region: ``update`` None is the one that the program came with."""

    region_id: str
    version: int
    update: Installed | None
    waiting: tuple[Installed, ...]


def shelf(desk: Desk) -> Shelf:
    """Where this computer's updates lie."""
    assert desk.catalog.updates is not None  # noqa: S101 - the desk has given it one
    return desk.catalog.updates.shelf


def in_force(desk: Desk) -> tuple[InForce, ...]:
    """What is used for each region, and what is installed and not used (yet). Raises UpdateRefused."""
    catalog, found = desk.catalog, []
    for region_id in sorted({*catalog.ids(), *shelf(desk).regions()}):
        used = catalog.update(region_id)
        version = used.version if used else catalog.shipped_version(region_id)
        others = tuple(one for one in shelf(desk).stack(region_id) if one != used)
        found.append(InForce(region_id, version, used, others))
    return tuple(found)


def install(desk: Desk, path: Path, *, trust: str = "", force: bool = False) -> Installed:
    """Install an update file: all of it, or nothing changes.

    ``trust`` is a fingerprint that a person has compared with the publisher; ``force`` installs what is no newer than
    what is there. Raises UpdateRefused.
    """
    update, here = read_update(path), shelf(desk)
    if trust and not here.trusts(update.manifest.public_key):
        _trust(here, update, trust)
    here.verify(update)
    region_id, version = update.manifest.region, update.manifest.version
    newest = max((one.version for one in here.stack(region_id)), default=desk.catalog.shipped_version(region_id))
    if version <= newest and not force:
        raise UpdateRefused("update-older", region=region_id, version=version, newest=newest)
    try:
        with here.staged(update) as pack:
            _try(desk, update, pack)
            installed = here.put(update, pack, desk.system_clock().date(), forced=force)
    except OSError as failed:
        raise UpdateRefused("update-unwritable", folder=str(here.folder)) from failed
    desk.forget_region(region_id)
    return installed


def roll_back(desk: Desk, region_id: str) -> Installed:
    """Take the last update of a region off; what was used before is used again. Raises UpdateRefused, UsageError."""
    if region_id not in {*desk.catalog.ids(), *shelf(desk).regions()}:
        raise UsageError("region-unknown", region=region_id, known="、".join(desk.catalog.ids()))
    try:
        taken = shelf(desk).roll_back(region_id)
    except OSError as failed:
        raise UpdateRefused("update-unwritable", folder=str(shelf(desk).folder)) from failed
    desk.forget_region(region_id)
    return taken


def _trust(here: Shelf, update: Update, given: str) -> None:
    """Trust the publisher's key if its fingerprint is the one given and the signature is its own."""
    if "".join(given.split()).lower() != update.fingerprint:
        raise UpdateRefused("update-fingerprint", fingerprint=update.fingerprint)
    check_signature(update)
    here.trust(Publisher(update.manifest.publisher, update.manifest.public_key))


def _try(desk: Desk, update: Update, pack: Path) -> None:
    """Read the pack as it will be read, its layouts too. Raises UpdateRefused naming file and key."""
    from app.documents import load_layout

    catalog, manifest = desk.catalog, update.manifest
    try:
        local = catalog.local_of(manifest.region)
        region: Region = load_region(pack, catalog.known_checks, local, catalog.shared_documents)
        for layout in sorted((pack / "documents").glob("*.toml")):
            load_layout(layout)
    except PackError as wrong:
        raise UpdateRefused("update-pack", file=wrong.file, key=wrong.key or "—", reason=wrong.reason) from wrong
    if region.version != manifest.version:
        file = f"{region.id}/region.toml"
        raise UpdateRefused("update-pack", file=file, key="version", reason="not-the-manifests")

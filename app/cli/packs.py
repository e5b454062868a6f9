"""``shebao regions install``, ``updates`` and ``rollback``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.workflows import packs

if TYPE_CHECKING:
    from argparse import Namespace

    from app.workflows.desk import Desk


def install(desk: Desk, options: Namespace) -> dict[str, Any]:
    """Install an update file."""
    installed = packs.install(desk, Path(options.file), trust=options.trust, force=options.force)
    return {"installed": asdict(installed), "regions": _in_force(desk)}


def updates(desk: Desk, _: Namespace) -> dict[str, Any]:
    """What is used for each region, and whose signatures count."""
    here = packs.shelf(desk)
    return {
        "regions": _in_force(desk),
        "publishers": [
            {
                "name": one.name,
                "fingerprint": one.fingerprint,
                "training": one.training,
                "trusted": here.trusts(one.public_key),
            }
            for one in here.publishers()
        ],
    }


def roll_back(desk: Desk, options: Namespace) -> dict[str, Any]:
    """Take the last update of a region off."""
    return {"removed": asdict(packs.roll_back(desk, options.region)), "regions": _in_force(desk)}


def _in_force(desk: Desk) -> list[dict[str, Any]]:
    return [
        {
            "id": one.region_id,
            "version": one.version,
            "update": None if one.update is None else asdict(one.update),
            "waiting": [asdict(other) for other in one.waiting],
        }
        for one in packs.in_force(desk)
    ]

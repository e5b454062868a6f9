"""Where SoftHSM keeps its tokens: a folder each, whose coming and going is its "plugging in".

SoftHSM notices neither by itself (tried, 2.6.1): a vanished token stays in the slot list until C_Finalize and
C_Initialize. So the folders are looked at instead.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Mapping

_CONFIGURATIONS = ("~/.config/softhsm2/softhsm2.conf", "/etc/softhsm/softhsm2.conf", "/etc/softhsm2.conf")


@dataclass(frozen=True, slots=True)
class TokenFolder:
    """The directory named by `directories.tokendir` in softhsm2.conf."""

    path: Path

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self | None:
        """Find it through SOFTHSM2_CONF or the places SoftHSM looks by itself; None if there is no configuration."""
        named = environment.get("SOFTHSM2_CONF")
        for place in [named] if named else _CONFIGURATIONS:
            try:
                # as the system writes paths, which on an older Chinese one is not UTF-8
                lines = os.fsdecode(Path(place).expanduser().read_bytes()).splitlines()
            except (OSError, RuntimeError):  # not there, or no home to look in
                continue
            for line in lines:
                key, _, value = line.partition("=")
                if key.strip() == "directories.tokendir" and value.strip():
                    return cls(Path(value.strip()))
        return None

    def listing(self) -> frozenset[str]:
        """Return the names of the token folders that are there now; none if the directory itself is gone."""
        try:
            with os.scandir(self.path) as entries:
                return frozenset(entry.name for entry in entries if entry.is_dir())
        except OSError:
            return frozenset()

    def folder_of(self, serial: str) -> str | None:
        """Return the folder of the token with this serial number: its name is a UUID whose tail is the serial."""
        for name in self.listing():
            if serial and name.replace("-", "").endswith(serial):
                return name
        return None

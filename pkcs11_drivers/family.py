"""One family of keys: where its modules may lie, how its tokens are recognised, what they need.

The facts come from a TOML file for each family (`family_file`). Nothing here loads a module.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from pkcs11_drivers.model import Algorithm

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pkcs11_drivers.model import KeyAlgorithm, PinEntry

DEFAULT_USER_ID = "1234567812345678"
"""The default user id of SM2 (GM/T 0009-2012 section 10)."""
PRESENCE_BY_SLOTS = "slots"
"""The module notices insertion and removal by itself."""
PRESENCE_BY_EVENTS = "events"
"""It also tells by C_WaitForSlotEvent, without waiting, whether anything has changed: the cheapest look."""
PRESENCE_BY_REINITIALISING = "reinitialize"
"""SoftHSM: tokens come and go as folders, seen only after C_Finalize and C_Initialize."""


@dataclass(frozen=True, slots=True)
class ModuleFile:
    """Where a family's PKCS#11 module may lie on one platform (`linux`, `win32`, `darwin`).

    `folders` may hold `%VARIABLE%` or `~`. `bits` is 32 or 64; a 32-bit module needs a 32-bit host process.
    `verified` is false for a lead that this project has not run.
    """

    platform: str
    files: tuple[str, ...]
    folders: tuple[str, ...]
    bits: int
    source: str
    verified: bool

    def candidates(self, environment: Mapping[str, str]) -> list[Path]:
        """Return every path this entry may mean, in order of preference."""
        roots = [_expanded(folder, environment) for folder in self.folders]
        return [Path(root) / file for root in roots if root is not None for file in self.files]


class Sm2Hash(StrEnum):
    """Who computes e = SM3(Z | message), GB/T 32918.2-2016 section 6.1, and how the module learns the user id."""

    HOST = "host"
    """We do, and hand the module the 32 bytes."""
    MODULE = "module"
    """The module does, for the default user id."""
    MODULE_WITH_ID = "module-with-id"
    """The module does, for the user id in the mechanism's parameter."""


@dataclass(frozen=True, slots=True)
class Sm2Way:
    """One way in which a module signs with SM2. The numbers are each vendor's own: PKCS#11 has none.

    `key_type` and `mechanism` are CKK and CKM numbers, `signature` is "raw" (r and s) or "der".
    """

    key_type: int
    mechanism: int
    hash: Sm2Hash
    signature: str
    user_id: str
    source: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Vendor:
    """One family of keys, as its TOML says.

    `manufacturers` and `models` are shell patterns for recognising its tokens; `mechanisms` names, for each
    algorithm, the PKCS#11 mechanisms to use in order of preference; `sm2` the ways to sign with SM2, likewise.
    `pin_minimum` and `pin_maximum` count bytes, `pin_defaults` are the PINs that keys are handed out with, `pin_tries`
    is how many wrong ones lock it (None: not known), `pin_unlock` the way out then, in Chinese. `conflicts` are ids of
    families whose drivers are known to disturb this one; `skf` are modules of the other Chinese interface (GM/T 0016),
    by which it can be seen that a driver is there, though not of the kind that this program uses. `own`: its file was
    laid down on this computer and does not come with the program.
    """

    id: str
    name: str
    modules: tuple[ModuleFile, ...]
    manufacturers: tuple[str, ...]
    models: tuple[str, ...]
    pin_entry: PinEntry
    pin_minimum: int
    pin_maximum: int
    pin_defaults: tuple[str, ...]
    pin_tries: int | None
    pin_unlock: str
    mechanisms: Mapping[Algorithm, tuple[str, ...]]
    sm2: tuple[Sm2Way, ...]
    presence: str
    hide_uninitialised: bool
    conflicts: tuple[str, ...]
    skf: tuple[ModuleFile, ...]
    notes: tuple[str, ...]
    source: str
    verified: bool
    own: bool = False

    def recognises(self, manufacturer: str, model: str) -> bool:
        """Whether a token with these words is of this family; true where the file gives no pattern."""
        return _matches(manufacturer, self.manufacturers) and _matches(model, self.models)

    def algorithms_for(self, key: KeyAlgorithm) -> tuple[Algorithm, ...]:
        """Return the algorithms that fit a kind of key and that this file does not rule out, best first."""
        return tuple(algorithm for algorithm in Algorithm if algorithm.fits(key) and self._has_way(algorithm))

    def _has_way(self, algorithm: Algorithm) -> bool:
        return bool(self.sm2 if algorithm is Algorithm.SM2_SM3 else self.mechanisms.get(algorithm))


def _matches(word: str, patterns: tuple[str, ...]) -> bool:
    return not patterns or any(fnmatchcase(word.lower(), pattern.lower()) for pattern in patterns)


def _expanded(folder: str, environment: Mapping[str, str]) -> str | None:
    """Fill in %VARIABLES% and ~; None if a variable is not set, or there is no such home: no such folder can exist."""
    upper = {name.upper(): value for name, value in environment.items()}
    names = re.findall(r"%([^%]+)%", folder)
    if any(name.upper() not in upper for name in names):
        return None
    for name in names:
        folder = folder.replace(f"%{name}%", upper[name.upper()])
    try:
        return str(Path(folder).expanduser()) if folder.startswith("~") else folder
    except RuntimeError:
        return None

"""Which UKey modules exist: one TOML per vendor family in `vendors/`, and where their files are on this machine.

Adding a vendor is adding a file; docs in `vendors/README.md`. Nothing here loads a module.
"""

from __future__ import annotations

import os
import re
import sys
import tomllib
from dataclasses import dataclass, replace
from enum import StrEnum
from fnmatch import fnmatchcase
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from pkcs11_drivers.model import Algorithm, PinEntry

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DEFAULT_USER_ID = "1234567812345678"
"""The default user id of SM2 (GM/T 0009-2012 section 10)."""
PRESENCE_BY_SLOTS = "slots"
"""The module notices insertion and removal by itself."""
PRESENCE_BY_EVENTS = "events"
"""It also tells by C_WaitForSlotEvent, without waiting, whether anything has changed: the cheapest look."""
PRESENCE_BY_REINITIALISING = "reinitialize"
"""SoftHSM: tokens come and go as folders, seen only after C_Finalize and C_Initialize."""

_DEFAULT_MECHANISMS: Mapping[Algorithm, tuple[str, ...]] = {
    Algorithm.RS256: ("SHA256_RSA_PKCS", "RSA_PKCS"),
    Algorithm.PS256: ("SHA256_RSA_PKCS_PSS", "RSA_PKCS_PSS"),
    Algorithm.ES256: ("ECDSA_SHA256", "ECDSA"),
}


class VendorFileError(ValueError):
    """A vendor TOML is not as it should be; the text names the file and the fault, for its author."""


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
        roots = [_expand(folder, environment) for folder in self.folders]
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
    by which it can be seen that a driver is there, though not of the kind that this program uses.
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

    def recognises(self, manufacturer: str, model: str) -> bool:
        """Whether a token with these words is of this family; true where the file gives no pattern."""
        return _matches(manufacturer, self.manufacturers) and _matches(model, self.models)


@dataclass(frozen=True, slots=True)
class Installed:
    """A module file found on this machine, with the family it belongs to."""

    vendor: Vendor
    path: Path
    bits: int = 64


@dataclass(frozen=True, slots=True)
class Located:
    """What a search of this machine gave: modules found, and families with none (with the names looked for).

    `other` are modules of the other interface (SKF), which cannot be used.
    """

    installed: tuple[Installed, ...]
    absent: tuple[tuple[Vendor, str], ...]
    other: tuple[Installed, ...] = ()


@dataclass(frozen=True, slots=True)
class Registry:
    """All known families, and modules the user picked by file."""

    vendors: tuple[Vendor, ...]
    picked: tuple[Path, ...] = ()

    @classmethod
    def load(cls, extra: Iterable[Path] = ()) -> Self:
        """Read the families of this package, then TOML files of `extra` (same id: the later one counts).

        Raises:
            VendorFileError: a file is not as it should be.

        """
        texts = {
            entry.name: entry.read_text("utf-8")
            for entry in resources.files("pkcs11_drivers.vendors").iterdir()
            if entry.name.endswith(".toml")
        }
        texts |= {path.name: path.read_text("utf-8") for path in extra}
        return cls(tuple(parse_vendor(name.removesuffix(".toml"), text) for name, text in sorted(texts.items())))

    def with_module(self, path: Path) -> Registry:
        """Return a registry that also uses the module file the user picked."""
        return replace(self, picked=(*self.picked, path))

    def only(self, *ids: str) -> Registry:
        """Return a registry of these families alone."""
        return replace(self, vendors=tuple(vendor for vendor in self.vendors if vendor.id in ids))

    def vendor(self, vendor_id: str) -> Vendor:
        """Return one family by its id.

        Raises:
            KeyError: there is none of that id.

        """
        for vendor in self.vendors:
            if vendor.id == vendor_id:
                return vendor
        raise KeyError(vendor_id)

    def locate(self, environment: Mapping[str, str] | None = None, platform: str = sys.platform) -> Located:
        """Look for every family's module files on this machine; each file once, however many names lead to it."""
        environment = os.environ if environment is None else environment
        found: dict[Path, Installed] = {}
        absent: list[tuple[Vendor, str]] = []
        for path in self.picked:
            found.setdefault(_real(path), Installed(self._family_of(path.name), path))
        for vendor in self.vendors:
            entries = [entry for entry in vendor.modules if entry.platform == platform]
            here = [
                Installed(vendor, path, entry.bits)
                for entry in entries
                for path in entry.candidates(environment)
                if path.is_file()
            ]
            for one in here:
                found.setdefault(_real(one.path), one)
            if not here and (vendor.modules or vendor.skf):
                known = entries or (*vendor.modules, *vendor.skf)  # told even where they are another system's
                absent.append((vendor, ", ".join(dict.fromkeys(file for entry in known for file in entry.files))))
        other = tuple(
            Installed(vendor, path, entry.bits)
            for vendor in self.vendors
            for entry in vendor.skf
            if entry.platform == platform
            for path in entry.candidates(environment)
            if path.is_file()
        )
        return Located(tuple(found.values()), tuple(absent), other)

    def _family_of(self, file_name: str) -> Vendor:
        for vendor in self.vendors:
            if any(file_name.lower() == file.lower() for entry in vendor.modules for file in entry.files):
                return vendor
        # a stranger's numbers for SM2 can only be guessed: those of the one header that is in public, if it has them
        likely = next((list(vendor.sm2) for vendor in self.vendors if vendor.id == "guomi"), [])
        picked = _vendor("picked", {"name": file_name, "source": "picked by the user", "verified": False})
        return replace(picked, sm2=tuple(likely))


def parse_vendor(vendor_id: str, text: str) -> Vendor:
    """Read one vendor TOML; unknown words are refused, so that a misspelt quirk cannot be silently without effect.

    Raises:
        VendorFileError: it is not as it should be.

    """
    try:
        data = tomllib.loads(text)
        vendor = _vendor(vendor_id, data)
    except (KeyError, TypeError, ValueError) as error:
        raise VendorFileError(f"{vendor_id}.toml: {type(error).__name__}: {error}") from error
    left = sorted(_leftovers(data))
    if left:
        raise VendorFileError(f"{vendor_id}.toml: unknown: {', '.join(left)}")
    return vendor


_KNOWN = {
    "": {
        *("name", "source", "verified", "notes", "conflicts"),
        *("module", "skf", "recognise", "pin", "mechanisms", "sm2", "quirks"),
    },
    "module": {"platform", "files", "folders", "bits", "source", "verified"},
    "skf": {"platform", "files", "folders", "bits", "source", "verified"},
    "recognise": {"manufacturer", "model", "source", "verified"},
    "pin": {"entry", "minimum", "maximum", "defaults", "tries", "unlock", "source", "verified"},
    "mechanisms": {algorithm.value for algorithm in Algorithm} - {Algorithm.SM2_SM3.value},
    "sm2": {"key_type", "mechanism", "hash", "signature", "user_id", "source", "verified"},
    "quirks": {"presence", "hide_uninitialised", "source", "verified"},
}


def _leftovers(data: dict[str, Any]) -> set[str]:
    left = set(data) - _KNOWN[""]
    for section in _KNOWN.keys() - {""}:
        tables = data.get(section, [])
        for table in tables if isinstance(tables, list) else [tables]:
            left |= {f"{section}.{key}" for key in set(table) - _KNOWN[section]}
    return left


def _vendor(vendor_id: str, data: dict[str, Any]) -> Vendor:
    recognise, pin, quirks = data.get("recognise", {}), data.get("pin", {}), data.get("quirks", {})
    presence = quirks.get("presence", PRESENCE_BY_SLOTS)
    if presence not in {PRESENCE_BY_SLOTS, PRESENCE_BY_EVENTS, PRESENCE_BY_REINITIALISING}:
        raise ValueError(f"quirks.presence = {presence!r}")
    own = {Algorithm(name): tuple(names) for name, names in data.get("mechanisms", {}).items()}
    return Vendor(
        id=vendor_id,
        name=data["name"],
        modules=tuple(_module(table, data) for table in data.get("module", [])),
        manufacturers=tuple(recognise.get("manufacturer", ())),
        models=tuple(recognise.get("model", ())),
        pin_entry=PinEntry(pin.get("entry", PinEntry.TYPED)),
        pin_minimum=int(pin.get("minimum", 4)),
        pin_maximum=int(pin.get("maximum", 64)),
        pin_defaults=tuple(pin.get("defaults", ())),
        pin_tries=int(pin["tries"]) if "tries" in pin else None,
        pin_unlock=pin.get("unlock", ""),
        mechanisms={**_DEFAULT_MECHANISMS, **own},
        sm2=tuple(_sm2(table, data) for table in data.get("sm2", [])),
        presence=presence,
        hide_uninitialised=bool(quirks.get("hide_uninitialised", False)),
        conflicts=tuple(data.get("conflicts", ())),
        skf=tuple(_module(table, data) for table in data.get("skf", [])),
        notes=tuple(data.get("notes", ())),
        source=data["source"],
        verified=bool(data["verified"]),
    )


def _module(table: dict[str, Any], vendor: dict[str, Any]) -> ModuleFile:
    platform = {"linux": "linux", "windows": "win32", "macos": "darwin"}[table["platform"]]
    bits = int(table.get("bits", 64))
    if bits not in {32, 64}:
        raise ValueError(f"module.bits = {bits}")
    return ModuleFile(
        platform=platform,
        files=tuple(table["files"]),
        folders=tuple(table["folders"]),
        bits=bits,
        source=table.get("source", vendor["source"]),
        verified=bool(table.get("verified", vendor["verified"])),
    )


def _sm2(table: dict[str, Any], vendor: dict[str, Any]) -> Sm2Way:
    signature = table["signature"]
    if signature not in {"raw", "der"}:
        raise ValueError(f"sm2.signature = {signature!r}")
    return Sm2Way(
        key_type=int(table["key_type"]),
        mechanism=int(table["mechanism"]),
        hash=Sm2Hash(table["hash"]),
        signature=signature,
        user_id=table.get("user_id", DEFAULT_USER_ID),
        source=table.get("source", vendor["source"]),
        verified=bool(table.get("verified", vendor["verified"])),
    )


def _matches(word: str, patterns: tuple[str, ...]) -> bool:
    return not patterns or any(fnmatchcase(word.lower(), pattern.lower()) for pattern in patterns)


def _expand(folder: str, environment: Mapping[str, str]) -> str | None:
    """Fill in %VARIABLES% and ~; None if a variable is not set, as then the folder cannot exist."""
    upper = {name.upper(): value for name, value in environment.items()}
    names = re.findall(r"%([^%]+)%", folder)
    if any(name.upper() not in upper for name in names):
        return None
    for name in names:
        folder = folder.replace(f"%{name}%", upper[name.upper()])
    return str(Path(folder).expanduser()) if folder.startswith("~") else folder


def _real(path: Path) -> Path:
    return path.resolve()

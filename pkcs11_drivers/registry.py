"""Which UKey modules exist: one TOML per vendor family in `vendors/`, and where their files are on this machine.

Adding a vendor is adding a file; docs in `vendors/README.md`. Nothing here loads a module.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Self

from pkcs11_drivers.family import Vendor
from pkcs11_drivers.family_file import VendorFileError, family, parse_vendor
from pkcs11_drivers.module_file import Built, built_for, is_file, real

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pkcs11_drivers.family import ModuleFile

_LONGEST = 64 * 1024
"""Bytes; the longest that is shipped has two thousand."""


@dataclass(frozen=True, slots=True)
class Installed:
    """A module file found on this machine, with the family it belongs to; `picked`: the user chose this very file."""

    vendor: Vendor
    path: Path
    built: Built
    picked: bool = False


@dataclass(frozen=True, slots=True)
class Absent:
    """A family of which nothing was found: the file names looked for, and the folders looked in, as its file has them.

    Where its file knows no module for this system, `files` are those for others and `folders` says so.
    """

    vendor: Vendor
    files: str
    folders: str


@dataclass(frozen=True, slots=True)
class FaultyFile:
    """A family's file that cannot be used, and why."""

    path: Path
    fault: str


@dataclass(frozen=True, slots=True)
class Located:
    """What a search of this machine gave: modules found, and families with none.

    `other` are modules of the other interface (SKF), which cannot be used.
    """

    installed: tuple[Installed, ...]
    absent: tuple[Absent, ...]
    other: tuple[Installed, ...] = ()


@dataclass(frozen=True, slots=True)
class Registry:
    """All known families, modules the user picked by file, and the files of families that cannot be used."""

    vendors: tuple[Vendor, ...]
    picked: tuple[Path, ...] = ()
    faulty: tuple[FaultyFile, ...] = ()

    @classmethod
    def load(cls, extra: Iterable[Path] = ()) -> Self:
        """Read the families of this package, then TOML files of `extra`, which take the place of one of the same id.

        A file of `extra` that is not as it should be is left out and told in `faulty`: one slip of the pen must not
        keep every other key from being used.
        """
        vendors = {
            entry.name: parse_vendor(entry.name.removesuffix(".toml"), entry.read_text("utf-8"))
            for entry in resources.files("pkcs11_drivers.vendors").iterdir()
            if entry.name.endswith(".toml")
        }
        faulty: list[FaultyFile] = []
        for path in extra:
            try:
                vendors[path.name] = parse_vendor(path.stem, _text_of(path), own=True)
            except VendorFileError as wrong:
                faulty.append(FaultyFile(path, str(wrong)))
        return cls(tuple(vendors[name] for name in sorted(vendors)), faulty=tuple(faulty))

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
        absent: list[Absent] = []
        for path in self.picked:
            found.setdefault(real(path), Installed(self._family_of(path.name), path, built_for(path), picked=True))
        for vendor in self._own_first:
            entries = [entry for entry in vendor.modules if entry.platform == platform]
            here = [
                Installed(vendor, path, _built(path, entry))
                for entry in entries
                for path in entry.candidates(environment)
                if is_file(path)
            ]
            for one in here:
                found.setdefault(real(one.path), one)
            if not here and (vendor.modules or vendor.skf):
                absent.append(_absent(vendor, entries, platform))
        other = tuple(
            Installed(vendor, path, _built(path, entry))
            for vendor in self.vendors
            for entry in vendor.skf
            if entry.platform == platform
            for path in entry.candidates(environment)
            if is_file(path)
        )
        return Located(tuple(found.values()), tuple(absent), other)

    @property
    def _own_first(self) -> list[Vendor]:
        """Of two families that name one module the one counts that was laid down on this computer."""
        return sorted(self.vendors, key=lambda vendor: not vendor.own)

    def _family_of(self, file_name: str) -> Vendor:
        for vendor in self._own_first:
            if any(file_name.lower() == file.lower() for entry in vendor.modules for file in entry.files):
                return vendor
        # a stranger's numbers for SM2 can only be guessed: those of the one header that is in public, if it has them
        likely = next((list(vendor.sm2) for vendor in self.vendors if vendor.id == "guomi"), [])
        picked = family("picked", {"name": file_name, "source": "picked by the user", "verified": False})
        return replace(picked, sm2=tuple(likely))


def _built(path: Path, entry: ModuleFile) -> Built:
    """What the file itself says, else what the family's file says of it."""
    says = built_for(path)
    return says if says.bits else says._replace(bits=entry.bits)


def _text_of(path: Path) -> str:
    """The text of a family's file. Raises VendorFileError: it is none, is too long to be one, or cannot be read."""
    if not is_file(path):
        raise VendorFileError(f"{path.name}：不是文件")
    try:
        if path.stat().st_size > _LONGEST:
            raise VendorFileError(f"{path.name}：太长，不是驱动说明文件")
        return path.read_text("utf-8-sig")
    except OSError as unread:
        raise VendorFileError(f"{path.name}：读不出来") from unread
    except UnicodeDecodeError as undecodable:
        raise VendorFileError(f"{path.name}：不是 UTF-8 编码，另存为 UTF-8") from undecodable


def _absent(vendor: Vendor, here: list[ModuleFile], platform: str) -> Absent:
    known = here or (*vendor.modules, *vendor.skf)
    files = dict.fromkeys(file for entry in known for file in entry.files)
    folders = dict.fromkeys(folder for entry in here for folder in entry.folders)
    return Absent(vendor, ", ".join(files), ", ".join(folders) or f"没有给 {platform} 的 [[module]]")

"""What a module's file says of itself before it is loaded: for how many bits and for which processor it was built.

A loader only says that it cannot open a file of another kind, on Linux even that it is not there.
"""

from __future__ import annotations

import platform
import struct
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

_ELF_MACHINES = {3: "i386", 8: "mips", 40: "arm", 62: "x86_64", 183: "aarch64", 243: "riscv", 258: "loongarch64"}
_PE_MACHINES = {0x14C: "i386", 0x1C4: "arm", 0x8664: "x86_64", 0xAA64: "aarch64"}
_OTHER_NAMES = {"amd64": "x86_64", "arm64": "aarch64"}
_BITS = {"i386": 32, "arm": 32, "x86_64": 64, "aarch64": 64, "loongarch64": 64}
_HEAD = 4096
_ELF_BITS = {1: 32, 2: 64}
_ELF_BIG_ENDIAN = 2


class Built(NamedTuple):
    """`bits` is 0 and `machine` "" where the file does not say it in a way that is known here."""

    bits: int
    machine: str


def is_file(path: Path) -> bool:
    """Whether a file is there; false for whatever the system finds wrong with the path."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def real(path: Path) -> Path:
    """Return the file behind links; the path as it is where they lead nowhere."""
    try:
        return path.resolve()
    except (OSError, ValueError, RuntimeError):
        return path


def built_for(path: Path) -> Built:
    """Read it from the file's head: ELF, or Portable Executable."""
    if not is_file(path):
        return Built(0, "")
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
        if head.startswith(b"\x7fELF"):
            order = ">" if head[5] == _ELF_BIG_ENDIAN else "<"
            machine = _ELF_MACHINES.get(struct.unpack_from(f"{order}H", head, 18)[0], "")
            return Built(_ELF_BITS.get(head[4], 0), machine)
        if head.startswith(b"MZ"):
            (at,) = struct.unpack_from("<I", head, 0x3C)
            if head[at : at + 4] == b"PE\0\0":
                machine = _PE_MACHINES.get(struct.unpack_from("<H", head, at + 4)[0], "")
                return Built(_BITS.get(machine, 0), machine)
    except (OSError, IndexError, struct.error):
        pass
    return Built(0, "")


def our_machine() -> str:
    """Return the processor that this program runs on, by the same names."""
    name = platform.machine().lower()
    return _OTHER_NAMES.get(name, name)

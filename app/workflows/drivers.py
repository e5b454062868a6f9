"""The drivers of UKeys that this program knows, and those that somebody added on this computer.

A driver is added by picking its file, a family by laying its TOML into ``ukeys/`` in the program's own folder; neither
needs Python (docs/ukey.md).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from app.errors import UsageError
from pkcs11_drivers.model import SkipReason
from pkcs11_drivers.module_file import real
from pkcs11_drivers.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.workflows.desk import Desk

FAMILIES = "ukeys"
PICKED = "ukey-drivers.json"
REASONS: Mapping[SkipReason, str] = {
    SkipReason.WRONG_FILE: "自己放的驱动说明文件写得不对，没有用它；“自检”里写着错在哪里",
    SkipReason.NOT_INSTALLED: "没有装，或不在它该在的文件夹里",
    SkipReason.WRONG_BITS: "驱动的位数和本程序不同，安装另一种位数的驱动",
    SkipReason.WRONG_MACHINE: "驱动是给另一种处理器的电脑做的，安装适合这台电脑的驱动",
    SkipReason.LOAD_FAILED: "驱动装了但打不开，重新安装",
    SkipReason.CRASHED: "驱动中途退出，拔下 UKey 再插一次",
    SkipReason.TIMED_OUT: "驱动没有应答，拔下 UKey 再插一次",
    SkipReason.FAULT: "驱动报错，拔下 UKey 再插一次",
    SkipReason.SLOT_FAULT: "有一个插槽读不出来，拔下 UKey 再插一次",
    SkipReason.NO_TOKEN: "驱动正常，没有插它的 UKey",
    SkipReason.OTHER_INTERFACE: "只有国密 SKF 接口，本程序用的是 PKCS#11 接口",
    SkipReason.SAME_KEY: "另一家驱动已经认出同一把 UKey，用那一家",
}
"""Why a module gave no key, for the clerk."""
_LIBRARIES = (b"\x7fELF", b"MZ", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")
"""How a shared library begins: on Linux, on Windows, on macOS for one processor and for several."""


def known_families(home: Path) -> Registry:
    """Every family, those of this computer included, and the modules picked here.

    A family of the same name as one that is shipped takes its place. One whose file is wrong is left out, and told by
    every look at the UKeys.
    """
    registry = Registry.load(sorted((home / FAMILIES).glob("*.toml")))
    for module in picked(home):
        registry = registry.with_module(module)
    return registry


def picked(home: Path) -> Sequence[Path]:
    """The module files that were picked; one that is gone meanwhile stays on the list and is told as missing."""
    try:
        listed = json.loads((home / PICKED).read_text("utf-8"))
    except (OSError, ValueError):
        return ()
    return (
        tuple(Path(one) for one in listed if isinstance(one, str) and "\0" not in one)
        if isinstance(listed, list)
        else ()
    )


def pick(home: Path, module: Path) -> None:
    """Use a module's file from now on. Raises UsageError ``file-missing``, ``driver-unread``, ``driver-no-library``."""
    if not _is_library(module):
        raise UsageError("driver-no-library", file=str(module))
    chosen = module.resolve()
    if chosen not in picked(home):
        _keep(home, [*picked(home), chosen])


def _is_library(module: Path) -> bool:
    try:
        if not module.exists():
            raise UsageError("file-missing", file=str(module))
        if not module.is_file():
            return False
        with module.open("rb") as file:
            return file.read(4).startswith(_LIBRARIES)
    except OSError as unread:
        raise UsageError("driver-unread", file=str(module)) from unread


def use(desk: Desk, module: Path) -> None:
    """The same, and at once: the next look at the UKeys goes through it too, and whoever is logged in stays so."""
    pick(desk.home, module)
    desk.keys.add_module(module.resolve())


def drop(home: Path, module: Path) -> None:
    """Use a picked module no more. Raises UsageError ``driver-not-picked``."""
    left = [one for one in picked(home) if one not in {module, module.absolute(), real(module)}]
    if len(left) == len(picked(home)):
        raise UsageError("driver-not-picked", file=str(module), picked="、".join(map(str, picked(home))) or "没有")
    _keep(home, left)


def _keep(home: Path, modules: Sequence[Path]) -> None:
    home.mkdir(parents=True, exist_ok=True)
    draft = home / f"{PICKED}.new"
    draft.write_text(json.dumps([str(one) for one in modules], ensure_ascii=False, indent=1), "utf-8")
    draft.replace(home / PICKED)

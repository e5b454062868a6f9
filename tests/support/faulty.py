"""UKeys behind a PKCS#11 module that misbehaves to order: ``native/faulty_module.c`` in front of SoftHSM."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from pkcs11_drivers import Limits, Registry, UKeys
from pkcs11_drivers.softkey import SoftKeys
from tests.support.native import compiled

QUICK = Limits(load=5.0, scan=2.0, poll=2.0, login=2.0, protected=2.0, sign=2.0, logout=2.0)
"""Limits for modules that hang; a module that works needs a hundredth of them."""

_FAMILY = """
name = "照计划出错的驱动"
source = "compiled by the tests"
verified = false
[[module]]
platform = "linux"
files = ["{name}"]
folders = ["{folder}"]
[mechanisms]
ES256 = ["ECDSA"]
[quirks]
presence = "{presence}"
hide_uninitialised = true
"""


@dataclass(frozen=True)
class Faulty:
    """The module, its plan and what it noted. ``folder`` is for the files of this one."""

    keys: SoftKeys
    folder: Path

    @property
    def module(self) -> Path:
        """The compiled module."""
        return compiled("faulty_module.c", "dl", "pthread")

    def plan(self, *lines: str) -> None:
        """What goes wrong from the next call on; nothing, without lines. In one step: a host may be reading."""
        draft = self.folder / "plan.new"
        draft.write_text("".join(f"{line}\n" for line in lines), encoding="ascii")
        draft.replace(self.folder / "plan")

    def calls(self, function: str) -> int:
        """How often the module was asked for a function: counted in it, before the fault."""
        return sum(name == function for name, _, _ in self._log())

    def hosts(self) -> set[int]:
        """The process ids under which the module was ever initialised."""
        return {process for name, process, _ in self._log() if name == "C_Initialize"}

    def sessions_open(self, process: int) -> int:
        """How many sessions stand open in a process, by what the real module itself answered."""
        told = [number for name, pid, number in self._log() if name == "sessions" and pid == process]
        return told[-1] if told else 0

    def registry(self, *, presence: str = "slots") -> Registry:
        """The family of this module alone."""
        family = self.folder / "faulty.toml"
        text = _FAMILY.format(name=self.module.name, folder=self.module.parent, presence=presence)
        family.write_text(text, encoding="utf-8")
        return Registry.load([family]).only("faulty")

    def environment(self, target: Path | None = None) -> dict[str, str]:
        """The variables under which a host finds the real module, the plan and the log."""
        softhsm = Registry.load().only("softhsm").locate().installed[0].path
        return {
            **os.environ,
            **self.keys.environment,
            "FAULTY_TARGET": str(target or softhsm),
            "FAULTY_PLAN": str(self.folder / "plan"),
            "FAULTY_LOG": str(self.folder / "log"),
        }

    def ukeys(self, *, limits: Limits = QUICK, presence: str = "slots") -> UKeys:
        """The program's view of it."""
        return UKeys(self.registry(presence=presence), environment=self.environment(), limits=limits)

    def _log(self) -> list[tuple[str, int, int]]:
        log = self.folder / "log"
        rows = [line.split() for line in log.read_text("ascii").splitlines()] if log.exists() else []
        return [(name, int(process), int(number)) for name, process, number in rows]


def gone(process: int) -> bool:
    """Whether a process is there no more."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    return False

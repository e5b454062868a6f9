"""What the self-test asks of the operating system: printers, and the service that reads smart cards."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

_PATIENCE = 5.0
_SOCKET = Path("/run/pcscd/pcscd.comm")
_PRINTERS_LOCAL_AND_CONNECTED = 0x2 | 0x4
_LEVEL_4 = 4
HOW_TO_START_READER_SERVICE = (
    "打开“服务”，启动“Smart Card”并设为自动，再插一次。"
    if sys.platform == "win32"
    else "启动 pcscd（sudo systemctl enable --now pcscd），再插一次。"
)


def printers() -> tuple[str, ...] | None:
    """The names of the printers; None where nobody can be asked."""
    if sys.platform == "win32":
        return _windows_printers()
    told = _output("lpstat", "-e")
    return None if told is None else tuple(line for line in told.splitlines() if line)


def reader_service() -> bool | None:
    """Whether the smart-card service runs; None where nothing on this machine needs it."""
    if sys.platform == "win32":
        told = _output("sc", "query", "SCardSvr")
        return None if told is None else "RUNNING" in told
    if shutil.which("pcscd") is None:
        return None
    return _SOCKET.exists()


def _output(*command: str) -> str | None:
    if shutil.which(command[0]) is None:
        return None
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=_PATIENCE)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode("utf-8", "replace")


if sys.platform == "win32":

    def _windows_printers() -> tuple[str, ...] | None:
        """By EnumPrintersW, level 4, whose answers need no printer to be reached. Written by its manual, not run."""
        import ctypes
        from ctypes import wintypes

        class Info(ctypes.Structure):
            _fields_ = (
                ("name", wintypes.LPWSTR),
                ("server", wintypes.LPWSTR),
                ("attributes", wintypes.DWORD),
            )

        needed, count = wintypes.DWORD(), wintypes.DWORD()
        ask = ctypes.WinDLL("winspool.drv").EnumPrintersW
        both = (ctypes.byref(needed), ctypes.byref(count))
        ask(_PRINTERS_LOCAL_AND_CONNECTED, None, _LEVEL_4, None, 0, *both)
        buffer = ctypes.create_string_buffer(max(needed.value, 1))
        if not ask(_PRINTERS_LOCAL_AND_CONNECTED, None, _LEVEL_4, buffer, len(buffer), *both):
            return None
        return tuple(str(one.name) for one in (Info * count.value).from_buffer(buffer))

"""A crash report without personal data: where our code failed, never what it was working on."""

from __future__ import annotations

import sys
import tempfile
import traceback
from datetime import UTC, datetime
from pathlib import Path


def report(fault: BaseException) -> Path | None:
    """Write file names, lines and functions of the fault to a file and return its path; None if that fails too.

    The exception's text, the source lines' values and local variables are left out: they may hold names, identity
    numbers or wages.
    """
    frames = [
        f"{_inside(Path(frame.filename))}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(fault.__traceback__)
    ]
    kinds = []
    cause: BaseException | None = fault
    while cause is not None:
        kinds.append(f"{type(cause).__module__}.{type(cause).__qualname__}")
        cause = cause.__cause__ or cause.__context__
    text = "\n".join([f"python {sys.version.split()[0]} {sys.platform}", " <- ".join(kinds), *frames, ""])
    try:
        folder = Path(tempfile.gettempdir()) / "shebaodesk-reports"
        folder.mkdir(mode=0o700, exist_ok=True)
        path = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}.txt"
        path.write_text(text, "utf-8")
    except OSError:
        return None
    return path


def _inside(path: Path) -> str:
    """The path below the program, so that no user name is in it."""
    parts = path.parts
    for root in ("app", "ui", "pkcs11_drivers", "site-packages"):
        if root in parts:
            return "/".join(parts[parts.index(root) :])
    return path.name

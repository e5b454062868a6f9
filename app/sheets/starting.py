"""Start the reader of a file: little to load, so that a command does it first and makes itself ready meanwhile."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from typing import Self

from app.errors import UsageError
from app.sheets.limits import Limits, hold_child

_PIPE = 1 << 20  # what Linux lets everybody have
READER_OPTION = "--sheet-reader"


class Started:
    """A reader that is at work on a file. Leaving the context ends it, whatever it is doing."""

    def __init__(self, path: Path, limits: Limits | None = None) -> None:
        """Raises UsageError where there is no such file."""
        if not path.is_file():
            raise UsageError("file-missing", file=str(path))
        self.path = path
        self.limits = limits or Limits()
        self.process = subprocess.Popen(
            [*_command(), str(path.absolute()), str(self.limits.seconds), str(self.limits.memory)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,  # read once it has ended; it does not wait for that, see child.main
            env=_environment(),
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        if sys.platform == "linux" and self.process.stdout is not None:
            _widen(self.process.stdout.fileno())
        self._job = hold_child(getattr(self.process, "_handle", 0), self.limits.memory)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        """Let the pipes go, once it has ended and nobody reads from them any more."""
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()


def _widen(pipe: int) -> None:
    """Let a pipe hold several pieces of a sheet: whoever listens then wakes up once for each and not for each part."""
    import fcntl

    with contextlib.suppress(OSError):  # a system that allows less to those without rights
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE)


def _command() -> list[str]:
    if getattr(sys, "frozen", False):
        return [sys.executable, READER_OPTION]
    # -P: the current directory must not be a place that code is loaded from. -S: what an environment loads at its start
    # (.pth files) is not for the reader, which needs one package from there; _environment says where it is.
    begin = "import sys; from app.sheets.child import main; sys.exit(main(sys.argv[1:]))"
    return [sys.executable, "-S", "-P", "-X", "utf8", "-c", begin]


def _environment() -> dict[str, str]:
    found = importlib.util.find_spec("python_calamine")
    places = [str(Path(__file__).resolve().parents[2])]
    if found is not None and found.origin is not None:
        places.append(str(Path(found.origin).parents[1]))
    path = os.pathsep.join([*places, *filter(None, [os.environ.get("PYTHONPATH")])])
    # One arena: each further one reserves address space that counts against the limit and is not used.
    return {**os.environ, "PYTHONPATH": path, "MALLOC_ARENA_MAX": "1"}

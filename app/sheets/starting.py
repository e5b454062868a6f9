"""Start the reader of a file: little to load, so that a command does it first and makes itself ready meanwhile."""

from __future__ import annotations

import os
import sys
import time

from app.errors import UsageError
from app.sheets.limits import Limits, hold_child

TYPE_CHECKING = False
if TYPE_CHECKING:
    import subprocess
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from typing import IO, Self

    from app.sheets.posix_process import PosixProcess

_PIPE = 1 << 20  # what Linux lets everybody have
_BETWEEN_LOOKS = 0.005
_MOST_LAST_WORDS = 1 << 16
READER_OPTION = "--sheet-reader"


class Started:
    """A reader that is at work on a file. Leaving the context ends it, whatever it is doing."""

    def __init__(self, path: Path | str, limits: Limits | None = None) -> None:
        """Raises UsageError where there is no such file."""
        if not os.path.isfile(path):
            raise UsageError("file-missing", file=str(path))
        self.limits = limits or Limits()
        self._process = _process(
            [*_command(), os.path.abspath(path), str(self.limits.seconds), str(self.limits.memory)], _environment()
        )
        if self._process.stdout is None or self._process.stderr is None:
            raise AssertionError  # both were asked for
        #: What the reader tells. The other, of its end, is read once it has ended; it does not wait for that.
        self.told: IO[bytes] = self._process.stdout
        self._last_words: IO[bytes] = self._process.stderr
        if sys.platform == "linux":
            _widen(self.told.fileno())
        self._job = hold_child(getattr(self._process, "_handle", 0), self.limits.memory)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()

    def ended(self, patience: float) -> tuple[int, bytes]:
        """The exit code and the last words of a reader that has ended, or is ended after ``patience`` seconds."""
        ends = time.monotonic() + patience
        while self._process.poll() is None and time.monotonic() < ends:
            time.sleep(_BETWEEN_LOOKS)
        self._process.kill()
        return self._process.wait(), self._last_words.read(_MOST_LAST_WORDS)

    def close(self) -> None:
        """Let the pipes go, once it has ended and nobody reads from them any more."""
        self.told.close()
        self._last_words.close()


def _process(command: Sequence[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes] | PosixProcess:
    if sys.platform == "win32":
        import subprocess

        nothing, pipe = subprocess.DEVNULL, subprocess.PIPE
        no_window = subprocess.CREATE_NO_WINDOW
        return subprocess.Popen(
            command, stdin=nothing, stdout=pipe, stderr=pipe, env=environment, creationflags=no_window
        )
    from app.sheets.posix_process import PosixProcess

    return PosixProcess(command, environment)


def _widen(pipe: int) -> None:
    """Let a pipe hold several pieces of a sheet: whoever listens then wakes up once for each and not for each part."""
    import fcntl

    try:
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE)
    except OSError:
        pass  # a system that allows less to those without rights


def _command() -> list[str]:
    if getattr(sys, "frozen", False):
        return [sys.executable, READER_OPTION]
    # -P: the current directory must not be a place that code is loaded from. -S: what an environment loads at its start
    # (.pth files) is not for the reader, and where packages lie is known here already.
    begin = "import sys; from app.sheets.child import main; sys.exit(main(sys.argv[1:]))"
    return [sys.executable, "-S", "-P", "-X", "utf8", "-c", begin]


def _environment() -> dict[str, str]:
    path = os.pathsep.join(filter(None, sys.path))
    # One arena: each further one reserves address space that counts against the limit and is not used.
    return {**os.environ, "PYTHONPATH": path, "MALLOC_ARENA_MAX": "1"}

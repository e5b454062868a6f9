"""How much a reader may take, and how it is held to that."""

from __future__ import annotations

import sys

MEGABYTE = 2**20


class Limits:  # plain: the reader is started before dataclasses or typing are loaded, which take as long as it does
    """``seconds`` of wall time for a whole file, ``memory`` in bytes of address space of the reader."""

    __slots__ = ("memory", "seconds")

    def __init__(self, seconds: float = 60.0, memory: int = 1024 * MEGABYTE) -> None:
        self.seconds = seconds
        self.memory = memory


def hold_self(memory: int, seconds: float) -> None:
    """Bind this process to its limits. On Windows its parent has put it into a job that does the same."""
    if sys.platform != "win32":
        _hold_self(memory, seconds)


def _hold_self(memory: int, seconds: float) -> None:
    import resource

    for kind, most in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, int(seconds) + 5)):
        hard = resource.getrlimit(kind)[1]
        resource.setrlimit(kind, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
    # A reader that is killed for its memory is no fault that anybody wants a core of.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def hold_child(handle: int, memory: int) -> object | None:
    """Put a child process (its Windows handle) into a job with a memory limit that dies with the returned object.

    Windows only, None elsewhere. Not run by our tests: none of them runs on Windows.
    """
    if sys.platform == "win32":
        from app.sheets.windows_job import Job

        return Job(handle, memory)
    return None

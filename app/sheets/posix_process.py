"""A child process by ``posix_spawn``: as much of ``subprocess.Popen`` as a reader needs, under the same names.

To load ``subprocess`` takes a third as long as to read a small file, and a command would wait for it before its reader
is so much as started.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_AFTER_STANDARD = 3


class PosixProcess:
    """A process whose standard output and error are pipes to this one, and whose input is empty.

    Used by one thread at a time, as its reader is.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Raises OSError where it cannot be started."""
        out, out_there = _pipe()
        err, err_there = _pipe()
        self.stdout, self.stderr = open(out, "rb"), open(err, "rb")  # noqa: SIM115 - closed by whoever started it
        self.returncode: int | None = None
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_DUP2, out_there, 1),
            (os.POSIX_SPAWN_DUP2, err_there, 2),
        ]
        try:
            self.pid = os.posix_spawn(command[0], list(command), environment, file_actions=actions)
        except OSError:
            self.stdout.close()
            self.stderr.close()
            raise
        finally:
            os.close(out_there)
            os.close(err_there)

    def poll(self) -> int | None:
        """Its exit code, or the negative number of the signal that ended it; None while it runs."""
        return self._reap(os.WNOHANG)

    def wait(self) -> int:
        """Its exit code once it has ended."""
        return self._reap(0) or 0

    def kill(self) -> None:
        """End it, whatever it is doing."""
        if self.poll() is None:
            from signal import SIGKILL

            os.kill(self.pid, SIGKILL)

    def _reap(self, options: int) -> int | None:
        if self.returncode is None:
            try:
                pid, status = os.waitpid(self.pid, options)
            except ChildProcessError:
                pid, status = self.pid, 0  # where SIGCHLD is ignored, the system keeps no exit codes
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode


def _pipe() -> tuple[int, int]:
    """A pipe beyond the standard streams: where one of those was closed, its number must not be taken for them."""
    ends = os.pipe()
    if min(ends) >= _AFTER_STANDARD:
        return ends
    import fcntl

    far = tuple(fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, _AFTER_STANDARD) for end in ends)
    for end in ends:
        os.close(end)
    return far[0], far[1]

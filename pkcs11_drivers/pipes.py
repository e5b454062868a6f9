"""The two pipes to a host: a line there, a line back, in time or not at all.

POSIX pipes can be asked whether they are ready, which saves two changes of threads for each answer: about a third of
what a signature costs beyond the key's own work. Windows pipes cannot, so there each has a thread that may block.
"""

from __future__ import annotations

import contextlib
import os
import queue
import select
import sys
import threading
import time
from typing import IO, Protocol

from pkcs11_drivers.protocol import MAX_LINE

_FAREWELL = 1.0
_AT_ONCE = 1 << 16
_POLLED_AT_MOST = 1_000_000.0
"""Milliseconds: what poll() takes."""


class Pipes(Protocol):
    """Both ends of what a host is spoken to through."""

    def exchange(self, line: bytearray, limit: float) -> bytes | None:
        """Send a line, which is overwritten with zeros, and return the next line; None once the host has ended.

        Raises:
            TimeoutError: no whole answer within `limit` seconds. The pipes are of no use afterwards.

        """

    def finish(self) -> None:
        """Let the host see the end of its input, and close what can be closed."""


def open_pipes(requests: IO[bytes], answers: IO[bytes]) -> Pipes:
    """Return the kind that this system can do. Both streams are unbuffered and belong to it from now on."""
    return ThreadedPipes(requests, answers) if sys.platform == "win32" else PolledPipes(requests, answers)


class PolledPipes:
    """POSIX: the caller's own thread waits for both pipes at once."""

    def __init__(self, requests: IO[bytes], answers: IO[bytes]) -> None:
        """Take both ends."""
        self._requests, self._answers = requests, answers
        self._rest = b""
        os.set_blocking(requests.fileno(), False)
        self._readable = select.poll()
        self._readable.register(answers.fileno(), select.POLLIN)
        self._either = select.poll()
        self._either.register(answers.fileno(), select.POLLIN)
        self._either.register(requests.fileno(), select.POLLOUT)

    def exchange(self, line: bytearray, limit: float) -> bytes | None:
        """Send and receive; see `Pipes.exchange`."""
        deadline = time.monotonic() + limit
        try:
            if not self._sent(line, deadline):
                return None
        finally:
            line[:] = bytes(len(line))  # it may have held a PIN
        return self._received(deadline)

    def finish(self) -> None:
        """Close both ends."""
        for stream in (self._requests, self._answers):
            with contextlib.suppress(OSError):
                stream.close()

    def _sent(self, line: bytearray, deadline: float) -> bool:
        at = 0
        while at < len(line):
            try:
                with memoryview(line) as whole:
                    at += os.write(self._requests.fileno(), whole[at : at + _AT_ONCE])
            except BlockingIOError:
                self._wait(self._either, deadline)
                if self._readable.poll(0):  # it answers or ends before it has heard all: the answer tells
                    return True
            except OSError:
                return False
        return True

    def _received(self, deadline: float) -> bytes | None:
        pieces = [self._rest]
        length = len(self._rest)
        while b"\n" not in pieces[-1]:
            self._wait(self._readable, deadline)
            piece = os.read(self._answers.fileno(), _AT_ONCE)
            length += len(piece)
            if not piece or length > MAX_LINE:
                return None
            pieces.append(piece)
        line, _, self._rest = b"".join(pieces).partition(b"\n")
        return line

    @staticmethod
    def _wait(ready: select.poll, deadline: float) -> None:
        left = (deadline - time.monotonic()) * 1000
        if left <= 0 or not ready.poll(min(left, _POLLED_AT_MOST)):
            raise TimeoutError


class ThreadedPipes:
    """Windows: a thread for each pipe, as reading and writing block and know no time limit."""

    def __init__(self, requests: IO[bytes], answers: IO[bytes]) -> None:
        """Take both ends and start the threads."""
        self._outbox: queue.SimpleQueue[bytearray | None] = queue.SimpleQueue()
        self._inbox: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._threads = (
            threading.Thread(target=self._write, args=(requests, self._outbox), daemon=True),
            threading.Thread(target=self._read, args=(answers, self._inbox), daemon=True),
        )
        for thread in self._threads:
            thread.start()

    def exchange(self, line: bytearray, limit: float) -> bytes | None:
        """Send and receive; see `Pipes.exchange`."""
        self._outbox.put(line)
        try:
            return self._inbox.get(timeout=limit)
        except queue.Empty:
            raise TimeoutError from None

    def finish(self) -> None:
        """End the threads; one that a service of the module's keeps waiting ends with that service."""
        self._outbox.put(None)
        for thread in self._threads:
            thread.join(_FAREWELL)

    @staticmethod
    def _write(stream: IO[bytes], outbox: queue.SimpleQueue[bytearray | None]) -> None:
        with contextlib.suppress(OSError), stream:
            while (line := outbox.get()) is not None:
                with contextlib.suppress(OSError, ValueError), memoryview(line) as left:  # gone: the reader tells
                    at = 0
                    while at < len(left):
                        at += stream.write(left[at:]) or 0
                line[:] = bytes(len(line))  # it may have held a PIN

    @staticmethod
    def _read(stream: IO[bytes], inbox: queue.SimpleQueue[bytes | None]) -> None:
        rest = b""
        with contextlib.suppress(OSError, ValueError), stream:
            while (piece := stream.read(_AT_ONCE)) and len(rest) <= MAX_LINE:
                *lines, rest = (rest + piece).split(b"\n")
                for line in lines:
                    inbox.put(line)
        inbox.put(None)

"""The program's side of a host: starts it, asks it, gives up in time, ends it.

Every call has a time limit, whatever the module does. A request that carries a PIN or asks for a signature is sent at
most once in its life; only harmless questions (`load`, `scan`, `poll`) are put again to a fresh host, and only once.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
import weakref
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pkcs11_drivers import errors, protocol
from pkcs11_drivers.job_object import end_with_this_program
from pkcs11_drivers.pipes import open_pipes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pkcs11_drivers.protocol import JsonObject

_REPEATABLE = {"load", "scan", "poll"}
_CRASHES_BEFORE_PAUSE = 3
_LONGEST_PAUSE = 8.0
_FAREWELL = 1.0


@dataclass(frozen=True, slots=True)
class Limits:
    """How long to wait for an answer, in seconds. `protected` is for a PIN typed on the key's own pad."""

    load: float = 15.0
    scan: float = 15.0
    poll: float = 4.0
    login: float = 20.0
    protected: float = 90.0
    sign: float = 20.0
    logout: float = 5.0


def host_command(module_path: str) -> list[str]:
    """Return the command that runs a host, in a frozen program the program itself with `--token-host`."""
    if getattr(sys, "frozen", False):
        return [sys.executable, "--token-host", module_path]
    # -P: the current directory must not be a place that code is loaded from
    return [sys.executable, "-P", "-m", "pkcs11_drivers.host", module_path]


def host_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for a child that has to find this package."""
    root = str(Path(__file__).resolve().parent.parent)
    path = environment.get("PYTHONPATH")
    return {**environment, "PYTHONPATH": f"{root}{os.pathsep}{path}" if path else root, "PYTHONUTF8": "1"}


class _Child:
    """One run of the host process."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self.process = subprocess.Popen(
            command,
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # a module's chatter; a debugging one may even print the PIN
            env=host_environment(environment),
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        assert self.process.stdin is not None  # noqa: S101 - Popen with PIPE
        assert self.process.stdout is not None  # noqa: S101
        self._pipes = open_pipes(self.process.stdin, self.process.stdout)
        end_with_this_program(self.process)
        # no zombie and no orphan, even if nobody calls end() before the program is over
        self._finalizer = weakref.finalize(self, _kill, self.process)

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def ask(self, line: bytearray, number: int, limit: float) -> JsonObject | None:
        """Send one request; None if the host ended instead of answering, or says what is no answer to this number.

        Raises:
            TimeoutError: no answer within `limit` seconds.

        """
        told = self._pipes.exchange(line, limit)
        if told is None:
            return None
        try:
            answer = protocol.decode(told)
        except protocol.ProtocolError:
            return None
        return answer if answer.get("id") == number else None

    def end(self, *, patience: float) -> int | None:
        """End the process, asking first if `patience` seconds are given; always reaped. Returns its exit code."""
        if patience:
            self._pipes.finish()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(patience)
        self._finalizer()
        self._pipes.finish()
        return self.process.returncode


def _kill(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.kill()
    process.wait()


class TokenHost:
    """A module in its own process. Any thread may call; calls take turns.

    `options` is what the `load` request carries (see `host.py`). After a crash or a hang the call fails with its
    error and the next call starts a fresh process, in which no login stands. A host that keeps crashing is given
    longer and longer pauses.
    """

    def __init__(
        self,
        module_path: str,
        options: JsonObject,
        *,
        environment: Mapping[str, str] | None = None,
        limits: Limits | None = None,
    ) -> None:
        """Prepare; the process starts with the first call."""
        self.module_path = module_path
        self.limits = limits or Limits()
        self._options = options
        self._environment = dict(os.environ if environment is None else environment)
        self._lock = threading.RLock()
        self._child: _Child | None = None
        self._number = 0
        self._crashes = 0
        self._not_before = 0.0
        self._loads = True

    @property
    def loads(self) -> bool:
        """Whether the module loaded when it was last tried; true before the first try."""
        return self._loads

    @property
    def pid(self) -> int | None:
        """Process id of the running host; None if none runs."""
        child = self._child
        return child.process.pid if child is not None and child.alive else None

    def call(self, operation: str, limit: float, **arguments: object) -> JsonObject:
        """Ask the host and return its result.

        Raises:
            errors.HostTimedOut: no answer within `limit` seconds; the process was killed.
            errors.HostCrashed: the process ended instead of answering.
            errors.UKeyError: the error that the host told.

        """
        with self._lock:
            try:
                return self._call_once(operation, limit, arguments)
            except errors.HostCrashed:
                if operation not in _REPEATABLE or self._paused:
                    raise
                return self._call_once(operation, limit, arguments)

    def sign(self, opening: bytes, limit: float, message: bytes) -> bytes:
        """Have a message signed as `opening` says (`protocol.opened`); sent once. Raises as :meth:`call`."""
        with self._lock:
            child = self._running()
            self._number += 1
            line = protocol.signing_request(opening, self._number, message)
            signature = protocol.unpack(self._answer(child, line, "sign", limit)["signature"])
            self._crashes = 0
            return signature

    def call_if_free(self, operation: str, limit: float) -> JsonObject | None:
        """Ask the host, or return None at once where somebody else's call is under way; else as :meth:`call`."""
        if not self._lock.acquire(blocking=False):
            return None
        try:
            return self.call(operation, limit)
        finally:
            self._lock.release()

    def close(self) -> None:
        """End the process; the next call would start another."""
        with self._lock:
            child, self._child = self._child, None
            if child is not None:
                child.end(patience=_FAREWELL)

    @property
    def _paused(self) -> bool:
        return time.monotonic() < self._not_before

    def _call_once(self, operation: str, limit: float, arguments: Mapping[str, object]) -> JsonObject:
        child = self._running()
        result = self._exchange(child, operation, limit, arguments)
        self._crashes = 0
        return result

    def _running(self) -> _Child:
        if self._child is not None and self._child.alive:
            return self._child
        if self._child is not None:
            self._child.end(patience=0)
            self._child = None
        if self._paused:
            raise errors.HostCrashed(module=self.module_path, operation="load")
        try:
            self._child = child = _Child(host_command(self.module_path), self._environment)
        except OSError as error:  # no more processes, or no more memory
            raise errors.HostCrashed(module=self.module_path, operation="load") from error
        try:
            self._exchange(child, "load", self.limits.load, self._options)
        except (errors.ModuleMissing, errors.ModuleFailed):
            self._child, self._loads = None, False  # a module that does not load needs no process
            child.end(patience=_FAREWELL)
            raise
        self._loads = True
        return child

    def _exchange(self, child: _Child, operation: str, limit: float, arguments: Mapping[str, object]) -> JsonObject:
        self._number += 1
        line = protocol.encode({"id": self._number, "op": operation, "limit": limit, **arguments})
        return self._answer(child, line, operation, limit)

    def _answer(self, child: _Child, line: bytearray, operation: str, limit: float) -> JsonObject:
        try:
            answer = child.ask(line, self._number, limit)
        except TimeoutError:
            self._failed(child)
            raise errors.HostTimedOut(module=self.module_path, operation=operation, limit=limit) from None
        if answer is None:
            code = self._failed(child)
            raise errors.HostCrashed(module=self.module_path, operation=operation, exit_code=code)
        if answer.get("ending"):
            self._failed(child)
        if "error" in answer:
            raise errors.from_wire(answer["error"])
        result: JsonObject = answer["result"]
        return result

    def _failed(self, child: _Child) -> int | None:
        self._child = None
        self._crashes += 1
        if self._crashes >= _CRASHES_BEFORE_PAUSE:
            pause = min(2.0 ** (self._crashes - _CRASHES_BEFORE_PAUSE), _LONGEST_PAUSE)
            self._not_before = time.monotonic() + pause
        return child.end(patience=0)

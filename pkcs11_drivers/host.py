"""The child process that owns exactly one PKCS#11 module, with one thread.

A module is foreign code: it hangs, crashes, prints, and does not bear a second thread. Here it may do all that without
harm to the program. Started as `python -m pkcs11_drivers.host MODULE_PATH`, or in a frozen program as
`PROGRAM --token-host MODULE_PATH`; speaks `pkcs11_drivers.protocol` on its standard input and output, and ends when
its input ends.
"""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import asdict
from typing import IO, TYPE_CHECKING

from pkcs11_drivers import errors, protocol
from pkcs11_drivers.key_name import KeyName
from pkcs11_drivers.model import Algorithm

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pkcs11_drivers import sm2
    from pkcs11_drivers.protocol import JsonObject
    from pkcs11_drivers.token_facts import SeenToken
    from pkcs11_drivers.token_module import TokenModule

_GRACE = 10
"""Seconds beyond a request's limit before the system ends a host that is stuck and whose client did not end it."""
_ALGORITHMS = {algorithm.value: algorithm for algorithm in Algorithm}


class Host:
    """Answers the requests of one client, one after the other."""

    def __init__(self, module_path: str) -> None:
        """Take the path; the module itself is loaded by the first request, `load`, so that failing has an answer."""
        self._path = module_path
        self._module: TokenModule | None = None
        self._operations: dict[str, Callable[[JsonObject], JsonObject]] = {
            "load": self._load,
            "scan": self._scan,
            "poll": self._poll,
            "login": self._login,
            "change_pin": self._change_pin,
            "logout": self._logout,
        }

    def serve(self, requests: IO[bytes], answers: IO[bytes]) -> int:
        """Answer until the input ends; return the exit code (0, or 70 after a fault of ours, told to the client)."""
        while (request := protocol.receive(requests)) is not None:
            _set_alarm(int(request["limit"]) + _GRACE)
            failed = False
            try:
                answer: bytes | bytearray = self._answer_to(request)
            except errors.UKeyError as error:
                # a module that did not come back from reinitialising is of no use to this process any more
                failed = isinstance(error, errors.ModuleFailed) and request["op"] != "load"
                answer = protocol.encode({"id": request["id"], "error": errors.to_wire(error), "ending": failed})
            except Exception as error:  # noqa: BLE001 - told to the client, then this process ends: its state is unknown
                failed = True
                answer = protocol.encode({"id": request["id"], "error": self._unexpected(error), "ending": True})
            answers.write(answer)
            answers.flush()
            _set_alarm(0)
            if failed:
                return 70
        return 0

    def _answer_to(self, request: JsonObject) -> bytes | bytearray:
        if request["op"] == "sign":
            return protocol.signature_answer(request["id"], self._sign(request))
        return protocol.encode({"id": request["id"], "result": self._operations[request["op"]](request)})

    def _unexpected(self, error: Exception) -> JsonObject:
        # neither the error's text nor its locals: either could hold what the request held
        place, trace = "", error.__traceback__
        while trace is not None:
            place, trace = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}", trace.tb_next
        fault = errors.DeviceFault(module=self._path, fault=type(error).__name__, text=os.path.basename(place))  # noqa: PTH119
        return errors.to_wire(fault)

    def _load(self, request: JsonObject) -> JsonObject:
        # only now: if the binding itself cannot be loaded, the client is told instead of finding a dead process
        from pkcs11_drivers.token_module import TokenModule

        if self._module is None:
            self._module = TokenModule(
                self._path,
                by_folder=request["by_folder"],
                hide_uninitialised=request["hide_uninitialised"],
                by_events=request["by_events"],
            )
        return {"pid": os.getpid()}

    @property
    def _loaded(self) -> TokenModule:
        if self._module is None:
            raise errors.ModuleFailed(module=self._path, reason="not loaded")
        return self._module

    def _scan(self, _: JsonObject) -> JsonObject:
        tokens, faulty = self._loaded.scan()
        return {"tokens": [_told(token) for token in tokens], "faulty": [asdict(slot) for slot in faulty]}

    def _poll(self, _: JsonObject) -> JsonObject:
        plugged, logged_in = self._loaded.poll()
        return {"plugged": plugged, "logged_in": logged_in}

    def _login(self, request: JsonObject) -> JsonObject:
        return {"token": _told(self._loaded.login(request["slot"], request["serial"], request.pop("pin")))}

    def _change_pin(self, request: JsonObject) -> JsonObject:
        old, new = request.pop("pin"), request.pop("new_pin")
        return {"token": _told(self._loaded.change_pin(request["slot"], request["serial"], old, new))}

    def _logout(self, request: JsonObject) -> JsonObject:
        self._loaded.logout(request["slot"])
        return {}

    @staticmethod
    def _recipe(request: JsonObject) -> tuple[str, ...] | sm2.Recipe:
        if "sm2" not in request:
            return tuple(request["mechanisms"])
        from pkcs11_drivers.sm2 import Recipe

        return Recipe.from_request(request)

    def _sign(self, request: JsonObject) -> bytes:
        return self._loaded.sign(
            request["slot"],
            request["serial"],
            KeyName(protocol.unpack(request["key_id"]), request.get("modulus", "")),
            _ALGORITHMS[request["algorithm"]],
            self._recipe(request),
            protocol.unpack(request["message"]),
        )


def _told(token: SeenToken) -> JsonObject:
    certificates = [
        {**asdict(one), "der": protocol.pack(one.der), "key_id": protocol.pack(one.key_id)}
        for one in token.certificates
    ]
    return {**asdict(token), "certificates": certificates}


def _set_alarm(seconds: int) -> None:
    """Let the system end this process if it is still in a request long after its client must have given up; 0 unsets.

    Only for a client that was itself killed meanwhile: SIGALRM's default action needs no Python, which may be stuck
    inside the module. Windows has no such signal.
    """
    if hasattr(signal, "alarm"):
        signal.alarm(seconds)


def main(arguments: Sequence[str]) -> int:
    """Serve one client on the standard streams; `arguments` holds the module's path and nothing else."""
    if len(arguments) != 1:
        sys.stderr.write("usage: pkcs11_drivers.host MODULE_PATH\n")
        return 2
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in the terminal is the program's to handle
    # by number: in a windowed program on Windows sys.stdin and sys.stdout are None although the pipes are there
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    # modules print to standard output; that must not end up between the answers, nor may they read the requests
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    with requests, answers:
        return Host(arguments[0]).serve(requests, answers)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

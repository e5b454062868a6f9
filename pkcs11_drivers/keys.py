"""The face of this package: who is plugged in, log in, sign.

Every method may be called from any thread and returns or raises within the limits of `client.Limits`. The PIN passes
through: it is not kept, not logged and never sent twice.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from typing import TYPE_CHECKING, Self

from pkcs11_drivers import errors, pins, protocol, scanning
from pkcs11_drivers.client import Limits
from pkcs11_drivers.hosts import Hosts
from pkcs11_drivers.model import PinEntry, Presence
from pkcs11_drivers.sign_request import SignRequest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from types import TracebackType

    from pkcs11_drivers.family import Vendor
    from pkcs11_drivers.model import Algorithm, Certificate, Scan, Token
    from pkcs11_drivers.protocol import JsonObject
    from pkcs11_drivers.registry import Registry


class UKeys:
    """All UKeys of this machine, through every module the registry finds.

    A context manager; `close` ends all host processes. `environment` is what the hosts see (default: this
    process's own).
    """

    def __init__(
        self, registry: Registry, *, environment: Mapping[str, str] | None = None, limits: Limits | None = None
    ) -> None:
        """Prepare; nothing is loaded before the first scan."""
        self._registry = registry
        self._environment = dict(os.environ if environment is None else environment)
        self._limits = limits or Limits()
        self._hosts = Hosts(self._environment, self._limits)
        self._lock = threading.Lock()
        self._polled: dict[str, JsonObject] = {}
        self._request: SignRequest | None = None

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End all hosts."""
        self.close()

    def close(self) -> None:
        """End all host processes; every login ends with them."""
        self._hosts.close()

    def families(self) -> tuple[Vendor, ...]:
        """Return every family of the registry."""
        return self._registry.vendors

    def vendor_of(self, token: Token) -> Vendor:
        """Return the family by whose file the token is served. Raises errors.TokenMissing before the first scan."""
        return self._hosts.of(token).vendor

    def add_module(self, path: Path) -> None:
        """Use one more module's file from the next scan on. Running hosts and their logins stay."""
        with self._lock:
            if path not in self._registry.picked:
                self._registry = self._registry.with_module(path)

    def end_hosts(self) -> None:
        """End all host processes and keep what is known of their modules: the next call to each starts it anew.

        After the machine slept, a vendor's module may hold on to a reader that is no longer the same.
        """
        self._hosts.end()

    # --- looking ------------------------------------------------------------------------------------------------------

    def scan(self) -> Scan:
        """Look at every module: its tokens with their certificates, or why it gave none. Raises nothing of a key's."""
        return scanning.scan(self._registry, self._hosts, self._environment, self._limits.scan)

    def poll(self) -> Presence:
        """Ask the running hosts what is plugged in: cheap, for a few times a second. Scan first, and on change.

        Of a host that is busy (a signature, a PIN on the key's own pad) the last picture is told again: keys of the
        other modules are seen to come and go meanwhile.
        """
        asked_at = time.monotonic()
        plugged: set[tuple[str, int, str]] = set()
        logged_in: set[tuple[str, int]] = set()
        failed: set[str] = set()
        for one in self._hosts.all():
            path = one.host.module_path
            if not one.host.loads:  # only a scan tries again: a process three times a second would be too dear
                failed.add(path)
                continue
            try:
                result = one.host.call_if_free("poll", self._limits.poll) or self._polled.get(path)
            except errors.UKeyError:
                failed.add(path)
                continue
            if result is None:
                continue
            self._polled[path] = result
            plugged |= {(path, slot, serial) for slot, serial in result["plugged"]}
            logged_in |= {(path, slot) for slot in result["logged_in"]}
        return Presence(frozenset(plugged), frozenset(logged_in), frozenset(failed), asked_at)

    # --- using --------------------------------------------------------------------------------------------------------

    def login(self, token: Token, pin: str | None) -> Token:
        """Log in, with exactly one try; return the token as it is afterwards. None only for a protected path.

        Raises:
            errors.PinLength, errors.PinCharacters: no PIN that a key of this family takes; not sent.
            errors.PinIncorrect, errors.PinLocked: refused, with the state after the try.
            errors.TokenMissing, errors.TokenRemoved: the token is not there (any more).
            errors.HostTimedOut, errors.HostCrashed: unknown whether the try was made; it is not repeated.
            errors.DeviceFault: anything else.

        """
        served = self._hosts.of(token)
        if pin is None and token.pin_entry is not PinEntry.PROTECTED_PATH:
            raise ValueError("this token needs a PIN")
        if pin is not None:
            pins.check(token, served.vendor, pin)
        limit = self._limits.protected if pin is None else self._limits.login
        result = self._ask(token, "login", limit, slot=token.slot, serial=token.serial, pin=pin)
        return served.token(result["token"])

    def change_pin(self, token: Token, old: str, new: str) -> Token:
        """Set another PIN on a token whose PIN is typed; it is logged out afterwards. The old PIN gets one try.

        Raises:
            errors.PinLength, errors.PinCharacters: one of the two is no PIN; nothing was sent.
            errors.PinIncorrect, errors.PinLocked: the old one was refused; the PIN is as it was.
            errors.TokenMissing, errors.TokenRemoved: the token is not there (any more).
            errors.HostTimedOut, errors.HostCrashed: unknown whether it was changed; it is not repeated.
            errors.DeviceFault: anything else.

        """
        served = self._hosts.of(token)
        if token.pin_entry is PinEntry.PROTECTED_PATH:
            raise ValueError("this token's PIN is not typed into a program")
        for pin in (old, new):
            pins.check(token, served.vendor, pin)
        result = self._ask(
            token, "change_pin", self._limits.login, slot=token.slot, serial=token.serial, pin=old, new_pin=new
        )
        return served.token(result["token"])

    def algorithms(self, token: Token, certificate: Certificate | None = None) -> tuple[Algorithm, ...]:
        """Return the algorithms that fit the certificate's key and that the vendor's file does not rule out."""
        certificate = certificate or token.signing_certificate
        if certificate is None:
            return ()
        return self._hosts.of(token).vendor.algorithms_for(certificate.key_algorithm)

    def sign(self, token: Token, message: bytes, algorithm: Algorithm, certificate: Certificate | None = None) -> bytes:
        """Sign a message with the key of `certificate` (default: the token's signing certificate).

        ES256 and SM2-SM3 give r and s, 32 bytes each; RS256 and PS256 as many bytes as the modulus has.

        Raises:
            errors.LoginRequired: no login stands (also after a crash of the host).
            errors.CertificateMissing, errors.KeyMissing: nothing to sign with.
            errors.AlgorithmUnsupported: not with this key, token or vendor.
            errors.TokenRemoved: the token was pulled.
            errors.HostTimedOut, errors.HostCrashed, errors.DeviceFault: what they say.
            ValueError: the message is longer than `protocol.MAX_MESSAGE`.

        """
        if len(message) > protocol.MAX_MESSAGE:
            raise ValueError("message too long to sign")
        served, request = self._hosts.of(token), self._request
        if request is None or not request.is_for(served, token, algorithm, certificate):
            request = self._request = SignRequest.make(served, token, algorithm, certificate, self._limits.sign)
        try:
            return served.host.sign(request.opening, self._limits.sign, message)
        except errors.UKeyError as error:
            self._name(error, token)
            raise

    def logout(self, token: Token) -> None:
        """End the login of a token; fine if there is none, or if the token is gone."""
        served = self._hosts.get(token.module)
        if served is not None and served.host.pid is not None:
            # a host that dies of it takes the login with it, which is what was wanted
            with contextlib.suppress(errors.HostCrashed, errors.HostTimedOut):
                served.host.call("logout", self._limits.logout, slot=token.slot)

    def host_pid(self, token: Token) -> int | None:
        """Process id of the host that serves the token, for the self-test page and for tests; None if none runs."""
        served = self._hosts.get(token.module)
        return served.host.pid if served is not None else None

    # --- inside -------------------------------------------------------------------------------------------------------

    def _ask(self, token: Token, operation: str, limit: float, **arguments: object) -> JsonObject:
        try:
            return self._hosts.of(token).host.call(operation, limit, **arguments)
        except errors.UKeyError as error:
            self._name(error, token)
            raise

    def _name(self, error: errors.UKeyError, token: Token) -> None:
        """Write into a failure whose key it was, and of a locked one its family's way out."""
        error.serial = error.serial or token.serial
        if isinstance(error, errors.PinLocked):
            error.unlock = self.vendor_of(token).pin_unlock

"""The face of this package: who is plugged in, log in, sign.

Every method may be called from any thread and returns or raises within the limits of `client.Limits`. The PIN passes
through: it is not kept, not logged and never sent twice.
"""

from __future__ import annotations

import contextlib
import os
import struct
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Self

from pkcs11_drivers import certificates as certificate_reader
from pkcs11_drivers import der, errors, protocol
from pkcs11_drivers.client import Limits, TokenHost
from pkcs11_drivers.family import PRESENCE_BY_EVENTS, PRESENCE_BY_REINITIALISING
from pkcs11_drivers.model import (
    Algorithm,
    Certificate,
    PinEntry,
    PinState,
    Presence,
    Scan,
    SkippedModule,
    SkipReason,
    Token,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from types import TracebackType

    from pkcs11_drivers.family import Vendor
    from pkcs11_drivers.protocol import JsonObject
    from pkcs11_drivers.registry import Installed, Registry

_OUR_BITS = struct.calcsize("P") * 8
_REASONS: Mapping[type[errors.UKeyError], SkipReason] = {
    errors.ModuleMissing: SkipReason.NOT_INSTALLED,
    errors.ModuleFailed: SkipReason.LOAD_FAILED,
    errors.HostCrashed: SkipReason.CRASHED,
    errors.HostTimedOut: SkipReason.TIMED_OUT,
}


@dataclass(frozen=True, slots=True)
class _Served:
    installed: Installed
    host: TokenHost


@dataclass(frozen=True, slots=True)
class _Wish:
    """What was last signed with, and the request for it up to the message: the next signature is mostly the same."""

    served: _Served
    token: Token
    algorithm: Algorithm
    certificate: Certificate | None
    opening: bytes

    def is_for(self, served: _Served, token: Token, algorithm: Algorithm, certificate: Certificate | None) -> bool:
        """Whether it is this very one. By identity: to compare all the bytes would cost more than to make it anew."""
        return (
            self.token is token
            and self.certificate is certificate
            and self.algorithm is algorithm
            and self.served is served
        )


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
        self._lock = threading.Lock()
        self._served: dict[str, _Served] = {}
        self._polled: dict[str, JsonObject] = {}
        self._wish: _Wish | None = None

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
        with self._lock:
            served, self._served = list(self._served.values()), {}
        for one in served:
            one.host.close()

    def families(self) -> tuple[Vendor, ...]:
        """Return every family of the registry."""
        return self._registry.vendors

    def vendor_of(self, token: Token) -> Vendor:
        """Return the family by whose file the token is served. Raises errors.TokenMissing before the first scan."""
        return self._serving(token).installed.vendor

    def add_module(self, path: Path) -> None:
        """Use one more module's file from the next scan on. Running hosts and their logins stay."""
        with self._lock:
            if path not in self._registry.picked:
                self._registry = self._registry.with_module(path)

    def end_hosts(self) -> None:
        """End all host processes and keep what is known of their modules: the next call to each starts it anew.

        After the machine slept, a vendor's module may hold on to a reader that is no longer the same.
        """
        with self._lock:
            served = list(self._served.values())
        for one in served:
            one.host.close()

    # --- looking ------------------------------------------------------------------------------------------------------

    def scan(self) -> Scan:
        """Look at every module: its tokens with their certificates, or why it gave none. Raises nothing of a key's."""
        located = self._registry.locate(self._environment)
        skipped = [
            SkippedModule(str(one.path), one.path.stem, SkipReason.WRONG_FILE, one.fault)
            for one in self._registry.faulty
        ]
        skipped += [
            SkippedModule(one.files, one.vendor.id, SkipReason.NOT_INSTALLED, one.folders) for one in located.absent
        ]
        usable = [one for one in located.installed if one.bits == _OUR_BITS]
        skipped += [
            SkippedModule(str(one.path), one.vendor.id, SkipReason.WRONG_BITS, f"{one.bits} bit")
            for one in located.installed
            if one.bits != _OUR_BITS
        ]
        skipped += [
            SkippedModule(str(one.path), one.vendor.id, SkipReason.OTHER_INTERFACE, "SKF") for one in located.other
        ]
        tokens: list[Token] = []
        # side by side, so that one module that hangs does not keep the others' keys from being seen
        with ThreadPoolExecutor(max_workers=max(1, len(usable))) as pool:
            for found, left_out in pool.map(self._scan_one, usable):
                tokens += found
                skipped += left_out
        kept, doubles = self._each_once(tokens)
        return Scan(kept, (*skipped, *doubles))

    def _each_once(self, tokens: list[Token]) -> tuple[tuple[Token, ...], list[SkippedModule]]:
        """Keep one of several tokens that are the same key through several modules.

        The same key is the same serial number with the same certificates. The module stays that is logged in, then one
        that the user picked, then one whose family knows the token: of these one that was laid down here, then one that
        was verified, then the one found first.
        """
        kept: dict[tuple[str, frozenset[bytes]], Token] = {}
        doubles: list[SkippedModule] = []
        for token in sorted(tokens, key=self._preference):
            ders = frozenset(certificate.der for certificate in token.certificates)
            key = (token.serial, ders)
            if not ders or not token.serial or key not in kept:
                kept[key if ders and token.serial else (f"{token.module}/{token.slot}", ders)] = token
            else:
                doubles.append(
                    SkippedModule(token.module, token.vendor, SkipReason.SAME_KEY, kept[key].module, token.slot)
                )
        chosen = set(map(id, kept.values()))
        return tuple(token for token in tokens if id(token) in chosen), doubles

    def _preference(self, token: Token) -> tuple[bool, ...]:
        """Sorts the module first that is to stay."""
        installed = self._serving(token).installed
        vendor = installed.vendor
        known = token.recognised and bool(vendor.manufacturers)
        return (not token.logged_in, not installed.picked, not known, not vendor.own, not vendor.verified)

    def poll(self) -> Presence:
        """Ask the running hosts what is plugged in: cheap, for a few times a second. Scan first, and on change.

        Of a host that is busy (a signature, a PIN on the key's own pad) the last picture is told again: keys of the
        other modules are seen to come and go meanwhile.
        """
        asked_at = time.monotonic()
        with self._lock:
            served = list(self._served.values())
        plugged: set[tuple[str, int, str]] = set()
        logged_in: set[tuple[str, int]] = set()
        failed: set[str] = set()
        for one in served:
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

    def certificates(self, token: Token) -> tuple[Certificate, ...]:
        """Return the token's certificates as they are now; more may show after a login.

        Raises:
            errors.TokenMissing: it is not plugged in; or what went wrong with its module.

        """
        result = self._ask(token, "scan", self._limits.scan)
        for seen in result["tokens"]:
            if seen["slot"] == token.slot and seen["serial"] == token.serial:
                return _certificates(seen["certificates"])
        raise errors.TokenMissing(module=token.module, serial=token.serial)

    # --- using --------------------------------------------------------------------------------------------------------

    def open(self, token: Token) -> OpenToken:
        """Return the token as one object to log in and sign with."""
        return OpenToken(self, token)

    def login(self, token: Token, pin: str | None) -> Token:
        """Log in, with exactly one try; return the token as it is afterwards. None only for a protected path.

        Raises:
            errors.PinLength: too short or too long; not sent.
            errors.PinIncorrect, errors.PinLocked: refused, with the state after the try.
            errors.TokenMissing, errors.TokenRemoved: the token is not there (any more).
            errors.HostTimedOut, errors.HostCrashed: unknown whether the try was made; it is not repeated.
            errors.DeviceFault: anything else.

        """
        served = self._serving(token)
        vendor = served.installed.vendor
        if pin is None and token.pin_entry is not PinEntry.PROTECTED_PATH:
            raise ValueError("this token needs a PIN")
        if pin is not None:
            _check_length(token, vendor, pin)
        limit = self._limits.protected if pin is None else self._limits.login
        result = self._ask(token, "login", limit, slot=token.slot, serial=token.serial, pin=pin)
        return self._token(served.installed, result["token"])

    def change_pin(self, token: Token, old: str, new: str) -> Token:
        """Set another PIN on a token whose PIN is typed; it is logged out afterwards. The old PIN gets one try.

        Raises:
            errors.PinLength: one of the two is too short or too long; nothing was sent.
            errors.PinIncorrect, errors.PinLocked: the old one was refused; the PIN is as it was.
            errors.TokenMissing, errors.TokenRemoved: the token is not there (any more).
            errors.HostTimedOut, errors.HostCrashed: unknown whether it was changed; it is not repeated.
            errors.DeviceFault: anything else.

        """
        served = self._serving(token)
        if token.pin_entry is PinEntry.PROTECTED_PATH:
            raise ValueError("this token's PIN is not typed into a program")
        for pin in (old, new):
            _check_length(token, served.installed.vendor, pin)
        result = self._ask(
            token, "change_pin", self._limits.login, slot=token.slot, serial=token.serial, pin=old, new_pin=new
        )
        return self._token(served.installed, result["token"])

    def algorithms(self, token: Token, certificate: Certificate | None = None) -> tuple[Algorithm, ...]:
        """Return the algorithms that fit the certificate's key and that the vendor's file does not rule out."""
        certificate = certificate or token.signing_certificate
        if certificate is None:
            return ()
        vendor = self._serving(token).installed.vendor
        return tuple(algorithm for algorithm in Algorithm if _can(vendor, algorithm, certificate))

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
        served, wish = self._serving(token), self._wish
        if wish is None or not wish.is_for(served, token, algorithm, certificate):
            wish = self._wish = self._make_wish(served, token, algorithm, certificate)
        try:
            return served.host.sign(wish.opening, self._limits.sign, message)
        except errors.UKeyError as error:
            self._name(error, token)
            raise

    def logout(self, token: Token) -> None:
        """End the login of a token; fine if there is none, or if the token is gone."""
        served = self._served.get(token.module)
        if served is not None and served.host.pid is not None:
            # a host that dies of it takes the login with it, which is what was wanted
            with contextlib.suppress(errors.HostCrashed, errors.HostTimedOut):
                served.host.call("logout", self._limits.logout, slot=token.slot)

    def host_pid(self, token: Token) -> int | None:
        """Process id of the host that serves the token, for the self-test page and for tests; None if none runs."""
        served = self._served.get(token.module)
        return served.host.pid if served is not None else None

    # --- inside -------------------------------------------------------------------------------------------------------

    def _serving(self, token: Token) -> _Served:
        served = self._served.get(token.module)
        if served is None:
            raise errors.TokenMissing(module=token.module, serial=token.serial)
        return served

    def _make_wish(self, served: _Served, token: Token, algorithm: Algorithm, chosen: Certificate | None) -> _Wish:
        certificate = chosen or token.signing_certificate
        if certificate is None:
            raise errors.CertificateMissing(module=token.module, serial=token.serial)
        if not _can(served.installed.vendor, algorithm, certificate):
            raise errors.AlgorithmUnsupported(module=token.module, serial=token.serial, algorithm=algorithm)
        opening = protocol.opened(
            {
                "op": "sign",
                "limit": self._limits.sign,
                "slot": token.slot,
                "serial": token.serial,
                "key_id": protocol.pack(certificate.key_id),
                "algorithm": algorithm.value,
                **self._how(token, algorithm, certificate),
            }
        )
        return _Wish(served, token, algorithm, chosen, opening)

    def _ask(self, token: Token, operation: str, limit: float, **arguments: object) -> JsonObject:
        try:
            return self._serving(token).host.call(operation, limit, **arguments)
        except errors.UKeyError as error:
            self._name(error, token)
            raise

    def _name(self, error: errors.UKeyError, token: Token) -> None:
        """Write into a failure whose key it was, and of a locked one its family's way out."""
        error.serial = error.serial or token.serial
        if isinstance(error, errors.PinLocked):
            error.unlock = self.vendor_of(token).pin_unlock

    def _how(self, token: Token, algorithm: Algorithm, certificate: Certificate) -> JsonObject:
        """The vendor's ways to make such a signature, in order of preference, as the host is told them."""
        vendor = self._serving(token).installed.vendor
        if algorithm is not Algorithm.SM2_SM3:
            return {"mechanisms": vendor.mechanisms[algorithm]}
        point = protocol.pack(certificate_reader.public_point(certificate.der))
        return {"sm2": [{**asdict(way), "source": ""} for way in vendor.sm2], "public_point": point}

    def _serve(self, installed: Installed) -> _Served:
        path = str(installed.path)
        options: JsonObject = {
            "by_folder": installed.vendor.presence == PRESENCE_BY_REINITIALISING,
            "hide_uninitialised": installed.vendor.hide_uninitialised,
            "by_events": installed.vendor.presence == PRESENCE_BY_EVENTS,
        }
        with self._lock:
            if path not in self._served:
                host = TokenHost(path, options, environment=self._environment, limits=self._limits)
                self._served[path] = _Served(installed, host)
            return self._served[path]

    def _scan_one(self, installed: Installed) -> tuple[list[Token], list[SkippedModule]]:
        path, vendor = str(installed.path), installed.vendor.id
        try:
            result = self._serve(installed).host.call("scan", self._limits.scan)
        except errors.UKeyError as error:
            reason = _REASONS.get(type(error), SkipReason.FAULT)
            return [], [SkippedModule(path, vendor, reason, _detail(error))]
        skipped = [
            SkippedModule(path, vendor, SkipReason.SLOT_FAULT, slot["fault"], slot["slot"]) for slot in result["faulty"]
        ]
        tokens = [self._token(installed, seen) for seen in result["tokens"]]
        if not tokens and not skipped:
            skipped = [SkippedModule(path, vendor, SkipReason.NO_TOKEN, "")]
        return tokens, skipped

    def _token(self, installed: Installed, seen: JsonObject) -> Token:
        protected = seen["protected_path"] or installed.vendor.pin_entry is PinEntry.PROTECTED_PATH
        return Token(
            module=str(installed.path),
            vendor=installed.vendor.id,
            slot=seen["slot"],
            label=seen["label"],
            serial=seen["serial"],
            model=seen["model"],
            manufacturer=seen["manufacturer"],
            pin_state=PinState(seen["pin_state"]),
            pin_entry=PinEntry.PROTECTED_PATH if protected else PinEntry.TYPED,
            certificates=_certificates(seen["certificates"]),
            recognised=installed.vendor.recognises(seen["manufacturer"], seen["model"]),
            logged_in=seen["logged_in"],
        )


class OpenToken:
    """One token to log in and sign with; as a context manager it logs out at the end."""

    def __init__(self, keys: UKeys, token: Token) -> None:
        """Take the token as scanned."""
        self._keys = keys
        self.token = token

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Log out."""
        self.logout()

    def login(self, pin: str | None) -> Token:
        """Log in; see `UKeys.login`."""
        self.token = self._keys.login(self.token, pin)
        return self.token

    def sign(self, message: bytes, algorithm: Algorithm) -> bytes:
        """Sign with the token's signing certificate; see `UKeys.sign`."""
        return self._keys.sign(self.token, message, algorithm)

    def logout(self) -> None:
        """Log out; see `UKeys.logout`."""
        self._keys.logout(self.token)


def _check_length(token: Token, vendor: Vendor, pin: str) -> None:
    if not vendor.pin_minimum <= len(pin.encode()) <= vendor.pin_maximum:
        raise errors.PinLength(
            module=token.module,
            serial=token.serial,
            pin_state=token.pin_state,
            tries_left=token.tries_left,
            minimum=vendor.pin_minimum,
            maximum=vendor.pin_maximum,
        )


def _can(vendor: Vendor, algorithm: Algorithm, certificate: Certificate) -> bool:
    ways = vendor.sm2 if algorithm is Algorithm.SM2_SM3 else vendor.mechanisms.get(algorithm)
    return bool(ways) and algorithm.fits(certificate.key_algorithm)


def _detail(error: errors.UKeyError) -> str:
    facts = error.facts()
    return str(facts.get("reason") or facts.get("text") or error)


def _certificates(stored: list[JsonObject]) -> tuple[Certificate, ...]:
    """Read what can be read; a CKO_CERTIFICATE that is no X.509 certificate is none to us."""
    read: list[Certificate] = []
    for one in stored:
        try:
            read.append(
                certificate_reader.read(
                    protocol.unpack(one["der"]), key_id=protocol.unpack(one["key_id"]), label=one["label"]
                )
            )
        except der.DerError:
            continue
    return tuple(read)

"""The host processes of one program, one for each module that is used, and their answers read into our own terms."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pkcs11_drivers import certificates as certificate_reader
from pkcs11_drivers import der, errors, protocol
from pkcs11_drivers.client import TokenHost
from pkcs11_drivers.family import PRESENCE_BY_EVENTS, PRESENCE_BY_REINITIALISING
from pkcs11_drivers.model import PinEntry, PinState, Token

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pkcs11_drivers.client import Limits
    from pkcs11_drivers.family import Vendor
    from pkcs11_drivers.model import Certificate
    from pkcs11_drivers.protocol import JsonObject
    from pkcs11_drivers.registry import Installed


@dataclass(frozen=True, slots=True)
class Served:
    """A module with the host that serves it."""

    installed: Installed
    host: TokenHost

    @property
    def vendor(self) -> Vendor:
        """The family by whose file the module is used."""
        return self.installed.vendor

    def token(self, seen: JsonObject) -> Token:
        """Return a token of the host's answer (`token_facts.SeenToken`)."""
        protected = seen["protected_path"] or self.vendor.pin_entry is PinEntry.PROTECTED_PATH
        return Token(
            module=str(self.installed.path),
            vendor=self.vendor.id,
            slot=seen["slot"],
            label=seen["label"],
            serial=seen["serial"],
            model=seen["model"],
            manufacturer=seen["manufacturer"],
            pin_state=PinState(seen["pin_state"]),
            pin_entry=PinEntry.PROTECTED_PATH if protected else PinEntry.TYPED,
            certificates=self.certificates(seen["certificates"]),
            recognised=self.vendor.recognises(seen["manufacturer"], seen["model"]),
            logged_in=seen["logged_in"],
        )

    def certificates(self, stored: Iterable[JsonObject]) -> tuple[Certificate, ...]:
        """Read what can be read; a CKO_CERTIFICATE that is no X.509 certificate is none to us."""
        read: list[Certificate] = []
        for one in stored:
            try:
                found = certificate_reader.read(
                    protocol.unpack(one["der"]), key_id=protocol.unpack(one["key_id"]), label=one["label"]
                )
            except der.DerError:
                continue
            usable = bool(self.vendor.algorithms_for(found.key_algorithm))
            read.append(replace(found, usable=usable, has_key=one["has_key"]))
        return tuple(read)


class Hosts:
    """Safe to use from any thread. A host starts with the first call to it."""

    def __init__(self, environment: Mapping[str, str], limits: Limits) -> None:
        """Take what the hosts see as their environment, and how long each may take."""
        self._environment = environment
        self._limits = limits
        self._lock = threading.Lock()
        self._served: dict[str, Served] = {}

    def all(self) -> list[Served]:
        """Return every module that was ever asked for."""
        with self._lock:
            return list(self._served.values())

    def serve(self, installed: Installed) -> Served:
        """Return the module with its host, made now if it is new."""
        path = str(installed.path)
        options: JsonObject = {
            "by_folder": installed.vendor.presence == PRESENCE_BY_REINITIALISING,
            "hide_uninitialised": installed.vendor.hide_uninitialised,
            "by_events": installed.vendor.presence == PRESENCE_BY_EVENTS,
        }
        with self._lock:
            if path not in self._served:
                host = TokenHost(path, options, environment=self._environment, limits=self._limits)
                self._served[path] = Served(installed, host)
            return self._served[path]

    def get(self, module: str) -> Served | None:
        """Return the module of this path; None before the first scan."""
        return self._served.get(module)

    def of(self, token: Token) -> Served:
        """Return the module that a token was seen through. Raises errors.TokenMissing before the first scan."""
        served = self._served.get(token.module)
        if served is None:
            raise errors.TokenMissing(module=token.module, serial=token.serial)
        return served

    def end(self) -> None:
        """End all processes and keep what is known of their modules: the next call to each starts it anew."""
        for one in self.all():
            one.host.close()

    def close(self) -> None:
        """End all processes and forget their modules; every login ends with them."""
        with self._lock:
            served, self._served = list(self._served.values()), {}
        for one in served:
            one.host.close()

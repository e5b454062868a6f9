"""One look at every module of this machine: its tokens, or why it gave none; and each key once."""

from __future__ import annotations

import struct
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from pkcs11_drivers import errors
from pkcs11_drivers.model import Scan, SkippedModule, SkipReason
from pkcs11_drivers.module_file import our_machine

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pkcs11_drivers.hosts import Hosts
    from pkcs11_drivers.model import Token
    from pkcs11_drivers.registry import Installed, Located, Registry

_OUR_BITS = struct.calcsize("P") * 8
_REASONS: Mapping[type[errors.UKeyError], SkipReason] = {
    errors.ModuleMissing: SkipReason.NOT_INSTALLED,
    errors.ModuleFailed: SkipReason.LOAD_FAILED,
    errors.HostCrashed: SkipReason.CRASHED,
    errors.HostTimedOut: SkipReason.TIMED_OUT,
}


def scan(registry: Registry, hosts: Hosts, environment: Mapping[str, str], limit: float) -> Scan:
    """Look at every module, each within `limit` seconds."""
    located = registry.locate(environment)
    usable = [one for one in located.installed if _obstacle(one) is None]
    tokens: list[Token] = []
    skipped = [*_without_a_look(registry, located)]
    # side by side, so that one module that hangs does not keep the others' keys from being seen
    with ThreadPoolExecutor(max_workers=max(1, len(usable))) as pool:
        for found, left_out in pool.map(lambda one: _through(hosts, one, limit), usable):
            tokens += found
            skipped += left_out
    kept, doubles = _each_once(tokens, hosts)
    return Scan(kept, (*skipped, *doubles))


def _without_a_look(registry: Registry, located: Located) -> Iterator[SkippedModule]:
    """What is not even loaded."""
    for faulty in registry.faulty:
        yield SkippedModule(str(faulty.path), faulty.path.stem, SkipReason.WRONG_FILE, faulty.fault)
    for absent in located.absent:
        yield SkippedModule(absent.files, absent.vendor.id, SkipReason.NOT_INSTALLED, absent.folders)
    for one in located.installed:
        obstacle = _obstacle(one)
        if obstacle is not None:
            yield SkippedModule(str(one.path), one.vendor.id, *obstacle)
    for one in located.other:
        yield SkippedModule(str(one.path), one.vendor.id, SkipReason.OTHER_INTERFACE, "SKF")


def _obstacle(installed: Installed) -> tuple[SkipReason, str] | None:
    """Why a module cannot be loaded into this program at all, with its detail."""
    bits, machine = installed.built
    if bits and bits != _OUR_BITS:
        return SkipReason.WRONG_BITS, f"{bits} bit"
    if machine and machine != our_machine():
        return SkipReason.WRONG_MACHINE, machine
    return None


def _through(hosts: Hosts, installed: Installed, limit: float) -> tuple[list[Token], list[SkippedModule]]:
    """What one module shows."""
    path, vendor = str(installed.path), installed.vendor.id
    served = hosts.serve(installed)
    try:
        result = served.host.call("scan", limit)
    except errors.UKeyError as error:
        return [], [SkippedModule(path, vendor, _REASONS.get(type(error), SkipReason.FAULT), _detail(error))]
    skipped = [
        SkippedModule(path, vendor, SkipReason.SLOT_FAULT, slot["fault"], slot["slot"]) for slot in result["faulty"]
    ]
    tokens = [served.token(seen) for seen in result["tokens"]]
    if not tokens and not skipped:
        skipped = [SkippedModule(path, vendor, SkipReason.NO_TOKEN, "")]
    return tokens, skipped


def _detail(error: errors.UKeyError) -> str:
    facts = error.facts()
    return str(facts.get("reason") or facts.get("text") or error)


def _each_once(tokens: Sequence[Token], hosts: Hosts) -> tuple[tuple[Token, ...], list[SkippedModule]]:
    """Keep one of several tokens that are the same key through several modules.

    The module stays that is logged in, then one that the user picked, then one whose family knows the token: of these
    one that was laid down here, then one that was verified, then one that shows certificates, then the one found first.
    Two tokens of one module are two keys, however alike.
    """

    def preference(token: Token) -> tuple[bool, ...]:
        installed = hosts.of(token).installed
        vendor = installed.vendor
        known = token.recognised and bool(vendor.manufacturers)
        bare = not token.certificates
        return (not token.logged_in, not installed.picked, not known, not vendor.own, not vendor.verified, bare)

    kept: list[Token] = []
    doubles: list[SkippedModule] = []
    for token in sorted(tokens, key=preference):
        same = next((one for one in kept if one.module != token.module and one.is_same_key(token)), None)
        if same is None:
            kept.append(token)
        else:
            doubles.append(SkippedModule(token.module, token.vendor, SkipReason.SAME_KEY, same.module, token.slot))
    chosen = set(map(id, kept))
    return tuple(token for token in tokens if id(token) in chosen), doubles

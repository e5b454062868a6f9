"""Prepared ground: a bureau with an invented unit, that unit's software UKey, and an empty clerk's desk."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.workflows.desk import Desk, Endpoint
from bureau import training
from bureau.demo.process import Serving
from bureau.pki import Pki
from pkcs11_drivers import KeyAlgorithm, Registry, UKeys
from pkcs11_drivers.softkey import NewKey, SoftKeys

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pkcs11_drivers.softkey import SoftKey

PIN = "123456"


@dataclass
class Ground:
    """Everything a demo stands on. The UKey is plugged in."""

    region: str
    serving: Serving
    endpoint: Endpoint
    desk: Desk
    key: SoftKey


@contextlib.contextmanager
def prepared(folder: Path, region: str) -> Iterator[Ground]:
    """Make the ground in ``folder``, or stand on what an earlier demo left there, and clear it away at the end.

    The database, the UKey and the clerk's store stay in the folder; processes end.
    """
    with Serving.start(folder / "bureau", region) as serving:
        registry = Registry.load().only("softhsm")
        soft = SoftKeys(folder / "ukey", registry)
        key = next(iter(soft.all()), None) or _new_key(soft, Pki(serving.data / "pki"), region)
        key.plug()
        desk = Desk(folder / "home", open_keys=lambda: UKeys(registry, environment={**os.environ, **soft.environment}))
        endpoint = Endpoint(serving.url, serving.authority)
        try:
            _set_clock(desk, endpoint)
            yield Ground(region, serving, endpoint, desk, key)
        finally:
            desk.close()


def _set_clock(desk: Desk, endpoint: Endpoint) -> None:
    """Let the desk know the bureau's month from the start: the training ground lives in a month of its own."""
    bureau = desk.bureau(endpoint)
    try:
        desk.heard_time(bureau.card().now)
    finally:
        bureau.close()


def _new_key(soft: SoftKeys, pki: Pki, region: str) -> SoftKey:
    unit = training.unit(region)

    def issue(public_key: bytes) -> bytes:
        return pki.issue_unit_certificate(public_key, unit.name, unit.credit_code)

    return soft.make(unit.name[:10], PIN, NewKey(KeyAlgorithm.RSA_2048, issue))

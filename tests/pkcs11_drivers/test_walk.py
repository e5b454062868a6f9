"""Five hundred random steps of a hand, a clerk and bad luck; after each, what is shown is what is so."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

from pkcs11_drivers import Algorithm, KeyAlgorithm, Limits, PinState, Registry, Token, UKeys, errors
from pkcs11_drivers.softkey import NewKey, SoftKey, SoftKeys
from tests.pkcs11_drivers.conftest import PIN, issue
from tests.support.faulty import Faulty, gone

STEPS = 500
WRONG = "864209"


@dataclass
class Walk:
    """Two keys, the program's view of them, and what has to be so by the steps taken."""

    faulty: Faulty
    ukeys: UKeys
    keys: tuple[SoftKey, ...]
    chosen: random.Random
    tokens: dict[str, Token] = field(default_factory=dict)
    logged_in: set[str] = field(default_factory=set)
    wrongly_tried: set[str] = field(default_factory=set)
    logins: int = 0

    # --- steps

    def plug(self, key: SoftKey) -> None:
        key.plug()

    def pull(self, key: SoftKey) -> None:
        key.pull()
        self.logged_in.discard(key.serial)

    def log_in(self, key: SoftKey) -> None:
        token = self.tokens[key.serial]
        self.logged_in.discard(key.serial)
        if not self.can_be_found(key):
            with pytest.raises(errors.TokenMissing):
                self.ukeys.login(token, PIN)
            return
        self.logins += 1
        self.wrongly_tried.discard(key.serial)
        self.logged_in.add(key.serial)
        assert self.ukeys.login(token, PIN).pin_state is PinState.OK

    def mistype(self, key: SoftKey) -> None:
        token = self.tokens[key.serial]
        self.logged_in.discard(key.serial)
        if not self.can_be_found(key):
            with pytest.raises(errors.TokenMissing):
                self.ukeys.login(token, WRONG)
            return
        self.logins += 1
        self.wrongly_tried.add(key.serial)
        with pytest.raises(errors.PinIncorrect) as refused:
            self.ukeys.login(token, WRONG)
        assert refused.value.pin_state is PinState.COUNT_LOW

    def sign(self, key: SoftKey) -> None:
        token = self.tokens[key.serial]
        message = self.chosen.randbytes(self.chosen.choice((0, 32, 96, 5000)))
        if key.serial in self.logged_in:
            verify(token, self.ukeys.sign(token, message, Algorithm.ES256), message)
            return
        with pytest.raises((errors.LoginRequired, errors.TokenMissing, errors.TokenRemoved)):
            self.ukeys.sign(token, message, Algorithm.ES256)

    def log_out(self, key: SoftKey) -> None:
        self.ukeys.logout(self.tokens[key.serial])
        self.logged_in.discard(key.serial)

    def kill_host(self, key: SoftKey) -> None:
        host = self.ukeys.host_pid(self.tokens[key.serial])
        if host is not None:
            os.kill(host, self.chosen.choice((signal.SIGKILL, signal.SIGSEGV)))
        self.logged_in.clear()

    def sleep(self, key: SoftKey) -> None:
        """The computer slept and the module's sessions did not live to see it wake: found out by the next signature."""
        self.faulty.plan("C_Sign rv 0xB3")
        if key.serial in self.logged_in:
            with pytest.raises(errors.TokenRemoved):
                self.ukeys.sign(self.tokens[key.serial], b"x", Algorithm.ES256)
        self.faulty.plan()
        self.logged_in.discard(key.serial)

    def hang(self, key: SoftKey) -> None:
        self.faulty.plan("C_Sign hang")
        if key.serial in self.logged_in:
            with pytest.raises(errors.HostTimedOut):
                self.ukeys.sign(self.tokens[key.serial], b"x", Algorithm.ES256)
            self.logged_in.clear()
        self.faulty.plan()

    # --- what has to be so

    def can_be_found(self, key: SoftKey) -> bool:
        """A key plugged in beside one that is logged in is shown after that one is logged out (see token_module)."""
        return key.plugged and (not self.logged_in or key.serial in self.shown)

    shown: set[str] = field(default_factory=set)

    def look(self) -> None:
        presence = self.ukeys.poll()
        assert presence.failed == frozenset()
        seen = {serial for _, _, serial in presence.plugged}
        plugged = {key.serial for key in self.keys if key.plugged}
        assert seen <= plugged
        assert seen == plugged or self.logged_in
        self.shown = seen
        slots = {token.slot: serial for serial, token in self.tokens.items()}
        assert {slots[slot] for _, slot in presence.logged_in} == self.logged_in
        scan = self.ukeys.scan()
        assert {token.serial for token in scan.tokens} == seen
        for token in scan.tokens:
            self.tokens[token.serial] = token
            assert token.logged_in is (token.serial in self.logged_in)
            assert token.unit_name == f"示例{token.label}有限公司"
            assert token.pin_state is (PinState.COUNT_LOW if token.serial in self.wrongly_tried else PinState.OK)
        host = self.ukeys.host_pid(next(iter(self.tokens.values())))
        assert host is not None
        assert all(gone(one) for one in self.faulty.hosts() - {host})
        assert self.faulty.sessions_open(host) == len(self.logged_in)
        assert self.faulty.calls("C_Login") == self.logins


def verify(token: Token, signature: bytes, message: bytes) -> None:
    assert token.signing_certificate is not None
    key = x509.load_der_x509_certificate(token.signing_certificate.der).public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    key.verify(utils.encode_dss_signature(r, s), message, ec.ECDSA(hashes.SHA256()))


@pytest.fixture
def walk(tmp_path: Path) -> Iterator[Walk]:
    keys = SoftKeys(tmp_path / "softkeys", Registry.load())
    made = []
    for name in ("甲", "乙"):
        certificate = issue(subject=(("2.5.4.10", f"示例{name}有限公司"),))
        made.append(keys.make(name, PIN, NewKey(KeyAlgorithm.EC_P256, certificate)))
    faulty = Faulty(keys, tmp_path)
    for key in made:
        key.plug()
    with faulty.ukeys(limits=Limits(sign=0.5), presence="reinitialize") as ukeys:
        walk = Walk(faulty, ukeys, tuple(made), random.Random(20261121))  # noqa: S311 - a walk, not a secret
        walk.tokens = {token.serial: token for token in ukeys.scan().tokens}
        yield walk
    assert all(gone(host) for host in faulty.hosts())


def test_five_hundred_random_steps(walk: Walk) -> None:
    steps = (walk.plug, walk.pull, walk.log_in, walk.mistype, walk.sign, walk.log_out, walk.kill_host, walk.sleep)
    weights = (18, 10, 22, 8, 24, 4, 4, 4)
    assert len(walk.tokens) == 2
    taken: list[str] = []
    for number in range(STEPS):
        step = walk.hang if number % 100 == 99 else walk.chosen.choices(steps, weights)[0]
        key = walk.chosen.choice(walk.keys)
        taken.append(f"{step.__name__} {key.label}")
        try:
            step(key)
            walk.look()
        except (AssertionError, errors.UKeyError) as wrong:
            raise AssertionError(f"after step {number}: {', '.join(taken[-12:])}") from wrong

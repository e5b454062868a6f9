"""One suite for every kind of token. What one cannot do is asserted to be so, and stands in ``backends.CANNOT``."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pkcs11_drivers import Algorithm, PinState, Token, UKeys, client, errors
from tests.pkcs11_drivers.conftest import CREDIT_CODE, UNIT, certify
from tests.pkcs11_drivers.test_sign import verify
from tests.support.backends import CANNOT, MAKERS, NOBODY, PIN, Backend
from tests.support.native import need

MESSAGE = "缴费申报 2026-11".encode()
WRONG = "864209"
WITH_CODE = (("1.2.156.10260.4.1.4", b"\x0c\x12" + CREDIT_CODE.encode()),)

AS_NOBODY = (
    *("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"),
    *("--inh-caps=+dac_override", "--ambient-caps=+dac_override"),
)


@pytest.fixture(scope="module", params=MAKERS)
def backend(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    folder = tmp_path_factory.mktemp(request.param)
    with (
        pytest.MonkeyPatch.context() as patch,
        MAKERS[request.param](folder, lambda key: certify(key, extensions=WITH_CODE)) as made,
    ):
        if made.name == "NSS" and os.geteuid() == 0:
            # p11-kit reads no user's configuration for root: the host runs as nobody, who may still read the tests'
            # files. A user namespace of its own would do too, but neither a chroot nor most containers allow one.
            need(there=shutil.which("setpriv") is not None, what="setpriv")
            command = client.host_command
            patch.setattr(client, "host_command", lambda module: [*AS_NOBODY, *command(module)])
        yield made


@pytest.fixture
def ukeys(backend: Backend) -> Iterator[UKeys]:
    backend.fresh()
    with backend.ukeys() as ukeys:
        yield ukeys


def found(ukeys: UKeys) -> Token:
    """The token of the unit; a card takes a while after it was inserted."""
    seen: list[Token] = []

    def look() -> bool:
        seen[:] = [one for one in ukeys.scan().tokens if one.unit_name]
        return bool(seen)

    wait_until(look)
    return seen[0]


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline, "what the test waits for did not happen"
        time.sleep(0.05)


def test_it_is_listed_with_its_unit(ukeys: UKeys) -> None:
    token = found(ukeys)

    assert (token.unit_name, token.credit_code) == (UNIT, CREDIT_CODE)
    assert token.serial or token.label
    assert token.signing_certificate is not None
    assert not token.logged_in


@pytest.mark.parametrize("algorithm", [Algorithm.RS256, Algorithm.PS256, Algorithm.ES256])
def test_it_signs(backend: Backend, ukeys: UKeys, algorithm: Algorithm) -> None:
    token = ukeys.login(found(ukeys), PIN)
    certificate = next((one for one in token.certificates if one.may_sign and algorithm.fits(one.key_algorithm)), None)
    if certificate is None:
        assert (backend.name == "SoftHSM", algorithm) == (False, Algorithm.ES256)  # the others hold an RSA key alone
        with pytest.raises(errors.AlgorithmUnsupported):
            ukeys.sign(token, MESSAGE, algorithm)
        return
    for message in (MESSAGE, b"", bytes(5000)):
        verify(certificate.der, algorithm, ukeys.sign(token, message, algorithm, certificate), message)


def test_a_wrong_pin_is_one_try(backend: Backend, ukeys: UKeys) -> None:
    token = found(ukeys)

    with pytest.raises(errors.PinIncorrect) as refused:
        ukeys.login(token, WRONG)

    counts = refused.value.pin_state in {PinState.COUNT_LOW, PinState.FINAL_TRY}
    assert counts is backend.can("count")
    assert ukeys.login(found(ukeys), PIN).logged_in


def test_the_pin_is_changed_and_changed_back(ukeys: UKeys) -> None:
    token = found(ukeys)
    ukeys.change_pin(token, PIN, "975310")
    with pytest.raises(errors.PinIncorrect):
        ukeys.login(found(ukeys), PIN)

    assert ukeys.login(found(ukeys), "975310").logged_in
    ukeys.change_pin(found(ukeys), "975310", PIN)
    assert ukeys.login(found(ukeys), PIN).logged_in


def test_pulled_and_plugged_it_is_the_same_key(backend: Backend, ukeys: UKeys) -> None:
    token = ukeys.login(found(ukeys), PIN)
    if not backend.can("removal"):
        with pytest.raises(AssertionError, match="cannot be pulled"):
            backend.pull()
        assert any(slot == token.slot for _, slot, _ in ukeys.poll().plugged)
        return
    algorithm = ukeys.algorithms(token)[0]
    backend.pull()
    with pytest.raises((errors.TokenMissing, errors.TokenRemoved, errors.LoginRequired)):
        ukeys.sign(token, MESSAGE, algorithm)
    wait_until(lambda: not ukeys.poll().plugged)
    assert ukeys.poll().logged_in == frozenset()
    assert ukeys.scan().tokens == ()
    backend.plug()
    wait_until(lambda: bool(ukeys.poll().plugged))
    again = found(ukeys)

    assert (again.serial, again.signing_certificate) == (token.serial, token.signing_certificate)
    again = ukeys.login(again, PIN)
    assert again.signing_certificate is not None
    verify(again.signing_certificate.der, algorithm, ukeys.sign(again, MESSAGE, algorithm), MESSAGE)


def test_wrong_pins_lock_it(backend: Backend, ukeys: UKeys) -> None:
    token = found(ukeys)
    states: list[PinState] = []
    for _ in range(3):
        with pytest.raises((errors.PinIncorrect, errors.PinLocked)) as refused:
            ukeys.login(token, WRONG)
        states.append(refused.value.pin_state)
    if not backend.can("lock"):
        assert PinState.LOCKED not in states
        assert ukeys.login(found(ukeys), PIN).logged_in
        return
    assert states[-1] is PinState.LOCKED
    assert backend.name != "PIV" or states == [PinState.OK, PinState.FINAL_TRY, PinState.LOCKED]
    with pytest.raises(errors.PinLocked):
        ukeys.login(token, PIN)
    assert (found(ukeys).pin_state is PinState.LOCKED) is backend.can("lock-flag")


def test_the_table_of_what_a_token_cannot_do_is_told() -> None:
    text = (Path(__file__).parents[2] / "docs" / "ukey.md").read_text("utf-8")

    for name, cannot in CANNOT.items():
        row = re.search(rf"^\| {name}[^|]*\|.*$", text, re.MULTILINE)
        assert row is not None, name
        assert all(f"`{what}`" in row[0] for what in cannot), row[0]

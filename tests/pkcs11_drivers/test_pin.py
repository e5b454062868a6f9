"""The PIN: tried once, told truly, left nowhere."""

import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pkcs11_drivers import Algorithm, Limits, PinState, UKeys, client, errors

if TYPE_CHECKING:
    from tests.pkcs11_drivers.conftest import Bench

WRONG = "864209"


@pytest.fixture
def notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Hosts of this test note each C_Login here before they make it."""
    notes = tmp_path / "notes.txt"
    notes.touch()
    tap = Path(__file__).with_name("counting_host.py")
    monkeypatch.setattr(client, "host_command", lambda module: [sys.executable, "-P", str(tap), str(notes), module])
    return notes


def tries(notes: Path) -> int:
    return len(notes.read_text("ascii").splitlines())


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline, "what the test waits for did not happen"
        time.sleep(0.01)


def test_a_wrong_pin_uses_one_try_and_the_state_after_it_is_told(
    bench: "Bench", ukeys: UKeys, notes: Path, pin: str
) -> None:
    bench.make("示例单位")
    (token,) = ukeys.scan().tokens
    assert token.pin_state is PinState.OK

    with pytest.raises(errors.PinIncorrect) as refused:
        ukeys.login(token, WRONG)

    assert tries(notes) == 1
    assert (refused.value.pin_state, refused.value.serial) == (PinState.COUNT_LOW, token.serial)
    assert ukeys.scan().tokens[0].pin_state is PinState.COUNT_LOW
    assert ukeys.login(token, pin).pin_state is PinState.OK
    assert tries(notes) == 2


def test_many_wrong_pins_leak_nothing_that_stops_the_right_one(bench: "Bench", ukeys: UKeys, pin: str) -> None:
    bench.make("示例单位")
    (token,) = ukeys.scan().tokens
    for _ in range(5):
        with pytest.raises(errors.PinIncorrect):
            ukeys.login(token, WRONG)

    assert ukeys.login(token, pin).logged_in
    assert len(ukeys.sign(token, b"x", Algorithm.ES256)) == 64


def test_a_wrong_pin_for_one_key_leaves_the_other_key_logged_in(bench: "Bench", ukeys: UKeys, pin: str) -> None:
    bench.make("甲")
    bench.make("乙")
    first, second = ukeys.scan().tokens
    ukeys.login(first, pin)

    with pytest.raises(errors.PinIncorrect):
        ukeys.login(second, WRONG)

    assert len(ukeys.sign(first, b"x", Algorithm.ES256)) == 64
    ukeys.login(second, pin)
    assert len(ukeys.sign(second, b"x", Algorithm.ES256)) == 64


def test_logging_in_again_is_one_more_try_and_no_more(bench: "Bench", ukeys: UKeys, notes: Path, pin: str) -> None:
    bench.make("示例单位")
    (token,) = ukeys.scan().tokens
    ukeys.login(token, pin)
    ukeys.login(token, pin)

    assert tries(notes) == 2
    assert len(ukeys.sign(token, b"x", Algorithm.ES256)) == 64


@pytest.mark.parametrize("pin", ["", "123", "1" * 256, "密" * 86])
def test_a_pin_of_impossible_length_uses_no_try(bench: "Bench", ukeys: UKeys, notes: Path, pin: str) -> None:
    bench.make("示例单位")
    (token,) = ukeys.scan().tokens

    with pytest.raises(errors.PinLength) as refused:
        ukeys.login(token, pin)

    assert tries(notes) == 0
    assert (refused.value.minimum, refused.value.maximum) == (4, 255)
    assert ukeys.scan().tokens[0].pin_state is PinState.OK


def test_a_host_killed_in_the_middle_of_a_login_does_not_get_the_pin_again(
    bench: "Bench", ukeys: UKeys, notes: Path, pin: str
) -> None:
    bench.make("示例单位")
    (token,) = ukeys.scan().tokens
    notes.with_suffix(".stop").touch()
    caught: list[errors.UKeyError] = []

    def login() -> None:
        try:
            ukeys.login(token, pin)
        except errors.UKeyError as error:
            caught.append(error)

    host = ukeys.host_pid(token)
    assert host is not None
    thread = threading.Thread(target=login)
    thread.start()
    wait_until(lambda: tries(notes) == 1)
    os.kill(host, signal.SIGKILL)
    thread.join()

    (error,) = caught
    assert isinstance(error, errors.HostCrashed)
    assert (error.operation, error.exit_code) == ("login", -signal.SIGKILL)
    notes.with_suffix(".stop").unlink()
    assert not ukeys.scan().tokens[0].logged_in
    assert ukeys.poll().logged_in == frozenset()
    assert tries(notes) == 1
    ukeys.login(token, pin)
    assert tries(notes) == 2


def test_a_login_that_hangs_is_given_up_and_not_repeated(bench: "Bench", notes: Path, pin: str) -> None:
    bench.make("示例单位")
    notes.with_suffix(".stop").touch()
    with bench.ukeys(Limits(login=0.5)) as ukeys:
        (token,) = ukeys.scan().tokens
        host = ukeys.host_pid(token)

        with pytest.raises(errors.HostTimedOut) as gave_up:
            ukeys.login(token, pin)

        assert (gave_up.value.operation, gave_up.value.limit) == ("login", 0.5)
        assert not ukeys.scan().tokens[0].logged_in
        assert ukeys.host_pid(token) not in {None, host}
        assert tries(notes) == 1


def test_the_pin_is_in_no_error_no_argument_and_no_log(
    bench: "Bench", ukeys: UKeys, pin: str, caplog: pytest.LogCaptureFixture
) -> None:
    key = bench.make("示例单位")
    (token,) = ukeys.scan().tokens
    told: list[str] = []
    for attempt in (WRONG, pin + "0" * 300):
        with pytest.raises(errors.PinError) as refused:
            ukeys.login(token, attempt)
        told += [repr(refused.value), str(refused.value), *traceback.format_exception(refused.value)]
    ukeys.login(token, pin)
    host = ukeys.host_pid(token)
    told += [Path(f"/proc/{host}/{part}").read_bytes().decode(errors="replace") for part in ("cmdline", "environ")]
    told += [repr(ukeys.scan()), repr(token), repr(key), caplog.text]
    key.pull()
    with pytest.raises(errors.TokenMissing) as missing:
        ukeys.login(token, pin)
    told += [repr(missing.value), *traceback.format_exception(missing.value)]

    assert not [text for text in told if WRONG in text or pin in text]


def test_a_token_that_takes_a_typed_pin_is_not_asked_without_one(bench: "Bench", ukeys: UKeys) -> None:
    bench.make("示例单位")
    (token,) = ukeys.scan().tokens

    with pytest.raises(ValueError, match="needs a PIN"):
        ukeys.login(token, None)


def test_the_pin_is_changed_with_one_try_and_the_old_one_is_no_good_any_more(
    bench: "Bench", ukeys: UKeys, notes: Path, pin: str
) -> None:
    bench.make("示例单位")
    (token,) = ukeys.scan().tokens
    assert not ukeys.change_pin(token, pin, "87654321").logged_in
    assert tries(notes) == 1
    with pytest.raises(errors.PinIncorrect):
        ukeys.login(token, pin)
    assert ukeys.login(token, "87654321").logged_in


def test_a_wrong_old_pin_changes_nothing(bench: "Bench", ukeys: UKeys, pin: str) -> None:
    bench.make("示例单位")
    (token,) = ukeys.scan().tokens
    with pytest.raises(errors.PinIncorrect) as refused:
        ukeys.change_pin(token, WRONG, "87654321")
    assert refused.value.pin_state is PinState.COUNT_LOW
    assert ukeys.login(token, pin).logged_in


@pytest.mark.parametrize("new", ["", "123", "1" * 256])
def test_a_new_pin_of_impossible_length_is_not_sent(
    bench: "Bench", ukeys: UKeys, notes: Path, pin: str, new: str
) -> None:
    bench.make("示例单位")
    (token,) = ukeys.scan().tokens
    with pytest.raises(errors.PinLength):
        ukeys.change_pin(token, pin, new)
    assert tries(notes) == 0

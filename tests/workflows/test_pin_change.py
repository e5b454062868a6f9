"""Changing the PIN: one try, no weak ones, and the new one works."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.errors import KeyTrouble
from app.workflows import login
from app.workflows import ukey as ukeys
from app.workflows.desk import Desk
from bureau.demo.ground import PIN, Ground
from pkcs11_drivers import KeyAlgorithm, Registry, UKeys
from pkcs11_drivers.softkey import NewKey, SoftKeys
from tests.pkcs11_drivers.conftest import issue
from tests.support.faulty import Faulty

NEW = "73195028"


def test_the_new_pin_logs_in_and_the_old_one_does_not(ground: Ground) -> None:
    token = ukeys.choose(ground.desk)
    ukeys.change_pin(ground.desk, token, PIN, NEW)
    with pytest.raises(KeyTrouble) as refused:
        login.log_in(ground.desk, ground.endpoint, token, PIN)
    assert refused.value.code == "pin-incorrect"
    login.log_in(ground.desk, ground.endpoint, token, NEW)[1].close()


@pytest.mark.parametrize("weak", ["12345678", "111111", "99999999", "88888888"])
def test_a_weak_pin_is_not_sent(ground: Ground, weak: str) -> None:
    token = ukeys.choose(ground.desk)
    with pytest.raises(KeyTrouble) as refused:
        ukeys.change_pin(ground.desk, token, PIN, weak)
    assert refused.value.code == "pin-weak"
    login.log_in(ground.desk, ground.endpoint, token, PIN)[1].close()


FAMILY = """
name = "示例"
source = "made up"
verified = false
[[module]]
platform = "linux"
files = ["{name}"]
folders = ["{folder}"]
[pin]
minimum = 1
[quirks]
hide_uninitialised = true
"""


def desk_behind(folder: Path, keys: UKeys) -> Desk:
    return Desk(folder / "home", open_keys=lambda: keys)


def soft_key(folder: Path) -> SoftKeys:
    keys = SoftKeys(folder / "softkeys", Registry.load())
    keys.make("示例单位", PIN, NewKey(KeyAlgorithm.EC_P256, issue())).plug()
    return keys


def test_a_new_pin_that_the_key_refuses_changes_nothing(tmp_path: Path) -> None:
    module = Registry.load().only("softhsm").locate().installed[0].path
    (tmp_path / "lax.toml").write_text(FAMILY.format(name=module.name, folder=module.parent), encoding="utf-8")
    registry = Registry.load([tmp_path / "lax.toml"]).only("lax")
    soft = soft_key(tmp_path)
    with UKeys(registry, environment={**os.environ, **soft.environment}) as keys:
        desk = desk_behind(tmp_path, keys)
        (token,) = keys.scan().tokens
        with pytest.raises(KeyTrouble) as refused:
            ukeys.change_pin(desk, token, PIN, "739")

        assert refused.value.code == "pin-refused"
        assert keys.login(token, PIN).logged_in


@pytest.mark.parametrize("how", ["hang", "crash", "crash-after", "rv 0x32"])
def test_a_key_that_falls_silent_in_the_middle_is_told_as_unknown_and_asked_once(tmp_path: Path, how: str) -> None:
    faulty = Faulty(soft_key(tmp_path), tmp_path)
    with faulty.ukeys() as keys:
        desk = desk_behind(tmp_path, keys)
        (token,) = keys.scan().tokens
        faulty.plan(f"C_SetPIN {how}")
        with pytest.raises(KeyTrouble) as broken_off:
            ukeys.change_pin(desk, token, PIN, NEW)

        assert broken_off.value.code == "pin-unknown"
        assert (faulty.calls("C_Login"), faulty.calls("C_SetPIN")) == (1, 1)
        faulty.plan()
        (token,) = keys.scan().tokens
        assert keys.login(token, NEW if how == "crash-after" else PIN).logged_in

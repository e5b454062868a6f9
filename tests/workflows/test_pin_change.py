"""Changing the PIN: one try, no weak ones, and the new one works."""

from __future__ import annotations

import pytest

from app.errors import KeyTrouble
from app.workflows import session as sessions
from app.workflows import ukey as ukeys
from bureau.demo.ground import PIN, Ground

NEW = "73195028"


def test_the_new_pin_logs_in_and_the_old_one_does_not(ground: Ground) -> None:
    token = ukeys.choose(ground.desk)
    ukeys.change_pin(ground.desk, token, PIN, NEW)
    with pytest.raises(KeyTrouble) as refused:
        sessions.log_in(ground.desk, ground.endpoint, token, PIN)
    assert refused.value.code == "pin-incorrect"
    sessions.log_in(ground.desk, ground.endpoint, token, NEW)[1].close()


@pytest.mark.parametrize("weak", ["12345678", "111111", "99999999", "88888888"])
def test_a_weak_pin_is_not_sent(ground: Ground, weak: str) -> None:
    token = ukeys.choose(ground.desk)
    with pytest.raises(KeyTrouble) as refused:
        ukeys.change_pin(ground.desk, token, PIN, weak)
    assert refused.value.code == "pin-weak"
    sessions.log_in(ground.desk, ground.endpoint, token, PIN)[1].close()

"""UKeys that do as a test says: plugged in and pulled out without hardware, for what the window shows of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pkcs11_drivers.keys import UKeys
from pkcs11_drivers.model import Certificate, KeyAlgorithm, PinEntry, PinState, Presence, Scan, Token
from pkcs11_drivers.registry import Registry

UNIT = "示例机械有限公司"
CREDIT_CODE = "91420500MA4901234M"


def certificate(*, days: int = 300, unit: str = UNIT) -> Certificate:
    """A signing certificate with that many full days left."""
    now = datetime.now(UTC)
    return Certificate(
        der=b"",
        key_id=b"1",
        label="",
        subject=f"O={unit}",
        issuer="CN=示例CA",
        serial="c0ffee",
        not_before=now - timedelta(days=400),
        not_after=now + timedelta(days=days, hours=1),
        key_algorithm=KeyAlgorithm.EC_P256,
        may_sign=True,
        unit_name=unit,
        credit_code=CREDIT_CODE,
        organisation_code=None,
        found=(),
    )


def token(serial: str = "A1", *, unit: str = UNIT, days: int = 300, state: PinState = PinState.OK) -> Token:
    """A UKey of a unit."""
    return Token(
        module="/scripted.so",
        vendor="softhsm",
        slot=int(serial, 16),
        label=unit,
        serial=serial,
        model="",
        manufacturer="",
        pin_state=state,
        pin_entry=PinEntry.TYPED,
        certificates=(certificate(days=days, unit=unit),),
    )


class ScriptedKeys(UKeys):
    """``plugged`` is what is in the sockets; change it as a hand would."""

    def __init__(self, *plugged: Token) -> None:
        super().__init__(Registry(()))
        self.plugged = plugged

    def scan(self) -> Scan:
        """What is plugged in."""
        return Scan(self.plugged, ())

    def poll(self) -> Presence:
        """The same, cheaply; nobody is logged in."""
        there = frozenset((one.module, one.slot, one.serial) for one in self.plugged)
        return Presence(there, frozenset(), frozenset())

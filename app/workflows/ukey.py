"""Which UKey to use, and what its failures mean to the clerk."""

from __future__ import annotations

import contextlib
from hashlib import sha256
from pathlib import PurePath
from typing import TYPE_CHECKING

from app.errors import KeyTrouble, UsageError
from app.rules.wire import unit_from_wire
from app.store.said import ANY_UNIT
from app.workflows import overview
from app.workflows.keycard import owner
from pkcs11_drivers import errors as driver
from pkcs11_drivers.model import PinState

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from app.rules.ground import UnitFacts
    from app.workflows.desk import Desk
    from pkcs11_drivers.model import Certificate, Token

TOPIC = "ukey"
_STATES = {
    PinState.OK: "UKey 报告 PIN 状态正常。",
    PinState.COUNT_LOW: "UKey 报告已有输错的记录，剩余次数不足；它没有给出具体次数。",
    PinState.FINAL_TRY: "UKey 报告只剩最后一次，再错就会锁定。",
    PinState.LOCKED: "UKey 报告 PIN 已锁定。",
    PinState.NOT_INITIALISED: "UKey 还没有设置 PIN。",
    PinState.TO_BE_CHANGED: "UKey 要求先修改 PIN。",
    PinState.PROTECTED_PATH: "PIN 在 UKey 或驱动自己的窗口里输入。",
    PinState.UNKNOWN: "UKey 没有报告剩余次数。",
}

_UNLOCK = "带单位证明和这把 UKey 到发放它的机构解锁。"


def pin_state_text(state: PinState, tries_left: int | None = None) -> str:
    """What the key says of its PIN, as a sentence; the count where the module gives one."""
    if tries_left is not None and state is not PinState.LOCKED:
        return f"UKey 报告还可以试 {tries_left} 次。"
    return _STATES[state]


def pin_advice(state: PinState, unlock: str = "") -> str:
    """What to do where no PIN can be typed, "" where one can; ``unlock`` is the family's own way out of a lock."""
    if state is PinState.NOT_INITIALISED:
        return "到发放 UKey 的机构设好 PIN 再用。"
    return (unlock or _UNLOCK) if state is PinState.LOCKED else ""


def unlock_of(desk: Desk, token: Token) -> str:
    """The way out of a locked PIN that the key's family tells; "" where it tells none."""
    try:
        return desk.keys.vendor_of(token).pin_unlock
    except driver.UKeyError:  # it was pulled, and its driver with it
        return ""


def choose(desk: Desk, serial: str | None = None, *, to_sign: bool = True) -> Token:
    """The plugged-in UKey with that serial; else the only one that can sign, or the one last used for the unit.

    ``to_sign``: it needs a certificate for that. Raises KeyTrouble, UsageError.
    """
    with translated():
        plugged = desk.keys.scan().tokens
    if not plugged:
        raise KeyTrouble("ukey-none")
    named = [token for token in plugged if serial in (None, token.serial)]
    if not named:
        told = f"插着的是 {_told(desk, plugged)}，没有用。"
        raise KeyTrouble("ukey-none", which=f"序列号为 {serial} 的", plugged=told)
    tokens = [token for token in named if token.signing_certificate is not None or not to_sign]
    if not tokens:
        raise KeyTrouble("certificate-missing")
    if len(tokens) == 1:
        return tokens[0]
    known = remembered(desk, tokens)
    if known is None:
        raise UsageError("ukey-several", keys=_told(desk, tokens))
    return known


def _told(desk: Desk, tokens: Iterable[Token]) -> str:
    """Several keys, each by its serial number and whose it is."""
    now = desk.system_clock()
    return "、".join(f"{token.serial}（{owner(token, now)}）" for token in tokens)


def of_unit(unit: UnitFacts, serial: str, tokens: Iterable[Token]) -> Token | None:
    """The key with that serial number; of several with the same one, which makers hand out, the unit's own."""
    same = [token for token in tokens if token.serial == serial]
    own = [token for token in same if token.credit_code == unit.credit_code]
    return next(iter(own or same), None)


def remember(desk: Desk, unit_number: str, token: Token) -> None:
    """Keep which key a unit used, by serial number and certificate."""
    kept = {"unit": unit_number, "serial": token.serial, "certificate": _fingerprint(desk, token)}
    now = desk.system_clock()
    desk.said.put(unit_number, TOPIC, kept, now)
    desk.said.put(ANY_UNIT, TOPIC, kept, now)
    desk.said.put(ANY_UNIT, f"{TOPIC}-{token.serial}", kept, now)


def remembered(desk: Desk, tokens: Iterable[Token], unit_number: str = ANY_UNIT) -> Token | None:
    """The key among ``tokens`` that the unit (or whoever was here last) used; one with a renewed certificate too.

    None where it is not among them, or where two claim to be it.
    """
    kept = desk.said.get(unit_number, TOPIC)
    if not kept:
        return None
    same = [token for token in tokens if token.serial == kept["serial"]]
    exact = [token for token in same if _fingerprint(desk, token) == kept["certificate"]]
    chosen = exact or same
    return chosen[0] if len(chosen) == 1 else None


def other_unit(desk: Desk, token: Token) -> str:
    """A warning where a key is not of the unit that one would expect; "" where it is, or nothing is known of it.

    Expected is the unit that was last worked for with this key, and for a key that is new here the one that was last
    worked for on this computer. Either may be meant: keys are written anew, and one clerk works for several units.
    """
    certificate = token.signing_certificate_at(desk.system_clock())
    if certificate is None or not desk.has_store:
        return ""
    expected = _unit_of_key(desk, token.serial)
    before = expected or overview.last_place(desk).unit
    if before is None or not _differs(certificate, before):
        return ""
    mine = owner(token, desk.system_clock())
    if expected is not None:
        return (
            f"这把 UKey 上次在这台电脑上办的是“{before.name}”，现在的证书是“{mine}”的。"
            "先核对是不是拿对了；确实换了单位，照常登录。"
        )
    return f"这台电脑上次办的是“{before.name}”，这把 UKey 是“{mine}”的。拿错了就换一把；本来就要办“{mine}”，照常登录。"


def _unit_of_key(desk: Desk, serial: str) -> UnitFacts | None:
    kept = desk.said.get(ANY_UNIT, f"{TOPIC}-{serial}")
    heard = desk.said.get(kept["unit"], "unit") if kept else None
    return unit_from_wire(heard) if heard else None


def _differs(certificate: Certificate, unit: UnitFacts) -> bool:
    """Whether the certificate names another unit; by its credit code, else by the organisation code that is part of it.

    GB 32100-2015: the 9th to the 17th character are the 组织机构代码. Names are not compared: units change them.
    """
    if certificate.credit_code:
        return certificate.credit_code != unit.credit_code
    if certificate.organisation_code:
        return certificate.organisation_code.replace("-", "") != unit.credit_code[8:17]
    return False


def _fingerprint(desk: Desk, token: Token) -> str:
    certificate = token.signing_certificate_at(desk.system_clock())
    return sha256(certificate.der).hexdigest() if certificate else ""


WEAK = frozenset({"12345678", "87654321", "123456", "111111", "888888", "88888888", "000000", "00000000", "666666"})


def is_weak(pin: str) -> bool:
    """Whether a PIN is one that keys are handed out with, or one sign over and over."""
    return pin in WEAK or len(set(pin)) <= 1


_BROKEN_OFF = (driver.HostTimedOut, driver.HostCrashed, driver.TokenRemoved)
_NEW_REFUSED = frozenset({"PinInvalid", "PinLenRange"})


def change_pin(desk: Desk, token: Token, old: str, new: str) -> Token:
    """Set another PIN; the old one gets exactly one try, and the key is logged out whatever comes of it.

    Raises KeyTrouble: ``pin-weak`` (nothing was sent), ``pin-refused`` where the key's own rules forbid the new one,
    ``pin-unknown`` where the key went or fell silent in the middle; else as at login.
    """
    if new and is_weak(new):
        raise KeyTrouble("pin-weak")
    with translated():
        try:
            return desk.keys.change_pin(token, old, new)
        except _BROKEN_OFF as broken_off:
            raise KeyTrouble("pin-unknown") from broken_off
        except driver.DeviceFault as fault:
            # Errors of the old PIN are of another kind: these can only mean the new one.
            if fault.fault in _NEW_REFUSED:
                raise KeyTrouble("pin-refused") from fault
            raise


def locked(desk: Desk, token: Token) -> KeyTrouble:
    """What to say of a key whose PIN is locked, before anybody types it again."""
    return locked_trouble(unlock_of(desk, token))


def locked_trouble(unlock: str) -> KeyTrouble:
    """The same, with the family's own way out; the common one where it is not known."""
    return KeyTrouble("pin-locked", pin_state=PinState.LOCKED.value, way=pin_advice(PinState.LOCKED, unlock))


def is_factory_pin(desk: Desk, token: Token, pin: str | None) -> bool:
    """Whether a PIN that was just accepted is one that keys are handed out with, or no better than that."""
    return pin is not None and (is_weak(pin) or pin in desk.keys.vendor_of(token).pin_defaults)


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """Failures of the UKey library as the program's own, mapped once and to the most specific."""
    try:
        yield
    except driver.UKeyError as failure:
        raise _trouble(failure) from failure


def _trouble(failure: driver.UKeyError) -> KeyTrouble:
    if isinstance(failure, driver.PinLocked):
        return locked_trouble(failure.unlock)
    code = next((code for kinds, code in _CODES if isinstance(failure, kinds)), KeyTrouble.default_code)
    facts: dict[str, str | int] = {"driver": PurePath(failure.module).name}
    match failure:
        case driver.PinLength():
            facts |= {"shortest": failure.minimum, "longest": failure.maximum}
        case driver.PinIncorrect():
            state = pin_state_text(failure.pin_state, failure.tries_left)
            facts |= {"state": state, "pin_state": failure.pin_state.value}
        case driver.AlgorithmUnsupported():
            facts |= {"kind": failure.algorithm, "vendor": facts["driver"]}
        case driver.HostTimedOut():
            facts["seconds"] = round(failure.limit)
        case driver.DeviceFault():
            facts["detail"] = failure.fault
    return KeyTrouble(code, **facts)


_CODES = (
    (driver.PinLength, "pin-length"),
    (driver.PinCharacters, "pin-characters"),
    (driver.PinNotSet, "pin-not-set"),
    (driver.PinError, "pin-incorrect"),
    # LoginRequired: the key was pulled and put back between two calls; its login is gone as well.
    ((driver.TokenRemoved, driver.TokenMissing, driver.LoginRequired), "ukey-removed"),
    (driver.CertificateMissing, "certificate-missing"),
    (driver.KeyMissing, "key-missing"),
    (driver.AlgorithmUnsupported, "algorithm-unusable"),
    (driver.HostTimedOut, "ukey-silent"),
    (driver.HostCrashed, "ukey-crashed"),
    ((driver.ModuleMissing, driver.ModuleFailed), "ukey-unloaded"),
    (driver.DeviceFault, "ukey-failed"),
)

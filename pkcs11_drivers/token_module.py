"""One PKCS#11 module, loaded into this process and used by one thread: the only place that imports `pkcs11`.

Lives in the host process. What python-pkcs11 0.10.1 and vendors' modules do wrong is met here:

* a failed login leaks its session, and a login that is lost sight of stands on in the module: the slot's sessions are
  ended before the next login, and the module is reinitialised unless another token of it is in use;
* `get_tokens()` ends at the first faulty slot: slots are walked one by one and the faulty ones told;
* token flags are a snapshot: they are read again for every answer;
* after a removal every call on the old session fails, `close()` too: objects are dropped, never closed.
"""

from __future__ import annotations

import os
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pkcs11
from pkcs11 import Attribute, Mechanism, ObjectClass, SignMixin, TokenFlag
from pkcs11.exceptions import (
    DeviceError,
    DeviceRemoved,
    FunctionFailed,
    GeneralError,
    PinIncorrect,
    PinInvalid,
    PinLenRange,
    PinLocked,
    PKCS11Error,
    SessionClosed,
    SessionHandleInvalid,
    SlotIDInvalid,
    TokenNotPresent,
    TokenNotRecognised,
    UserNotLoggedIn,
)

from pkcs11_drivers import errors, signing, sm2
from pkcs11_drivers.model import Algorithm, PinState
from pkcs11_drivers.slot_calls import SlotCalls
from pkcs11_drivers.token_folder import TokenFolder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pkcs11 import Session, Slot, Token

_GONE = (DeviceRemoved, TokenNotPresent, TokenNotRecognised, SessionHandleInvalid, SessionClosed, SlotIDInvalid)
"""Of a login that stood: OpenSC knows the slot of a card that was just pulled no more, while pcscd still lists it."""
_VAGUE = (GeneralError, DeviceError, FunctionFailed)
_READING_FAULTS = (PKCS11Error, ValueError, NotImplementedError, KeyError, MemoryError, OverflowError, struct.error)
"""What reading an attribute of a careless module may raise: its own error, garbage lengths, unknown numbers."""
_LOOKS_BETWEEN_LISTS = 25
_LISTINGS = 3
"""How often slots are listed where one of them went between the list and the question what it is."""
_GOING = 0.8
"""Seconds for which a reader may still list a token that was pulled."""
_MOST_OBJECTS = 500
"""More certificates or keys than any UKey holds; a module that finds objects without end is stopped here."""


Recipe = tuple[str, ...] | sm2.Recipe
"""How a signature is to be made: names of mechanisms, best first, or what SM2 needs."""
Signer = Callable[[bytes], bytes]
"""Makes a signature of a message: key and mechanism are looked for once, not for each signature."""


@dataclass(slots=True)
class _Login:
    serial: str
    session: Session
    mechanisms: frozenset[Mechanism | int] = frozenset()
    signers: dict[tuple[bytes, Algorithm, Recipe], Signer] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StoredCertificate:
    """A certificate object as the token holds it, unread."""

    der: bytes
    key_id: bytes
    label: str


@dataclass(frozen=True, slots=True)
class SeenToken:
    """A token as the module shows it now."""

    slot: int
    label: str
    serial: str
    model: str
    manufacturer: str
    pin_state: PinState
    protected_path: bool
    logged_in: bool
    certificates: tuple[StoredCertificate, ...]


@dataclass(frozen=True, slots=True)
class FaultySlot:
    """A slot with something in it that cannot be read."""

    slot: int
    fault: str


class TokenModule:
    """A loaded module with its sessions. Not thread-safe, on purpose: two threads in one module crash the process."""

    def __init__(self, path: str, *, by_folder: bool, hide_uninitialised: bool, by_events: bool = False) -> None:
        """Load and initialise the module.

        `by_folder` is the SoftHSM way of plugging (see `token_folder`), `hide_uninitialised` leaves out slots
        without an initialised token, `by_events` trusts the module to tell by events whether slots have changed.

        Raises:
            errors.ModuleMissing: no such file.
            errors.ModuleFailed: it does not load or does not start.

        """
        if not Path(path).is_file():
            raise errors.ModuleMissing(module=path)
        self._path = path
        self._folder = TokenFolder.from_environment(os.environ) if by_folder else None
        self._hide_uninitialised = hide_uninitialised
        self._by_events = by_events
        self._last_slots: list[int] | None = None
        self._looks = 0
        self._listing = self._folder.listing() if self._folder else frozenset()
        self._outdated = False
        self._logins: dict[int, _Login] = {}
        self._certificates: dict[tuple[int, str], tuple[StoredCertificate, ...]] = {}
        self._leaked: set[int] = set()
        try:
            self._lib = pkcs11.lib(path)
        except PKCS11Error as error:
            raise errors.ModuleFailed(module=path, reason=fault_text(error)) from error
        self._calls = SlotCalls(path)

    def scan(self) -> tuple[list[SeenToken], list[FaultySlot]]:
        """Return every token that is plugged in, with its certificates, and every slot that cannot be read."""
        self._clean()
        self._last_slots = None
        faulty: list[FaultySlot] = []
        seen = [self._see(slot, token) for slot, token in self._tokens(faulty)]
        plugged = {(token.slot, token.serial) for token in seen}
        self._certificates = {key: value for key, value in self._certificates.items() if key in plugged}
        return seen, faulty

    def poll(self) -> tuple[list[tuple[int, str]], list[int]]:
        """Return, cheaply, (slot, serial or "") of what is plugged in, and the slots with a standing login."""
        self._clean()
        if self._folder:
            plugged = [(slot.slot_id, serial_of(token)) for slot, token in self._tokens([])]
        else:
            plugged = [(slot, "") for slot in self._slots_now()]
        here = {slot for slot, _ in plugged}
        for slot in self._logins.keys() - here:
            self._lose(slot)
        self._certificates = {key: value for key, value in self._certificates.items() if key[0] in here}
        return plugged, sorted(self._logins)

    def login(self, slot_id: int, serial: str, pin: str | None) -> SeenToken:
        """Log in with exactly one C_Login; `pin` None means the token's protected path.

        Raises:
            errors.PinIncorrect: refused; the state was read again after the try.
            errors.PinLocked: locked, by this try or before it (then no try was made).
            errors.TokenMissing: the token is not there; errors.TokenRemoved: it went during the try.
            errors.DeviceFault: anything else.

        """
        self.logout(slot_id)
        self._clean()
        slot, token = self._find(slot_id, serial)
        if pin_state(token.flags) is PinState.LOCKED:
            raise errors.PinLocked(module=self._path, serial=serial, pin_state=PinState.LOCKED)
        try:
            mapper = sm2.tolerant_mapper()
            session = token.open(user_pin=pkcs11.PROTECTED_AUTH if pin is None else pin, attribute_mapper=mapper)
        except PKCS11Error as error:
            raise self._login_failed(slot_id, serial, error) from error
        self._logins[slot_id] = _Login(serial, session)
        self._certificates.pop((slot_id, serial), None)  # some tokens show certificates only after the login
        return self._see(slot, slot.get_token())

    def change_pin(self, slot_id: int, serial: str, old: str, new: str) -> SeenToken:
        """Set another user PIN, with exactly one C_Login with the old one; the token is logged out afterwards.

        Raises:
            errors.PinIncorrect, errors.PinLocked: the old PIN was refused; the PIN is as it was.
            errors.TokenMissing, errors.TokenRemoved: the token is not there (any more).
            errors.DeviceFault: anything else, e.g. a new PIN that the token's own rules forbid.

        """
        self.logout(slot_id)
        self._clean()
        slot, token = self._find(slot_id, serial)
        if pin_state(token.flags) is PinState.LOCKED:
            raise errors.PinLocked(module=self._path, serial=serial, pin_state=PinState.LOCKED)
        try:
            session = token.open(rw=True, user_pin=old)
        except PKCS11Error as error:
            raise self._login_failed(slot_id, serial, error) from error
        try:
            session.set_pin(old, new)
        except PKCS11Error as error:
            raise self._operation_failed(slot_id, serial, error) from error
        finally:
            try:
                session.close()
            except PKCS11Error:
                self._leaked.add(slot_id)
        return self._see(slot, slot.get_token())

    def logout(self, slot_id: int) -> None:
        """End the token's login, if there is one; never raises for a token that is gone."""
        login = self._logins.get(slot_id)
        if login is None:
            return
        self._forget(slot_id)
        try:
            login.session.close()
        except PKCS11Error:
            # close() leaves the session open if its C_Logout fails
            self._leaked.add(slot_id)

    def sign(
        self,
        slot_id: int,
        serial: str,
        key_id: bytes,
        algorithm: Algorithm,
        recipe: Recipe,
        message: bytes,
    ) -> bytes:
        """Sign with the private key of CKA_ID `key_id`, by the first mechanism of `recipe` that the token has.

        Raises:
            errors.LoginRequired: no login stands; errors.TokenMissing: nor is the token there.
            errors.TokenRemoved: the token went, or its session ended under us.
            errors.KeyMissing: no such key; errors.AlgorithmUnsupported: no such mechanism.
            errors.DeviceFault: anything else.

        """
        login = self._logins.get(slot_id)
        if login is None or login.serial != serial:
            self._find(slot_id, serial)
            raise errors.LoginRequired(module=self._path, serial=serial)
        try:
            signer = login.signers.get((key_id, algorithm, recipe))
            if signer is None:
                signer = login.signers[key_id, algorithm, recipe] = self._signer(login, key_id, algorithm, recipe)
            return signer(message)
        except PKCS11Error as error:
            raise self._operation_failed(slot_id, serial, error) from error
        except _READING_FAULTS as error:
            # the module found the key or made the signature, and what it handed over makes no sense
            fault = type(error).__name__
            raise errors.DeviceFault(module=self._path, serial=serial, fault=fault, text="malformed") from error

    # --- slots and tokens -------------------------------------------------------------------------------------------

    def _slots(self) -> list[Slot]:
        self._watch_folder()
        try:
            return self._listed(_LISTINGS)
        except PKCS11Error as error:
            raise self._fault("", error) from error

    def _listed(self, times: int) -> list[Slot]:
        try:
            return self._lib.get_slots(token_present=True)
        except SlotIDInvalid:
            if times == 1:
                raise
            return self._listed(times - 1)

    def _slots_now(self) -> list[int]:
        """Return the slots with a token; listed anew only after an event, where the module tells by events.

        Now and then they are listed all the same: an event may have gone to a call that this one does not know of.
        """
        self._looks += 1
        quiet = self._by_events and self._calls.slot_event() is False and self._looks % _LOOKS_BETWEEN_LISTS != 0
        if self._last_slots is None or not quiet:
            self._last_slots = [slot.slot_id for slot in self._slots()]
        return self._last_slots

    def _tokens(self, faulty: list[FaultySlot]) -> Iterator[tuple[Slot, Token]]:
        for slot in self._slots():
            try:
                token = slot.get_token()
            except (TokenNotPresent, DeviceRemoved):
                continue
            except PKCS11Error as error:
                faulty.append(FaultySlot(slot.slot_id, fault_text(error)))
                continue
            if self._hide_uninitialised and not token.flags & TokenFlag.TOKEN_INITIALIZED:
                continue
            if self._folder and self._folder.folder_of(serial_of(token)) is None:
                continue
            yield slot, token

    def _find(self, slot_id: int, serial: str) -> tuple[Slot, Token]:
        for slot, token in self._tokens([]):
            if slot.slot_id == slot_id and serial_of(token) == serial:
                return slot, token
        raise errors.TokenMissing(module=self._path, serial=serial)

    def _present(self, slot_id: int, serial: str) -> bool:
        return any(slot.slot_id == slot_id and serial_of(token) == serial for slot, token in self._tokens([]))

    def _watch_folder(self) -> None:
        """Reinitialise when the token folders changed, once for each change, and never under a login that stands."""
        if self._folder is None:
            return
        listing = self._folder.listing()
        # a token that went and came back while another was logged in is broken for SoftHSM; the list is as before
        self._outdated = self._outdated or listing != self._listing
        if not self._outdated:
            return
        for slot_id, login in list(self._logins.items()):
            if self._folder.folder_of(login.serial) is None:
                self._lose(slot_id)
        if not self._logins:
            self._listing, self._outdated = listing, False
            self._reinitialise()

    def _clean(self) -> None:
        """End sessions of ours that stand where nobody is logged in by our books; by reinitialising if need be."""
        self._leaked = {slot_id for slot_id in self._leaked if not self._calls.close_all_sessions(slot_id)}
        if self._leaked and not self._logins:
            self._reinitialise()

    def _reinitialise(self) -> None:
        self._leaked.clear()
        self._certificates.clear()
        try:
            self._lib.reinitialize()
        except PKCS11Error as error:
            raise errors.ModuleFailed(module=self._path, reason=fault_text(error)) from error

    def _forget(self, slot_id: int) -> None:
        """Drop a login and what hangs on it without touching the module."""
        login = self._logins.pop(slot_id, None)
        if login is not None:
            self._certificates.pop((slot_id, login.serial), None)

    def _lose(self, slot_id: int) -> None:
        """Drop a login whose token went. If the token comes back, the module may still hold it for logged in."""
        self._forget(slot_id)
        self._leaked.add(slot_id)

    def _see(self, slot: Slot, token: Token) -> SeenToken:
        serial = serial_of(token)
        key = (slot.slot_id, serial)
        certificates = self._certificates.get(key) or self._read_certificates(slot.slot_id, token)
        if certificates:  # nothing read is no knowledge: it is tried again by the next look
            self._certificates[key] = certificates
        return SeenToken(
            slot=slot.slot_id,
            label=token.label,
            serial=serial,
            model=token.model,
            manufacturer=token.manufacturer_id,
            pin_state=pin_state(token.flags),
            protected_path=bool(token.flags & TokenFlag.PROTECTED_AUTHENTICATION_PATH),
            logged_in=slot.slot_id in self._logins,
            certificates=certificates,
        )

    # --- objects ----------------------------------------------------------------------------------------------------

    def _read_certificates(self, slot_id: int, token: Token) -> tuple[StoredCertificate, ...]:
        login = self._logins.get(slot_id)
        try:
            if login is not None:
                return tuple(_certificates_of(login.session))
            with token.open() as session:
                return tuple(_certificates_of(session))
        except _READING_FAULTS:
            return ()  # nothing readable now: the token is told without certificates, and read anew by the next look

    def _signer(self, login: _Login, key_id: bytes, algorithm: Algorithm, recipe: Recipe) -> Signer:
        login.mechanisms = login.mechanisms or frozenset(login.session.token.slot.get_mechanisms())
        if isinstance(recipe, sm2.Recipe):
            way = recipe.way(login.mechanisms)
            if way is None:
                raise errors.AlgorithmUnsupported(module=self._path, serial=login.serial, algorithm=algorithm)
            return partial(recipe.sign, self._private_key(login, key_id, way.key_type), way)
        mechanism = self._mechanism(login, algorithm, recipe)
        return signing.signer(self._private_key(login, key_id, signing.key_type(algorithm)), algorithm, mechanism)

    def _private_key(self, login: _Login, key_id: bytes, kind: int) -> SignMixin:
        query: dict[Attribute, Any] = {Attribute.CLASS: ObjectClass.PRIVATE_KEY, Attribute.KEY_TYPE: kind}
        if key_id:
            query[Attribute.ID] = key_id
        keys = [key for key in _found(login.session, query) if isinstance(key, SignMixin)]
        if not keys and not self._present(login.session.token.slot.slot_id, login.serial):
            raise TokenNotPresent  # a module may show an empty token instead of none
        if len(keys) != 1:  # without an id, more than one key is as bad as none: the wrong one must not sign
            raise errors.KeyMissing(module=self._path, serial=login.serial)
        return keys[0]

    def _mechanism(self, login: _Login, algorithm: Algorithm, names: Sequence[str]) -> Mechanism:
        for name in names:
            mechanism = Mechanism[name]
            if mechanism in login.mechanisms:
                return mechanism
        raise errors.AlgorithmUnsupported(module=self._path, serial=login.serial, algorithm=algorithm)

    # --- failures ---------------------------------------------------------------------------------------------------

    def _login_failed(self, slot_id: int, serial: str, error: PKCS11Error) -> errors.UKeyError:
        self._leaked.add(slot_id)
        self._clean()
        state = self._state_now(slot_id, serial)
        if state is None:
            return errors.TokenRemoved(module=self._path, serial=serial)
        if isinstance(error, PinLocked) or (isinstance(error, PinIncorrect) and state is PinState.LOCKED):
            return errors.PinLocked(module=self._path, serial=serial, pin_state=PinState.LOCKED)
        if isinstance(error, PinIncorrect | PinInvalid | PinLenRange):
            return errors.PinIncorrect(module=self._path, serial=serial, pin_state=state)
        return self._fault(serial, error)

    def _state_now(self, slot_id: int, serial: str) -> PinState | None:
        for slot, token in self._tokens([]):
            if slot.slot_id == slot_id and serial_of(token) == serial:
                return pin_state(token.flags)
        return None

    def _operation_failed(self, slot_id: int, serial: str, error: PKCS11Error) -> errors.UKeyError:
        if isinstance(error, UserNotLoggedIn):
            self._lose(slot_id)
            return errors.LoginRequired(module=self._path, serial=serial)
        if isinstance(error, _GONE) or self._went_away(slot_id, serial, error):
            self._lose(slot_id)
            return errors.TokenRemoved(module=self._path, serial=serial)
        return self._fault(serial, error)

    def _went_away(self, slot_id: int, serial: str, error: PKCS11Error) -> bool:
        """Look whether the token is still there; pcscd may list it for most of a second after it was pulled (tried)."""
        until = time.monotonic() + (_GOING if isinstance(error, _VAGUE) else 0)
        while self._present(slot_id, serial):
            if time.monotonic() >= until:
                return False
            time.sleep(0.05)
        return True

    def _fault(self, serial: str, error: PKCS11Error) -> errors.DeviceFault:
        return errors.DeviceFault(module=self._path, serial=serial, fault=type(error).__name__, text=str(error))


def serial_of(token: Token) -> str:
    """Return the token's serial number as text; modules pad it with spaces or zero bytes."""
    return token.serial.rstrip(b"\0 ").decode("utf-8", errors="replace")


def fault_text(error: PKCS11Error) -> str:
    """Return the error's name and its raw text."""
    return f"{type(error).__name__}: {error}".removesuffix(": ")


def pin_state(flags: TokenFlag) -> PinState:
    """Return the gravest state that the token's flags tell."""
    states: Mapping[TokenFlag, PinState] = {
        TokenFlag.USER_PIN_LOCKED: PinState.LOCKED,
        TokenFlag.USER_PIN_FINAL_TRY: PinState.FINAL_TRY,
        TokenFlag.USER_PIN_COUNT_LOW: PinState.COUNT_LOW,
        TokenFlag.USER_PIN_TO_BE_CHANGED: PinState.TO_BE_CHANGED,
    }
    if not flags & TokenFlag.TOKEN_INITIALIZED or not flags & TokenFlag.USER_PIN_INITIALIZED:
        return PinState.NOT_INITIALISED
    for flag, state in states.items():
        if flags & flag:
            return state
    return PinState.PROTECTED_PATH if flags & TokenFlag.PROTECTED_AUTHENTICATION_PATH else PinState.OK


def _certificates_of(session: Session) -> Iterator[StoredCertificate]:
    for found in _found(session, {Attribute.CLASS: ObjectClass.CERTIFICATE}):
        value = _attribute(found, Attribute.VALUE)
        if value:
            yield StoredCertificate(
                der=bytes(value),
                key_id=bytes(_attribute(found, Attribute.ID) or b""),
                label=str(_attribute(found, Attribute.LABEL) or ""),
            )


def _found(session: Session, query: dict[Attribute, Any]) -> list[Any]:
    """Return the objects that match; the search is over when this returns.

    Raises:
        pkcs11.exceptions.FunctionFailed: the module finds more than a UKey can hold.

    """
    found = list(islice(session.get_objects(query), _MOST_OBJECTS))
    if len(found) == _MOST_OBJECTS:
        raise FunctionFailed("objects without end")
    return found


def _attribute(found: Any, attribute: Attribute) -> Any:  # noqa: ANN401 - the binding itself is untyped here
    """Read one attribute; None where the module cannot. Objects have no `.label`, so always by number."""
    try:
        return found[attribute]
    except _READING_FAULTS:
        return None

"""One PKCS#11 module, loaded into this process and used by one thread. Lives in the host process.

What python-pkcs11 0.10.1 and vendors' modules do wrong with sessions is met here:

* a failed login leaks its session, and a login that is lost sight of stands on in the module: the slot's sessions are
  ended before the next login, and the module is reinitialised unless another token of it is in use;
* token flags are a snapshot: they are read again for every answer;
* after a removal every call on the old session fails, `close()` too: objects are dropped, never closed.

Slots are listed by `slot_list`, objects read by `token_objects`, signatures made by `login`.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pkcs11
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
    UserPinNotInitialized,
)

from pkcs11_drivers import errors, sm2, token_objects
from pkcs11_drivers.login import Login
from pkcs11_drivers.model import PinState
from pkcs11_drivers.slot_calls import SlotCalls
from pkcs11_drivers.slot_list import SlotList
from pkcs11_drivers.token_facts import facts_of, fault_text, pin_state, serial_of
from pkcs11_drivers.token_folder import TokenFolder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pkcs11 import Slot, Token

    from pkcs11_drivers.key_name import KeyName
    from pkcs11_drivers.login import Recipe
    from pkcs11_drivers.model import Algorithm
    from pkcs11_drivers.token_facts import FaultySlot, SeenToken, StoredCertificate

_GONE = (DeviceRemoved, TokenNotPresent, TokenNotRecognised, SessionHandleInvalid, SessionClosed, SlotIDInvalid)
"""Of a login that stood: OpenSC knows the slot of a card that was just pulled no more, while pcscd still lists it."""
_VAGUE = (GeneralError, DeviceError, FunctionFailed)
_GOING = 0.8
"""Seconds for which a reader may still list a token that was pulled."""


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
        self._listing = self._folder.listing() if self._folder else frozenset()
        self._outdated = False
        self._logins: dict[int, Login] = {}
        self._certificates: dict[tuple[int, str], tuple[StoredCertificate, ...]] = {}
        self._leaked: set[int] = set()
        try:
            self._lib = pkcs11.lib(path)
        except PKCS11Error as error:
            raise errors.ModuleFailed(module=path, reason=fault_text(error)) from error
        self._calls = SlotCalls(path)
        self._slots = SlotList(
            self._lib, self._calls, self._folder, hide_uninitialised=hide_uninitialised, by_events=by_events
        )

    def scan(self) -> tuple[list[SeenToken], list[FaultySlot]]:
        """Return every token that is plugged in, with its certificates, and every slot that cannot be read."""
        self._clean()
        self._slots.forget()
        faulty: list[FaultySlot] = []
        seen = [self._see(slot, token) for slot, token in self._tokens(faulty)]
        plugged = {(token.slot, token.serial) for token in seen}
        self._certificates = {key: value for key, value in self._certificates.items() if key in plugged}
        return seen, faulty

    def poll(self) -> tuple[list[tuple[int, str]], list[int]]:
        """Return, cheaply, (slot, serial or "") of what is plugged in, and the slots with a standing login."""
        self._clean()
        if self._folder:
            plugged = [(slot.slot_id, serial_of(token)) for slot, token in self._tokens()]
        else:
            plugged = [(slot, "") for slot in self._numbers()]
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
        token = self._unlocked(slot_id, serial)
        try:
            mapper = sm2.tolerant_mapper()
            session = token.open(user_pin=pkcs11.PROTECTED_AUTH if pin is None else pin, attribute_mapper=mapper)
        except PKCS11Error as error:
            raise self._login_failed(slot_id, serial, error) from error
        self._logins[slot_id] = Login(self._path, serial, session)
        self._certificates.pop((slot_id, serial), None)  # some tokens show certificates only after the login
        return self._see_again(slot_id, serial)

    def change_pin(self, slot_id: int, serial: str, old: str, new: str) -> SeenToken:
        """Set another user PIN, with exactly one C_Login with the old one; the token is logged out afterwards.

        Raises:
            errors.PinIncorrect, errors.PinLocked: the old PIN was refused; the PIN is as it was.
            errors.TokenMissing, errors.TokenRemoved: the token is not there (any more).
            errors.DeviceFault: anything else, e.g. a new PIN that the token's own rules forbid.

        """
        self.logout(slot_id)
        self._clean()
        token = self._unlocked(slot_id, serial)
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
        return self._see_again(slot_id, serial)

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
        key: KeyName,
        algorithm: Algorithm,
        recipe: Recipe,
        message: bytes,
    ) -> bytes:
        """Sign with the private key of that name, by the first mechanism of `recipe` that the token has.

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
            return login.sign(key, algorithm, recipe, message)
        except errors.KeyMissing:
            if self._there(slot_id, serial) is not None:
                raise
            self._lose(slot_id)  # a module may show an empty token instead of none
            raise errors.TokenRemoved(module=self._path, serial=serial) from None
        except PKCS11Error as error:
            raise self._operation_failed(slot_id, serial, error) from error
        except token_objects.READING_FAULTS as error:
            # the module found the key or made the signature, and what it handed over makes no sense
            fault = type(error).__name__
            raise errors.DeviceFault(module=self._path, serial=serial, fault=fault, text="malformed") from error

    # --- slots and tokens -------------------------------------------------------------------------------------------

    def _numbers(self) -> list[int]:
        self._watch_folder()
        try:
            return self._slots.numbers()
        except PKCS11Error as error:
            raise self._fault("", error) from error

    def _tokens(self, faulty: list[FaultySlot] | None = None) -> Iterator[tuple[Slot, Token]]:
        self._watch_folder()
        try:
            yield from self._slots.tokens(faulty)
        except PKCS11Error as error:
            raise self._fault("", error) from error

    def _find(self, slot_id: int, serial: str) -> tuple[Slot, Token]:
        """Return slot and token, its flags as they are now. Raises errors.TokenMissing."""
        found = self._there(slot_id, serial)
        if found is None:
            raise errors.TokenMissing(module=self._path, serial=serial)
        return found

    def _there(self, slot_id: int, serial: str) -> tuple[Slot, Token] | None:
        for slot, token in self._tokens():
            if slot.slot_id == slot_id and serial_of(token) == serial:
                return slot, token
        return None

    def _unlocked(self, slot_id: int, serial: str) -> Token:
        """Return the token for a try of its PIN; none is made where it is locked."""
        _, token = self._find(slot_id, serial)
        if pin_state(token.flags) is PinState.LOCKED:
            raise errors.PinLocked(module=self._path, serial=serial, pin_state=PinState.LOCKED)
        return token

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
        key = (slot.slot_id, serial_of(token))
        certificates = self._certificates.get(key) or self._read_certificates(slot.slot_id, token)
        if certificates:  # nothing read is no knowledge: it is tried again by the next look
            self._certificates[key] = certificates
        return facts_of(slot.slot_id, token, logged_in=slot.slot_id in self._logins, certificates=certificates)

    def _see_again(self, slot_id: int, serial: str) -> SeenToken:
        """Return the token as it is after a PIN; it may have been pulled in the same moment."""
        found = self._there(slot_id, serial)
        if found is None:
            self._lose(slot_id)
            raise errors.TokenRemoved(module=self._path, serial=serial)
        return self._see(*found)

    # --- objects ----------------------------------------------------------------------------------------------------

    def _read_certificates(self, slot_id: int, token: Token) -> tuple[StoredCertificate, ...]:
        login = self._logins.get(slot_id)
        try:
            if login is not None:
                return token_objects.certificates(login.session, logged_in=True)
            with token.open() as session:
                return token_objects.certificates(session, logged_in=False)
        except token_objects.READING_FAULTS:
            return ()  # nothing readable now: the token is told without certificates, and read anew by the next look

    # --- failures ---------------------------------------------------------------------------------------------------

    def _login_failed(self, slot_id: int, serial: str, error: PKCS11Error) -> errors.UKeyError:
        self._leaked.add(slot_id)
        self._clean()
        found = self._there(slot_id, serial)
        if found is None:
            return errors.TokenRemoved(module=self._path, serial=serial)
        state = pin_state(found[1].flags)
        if isinstance(error, PinLocked) or (isinstance(error, PinIncorrect) and state is PinState.LOCKED):
            return errors.PinLocked(module=self._path, serial=serial, pin_state=PinState.LOCKED)
        if isinstance(error, PinIncorrect | PinInvalid | PinLenRange):
            return errors.PinIncorrect(module=self._path, serial=serial, pin_state=state)
        if isinstance(error, UserPinNotInitialized):
            return errors.PinNotSet(module=self._path, serial=serial, pin_state=PinState.NOT_INITIALISED)
        return self._fault(serial, error)

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
        while self._there(slot_id, serial) is not None:
            if time.monotonic() >= until:
                return False
            time.sleep(0.05)
        return True

    def _fault(self, serial: str, error: PKCS11Error) -> errors.DeviceFault:
        return errors.DeviceFault(module=self._path, serial=serial, fault=type(error).__name__, text=str(error))

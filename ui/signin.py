"""Logging in and out, and having the UKey ready to sign: one object that every page asks.

A session lives in the window only while its UKey is plugged in. Pages that seal call :meth:`SignIn.with_signer`.
"""

from __future__ import annotations

import contextlib
import time
from enum import Enum
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.domain.signing import origin_of
from app.errors import KeyTrouble, ShebaoError
from app.workflows import drafts, login, overview, ukey
from app.workflows import session as sessions
from ui.jobs import Lane
from ui.state import Connection

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from app.domain.progress import Progress
    from app.workflows.desk import Desk, Endpoint
    from app.workflows.login import Signer
    from app.workflows.overview import Place
    from app.workflows.session import Session
    from pkcs11_drivers.model import Presence, Token
    from ui.jobs import Job, Jobs
    from ui.state import State

    #: Asks the clerk for the PIN of a token: calls back with it (None: the key asks by itself), or not at all.
    AskPin = Callable[[QWidget, Token, str, Callable[[str | None], None]], None]


class Ending(Enum):
    """Why a session ended without anybody having asked for it."""

    PULLED = "pulled"
    LOGIN_LOST = "login-lost"
    """The key is there, its login is not: pulled and put back between two looks, or its driver was started anew."""
    NO_ANSWER = "no-answer"


def _ending(presence: Presence, signer: Signer | None) -> Ending:
    if signer is None:
        return Ending.PULLED
    place = (signer.token.module, signer.token.slot)
    if signer.token.module in presence.failed:
        return Ending.NO_ANSWER
    plugged = {(module, slot) for module, slot, _ in presence.plugged}
    return Ending.LOGIN_LOST if place in plugged else Ending.PULLED


class SignIn(QObject):
    """Who is logged in.

    ``ended`` carries how many drafts are safe when a session ended because its UKey, or the key's login, went, and
    which of them it was (:class:`Ending`); ``look_again`` asks for the
    UKeys to be looked at anew, e.g. after a wrong PIN changed what the key reports; ``factory_pin`` says that the PIN
    just accepted is one that keys are handed out with.
    """

    ended = Signal(int, object)
    factory_pin = Signal()
    logged_in = Signal()
    look_again = Signal()

    def __init__(self, desk: Desk, jobs: Jobs, state: State, ask_pin: AskPin) -> None:
        super().__init__()
        self._desk = desk
        self._jobs = jobs
        self._state = state
        self._ask_pin = ask_pin
        # While a session is being forgotten, a key that is put back must not take it up again.
        self._ending = False
        # When the key was last logged in: a look that began before does not know of it.
        self._signer_since = 0.0

    def log_in(
        self,
        endpoint: Endpoint,
        token: Token,
        pin: str | None,
        on_failed: Callable[[ShebaoError], None],
    ) -> Job:
        """Log in with the PIN, which goes to the key once and is kept nowhere."""

        def work(_: Progress) -> tuple[Session, Signer, Place]:
            session, signer = login.log_in(self._desk, endpoint, token, pin)
            self._desk.region(session.region)  # loaded here, so that no page loads it on the GUI thread
            drafts.adopt(self._desk, session)
            return session, signer, overview.remember_place(self._desk, session)

        def done(result: tuple[Session, Signer, Place]) -> None:
            session, signer, self._state.place = result
            self._state.set_connection(Connection.ONLINE)
            self._signer_since = time.monotonic()
            self._state.set_session(session, signer)
            self.logged_in.emit()
            if signer.factory_pin:
                self.factory_pin.emit()

        return self._jobs.run(Lane.TOKEN, work, done, on_failed, owner=self)

    def resume(self, tokens: tuple[Token, ...]) -> None:
        """Take up a session kept from before, if its UKey is plugged in. Sealing asks for the PIN first."""
        if self._ending:
            return
        serials = {token.serial for token in tokens}

        def work(_: Progress) -> Session | None:
            try:
                session = sessions.current(self._desk)
            except sessions.NotLoggedIn:
                return None
            if session.token_serial not in serials:
                return None
            self._desk.region(session.region)
            overview.remember_place(self._desk, session)
            return session

        def done(session: Session | None) -> None:
            if session is not None and self._state.session is None:
                self._state.set_session(session, None)
                self.logged_in.emit()

        self._jobs.run(Lane.STORE, work, done, owner=self)

    def with_signer(
        self,
        page: QWidget,
        purpose: str,
        then: Callable[[Session, Signer], None],
        on_failed: Callable[[ShebaoError], None],
        *,
        afresh: bool = False,
    ) -> None:
        """Call ``then`` on the GUI thread with a UKey that is logged in; asks for the PIN where it is not.

        ``purpose`` is what will be signed, in the clerk's words. ``afresh`` asks for the PIN even where the key is
        logged in: the one before the screen is to be the one who may. Nothing happens if the PIN dialog is closed.
        """
        session, signer = self._state.session, self._state.signer
        if session is None:
            on_failed(sessions.NotLoggedIn())
            return
        if signer is not None and not afresh:
            then(session, signer)
            return
        token = ukey.of_unit(session.unit, session.token_serial, self._state.tokens)
        if token is None:
            on_failed(KeyTrouble("ukey-removed"))
            return

        def work(pin: str | None) -> None:
            self._jobs.run(Lane.TOKEN, lambda _: logged_in(pin), done, on_failed, owner=page)

        def logged_in(pin: str | None) -> Signer:
            if signer is not None:
                # A key that is logged in takes any PIN for right.
                signer.close()
            return login.Signer(self._desk, token, pin, origin_of(session.endpoint.url))

        def done(signer: Signer) -> None:
            self._signer_since = time.monotonic()
            self._state.set_signer(signer)
            then(session, signer)

        self._ask_pin(page, token, purpose, work)

    def change_pin(
        self,
        page: QWidget,
        token: Token,
        old: str,
        new: str,
        on_done: Callable[[Token], None],
        on_failed: Callable[[ShebaoError], None],
    ) -> None:
        """Set another PIN. A session stays; its UKey is logged out, and the next signature asks for the new PIN."""
        signer = self._state.signer
        if signer is not None and (signer.token.module, signer.token.slot) == (token.module, token.slot):
            # Now and not when it is done: to the watcher a key that is logged out under a signer was pulled.
            self._state.set_signer(None)
        self._jobs.run(
            Lane.TOKEN, lambda _: ukey.change_pin(self._desk, token, old, new), on_done, on_failed, owner=page
        )

    def log_out(self) -> None:
        """End the session here and at the bureau. Drafts and the outbox stay."""
        signer = self._state.signer

        def work(_: Progress) -> None:
            sessions.log_out(self._desk)
            if signer is not None:
                signer.close()

        self._state.set_session(None, None)
        self._ending = True
        self._jobs.run(Lane.TOKEN, work, lambda _: self._over(), self._not_over, owner=self)

    def key_seen(self, presence: Presence) -> None:
        """End the session if its UKey, or the key's login, is gone."""
        session, signer = self._state.session, self._state.signer
        if session is None:
            return
        if signer is not None:
            if presence.asked_at < self._signer_since:
                return
            # Pulled and put back between two looks: the key is there, its login is not.
            there = (signer.token.module, signer.token.slot) in presence.logged_in
        else:
            there = any(serial == session.token_serial for _, _, serial in presence.plugged) or not all(
                serial for _, _, serial in presence.plugged
            )
        if not there:
            self._end(session, _ending(presence, signer))

    def ended_by_bureau(self) -> None:
        """The bureau no longer knows the session: forget it here as well, and log the key out."""
        if self._state.session is not None:
            self.log_out()

    def _end(self, session: Session, ending: Ending) -> None:
        def work(_: Progress) -> int:
            with contextlib.suppress(ShebaoError):
                sessions.log_out(self._desk)
            kept = self._desk.filings.select(session.unit.number)
            return sum(filing.state.is_editable for filing in kept)

        def done(safe_drafts: int) -> None:
            self._over()
            self.ended.emit(safe_drafts, ending)

        self._state.set_session(None, None)
        self._ending = True
        self._jobs.run(Lane.NETWORK, work, done, self._not_over, owner=self)

    def _over(self) -> None:
        self._ending = False

    def _not_over(self, failure: ShebaoError) -> None:
        self._over()
        self._jobs.failed.emit(failure)

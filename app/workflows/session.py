"""Log in with a UKey, stay logged in, log out."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from app.domain.signing import Purpose, statement
from app.errors import KeyTrouble, ShebaoError, UsageError
from app.rules.wire import unit_from_wire, unit_to_wire
from app.store.said import ANY_UNIT
from app.workflows.desk import Desk, Endpoint
from app.workflows.keycard import key_words
from app.workflows.ukey import is_factory_pin, remember, translated
from app.workflows.verify import signature_holds

if TYPE_CHECKING:
    from app.bureau_api.client import Bureau
    from app.rules.ground import UnitFacts
    from pkcs11_drivers.model import Algorithm, Certificate, Token

TOPIC = "session"


class NotLoggedIn(UsageError):
    """No session is kept, or it has run out."""

    exit_code = 4
    default_code = "not-logged-in"


@dataclass(frozen=True, slots=True)
class Session:
    """A session with the bureau: where, for which unit, until when, and with which UKey it was opened."""

    endpoint: Endpoint
    secret: str
    unit: UnitFacts
    region: str
    expires_at: datetime
    token_serial: str


def usable_algorithm(desk: Desk, token: Token, certificate: Certificate) -> Algorithm:
    """What to sign with. Raises KeyTrouble where the key's kind cannot be used through its driver."""
    with translated():
        algorithms = desk.keys.algorithms(token, certificate)
    if not algorithms:
        raise KeyTrouble("algorithm-unusable", kind=key_words(certificate.key_algorithm), vendor=token.vendor)
    return algorithms[0]


class Signer:
    """A UKey that is logged in, signing for one bureau. The PIN has gone to the key and nowhere else.

    ``factory_pin`` says that it is one that keys are handed out with. A signature leaves here only if it holds: a
    driver that is half installed or a key that is half written makes others.
    """

    def __init__(self, desk: Desk, token: Token, pin: str | None, origin: str) -> None:
        self._keys = desk.keys
        self.origin = origin
        self.factory_pin = False
        shown = token.signing_certificate_at(desk.system_clock())
        if shown is not None:
            usable_algorithm(desk, token, shown)  # before the PIN is given away for nothing
        with translated():
            self.token = self._keys.login(token, pin)
            certificate = self.token.signing_certificate_at(desk.system_clock())
            if certificate is None:
                self._keys.logout(self.token)
                raise KeyTrouble("certificate-missing", serial=token.serial)
            self.certificate = certificate
            self.factory_pin = is_factory_pin(desk, self.token, pin)
            self.algorithm = usable_algorithm(desk, self.token, certificate)

    def sign(self, content: bytes, purpose: Purpose) -> bytes:
        """The signature over origin, ``content`` and ``purpose``.

        Raises KeyTrouble, e.g. when the key was pulled; ``signature-not-made`` where it is not that of the certificate.
        """
        with translated():
            message = statement(self.origin, content, purpose)
            signature = self._keys.sign(self.token, message, self.algorithm, self.certificate)
        if not signature_holds(self.certificate.der, self.algorithm.value, signature, self.origin, content, purpose):
            raise KeyTrouble("signature-not-made")
        return signature

    def close(self) -> None:
        """Log the key out. A key that is gone is logged out already."""
        with contextlib.suppress(KeyTrouble), translated():
            self._keys.logout(self.token)


def log_in(desk: Desk, endpoint: Endpoint, token: Token, pin: str | None) -> tuple[Session, Signer]:
    """Have the bureau's challenge signed by the UKey and keep the session.

    The signer stays open for sealing; close it when the work is done. Raises KeyTrouble, BureauRefused,
    BureauUnreachable, BureauDistrusted; nothing is kept then.
    """
    bureau = desk.bureau(endpoint)
    try:
        challenge = bureau.challenge()
        signer = Signer(desk, token, pin, bureau.origin)
        try:
            signature = signer.sign(challenge.nonce.encode("ascii"), Purpose.LOGIN)
            login = bureau.log_in(challenge, signer.certificate.der, signer.algorithm.value, signature)
        except ShebaoError:
            signer.close()
            raise
    finally:
        bureau.close()
    session = Session(endpoint, login.session, login.unit, login.region, login.expires_at, token.serial)
    desk.heard_time(login.now)
    _keep(desk, session)
    remember(desk, session.unit.number, signer.token)
    return session, signer


def current(desk: Desk) -> Session:
    """The session that is kept. Raises NotLoggedIn where there is none or its time is up."""
    kept = desk.said.get(ANY_UNIT, TOPIC)
    if kept is None:
        raise NotLoggedIn
    expires_at = datetime.fromisoformat(kept["expires_at"])
    if expires_at <= desk.system_clock().astimezone(expires_at.tzinfo):
        raise NotLoggedIn
    unit = desk.said.get(kept["unit"], "unit")
    return Session(
        endpoint=Endpoint(kept["url"], Path(kept["authority"]) if kept["authority"] else None),
        secret=kept["secret"],
        unit=unit_from_wire(unit),
        region=kept["region"],
        expires_at=expires_at,
        token_serial=kept["token"],
    )


def connect(desk: Desk, session: Session) -> Bureau:
    """The bureau, within the session."""
    return desk.bureau(session.endpoint, session.secret)


def log_out(desk: Desk) -> None:
    """End the session here and, where it can be reached, at the bureau. Drafts and the outbox stay."""
    with contextlib.suppress(ShebaoError):
        bureau = connect(desk, current(desk))
        try:
            bureau.log_out()
        finally:
            bureau.close()
    desk.said.forget(ANY_UNIT, TOPIC)


def _keep(desk: Desk, session: Session) -> None:
    now = desk.system_clock()
    with desk.database.transaction():
        desk.said.put(session.unit.number, "unit", unit_to_wire(session.unit), now)
        desk.said.put(
            ANY_UNIT,
            TOPIC,
            {
                "url": session.endpoint.url,
                "authority": str(session.endpoint.authority.resolve()) if session.endpoint.authority else None,
                "secret": session.secret,
                "unit": session.unit.number,
                "region": session.region,
                "expires_at": session.expires_at.isoformat(),
                "token": session.token_serial,
            },
            now,
        )

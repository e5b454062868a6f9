"""Log in with a UKey, and sign with it while the login stands."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from app.domain.signing import Purpose, statement
from app.errors import KeyTrouble, ShebaoError
from app.workflows.keycard import key_words, same_unit
from app.workflows.session import Session, keep
from app.workflows.ukey import is_factory_pin, remember, translated
from app.workflows.verify import signature_holds

if TYPE_CHECKING:
    from app.workflows.desk import Desk, Endpoint
    from pkcs11_drivers.model import Algorithm, Certificate, Token


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
            if shown is not None and not same_unit(shown, certificate):
                # The clerk gave the PIN for the unit that was shown: nothing is signed for another.
                self._keys.logout(self.token)
                names = {"shown": shown.unit_name or "", "found": certificate.unit_name or ""}
                raise KeyTrouble("certificate-other", **names)
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
    keep(desk, session)
    remember(desk, session.unit.number, signer.token)
    return session, signer

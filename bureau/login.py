"""Log in: a challenge, a signed answer, a session. After the Web eID token, with our purpose as a third hash."""

from __future__ import annotations

import hmac
import secrets
from base64 import b64encode
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, func, select

from app.domain.signing import Purpose, statement
from bureau import trust
from bureau.clock import system_now
from bureau.errors import Refusal
from bureau.models import Challenge, LoginSession, Unit

if TYPE_CHECKING:
    from datetime import datetime

    from bureau.office import Office

TOKEN_FORMAT: Final = "shebao-login:1"  # noqa: S105 - the format's name
CHALLENGE_LIFE: Final = timedelta(minutes=5)
SESSION_LIFE: Final = timedelta(hours=8)
NONCE_BYTES: Final = 32
MOST_CHALLENGES: Final = 10_000
"""Unanswered challenges kept at once; anybody can ask for one."""


@dataclass(frozen=True, slots=True)
class Token:
    """A challenge's answer as it came, decoded."""

    challenge: str
    certificate: bytes
    algorithm: str
    signature: bytes


def challenge(office: Office) -> dict[str, object]:
    """A fresh challenge; those nobody has answered in time are thrown away first."""
    now = system_now()
    fresh = Challenge(id=secrets.token_hex(16), nonce=b64encode(secrets.token_bytes(NONCE_BYTES)).decode(), made_at=now)
    told = {"challenge": fresh.id, "nonce": fresh.nonce, "expires_in": int(CHALLENGE_LIFE.total_seconds())}
    with office.database.write() as session:
        session.execute(delete(Challenge).where(Challenge.made_at < now - CHALLENGE_LIFE))
        if (session.scalar(select(func.count()).select_from(Challenge)) or 0) >= MOST_CHALLENGES:
            raise Refusal(429, "too-many-challenges")
        session.add(fresh)
    return told


def log_in(office: Office, token: Token) -> tuple[str, datetime, str]:
    """The session's secret, its end and the unit's number. Raises Refusal with the first reason found."""
    nonce = _take_challenge(office, token.challenge)
    try:
        signer = trust.examine(token.certificate, office.pki)
        signer.verify(token.algorithm, token.signature, statement(office.origin, nonce.encode("ascii"), Purpose.LOGIN))
    except trust.Distrusted as distrusted:
        raise Refusal(401, distrusted.code) from distrusted
    secret, expires_at = secrets.token_urlsafe(32), system_now() + SESSION_LIFE
    with office.database.write() as session:
        unit = session.scalar(select(Unit).where(Unit.credit_code == signer.credit_code))
        if unit is None or (office.regions and unit.region not in office.regions):
            raise Refusal(401, "unit-unregistered", facts={"credit_code": signer.credit_code})
        session.execute(delete(LoginSession).where(LoginSession.expires_at < system_now()))
        session.add(LoginSession(digest=_digest(secret), unit_number=unit.number, expires_at=expires_at))
        number = unit.number
    return secret, expires_at, number


def unit_of(office: Office, secret: str) -> str:
    """The number of the unit whose session this is. Raises Refusal ``session-ended``."""
    digest = _digest(secret)
    with office.database.read() as session:
        found = session.get(LoginSession, digest)
        if found is None or not hmac.compare_digest(found.digest, digest) or found.expires_at <= system_now():
            raise Refusal(401, "session-ended")
        return found.unit_number


def log_out(office: Office, secret: str) -> None:
    """End a session; one that has ended already stays so."""
    with office.database.write() as session:
        session.execute(delete(LoginSession).where(LoginSession.digest == _digest(secret)))


def _take_challenge(office: Office, identifier: str) -> str:
    """The challenge's nonce. It is gone from the store before its age is looked at: no answer counts twice."""
    with office.database.write() as session:
        taken = session.execute(
            delete(Challenge).where(Challenge.id == identifier).returning(Challenge.nonce, Challenge.made_at)
        ).one_or_none()
    if taken is None:
        raise Refusal(401, "challenge-unknown")
    if system_now() - taken.made_at > CHALLENGE_LIFE:
        raise Refusal(401, "challenge-expired")
    return str(taken.nonce)


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()

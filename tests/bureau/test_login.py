"""Logging in: every reason to refuse has a code of its own, and they are found in the order of the contract."""

import datetime as dt
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from sqlalchemy import update

from app.domain.signing import Purpose
from app.errors import BureauRefused, SessionEnded
from bureau import training
from bureau.models import Challenge, LoginSession
from bureau.pki import CREDIT_CODE_OID_OLD, Pki
from tests.support.bureau import UnitKey, log_in
from tests.support.office import URL, Counter

UNIT = training.unit("yichang")


def token(counter: Counter, key: UnitKey, **other: object) -> dict[str, object]:
    """A sound answer to a fresh challenge, with parts replaced."""
    challenge = counter.client().challenge()
    sound = {
        "format": "shebao-login:1",
        "challenge": challenge.id,
        "certificate": b64encode(key.certificate).decode(),
        "algorithm": key.algorithm,
        "signature": b64encode(key.sign(challenge.nonce.encode(), Purpose.LOGIN)).decode(),
    }
    return {**sound, **other}


def refusal(counter: Counter, answer: dict[str, object]) -> str:
    response = counter.http.post("/v1/login", json=answer)
    assert response.status_code == 401
    error = response.json()["error"]
    assert error["message"]
    return str(error["code"])


def code_of(counter: Counter, key: UnitKey) -> str:
    with pytest.raises(BureauRefused) as refused:
        log_in(counter.client(), key)
    return refused.value.code


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        (lambda: rsa.generate_private_key(65537, 2048), "RS256"),
        (lambda: rsa.generate_private_key(65537, 2048), "PS256"),
        (lambda: ec.generate_private_key(ec.SECP256R1()), "ES256"),
    ],
    ids=["RS256", "PS256", "ES256"],
)
def test_a_registered_unit_is_let_in(counter: Counter, key: Callable[[], Any], algorithm: str) -> None:
    client = counter.client()

    login = log_in(client, UnitKey.of(counter.pki, URL, UNIT, key(), algorithm))

    assert (login.unit.number, login.unit.name, login.region) == (UNIT.number, UNIT.name, "yichang")
    assert client.unit()[0].credit_code == UNIT.credit_code


def test_the_credit_code_is_read_where_older_certificates_have_it(counter: Counter) -> None:
    key = UnitKey.of(counter.pki, URL, UNIT, credit_code_oid=CREDIT_CODE_OID_OLD)

    assert log_in(counter.client(), key).unit.number == UNIT.number


REFUSED: list[tuple[str, Callable[[Counter, Path], UnitKey]]] = [
    ("certificate-usage", lambda c, _: UnitKey.of(c.pki, URL, UNIT, signs=False)),
    (
        "certificate-usage",
        lambda c, _: UnitKey.of(c.pki, URL, UNIT, extended_usage=x509.oid.ExtendedKeyUsageOID.SERVER_AUTH),
    ),
    (
        "certificate-not-yet-valid",
        lambda c, _: UnitKey.of(c.pki, URL, UNIT, not_before=dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)),
    ),
    (
        "certificate-expired",
        lambda c, _: UnitKey.of(
            c.pki, URL, UNIT, not_before=dt.datetime.now(dt.UTC) - dt.timedelta(days=2), life=dt.timedelta(days=1)
        ),
    ),
    ("certificate-path", lambda _, folder: UnitKey.of(Pki(folder / "elsewhere"), URL, UNIT)),
    (
        "algorithm-refused",
        lambda c, _: UnitKey.of(c.pki, URL, UNIT, rsa.generate_private_key(65537, 1024), "RS256"),  # noqa: S505
    ),
    ("algorithm-refused", lambda c, _: UnitKey.of(c.pki, URL, UNIT, ec.generate_private_key(ec.SECP384R1()), "ES256")),
    ("algorithm-refused", lambda c, _: replace(c.key(), algorithm="RS256")),
    ("algorithm-refused", lambda c, _: replace(c.key(), algorithm="none")),
    ("signature-wrong", lambda c, _: replace(c.key(), key=ec.generate_private_key(ec.SECP256R1()))),
    ("signature-wrong", lambda c, _: replace(c.key(), origin="https://bureau.test:8444")),
    (
        "unit-unregistered",
        lambda c, _: UnitKey.of(c.pki, URL, replace(UNIT, credit_code=training.unit("zaozhuang").credit_code)),
    ),
]


@pytest.mark.parametrize(("code", "make"), REFUSED, ids=[f"{code}-{place}" for place, (code, _) in enumerate(REFUSED)])
def test_each_refusal_has_its_code(
    counter: Counter, tmp_path: Path, code: str, make: Callable[[Counter, Path], UnitKey]
) -> None:
    assert code_of(counter, make(counter, tmp_path)) == code


def test_a_revoked_certificate_is_refused_and_no_other(counter: Counter) -> None:
    revoked, sound = counter.key(), counter.key()
    counter.pki.revoke(revoked.certificate)

    assert code_of(counter, revoked) == "certificate-revoked"
    assert log_in(counter.client(), sound).unit.number == UNIT.number


@pytest.mark.parametrize("how", ["missing", "expired", "of-another-authority", "damaged"])
def test_without_a_good_revocation_list_nobody_is_let_in(counter: Counter, tmp_path: Path, how: str) -> None:
    path = counter.pki.revocations_file
    if how == "missing":
        path.unlink()
    elif how == "expired":
        counter.pki.publish_revocations(life=dt.timedelta(minutes=1))
    elif how == "damaged":
        path.write_bytes(path.read_bytes()[:100])
    else:
        other = Pki(tmp_path / "elsewhere")
        other.publish_revocations()
        path.write_bytes(other.revocations_file.read_bytes())

    assert code_of(counter, counter.key()) == "revocation-unknown"


def test_the_earlier_reason_is_the_one_that_is_told(counter: Counter, tmp_path: Path) -> None:
    """Everything wrong at once, mended step by step."""
    stranger = Pki(tmp_path / "elsewhere")
    yesterday = dt.datetime.now(dt.UTC) - dt.timedelta(days=2)
    spoilt: dict[str, Any] = {"not_before": yesterday, "life": dt.timedelta(days=1)}
    unknown = replace(UNIT, credit_code=training.unit("zaozhuang").credit_code)
    other_key = ec.generate_private_key(ec.SECP256R1())

    codes = []
    steps: list[dict[str, Any]] = [{"signs": False, **spoilt}, spoilt, {}]
    for options in steps:
        key = UnitKey.of(stranger, URL, unknown, **options)
        codes.append(code_of(counter, replace(key, key=other_key, algorithm="RS256")))
    ours = UnitKey.of(counter.pki, URL, unknown)
    codes += [code_of(counter, replace(ours, key=other_key, algorithm="RS256"))]
    codes += [code_of(counter, replace(ours, key=other_key)), code_of(counter, ours)]

    assert codes == [
        "certificate-usage",
        "certificate-expired",
        "certificate-path",
        "algorithm-refused",
        "signature-wrong",
        "unit-unregistered",
    ]


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("format", "shebao-login:2"),
        ("challenge", "x" * 32),
        ("certificate", "not base64"),
        ("certificate", b64encode(b"\x30\x03\x02\x01\x01").decode()),
        ("certificate", b64encode(b"\x00" * 9000).decode()),
        ("signature", 7),
        ("signature", b64encode(b"\x00" * 4000).decode()),
        ("more", "than the contract has"),
    ],
)
def test_a_malformed_token_is_refused(counter: Counter, part: str, value: object) -> None:
    assert refusal(counter, token(counter, counter.key(), **{part: value})) == "token-malformed"


def test_a_token_too_large_is_not_read(counter: Counter) -> None:
    response = counter.http.post("/v1/login", content=b"{" + b" " * 40_000)

    assert response.status_code == 413
    assert response.json()["error"]["code"] == "too-large"


def test_a_challenge_counts_once_even_after_a_failure(counter: Counter) -> None:
    key = counter.key()
    answer = token(counter, key)
    wrong = {**answer, "signature": b64encode(b"\x01" * 64).decode()}

    assert refusal(counter, wrong) == "signature-wrong"
    assert refusal(counter, answer) == "challenge-unknown"


def test_a_replayed_login_is_refused(counter: Counter) -> None:
    answer = token(counter, counter.key())

    assert counter.http.post("/v1/login", json=answer).status_code == 200
    assert refusal(counter, answer) == "challenge-unknown"


def test_a_challenge_lasts_five_minutes_of_the_systems_time(counter: Counter) -> None:
    late, in_time = token(counter, counter.key()), token(counter, counter.key())
    counter.office.advance(dt.timedelta(days=1))  # the bureau's own clock is no business of a challenge's
    with counter.office.database.write() as session:
        aged = update(Challenge).where(Challenge.id == late["challenge"])
        session.execute(aged.values(made_at=dt.datetime.now(dt.UTC) - dt.timedelta(minutes=5, seconds=2)))

    assert refusal(counter, late) == "challenge-expired"
    assert counter.http.post("/v1/login", json=in_time).status_code == 200


def test_a_signature_made_to_seal_does_not_log_in(counter: Counter) -> None:
    key = counter.key()
    challenge = counter.client().challenge()
    sealed = key.sign(challenge.nonce.encode(), Purpose.SEAL)

    with pytest.raises(BureauRefused) as refused:
        counter.client().log_in(challenge, key.certificate, key.algorithm, sealed)
    assert refused.value.code == "signature-wrong"


def test_a_session_ends_when_it_is_ended_or_old(counter: Counter) -> None:
    ended, old = counter.clerk(), counter.clerk()
    secret = ended.client.session
    ended.client.log_out()
    ended.client.session = secret
    with counter.office.database.write() as session:
        session.execute(update(LoginSession).values(expires_at=dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1)))

    for clerk in (ended, old):
        with pytest.raises(SessionEnded):
            clerk.client.unit()


def test_nothing_is_told_without_a_session(counter: Counter) -> None:
    paths = ["/v1/unit", "/v1/people", "/v1/filings", "/v1/notices", "/v1/notices/1", "/v1/certificates/1"]

    for path in paths:
        for headers in ({}, {"Authorization": "Bearer guessed"}, {"Authorization": "Basic Z3Vlc3M6ZWQ="}):
            response = counter.http.get(path, headers=headers)
            assert (response.status_code, response.json()["error"]["code"]) == (401, "session-ended")


def test_the_database_does_not_hold_the_secret(counter: Counter) -> None:
    clerk = counter.clerk()

    assert clerk.client.session
    for path in (counter.office.data).glob("bureau.sqlite3*"):
        assert clerk.client.session.encode() not in path.read_bytes()

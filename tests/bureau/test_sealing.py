"""Sealed filings: only what is canonical, whole and the unit's own is taken, and each key once."""

import datetime as dt
import json
import uuid
from base64 import b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from app.bureau_api.client import Result
from app.bureau_api.receipts import ReceiptVerifier
from app.domain.signing import Purpose
from app.store.outbox import Sealed
from bureau import training
from bureau.models import Filing, Seal
from bureau.training import Role
from tests.support.bureau import Clerk, UnitKey, enrol_values
from tests.support.office import URL, Counter

NEWCOMERS = training.people("yichang", Role.NEWCOMER)


def enrolment(clerk: Clerk, person: training.TrainingPerson = NEWCOMERS[0], key: str | None = None) -> Sealed:
    return clerk.sealed("enrol", enrol_values(person, "2022-08-01"), key=key)


def send(clerk: Clerk, sealed: Sealed) -> Result:
    (result,) = clerk.client.send([sealed])
    return result


def resealed(clerk: Clerk, sealed: Sealed, text: str) -> Sealed:
    """The same under another text, soundly signed."""
    return replace(sealed, envelope=text, signature=clerk.key.sign(text.encode(), Purpose.SEAL))


def changed(clerk: Clerk, sealed: Sealed, **parts: object) -> Sealed:
    """The same with other parts, canonical again and soundly signed."""
    return clerk.key.seal({**json.loads(sealed.envelope), **parts})


def test_an_accepted_filing_is_answered_with_a_receipt_that_verifies(counter: Counter) -> None:
    clerk = counter.clerk()
    sealed = enrolment(clerk)

    result = send(clerk, sealed)

    assert (result.accepted, result.state, result.findings) == (True, "approved", ())
    assert result.receipt is not None
    body = ReceiptVerifier(URL, counter.pki.bureau_authority).check(result.receipt, sealed.key, sealed.digest)
    assert (body["filing"], body["unit"], body["item"], body["state"]) == (
        result.filing,
        clerk.number,
        "enrol",
        "approved",
    )


MALFORMED: list[tuple[str, Callable[[Clerk, Sealed], Sealed]]] = [
    ("envelope-wrong", lambda c, s: resealed(c, s, json.dumps(json.loads(s.envelope), sort_keys=True))),
    ("envelope-wrong", lambda c, s: resealed(c, s, s.envelope.replace('{"attach', '{"version":1,"attach', 1))),
    ("envelope-wrong", lambda c, s: resealed(c, s, s.envelope.replace("罗", "\\u7f57"))),
    ("envelope-wrong", lambda c, s: resealed(c, s, "[" * 5000)),
    ("envelope-wrong", lambda c, s: resealed(c, s, "[]")),
    ("envelope-wrong", lambda c, s: changed(c, s, version=2)),
    ("envelope-wrong", lambda c, s: changed(c, s, version=True)),
    ("envelope-wrong", lambda c, s: changed(c, s, more="than the contract has")),
    ("envelope-wrong", lambda c, s: changed(c, s, values={"identity": ""})),
    ("envelope-wrong", lambda c, s: changed(c, s, values={"wage": 6000})),
    ("envelope-wrong", lambda c, s: changed(c, s, month="2022-13")),
    ("field-unknown", lambda c, s: changed(c, s, values={"nickname": "阿宁"})),
    ("item-unknown", lambda c, s: changed(c, s, item="lottery")),
    ("region-differs", lambda c, s: changed(c, s, region="zaozhuang")),
    ("unit-differs", lambda c, s: changed(c, s, unit=training.neighbour("yichang").number)),
    ("algorithm-refused", lambda _, s: replace(s, algorithm="RS256")),
    ("signature-wrong", lambda _, s: replace(s, envelope=s.envelope.replace("2022-08-01", "2022-08-02"))),
    ("signature-wrong", lambda c, s: replace(s, signature=c.key.sign(s.envelope.encode(), Purpose.LOGIN))),
    (
        "signature-wrong",
        lambda c, s: replace(s, signature=c.key.sign(s.envelope.encode(), Purpose.SEAL, "https://other.test")),
    ),
]


@pytest.mark.parametrize(("code", "spoil"), MALFORMED, ids=[f"{code}-{at}" for at, (code, _) in enumerate(MALFORMED)])
def test_what_is_not_soundly_sealed_is_refused_and_leaves_its_key_free(
    counter: Counter, code: str, spoil: Callable[[Clerk, Sealed], Sealed]
) -> None:
    clerk = counter.clerk()
    sealed = enrolment(clerk)

    refused = send(clerk, spoil(clerk, sealed))

    assert (refused.accepted, refused.filing, [one.code for one in refused.findings]) == (False, None, [code])
    assert refused.findings[0].facts["bureau_says"]
    assert send(clerk, sealed).accepted


def test_another_units_certificate_cannot_seal_for_this_one(counter: Counter) -> None:
    clerk = counter.clerk()
    clerk.key = counter.key(training.neighbour("yichang"))

    assert [one.code for one in send(clerk, enrolment(clerk)).findings] == ["unit-differs"]


@pytest.mark.parametrize(
    ("code", "options"),
    [
        (
            "certificate-expired",
            {"not_before": dt.datetime.now(dt.UTC) - dt.timedelta(days=3), "life": dt.timedelta(days=1)},
        ),
        ("certificate-usage", {"signs": False}),
    ],
)
def test_a_certificate_that_is_not_good_now_cannot_seal(counter: Counter, code: str, options: dict[str, Any]) -> None:
    clerk = counter.clerk()
    clerk.key = UnitKey.of(counter.pki, URL, training.unit("yichang"), **options)

    assert [one.code for one in send(clerk, enrolment(clerk)).findings] == [code]


def test_a_certificate_revoked_within_the_session_cannot_seal(counter: Counter) -> None:
    clerk = counter.clerk()
    counter.pki.revoke(clerk.key.certificate)

    assert [one.code for one in send(clerk, enrolment(clerk)).findings] == ["certificate-revoked"]


def raw(counter: Counter, clerk: Clerk, *sealed: Sealed) -> list[dict[str, Any]]:
    """The answers as they travel."""
    body = [
        {
            "envelope": one.envelope,
            "algorithm": one.algorithm,
            "certificate": b64encode(one.certificate).decode(),
            "signature": b64encode(one.signature).decode(),
        }
        for one in sealed
    ]
    headers = {"Authorization": f"Bearer {clerk.client.session}"}
    response = counter.http.post("/v1/filings", json={"filings": body}, headers=headers)
    assert response.status_code == 200
    answers: list[dict[str, Any]] = response.json()["results"]
    return answers


def test_a_filing_sent_again_brings_the_first_answer_again(any_counter: Counter) -> None:
    clerk = any_counter.clerk()
    sealed = enrolment(clerk)

    (first,) = raw(any_counter, clerk, sealed)
    any_counter.office.advance(dt.timedelta(days=1))
    # Signed anew, as a client does that has lost its outbox: ES256 gives another signature over the same envelope.
    (second,) = raw(any_counter, clerk, resealed(clerk, sealed, sealed.envelope))

    assert (first.pop("repeated"), second.pop("repeated")) == (False, True)
    assert first == second
    with any_counter.office.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Filing)) == 1


def test_a_refused_filing_is_kept_and_its_answer_repeated(counter: Counter) -> None:
    clerk = counter.clerk()
    sealed = clerk.sealed("enrol", {**enrol_values(NEWCOMERS[0], "2022-08-01"), "wage": "100.00"})

    (first,), (second,) = raw(counter, clerk, sealed), raw(counter, clerk, sealed)

    assert (first["outcome"], first["state"], first["receipt"]) == ("refused", "rejected", None)
    assert [one["code"] for one in first["findings"] if one["severity"] == "error"] == ["base-below-floor"]
    assert {**first, "repeated": True} == second
    _, (change,) = clerk.client.changes(0)
    assert (change["filing"], change["state"]) == (first["filing"], "rejected")
    assert "3,450.00" in change["note"]


def test_a_key_used_for_something_else_is_refused(counter: Counter) -> None:
    clerk = counter.clerk()
    sealed = enrolment(clerk)
    send(clerk, sealed)

    other = send(clerk, enrolment(clerk, NEWCOMERS[1], sealed.key))

    assert [one.code for one in other.findings] == ["key-reused"]
    assert [one.standing.value for one in clerk.client.lookup([NEWCOMERS[1].identity])] == ["new"]


def test_another_unit_learns_nothing_of_a_key(counter: Counter) -> None:
    clerk, stranger = counter.clerk(), counter.clerk(training.neighbour("yichang"))
    sealed = enrolment(clerk)
    send(clerk, sealed)

    answer = send(stranger, enrolment(stranger, NEWCOMERS[0], sealed.key))

    assert ([one.code for one in answer.findings], answer.receipt, answer.filing) == (["key-reused"], None, None)


def test_one_key_sent_by_many_at_once_is_one_filing(any_counter: Counter) -> None:
    clerk = any_counter.clerk()
    sealed = enrolment(clerk)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: raw(any_counter, clerk, sealed)[0], range(16)))

    assert sum(not one["repeated"] for one in answers) == 1
    assert len({json.dumps(one["receipt"], sort_keys=True) for one in answers}) == 1
    with any_counter.office.database.read() as session:
        assert [session.scalar(select(func.count()).select_from(table)) for table in (Filing, Seal)] == [1, 1]


def test_one_person_filed_by_many_at_once_is_enrolled_once(any_counter: Counter) -> None:
    clerk = any_counter.clerk()
    filings = [enrolment(clerk) for _ in range(8)]

    with ThreadPoolExecutor(8) as pool:
        answers = [one[0] for one in pool.map(lambda one: raw(any_counter, clerk, one), filings)]

    assert sorted(one["outcome"] for one in answers) == ["accepted", *["refused"] * 7]
    refused = [one["findings"][0]["code"] for one in answers if one["outcome"] == "refused"]
    assert refused == ["already-insured"] * 7


def test_a_batch_is_answered_in_order_and_one_bad_filing_spoils_no_other(counter: Counter) -> None:
    clerk = counter.clerk()
    bad = replace(enrolment(clerk, NEWCOMERS[1]), signature=b"\0" * 64)
    batch = [enrolment(clerk, NEWCOMERS[0]), bad, enrolment(clerk, NEWCOMERS[2]), enrolment(clerk, NEWCOMERS[0])]

    results = clerk.client.send(batch)

    assert [one.key for one in results] == [one.key for one in batch]
    assert [one.accepted for one in results] == [True, False, True, False]


def test_more_than_five_hundred_at_once_are_not_read(counter: Counter) -> None:
    clerk = counter.clerk()
    headers = {"Authorization": f"Bearer {clerk.client.session}"}
    one = {"envelope": "{}", "algorithm": "ES256", "certificate": "", "signature": ""}

    response = counter.http.post("/v1/filings", json={"filings": [one] * 501}, headers=headers)

    assert (response.status_code, response.json()["error"]["code"]) == (400, "malformed")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=60))
def test_whatever_stands_in_an_envelope_is_answered(counter: Counter, text: str) -> None:
    clerk = counter.clerk()
    sealed = enrolment(clerk, key=uuid.uuid4().hex)
    try:
        spoilt = changed(clerk, sealed, values={"identity": text or "x", "name": text or "x"})
    except ValueError:  # a lone surrogate is no JSON text to begin with
        return

    assert not send(clerk, spoilt).accepted

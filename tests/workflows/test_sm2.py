"""A unit whose UKey holds an SM2 key: login, seal and receipt with the real bureau over TLS."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.cli.keys import LOCAL_ORIGIN
from app.domain.filings import FilingState
from app.domain.signing import Purpose
from app.errors import BureauRefused, KeyTrouble
from app.workflows import drafts, login
from app.workflows import session as sessions
from app.workflows import submit as submitting
from app.workflows import ukey as ukeys
from app.workflows.verify import signature_holds
from bureau import training
from bureau.demo.ground import Ground
from pkcs11_drivers import Algorithm, UKeys
from tests.support.ground import keep_newcomers
from tests.support.sm2 import PIN, Sm2Authority


@dataclass(frozen=True)
class Guomi:
    """The ground with the unit's SM2 key plugged in, and the authority that vouches for it."""

    ground: Ground
    authority: Sm2Authority


@pytest.fixture
def guomi(ground: Ground, tmp_path: Path) -> Iterator[Guomi]:
    unit = training.unit(ground.region)
    authority = Sm2Authority.make(tmp_path / "guomi", unit.name, unit.credit_code)
    authority.lay_into(ground.serving.data / "pki")
    opened: list[UKeys] = []

    def open_keys() -> UKeys:
        opened.append(authority.ukeys())
        return opened[-1]

    ground.desk.open_keys = open_keys
    yield Guomi(ground, authority)
    for one in opened:
        one.close()


def test_login_seal_and_receipt_with_sm2(guomi: Guomi) -> None:
    desk = guomi.ground.desk
    session, signer = login.log_in(desk, guomi.ground.endpoint, ukeys.choose(desk), PIN)
    assert signer.algorithm is Algorithm.SM2_SM3
    assert session.unit.credit_code == training.unit(guomi.ground.region).credit_code
    drafts.adopt(desk, session)
    keep_newcomers(guomi.ground, session.unit.number, 2)
    bureau = sessions.connect(desk, session)

    done = submitting.submit(desk, bureau, session, signer, desk.filings.select(session.unit.number))

    bureau.close()
    signer.close()
    assert len(done.accepted) == 2  # each with a receipt that was verified
    for filing in desk.filings.select(session.unit.number):
        assert filing.state is not FilingState.DRAFT


def test_a_key_is_tested_against_itself(guomi: Guomi) -> None:
    signer = login.Signer(guomi.ground.desk, ukeys.choose(guomi.ground.desk), PIN, LOCAL_ORIGIN)
    signature = signer.sign(b"nonce", Purpose.LOCAL_TEST)
    signer.close()
    der, name = signer.certificate.der, signer.algorithm.value

    assert signature_holds(der, name, signature, LOCAL_ORIGIN, b"nonce")
    assert not signature_holds(der, name, signature, LOCAL_ORIGIN, b"other")


def test_a_revoked_sm2_certificate_is_refused(guomi: Guomi) -> None:
    desk = guomi.ground.desk
    guomi.authority.publish(revoke=True)
    guomi.authority.lay_into(guomi.ground.serving.data / "pki")

    with pytest.raises(BureauRefused) as refused:
        login.log_in(desk, guomi.ground.endpoint, ukeys.choose(desk), PIN)

    assert refused.value.code == "certificate-revoked"


def test_without_its_revocation_list_no_sm2_certificate_is_taken(guomi: Guomi) -> None:
    (guomi.ground.serving.data / "pki" / "unit-ca-sm2.crl").unlink()
    desk = guomi.ground.desk

    with pytest.raises(BureauRefused) as refused:
        login.log_in(desk, guomi.ground.endpoint, ukeys.choose(desk), PIN)

    assert refused.value.code == "revocation-unknown"


def test_an_sm2_authority_that_the_bureau_does_not_know_is_refused(guomi: Guomi, tmp_path: Path) -> None:
    unit = training.unit(guomi.ground.region)
    stranger = Sm2Authority.make(tmp_path / "stranger", unit.name, unit.credit_code)
    with stranger.ukeys() as keys:
        desk = guomi.ground.desk
        desk.open_keys = lambda: keys
        with pytest.raises(BureauRefused) as refused:
            login.log_in(desk, guomi.ground.endpoint, ukeys.choose(desk), PIN)

    assert refused.value.code == "certificate-path"


def test_an_sm2_key_that_its_driver_cannot_use_is_said_to_be_so(guomi: Guomi) -> None:
    with guomi.authority.ukeys(way="") as keys:
        desk = guomi.ground.desk
        desk.open_keys = lambda: keys
        with pytest.raises(KeyTrouble) as refused:
            login.log_in(desk, guomi.ground.endpoint, ukeys.choose(desk), PIN)

    assert refused.value.code == "algorithm-unusable"

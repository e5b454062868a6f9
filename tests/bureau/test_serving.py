"""The bureau as a process of its own: over TLS, with a UKey, stopped, killed and started again."""

import json
import os
import socket
import ssl
import stat
import threading
from base64 import b64encode
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.bureau_api.client import Bureau
from app.bureau_api.receipts import ReceiptVerifier
from app.bureau_api.transport import HttpsTransport
from app.domain.identity import check_digit
from app.domain.signing import Purpose, statement
from app.errors import BureauDistrusted, BureauUnreachable
from bureau import training
from bureau.database import Database, file_url
from bureau.models import Charge, Filing, Insured, Person, Seal
from bureau.pki import Pki
from bureau.training import Role
from pkcs11_drivers import Algorithm, KeyAlgorithm, Registry, UKeys
from pkcs11_drivers.softkey import NewKey, SoftKeys
from tests.support.bureau import (
    RunningBureau,
    clerk_at,
    enrol_values,
    running_bureau,
    soft_environment,
    start_bureau,
)
from tests.support.postgres import Cluster

UNIT = training.unit("yichang")
NEWCOMERS = training.people("yichang", Role.NEWCOMER)
PIN = "739154"


@pytest.mark.parametrize("kind", [KeyAlgorithm.RSA_2048, KeyAlgorithm.EC_P256])
def test_a_ukey_logs_in_and_files_over_tls(bureau: RunningBureau, tmp_path: Path, kind: KeyAlgorithm) -> None:
    registry = Registry.load()
    soft = SoftKeys(tmp_path / "keys", registry)
    issue = NewKey(kind, lambda spki: bureau.pki.issue_unit_certificate(spki, UNIT.name, UNIT.credit_code))
    soft.make("示例", PIN, issue).plug()
    client = bureau.client()
    try:
        with UKeys(registry, environment=soft_environment(soft.environment)) as ukeys:
            (found,) = ukeys.scan().tokens
            token = ukeys.login(found, PIN)
            certificate = token.signing_certificate
            assert certificate is not None
            assert (certificate.unit_name, certificate.credit_code) == (UNIT.name, UNIT.credit_code)
            wanted = Algorithm.ES256 if kind is KeyAlgorithm.EC_P256 else Algorithm.RS256
            challenge = client.challenge()
            message = statement(client.origin, challenge.nonce.encode(), Purpose.LOGIN)

            login = client.log_in(challenge, certificate.der, wanted.value, ukeys.sign(token, message, wanted))
    finally:
        client.close()

    assert (login.unit.number, login.region) == (UNIT.number, "yichang")


def test_the_whole_job_over_tls(bureau: RunningBureau) -> None:
    with clerk_at(bureau) as clerk:
        enrolled = clerk.file("enrol", enrol_values(NEWCOMERS[0], "2022-08-01"))
        clerk.file("payment", {"month": "2022-08", "insurances": "pension,unemployment,injury"})
        number = clerk.file("notice", {"month": "2022-08"}).notice
        assert number is not None
        told = bureau.advance(days=4)

        assert enrolled.receipt is not None
        assert [(one["number"], one["state"], one["stage"]) for one in told["notices"]] == [
            (number, "paid", "distributed")
        ]
        assert clerk.client.notice(number).state == "paid"
        assert clerk.client.card().now.isoformat() >= told["now"]


def test_it_stops_cleanly_when_told(tmp_path: Path) -> None:
    bureau = start_bureau(tmp_path / "bureau")
    client = bureau.client()
    client.card()  # leaves a connection open

    assert bureau.stop() == 0
    with pytest.raises(BureauUnreachable):
        client.card()
    client.close()


def test_a_client_that_pins_another_authority_is_not_fooled(bureau: RunningBureau, tmp_path: Path) -> None:
    client = Bureau(HttpsTransport(bureau.url, Pki(tmp_path / "other").bureau_authority))

    with pytest.raises(BureauDistrusted):
        client.card()
    client.close()


def test_a_unit_certificate_signs_no_receipt(bureau: RunningBureau) -> None:
    """The client pins the bureau's own root; what a UKey holds comes from another."""
    with clerk_at(bureau) as clerk:
        sealed = clerk.sealed("enrol", enrol_values(NEWCOMERS[0], "2022-08-01"))
        (result,) = clerk.client.send([sealed])
        assert result.receipt is not None
        genuine = dict(result.receipt)
        forged = {
            **genuine,
            "certificate": b64encode(clerk.key.certificate).decode(),
            "signature": b64encode(clerk.key.sign(genuine["body"].encode(), Purpose.RECEIPT)).decode(),
        }
        verifier = ReceiptVerifier(clerk.client.origin, bureau.authority)

        assert verifier.check(genuine, sealed.key, sealed.digest)["filing"] == result.filing
        with pytest.raises(BureauDistrusted):
            verifier.check(forged, sealed.key, sealed.digest)


def test_old_tls_is_not_spoken(bureau: RunningBureau) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(bureau.authority)
    host, port = bureau.url.removeprefix("https://").split(":")

    with socket.create_connection((host, int(port))) as plain, context.wrap_socket(plain, server_hostname=host) as tls:
        assert tls.version() == "TLSv1.3"
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    with socket.create_connection((host, int(port))) as plain, pytest.raises((ssl.SSLError, ConnectionError)):
        context.wrap_socket(plain, server_hostname=host)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes")
def test_private_keys_are_their_owners_alone(bureau: RunningBureau) -> None:
    keys = sorted((bureau.data / "pki").glob("*.key"))

    assert [key.stem for key in keys] == ["bureau-ca", "receipts", "server", "unit-ca"]
    assert {stat.S_IMODE(key.stat().st_mode) for key in keys} == {0o600}


def test_a_second_start_goes_on_where_the_first_ended(tmp_path: Path) -> None:
    first = start_bureau(tmp_path / "bureau")
    with clerk_at(first) as clerk:
        sealed = clerk.sealed("enrol", enrol_values(NEWCOMERS[0], "2022-08-01"))
        (before,) = clerk.client.send([sealed])
        secret = clerk.client.session
    moved = first.advance(days=3)["now"]
    first.stop()

    again = start_bureau(tmp_path / "bureau", clock="2022-08-08T09:00", port=int(first.url.rpartition(":")[2]))
    try:
        client = again.client()
        client.session = secret
        (after,) = client.send([sealed])
        assert client.card().now.isoformat() >= moved  # --clock never turns time back
        client.close()
    finally:
        again.stop()

    assert (after.receipt, after.filing) == (before.receipt, before.filing)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_killed_while_filing_it_holds_whole_filings_only(
    tmp_path: Path, kind: str, request: pytest.FixtureRequest
) -> None:
    """SIGKILL in the middle of a batch; the same batch again under the same keys loses and doubles nothing."""
    cluster: Cluster | None = request.getfixturevalue("cluster") if kind == "postgresql" else None
    db = cluster.make() if cluster else None
    bureau = start_bureau(tmp_path / "bureau", db=db)
    database = Database(db or file_url(bureau.data))
    people = [_somebody(number) for number in range(60)]
    with clerk_at(bureau) as clerk:
        batch = [clerk.sealed("enrol", enrol_values(one, "2022-08-01")) for one in people]
        lost: list[BaseException] = []
        sender = threading.Thread(target=_send_until_lost, args=(clerk.client, batch, lost))
        sender.start()
        while _count(database, Filing) < 5:
            assert sender.is_alive()
        bureau.kill()
        sender.join()
        secret = clerk.client.session
    there = _count(database, Filing)
    assert (len(lost), 5 <= there < len(batch)) == (1, True)
    assert _whole(database, there)

    again = start_bureau(tmp_path / "bureau", db=db, port=int(bureau.url.rpartition(":")[2]))
    client = again.client()
    try:
        client.session = secret
        results = client.send(batch)
        roster = client.people()
    finally:
        client.close()
        again.stop()

    assert all(one.accepted for one in results)
    assert _whole(database, len(batch))
    filed = {one.identity for one in people}
    assert len([one for one in roster if one.identity in filed]) == len(filed)
    database.close()
    if cluster and db:
        cluster.drop(db)


def _send_until_lost(client: Bureau, batch: list[object], lost: list[BaseException]) -> None:
    try:
        client.send(batch)  # type: ignore[arg-type]  # sealed filings
    except BureauUnreachable as gone:
        lost.append(gone)


def _somebody(number: int) -> training.TrainingPerson:
    first_seventeen = f"42050019900101{number:03d}"
    return replace(NEWCOMERS[0], identity=first_seventeen + check_digit(first_seventeen))


def _count(database: Database, table: type) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def _whole(database: Database, filings: int) -> bool:
    """Each filing with its seal, its person and the spells of its three insurances, and nothing else."""
    known = len(training.people("yichang")) - len(NEWCOMERS)
    found = [_count(database, table) for table in (Filing, Seal, Person, Insured, Charge)]
    return found == [filings, filings, known + filings, 3 * (known + filings), 0]


# --- the other side of the counter, as commands ----------------------------------------------------------------------


def test_commands_answer_in_json(tmp_path: Path) -> None:
    with running_bureau(tmp_path, review="manual") as bureau, clerk_at(bureau) as clerk:
        one = training.people("yichang", Role.ACTIVE)[0]
        filing = clerk.file(
            "stop", {"identity": one.identity, "name": one.name, "stop_date": "2022-07-31", "reason": "222"}
        ).filing
        assert filing

        waiting = bureau.counter("review", "list")
        approved = bureau.counter("review", "approve", filing)

        assert [row["filing"] for row in waiting["filings"]] == [filing]
        assert (approved["filing"], approved["state"]) == (filing, "approved")
        assert bureau.counter("review", "list") == {"filings": []}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["advance"], 2),
        (["advance", "--days", "-1"], 2),
        (["review", "approve", "nothing"], 2),
        (["pay", "2022080800000000"], 2),
        (["open"], 2),
    ],
)
def test_commands_refuse_plainly(bureau: RunningBureau, arguments: list[str], code: int) -> None:
    done = bureau.command(*arguments)

    assert done.returncode == code
    assert "Traceback" not in done.stderr
    assert done.stderr.strip()


def test_a_mistyped_folder_is_not_made_into_a_bureau(bureau: RunningBureau, tmp_path: Path) -> None:
    elsewhere = RunningBureau(bureau.url, bureau.authority, tmp_path / "mistyped", None, "yichang", bureau.process)

    done = elsewhere.command("advance", "--days", "1")

    assert done.returncode == 7
    assert json.loads(done.stdout)["error"]["code"] == "file-missing"
    assert not (tmp_path / "mistyped").exists()


def test_nothing_personal_and_no_secret_is_logged(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with running_bureau(tmp_path) as bureau, clerk_at(bureau) as clerk:
        clerk.client.lookup([NEWCOMERS[0].identity])
        clerk.file("enrol", enrol_values(NEWCOMERS[0], "2022-08-01"))
        secret = clerk.client.session
    assert secret

    said = "".join(capfd.readouterr())

    assert [word for word in (secret, NEWCOMERS[0].identity, NEWCOMERS[0].name) if word in said] == []

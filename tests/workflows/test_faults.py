"""Keys pulled, networks cut, processes killed: nothing lost, nothing filed twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from app.bureau_api.transport import Answer
from app.domain.filings import FilingState
from app.errors import BureauDistrusted, BureauUnreachable, CalledOff, KeyTrouble
from app.workflows import session as sessions
from app.workflows.submit import send_waiting, submit
from bureau.demo.ground import PIN, Ground
from bureau.demo.process import Serving
from tests.support.ground import Clerk, Wire, keep_newcomers, wired

CHECKOUT = Path(__file__).resolve().parents[2]
FILINGS = "/v1/filings"


def each_once(clerk: Clerk, count: int) -> None:
    """Every filing is at the bureau exactly once and approved on both sides."""
    there = clerk.at_the_bureau()
    assert Counter(str(one["state"]) for one in there) == {"approved": count}
    assert len({one["key"] for one in there}) == count
    mine = clerk.ground.desk.filings.select(clerk.session.unit.number)
    assert Counter(one.state for one in mine) == {FilingState.APPROVED: count}
    assert {one.bureau_id for one in mine} == {one["filing"] for one in there}
    assert all(clerk.ground.desk.outbox.receipt_of(one.id) for one in mine)
    enrolled = [one.identity for one in clerk.bureau.people() if one.identity.startswith("420501")]
    assert len(enrolled) == len(set(enrolled)) == count


def test_the_key_is_pulled_while_signing(clerk: Clerk) -> None:
    filings = clerk.newcomers(5)

    def pull(done: int, total: int, what: str) -> None:
        if (what, done) == ("签名", 2):
            clerk.ground.key.pull()

    done = submit(clerk.ground.desk, clerk.bureau, clerk.session, clerk.signer, filings, pull)
    assert isinstance(done.stopped_by, KeyTrouble)
    assert done.stopped_by.code == "ukey-removed"
    assert len(done.accepted) == 2
    states = Counter(clerk.ground.desk.filings.get(one.id).state for one in filings)
    assert states == {FilingState.APPROVED: 2, FilingState.DRAFT: 3}

    clerk.ground.key.plug()
    again = Clerk.log_in(clerk.ground)
    rest = again.ground.desk.filings.select(again.session.unit.number, states=[FilingState.DRAFT])
    assert not submit(again.ground.desk, again.bureau, again.session, again.signer, rest).stopped_by
    each_once(again, 5)
    again.log_out()


def test_cancelling_leaves_whole_filings_only(clerk: Clerk) -> None:
    filings = clerk.newcomers(4)

    def cancel(done: int, total: int, what: str) -> None:
        if (what, done) == ("签名", 3):
            raise CalledOff

    done = submit(clerk.ground.desk, clerk.bureau, clerk.session, clerk.signer, filings, cancel)
    assert isinstance(done.stopped_by, CalledOff)
    assert (len(done.accepted), len(done.queued)) == (3, 0)


class AnswerLost(Wire):
    """The bureau takes the filings; its first answer never arrives."""

    lost = 0

    def after(self, path: str, answer: Answer) -> Answer:
        if path == FILINGS and not AnswerLost.lost:
            AnswerLost.lost += 1
            raise BureauUnreachable(host=self.origin)
        return answer


def test_the_answer_is_lost_on_the_way(ground: Ground) -> None:
    AnswerLost.lost = 0
    wired(ground, AnswerLost)
    clerk = Clerk.log_in(ground)
    filings = clerk.newcomers(3)
    done = submit(ground.desk, clerk.bureau, clerk.session, clerk.signer, filings)
    assert isinstance(done.stopped_by, BureauUnreachable)
    assert len(done.queued) == 3
    assert len(clerk.at_the_bureau()) == 3
    again = send_waiting(ground.desk, clerk.bureau, clerk.session)
    assert len(again.accepted) == 3
    each_once(clerk, 3)
    clerk.log_out()


class Tampered(Wire):
    """Somebody in between hands out receipts for another content."""

    def after(self, path: str, answer: Answer) -> Answer:
        if path != FILINGS:
            return answer
        data = json.loads(answer.body)
        body = json.loads(data["results"][0]["receipt"]["body"])
        data["results"][0]["receipt"]["body"] = json.dumps({**body, "digest": "00" * 32})
        return Answer(answer.status, json.dumps(data).encode())


def test_a_receipt_that_does_not_verify_is_no_receipt(ground: Ground) -> None:
    wired(ground, Tampered)
    clerk = Clerk.log_in(ground)
    done = submit(ground.desk, clerk.bureau, clerk.session, clerk.signer, clerk.newcomers(1))
    assert isinstance(done.stopped_by, BureauDistrusted)
    assert (done.accepted, len(done.queued)) == ([], 1)
    clerk.log_out()


def test_another_authority_is_not_the_bureau(ground: Ground) -> None:
    clerk = Clerk.log_in(ground)
    clerk.log_out()
    wrong = ground.serving.data / "pki" / "unit-ca.pem"
    assert wrong.is_file()
    stranger = ground.desk.bureau(type(ground.endpoint)(ground.endpoint.url, wrong))
    with pytest.raises(BureauDistrusted):
        stranger.card()
    stranger.close()


class Killing(Wire):
    """The bureau dies, without warning, just as the second batch arrives."""

    serving: Serving
    posts = 0

    def before(self, path: str) -> None:
        if path == FILINGS:
            Killing.posts += 1
            if Killing.posts == 2:
                Killing.serving.kill()


def test_the_bureau_dies_while_sending(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.workflows.submit.BATCH", 4)
    Killing.serving, Killing.posts = ground.serving, 0
    wired(ground, Killing)
    clerk = Clerk.log_in(ground)
    filings = clerk.newcomers(10)
    done = submit(ground.desk, clerk.bureau, clerk.session, clerk.signer, filings)
    assert isinstance(done.stopped_by, BureauUnreachable)
    assert (len(done.accepted), len(done.queued)) == (4, 6)
    clerk.bureau.close()
    with Serving.start(ground.serving.data, ground.region, port=ground.serving.port):
        clerk.bureau = sessions.connect(ground.desk, sessions.current(ground.desk))
        assert len(send_waiting(ground.desk, clerk.bureau, clerk.session).accepted) == 6
        each_once(clerk, 10)
        clerk.log_out()


def _shebao(ground: Ground, *words: str) -> subprocess.Popen[bytes]:
    configuration = ground.desk.home.parent / "ukey" / "softhsm2.conf"
    assert configuration.is_file()
    return subprocess.Popen(
        [sys.executable, "-m", "app.cli", "--json", "--home", str(ground.desk.home), *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=CHECKOUT,
        env={**os.environ, "SOFTHSM2_CONF": str(configuration), "SHEBAO_KEY_IN_FILE": "1"},
        start_new_session=True,
    )


@pytest.mark.skipif(sys.platform == "win32", reason="process groups and SIGKILL are POSIX's")
def test_the_program_is_killed_while_sending_again_and_again(ground: Ground) -> None:
    clerk = Clerk.log_in(ground)
    clerk.signer.close()
    keep_newcomers(ground, clerk.session.unit.number, 120)

    def sealed() -> int:
        return len(ground.desk.outbox.waiting(clerk.session.unit.number))

    def arrived() -> int:
        return len(clerk.at_the_bureau())

    for reached, enough in ((sealed, 5), (sealed, 60), (arrived, 1), (arrived, 40), (arrived, 80)):
        program = _shebao(ground, "filing", "submit", "--pin-stdin")
        assert program.stdin is not None
        program.stdin.write(f"{PIN}\n".encode())
        program.stdin.flush()
        while reached() < enough and program.poll() is None:
            time.sleep(0.005)
        os.killpg(program.pid, signal.SIGKILL)
        program.communicate()
        assert program.returncode == -signal.SIGKILL, "it was done before it could be killed"
    program = _shebao(ground, "filing", "submit", "--pin-stdin")
    out, _ = program.communicate(f"{PIN}\n".encode(), timeout=60)
    assert program.returncode == 0
    assert json.loads(out)["queued"] == []
    each_once(clerk, 120)
    clerk.bureau.close()


@pytest.mark.parametrize("ground", ["zaozhuang"], indirect=True)
def test_decided_while_the_answer_was_lost(ground: Ground) -> None:
    """The repeated answer tells the first state; the decision since is heard with the next news."""
    from app.workflows import drafts, papers, sync
    from bureau import training

    AnswerLost.lost = 0
    wired(ground, AnswerLost)
    clerk = Clerk.log_in(ground)
    person = training.people("zaozhuang", training.Role.ACTIVE)[0]
    values = {"identity": person.identity, "name": person.name, "stop_date": "2021-10-31", "reason": "222"}
    insurances = {"insurances": "pension,unemployment,injury"}
    unit = clerk.session.unit
    (filing,) = drafts.keep(ground.desk, "zaozhuang", unit.number, "stop", [{**values, **insurances}])
    slot = ground.desk.item("zaozhuang", "stop").attachments[0]
    paper = papers.form(ground.desk, unit, "stop", [filing])
    filing = drafts.attach(ground.desk, filing, slot, "减员表.pdf", paper.pdf)
    assert submit(ground.desk, clerk.bureau, clerk.session, clerk.signer, [filing]).stopped_by
    (waiting,) = ground.serving.counter("review", "list")["filings"]
    ground.serving.counter("review", "approve", waiting["filing"])
    sync.fetch(ground.desk, clerk.bureau, clerk.session)
    again = send_waiting(ground.desk, clerk.bureau, clerk.session)
    assert again.accepted[0].state is FilingState.UNDER_REVIEW
    sync.fetch(ground.desk, clerk.bureau, clerk.session)
    assert ground.desk.filings.get(filing.id).state is FilingState.APPROVED
    clerk.log_out()

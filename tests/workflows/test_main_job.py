"""The corridor from the UKey to the certificate, against the bureau over TLS."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from app.domain.filings import FilingState
from app.domain.months import Month
from app.errors import BureauRefused, CalledOff, InputRefused, KeyTrouble, SessionEnded, UsageError
from app.rules.ground import Standing
from app.workflows import certify, drafts, importing, login, papers, payment, sync
from app.workflows import session as sessions
from app.workflows import submit as submitting
from app.workflows import ukey as ukeys
from app.workflows.doctor import examine
from bureau import training
from bureau.demo.ground import PIN, Ground
from bureau.demo.hr import workbook
from tests.support.ground import Clerk, keep_newcomers

PEOPLE = training.people
INSURANCES = ["pension", "unemployment", "injury"]
zaozhuang = pytest.mark.parametrize("ground", ["zaozhuang"], indirect=True)


def test_the_session_is_kept_and_ends(ground: Ground) -> None:
    with pytest.raises(sessions.NotLoggedIn):
        sessions.current(ground.desk)
    clerk = Clerk.log_in(ground)
    kept = sessions.current(ground.desk)
    assert kept.unit.name == training.unit("yichang").name
    assert kept.token_serial == ground.key.serial
    clerk.log_out()
    sessions.log_out(ground.desk)
    with pytest.raises(sessions.NotLoggedIn):
        sessions.current(ground.desk)
    stale = ground.desk.bureau(ground.endpoint, kept.secret)
    with pytest.raises(SessionEnded):
        stale.unit()
    stale.close()


def test_a_wrong_pin_is_said_with_what_the_key_reports_and_used_once(ground: Ground) -> None:
    token = ukeys.choose(ground.desk)
    with pytest.raises(KeyTrouble) as refused:
        login.log_in(ground.desk, ground.endpoint, token, "000000")
    assert refused.value.code == "pin-incorrect"
    assert "剩余次数" in refused.value.facts["state"]
    assert "000000" not in str(refused.value.facts)
    login.log_in(ground.desk, ground.endpoint, token, PIN)[1].close()


def test_a_key_of_nobody_is_refused_with_the_reason(ground: Ground) -> None:
    from bureau.pki import Pki
    from pkcs11_drivers import KeyAlgorithm, Registry
    from pkcs11_drivers.softkey import NewKey, SoftKeys

    pki = Pki(ground.serving.data / "pki")
    soft = SoftKeys(ground.desk.home.parent / "ukey", Registry.load())

    def issue(public_key: bytes) -> bytes:
        return pki.issue_unit_certificate(public_key, "无名有限公司", "91420500MA49000017")

    stranger = soft.make("stranger", PIN, NewKey(KeyAlgorithm.EC_P256, issue))
    ground.key.pull()
    stranger.plug()
    with pytest.raises(BureauRefused) as refused:
        login.log_in(ground.desk, ground.endpoint, ukeys.choose(ground.desk), PIN)
    assert refused.value.code == "unit-unregistered"


def test_two_keys_are_told_apart_by_serial(ground: Ground) -> None:
    assert ukeys.choose(ground.desk, ground.key.serial).serial == ground.key.serial
    with pytest.raises(KeyTrouble) as refused:
        ukeys.choose(ground.desk, "no-such-serial")
    assert refused.value.code == "ukey-none"


def test_drafts_made_before_the_first_login_become_the_units(ground: Ground) -> None:
    keep_newcomers(ground, drafts.NO_UNIT, 2)
    clerk = Clerk.log_in(ground)
    drafts.adopt(ground.desk, clerk.session)
    mine = ground.desk.filings.select(clerk.session.unit.number)
    assert len(mine) == 2
    done = submitting.submit(ground.desk, clerk.bureau, clerk.session, clerk.signer, mine)
    assert len(done.accepted) == 2
    clerk.log_out()


def test_hrs_workbook_to_drafts(clerk: Clerk) -> None:
    desk, unit = clerk.ground.desk, clerk.session.unit.number
    path = workbook(desk.home, "yichang")
    checked = importing.check_file(desk, path, "yichang", "enrol", unit_number=unit)
    assert (len(checked.rows), checked.valid) == (8, 3)
    kept = importing.keep(desk, "yichang", "enrol", checked.rows, unit)
    assert len(desk.filings.select(unit, batch=kept.batch)) == 8
    found = drafts.check(desk, list(kept.filings))
    assert sum(one.ready for one in found) == 3
    done = submitting.submit(desk, clerk.bureau, clerk.session, clerk.signer, kept.filings)
    assert (len(done.accepted), len(done.refused)) == (3, 5)
    assert {desk.filings.get(one.id).state for one, _ in done.refused} == {FilingState.DRAFT}
    again = importing.check_file(desk, path, "yichang", "enrol", unit_number=unit)
    assert "already-insured" in {one.code for one in again.findings}


def test_mending_a_draft_and_the_revision_that_wins(clerk: Clerk) -> None:
    from app.store.filings import StaleFiling

    (filing,) = clerk.newcomers(1)
    desk = clerk.ground.desk
    draft = drafts.edit(desk, filing, {**filing.values, "wage": "3000"})
    assert [one.code for one in draft.findings] == ["base-below-floor"]
    with pytest.raises(StaleFiling):
        drafts.edit(desk, filing, {**filing.values, "wage": "6000"})
    assert drafts.edit(desk, draft.filing, {**filing.values, "wage": "6500"}).ready


@pytest.mark.parametrize(
    ("role", "standing", "code"),
    [
        (training.Role.ELSEWHERE, Standing.INSURED_ELSEWHERE, "insured-elsewhere"),
        (training.Role.ACTIVE, Standing.ACTIVE_HERE, "already-insured"),
        (training.Role.LEFT_PAID, Standing.PAUSED_ELSEWHERE, "injury-only"),
        (training.Role.NEWCOMER, Standing.NEW, None),
        (training.Role.PAUSED, Standing.PAUSED_HERE, None),
    ],
)
def test_who_a_person_is_is_asked_before_filing(
    clerk: Clerk, role: training.Role, standing: Standing, code: str | None
) -> None:
    person = PEOPLE("yichang", role)[0]
    found = drafts.look_up(clerk.bureau, [person.identity])
    assert found[person.identity].standing is standing
    (draft,) = clerk.newcomers(1)
    values = {**draft.values, "identity": person.identity, "name": person.name, "sex": "", "born": ""}
    on = drafts.ground(clerk.ground.desk, clerk.session.unit.number, found)
    findings = clerk.ground.desk.checker("yichang", "enrol").check(values, on)[1]
    assert [one.code for one in findings] == ([code] if code else [])


def test_who_was_paid_for_elsewhere_costs_injury_insurance_only(clerk: Clerk) -> None:
    """Seed 002, 常见问题 19."""
    person = PEOPLE("yichang", training.Role.LEFT_PAID)[0]
    (filing,) = clerk.newcomers(1)
    values = {**filing.values, "identity": person.identity, "name": person.name, "sex": "", "born": ""}
    draft = drafts.edit(clerk.ground.desk, filing, values)
    done = submitting.submit(clerk.ground.desk, clerk.bureau, clerk.session, clerk.signer, [draft.filing])
    assert len(done.accepted) == 1
    found = payment.compare(clerk.ground.desk, clerk.bureau, clerk.session, Month(2022, 8), INSURANCES)
    billed = {share.insurance for share in found.shares if share.identity == person.identity and share.theirs}
    assert billed == {"injury"}
    assert not found.differences


def test_back_months_are_collected_and_enter_the_notice(clerk: Clerk) -> None:
    """Seed 002, 常见问题 7: 三个月及三个月内的自动补收."""
    (filing,) = clerk.newcomers(1)
    draft = drafts.edit(clerk.ground.desk, filing, {**filing.values, "start": "2022-07-04"})
    assert [one.code for one in draft.findings] == ["work-start-collected"]
    desk = clerk.ground.desk
    submitting.submit(desk, clerk.bureau, clerk.session, clerk.signer, [draft.filing])
    found = payment.compare(desk, clerk.bureau, clerk.session, Month(2022, 8), INSURANCES)
    mine = [share for share in found.shares if share.identity == filing.values["identity"]]
    assert sorted({share.month for share in mine}) == ["2022-07", "2022-08"]
    assert not found.differences
    done = payment.declare(desk, clerk.bureau, clerk.session, clerk.signer, Month(2022, 8), INSURANCES)
    number = payment.notice_number(done)
    assert number is not None
    full = payment.notice(clerk.bureau, number)
    assert full.notice.total == found.total == sum((line.payable for line in full.notice.lines), Decimal(0))
    assert str(full.notice.due_on) == "2022-08-22"
    assert [stage["key"] for stage in full.stages if stage["reached_at"]] == ["assessed"]


def test_a_month_is_declared_once_and_its_money_followed(clerk: Clerk) -> None:
    desk = clerk.ground.desk
    month = desk.month()
    done = payment.declare(desk, clerk.bureau, clerk.session, clerk.signer, month, INSURANCES)
    number = payment.notice_number(done)
    assert number is not None
    again = payment.declare(desk, clerk.bureau, clerk.session, clerk.signer, month, INSURANCES)
    assert [one.code for _, findings in again.refused for one in findings] == ["month-declared"]
    clerk.ground.serving.counter("advance", "--days", "4")
    full = payment.notice(clerk.bureau, number)
    assert (full.state, [bool(stage["reached_at"]) for stage in full.stages]) == ("paid", [True] * 5)
    sync.fetch(desk, clerk.bureau, clerk.session)
    active = [one for one in clerk.bureau.people() if one.standing is Standing.ACTIVE_HERE]
    assert {one.paid_until for one in active} == {month}
    with pytest.raises(UsageError):
        payment.notice(clerk.bureau, "0000000000000000")


@pytest.mark.parametrize("at", ["核对", "签名"])
def test_a_declaration_called_off_before_it_is_sealed_leaves_nothing(clerk: Clerk, at: str) -> None:
    desk = clerk.ground.desk
    before = len(desk.filings.select(states=[FilingState.DRAFT]))

    def cancel(done: int, total: int, what: str) -> None:
        assert done <= total
        if what == at:
            raise CalledOff

    done = payment.declare(desk, clerk.bureau, clerk.session, clerk.signer, desk.month(), INSURANCES, cancel)
    assert isinstance(done.stopped_by, CalledOff)
    assert not done.accepted
    assert not done.queued
    assert len(desk.filings.select(states=[FilingState.DRAFT])) == before
    assert all(one.declared_until != desk.month() for one in clerk.bureau.people())


def test_a_certificate_names_who_was_chosen(clerk: Clerk) -> None:
    person = PEOPLE("yichang", training.Role.ACTIVE)[0]
    found = certify.certify(
        clerk.ground.desk,
        clerk.bureau,
        clerk.session,
        clerk.signer,
        insurance="unemployment",
        months=3,
        people=[person.identity],
    )
    assert [one.name for one in found.persons] == [person.name]
    assert len(found.authorization_code) == 20
    assert certify.fetch(clerk.bureau, found.authorization_code) == found
    with pytest.raises(InputRefused) as refused:
        certify.certify(
            clerk.ground.desk, clerk.bureau, clerk.session, clerk.signer, insurance="unemployment", months=5
        )
    assert [one.code for one in refused.value.findings] == ["months-not-offered"]


@zaozhuang
def test_stops_in_zaozhuang_are_reviewed_and_can_be_withdrawn(clerk: Clerk) -> None:
    desk, unit = clerk.ground.desk, clerk.session.unit.number
    item = desk.item("zaozhuang", "stop")
    filings = []
    for person in PEOPLE("zaozhuang", training.Role.ACTIVE)[:3]:
        values = {"identity": person.identity, "name": person.name, "stop_date": "2021-10-31", "reason": "222"}
        filings += drafts.keep(desk, "zaozhuang", unit, "stop", [{**values, "insurances": ",".join(INSURANCES)}])
    without_form = drafts.check(desk, filings)
    assert {one.code for draft in without_form for one in draft.findings} == {"attachment-missing"}
    assert drafts.confirmation(desk.region("zaozhuang"), item, filings[0]).endswith(
        "缴费到 2021年10月，2021年11月 起停。"
    )
    paper = papers.form(desk, clerk.session.unit, "stop", filings)
    filings = [drafts.attach(desk, one, item.attachments[0], "减员表.pdf", paper.pdf) for one in filings]
    done = submitting.submit(desk, clerk.bureau, clerk.session, clerk.signer, filings)
    assert {one.state for one in done.accepted} == {FilingState.UNDER_REVIEW}
    first, second, third = (desk.filings.get(one.id) for one in filings)
    withdrawn = submitting.withdraw(desk, clerk.bureau, clerk.session, clerk.signer, first)
    assert withdrawn.state is FilingState.WITHDRAWN
    clerk.ground.serving.counter("review", "reject", str(second.bureau_id), "--reason", "表上没有盖章")
    clerk.ground.serving.counter("review", "approve", str(third.bureau_id))
    news = sync.fetch(desk, clerk.bureau, clerk.session)
    assert set(news.changed) == {second.id, third.id}
    rejected = desk.filings.get(second.id)
    assert (rejected.state, rejected.note) == (FilingState.REJECTED, "表上没有盖章")
    assert desk.filings.get(third.id).state is FilingState.APPROVED
    reopened = drafts.reopen(desk, rejected)
    assert (reopened.state, reopened.bureau_id) == (FilingState.DRAFT, None)
    again = submitting.submit(desk, clerk.bureau, clerk.session, clerk.signer, [reopened])
    assert again.accepted[0].state is FilingState.UNDER_REVIEW
    with pytest.raises(UsageError):
        submitting.withdraw(desk, clerk.bureau, clerk.session, clerk.signer, desk.filings.get(third.id))


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("表.pdf", b"", "attachment-empty"),
        ("表.pdf", b"MZ not a pdf", "attachment-kind"),
        ("表.pdf", b"%PDF-1.7 cut off", "attachment-damaged"),
    ],
)
def test_an_attachment_is_looked_at_before_it_is_kept(clerk: Clerk, name: str, content: bytes, code: str) -> None:
    (filing,) = clerk.newcomers(1)
    slot = clerk.ground.desk.item("yichang", "enrol").attachments[0]
    with pytest.raises(InputRefused) as refused:
        drafts.attach(clerk.ground.desk, filing, slot, name, content)
    assert [one.code for one in refused.value.findings] == [code]
    assert clerk.ground.desk.filings.get(filing.id).attachments == ()


def test_the_self_test_says_what_is_right_and_what_to_do(clerk: Clerk) -> None:
    by_code = {one.code: one for one in examine(clerk.ground.desk)}
    assert by_code["ukey"].ok
    assert by_code["bureau"].ok
    assert by_code["certificate"].ok
    clerk.ground.key.pull()
    ukey = {one.code: one for one in examine(clerk.ground.desk)}["ukey"]
    assert not ukey.ok
    assert ukey.remedy


def test_only_editable_filings_can_be_submitted_or_voided(clerk: Clerk) -> None:
    (filing,) = clerk.newcomers(1)
    submitting.submit(clerk.ground.desk, clerk.bureau, clerk.session, clerk.signer, [filing])
    approved = clerk.ground.desk.filings.get(filing.id)
    for action in (
        lambda: submitting.submit(clerk.ground.desk, clerk.bureau, clerk.session, clerk.signer, [approved]),
        lambda: drafts.void(clerk.ground.desk, approved),
        lambda: drafts.edit(clerk.ground.desk, approved, {}),
        lambda: drafts.reopen(clerk.ground.desk, approved),
    ):
        with pytest.raises(UsageError) as refused:
            action()
        assert refused.value.code == "filing-fixed"


def test_what_the_bureau_refuses_comes_back_with_its_findings(clerk: Clerk) -> None:
    """The client's picture can be stale: here somebody else enrols the person between check and sending."""
    person = PEOPLE("yichang", training.Role.LEFT)[0]
    first, second = clerk.newcomers(2)
    values = {**first.values, "identity": person.identity, "name": person.name, "sex": "", "born": ""}
    edited = [drafts.edit(clerk.ground.desk, one, values).filing for one in (first, second)]
    desk = clerk.ground.desk
    sealed = submitting.seal(desk, clerk.session, clerk.signer, edited[1])
    assert submitting.submit(desk, clerk.bureau, clerk.session, clerk.signer, edited[:1]).accepted
    (result,) = clerk.bureau.send([sealed])
    assert (result.accepted, [one.code for one in result.findings]) == (False, ["already-insured"])
    (repeated,) = clerk.bureau.send([sealed])
    assert repeated == replace(result, repeated=True)


def test_a_difference_is_shown_with_the_person_it_comes_from(clerk: Clerk) -> None:
    desk, unit = clerk.ground.desk, clerk.session.unit.number
    people = desk.said.get(unit, "people")
    wrong = next(one for one in people if one["standing"] == "active-here")
    wrong["base"] = "9999.00"
    desk.said.put(unit, "people", people, desk.now())
    found = payment.compare(desk, clerk.bureau, clerk.session, Month(2022, 8), INSURANCES)
    assert {(share.identity, share.insurance) for share in found.differences} == {
        (wrong["identity"], insurance) for insurance in INSURANCES
    }
    assert all(share.ours and share.theirs for share in found.differences)

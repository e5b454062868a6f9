"""The whole job without a screen: from the UKey in the socket to the printed notice, on real parts."""

from __future__ import annotations

import io
from datetime import datetime
from typing import TYPE_CHECKING, Any

from app.domain.filings import FilingState
from app.domain.money import shown
from app.errors import KeyTrouble
from app.rules.contributions import ZERO
from app.rules.wire import person_to_wire
from app.sheets.marking import marked
from app.wording import notice as words_of
from app.workflows import certify, drafts, importing, login, papers, payment, single, sync
from app.workflows import session as sessions
from app.workflows import ukey as ukeys
from app.workflows.submit import submit
from bureau import training, wages
from bureau.demo import aside, hr
from bureau.demo.ground import PIN
from bureau.demo.record import StepFailed, expect

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.bureau_api.client import Bureau
    from app.domain.filings import Filing
    from app.regions.pack import AttachmentSlot, Item
    from app.rules.fields import Raw
    from app.workflows.login import Signer
    from app.workflows.session import Session
    from app.workflows.submit import Submitted
    from bureau.demo.ground import Ground
    from bureau.demo.record import Record

WRONG_PIN = "654321"
SCAN_DPI = 150


def play(ground: Ground, record: Record) -> None:
    """Play a month, each step shown to have worked. Raises StepFailed at the first that did not."""
    session, signer = _sign_in(ground, record)
    bureau = sessions.connect(ground.desk, session)
    try:
        month = Play(ground, record, session, bureau, signer)
        month.import_staff()
        month.enrol()
        month.stop()
        month.declare_wage()
        month.review()
        number = month.pay()
        aside.at_the_tax_office(month, number)
        month.follow(number)
        month.certify()
        aside.ask(month)
    finally:
        signer.close()
        bureau.close()


def _sign_in(ground: Ground, record: Record) -> tuple[Session, Signer]:
    desk = ground.desk
    with record.step("插入 UKey") as detail:
        token = ukeys.choose(desk)
        expect(token.unit_name == training.unit(ground.region).name, "UKey 里的单位名称不对")
        detail.append(f"{token.unit_name}，{token.credit_code}")
    with record.step("输错 PIN") as detail:
        try:
            login.log_in(desk, ground.endpoint, token, WRONG_PIN)
        except KeyTrouble as refused:
            detail.append(words_of(refused).whole)
        else:
            raise StepFailed("错误的 PIN 被接受了")
    with record.step("登录") as detail:
        session, signer = login.log_in(desk, ground.endpoint, token, PIN)
        detail.append(f"{session.unit.name} {session.unit.number}")
    return session, signer


class Play:
    """One month of one unit, in the clerk's order."""

    def __init__(self, ground: Ground, record: Record, session: Session, bureau: Bureau, signer: Signer) -> None:
        self.ground, self.record = ground, record
        self.desk, self.session, self.bureau, self.signer = ground.desk, session, bureau, signer
        self.region = self.desk.region(session.region)
        sync.fetch(self.desk, bureau, session)
        self.drafts: list[Filing] = []

    def import_staff(self) -> None:
        """Import HR's file offline, see every mistake at its cell, take the sound rows."""
        unit = self.session.unit.number
        with self.record.step("导入人事部的表格（离线）") as detail:
            path = hr.workbook(self.record.folder, self.ground.region)
            checked = importing.check_file(self.desk, path, self.region.id, "enrol", unit_number=unit)
            wrong = sum(not row.valid for row in checked.rows)
            expect(checked.valid == hr.SOUND and wrong == hr.WRONG, f"{checked.valid} 行对，{wrong} 行错")
            detail.append(f"{len(checked.rows)} 行：{checked.valid} 行可提交，{wrong} 行要改")
            self.record.documents.append(path.name)
            self.record.keep("标出问题的表格.xlsx", marked(checked, path))
        with self.record.step("改好后存为草稿") as detail:
            sound = [row for row in checked.rows if row.valid]
            kept = importing.keep(self.desk, self.region.id, "enrol", sound, unit)
            self.drafts = list(kept.filings)
            detail.append(f"{len(self.drafts)} 份草稿")

    def enrol(self) -> None:
        """One more by hand after a look-up, the stamped form attached, all sealed and sent."""
        with self.record.step("查询人员，逐人增员") as detail:
            person = training.people(self.ground.region, training.Role.LEFT)[0]
            found = drafts.look_up(self.bureau, [person.identity])[person.identity]
            detail.append(f"{found.name}：{found.standing.label}")
            raw = {**hr.row_for(self.ground.region), "identity": found.identity, "name": found.name}
            on = drafts.ground(self.desk, self.session.unit.number, {found.identity: found})
            values, findings = self.desk.checker(self.region.id, "enrol").check(raw, on)
            expect(not any(one.stops for one in findings), f"{[one.code for one in findings]}")
            self.drafts += drafts.keep(self.desk, self.region.id, self.session.unit.number, "enrol", [values])
            detail.append(drafts.confirmation(self.region, self.desk.item(self.region.id, "enrol"), self.drafts[-1]))
        self._form_and_send("enrol", "增加表", self.drafts, FilingState.APPROVED)

    def stop(self) -> None:
        """Stop one person, with the sentence of what will happen."""
        item = self.desk.item(self.region.id, "stop")
        with self.record.step("减员") as detail:
            person = next(
                one
                for one in self.bureau.people()
                if one.paid_until is not None and one.standing.value == "active-here"
            )
            raw = hr.stop_for(self.region, self.desk.month(), person.identity, person.name)
            on = drafts.ground(self.desk, self.session.unit.number)
            values, findings = self.desk.checker(self.region.id, "stop").check(raw, on)
            expect(not any(one.stops for one in findings), f"{[one.code for one in findings]} {person_to_wire(person)}")
            (filing,) = drafts.keep(self.desk, self.region.id, self.session.unit.number, "stop", [values])
            detail.append(drafts.confirmation(self.region, item, filing))
        self._form_and_send("stop", "减少表", [filing], None)

    def _form_and_send(self, item_id: str, title: str, filings: Sequence[Filing], state: FilingState | None) -> None:
        item = self.desk.item(self.region.id, item_id)
        slot = item.attachments[0]
        with self.record.step(f"生成{title}并附上") as detail:
            assert slot.made_from is not None  # noqa: S101 - the packs of the demo make their forms
            paper = papers.form(self.desk, self.session.unit, slot.made_from, filings)
            self.record.keep(f"{title}.pdf", paper.pdf)
            name, content = _scan(slot, paper.pdf)
            attached = [drafts.attach(self.desk, one, slot, name, content) for one in filings]
            detail.append(f"{paper.pages} 页")
        with self.record.step(f"{item.business}：签名、提交、收回执") as detail:
            done = submit(self.desk, self.bureau, self.session, self.signer, attached)
            _all_accepted(done, len(attached))
            if state is not None:
                expect({one.state for one in done.accepted} == {state}, "没有自动办结")
            detail.append(f"{len(done.receipts)} 份回执，{done.accepted[0].state.label}")

    def declare_wage(self) -> None:
        """The wage of one person for the social-insurance year, where the region takes it online."""
        item = self.item_with("wage")
        if item is None:
            return
        with self.record.step(item.business) as detail:
            person = [one for one in self.bureau.people() if one.standing.value == "active-here"][1]
            year = wages.year_of(self.region, self.desk.month())
            wage = (person.base or ZERO) + 100
            raw = hr.wage_for(item, year, person.identity, person.name, wage)
            forms = {one.key: single.MADE_HERE for one in item.attachments if one.made_from and one.required}
            filing = single.prepare(self.desk, self.region.id, self.session.unit, item, raw, forms)
            self.keep_forms(item, filing)
            _all_accepted(submit(self.desk, self.bureau, self.session, self.signer, [filing]), 1)
            detail.append(drafts.confirmation(self.region, item, filing))

    def item_with(self, effect: str) -> Item | None:
        """The region's filing that brings something about, None where it has none."""
        return next((one for one in self.region.items.values() if one.effect == effect), None)

    def keep_forms(self, item: Item, filing: Filing) -> None:
        """The forms that went with a filing, among the demo's documents."""
        for slot in item.attachments:
            if slot.made_from is not None:
                paper = papers.form(self.desk, self.session.unit, slot.made_from, [filing])
                self.record.keep(f"{slot.name}.pdf", paper.pdf)

    def file(self, item: Item, values: Mapping[str, Raw]) -> None:
        """File one thing of the unit, which has to be done at once."""
        sync.fetch(self.desk, self.bureau, self.session)
        filing = single.prepare(self.desk, self.region.id, self.session.unit, item, values, {})
        done = submit(self.desk, self.bureau, self.session, self.signer, [filing])
        _all_accepted(done, 1)
        expect(done.accepted[0].state is FilingState.APPROVED, "没有自动办结")
        sync.fetch(self.desk, self.bureau, self.session)

    def review(self) -> None:
        """The other side of the counter decides what the region reviews by hand."""
        waiting = self.ground.serving.counter("review", "list")["filings"]
        if not waiting:
            return
        with self.record.step("柜台审核") as detail:
            for one in waiting:
                self.ground.serving.counter("review", "approve", one["filing"])
            sync.fetch(self.desk, self.bureau, self.session)
            left = self.desk.filings.select(self.session.unit.number, states=[FilingState.UNDER_REVIEW])
            expect(not left, "还有没审核完的")
            detail.append(f"通过 {len(waiting)} 笔")

    def pay(self) -> str:
        """Our sum beside the bureau's, the declaration, the notice on paper."""
        month = self.desk.month()
        insurances = [one.id for one in self.region.insurances]
        with self.record.step("算费：自己的与社保系统的逐人对照") as detail:
            found = payment.compare(self.desk, self.bureau, self.session, month, insurances)
            expect(not found.differences, f"{len(found.differences)} 处不一致")
            detail.append(f"合计 {shown(found.total)} 元，{len(found.shares)} 笔全部一致")
        with self.record.step("缴费申报并开具单据") as detail:
            done = payment.declare(self.desk, self.bureau, self.session, self.signer, month, insurances)
            _all_accepted(done, 2 if self.region.payment.separate_notice else 1)
            number = payment.notice_number(done)
            if number is None:
                raise StepFailed("没有单据号")
            full = payment.notice(self.bureau, number)
            expect(full.notice.total == found.total, f"单据 {full.notice.total} 元，核定 {found.total} 元")
            detail.append(f"{self.region.payment.bill_name} {number}，{shown(full.notice.total)} 元")
        with self.record.step(f"打印{self.region.payment.bill_name}") as detail:
            paper = papers.printed(self.region, self.region.payment.layout, full.notice)
            expect(not paper.missing_glyphs, f"缺字 {paper.missing_glyphs}")
            self.record.keep(f"{self.region.payment.bill_name}.pdf", paper.pdf)
            detail.append(f"{paper.pages} 页")
        return number

    def follow(self, number: str) -> None:
        """Advance the bureau's clock until the money has reached the people."""
        with self.record.step("跟踪到账") as detail:
            for _ in range(20):
                full = payment.notice(self.bureau, number)
                if all(stage["reached_at"] for stage in full.stages):
                    break
                self.ground.serving.counter("advance", "--days", str(self._days_until(full.stages)))
            else:
                raise StepFailed("二十天还没有到账")
            detail.extend(f"{stage['name']} {stage['reached_at'][:16]}" for stage in full.stages)
            sync.fetch(self.desk, self.bureau, self.session)

    def _days_until(self, stages: Sequence[Mapping[str, Any]]) -> int:
        """Days until the last stage is expected; one where nobody can say."""
        expected = stages[-1]["expected_by"]
        if expected is None:
            return 1
        return max(1, (datetime.fromisoformat(expected) - self.bureau.card().now).days + 1)

    def certify(self) -> None:
        """The participation certificate, where the region has one online."""
        if certify.ITEM not in self.region.items:
            return
        with self.record.step("参保证明") as detail:
            insurance = self.region.insurances[-2].id
            found = certify.certify(self.desk, self.bureau, self.session, self.signer, insurance=insurance, months=3)
            paper = papers.printed(self.region, self.desk.item(self.region.id, certify.ITEM).prints[0], found)
            self.record.keep("参保证明.pdf", paper.pdf)
            detail.append(f"{len(found.persons)} 人，授权码 {found.authorization_code}")


def _scan(slot: AttachmentSlot, pdf: bytes) -> tuple[str, bytes]:
    """The form as it is attached: as made, or photographed where only pictures are taken (哈尔滨: JPG)."""
    if "pdf" in slot.formats:
        return f"{slot.name}.pdf", pdf
    from PIL import Image

    from app.documents.attachments import shrink
    from app.documents.raster import png

    photograph, name = io.BytesIO(), f"{slot.key}.jpg"
    Image.open(io.BytesIO(png(pdf, 0, SCAN_DPI))).convert("RGB").save(photograph, "JPEG")
    return name, shrink(name, photograph.getvalue(), slot.max_kb)


def _all_accepted(done: Submitted, count: int) -> None:
    if done.stopped_by is not None:
        raise done.stopped_by
    why = [one.code for _, findings in done.refused for one in findings]
    expect(len(done.accepted) == count and not done.refused, f"受理 {len(done.accepted)} 笔，未通过：{why}")

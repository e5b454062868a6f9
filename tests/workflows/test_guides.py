"""Papers for the counter filled in with what is known, an answer on paper, and a PDF where pictures are taken."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image

from app.documents import raster, render
from app.documents.layouts import load_layout
from app.domain.notices import RosterForm
from app.errors import InputRefused, UsageError
from app.resources import RESOURCES
from app.workflows import drafts, guides, papers, queries, single, submit
from app.workflows.desk import Desk
from bureau import training
from tests.support import qr
from tests.support.ground import Clerk, keep_newcomers

HANDLER = {"action": "新增", "name": "周子衿", "phone": "13800000000", "department": "财务部"}
ACCOUNT = {"action": "新增", "bank": "示例银行城中支行", "account": "6222000000000000000", "holder": "示例机械有限公司"}


def text(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return "\n".join(document[at].get_textpage().get_text_range() for at in range(len(document)))
    finally:
        document.close()


def filed(clerk: Clerk, item_id: str, raw: dict[str, str]) -> None:
    desk = clerk.ground.desk
    item = desk.item(clerk.ground.region, item_id)
    filing = single.prepare(desk, clerk.ground.region, clerk.session.unit, item, raw, {})
    assert submit.submit(desk, clerk.bureau, clerk.session, clerk.signer, [filing]).accepted


def test_the_authorization_form_names_handlers_and_the_account(clerk: Clerk) -> None:
    desk, unit = clerk.ground.desk, clerk.session.unit
    region = desk.region("yichang")
    person = training.people("yichang", training.Role.ACTIVE)[4]
    blank = text(guides.form(desk, region, region.items["login-help"], unit).pdf)
    assert unit.name in blank
    assert person.identity not in blank

    filed(clerk, "handler", {**HANDLER, "identity": person.identity})
    filed(clerk, "bank-account", ACCOUNT)
    asked = text(guides.form(desk, region, region.items["login-help"], unit, bureau=clerk.bureau).pdf)
    heard = text(guides.form(desk, region, region.items["login-help"], unit).pdf)

    for told in (unit.name, unit.credit_code, person.identity, "周子衿", "13800000000", "财务部", "示例银行城中支行"):
        assert told in asked
        assert told in heard
    assert ACCOUNT["account"] in asked


def test_the_person_chosen_is_on_the_form(clerk: Clerk) -> None:
    desk, unit = clerk.ground.desk, clerk.session.unit
    region = desk.region("yichang")
    item = region.items["person-key-data"]
    (person,) = clerk.bureau.lookup([training.people("yichang", training.Role.ACTIVE)[0].identity])

    told = text(guides.form(desk, region, item, unit, [person.identity]).pdf)

    for known in (unit.name, unit.number, person.identity, person.name, person.number):
        assert known in told
    with pytest.raises(UsageError, match="person-not-listed"):
        guides.form(desk, region, item, unit, ["34052419800101001X"])
    with pytest.raises(UsageError, match="no-form"):
        guides.form(desk, region, region.items["import-help"], unit)


def test_the_stop_form_has_the_persons_number(clerk: Clerk) -> None:
    desk, unit = clerk.ground.desk, clerk.session.unit
    (person,) = clerk.bureau.lookup([training.people("yichang", training.Role.ACTIVE)[0].identity])
    raw = {"identity": person.identity, "name": person.name, "stop_date": "2022-07-31", "reason": "222"}
    (filing,) = drafts.keep(desk, "yichang", unit.number, "stop", [raw], "b")
    told = text(papers.form(desk, unit, "stop", [filing]).pdf)
    assert person.number in told
    assert person.identity in told


@pytest.mark.parametrize("ground", ["zaozhuang"], indirect=True)
def test_people_in_drafts_are_on_the_form_of_the_counter(clerk: Clerk) -> None:
    desk, unit = clerk.ground.desk, clerk.session.unit
    region = desk.region("zaozhuang")
    keep_newcomers(clerk.ground, unit.number, 2)
    first, second = (one.values["identity"] for one in desk.filings.select(unit.number))

    both = text(guides.form(desk, region, region.items["enrol-after-bill"], unit).pdf)
    one = text(guides.form(desk, region, region.items["enrol-after-bill"], unit, [first]).pdf)

    assert first in both
    assert second in both
    assert first in one
    assert second not in one


@pytest.mark.parametrize("ground", ["zaozhuang"], indirect=True)
def test_an_electronic_receipt_is_printed_with_the_code_that_verifies_it(clerk: Clerk) -> None:
    """枣庄 (seed 000, 五): 【电子单据信息查询】【查看二维码】; whoever scans it finds the bureau's own answer."""
    desk, unit = clerk.ground.desk, clerk.session.unit
    region = desk.region("zaozhuang")
    item = region.items["e-receipts"]
    filed(clerk, "payment", {"month": f"{desk.month()}", "insurances": "养老、失业、工伤"})
    clerk.ground.serving.counter("advance", "--days", "20")
    answer = queries.ask(desk, clerk.bureau, unit.number, item, {})
    (row,) = answer.table.rows

    paper = papers.query_form(desk, region, item, unit, [row])

    page = Image.open(io.BytesIO(raster.png(paper.pdf, 0, 300)))
    left, top, right, bottom = (round(at * 300 / 72) for at in (50, 283, 175, 405))
    scanned = qr.read(page.crop((left, top, right, bottom)))
    assert scanned == row["qr"]
    assert scanned.startswith(clerk.ground.endpoint.url)
    assert row["bill"] in text(paper.pdf)
    with pytest.raises(UsageError, match="one-row-needed"):
        papers.query_form(desk, region, item, unit, [row, row])


def test_a_pdf_becomes_a_picture_where_only_pictures_are_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """哈尔滨 (seed 003, Q15): “上传图片格式为JPG，单张图片大小不超过500KB”."""
    monkeypatch.setenv("SHEBAO_KEY_IN_FILE", "1")
    desk = Desk(tmp_path / "home")
    try:
        item = desk.item("harbin", "enrol")
        (slot,) = item.attachments
        pdf = render(load_layout(RESOURCES / "documents" / "enrol.toml"), RosterForm(title="增加表")).pdf
        (filing,) = drafts.keep(desk, "harbin", "", item.id, [{"name": "新示例"}], "b")

        filing = drafts.attach(desk, filing, slot, "增加表.pdf", pdf)
        (kept,) = filing.attachments

        assert (kept.media_type, kept.name) == ("image/jpeg", "增加表.jpg")
        assert kept.size <= slot.max_kb * 1024
        content = desk.filings.file(kept.sha256)
        assert hashlib.sha256(content).hexdigest() == kept.sha256
        picture = Image.open(io.BytesIO(content))
        assert picture.format == "JPEG"
        assert min(picture.size) > 1000
        noise = io.BytesIO()
        Image.effect_noise((3000, 2000), 90).save(noise, "JPEG", quality=95)
        assert len(noise.getvalue()) > slot.max_kb * 1024
        filing = drafts.attach(desk, filing, slot, "photo.jpg", noise.getvalue())
        assert filing.attachments[0].size <= slot.max_kb * 1024
        two = pypdfium2.PdfDocument.new()
        for _ in range(2):
            two.new_page(600, 800)
        stream = io.BytesIO()
        two.save(stream)
        with pytest.raises(InputRefused) as refused:
            drafts.attach(desk, filing, slot, "two.pdf", stream.getvalue())
        assert [one.code for one in refused.value.findings] == ["attachment-pages"]
    finally:
        desk.close()

"""The printed papers: the words of the sources in their order, pages, totals, and nothing cut."""

from __future__ import annotations

import dataclasses
import re

import pypdfium2
import pytest

from app.documents import Document, Rendered, load_layout, render
from app.documents.errors import DocumentMismatch, PageTooSmall
from tests.documents.samples import UNIT, certificate, layout_file, notice, roster


def printed(region: str, name: str, document: Document) -> Rendered:
    return render(load_layout(layout_file(region, name)), document)


def words(paper: Rendered) -> list[str]:
    """The text of each page without blanks, as a program that copies from the PDF gets it."""
    document = pypdfium2.PdfDocument(paper.pdf)
    pages = [page.get_textpage().get_text_range() for page in document]
    document.close()
    return [re.sub(r"\s", "", page) for page in pages]


# Seed 002, the sample of 随州, from its mark to its date, with a made-up unit.
NOTICE_WORDS = f"""
中国社会保险 CHINA SOCIAL INSURANCE 社会保险费应缴认定单 单位编号：100047513 征集通知单据号：2021111310244307
单位名称：{UNIT} 单位：元
险种 单位缴纳金额 个人缴纳金额 利息 滞纳金 应缴合计 应缴金额
失业保险 130.41 55.89 0 0 186.3 186.3
工伤保险 18.63 0 0 0 18.63 18.63
合计 / / / / / 204.93
实际应缴金额合计大写 贰佰零肆元玖角叁分
征集明细：
核定数据类型 单位缴纳金额 个人缴纳金额 滞纳金 利息 应缴金额
单位整体核定 149.04 55.89 0 0 204.93
1、此单据缴费截止日期至2021年11月29日,过期作废。请在截止日期前到税务征收机构及时缴纳。
2、此单据失效后,参保单位可在网上或社保大厅重新生成缴费单据。重新生成缴费单据时间超出当月的,从次月1日起加收利息和滞纳金。
3、2020年2-12月享受减免政策的单位,当期单位缴纳金额应为0,如社会保险费应缴认定单中有单位缴费金额,属补缴费款所属期2020年2月以前的单位缴费部分,具体情况请登录“湖北省政务服务网”查询人员缴费明细。
经办机构：随州市社会保险局 经办日期：2021年11月13日
"""

# Seed 002, the certificate between its title and its foot, with a made-up person, address and unit.
CERTIFICATE_WORDS = f"""
湖北省社会保险参保证明（单位专用） 单位名称: {UNIT} 单位编号: 100047513
单位参保险种 企业失业 缴费总人数 1 参保所属地 随州市本级 做账期号 202111 单位欠费(是/否) 否
2021年11月, 该单位以下参保缴费人员信息
序号 姓名 身份证号 个人编号 缴费起止时间 缴费状态 年/月 年/月
1 张示例 34052419800101001X 10003720000 202107 202109 实缴到账
2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20
备注:
1、社会保障号: 中国公民的“社会保障号”为身份证号; 外国公民的“社会保障号”为护照号或居留证号。
2、本证明信息为打印时单位在参保所属地的参保缴费情况, 由参保单位自行保管。因遗失或泄露造成的不良后果, 由参保单位负责。
3、本参保证明出具后3个月内可在“湖北省社保证明验证平台”进行验证。
验证平台: https://bureau.example.invalid/verify 授权码: 2021 1113 1336 29KR IFGN
打印时间: 2021年11月13日 第1页/共1页
"""


@pytest.mark.parametrize(
    ("name", "document", "expected"),
    [("notice", notice(), NOTICE_WORDS), ("certificate", certificate(1), CERTIFICATE_WORDS)],
)
def test_the_papers_of_hubei_say_what_the_samples_say(name: str, document: Document, expected: str) -> None:
    paper = printed("yichang", name, document)
    # Headings over two levels come out column by column; compare them by what they hold, the rest by order.
    assert sorted("".join(words(paper))) == sorted(re.sub(r"\s", "", expected))
    rest = "".join(words(paper))
    for line in filter(None, expected.splitlines()):
        for phrase in line.split():
            assert phrase in rest, phrase
    assert paper.pages == 1


def test_twenty_persons_a_page_and_the_count_goes_on() -> None:
    paper = printed("yichang", "certificate", certificate(23))
    first, second = words(paper)
    assert "第1页/共2页" in first
    assert "第2页/共2页" in second
    assert "10003720019" in first
    assert "21张示例34052419800101001X" in second
    assert first.count("张示例") == 20
    assert second.count("张示例") == 3


@pytest.mark.parametrize("people", [0, 1, 19, 20, 21, 40, 41])
def test_no_person_is_lost_at_a_page_break(people: int) -> None:
    pages = words(printed("yichang", "certificate", certificate(people, name="阿卜杜热合曼·买买提艾力江·吐尔逊")))
    numbers = re.findall(r"1000372\d{4}", "".join(pages))
    assert numbers == [f"1000372{number:04d}" for number in range(people)]
    assert "".join(pages).count("阿卜杜热合曼·买买提艾力江·吐尔逊") == people


def test_the_form_has_ten_rows_and_totals_only_where_it_ends() -> None:
    first, second = words(printed("zaozhuang", "enrol", roster(12)))
    assert first.startswith("（企业）职工缴纳社会保险费增加表")
    assert ("总计" in first, "总计" in second) == (False, True)
    assert "52,992.00" in second
    head = "增员应补缴"
    assert all(part in first for part in (head, "缴费基数", "合计", "单位缴纳", "个人缴纳", "本表一式两份"))
    assert all(str(row) in second for row in range(13, 21))


@pytest.mark.parametrize(
    ("region", "name", "document"),
    [
        ("zaozhuang", "notice", notice()),
        ("zaozhuang", "certificate", certificate(2)),
        ("yichang", "stop", roster(2, "职工缴纳社会保险费减少表")),
    ],
)
def test_a_paper_of_our_own_design_says_so(region: str, name: str, document: Document) -> None:
    assert "本程序拟定" in "".join(words(printed(region, name, document)))


def test_a_long_notice_signs_only_its_last_page() -> None:
    first, second = words(printed("yichang", "notice", notice(details=15)))
    assert ("经办机构" in first, "经办机构" in second) == (False, True)
    assert first.count("单位整体核定") + second.count("单位整体核定") == 15


def test_the_same_record_gives_the_same_bytes_and_a_titled_file() -> None:
    paper = printed("yichang", "notice", notice())
    assert paper.pdf == printed("yichang", "notice", notice()).pdf
    document = pypdfium2.PdfDocument(paper.pdf)
    assert document.get_metadata_value("Title") == "社会保险费应缴认定单 2021111310244307"
    document.close()


def test_every_font_is_inside_the_file() -> None:
    paper = printed("yichang", "certificate", certificate(1))
    assert b"Helvetica" not in paper.pdf
    assert paper.pdf.count(b"/FontFile2") == 2


def test_a_rare_character_is_reported_and_never_left_blank() -> None:
    paper = printed("yichang", "certificate", certificate(1, name="𠮷田"))
    assert paper.missing_glyphs == ("𠮷",)
    assert "〓田" in words(paper)[0]
    (finding,) = paper.findings
    assert (finding.code, finding.facts, finding.stops) == ("document-glyphs-missing", {"characters": "𠮷"}, False)


def test_the_place_of_the_seal_lies_where_its_words_are_printed() -> None:
    paper = printed("zaozhuang", "enrol", roster(1))
    place = next(one for one in paper.stamps if one.name == "unit")
    document = pypdfium2.PdfDocument(paper.pdf)
    inside = (
        document[place.page - 1]
        .get_textpage()
        .get_text_bounded(place.x, place.y, place.x + place.width, place.y + place.height)
    )
    assert inside.startswith("申报单位（章）")
    document.close()


def test_a_row_taller_than_the_page_is_an_error_and_not_a_torn_page() -> None:
    with pytest.raises(PageTooSmall):
        printed("yichang", "certificate", certificate(1, name="很长" * 600))


def test_a_layout_prints_only_the_record_it_is_made_for() -> None:
    with pytest.raises(DocumentMismatch) as wrong:
        printed("yichang", "notice", certificate(1))
    assert wrong.value.facts == {
        "layout": "yichang/documents/notice.toml",
        "wanted": "notice",
        "given": "certificate",
    }


def test_the_records_own_notes_follow_the_printed_ones() -> None:
    paper = printed("yichang", "notice", dataclasses.replace(notice(), notes=("前台补开。",)))
    assert "4、前台补开。" in words(paper)[0]

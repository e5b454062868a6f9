"""Forms generated from the declaration: every item of every region, and the exact sentence for what was typed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from app.regions.catalog import Catalog
from app.regions.pack import FieldType
from app.rules.engine import KNOWN_CHECKS
from app.rules.ground import Ground
from app.workflows.batch import Table
from app.workflows.desk import Desk
from tests.support.people import identity_number
from tests.support.typing import type_into
from ui.application import application
from ui.forms.boxes import FieldForm
from ui.forms.editors import ChoiceEditor, DateEditor, SeveralEditor, TextEditor
from ui.forms.offer import offer_of
from ui.forms.texts import Texts
from ui.theme import Theme

CATALOG = Catalog(KNOWN_CHECKS)
ITEMS = [(region, item) for region in CATALOG.ids() for item in CATALOG.region(region).items]
KINDS = {
    FieldType.DATE: DateEditor,
    FieldType.CODE: ChoiceEditor,
    FieldType.FLAG: ChoiceEditor,
    FieldType.INSURANCES: SeveralEditor,
}
GOOD = identity_number(11)


@pytest.fixture
def theme(qtbot: QtBot) -> Theme:
    return Theme(application(), "light", 100)


def form_of(qtbot: QtBot, theme: Theme, region: str, item: str) -> tuple[FieldForm, Texts]:
    texts = Texts(CATALOG.region(region), CATALOG.region(region).items[item])
    form = FieldForm(theme, texts.item.fields, texts)
    qtbot.addWidget(form)
    form.show()
    return form, texts


@pytest.mark.parametrize(("region", "item"), ITEMS)
def test_every_item_gets_a_control_for_each_field(qtbot: QtBot, theme: Theme, region: str, item: str) -> None:
    form, texts = form_of(qtbot, theme, region, item)
    labels = "\n".join(one.text() for one in form.findChildren(QLabel))

    assert list(form.boxes) == [one.key for one in texts.item.fields]
    for field in texts.item.fields:
        assert field.name in labels
        assert isinstance(form.boxes[field.key].editor, KINDS.get(field.type, TextEditor))
    assert labels.count("*") == sum(field.required for field in texts.item.fields)


@pytest.mark.parametrize(("region", "item"), ITEMS)
def test_every_example_of_a_pack_passes_through_its_control(qtbot: QtBot, theme: Theme, region: str, item: str) -> None:
    form, texts = form_of(qtbot, theme, region, item)
    checker = Desk(Path("unused")).checker(region, item)
    examples = {one.key: one.example for one in texts.item.fields if one.example}
    values, found = checker.read(examples)
    assert [one.code for one in found if one.where.field in examples] == []
    form.show_values(values)

    assert checker.read(form.raw())[0] == values


def table_on(day: date, region: str = "yichang", item: str = "enrol") -> Table:
    return Table(Desk(Path("unused")).checker(region, item), Ground(day))


WRONG_DIGIT = GOOD[:17] + ("0" if GOOD[17] != "0" else "1")
SENTENCES = [
    (
        "identity",
        "5.30102E+17",
        (
            "身份证号被 Excel 变成了数字，后几位已经丢失。"
            "先把这一列设为“文本”格式，再对照身份证重新输入全部 18 位；本程序不猜数字。"
        ),
    ),
    (
        "identity",
        WRONG_DIGIT,
        "身份证号的最后一位与前 17 位对不上。对照身份证逐位核对，多半是抄错了一位。",
    ),
    ("identity", GOOD[:15], "这是 15 位的旧身份证号。按现在的身份证填写 18 位号码。"),
    ("identity", GOOD[:12], "身份证号应为 18 位，这里是 12 位。对照身份证补全或删去多余的位。"),
    ("name", "张先生1", "“姓名”不像姓名。填写身份证上的姓名，不带称谓、数字和括号。"),
    ("phone", "12345", "电话号码不对。填写 11 位手机号，或带区号的固定电话。"),
    ("identity", "", "“社会保障号码”没有填。补上这一项。"),
]


@pytest.mark.parametrize(("key", "typed", "sentence"), SENTENCES)
def test_what_is_typed_is_answered_with_this_very_sentence(
    qtbot: QtBot, theme: Theme, key: str, typed: str, sentence: str
) -> None:
    form, _ = form_of(qtbot, theme, "yichang", "enrol")
    table = table_on(date(2022, 8, 8))
    line = table.new_line({})
    editor = form.boxes[key].editor
    assert isinstance(editor, TextEditor)
    editor.setText("x")
    type_into(editor, typed)
    table.write([(line, {key: editor.text()})])
    form.say(line.findings, [key])

    assert form.boxes[key].said == sentence
    assert editor.property("tone") == "error"


def test_a_field_not_come_to_yet_is_not_called_wrong(qtbot: QtBot, theme: Theme) -> None:
    form, texts = form_of(qtbot, theme, "yichang", "enrol")
    line = table_on(date(2022, 8, 8)).new_line({})
    form.say(line.findings, [])

    assert [key for key, box in form.boxes.items() if box.editor.property("tone")] == []
    assert form.boxes["identity"].said == texts.item.field("identity").hint


CONFIRMATIONS = [
    ("yichang", {"name": "张示例", "stop_date": "2022-07-31"}, "张示例 缴费到 2022年7月，2022年8月 起停。"),
    ("yichang", {"name": "李示例", "stop_date": "2022-12-01"}, "李示例 缴费到 2022年12月，2023年1月 起停。"),
    ("zaozhuang", {"name": "王示例", "stop_date": "2021-10-15"}, "王示例 缴费到 2021年10月，2021年11月 起停。"),
]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("SHEBAO_KEY_IN_FILE", "1")
    made = Desk(tmp_path / "home")
    yield made
    made.close()


@pytest.mark.parametrize(("region", "values", "sentence"), CONFIRMATIONS)
def test_one_is_confirmed_by_its_own_sentence(desk: Desk, region: str, values: dict[str, str], sentence: str) -> None:
    from app.workflows import drafts

    pack = desk.region(region)
    item = pack.items["stop"]
    (filing,) = drafts.keep(desk, region, "", "stop", [values])
    offer = offer_of(desk, pack, item, [filing], Texts(pack, item))

    assert offer.sentence == sentence
    assert offer.action == "提交 1 人减员"


def test_many_are_confirmed_by_their_number_with_identity_numbers_masked(desk: Desk) -> None:
    from app.workflows import drafts
    from tests.support.ground import newcomer_rows

    pack = desk.region("yichang")
    item = pack.items["enrol"]
    filings = drafts.keep(desk, "yichang", "", "enrol", newcomer_rows(3))
    offer = offer_of(desk, pack, item, filings, Texts(pack, item))
    words = "\n".join(" ".join(row) for row in offer.rows)

    assert offer.action == "提交 3 人增员"
    assert not any(one.values["identity"] in words for one in filings)
    assert "在职人员新参保" in words
    assert "6,000.00" in words

"""Items of the hall to the real bureau and back: a query, a filing of the unit, the tax office with the PIN again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.domain.filings import FilingState
from app.workflows import queries
from bureau import training
from bureau.demo.ground import PIN, prepared
from tests.support.typing import type_into
from tests.ui.conftest import Open
from tests.ui.test_submitting import PATIENCE, Clerk, words
from ui.documents.page import DocumentsPage
from ui.forms.editors import ChoiceEditor, TextEditor
from ui.forms.submitting import END
from ui.hall.filing import SUBMIT, UnitPage
from ui.hall.query import QueryPage
from ui.payment.page import PaymentPage
from ui.tax.page import TaxPage


@pytest.fixture
def clerk(qtbot: QtBot, tmp_path: Path, opened: Open, request: pytest.FixtureRequest) -> Iterator[Clerk]:
    """Logged in, the news fetched; 宜昌 unless a test says otherwise."""
    with prepared(tmp_path, getattr(request, "param", "yichang")) as ground:
        program = opened(ground.desk, bureau=ground.endpoint.url, authority=ground.endpoint.authority)
        made = Clerk(qtbot, ground, program)
        made.log_in()
        yield made
        program.close()


def fill(page: UnitPage, values: dict[str, str]) -> None:
    """Fill in fields as a clerk does."""
    assert page.steps is not None
    for key, text in values.items():
        editor = page.steps.form.boxes[key].editor
        if isinstance(editor, TextEditor):
            type_into(editor, text)
        elif isinstance(editor, ChoiceEditor):
            editor.setCurrentIndex(editor.findText(text))
            editor.activated.emit(editor.currentIndex())


def test_a_query_brings_rows_that_are_sorted_exported_and_looked_at_offline(
    qtbot: QtBot, clerk: Clerk, tmp_path: Path
) -> None:
    clerk.window.navigate("query:roster")
    page = clerk.window.current
    assert isinstance(page, QueryPage)
    qtbot.waitUntil(lambda: page.panel is not None and bool(page.panel.table.rows.all), timeout=PATIENCE)
    panel = page.panel
    assert panel is not None
    assert panel.answer is not None
    names = {one.name for one in training.people("yichang", training.Role.ACTIVE)}
    assert names <= {text for row in panel.table.rows.all for text in row.values()}
    identities = [one.identity for one in training.people("yichang", training.Role.ACTIVE)]
    shown = [column.text(row) for row in panel.table.rows.shown for column in panel.table.rows.columns]
    assert not set(identities) & set(shown)

    panel.table.selectAll()
    panel.table.copy()
    queries.export(panel.answer.table, tmp_path / "人员.csv")
    assert identities[0] in (tmp_path / "人员.csv").read_text("utf-8-sig")

    item = panel.item
    clerk.ground.serving.stop()
    kept = queries.last(clerk.desk, clerk.window.context.state.unit_number, item)
    assert kept is not None
    assert kept.table == panel.answer.table


def test_a_query_without_an_answer_says_so_and_what_to_do(qtbot: QtBot, clerk: Clerk) -> None:
    for item, following in (("refunds", "点“查询”就会列在这里"), ("bills", "改了上面的条件再点“查询”")):
        clerk.window.navigate(f"query:{item}")
        page = clerk.window.current
        assert isinstance(page, QueryPage)
        qtbot.waitUntil(lambda page=page: "没有查到记录" in words(page), timeout=PATIENCE)  # type: ignore[misc]
        assert following in words(page)

    clerk.window.navigate("query:roster")
    page = clerk.window.current
    assert isinstance(page, QueryPage)
    qtbot.waitUntil(lambda: page.panel is not None and bool(page.panel.table.rows.all), timeout=PATIENCE)
    assert "没有查到记录" not in words(page)


def test_an_item_of_the_unit_is_filled_in_confirmed_sealed_and_taken(qtbot: QtBot, clerk: Clerk) -> None:
    clerk.window.navigate("unit:bank-account")
    page = clerk.window.current
    assert isinstance(page, UnitPage)
    qtbot.waitUntil(lambda: page.steps is not None, timeout=PATIENCE)
    page.primary()
    fill(page, {"action": "新增", "bank": "示例银行城中支行", "account": "6222000000000000000"})
    page.primary()
    qtbot.waitUntil(lambda: page.stack.currentIndex() == SUBMIT, timeout=PATIENCE)
    assert "新增银行账户 6222000000000000000。" in words(page)
    assert page.primary_button.text() == "提交银行账户"
    page.primary()
    qtbot.waitUntil(lambda: page.flow.stage == END, timeout=PATIENCE)
    assert page.flow.results.headings == ["1 笔已受理"]
    assert clerk.states("bank-account") == [FilingState.APPROVED]

    page.primary()
    qtbot.waitUntil(lambda: page.stack.currentIndex() != SUBMIT and page.steps is not None, timeout=PATIENCE)
    clerk.window.navigate("query:bank-account-list")
    listing = clerk.window.current
    assert isinstance(listing, QueryPage)
    qtbot.waitUntil(lambda: listing.panel is not None and bool(listing.panel.table.rows.all), timeout=PATIENCE)
    assert listing.panel is not None
    assert any("6222000000000000000" in row.values() for row in listing.panel.table.rows.all)


@pytest.mark.parametrize("clerk", ["shaanxi"], indirect=True)
@pytest.mark.parametrize("way", ["三方协议", "银行端凭证"])
def test_a_bill_is_declared_and_paid_at_the_tax_office_with_the_pin_again(
    qtbot: QtBot, clerk: Clerk, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    asked: list[str] = []

    def ask(_: QWidget, __: object, purpose: str, then: Callable[[str | None], None]) -> None:
        asked.append(purpose)
        then(PIN)

    monkeypatch.setattr(clerk.window.context.signin, "_ask_pin", ask)
    declare_the_month(qtbot, clerk)
    clerk.ground.serving.counter("advance", "--days", "1")
    clerk.window.navigate("tax")
    page = clerk.window.current
    assert isinstance(page, TaxPage)
    choose_bill(qtbot, page, "未申报")
    assert page.primary_button.text().startswith("申报 ")
    page.primary()
    submit(qtbot, clerk, {})
    assert asked == []

    clerk.window.navigate("tax")
    choose_bill(qtbot, page, "待缴")
    assert page.primary_button.text().startswith("缴款 ")
    page.primary()
    submit(qtbot, clerk, {"way": way})
    assert len(asked) == 1
    assert clerk.states("tax-pay") == [FilingState.APPROVED]
    (filing,) = clerk.desk.filings.select(clerk.window.context.state.unit_number, item="tax-pay")
    code = filing.outcome.get("document")
    assert bool(code) is way.startswith("银行")
    if code:
        clerk.window.navigate("documents", document=code)
        papers = clerk.window.current
        assert isinstance(papers, DocumentsPage)
        qtbot.waitUntil(lambda: bool(papers.preview.pictures), timeout=PATIENCE)
        assert papers.table.current is not None
        assert papers.table.current.key == code


def declare_the_month(qtbot: QtBot, clerk: Clerk) -> None:
    """Until there is a bill."""
    clerk.window.navigate("payment")
    page = clerk.window.page("payment")
    assert isinstance(page, PaymentPage)
    qtbot.waitUntil(lambda: page.primary_button.isVisible() and page.primary_button.isEnabled(), timeout=PATIENCE)
    page.primary()
    page.primary()
    qtbot.waitUntil(lambda: page.flow.stage == END, timeout=PATIENCE)
    page.primary()


def choose_bill(qtbot: QtBot, page: TaxPage, state: str) -> None:
    """Select the bill that is in a state."""

    def there() -> bool:
        panel = page.panel
        return panel is not None and panel.table.choose(lambda row: state in row.get("state", ""))

    qtbot.waitUntil(there, timeout=PATIENCE)
    qtbot.wait(50)


def submit(qtbot: QtBot, clerk: Clerk, values: dict[str, str]) -> None:
    """Through the steps of the item that was opened."""
    qtbot.waitUntil(lambda: isinstance(clerk.window.current, UnitPage), timeout=PATIENCE)
    page = clerk.window.current
    assert isinstance(page, UnitPage)
    qtbot.waitUntil(lambda: page.steps is not None and page.steps.line is not None, timeout=PATIENCE)
    fill(page, values)
    assert page.steps is not None
    assert page.steps.line is not None
    assert [one.code for one in page.steps.line.findings if one.stops] == []
    page.primary()
    qtbot.waitUntil(lambda: page.stack.currentIndex() == SUBMIT, timeout=PATIENCE)
    page.primary()
    qtbot.waitUntil(lambda: page.flow.stage == END, timeout=PATIENCE)
    assert page.flow.results.headings == ["1 笔已受理"]
    page.primary()

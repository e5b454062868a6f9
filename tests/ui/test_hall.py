"""Every item of every region's pack, through the one page of its kind: opens, checks, keeps, and never stalls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.domain.filings import FilingState
from app.regions.catalog import Catalog
from app.regions.pack import Item, Kind, Subject
from app.rules.engine import KNOWN_CHECKS
from app.workflows import preferences
from app.workflows.desk import Desk
from tests.support.typing import type_into
from tests.ui.conftest import Open
from ui.forms.editors import TextEditor
from ui.forms.paper import PaperDialog
from ui.frame import Frame
from ui.hall.filing import UnitPage
from ui.hall.guide import GuidePage
from ui.hall.page import HallPage, fits, groups
from ui.hall.query import QueryPage
from ui.importing.page import StaffPage
from ui.pages import offered, page_of, rail
from ui.parts.cards import Message
from ui.tax.page import TaxPage

CATALOG = Catalog(KNOWN_CHECKS)
REGIONS = CATALOG.ids()
PATIENCE = 20_000


def words(widget: QWidget) -> str:
    """Everything a clerk can read in a widget."""
    found: list[QLabel | QPushButton] = [*widget.findChildren(QLabel), *widget.findChildren(QPushButton)]
    return "\n".join(one.text() for one in found if one.isVisibleTo(widget))


@pytest.fixture(params=REGIONS)
def frame(opened: Open, tmp_path: Path, request: pytest.FixtureRequest) -> Frame:
    """A window that works for a region, nobody logged in."""
    home = tmp_path / "home"
    preferences.save(home, replace(preferences.load(home), region=request.param))
    window = opened().window
    assert window is not None
    assert window.context.state.region == request.param
    return window


def items(frame: Frame) -> Iterator[Item]:
    """Of the window's region."""
    yield from frame.context.desk.region(frame.context.state.region).items.values()


def test_the_hall_lists_everything_and_finds_by_any_word(qtbot: QtBot, frame: Frame) -> None:
    frame.navigate("hall")
    page = frame.current
    assert isinstance(page, HallPage)
    everything = list(items(frame))
    assert list(page.links) == [one.id for group in groups(everything).values() for one in group]
    assert len(page.links) == len(everything)
    for item in everything:
        assert fits(item, item.name)
    qtbot.waitUntil(lambda: all(item.name in words(page) for item in everything), timeout=PATIENCE)
    one = everything[-1]
    page.line.setText(one.name)
    assert one.id in page.links
    page.line.setText("没有这样的事项名称")
    assert page.links == {}
    qtbot.waitUntil(lambda: "没有这样的事项。换一个说法" in words(page))
    page.back()
    assert len(page.links) == len(everything)
    page.open_item(one)
    assert frame.current_name == page_of(one)


def test_every_item_opens_on_the_page_of_its_kind(qtbot: QtBot, frame: Frame) -> None:
    jobs = frame.context.jobs
    for item in items(frame):
        frame.navigate(page_of(item))
        qtbot.waitUntil(lambda: not any(jobs._undelivered.values()), timeout=PATIENCE)
        page = frame.current
        assert frame.findChild(Message) is None, item.id
        kinds: dict[Kind, tuple[type, ...]] = {Kind.QUERY: (QueryPage,), Kind.GUIDE: (GuidePage,)}
        if frame.current_name.partition(":")[1]:
            assert isinstance(page, kinds.get(item.kind, (StaffPage, UnitPage))), item.id
            assert page.title in (item.name, item.business), item.id
        assert page.primary_button.isVisible() or item.kind is not Kind.QUERY, item.id


def test_every_unit_item_says_what_is_missing_and_is_kept_while_typing(qtbot: QtBot, frame: Frame) -> None:
    desk = frame.context.desk
    for item in items(frame):
        if item.kind is not Kind.FILING or item.subject is not Subject.UNIT or not page_of(item).startswith("unit:"):
            continue
        frame.navigate(page_of(item))
        page = frame.current
        assert isinstance(page, UnitPage)
        qtbot.waitUntil(lambda page=page: page.steps is not None, timeout=PATIENCE)  # type: ignore[misc]
        page.primary()
        steps = page.steps
        assert steps is not None
        assert steps.line is not None
        required = [one.name for one in item.fields if one.required and not one.default]
        assert not required or any(one.stops for one in steps.line.findings), item.id
        texts = [box.editor for box in steps.form.boxes.values() if isinstance(box.editor, TextEditor)]
        if not texts:
            continue
        type_into(texts[0], "示例")
        saver = page.saver
        assert saver is not None
        qtbot.waitUntil(lambda saver=saver: saver.idle, timeout=PATIENCE)  # type: ignore[misc]
        (kept,) = desk.filings.select("", item=item.id)
        assert kept.state is FilingState.DRAFT
        assert "示例" in kept.values.values(), item.id


def test_every_guide_says_where_with_what_and_prints_its_form(qtbot: QtBot, frame: Frame) -> None:
    for item in items(frame):
        if item.guide is None:
            continue
        frame.navigate(page_of(item))
        page = frame.current
        assert isinstance(page, GuidePage)
        lines = (item.guide.where, *item.guide.bring, *item.guide.steps, item.guide.then)
        qtbot.waitUntil(lambda page=page, lines=lines: all(one in words(page) for one in lines))  # type: ignore[misc]
        if item.guide.form:
            page.print_page()
            qtbot.waitUntil(lambda: bool(papers(frame)), timeout=PATIENCE)
            (paper,) = papers(frame)
            assert paper.preview.pdf.startswith(b"%PDF")
            paper.close()


def papers(frame: Frame) -> list[PaperDialog]:
    """The forms that are open."""
    return [one for one in frame.findChildren(PaperDialog) if one.isVisible()]


def test_the_tax_office_is_on_the_rail_where_the_region_asks_it(frame: Frame) -> None:
    region = frame.context.desk.region(frame.context.state.region)
    asks = any(one.query.startswith("tax-") for one in region.items.values())
    (entry,) = (one for one in rail() if one.name == "tax")
    assert offered(entry, region) is asks
    assert frame.rail._buttons["tax"].isVisibleTo(frame.rail) is asks
    frame.navigate("tax")
    page = frame.current
    assert isinstance(page, TaxPage)
    assert bool(page.panels) is asks
    assert ("本地区没有税务事项" in words(page)) is not asks


def test_a_draft_of_another_day_is_gone_on_with(qtbot: QtBot, frame: Frame, opened: Open, tmp_path: Path) -> None:
    chosen = [one for one in items(frame) if page_of(one).startswith("unit:")]
    if not chosen:
        assert frame.context.state.region
        return
    item = chosen[0]
    frame.navigate(page_of(item))
    page = frame.current
    assert isinstance(page, UnitPage)
    qtbot.waitUntil(lambda: page.steps is not None, timeout=PATIENCE)
    page.primary()
    steps = page.steps
    assert steps is not None
    box = next(one for one in steps.form.boxes.values() if isinstance(one.editor, TextEditor))
    assert isinstance(box.editor, TextEditor)
    type_into(box.editor, "示例")
    frame.close()
    again = opened(Desk(tmp_path / "home")).window
    assert again is not None
    again.navigate(page_of(item))
    other = again.current
    assert isinstance(other, UnitPage)
    qtbot.waitUntil(lambda: other.steps is not None and other.steps.line is not None, timeout=PATIENCE)
    assert other.steps is not None
    assert other.steps.form.boxes[box.field.key].editor.text() == "示例"

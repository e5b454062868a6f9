"""What no program can do: where to go, what to bring, how it is done, what comes after, and the form to print."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QComboBox, QGridLayout, QVBoxLayout

from app.workflows import drafts, guides
from app.workflows import session as sessions
from ui.forms.paper import PaperDialog
from ui.jobs import Lane
from ui.page import Page
from ui.parts.cards import Card, clear
from ui.parts.text import label, masked
from ui.theme import LARGE, MEDIUM, SMALL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.documents import Rendered
    from app.domain.progress import Progress
    from app.regions.pack import Item
    from app.rules.ground import Ground
    from ui.context import Context


class GuidePage(Page):
    """One guide item."""

    help = (
        "这个事项不能在网上由程序办：这一页写着到哪里办、带什么、怎么办、办完做什么。",
        "有表要填的，“打印要填的表”会把知道的先填好：单位、经办人、账户和选中的人员。",
    )

    def __init__(self, context: Context, item_id: str) -> None:
        super().__init__(context, "")
        self.item_id = item_id
        self._item: Item | None = None
        self.add_action("办事大厅", "chevron-left", lambda: context.shell.navigate("hall"))
        self._copy = self.add_action("复制说明", "copy", self.copy)
        self._print = self.add_action("打印要填的表", "printer", self.print_page)
        self.people = QComboBox()
        self.people.setAccessibleName("表上的人员")
        self._whom = Card("表上的人员")
        self._whom.body.addWidget(self.people)
        self.body.addWidget(self._whom)
        self._cards = QVBoxLayout()
        self._cards.setSpacing(LARGE)
        self.body.addLayout(self._cards)
        self.body.addStretch(1)

    def refresh(self) -> None:
        """What the region says of it."""
        region = self.context.desk.region(self.context.state.region)
        item = self._item = region.items.get(self.item_id)
        clear(self._cards)
        served = item is not None and item.guide is not None
        self._copy.setVisible(served)
        self._print.setVisible(item is not None and item.guide is not None and bool(item.guide.form))
        self._whom.setVisible(item is not None and item.guide is not None and item.guide.people)
        if item is None or item.guide is None:
            self.set_subtitle(f"{region.name}没有这个事项。")
            return
        self.set_title(item.name)
        self.set_subtitle(" › ".join((region.name, *item.menu)))
        guide = item.guide
        if guide.people:
            self._list_people()
        if item.introduction:
            self._cards.addWidget(_texts("这是什么", item.introduction))
        self._cards.addWidget(_texts("在哪里办", (guide.where,)))
        if guide.bring:
            self._cards.addWidget(_texts("带什么", guide.bring, "·"))
        if guide.steps:
            self._cards.addWidget(_texts("怎么办", guide.steps, "1"))
        self._cards.addWidget(_texts("办完以后", (guide.then,)))

    def _list_people(self) -> None:
        desk, unit = self.context.desk, self.context.state.unit_number

        def known(ground: Ground) -> None:
            chosen = self.people.currentData()
            self.people.clear()
            self.people.addItem("草稿里的人员；没有草稿的打印空表", "")
            for person in (ground.people or {}).values():
                self.people.addItem(f"{person.name}　{masked(person.identity)}", person.identity)
            self.people.setCurrentIndex(max(0, self.people.findData(chosen)))

        self.run(lambda _: drafts.ground(desk, unit or None), known)

    def back(self) -> None:
        """Esc."""
        self.context.shell.navigate("hall")

    def copy(self) -> None:
        """All of it as text, to be sent to whoever goes there."""
        if self._item is None or self._item.guide is None:
            return
        guide = self._item.guide
        steps = [f"{at}. {step}" for at, step in enumerate(guide.steps, start=1)]
        parts = [self._item.name, f"在哪里办：{guide.where}", "带什么：", *guide.bring, "怎么办：", *steps]
        parts.append(f"办完以后：{guide.then}")
        QGuiApplication.clipboard().setText("\n".join(parts))
        self.context.shell.toast("已复制")

    def print_page(self) -> None:
        """Ctrl+P: the form, filled in with what is known of the unit, its handlers and account, and who is chosen."""
        item = self._item
        if item is None or item.guide is None or not item.guide.form:
            return
        context, unit = self.context, self.context.state.unit
        region = context.desk.region(context.state.region)

        session, chosen = context.state.session, self.people.currentData()
        people = [chosen] if chosen and item.guide.people else []

        def work(_: Progress) -> Rendered:
            if session is None:
                return guides.form(context.desk, region, item, unit, people)
            bureau = sessions.connect(context.desk, session)
            try:
                return guides.form(context.desk, region, item, unit, people, bureau)
            finally:
                bureau.close()

        def made(paper: Rendered) -> None:
            PaperDialog(self.window(), context, item.name, paper).open()

        self.run(work, made, lane=Lane.NETWORK if session else Lane.STORE)


def _texts(title: str, lines: Sequence[str], mark: str = "") -> Card:
    """A card of paragraphs; ``mark`` "1" numbers them, another stands before each."""
    card = Card(title)
    grid = QGridLayout()
    grid.setHorizontalSpacing(MEDIUM)
    grid.setVerticalSpacing(SMALL)
    grid.setColumnStretch(1, 1)
    for at, line in enumerate(lines):
        if mark:
            number = label(f"{at + 1}." if mark == "1" else mark, "secondary")
            grid.addWidget(number, at, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(label(line, wraps=True, selectable=True), at, 1)
    card.body.addLayout(grid)
    return card

"""办事大厅: everything the region offers, in its own menu and under its own names."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from app.regions.pack import Kind, Review
from ui.hall.looks import ICONS
from ui.page import Page
from ui.pages import page_of
from ui.parts.buttons import LINK, Button
from ui.parts.cards import Card, clear
from ui.parts.text import label
from ui.theme import LARGE, MEDIUM, SMALL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from PySide6.QtGui import QResizeEvent

    from app.regions.pack import Item, Region
    from ui.context import Context

COLUMN = 360  # what a name needs, so that most stand on one line
_WITHOUT_MENU = {Kind.FILING: "办理", Kind.QUERY: "查询", Kind.GUIDE: "线下办理"}
_SAID = {Kind.QUERY: "查询", Kind.GUIDE: "线下办理，看说明"}


def groups(items: Sequence[Item]) -> Mapping[tuple[str, ...], list[Item]]:
    """Items by their place in the region's menu, in the order of the pack."""
    found: dict[tuple[str, ...], list[Item]] = {}
    for item in items:
        found.setdefault(item.menu or (_WITHOUT_MENU[item.kind],), []).append(item)
    # A heading once: what stands below the same first word stands together.
    order = list(dict.fromkeys(path[0] for path in found))
    return {path: found[path] for path in sorted(found, key=lambda path: order.index(path[0]))}


def fits(item: Item, text: str) -> bool:
    """Whether an item is meant: every word in its names, its menu or its introduction."""
    searched = " ".join((item.name, item.business, item.id, *item.menu, *item.introduction)).lower()
    return all(word in searched for word in text.lower().split())


def said(item: Item) -> str:
    """In a word, how an item is done."""
    if item.kind is Kind.FILING:
        return "社保系统自动办结" if item.review is Review.AUTOMATIC else "社保机构人工审核"
    return _SAID[item.kind]


class HallPage(Page):
    """The menu with a search; a name opens the page that serves it."""

    help = (
        "这里列出本地区的全部事项，分组和名称与当地社保系统的菜单一致。",
        "Ctrl+F 按名称或说明查找，回车打开第一个。",
        "铅笔是填表提交，放大镜是查询，圆圈 i 是只能线下办的，里面写着带什么、到哪里办。",
    )

    def __init__(self, context: Context) -> None:
        super().__init__(context, "办事大厅")
        self._region: Region | None = None
        self._columns = 0
        self.links: dict[str, Button] = {}
        row = QHBoxLayout()
        row.setSpacing(MEDIUM)
        self.line = QLineEdit()
        self.line.setPlaceholderText("查找事项，例如 退费、银行账户")
        self.line.setAccessibleName("查找事项")
        self.line.setClearButtonEnabled(True)
        self.line.setMaximumWidth(context.theme.px(420))
        self.line.textChanged.connect(self._fill)
        self.line.returnPressed.connect(self._open_first)
        self._count = label("", "secondary")
        row.addWidget(self.line, 1)
        row.addStretch(1)
        row.addWidget(self._count)
        self.body.addLayout(row)
        self._cards = QVBoxLayout()
        self._cards.setSpacing(LARGE)
        self.body.addLayout(self._cards)
        self.body.addStretch(1)

    def refresh(self) -> None:
        """Another region has another menu."""
        region = self.context.desk.region(self.context.state.region)
        if region is not self._region:
            self._region = region
            self.set_subtitle(f"{region.name} · {region.agency}")
            self.line.clear()
        self._fill()

    def on_news(self, news: object) -> None:
        """The menu does not change by it."""

    def search(self) -> None:
        """Ctrl+F."""
        self.line.setFocus()
        self.line.selectAll()

    def back(self) -> None:
        """Esc: the whole menu."""
        self.line.clear()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As many columns as have room."""
        super().resizeEvent(event)
        if self._region is not None and self._room() != self._columns:
            self._fill()

    @property
    def shown(self) -> list[Item]:
        """The items that fit what is searched for."""
        items = self._region.items.values() if self._region else ()
        return [one for one in items if fits(one, self.line.text())]

    def open_item(self, item: Item) -> None:
        """Go to the page that serves it."""
        self.context.shell.navigate(page_of(item))

    def _open_first(self) -> None:
        if self.line.text().strip() and self.shown:
            self.open_item(self.shown[0])

    def _room(self) -> int:
        return max(1, min(3, self.width() // self.context.theme.px(COLUMN)))

    def _fill(self) -> None:
        clear(self._cards)
        self.links = {}
        self._columns = self._room()
        shown = self.shown
        self._count.setText(f"{len(shown)} 个事项")
        card: Card | None = None
        heading = ""
        for path, items in groups(shown).items():
            if card is None or path[0] != heading:
                heading = path[0]
                card = Card(heading)
                self._cards.addWidget(card)
            if path[1:]:
                place = label(" › ".join(path[1:]), "secondary")
                place.setContentsMargins(0, SMALL, 0, 0)
                card.body.addWidget(place)
            card.body.addWidget(self._grid(items))
        if not shown:
            self._cards.addWidget(label("没有这样的事项。换一个说法，或按 Esc 看全部。", "secondary"))

    def _grid(self, items: Sequence[Item]) -> QWidget:
        host = QWidget()
        grid = QGridLayout(host)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(LARGE)
        grid.setVerticalSpacing(SMALL)
        for at, item in enumerate(items):
            grid.addWidget(self._entry(item), at // self._columns, at % self._columns)
        for column in range(self._columns):
            grid.setColumnStretch(column, 1)
        return host

    def _entry(self, item: Item) -> QWidget:
        host = QWidget()
        column = QVBoxLayout(host)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        link = Button(self.context.theme, item.name, ICONS[item.kind], role=LINK)
        link.setToolTip("\n".join(item.introduction) or item.name)
        link.clicked.connect(functools.partial(self.open_item, item))
        # Every column is as wide as the others whatever stands in it.
        host.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.links[item.id] = link
        column.addWidget(link)
        small = label(said(item), "small")
        small.setIndent(self.context.theme.px(26))
        column.addWidget(small)
        return host

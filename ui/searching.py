"""Ctrl+K: one line that finds pages, people and filings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout

from app.regions.pack import Kind
from app.workflows import drafts
from ui.jobs import Lane
from ui.pages import offered, page_of, rail
from ui.parts.text import label, masked
from ui.parts.values import subject_of
from ui.theme import MEDIUM, SMALL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QObject
    from PySide6.QtWidgets import QWidget

    from app.regions.pack import Region
    from ui.context import Context

MOST = 30
ICONS = {Kind.FILING: "file-text", Kind.QUERY: "search", Kind.GUIDE: "help-circle"}


@dataclass(frozen=True, slots=True)
class Hit:
    """Something that can be gone to: what is shown, what is searched in, where it leads."""

    icon: str
    words: str
    searched: str
    page: str
    where: tuple[tuple[str, str], ...] = ()


def page_hits(region: Region) -> list[Hit]:
    """Every page that can be opened by itself."""
    there = [one for one in rail() if offered(one, region)]
    return [Hit(one.icon, one.title, f"{one.title} {one.name}".lower(), one.name) for one in there]


def item_hits(region: Region) -> list[Hit]:
    """Every item of the region, by its official name and its place in the region's menu."""
    return [
        Hit(
            ICONS[one.kind],
            f"{one.business}　{one.name}" if one.business != one.name else one.name,
            f"{one.name} {one.business} {' '.join(one.menu)} {one.id}".lower(),
            page_of(one),
        )
        for one in region.items.values()
    ]


def gather(context: Context, unit_number: str) -> list[Hit]:
    """People and filings of the unit; in a job."""
    desk = context.desk
    people = drafts.ground(desk, unit_number).people if unit_number else None
    hits = [
        Hit(
            "users",
            f"{one.name}　{masked(one.identity)}　{one.standing.label}",
            f"{one.name} {one.identity} {one.number}".lower(),
            "people",
            (("text", one.identity),),
        )
        for one in (people or {}).values()
    ]
    for filing in desk.filings.select(unit_number):
        region = desk.region(filing.region)
        item = region.items[filing.item].name if filing.item in region.items else filing.item
        words = f"{subject_of(region, filing)}　{item}　{filing.month.spoken}　{filing.state.label}"
        searched = (
            f"{words} {filing.values.get('identity', '')} {filing.bureau_id or ''} {' '.join(filing.outcome.values())}"
        )
        hits.append(Hit("list-checks", words, searched.lower(), "filings", (("filing", filing.id),)))
    return hits


def matching(hits: Sequence[Hit], text: str) -> list[Hit]:
    """The hits that hold every word of ``text``, at most MOST."""
    words = text.lower().split()
    return [one for one in hits if all(word in one.searched for word in words)][:MOST]


class SearchDialog(QDialog):
    """The line and what it found; Enter goes there, the arrows choose."""

    def __init__(self, parent: QWidget, context: Context) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._context = context
        region = context.desk.region(context.state.region)
        self._hits = [*page_hits(region), *item_hits(region)]
        self._shown: list[Hit] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(MEDIUM, MEDIUM, MEDIUM, MEDIUM)
        column.setSpacing(SMALL)
        self.line = QLineEdit()
        self.line.setPlaceholderText("找页面、事项、人员、办件")
        self.line.setAccessibleName("查找页面、事项、人员和办件")
        self.list = QListWidget()
        self.list.setAccessibleName("查找结果")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._none = label("没有找到。", "secondary")
        for widget in (self.line, self.list, self._none):
            column.addWidget(widget)
        self.line.textChanged.connect(self._find)
        self.line.returnPressed.connect(self._go)
        self.list.itemClicked.connect(self._go)
        self.line.installEventFilter(self)
        theme = context.theme
        self.resize(theme.px(520), theme.px(400))
        self.move(
            parent.mapToGlobal(parent.rect().center()).x() - self.width() // 2,
            parent.mapToGlobal(parent.pos()).y() + 64,
        )
        self._find()
        self.line.setFocus()
        unit = context.state.unit_number
        context.jobs.run(Lane.STORE, lambda _: gather(context, unit), self._gathered, owner=self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the arrows move in the list while the cursor stays in the line."""
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
            if step is not None:
                self.list.setCurrentRow(max(0, min(self.list.count() - 1, self.list.currentRow() + step)))
                return True
        return super().eventFilter(watched, event)

    def _gathered(self, hits: list[Hit]) -> None:
        self._hits += hits
        self._find()

    def _find(self) -> None:
        self._shown = matching(self._hits, self.line.text())
        self.list.clear()
        for hit in self._shown:
            self.list.addItem(QListWidgetItem(self._context.theme.icon(hit.icon, "secondary"), hit.words))
        self.list.setCurrentRow(0 if self._shown else -1)
        self._none.setVisible(not self._shown)

    def _go(self) -> None:
        at = self.list.currentRow()
        if 0 <= at < len(self._shown):
            hit = self._shown[at]
            self.accept()
            self._context.shell.navigate(hit.page, **dict(hit.where))

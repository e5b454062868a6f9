"""参保证明: choose insurance, span and people; what it is for and what it locks is said before it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QHBoxLayout, QLineEdit, QRadioButton, QVBoxLayout, QWidget

from app.rules.ground import Standing
from app.workflows import certify
from ui.forms.submitting import warning_frame
from ui.importing.roster import fits
from ui.parts.buttons import FLAT, Button
from ui.parts.cards import Card
from ui.parts.rows import Column
from ui.parts.table import Table
from ui.parts.text import label, masked
from ui.theme import LARGE, MEDIUM, SMALL

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.regions.pack import Item, Region
    from app.rules.ground import PersonFacts
    from ui.page import Page

_SPANS = {3: "三个月", 6: "六个月", 9: "九个月", 12: "十二个月", 24: "二十四个月"}


class CertificateForm(QWidget):
    """``changed`` after every choice."""

    changed = Signal()

    def __init__(self, page: Page, region: Region, item: Item) -> None:
        super().__init__()
        theme = page.context.theme
        self.region, self.item = region, item
        self.chosen: set[str] = set()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(LARGE)
        column.addWidget(label("".join(item.introduction), "secondary", wraps=True))
        if item.irreversible:
            column.addWidget(warning_frame(page, item.irreversible))
        choices = Card()
        grid = QGridLayout()
        grid.setHorizontalSpacing(LARGE)
        grid.setVerticalSpacing(MEDIUM)
        grid.setColumnStretch(1, 1)
        self.insurances = _radios(grid, 0, "险种", [(one.id, one.name) for one in region.insurances])
        spans = [(str(one), _SPANS.get(one, f"{one} 个月")) for one in certify.months_offered(item)]
        self.spans = _radios(grid, 1, "时间", spans)
        for group in (self.insurances, self.spans):
            group.buttonClicked.connect(lambda _: self._narrow())
        choices.body.addLayout(grid)
        column.addWidget(choices)
        people = Card()
        people.body.addLayout(self._tools(page))
        self.table: Table[PersonFacts] = Table(theme, self._columns(), "打印人员", several=True)
        self.table.clicked.connect(self._clicked)
        self.table.opened.connect(lambda _: self.toggle_selected())
        people.body.addWidget(self.table, 1)
        column.addWidget(people, 1)
        self._people: list[PersonFacts] = []
        self._narrow()

    @property
    def insurance(self) -> str:
        """The chosen insurance's id."""
        return _value(self.insurances)

    @property
    def months(self) -> int:
        """The chosen span."""
        return int(_value(self.spans) or 0)

    @property
    def people(self) -> list[PersonFacts]:
        """Who is ticked, as listed."""
        return [one for one in self._people if one.identity in self.chosen and self._offered(one)]

    def show_people(self, people: Iterable[PersonFacts]) -> None:
        """The roster. Ticks stay on those who are still in it."""
        here = (Standing.ACTIVE_HERE, Standing.PAUSED_HERE)
        self._people = [one for one in people if one.standing in here]
        self._narrow()

    def toggle_all(self) -> None:
        """Tick everybody listed; nobody, if everybody was."""
        listed = {one.identity for one in self.table.rows.shown}
        self.chosen = self.chosen - listed if listed <= self.chosen else self.chosen | listed
        self._count()

    def toggle_selected(self) -> None:
        """Tick or untick the selected rows, by the first of them."""
        rows = self.table.selected
        if rows:
            names = {one.identity for one in rows}
            self.chosen = self.chosen - names if rows[0].identity in self.chosen else self.chosen | names
            self._count()

    def _tools(self, page: Page) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(SMALL)
        self._said = label("", "strong")
        row.addWidget(self._said)
        row.addStretch(1)
        self.search = QLineEdit()
        self.search.setPlaceholderText("查找姓名或证件号码")
        self.search.setClearButtonEnabled(True)
        self.search.setFixedWidth(page.context.theme.px(220))
        self.search.textChanged.connect(lambda text: self.table.rows.set_filter(lambda one: fits(one, text)))
        row.addWidget(self.search)
        everybody = Button(page.context.theme, "全选", "list-checks", role=FLAT)
        everybody.clicked.connect(self.toggle_all)
        row.addWidget(everybody)
        return row

    def _columns(self) -> list[Column[PersonFacts]]:
        return [
            Column("选", lambda _: "", width=44, ticked=lambda one: one.identity in self.chosen),
            Column("姓名", lambda one: one.name, width=110),
            Column("证件号码", lambda one: masked(one.identity), width=200, copied=lambda one: one.identity),
            Column("人员编号", lambda one: one.number, width=140),
            Column("参保状态", lambda one: one.standing.label, width=150, stretches=True),
        ]

    def _offered(self, person: PersonFacts) -> bool:
        return self.insurance in person.insurances or person.standing is Standing.PAUSED_HERE

    def _narrow(self) -> None:
        self.table.set_rows([one for one in self._people if self._offered(one)], key=lambda one: one.identity)
        self._count()

    def _clicked(self, index: QModelIndex) -> None:
        if index.column() == 0:
            person = self.table.rows.shown[index.row()]
            self.chosen ^= {person.identity}
            self._count()

    def _count(self) -> None:
        self._said.setText(f"已选 {len(self.people)} 人，共 {len(self.table.rows.all)} 人")
        self.table.viewport().update()
        self.changed.emit()


def _radios(grid: QGridLayout, row: int, title: str, choices: list[tuple[str, str]]) -> QButtonGroup:
    grid.addWidget(label(title), row, 0, Qt.AlignmentFlag.AlignVCenter)
    line = QHBoxLayout()
    line.setSpacing(LARGE)
    host = QWidget()
    host.setLayout(line)
    line.setContentsMargins(0, 0, 0, 0)
    group = QButtonGroup(host)
    for at, (value, name) in enumerate(choices):
        button = QRadioButton(name)
        button.setProperty("value", value)
        button.setChecked(at == 0)
        group.addButton(button)
        line.addWidget(button)
    line.addStretch(1)
    grid.addWidget(host, row, 1)
    return group


def _value(group: QButtonGroup) -> str:
    button = group.checkedButton()
    return "" if button is None else str(button.property("value"))

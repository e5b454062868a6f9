"""Pick people from the roster, one or many."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit

from ui.dialogs import Dialog
from ui.parts.rows import Column
from ui.parts.table import Table
from ui.parts.text import masked, money

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtWidgets import QWidget

    from app.rules.ground import PersonFacts
    from ui.theme import Theme


def roster_columns() -> list[Column[PersonFacts]]:
    """How people of the roster are listed."""
    return [
        Column("姓名", lambda one: one.name, width=96),
        Column("证件号码", lambda one: masked(one.identity), width=190, copied=lambda one: one.identity),
        Column("人员编号", lambda one: one.number, width=120),
        Column("参保状态", lambda one: one.standing.label, width=130, stretches=True),
        Column("缴费基数（元）", lambda one: money(one.base), width=120, right=True, order=lambda one: one.base or 0),
    ]


def fits(person: PersonFacts, text: str) -> bool:
    """Whether somebody is meant by what was typed into a search box."""
    wanted = text.strip().upper()
    return not wanted or wanted in person.name.upper() or wanted in person.identity or wanted in person.number


class RosterDialog(Dialog):
    """``then`` is called with the chosen people."""

    def __init__(
        self,
        parent: QWidget,
        theme: Theme,
        title: str,
        people: Sequence[PersonFacts],
        then: Callable[[list[PersonFacts]], None],
    ) -> None:
        super().__init__(parent, theme, title, 720)
        self._then = then
        self.search = QLineEdit()
        self.search.setPlaceholderText("输入姓名、证件号码或人员编号查找")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(lambda text: self.table.rows.set_filter(lambda one: fits(one, text)))
        self.body.addWidget(self.search)
        self.table: Table[PersonFacts] = Table(theme, roster_columns(), title, several=True)
        self.table.setMinimumHeight(self.least_height(320))
        self.table.set_rows(people)
        self.table.opened.connect(lambda _: self._confirmed())
        self.body.addWidget(self.table, 1)
        self.add_button("返回", self.reject)
        self.confirm = self.add_button("选定", self._confirmed, primary=True)
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._count())
        self.table.rows.modelReset.connect(self._count)
        self._count()
        self.search.setFocus(Qt.FocusReason.OtherFocusReason)

    def _count(self) -> None:
        number = len(self.table.selected)
        self.confirm.setText(f"选定 {number} 人" if number else "选定")
        self.confirm.setEnabled(number > 0)

    def _confirmed(self) -> None:
        chosen = self.table.selected
        if chosen:
            self.accept()
            self._then(chosen)

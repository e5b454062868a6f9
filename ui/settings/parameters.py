"""Where every figure that enters a calculation comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QComboBox

from app.regions.parameters import Standing
from ui.parts.cards import Card
from ui.parts.chips import Look
from ui.parts.rows import Column
from ui.parts.table import Table
from ui.parts.text import day, label
from ui.theme import SMALL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.regions.pack import Region
    from app.regions.parameters import Parameter, Value
    from ui.context import Context

_LOOKS = {
    Standing.OFFICIAL: Look("circle-check", "success"),
    Standing.UNVERIFIED: Look("triangle-alert", "warning"),
    Standing.LOCAL: Look("pencil", "warning"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One value of one parameter."""

    parameter: Parameter
    value: Value

    @property
    def months(self) -> str:
        """From when to when it is in force."""
        return f"{self.value.first} 至 {self.value.last or '今'}"

    @property
    def amount(self) -> str:
        """The figure as the pack has it: a rate as a fraction of one, a base in yuan."""
        if self.value.amount is not None:
            return f"{self.value.amount:f}"
        return "、".join(f"{name}类 {amount:f}" for name, amount in self.value.by_class.items())


def lines(region: Region) -> Iterator[Line]:
    """Every value of a region, newest first within a parameter."""
    for parameter in region.parameters.values():
        for value in reversed(parameter.values):
            yield Line(parameter, value)


class ParameterTable(Card):
    """The values of one region; editing them is not offered here."""

    def __init__(self, context: Context) -> None:
        super().__init__("计算用的数")
        self._context = context
        self._region = QComboBox()
        self._region.setAccessibleName("地区")
        for region_id, name in context.regions.items():
            self._region.addItem(name, region_id)
        self._region.currentIndexChanged.connect(self._show)
        self.head.addWidget(self._region)
        self._words = label("", "secondary", wraps=True)
        self.body.addWidget(self._words)
        columns = (
            Column[Line]("名称", lambda one: one.parameter.name, 190),
            Column[Line]("月份", lambda one: one.months, 150),
            Column[Line]("值", lambda one: one.amount, 160, tip=lambda one: one.amount),
            Column[Line](
                "标记",
                lambda one: one.value.standing.label or "官方",
                130,
                look=lambda one: _LOOKS[one.value.standing],
            ),
            Column[Line]("核对于", lambda one: day(one.value.verified_on), 100),
            Column[Line]("出处", lambda one: one.value.source, 220, stretches=True, tip=lambda one: one.value.source),
        )
        self.table: Table[Line] = Table(context.theme, columns, "计算用的数")
        self.table.setMinimumHeight(context.theme.px(280))
        self.body.addWidget(self.table)
        self.body.setSpacing(SMALL)

    def show_region(self, region_id: str) -> None:
        """Start with that region; stays where the clerk chose another."""
        if self.table.rows.all:
            return
        self._region.setCurrentIndex(max(0, self._region.findData(region_id)))
        self._show()

    def _show(self) -> None:
        region_id = self._region.currentData()
        if region_id is None:
            return
        found = list(lines(self._context.desk.region(region_id)))
        open_marks = sum(one.value.standing is not Standing.OFFICIAL for one in found)
        words = f"{len(found)} 个数，{open_marks} 个未核实。"
        self._words.setText(words if open_marks else f"{len(found)} 个数，都有官方出处。")
        self.table.set_rows(found)

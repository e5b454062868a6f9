"""险种 as cards: people, base, unit and person as the bureau bills them, our own sum beside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QFrame, QGridLayout, QHBoxLayout, QVBoxLayout

from ui.parts.text import DASH, label, money, retone
from ui.theme import LARGE, MEDIUM, SMALL, TINY

if TYPE_CHECKING:
    from app.regions.pack import Insurance
    from app.workflows.payment import Comparison

_ROWS = ("人数", "基数合计", "单位", "个人")


#: What stands for the unit's side where the tax office settles it.
BY_TAX = "由税务核定"


class InsuranceCard(QFrame):
    """One insurance. ``toggled`` when it is taken in or left out."""

    toggled = Signal()

    def __init__(self, insurance: Insurance) -> None:
        super().__init__()
        self.insurance = insurance
        self.setProperty("role", "card")
        column = QVBoxLayout(self)
        column.setContentsMargins(LARGE, MEDIUM, LARGE, MEDIUM)
        column.setSpacing(SMALL)
        self.box = QCheckBox(insurance.name)
        self.box.setChecked(True)
        self.box.clicked.connect(self.toggled)
        column.addWidget(self.box)
        self._total = label(DASH, "figure")
        self._total.setAlignment(Qt.AlignmentFlag.AlignRight)
        column.addWidget(self._total)
        grid = QGridLayout()
        grid.setVerticalSpacing(TINY)
        self._figures = []
        for row, title in enumerate(_ROWS):
            grid.addWidget(label(title, "secondary"), row, 0)
            figure = label(DASH)
            figure.setAlignment(Qt.AlignmentFlag.AlignRight)
            grid.addWidget(figure, row, 1)
            self._figures.append(figure)
        column.addLayout(grid)
        line = QFrame()
        line.setProperty("role", "line")
        column.addWidget(line)
        foot = QHBoxLayout()
        self._ours = label("", "secondary")
        self._verdict = label("")
        foot.addWidget(self._ours)
        foot.addStretch(1)
        foot.addWidget(self._verdict)
        column.addLayout(foot)
        self.clear()

    @property
    def said(self) -> str:
        """The figures in words, for tests and screen readers."""
        figures = "，".join(f"{title} {one.text()}" for title, one in zip(_ROWS, self._figures, strict=True))
        return f"{figures}；{self._ours.text()}，{self._verdict.text()}"

    def clear(self) -> None:
        """Nothing known."""
        for figure in (self._total, *self._figures):
            figure.setText(DASH)
        self._ours.setText(f"自己算 {DASH}")
        retone(self._verdict, "", "")

    def show_sums(self, found: Comparison) -> None:
        """Both sums of this insurance."""
        people, base, unit, person = found.of_insurance(self.insurance.id)
        theirs, ours = unit + person, found.ours_of_insurance(self.insurance.id)
        self._total.setText(money(theirs))
        for figure, text in zip(self._figures, (f"{people}", money(base), money(unit), money(person)), strict=True):
            figure.setText(text)
        if not found.unit_shown:
            self._figures[2].setText(BY_TAX)
        if self.insurance.person_rate is None:
            self._figures[-1].setText(DASH)
        self._ours.setText(f"自己算 {money(ours)}")
        if ours is None:
            retone(self._verdict, "没法比对", "warning")
        elif ours == theirs:
            retone(self._verdict, "✓ 一致", "success")
        else:
            retone(self._verdict, f"相差 {money(theirs - ours, signed=True)}", "error")
        self.setAccessibleName(f"{self.insurance.name}：{self.said}")

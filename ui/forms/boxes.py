"""A field on a form: label above, control, below it what is wrong with the remedy, or where the value came from."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.regions.pack import FieldType
from app.wording import sentence
from ui.forms.editors import editor_for
from ui.parts.text import label, retone
from ui.theme import TINY, WIDE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from PySide6.QtGui import QResizeEvent

    from app.domain.findings import Finding
    from app.regions.pack import Field
    from ui.forms.texts import Texts
    from ui.theme import Theme

TWO_COLUMNS = 480  # pixels at 100 % from which on there is room for two
_UNITS = {FieldType.MONEY: "（元）"}


class FieldBox(QWidget):
    """One field. ``typed`` at every change by the clerk, ``left`` when they go on to the next."""

    typed = Signal(str)
    left = Signal(str)

    def __init__(self, theme: Theme, field: Field, texts: Texts) -> None:
        super().__init__()
        self.field = field
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(TINY)
        head = QHBoxLayout()
        head.setSpacing(TINY)
        head.addWidget(label(f"{field.name}{_UNITS.get(field.type, '')}"))
        if field.required:
            star = label("*", tone="error")
            star.setToolTip("必填")
            head.addWidget(star)
        head.addStretch(1)
        self._origin = label("", "small")
        head.addWidget(self._origin)
        self.editor = editor_for(theme, field, texts)
        self._below = label(field.hint, "small", wraps=True)
        # The room for a sentence of two lines stays, so that the fields below do not jump when something is wrong.
        self._below.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.MinimumExpanding)
        self._below.setMinimumHeight(theme.px(34))
        column.addLayout(head)
        column.addWidget(self.editor)
        column.addWidget(self._below)
        column.addStretch(1)
        self.editor.typed.connect(lambda: self.typed.emit(field.key))
        self.editor.left.connect(lambda: self.left.emit(field.key))

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())

    @property
    def said(self) -> str:
        """What stands below the control."""
        return self._below.text()

    @property
    def origin(self) -> str:
        """Where the value came from, "" where it was typed."""
        return self._origin.text()

    def say(self, findings: Sequence[Finding]) -> None:
        """What is wrong, gravest first; the hint where nothing is."""
        tone = "error" if any(one.stops for one in findings) else "warning" if findings else ""
        self.editor.set_tone(tone)
        if not findings:
            self._below.setProperty("role", "small")
            retone(self._below, self.field.hint)
            return
        gravest = min(findings, key=lambda one: not one.stops)
        words = sentence(gravest)
        retone(self._below, f"{words.message}。{words.remedy}", tone)

    def set_origin(self, text: str, *, locked: bool = False) -> None:
        """Say where the value came from; ``locked`` where it cannot be changed here."""
        self._origin.setText(text)
        self.editor.lock(locked=locked)


class FieldForm(QWidget):
    """All fields of an item in two columns, in the order of the declaration; in one where there is no room for two."""

    typed = Signal(str)
    left = Signal(str)

    def __init__(self, theme: Theme, fields: Iterable[Field], texts: Texts) -> None:
        super().__init__()
        self._theme = theme
        self._columns = 0
        grid = self._grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(WIDE)
        grid.setVerticalSpacing(TINY)
        self.boxes: dict[str, FieldBox] = {}
        for field in fields:
            box = FieldBox(theme, field, texts)
            box.typed.connect(self.typed)
            box.left.connect(self.left)
            self.boxes[field.key] = box
        self._place(2)

    def minimumSizeHint(self) -> QSize:
        """One column."""
        widest = max((box.minimumSizeHint().width() for box in self.boxes.values()), default=0)
        return QSize(widest, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place(2 if self.width() >= self._theme.px(TWO_COLUMNS) else 1)

    def _place(self, columns: int) -> None:
        if columns == self._columns:
            return
        self._columns = columns
        for place, box in enumerate(self.boxes.values()):
            self._grid.addWidget(box, place // columns, place % columns)
        for column in (0, 1):
            self._grid.setColumnStretch(column, 1 if column < columns else 0)

    def raw(self) -> dict[str, str]:
        """What was typed, by field."""
        return {key: box.editor.text() for key, box in self.boxes.items()}

    def show_values(self, values: Mapping[str, str], *, but: str = "") -> None:
        """Take canonical values; the field in which the clerk is typing is left alone."""
        for key, box in self.boxes.items():
            if key != but:
                box.editor.show_value(values.get(key, ""))

    def say(self, findings: Iterable[Finding], touched: Iterable[str]) -> list[Finding]:
        """Put findings under their fields and give back those that belong to none.

        An empty field that was not come to yet is not called wrong: ``touched`` names those that were.
        """
        by_field: dict[str, list[Finding]] = {}
        rest = []
        seen = set(touched)
        for finding in findings:
            key = finding.where.field or ""
            if key not in self.boxes:
                rest.append(finding)
            elif key in seen or finding.code != "required":
                by_field.setdefault(key, []).append(finding)
        for key, box in self.boxes.items():
            box.say(by_field.get(key, []))
        return rest

    def focus_first(self, findings: Iterable[Finding] = ()) -> FieldBox | None:
        """Go to the first field that is wrong, else to what is to be filled in next, else to the first.

        The field is given back to be brought into sight.
        """
        wrong = {one.where.field for one in findings}
        boxes = self.boxes.values()
        ways = (
            (box for box in boxes if box.field.key in wrong),
            (box for box in boxes if box.field.required and not box.editor.text()),
            boxes,
        )
        found = next(itertools.chain(*ways), None)
        if found is not None:
            found.editor.setFocus()
        return found

"""What is wrong, by kind: “身份证号被 Excel 变成数字 · 3 处”, with the way to each place and to mend all at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLabel, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from app.regions.pack import FieldType
from ui.parts.buttons import LINK, Button, IconButton
from ui.parts.cards import ICONS
from ui.parts.text import label
from ui.theme import MEDIUM, SMALL, TINY

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app.regions.pack import Field
    from app.workflows.batch import Group, Line
    from ui.forms.texts import Texts
    from ui.theme import Theme

WIDTH = 288


class Problems(QFrame):
    """The findings, by kind.

    ``went`` asks for a place, ``mended`` for one value at all places of the chosen kind, ``correct`` to offer the
    corrections of a kind; ``correctable`` tells whether it has any.
    """

    went = Signal(object, object)
    mended = Signal(object, str)
    correct = Signal(object)

    def __init__(self, theme: Theme, correctable: Callable[[Group], bool]) -> None:
        super().__init__()
        self._theme = theme
        self._correctable = correctable
        self._groups: list[Group] = []
        self._at: tuple[str, int] = ("", -1)
        self._texts: Texts | None = None
        self.setProperty("role", "card")
        column = QVBoxLayout(self)
        column.setContentsMargins(MEDIUM, MEDIUM, MEDIUM, MEDIUM)
        column.setSpacing(SMALL)
        self._title = label("没有要改的地方", "strong")
        column.addLayout(self._heading())
        self.list = QListWidget()
        self.list.setWordWrap(True)
        # What an item keeps free at its sides is forgotten when its lines are counted: here the list keeps it free.
        self.list.setProperty("role", "wrapping")
        self.list.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setAccessibleName("要改的地方")
        self.list.currentRowChanged.connect(self._chosen)
        self.list.itemClicked.connect(lambda _: self.step(1))
        self.list.itemActivated.connect(lambda _: self.step(1))
        column.addWidget(self.list, 1)
        column.addWidget(self._mending())
        theme.changed.connect(self._fill)

    def show_groups(self, groups: Sequence[Group], texts: Texts) -> None:
        """Another set of findings; the chosen kind stays chosen while there is any of it."""
        self._texts = texts
        before, self._groups = self._groups, list(groups)
        # Not by their places: a hundred thousand of them would be held against each other one by one.
        if list(map(_shown, before)) != list(map(_shown, groups)):
            self._fill()

    def step(self, by: int) -> None:
        """Go to the next place of the chosen kind, or the one before (F8, Shift+F8); then on to the next kind."""
        if not self._groups:
            return
        row = max(0, self.list.currentRow())
        code, place = self._at
        group = self._groups[row]
        place = place + by if code == _name(group) else 0
        if not 0 <= place < len(group.places):
            row = (row + by) % len(self._groups)
            group = self._groups[row]
            place = 0 if by > 0 else len(group.places) - 1
        self.list.blockSignals(True)  # noqa: FBT003 - Qt's own call
        self.list.setCurrentRow(row)
        self.list.blockSignals(False)  # noqa: FBT003 - Qt's own call
        self._show(group)
        self._at = (_name(group), place)
        line, key = group.places[place]
        self._place.setText(f"第 {place + 1} 处，共 {len(group.places)} 处")
        self.went.emit(line, key)

    def _heading(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.addWidget(self._title)
        row.addStretch(1)
        self._before = IconButton(self._theme, "chevron-up", "上一处（Shift+F8）")
        self._next = IconButton(self._theme, "chevron-down", "下一处（F8）")
        self._before.clicked.connect(lambda: self.step(-1))
        self._next.clicked.connect(lambda: self.step(1))
        row.addWidget(self._before)
        row.addWidget(self._next)
        return row

    def _mending(self) -> QWidget:
        self._detail = QWidget()
        column = QVBoxLayout(self._detail)
        column.setContentsMargins(0, SMALL, 0, 0)
        column.setSpacing(TINY)
        self._place = label("", "small")
        self._remedy = label("", wraps=True)
        column.addWidget(self._place)
        column.addWidget(self._remedy)
        self._values = QComboBox()
        self._values.setEditable(True)
        self._values.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self._values.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._values.setAccessibleName("改成")
        self._mend = Button(self._theme, "", role=LINK)
        self._mend.clicked.connect(self._mend_all)
        self.offer = Button(self._theme, "能认出来的一键改正…", role=LINK)
        self.offer.clicked.connect(self._offer)
        column.addWidget(self.offer, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self._values)
        column.addWidget(self._mend, 0, Qt.AlignmentFlag.AlignLeft)
        self._detail.hide()
        return self._detail

    def _fill(self) -> None:
        before = self._groups[self.list.currentRow()] if 0 <= self.list.currentRow() < len(self._groups) else None
        kept = self._at[0] if before is None else _name(before)
        self.list.blockSignals(True)  # noqa: FBT003 - Qt's own call
        self.list.clear()
        for group in self._groups:
            tone = "error" if group.stops else "warning"
            item = QListWidgetItem(self._theme.icon(ICONS[tone], tone), f"{group.message} · {len(group.places)} 处")
            item.setToolTip(group.remedy)
            self.list.addItem(item)
        names = [_name(group) for group in self._groups]
        self.list.setIconSize(QSize(self._theme.px(16), self._theme.px(16)))
        self.list.blockSignals(False)  # noqa: FBT003 - Qt's own call
        stops = sum(len(group.places) for group in self._groups if group.stops)
        notes = sum(len(group.places) for group in self._groups if not group.stops)
        parts = [f"{stops} 处要改"] if stops else []
        parts += [f"{notes} 处提醒"] if notes else []
        self._title.setText(" · ".join(parts) or "没有要改的地方")
        for button in (self._before, self._next):
            button.setEnabled(bool(self._groups))
        if kept in names:
            self.list.setCurrentRow(names.index(kept))
        else:
            self._detail.hide()

    def _chosen(self, row: int) -> None:
        if 0 <= row < len(self._groups):
            self._show(self._groups[row])

    def _show(self, group: Group) -> None:
        self._remedy.setText(group.remedy)
        self._place.setText(f"共 {len(group.places)} 处")
        self.offer.setVisible(self._correctable(group))
        field = self._field(group)
        self._values.setVisible(field is not None)
        self._mend.setVisible(field is not None)
        if field is not None and self._texts is not None:
            self._values.clear()
            if field.type is not FieldType.INSURANCES:
                self._values.addItems([name for _, name in self._texts.choices(field)])
            self._values.setCurrentText("")
            line = self._values.lineEdit()
            if line is not None:
                line.setPlaceholderText(f"“{field.name}”改成")
            self._mend.setText(f"这 {len(group.places)} 处都改成上面的内容")
        self._detail.show()

    def _field(self, group: Group) -> Field | None:
        """The field that all places of a kind have in common; what identifies a person is never set for many."""
        keys = {key for _, key in group.places}
        if len(keys) != 1 or self._texts is None:
            return None
        key = keys.pop()
        field = next((one for one in self._texts.item.fields if one.key == key), None)
        if field is None or field.type in (FieldType.IDENTITY, FieldType.NAME, FieldType.PHONE):
            return None
        return field

    def _offer(self) -> None:
        row = self.list.currentRow()
        if 0 <= row < len(self._groups):
            self.correct.emit(self._groups[row])

    def _mend_all(self) -> None:
        row = self.list.currentRow()
        value = self._values.currentText().strip()
        if value and 0 <= row < len(self._groups):
            places: list[tuple[Line, str]] = [(line, key) for line, key in self._groups[row].places if key]
            self.mended.emit(places, value)


def _shown(group: Group) -> tuple[object, ...]:
    """What the list shows of a kind."""
    return group.code, group.message, group.remedy, group.stops, len(group.places)


def _name(group: Group) -> str:
    return f"{group.code}|{group.message}"


class Strip(QFrame):
    """The line under the grid: what is wrong in the current cell and what to do, also while it is being typed."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(SMALL, TINY, SMALL, TINY)
        self._words = QLabel()
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._words.setWordWrap(True)
        self._words.setMinimumHeight(theme.px(36))
        row.addWidget(self._words, 1)
        self.say("", "")

    @property
    def text(self) -> str:
        """What it says now."""
        return self._words.text()

    def say(self, text: str, tone: str) -> None:
        """``tone``: "", error, warning or success."""
        self._words.setText(text)
        self._words.setProperty("tone", tone)
        self._words.setProperty("role", "" if tone else "secondary")
        self._words.style().unpolish(self._words)
        self._words.style().polish(self._words)

"""One control for each type of field. All speak text: what was typed goes out, canonical values come in.

Each has ``text()`` (what was typed or chosen, for the parser of the field's type), ``show_value()`` (take a canonical
value without telling that something was typed), ``set_tone()`` and ``lock()``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QDate, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QWheelEvent
from PySide6.QtWidgets import (
    QCalendarWidget,
    QCheckBox,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.regions.pack import FieldType
from ui.theme import LARGE

if TYPE_CHECKING:
    from app.regions.pack import Field
    from ui.forms.texts import Texts
    from ui.theme import Theme

CHOOSE = "请选择"


class TextEditor(QLineEdit):
    """Text of any kind. ``typed`` at every key stroke, ``left`` when the cursor goes elsewhere."""

    typed = Signal()
    left = Signal()

    def __init__(self, field: Field, texts: Texts) -> None:
        super().__init__()
        self._field, self._texts = field, texts
        self.setPlaceholderText(f"如 {field.example}" if field.example else "")
        self.setAccessibleName(field.name)
        self.textEdited.connect(lambda _: self.typed.emit())
        self.editingFinished.connect(self.left)

    def show_value(self, value: str) -> None:
        # Amounts without commas: what stands in a box to be typed into is what one would type.
        shown = value if self._field.type is FieldType.MONEY else self._texts.text(self._field, value)
        if shown != self.text():
            self.setText(shown)

    def set_tone(self, tone: str) -> None:
        _retone(self, tone)

    def lock(self, *, locked: bool) -> None:
        self.setReadOnly(locked)
        # As readable as the others, but seen not to be a place to type: the ground of the window behind it.
        self.setStyleSheet("background: palette(alternate-base);" if locked else "")


class DateEditor(TextEditor):
    """A day, typed in any of the usual forms or chosen from a calendar."""

    def __init__(self, theme: Theme, field: Field, texts: Texts) -> None:
        super().__init__(field, texts)
        self._theme = theme
        self._open = QAction("打开日历", self)
        self._open.setShortcut("Alt+Down")
        self._open.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        self._open.triggered.connect(self._choose)
        self.addAction(self._open, QLineEdit.ActionPosition.TrailingPosition)
        for button in self.findChildren(QToolButton):
            button.setStyleSheet("min-height: 0; padding: 0; border: 0;")
        theme.changed.connect(self._dress)
        self._dress()

    def _dress(self) -> None:
        self._open.setIcon(self._theme.icon("calendar", "secondary"))

    def _choose(self) -> None:
        popup = QFrame(self, Qt.WindowType.Popup)
        popup.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        popup.setProperty("role", "raised")
        calendar = QCalendarWidget()
        calendar.setVerticalHeaderFormat(QCalendarWidget.VerticalHeaderFormat.NoVerticalHeader)
        calendar.setFirstDayOfWeek(Qt.DayOfWeek.Monday)
        shown = QDate.fromString(self.text(), "yyyy-MM-dd")
        if shown.isValid():
            calendar.setSelectedDate(shown)
        QVBoxLayout(popup).addWidget(calendar)

        def take(day: QDate) -> None:
            popup.close()
            self.setText(day.toString("yyyy-MM-dd"))
            self.typed.emit()
            self.left.emit()

        calendar.clicked.connect(take)
        calendar.activated.connect(take)
        popup.move(self.mapToGlobal(QPoint(0, self.height())))
        popup.show()
        calendar.setFocus()


class ChoiceEditor(QComboBox):
    """One of a code table."""

    typed = Signal()
    left = Signal()

    def __init__(self, field: Field, texts: Texts) -> None:
        super().__init__()
        self._names = texts.choices(field)
        self.addItem(CHOOSE, "")
        for value, name in self._names:
            self.addItem(name, value)
        self.setAccessibleName(field.name)
        self.setMaxVisibleItems(14)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.activated.connect(self._chosen)

    def text(self) -> str:
        return str(self.currentData() or "")

    def show_value(self, value: str) -> None:
        place = self.findData(value)
        self.setCurrentIndex(max(0, place))

    def set_tone(self, tone: str) -> None:
        _retone(self, tone)

    def lock(self, *, locked: bool) -> None:
        self.setEnabled(not locked)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scrolling the form must not change what was chosen."""
        event.ignore()

    def _chosen(self) -> None:
        self.typed.emit()
        self.left.emit()


class SeveralEditor(QWidget):
    """Any of a few: 险种."""

    typed = Signal()
    left = Signal()

    def __init__(self, field: Field, texts: Texts) -> None:
        super().__init__()
        self.setAccessibleName(field.name)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(LARGE)
        self._boxes: dict[str, QCheckBox] = {}
        for value, name in texts.choices(field):
            box = QCheckBox(name)
            box.clicked.connect(self._clicked)
            row.addWidget(box)
            self._boxes[value] = box
        row.addStretch(1)

    def text(self) -> str:
        return ",".join(value for value, box in self._boxes.items() if box.isChecked())

    def show_value(self, value: str) -> None:
        chosen = value.split(",")
        for one, box in self._boxes.items():
            box.setChecked(one in chosen)

    def set_tone(self, tone: str) -> None:
        del tone  # the sentence below says it; a check box has no border to colour

    def lock(self, *, locked: bool) -> None:
        self.setEnabled(not locked)

    def _clicked(self) -> None:
        self.typed.emit()
        self.left.emit()


AnyEditor = TextEditor | ChoiceEditor | SeveralEditor


def editor_for(theme: Theme, field: Field, texts: Texts) -> AnyEditor:
    """The control for a field."""
    if field.type is FieldType.DATE:
        return DateEditor(theme, field, texts)
    if field.type in (FieldType.CODE, FieldType.FLAG):
        return ChoiceEditor(field, texts)
    if field.type is FieldType.INSURANCES:
        return SeveralEditor(field, texts)
    return TextEditor(field, texts)


def _retone(widget: QWidget, tone: str) -> None:
    if widget.property("tone") != tone:
        widget.setProperty("tone", tone)
        widget.style().unpolish(widget)
        widget.style().polish(widget)

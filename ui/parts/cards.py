"""Surfaces: a card, an empty page, a message in three parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLayout, QPlainTextEdit, QVBoxLayout, QWidget

from ui.parts.buttons import FLAT, LINK, Button, IconButton, IconLabel
from ui.parts.text import label
from ui.theme import LARGE, MEDIUM, SMALL, TINY

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app.wording import Notice
    from ui.theme import Theme

ICONS = {"error": "circle-alert", "warning": "triangle-alert", "success": "circle-check", "info": "info"}


class Card(QFrame):
    """A surface with a heading; content goes into ``self.body``."""

    def __init__(self, title: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(LARGE, MEDIUM, LARGE, MEDIUM)
        outer.setSpacing(MEDIUM)
        self.head = QHBoxLayout()
        self.head.setSpacing(SMALL)
        if title:
            self.head.addWidget(label(title, "section"))
            self.head.addStretch(1)
            outer.addLayout(self.head)
        self.body = QVBoxLayout()
        self.body.setSpacing(SMALL)
        outer.addLayout(self.body)

    def fill(self, rows: Sequence[QWidget]) -> None:
        """Other content: rows with a line between them."""
        clear(self.body)
        for at, row in enumerate(rows):
            if at:
                line = QFrame()
                line.setProperty("role", "line")
                self.body.addWidget(line)
            self.body.addWidget(row)
        self.body.addStretch(1)


def clear(layout: QLayout) -> None:
    """Take every widget out of a layout and let it go."""
    while (item := layout.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            let_go(widget)


def speaks_to(widget: QWidget) -> bool:
    """Whether the keys speak to it or to something in it, also while the clerk works in another window."""
    # None where nothing has the keys, whatever the stub says.
    focused: QWidget | None = widget.window().focusWidget()
    return focused is not None and (focused is widget or widget.isAncestorOf(focused))


def let_go(widget: QWidget) -> None:
    """Hide and delete it; keys that spoke to it speak to the page it stood on, not to what comes next in the window."""
    if speaks_to(widget):
        heir = widget.parentWidget()
        while heir is not None and heir.focusPolicy() is Qt.FocusPolicy.NoFocus:
            heir = heir.parentWidget()
        if heir is not None:
            heir.setFocus()
    widget.hide()
    widget.deleteLater()


class Empty(QWidget):
    """What will be here and how to begin."""

    def __init__(
        self, theme: Theme, icon: str, title: str, words: str, action: str = "", slot: Callable[[], None] | None = None
    ) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setSpacing(SMALL)
        column.addStretch(1)
        picture = IconLabel(theme, icon, "disabled", 40)
        picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.title = label(title, "section")
        self.title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.words = label(words, "secondary", wraps=True)
        self.words.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        for widget in (picture, self.title, self.words):
            column.addWidget(widget)
        if slot is not None:
            button = Button(theme, action)
            button.clicked.connect(slot)
            column.addSpacing(SMALL)
            column.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
        self.column = column
        column.addStretch(2)

    def add_buttons(self, *buttons: QWidget) -> None:
        """More than one way to begin."""
        row = QHBoxLayout()
        row.setSpacing(SMALL)
        row.addStretch(1)
        for button in buttons:
            row.addWidget(button)
        row.addStretch(1)
        self.column.insertSpacing(self.column.count() - 1, MEDIUM)
        self.column.insertLayout(self.column.count() - 1, row)


class Message(QFrame):
    """A notice in its three parts, with the raw text behind 详情. ``closed`` when the clerk has read it."""

    closed = Signal()

    def __init__(
        self, theme: Theme, notice: Notice, *, tone: str = "error", raw: str = "", closable: bool = True
    ) -> None:
        super().__init__()
        self._theme = theme
        self.setProperty("tone", tone)
        row = self._row = QHBoxLayout(self)
        row.setContentsMargins(MEDIUM, SMALL, SMALL, SMALL)
        row.setSpacing(SMALL)
        row.addWidget(IconLabel(theme, ICONS[tone], tone, 20), 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(TINY)
        words.addWidget(label(notice.happened, "strong", wraps=True, selectable=True))
        rest = "".join(part for part in (notice.safe, notice.next) if part)
        if rest:
            words.addWidget(label(rest, wraps=True, selectable=True))
        row.addLayout(words, 1)
        if raw:
            self._add_details(theme, words, raw)
        if closable:
            close = IconButton(theme, "x", "关闭这条消息")
            close.clicked.connect(self.closed)
            row.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        self.setAccessibleName(notice.whole)

    def add_button(self, text: str, slot: Callable[[], None]) -> Button:
        """What can be done about it, at once."""
        button = Button(self._theme, text)
        button.clicked.connect(slot)
        self._row.insertWidget(2, button)
        return button

    def _add_details(self, theme: Theme, words: QVBoxLayout, raw: str) -> None:
        text = QPlainTextEdit(raw)
        text.setReadOnly(True)
        text.setFixedHeight(theme.px(88))
        text.setAccessibleName("详情原文")
        text.hide()
        open_button = Button(theme, "详情", "chevron-down", role=LINK)
        copy = Button(theme, "复制", "copy", role=FLAT)
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(raw))
        copy.hide()

        def toggle() -> None:
            shows = not text.isVisible()
            text.setVisible(shows)
            copy.setVisible(shows)
            open_button.set_icon("chevron-up" if shows else "chevron-down")

        open_button.clicked.connect(toggle)
        row = QHBoxLayout()
        row.addWidget(open_button)
        row.addWidget(copy)
        row.addStretch(1)
        words.addLayout(row)
        words.addWidget(text)


def raw_of(code: str, facts: dict[str, str]) -> str:
    """What a technician wants of a failure: its code and the facts."""
    return "\n".join([code, *(f"{name}: {value}" for name, value in facts.items() if value)])

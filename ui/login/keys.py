"""The UKeys that are plugged in, as cards to choose from."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QRadioButton, QVBoxLayout, QWidget

from app.workflows.keycard import key_card, unusable_sentence
from ui.login.words import validity_words
from ui.parts.buttons import IconLabel
from ui.parts.cards import clear
from ui.parts.text import label
from ui.theme import MEDIUM, SMALL, TINY

if TYPE_CHECKING:
    from pkcs11_drivers.model import Token
    from ui.theme import Theme


class KeyCards(QWidget):
    """One card for each UKey; with several, one is chosen. ``chosen`` carries the token."""

    chosen = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._tokens: tuple[Token, ...] = ()
        self._group: QButtonGroup | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(SMALL)

    @property
    def token(self) -> Token | None:
        """The key to log in with; None where several are plugged in and none was chosen."""
        if len(self._tokens) == 1:
            return self._tokens[0]
        at = self._group.checkedId() if self._group else -1
        return self._tokens[at] if at >= 0 else None

    def choose(self, key: Token) -> None:
        """Tick the card of one key; nothing happens if it is not there, or is alone."""
        there = key.among(self._tokens)
        if there is not None and self._group is not None and len(self._tokens) > 1:
            self._group.button(self._tokens.index(there)).setChecked(True)

    def show_tokens(self, tokens: tuple[Token, ...]) -> None:
        """Other keys; the choice stays with a key that is still there."""
        before = self.token
        clear(self._column)
        self._tokens = tokens
        self._group = QButtonGroup(self)
        for at, token in enumerate(tokens):
            self._column.addWidget(self._card(at, token))
        if before is not None:
            self.choose(before)
        self._group.idToggled.connect(lambda _, on: self.chosen.emit(self.token) if on else None)

    def _card(self, at: int, token: Token) -> QFrame:
        card = key_card(token, datetime.now(UTC))
        frame = QFrame()
        frame.setProperty("role", "card")
        row = QHBoxLayout(frame)
        row.setContentsMargins(MEDIUM, MEDIUM, MEDIUM, MEDIUM)
        row.setSpacing(MEDIUM)
        if len(self._tokens) > 1 and self._group is not None:
            button = QRadioButton()
            button.setAccessibleName(card.unit_name)
            self._group.addButton(button, at)
            row.addWidget(button)
        else:
            row.addWidget(IconLabel(self._theme, "usb", "accent", 24))
        words = QVBoxLayout()
        words.setSpacing(TINY)
        words.addWidget(label(card.unit_name, "section", wraps=True))
        code = f"统一社会信用代码 {card.credit_code}" if card.credit_code else f"UKey 序列号 {card.serial}"
        words.addWidget(label(code, "secondary", selectable=True))
        sentence, tone = validity_words(card)
        words.addWidget(label(sentence, "" if tone else "secondary", tone=tone, wraps=True))
        unusable = unusable_sentence(card)
        if unusable:
            words.addWidget(label(unusable, tone="error", wraps=True))
        row.addLayout(words, 1)
        return frame

"""Where a PIN is typed: what the key reports comes first, the text is never shown and never kept."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QLineEdit, QVBoxLayout, QWidget

from app.workflows.keycard import owner
from app.workflows.ukey import pin_advice, pin_state_text
from pkcs11_drivers.model import PinEntry, PinState
from ui.parts.text import label, retone
from ui.theme import SMALL

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

    from pkcs11_drivers.model import Token
    from ui.theme import Theme

PIN_TONES = {PinState.COUNT_LOW: "warning", PinState.FINAL_TRY: "error", PinState.LOCKED: "error"}
_CANNOT = (PinState.LOCKED, PinState.NOT_INITIALISED)
_LONGER_THAN_ANY = 300
"""Characters: a PIN that is too long has to be told as such, and must not be cut to one that is wrong."""


class PinEdit(QLineEdit):
    """A line that shows dots, offers no menu and no undo. ``caps`` says whether letters come out in capitals."""

    caps = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self.setEchoMode(QLineEdit.EchoMode.Password)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.setInputMethodHints(
            Qt.InputMethodHint.ImhSensitiveData
            | Qt.InputMethodHint.ImhNoPredictiveText
            | Qt.InputMethodHint.ImhHiddenText
        )
        self.setMaxLength(_LONGER_THAN_ANY)
        self.setAccessibleName("UKey 的 PIN")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Notice Caps Lock by what it does to a letter: no system call tells it everywhere."""
        text = event.text()
        if text.isascii() and text.isalpha():
            shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self.caps.emit(text.isupper() != shift)
        super().keyPressEvent(event)


class PinPanel(QWidget):
    """The PIN of one token. ``ready`` once it may be given to the key."""

    ready_changed = Signal(bool)
    entered = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._token: Token | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SMALL)
        self._unit = label("", "strong", wraps=True)
        self._state = label("", wraps=True)
        self._prompt = label("PIN", "secondary")
        self.edit = PinEdit()
        self._prompt.setBuddy(self.edit)
        self._caps = label("大写锁定开着。", tone="warning")
        self._caps.hide()
        self._tick = QCheckBox("我已核对 PIN，知道再错一次就会锁定")
        for widget in (self._unit, self._state, self._prompt, self.edit, self._caps, self._tick):
            column.addWidget(widget)
        self.edit.textChanged.connect(self._changed)
        self.edit.caps.connect(self._caps.setVisible)
        self.edit.returnPressed.connect(self._return)
        self._tick.toggled.connect(self._changed)

    @property
    def ready(self) -> bool:
        """Whether there is a PIN to give, and the last try was agreed to where it is the last."""
        token = self._token
        if token is None or token.pin_state in _CANNOT:
            return False
        if self._tick_needed and not self._tick.isChecked():
            return False
        return token.pin_entry is PinEntry.PROTECTED_PATH or bool(self.edit.text())

    def show_token(self, token: Token, unlock: str = "") -> None:
        """The key whose PIN is asked for; what was typed for another is dropped. ``unlock``: its way out of a lock."""
        before = self._token
        if before is None or before.slot != token.slot or not token.is_same_key(before):
            self.edit.clear()
            self._tick.setChecked(False)
        self._token = token
        self._unit.setText(owner(token, datetime.now(UTC)))
        state = pin_state_text(token.pin_state, token.tries_left) + pin_advice(token.pin_state, unlock)
        retone(self._state, state, PIN_TONES.get(token.pin_state, ""))
        typed = token.pin_entry is not PinEntry.PROTECTED_PATH and token.pin_state not in _CANNOT
        self.edit.setVisible(typed)
        self._prompt.setVisible(typed)
        self._tick.setVisible(self._tick_needed)
        self._changed()

    def ask_for(self, words: str) -> None:
        """What the PIN is called here."""
        self._prompt.setText(words)
        self.edit.setAccessibleName(words)

    def hide_unit(self) -> None:
        """Where the unit is shown beside the panel already."""
        self._unit.hide()

    def take(self) -> str | None:
        """The PIN, once: the field is empty afterwards. None where the key asks by itself."""
        pin = self.edit.text()
        self.edit.clear()
        self._tick.setChecked(False)
        return None if self._token is None or self._token.pin_entry is PinEntry.PROTECTED_PATH else pin

    def clear(self) -> None:
        """Drop what was typed."""
        self.edit.clear()
        self._tick.setChecked(False)

    def focus(self) -> None:
        """Put the cursor where the PIN goes."""
        self.edit.setFocus()

    @property
    def _tick_needed(self) -> bool:
        return self._token is not None and (self._token.pin_state is PinState.FINAL_TRY or self._token.tries_left == 1)

    def _changed(self) -> None:
        self.ready_changed.emit(self.ready)

    def _return(self) -> None:
        if self.ready:
            self.entered.emit()

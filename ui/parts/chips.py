"""A state as icon and word, never as a colour alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy

from app.domain.filings import FilingState
from ui.parts.buttons import IconLabel
from ui.theme import TINY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtWidgets import QWidget

    from ui.theme import Theme


@dataclass(frozen=True, slots=True)
class Look:
    """An icon and the tone it is shown in ("" for plain)."""

    icon: str
    tone: str = ""

    @property
    def role(self) -> str:
        """The colour of icon and word."""
        return self.tone or "secondary"


LOOKS: Mapping[FilingState, Look] = {
    FilingState.DRAFT: Look("pencil"),
    FilingState.CHECKED: Look("stamp", "info"),
    FilingState.SEALED: Look("send", "info"),
    FilingState.QUEUED: Look("send", "info"),
    FilingState.SENT: Look("send", "info"),
    FilingState.ACCEPTED: Look("file-check", "info"),
    FilingState.UNDER_REVIEW: Look("hourglass", "warning"),
    FilingState.APPROVED: Look("circle-check", "success"),
    FilingState.REJECTED: Look("circle-x", "error"),
    FilingState.WITHDRAWN: Look("undo-2"),
    FilingState.VOIDED: Look("trash-2"),
}


class Chip(QFrame):
    """A small tinted label with an icon."""

    def __init__(self, theme: Theme, text: str = "", look: Look | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 2, 8, 2)
        row.setSpacing(TINY)
        self._icon = IconLabel(theme, "circle", size=14)
        self._text = QLabel()
        row.addWidget(self._icon)
        row.addWidget(self._text)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Maximum)
        self.say(text, look or Look("info"))

    def say(self, text: str, look: Look) -> None:
        """Another state."""
        self._icon.show_icon(look.icon, look.role)
        self._text.setText(text)
        self._text.setProperty("tone", look.tone)
        self._text.setProperty("role", "" if look.tone else "secondary")
        self.setProperty("chip", look.tone or "plain")
        self.setAccessibleName(text)
        for widget in (self, self._text):
            widget.style().unpolish(widget)
            widget.style().polish(widget)

    def show_state(self, state: FilingState) -> None:
        """The state of a filing."""
        self.say(state.label, LOOKS[state])

"""What a page has to say above its work: seen where it was said, gone when it is read or something else is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ui.parts.cards import Message, let_go

if TYPE_CHECKING:
    from PySide6.QtWidgets import QVBoxLayout

    from app.wording import Notice
    from ui.theme import Theme


class Saying:
    """At most one message. ``where`` names what the clerk looks at: the table, the form, the confirmation."""

    def __init__(self, theme: Theme, column: QVBoxLayout) -> None:
        self._theme = theme
        self._column = column
        self._said: tuple[Message, int] | None = None

    def say(self, words: Notice, tone: str, where: int) -> Message:
        """Say something there."""
        self.unsay()
        message = Message(self._theme, words, tone=tone)
        message.closed.connect(self.unsay)
        self._said = message, where
        self._column.insertWidget(0, message)
        return message

    def look(self, where: int) -> None:
        """The clerk looks elsewhere: what was said of the table is not said while it is submitted."""
        if self._said is not None:
            message, said = self._said
            message.setVisible(where == said)

    def unsay(self) -> None:
        """It was read, or speaks of what is not there any more."""
        if self._said is not None:
            message, self._said = self._said[0], None
            let_go(message)

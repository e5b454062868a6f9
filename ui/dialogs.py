"""Dialogs: a failure, a PIN, a confirmation, help. None of them works or decides; they ask and tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout

from app.wording import notice
from ui.parts.buttons import PRIMARY, Button
from ui.parts.cards import Message, raw_of
from ui.parts.text import label
from ui.pin import PinPanel
from ui.theme import LARGE, MEDIUM, SMALL, WIDE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QResizeEvent
    from PySide6.QtWidgets import QWidget

    from app.errors import ShebaoError
    from pkcs11_drivers.model import Token
    from ui.state import State
    from ui.theme import Theme


def failure_message(theme: Theme, failure: ShebaoError, *, tone: str = "error", closable: bool = True) -> Message:
    """A failure as a panel: what happened, what is safe, what to do; the raw facts behind 详情."""
    return Message(theme, notice(failure), tone=tone, raw=raw_of(failure.code, dict(failure.facts)), closable=closable)


#: A dialog is never larger than this part of the screen, however large the text.
MOST_OF_SCREEN = 0.94


class Dialog(QDialog):
    """A dialog of the house: content above, buttons at the lower right. Deleted when closed."""

    def __init__(self, parent: QWidget, theme: Theme, title: str, width: int = 440) -> None:
        super().__init__(parent)
        self.theme = theme
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._room = parent.screen().availableSize().expandedTo(parent.window().size()) * MOST_OF_SCREEN
        self.setMinimumWidth(min(theme.px(width), self._room.width()))
        self.setMaximumHeight(self._room.height())
        outer = QVBoxLayout(self)
        outer.setContentsMargins(WIDE, LARGE, WIDE, LARGE)
        outer.setSpacing(LARGE)
        self.body = QVBoxLayout()
        self.body.setSpacing(MEDIUM)
        outer.addLayout(self.body, 1)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(SMALL)
        self._buttons.addStretch(1)
        outer.addLayout(self._buttons)

    def least_height(self, pixels: int) -> int:
        """For a list within: so many pixels, or half of what the screen has where the text is large."""
        return min(self.theme.px(pixels), self._room.height() // 2)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give wrapped lines the height they need at this width, which a dialog does not do by itself."""
        super().resizeEvent(event)
        layout = self.layout()
        if layout is not None and layout.hasHeightForWidth():
            self.setMinimumHeight(min(layout.totalHeightForWidth(self.width()), self._room.height()))

    def fit(self) -> None:
        """Take the height that the content needs by now, less than before too. After the widgets have been shown."""
        layout = self.layout()
        if layout is not None:
            layout.invalidate()
            layout.activate()
            width = self.width()
            needed = (
                layout.totalHeightForWidth(width) if layout.hasHeightForWidth() else layout.totalSizeHint().height()
            )
            self.setMinimumHeight(0)
            self.resize(width, min(needed, self._room.height()))

    def add_button(self, text: str, slot: Callable[[], object], *, primary: bool = False) -> Button:
        """A button at the lower right, the primary one last."""
        button = Button(self.theme, text, role=PRIMARY if primary else "")
        button.clicked.connect(slot)
        button.setDefault(primary)
        self._buttons.addWidget(button)
        return button


class ConfirmDialog(Dialog):
    """One sentence in large type of what will happen, and what cannot be undone where there is such a thing."""

    def __init__(
        self,
        parent: QWidget,
        theme: Theme,
        sentence: str,
        action: str,
        then: Callable[[], None],
        *,
        irreversible: str = "",
        details: QWidget | None = None,
    ) -> None:
        super().__init__(parent, theme, action, 520)
        self._then = then
        self.body.addWidget(label(sentence, "large", wraps=True))
        if irreversible:
            self.body.addWidget(label(irreversible, tone="warning", wraps=True))
        if details is not None:
            self.body.addWidget(details, 1)
        back = self.add_button("返回", self.reject)
        self.confirm = self.add_button(action, self._confirmed, primary=True)
        if irreversible:
            # Enter once more than was meant does no harm.
            back.setDefault(True)
            back.setFocus()

    def _confirmed(self) -> None:
        self.accept()
        self._then()


class PinDialog(Dialog):
    """Asks for the PIN of one UKey, once, for what ``purpose`` says."""

    def __init__(
        self, parent: QWidget, theme: Theme, token: Token, purpose: str, then: Callable[[str | None], None]
    ) -> None:
        super().__init__(parent, theme, "UKey 签名")
        self._then = then
        self._token = token
        self._state: State | None = None
        self.body.addWidget(label(purpose, "large", wraps=True))
        self.panel = PinPanel(theme)
        self.panel.show_token(token)
        self.body.addWidget(self.panel)
        self.add_button("返回", self.reject)
        self.confirm = self.add_button("签名", self._confirmed, primary=True)
        self.panel.ready_changed.connect(self.confirm.setEnabled)
        self.confirm.setEnabled(self.panel.ready)
        self.panel.focus()

    def follow(self, state: State) -> None:
        """Show what the key reports by now, and close when it is pulled or nobody is logged in any more."""
        self._state = state
        state.tokens_changed.connect(self._look)
        state.session_changed.connect(self._look)

    def _look(self) -> None:
        scan, session = (self._state.scan, self._state.session) if self._state else (None, None)
        token = self._token.among(scan.tokens) if scan and session else None
        if token is None:
            self.panel.clear()
            self.reject()
            return
        self._token = token
        self.panel.show_token(token)

    def _confirmed(self) -> None:
        if self.panel.ready:
            pin = self.panel.take()
            self.accept()
            self._then(pin)


def ask_pin(theme: Theme, state: State) -> Callable[[QWidget, Token, str, Callable[[str | None], None]], None]:
    """How the window asks for a PIN."""

    def ask(parent: QWidget, token: Token, purpose: str, then: Callable[[str | None], None]) -> None:
        dialog = PinDialog(parent.window(), theme, token, purpose, then)
        dialog.follow(state)
        dialog.open()

    return ask


class HelpDialog(Dialog):
    """F1: what this page is for and how it is used."""

    def __init__(self, parent: QWidget, theme: Theme, title: str, paragraphs: Sequence[str]) -> None:
        super().__init__(parent, theme, f"{title} · 帮助", 520)
        self.body.addWidget(label(title, "section"))
        for paragraph in paragraphs:
            self.body.addWidget(label(paragraph, wraps=True))
        keys = "Ctrl+K 查找 · Ctrl+N 新增 · Ctrl+O 导入 · Ctrl+Enter 主要按钮 · F5 取最新消息 · Alt+1 至 Alt+9 切换页面"
        self.body.addWidget(label(keys, "small", wraps=True))
        self.add_button("知道了", self.accept, primary=True)

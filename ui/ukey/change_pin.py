"""Change a UKey's PIN: the old one once, the new one twice; nothing typed is kept."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.workflows import ukey
from pkcs11_drivers.model import PinEntry, PinState
from ui.dialogs import Dialog, failure_message
from ui.jobs import Lane
from ui.parts.cards import clear
from ui.parts.text import label, retone
from ui.pin import PinEdit, PinPanel
from ui.theme import MEDIUM, TINY

if TYPE_CHECKING:
    from app.errors import ShebaoError
    from pkcs11_drivers.model import Token
    from ui.context import Context

_TO_BE_TYPED_ANEW = frozenset({"pin-incorrect", "pin-length", "pin-characters", "pin-refused", "pin-weak"})
"""After these the key is as usable as before: the clerk may type once more. Nothing is ever sent again by itself."""


def can_be_changed(token: Token) -> bool:
    """Whether the PIN is typed into the program, and not locked."""
    return token.pin_entry is PinEntry.TYPED and token.pin_state not in {PinState.LOCKED, PinState.NOT_INITIALISED}


class ChangePinDialog(Dialog):
    """Asks for the old PIN and the new one, and says what became of it.

    Whoever is logged in stays so; the key is logged out by it, and the next signature asks for the new PIN. While the
    key is at work the dialog stays: nobody else could say what became of it.
    """

    def __init__(self, parent: QWidget, context: Context, token: Token) -> None:
        super().__init__(parent, context.theme, "修改 PIN")
        self._context = context
        self._token = token
        self._busy = False
        self.old = PinPanel(context.theme)
        self.old.ask_for("原来的 PIN")
        self.old.show_token(token)
        self.new, self.again = PinEdit(), PinEdit()
        self._said = label("", "secondary", wraps=True)
        self._form = self._make_form()
        self._failure = QVBoxLayout()
        self.body.addWidget(self._form)
        self.body.addLayout(self._failure)
        self._back = self.add_button("返回", self.reject)
        self.confirm = self.add_button("修改", self._change, primary=True)
        self.retry = self.add_button("重新输入", self._type_anew, primary=True)
        self.retry.hide()
        self.old.ready_changed.connect(lambda _: self._update())
        context.state.tokens_changed.connect(self._follow)
        self._update()

    def reject(self) -> None:
        """Close, but not before the key has answered."""
        if not self._busy:
            super().reject()

    def _make_form(self) -> QWidget:
        form = QWidget()
        column = QVBoxLayout(form)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(MEDIUM)
        column.addWidget(self.old)
        for name, edit in (("新的 PIN", self.new), ("再输一遍新的 PIN", self.again)):
            words = label(name, "secondary")
            words.setBuddy(edit)
            edit.setAccessibleName(name)
            edit.textChanged.connect(self._update)
            group = QVBoxLayout()
            group.setSpacing(TINY)
            group.addWidget(words)
            group.addWidget(edit)
            column.addLayout(group)
        column.addWidget(self._said)
        return form

    def _update(self) -> None:
        fault = self._fault()
        retone(self._said, fault or self._promise(), "warning" if fault else "")
        self.confirm.setEnabled(self.old.ready and bool(self.new.text()) and not fault and not self._busy)

    def _fault(self) -> str:
        new, again = self.new.text(), self.again.text()
        if new and ukey.is_weak(new):
            return "新的 PIN 太简单，换一个不连续、不重复的。"
        if new and new == self.old.edit.text():
            return "新的 PIN 和原来的一样。"
        if again and new != again:
            return "两遍新的 PIN 不一样。"
        return "" if again or not new else "再输一遍新的 PIN。"

    def _promise(self) -> str:
        if self._busy:
            return "正在修改，请不要拔出 UKey。"
        session = self._context.state.session
        if session is not None and session.token_serial == self._token.serial:
            return "原来的 PIN 只会试一次。登录不会退出，改好后下次签名时输入新的 PIN。"
        return "原来的 PIN 只会试一次。"

    def _change(self) -> None:
        if not self._context.jobs.idle(Lane.TOKEN):  # a PIN is not kept waiting in a queue
            retone(self._said, "UKey 正在签名，等它做完再改。", "warning")
            return
        old, new = self.old.take() or "", self.new.text()
        self._clear()
        self._set_busy(busy=True)
        self._context.signin.change_pin(self, self._token, old, new, self._done, self._failed)

    def _clear(self) -> None:
        self.old.clear()
        for edit in (self.new, self.again):
            edit.clear()

    def _set_busy(self, *, busy: bool) -> None:
        self._busy = busy
        self._form.setEnabled(not busy)
        self._back.setEnabled(not busy)
        self._update()

    def _done(self, _: Token) -> None:
        self._set_busy(busy=False)
        inside = self._context.state.session is not None
        self._context.shell.toast(f"PIN 已修改，下次{'签名' if inside else '登录'}用新的。")
        self._context.signin.look_again.emit()
        self.accept()

    def _failed(self, failure: ShebaoError) -> None:
        """Say what happened; another try is another old PIN typed, never the same one sent again."""
        self._set_busy(busy=False)
        if "pin_state" in failure.facts:
            # What the key reports now, before the next look at it: a last try needs its tick.
            self._token = replace(self._token, pin_state=PinState(failure.facts["pin_state"]))
            self.old.show_token(self._token)
        self._form.hide()
        message = failure_message(self._context.theme, failure, closable=False)
        self._failure.addWidget(message)
        message.show()
        self.confirm.hide()
        self.retry.setVisible(failure.code in _TO_BE_TYPED_ANEW)
        self.fit()
        self._context.signin.look_again.emit()

    def _type_anew(self) -> None:
        clear(self._failure)
        self.retry.hide()
        self._form.show()
        self.confirm.show()
        self.confirm.setDefault(True)
        self.old.focus()
        self._update()
        self.fit()

    def _follow(self) -> None:
        """Show what the key reports by now; a key that was pulled needs no PIN."""
        if self._busy:
            return
        scan = self._context.state.scan
        now = self._token.among(scan.tokens) if scan else None
        if now is not None:
            self._token = now
            self.old.show_token(self._token)
        elif self._form.isVisibleTo(self):
            self.reject()

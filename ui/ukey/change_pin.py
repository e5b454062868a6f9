"""Change a UKey's PIN: the old one once, the new one twice; nothing typed is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.workflows import ukey
from pkcs11_drivers.model import PinEntry, PinState
from ui.dialogs import Dialog, failure_message
from ui.jobs import Lane
from ui.parts.cards import clear
from ui.parts.text import label, retone
from ui.pin import PinEdit, PinPanel

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from app.errors import ShebaoError
    from pkcs11_drivers.model import Token
    from ui.context import Context


def can_be_changed(token: Token) -> bool:
    """Whether the PIN is typed into the program, and not locked."""
    return token.pin_entry is PinEntry.TYPED and token.pin_state not in {PinState.LOCKED, PinState.NOT_INITIALISED}


class ChangePinDialog(Dialog):
    """Asks for the old PIN and the new one, and says what became of it."""

    def __init__(self, parent: QWidget, context: Context, token: Token) -> None:
        super().__init__(parent, context.theme, "修改 PIN")
        self._context = context
        self._token = token
        self.old = PinPanel(context.theme)
        self.old.show_token(token)
        self.new, self.again = PinEdit(), PinEdit()
        self._said = label("", "secondary", wraps=True)
        self.body.addWidget(self.old)
        for name, edit in (("新的 PIN", self.new), ("再输一遍新的 PIN", self.again)):
            words = label(name, "secondary")
            words.setBuddy(edit)
            edit.setAccessibleName(name)
            edit.textChanged.connect(self._update)
            self.body.addWidget(words)
            self.body.addWidget(edit)
        self.body.addWidget(self._said)
        self.add_button("返回", self.reject)
        self.confirm = self.add_button("修改", self._change, primary=True)
        self.old.ready_changed.connect(lambda _: self._update())
        self._update()

    def _update(self) -> None:
        fault = self._fault()
        retone(self._said, fault or "旧的 PIN 只会试一次。", "warning" if fault else "")
        self.confirm.setEnabled(self.old.ready and bool(self.new.text()) and not fault)

    def _fault(self) -> str:
        new, again = self.new.text(), self.again.text()
        if new and ukey.is_weak(new):
            return "新的 PIN 太简单，换一个不连续、不重复的。"
        if again and new != again:
            return "两遍新的 PIN 不一样。"
        return "" if again or not new else "再输一遍新的 PIN。"

    def _change(self) -> None:
        old, new = self.old.take() or "", self.new.text()
        for edit in (self.new, self.again):
            edit.clear()
        self.confirm.setEnabled(False)
        desk, token = self._context.desk, self._token
        self._context.jobs.run(
            Lane.TOKEN, lambda _: ukey.change_pin(desk, token, old, new), self._done, self._failed, owner=self
        )

    def _done(self, _: Token) -> None:
        self._context.signin.look_again.emit()
        self._context.shell.toast("PIN 已修改，下次用新的登录。")
        self.accept()

    def _failed(self, failure: ShebaoError) -> None:
        """Say what happened; another try is another old PIN typed, never the same one sent again."""
        clear(self.body)
        self.body.addWidget(failure_message(self._context.theme, failure, closable=False))
        self.confirm.hide()
        self._context.signin.look_again.emit()

"""Log in: whose UKey it is stands there before its PIN is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from app.workflows import ukey
from pkcs11_drivers.client import Limits
from pkcs11_drivers.model import PinEntry, SkipReason
from ui.dialogs import failure_message
from ui.jobs import Lane
from ui.login.address import BureauAddress
from ui.login.keys import KeyCards
from ui.page import Page
from ui.parts.buttons import PRIMARY, Button
from ui.parts.cards import Card, Empty, clear
from ui.parts.text import label
from ui.pin import PinPanel
from ui.theme import MEDIUM

if TYPE_CHECKING:
    from PySide6.QtGui import QFocusEvent

    from app.errors import ShebaoError
    from pkcs11_drivers.model import Token
    from ui.context import Context

WIDTH, WIDEST = 480, 760


class LoginPage(Page):
    """Shows the UKeys as they come and go; the PIN goes to the chosen one, once."""

    help = (
        "插好 UKey，约一秒后这里会显示它是哪家单位的。核对单位名称，再输入 PIN。",
        "PIN 只交给 UKey，程序不保存，也不会自己再试。输错时会显示 UKey 报告的状态。",
        "没有 UKey 也能办一半：导入表格、检查、保存草稿都不需要登录。",
    )

    def __init__(self, context: Context) -> None:
        super().__init__(context, "登录", "插入 UKey，核对单位后输入 PIN。")
        self._busy = False
        self._warned_of = ""
        self._seconds_left = 0
        self._countdown = QTimer(self)
        self._countdown.setInterval(1000)
        self._countdown.timeout.connect(self._tick)
        self._states = QStackedWidget()
        self._none = self._empty()
        self._form = self._make_form()
        self._inside = self._make_inside()
        for widget in (self._none, self._form, self._inside):
            self._states.addWidget(widget)
        self.body.addWidget(self._states, 1)
        context.state.tokens_changed.connect(self.refresh)

    def refresh(self) -> None:
        """Show the state of things: logged in, keys there, or none."""
        state = self.context.state
        self._address.show_kept()
        if state.session is not None:
            self._set_busy(busy=False)
            self._inside_unit.setText(state.session.unit.name)
            self._inside_number.setText(f"单位编号 {state.session.unit.number}")
            self._states.setCurrentWidget(self._inside)
        elif self._shown:
            self._show_tokens()
            self._states.setCurrentWidget(self._form)
        else:
            self._pin.clear()
            self._say_none()
            self._states.setCurrentWidget(self._none)

    @property
    def _shown(self) -> tuple[Token, ...]:
        """The keys to choose from; where none can sign, those that cannot: why stands on their cards."""
        return self.context.state.tokens or self.context.state.unusable

    def primary(self) -> None:
        """Log in."""
        token, endpoint = self._cards.token, self._address.endpoint
        if self._busy or token is None or endpoint is None or not self._may_log_in(token):
            return
        self._address.keep()
        self._clear_failure()
        self._set_busy(busy=True)
        if token.pin_entry is PinEntry.PROTECTED_PATH:
            self._count_down()
        self.context.signin.log_in(endpoint, token, self._pin.take(), self._failed)

    def _count_down(self) -> None:
        """Say how long the key waits for the PIN that is typed on itself."""
        self._seconds_left = round(Limits().protected)
        self._tick()
        self._countdown.start()

    def _tick(self) -> None:
        self._button.setText(f"在 UKey 上输入 PIN，还有 {self._seconds_left} 秒")
        if self._seconds_left == 0:
            self._countdown.stop()
        self._seconds_left -= 1

    # --- Qt ---

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Who comes here with a key in the socket types its PIN next."""
        super().focusInEvent(event)
        if self._states.currentWidget() is self._form and self._pin.isVisibleTo(self) and not self._busy:
            self._pin.focus()

    # --- states ---

    def _show_tokens(self) -> None:
        tokens = self._shown
        if self.context.state.session is not None:
            return
        self._cards.show_tokens(tokens)
        self._choose(self._cards.token)
        if self._cards.token is None:
            self.run(lambda _: ukey.remembered(self.context.desk, tokens), self._prefer, lane=Lane.STORE)

    def _prefer(self, token: Token | None) -> None:
        """Tick the key that was used last, unless the clerk has ticked one meanwhile."""
        if token is not None and self._cards.token is None:
            self._cards.choose(token)

    def _choose(self, token: Token | None) -> None:
        self._several.setVisible(len(self._shown) > 1)
        signs = token is not None and self._signs(token)
        self._pin.setVisible(signs)
        if token is None or not signs or token.serial != self._warned_of:
            self._warn("")
        if token is not None and signs:
            self._warned_of = token.serial
            self._pin.show_token(token, ukey.unlock_of(self.context.desk, token))
            if not self._busy and self.isVisible():
                self._pin.focus()
            desk = self.context.desk
            self.run(
                lambda _: ukey.other_unit(desk, token),
                lambda words: self._warn(words) if self._cards.token is token else None,
                lane=Lane.STORE,
            )
        self._update()

    def _warn(self, words: str) -> None:
        """Say of the chosen key that it is of another unit; "" that it is not, or that this is not known yet."""
        self._other_unit.setText(words)
        self._other_unit.setVisible(bool(words))

    def _may_log_in(self, token: Token) -> bool:
        return self._signs(token) and self._pin.ready

    def _signs(self, token: Token) -> bool:
        """Whether a PIN would be of any use: it has a certificate to sign with, by a kind of key that is known here."""
        certificate = token.signing_certificate_at(self.context.desk.system_clock())
        return certificate is not None and certificate.usable

    def _update(self) -> None:
        token = self._cards.token
        ready = token is not None and self._may_log_in(token) and self._address.endpoint is not None
        self._button.setEnabled(ready and not self._busy)
        missing = self._address.endpoint is None
        self._address_missing.setVisible(missing)
        if missing:
            self._address.fold(folded=False)

    def _set_busy(self, *, busy: bool) -> None:
        self._busy = busy
        self._countdown.stop()
        self._button.setText("正在登录…" if busy else "登录")
        self._pin.setEnabled(not busy)
        self._update()

    def _failed(self, failure: ShebaoError) -> None:
        self._set_busy(busy=False)
        self._clear_failure()
        message = failure_message(self.context.theme, failure)
        message.closed.connect(self._clear_failure)
        self._failure.addWidget(message)
        self._pin.focus()
        self.context.signin.look_again.emit()

    def _clear_failure(self) -> None:
        clear(self._failure)

    def _say_none(self) -> None:
        scan = self.context.state.scan
        if scan is None:
            self._none_words.title.setText("正在看有没有 UKey…")
            self._none_words.words.setText("")
            return
        drivers = [one for one in scan.skipped if one.reason is not SkipReason.NOT_INSTALLED]
        no_driver = not scan.tokens and not drivers
        self._none_words.title.setText("没有检测到 UKey")
        plug = "插好 UKey，它会自己出现在这里。"
        install = "这台电脑上还没有找到 UKey 的驱动，先安装发放机构给的驱动。"
        blank = "插着一把空的，里面没有证书，也没有设置 PIN：是单位的 UKey 的话，到发放它的机构写入。"
        offline = "不插 UKey 也能导入表格、检查和保存草稿。"
        first = blank if scan.tokens else install if no_driver else plug
        self._none_words.words.setText(f"{first}\n{offline}")

    # --- building ---

    def _empty(self) -> QWidget:
        theme, navigate = self.context.theme, self.context.shell.navigate
        self._none_words = Empty(theme, "usb", "正在看有没有 UKey…", "")
        offline = Button(theme, "先不登录，去工作台", "home")
        offline.clicked.connect(lambda: navigate("workbench"))
        checks = Button(theme, "看是哪一步不对", "shield-check")
        checks.clicked.connect(lambda: navigate("ukey"))
        self._none_words.add_buttons(offline, checks)
        return self._none_words

    def _make_form(self) -> QWidget:
        theme = self.context.theme
        self._several = label("插着多把 UKey，选这次要用的一把。", "secondary")
        self._cards = KeyCards(theme)
        self._cards.chosen.connect(self._choose)
        self._other_unit = label("", tone="warning", wraps=True)
        self._pin = PinPanel(theme)
        self._pin.hide_unit()
        self._pin.ready_changed.connect(lambda _: self._update())
        self._pin.entered.connect(self.primary)
        self._failure = QVBoxLayout()
        self._address = BureauAddress(self.context, folded=True)
        self._address.changed.connect(self._update)
        self._address_missing = label("填写社保系统的地址后才能登录，以 https:// 开头。", tone="warning", wraps=True)
        self._button = Button(theme, "登录", "log-in", role=PRIMARY)
        self._button.clicked.connect(self.primary)
        card = Card()
        card.body.setSpacing(MEDIUM)
        for widget in (self._several, self._cards, self._other_unit, self._pin):
            card.body.addWidget(widget)
        card.body.addLayout(self._failure)
        card.body.addWidget(self._address)
        card.body.addWidget(self._address_missing)
        card.body.addWidget(self._button, 0, Qt.AlignmentFlag.AlignRight)
        return self._centred(card)

    def _make_inside(self) -> QWidget:
        card = Card()
        self._inside_unit = label("", "title", wraps=True)
        self._inside_number = label("", "secondary", selectable=True)
        leave = Button(self.context.theme, "退出登录", "log-out")
        leave.clicked.connect(self.context.signin.log_out)
        for widget in (label("已登录", tone="success"), self._inside_unit, self._inside_number):
            card.body.addWidget(widget)
        card.body.addWidget(leave, 0, Qt.AlignmentFlag.AlignRight)
        return self._centred(card)

    def _centred(self, card: Card) -> QWidget:
        def dress() -> None:
            card.setFixedWidth(min(self.context.theme.px(WIDTH), WIDEST))

        self.context.theme.changed.connect(dress)
        dress()
        widget = QWidget()
        row = QHBoxLayout(widget)
        row.addStretch(1)
        row.addWidget(card, 0, Qt.AlignmentFlag.AlignTop)
        row.addStretch(1)
        return widget

"""The bar above: for whom, where, which month, and how UKey and bureau stand."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal, SignalInstance
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLabel, QPushButton

from ui.parts.buttons import IconButton, IconLabel
from ui.parts.eliding import Eliding
from ui.parts.text import label
from ui.state import Connection
from ui.theme import LARGE, SMALL, TINY

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from ui.context import Context

HEIGHT = 48
_CONNECTIONS = {
    Connection.UNKNOWN: ("cloud", "secondary"),
    Connection.ONLINE: ("wifi", "success"),
    Connection.OFFLINE: ("wifi-off", "error"),
}


class TopBar(QFrame):
    """Shows the state and follows it; the two state buttons lead to where something can be done about it."""

    ukey_pressed = Signal()
    connection_pressed = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.setObjectName("topbar")
        self._context = context
        state = context.state
        row = QHBoxLayout(self)
        row.setContentsMargins(LARGE, 0, LARGE, 0)
        row.setSpacing(SMALL)
        self.unit = Eliding("strong")
        self._words: dict[QPushButton, str] = {}
        self._number = label("", "secondary")
        self._region = label("", "secondary")
        self.region = self._region_box()
        row.addWidget(IconLabel(context.theme, "building-2", "accent", 20))
        for widget in (self.unit, self._number, self._region, self.region):
            row.addWidget(widget)
            row.addSpacing(TINY)
        row.addStretch(1)
        self._add_month(row)
        row.addStretch(1)
        self.ukey = self._state_button(row, self.ukey_pressed)
        self.connection = self._state_button(row, self.connection_pressed)
        for changed in (state.session_changed, state.tokens_changed, state.month_changed, state.connection_changed):
            changed.connect(self.follow)
        context.theme.changed.connect(self.follow)
        self.follow()

    def follow(self) -> None:
        """Show what is the case now."""
        context, state, theme = self._context, self._context.state, self._context.theme
        self.setFixedHeight(theme.px(HEIGHT))
        unit = state.unit
        self.unit.say(unit.name if unit else "尚未登录过单位")
        self._number.setText(unit.number if unit else "")
        self._region.setText(context.regions.get(state.region, "") if unit else "")
        self.region.setVisible(unit is None)
        self.region.setCurrentIndex(self.region.findData(context.preferences.region))
        self.month.setText(state.month.spoken)
        self.this_month.setVisible(state.month != state.today_month)
        tokens, session = state.tokens, state.session
        words = "UKey 已插入" if tokens else "UKey 不能签名" if state.unusable else "UKey 未插入"
        if session is not None:
            words = "UKey 已登录" if state.signer else "UKey 已插入"
        role = "success" if tokens else "warning" if state.unusable else "secondary"
        self._show(self.ukey, "usb", role, words)
        icon, role = _CONNECTIONS[state.connection]
        known = "未登录" if session is None and state.connection is not Connection.OFFLINE else state.connection.value
        self._show(self.connection, icon if session else "cloud-off", role if session else "secondary", known)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """The unit's name comes first: what the width lacks for it is taken from what is known otherwise."""
        for widget in (self._region, self._number):
            widget.setVisible(bool(widget.text()))
        for button, words in self._words.items():
            self._say(button, words)
        row = self.layout()
        assert row is not None  # noqa: S101 - made with the bar
        give_up = (
            self._region.hide,
            lambda: self._say(self.connection, ""),
            lambda: self._say(self.ukey, ""),
            self._number.hide,
        )
        for less in give_up:
            if row.sizeHint().width() <= self.width():
                break
            less()

    def _region_box(self) -> QComboBox:
        """Until a unit has logged in, the clerk says for which region is worked."""
        box = QComboBox()
        box.setAccessibleName("参保地区")
        box.setPlaceholderText("选择参保地区")
        for region_id, name in self._context.regions.items():
            box.addItem(name, region_id)
        box.activated.connect(self._choose_region)
        return box

    def _choose_region(self) -> None:
        context = self._context
        context.shell.keep(replace(context.preferences, region=self.region.currentData()))

    def _add_month(self, row: QHBoxLayout) -> None:
        state, theme = self._context.state, self._context.theme
        before = IconButton(theme, "chevron-left", "上个月")
        after = IconButton(theme, "chevron-right", "下个月")
        self.month = QLabel()
        self.month.setProperty("role", "strong")
        self.month.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.this_month = QPushButton("回到本月")
        self.this_month.setProperty("role", "link")
        before.clicked.connect(lambda: state.set_month(state.month + -1))
        after.clicked.connect(lambda: state.set_month(state.month + 1))
        self.this_month.clicked.connect(lambda: state.set_month(state.today_month))
        for widget in (before, self.month, after, self.this_month):
            row.addWidget(widget)

    def _state_button(self, row: QHBoxLayout, pressed: SignalInstance) -> QPushButton:
        button = QPushButton()
        button.setProperty("role", "flat")
        button.clicked.connect(pressed)
        row.addWidget(button)
        return button

    def _show(self, button: QPushButton, icon: str, role: str, words: str) -> None:
        theme = self._context.theme
        button.setIcon(theme.icon(icon, role))
        button.setIconSize(QSize(theme.px(16), theme.px(16)))
        button.setAccessibleName(words)
        self._words[button] = words

    def _say(self, button: QPushButton, words: str) -> None:
        """Its words, or only its icon."""
        button.setText(f" {words}" if words else "")
        button.setToolTip("" if words else button.accessibleName())

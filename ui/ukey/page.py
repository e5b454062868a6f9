"""What is plugged in, whose it is and until when; and the self-test, each check with what to do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QFormLayout, QGridLayout, QHBoxLayout, QWidget

from app.workflows import doctor, drivers
from app.workflows.keycard import key_card, key_words, unusable_sentence, vendor_names
from app.workflows.ukey import pin_advice, pin_state_text, unlock_of
from pkcs11_drivers.model import SkipReason
from ui.jobs import Lane
from ui.login.words import validity_words
from ui.page import Page
from ui.parts.buttons import Button, IconLabel
from ui.parts.cards import Card
from ui.parts.text import label
from ui.pin import PIN_TONES
from ui.theme import LARGE, SMALL
from ui.ukey.change_pin import ChangePinDialog, can_be_changed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.workflows.doctor import Result
    from pkcs11_drivers.model import Token
    from ui.context import Context

_PLAIN = (SkipReason.NO_TOKEN, SkipReason.SAME_KEY)


class UKeyPage(Page):
    """Tokens, drivers and checks. Nothing here asks for a PIN."""

    help = (
        "上面是插着的 UKey：哪家单位、证书到什么时候、PIN 的状态。",
        "“自检”逐项检查登录和申报需要的东西，打勾的没有问题，其余的写着怎么办。",
        "找技术支持时点“复制自检报告”，报告里没有人员信息。",
    )

    def __init__(self, context: Context) -> None:
        super().__init__(context, "UKey 与自检", "插着什么，是谁的，到什么时候；哪一步不对。")
        self._results: Sequence[Result] = ()
        self._names: Mapping[str, str] = {}
        self._add = self.add_action("添加驱动", "plus", self._add_driver)
        self._copy = self.add_action("复制自检报告", "copy", self._copy_report)
        self._again = self.add_action("重新检查", "refresh-cw", self._reload)
        self._copy.setEnabled(False)
        self._leave = self.add_action("退出登录", "log-out", context.signin.log_out)
        self._keys = Card("插着的 UKey")
        self._checks = Card("自检")
        self._drivers = Card("驱动")
        for card in (self._keys, self._checks, self._drivers):
            self.body.addWidget(card)
        self.body.addStretch(1)
        context.state.tokens_changed.connect(self._show_keys)

    def refresh(self) -> None:
        """Show the keys and run the checks."""
        self._leave.setVisible(self.context.state.session is not None)
        self.run(lambda _: vendor_names(self.context.desk.home), self._named)
        self._show_keys()
        self._checks.fill([label("正在检查…", "secondary")])
        self._again.setEnabled(False)
        self.run(
            lambda _: doctor.examine(self.context.desk),
            self._show_checks,
            lane=Lane.NETWORK,
            on_failed=self._not_checked,
        )

    def _named(self, names: Mapping[str, str]) -> None:
        self._names = names
        self._show_keys()

    def _name(self, vendor: str) -> str:
        return self._names.get(vendor, vendor)

    def _reload(self) -> None:
        self.context.signin.look_again.emit()
        self.refresh()

    def _not_checked(self, failure: object) -> None:
        self._again.setEnabled(True)
        self._checks.fill([label("没有查成，点“重新检查”再查一遍。", "secondary")])
        self.context.jobs.failed.emit(failure)

    def _show_keys(self) -> None:
        scan = self.context.state.scan
        tokens = scan.tokens if scan else ()
        rows: list[QWidget] = [self._token(one) for one in tokens]
        if not rows:
            words = "没有检测到 UKey。插好后会自己出现在这里。" if scan else "正在看有没有 UKey…"
            rows = [label(words, "secondary", wraps=True)]
        self._keys.fill(rows)
        working = dict.fromkeys((one.vendor, one.module) for one in tokens)
        lines: list[QWidget] = [
            self._line("circle-check", "success", f"{self._name(vendor)}：{module}", "") for vendor, module in working
        ]
        for skipped in scan.skipped if scan else ():
            if skipped.reason is not SkipReason.NOT_INSTALLED:
                plain = skipped.reason in _PLAIN
                icon, role = ("minus", "secondary") if plain else ("circle-alert", "warning")
                lines.append(
                    self._line(
                        icon, role, f"{self._name(skipped.vendor)}：{skipped.module}", drivers.REASONS[skipped.reason]
                    )
                )
        absent = (
            [self._name(one.vendor) for one in scan.skipped if one.reason is SkipReason.NOT_INSTALLED] if scan else []
        )
        if absent:
            lines.append(label(f"没有安装：{'、'.join(dict.fromkeys(absent))}", "small", wraps=True))
        self._drivers.fill(lines)

    def _show_checks(self, results: Sequence[Result]) -> None:
        self._results = results
        self._again.setEnabled(True)
        self._copy.setEnabled(True)
        ordered = sorted(results, key=lambda one: one.ok)
        rows = [
            self._line(
                "circle-check" if one.ok else "circle-alert", "success" if one.ok else "error", one.message, one.remedy
            )
            for one in ordered
        ]
        self._checks.fill(rows)

    def _copy_report(self) -> None:
        results, scan = self._results, self.context.state.scan

        def copy(text: str) -> None:
            QGuiApplication.clipboard().setText(text)
            self.context.shell.toast("自检报告已复制，里面没有单位和人员的信息。")

        self.run(lambda _: doctor.report(self.context.desk, results, scan), copy)

    def _add_driver(self) -> None:
        path, _ = QFileDialog.getOpenFileName(
            self, "选择驱动文件（PKCS#11 模块）", "", "驱动 (*.dll *.so *.dylib);;所有文件 (*)"
        )
        if path:
            desk = self.context.desk
            # In the watcher's own lane: it looks through the new driver at its next turn, not in the middle of one.
            self.run(lambda _: drivers.use(desk, Path(path)), lambda _: self._added(), lane=Lane.WATCH)

    def _added(self) -> None:
        self.context.shell.toast("驱动已添加，正在用它看插着的 UKey。")
        self._reload()

    def _token(self, token: Token) -> QWidget:
        card = key_card(token, self.context.desk.system_clock())
        widget = QWidget()
        form = QFormLayout(widget)
        form.setContentsMargins(0, 0, 0, 0)
        form.setHorizontalSpacing(LARGE)
        form.setVerticalSpacing(SMALL)
        form.addRow(label(card.unit_name, "strong", wraps=True))
        sentence, tone = validity_words(card)
        unusable = unusable_sentence(card)
        advice = pin_advice(token.pin_state, unlock_of(self.context.desk, token))
        lines = [
            ("统一社会信用代码", card.credit_code, ""),
            ("证书", sentence, tone),
            ("签发机构", card.issuer, ""),
            ("密钥", unusable or (key_words(card.key) if card.key else ""), "error" if unusable else ""),
            ("PIN", pin_state_text(token.pin_state, token.tries_left) + advice, PIN_TONES.get(token.pin_state, "")),
            ("UKey 序列号", token.serial, ""),
            ("型号", f"{token.manufacturer} {token.model}".strip(), ""),
        ]
        for name, value, how in lines:
            if value:
                form.addRow(label(name, "secondary"), label(value, tone=how, wraps=True, selectable=True))
        if can_be_changed(token):
            change = Button(self.context.theme, "修改 PIN", "pencil")
            change.clicked.connect(lambda: ChangePinDialog(self, self.context, token).open())
            row = QHBoxLayout()
            row.addWidget(change)
            row.addStretch(1)
            form.addRow(row)
        return widget

    def _line(self, icon: str, role: str, words: str, remedy: str) -> QWidget:
        row = QWidget()
        grid = QGridLayout(row)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(SMALL)
        grid.setVerticalSpacing(2)
        grid.addWidget(IconLabel(self.context.theme, icon, role), 0, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(label(words, wraps=True, selectable=True), 0, 1)
        if remedy:
            grid.addWidget(label(remedy, "secondary", wraps=True, selectable=True), 1, 1)
        grid.setColumnStretch(1, 1)
        return row

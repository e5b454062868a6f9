"""Which region pack is used, and the signed updates of it: install one, take the last one back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout

from app.workflows import packs
from app.workflows.packs import InForce
from ui.dialogs import ConfirmDialog, failure_message
from ui.files import ask_which
from ui.jobs import Lane
from ui.parts.buttons import Button
from ui.parts.cards import Card, clear
from ui.parts.rows import Column
from ui.parts.table import Table
from ui.parts.text import label
from ui.theme import SMALL

if TYPE_CHECKING:
    from app.errors import ShebaoError
    from app.regions.shelf import Installed
    from ui.context import Context

_GROUP = 4


def grouped(fingerprint: str) -> str:
    """A fingerprint as it is read out: groups of four."""
    return " ".join(fingerprint[at : at + _GROUP] for at in range(0, len(fingerprint), _GROUP))


class PackCard(Card):
    """The packs in force. An update of an unknown publisher is installed once its fingerprint has been compared."""

    def __init__(self, context: Context) -> None:
        super().__init__("地区包")
        self._context = context
        said = "费率、基数上下限、事项和表样都在地区包里。更新由发布方签名；本机的修改在它之前，仍标“本地修改/未核实”。"
        self.body.addWidget(label(said, "secondary", wraps=True))
        self._failures = QHBoxLayout()
        self.body.addLayout(self._failures)
        columns = (
            Column[InForce]("地区", lambda one: context.regions.get(one.region_id, one.region_id), 120),
            Column[InForce]("版本", lambda one: str(one.version), 60),
            Column[InForce]("来自", _origin, 260, tip=_tip),
            Column[InForce]("还没用上的更新", _waiting, 220, stretches=True, tip=_waiting),
        )
        self.table: Table[InForce] = Table(context.theme, columns, "地区包")
        self.table.setMinimumHeight(context.theme.px(212))
        self.body.addWidget(self.table)
        self.install_button = Button(context.theme, "安装更新…", "download")
        self.install_button.clicked.connect(self._choose)
        self.back_button = Button(context.theme, "撤回所选地区的更新", "undo-2")
        self.back_button.clicked.connect(self._ask_to_roll_back)
        self.table.chosen.connect(self._enable)
        row = QHBoxLayout()
        row.setSpacing(SMALL)
        for button in (self.install_button, self.back_button):
            row.addWidget(button)
        row.addStretch(1)
        self.body.addLayout(row)
        self._enable()

    def show_packs(self) -> None:
        """What is in force now."""
        self._context.jobs.run(
            Lane.STORE, lambda _: packs.in_force(self._context.desk), self._show, self._failed, owner=self
        )

    def install(self, path: Path, trust: str = "") -> None:
        """Install an update file; ask for trust where its publisher is not known yet."""
        clear(self._failures)

        def failed(failure: ShebaoError) -> None:
            if failure.code == "update-untrusted":
                self._ask_for_trust(path, failure)
            else:
                self._failed(failure)

        desk = self._context.desk
        self._context.jobs.run(
            Lane.STORE, lambda _: packs.install(desk, path, trust=trust), self._installed, failed, owner=self
        )

    def _show(self, found: tuple[InForce, ...]) -> None:
        self.table.set_rows(found, lambda one: one.region_id)
        self._enable()

    def _installed(self, update: Installed) -> None:
        self._context.shell.toast(f"已安装版本 {update.version}，自 {update.valid_from} 起使用。")
        self.show_packs()

    def _failed(self, failure: ShebaoError) -> None:
        clear(self._failures)
        self._failures.addWidget(failure_message(self._context.theme, failure))

    def _choose(self) -> None:
        ask_which(self, "选择地区包更新", "地区包更新 (*.zip *.shebao-pack)", self.install)

    def _ask_for_trust(self, path: Path, failure: ShebaoError) -> None:
        fingerprint = failure.facts["fingerprint"]
        publisher = failure.facts["publisher"]
        ConfirmDialog(
            self.window(),
            self._context.theme,
            f"这份更新自称由“{publisher}”发布，本机还没有信任过它的钥匙。",
            "指纹一致，信任并安装",
            lambda: self.install(path, fingerprint),
            irreversible="先用查得到的电话与发布方逐段核对下面的指纹；更新里写的名称谁都能写，只有指纹作准。",
            details=label(grouped(fingerprint), wraps=True, selectable=True),
        ).open()

    def _ask_to_roll_back(self) -> None:
        chosen = self.table.current
        if chosen is None:
            return
        name = self._context.regions.get(chosen.region_id, chosen.region_id)
        ConfirmDialog(
            self.window(),
            self._context.theme,
            f"撤回{name}最后安装的更新，恢复用之前的地区包。",
            "撤回更新",
            lambda: self._roll_back(chosen.region_id),
        ).open()

    def _roll_back(self, region_id: str) -> None:
        def done(taken: Installed) -> None:
            self._context.shell.toast(f"已撤回版本 {taken.version}。")
            self.show_packs()

        desk = self._context.desk
        self._context.jobs.run(Lane.STORE, lambda _: packs.roll_back(desk, region_id), done, self._failed, owner=self)

    def _enable(self) -> None:
        chosen = self.table.current
        self.back_button.setEnabled(chosen is not None and bool(chosen.update or chosen.waiting))


def _origin(one: InForce) -> str:
    return "程序自带" if one.update is None else f"“{one.update.publisher}”的更新（{one.update.installed_on} 安装）"


def _tip(one: InForce) -> str:
    return "" if one.update is None else "\n".join((grouped(one.update.fingerprint), *one.update.sources))


def _waiting(one: InForce) -> str:
    return "、".join(f"版本 {other.version}（自 {other.valid_from}）" for other in one.waiting)

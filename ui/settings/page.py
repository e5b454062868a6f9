"""The choices of this computer: looks, the bureau, the region, where data lies, where the figures come from."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QComboBox, QHBoxLayout

from ui.login.address import BureauAddress
from ui.page import Page
from ui.parts.buttons import Button
from ui.parts.cards import Card
from ui.parts.text import label
from ui.settings.packs import PackCard
from ui.settings.parameters import ParameterTable
from ui.theme import SMALL

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from ui.context import Context

APPEARANCES = (("system", "跟随系统"), ("light", "浅色"), ("dark", "深色"))
SCALES = (100, 125, 150, 175, 200)


class SettingsPage(Page):
    """Every choice takes effect at once and is remembered."""

    help = (
        "外观和文字大小选了就生效。",
        "社保系统的地址以 https:// 开头；测试或内网环境还要选签发机构的证书文件。",
        "“计算用的数”列出每个费率和上下限从哪里来、哪天核对的；标着“未核实”的以当地公布为准。",
    )

    def __init__(self, context: Context) -> None:
        super().__init__(context, "设置", "这台电脑上的选择，选了就生效。")
        self.body.addWidget(self._make_looks())
        self.body.addWidget(self._make_bureau())
        self.body.addWidget(self._make_data())
        self.packs = PackCard(context)
        self.body.addWidget(self.packs)
        self.parameters = ParameterTable(context)
        self.body.addWidget(self.parameters)
        self.body.addStretch(1)

    def refresh(self) -> None:
        """Show what is chosen."""
        kept = self.context.preferences
        self._appearance.setCurrentIndex([name for name, _ in APPEARANCES].index(kept.appearance))
        nearest = min(SCALES, key=lambda scale: abs(scale - kept.scale))
        self._scale.setCurrentIndex(SCALES.index(nearest))
        state = self.context.state
        self._region.setCurrentIndex(max(0, self._region.findData(state.region)))
        self._region.setEnabled(state.unit is None)
        self._region_words.setVisible(state.unit is not None)
        self._address.show_kept()
        self.packs.show_packs()
        self.parameters.show_region(state.region)

    def _make_looks(self) -> Card:
        card = Card("外观")
        self._appearance = QComboBox()
        for name, words in APPEARANCES:
            self._appearance.addItem(words, name)
        self._scale = QComboBox()
        for scale in SCALES:
            self._scale.addItem(f"{scale}%", scale)
        self._appearance.activated.connect(self._keep_looks)
        self._scale.activated.connect(self._keep_looks)
        card.body.addLayout(_row("颜色", self._appearance))
        card.body.addLayout(_row("文字大小", self._scale))
        return card

    def _make_bureau(self) -> Card:
        card = Card("社保系统")
        self._address = BureauAddress(self.context, folded=False)
        save = Button(self.context.theme, "保存地址", "save")
        save.setEnabled(False)
        save.clicked.connect(self._keep_address)
        self._address.changed.connect(lambda: save.setEnabled(self._address.endpoint is not None))
        self._region = QComboBox()
        for region_id, name in self.context.regions.items():
            self._region.addItem(name, region_id)
        self._region.activated.connect(self._keep_region)
        self._region_words = label("地区由登录的单位决定。", "secondary", wraps=True)
        card.body.addWidget(self._address)
        row = QHBoxLayout()
        row.addWidget(save)
        row.addStretch(1)
        card.body.addLayout(row)
        card.body.addLayout(_row("没有登录过时按哪个地区填写", self._region))
        card.body.addWidget(self._region_words)
        return card

    def _make_data(self) -> Card:
        card = Card("数据文件夹")
        home = str(self.context.desk.home)
        card.body.addWidget(label(home, wraps=True, selectable=True))
        card.body.addWidget(label("草稿、办件和回执都在这里，已加密。备份时复制整个文件夹。", "secondary", wraps=True))
        show = Button(self.context.theme, "打开文件夹", "folder-open")
        show.clicked.connect(lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(home)))
        row = QHBoxLayout()
        row.addWidget(show)
        row.addStretch(1)
        card.body.addLayout(row)
        return card

    def _keep_looks(self) -> None:
        kept = self.context.preferences
        chosen = replace(kept, appearance=self._appearance.currentData(), scale=self._scale.currentData())
        self.context.shell.keep(chosen)

    def _keep_region(self) -> None:
        self.context.shell.keep(replace(self.context.preferences, region=self._region.currentData()))

    def _keep_address(self) -> None:
        self._address.keep()
        self.context.shell.toast("社保系统的地址已保存。")


def _row(words: str, widget: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(SMALL)
    name = label(words)
    name.setBuddy(widget)
    widget.setAccessibleName(words)
    name.setMinimumWidth(72)
    widget.setMinimumWidth(160)
    row.addWidget(name)
    row.addWidget(widget)
    row.addStretch(1)
    return row

"""An item without drafts: what will be here, and how to begin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget

from ui.parts.cards import Empty

if TYPE_CHECKING:
    from app.regions.pack import Item
    from ui.theme import Theme


class Beginning(QStackedWidget):
    """By file where the item takes many people at once, else person by person."""

    file_wanted = Signal()
    form_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._by_file = Empty(
            theme,
            "file-spreadsheet",
            "把人事部的表格拖到这里",
            "Excel、WPS 和 CSV 都可以，逐格检查，先存为草稿。在 Excel 里复制几行，到这里按 Ctrl+V 也行。"
            "也可以从右上角逐人填写。没有插 UKey 也能做这些。",
            "打开表格",
            self.file_wanted.emit,
        )
        self._by_form = Empty(
            theme,
            "user-plus",
            "逐人办理",
            "填写的内容随时存为草稿，核对以后用 UKey 签名提交。没有插 UKey 也能先填。",
            "开始填写",
            self.form_wanted.emit,
        )
        self.addWidget(self._by_file)
        self.addWidget(self._by_form)

    def show_item(self, item: Item) -> None:
        """The way that suits the item."""
        self.setCurrentWidget(self._by_file if item.in_batches else self._by_form)

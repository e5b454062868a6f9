"""Any query of the region's pack, on a page of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QStackedWidget, QWidget

from app.regions.pack import Kind
from ui.hall.panel import QueryPanel
from ui.page import Page

if TYPE_CHECKING:
    from app.domain.months import Month
    from ui.context import Context


class QueryPage(Page):
    """One query item."""

    help = (
        "填好条件后点“查询”。点列名排序，Ctrl+F 在结果里查找，选中几行后 Ctrl+C 复制，“导出”存为表格。",
        "查过的结果留在这台电脑上，没有登录也能看，右上写着是什么时候的。",
    )

    def __init__(self, context: Context, item_id: str) -> None:
        super().__init__(context, "")
        self.item_id = item_id
        self.add_action("办事大厅", "chevron-left", lambda: context.shell.navigate("hall"))
        self.panel: QueryPanel | None = None
        self.stack = QStackedWidget()
        self.stack.addWidget(QWidget())
        self.body.addWidget(self.stack, 1)

    def refresh(self) -> None:
        """What was answered last, and where nothing has to be filled in the answer of today."""
        region = self.context.desk.region(self.context.state.region)
        item = region.items.get(self.item_id)
        if item is None or item.kind is not Kind.QUERY:
            self.stack.setCurrentIndex(0)
            self.hide_primary()
            self.set_subtitle(f"{region.name}没有这个事项。")
            return
        if self.panel is None or self.panel.item is not item:
            if self.panel is not None:
                self.stack.removeWidget(self.panel)
                self.panel.deleteLater()
            self.panel = QueryPanel(self, region, item)
            self.panel.dressed.connect(self._dress)
            self.stack.addWidget(self.panel)
            self.set_title(item.name)
            self.set_subtitle(" › ".join((region.name, *item.menu)))
        self.stack.setCurrentIndex(1)
        self.panel.load()
        self._dress()

    def on_news(self, news: object) -> None:
        """Asked again by whoever looks; a filing elsewhere does not ask by itself."""

    def month_changed(self, month: Month) -> None:
        """Its conditions say which months."""

    def search(self) -> None:
        """Ctrl+F."""
        if self.panel is not None:
            self.panel.search()

    def back(self) -> None:
        """Esc."""
        self.context.shell.navigate("hall")

    def _dress(self) -> None:
        panel = self.panel
        if panel is None or self.stack.currentWidget() is not panel:
            return
        online = self.context.state.session is not None
        if panel.busy:
            self.set_state("正在向社保系统查询")
        elif online:
            self.set_state("")
        else:
            self.set_state("没有登录，显示的是上一次查到的。" if panel.answer else "登录后可以查询。")
        self.set_primary("查询" if online else "去登录", panel.ask, enabled=not panel.busy)

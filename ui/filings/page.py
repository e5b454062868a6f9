"""filings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ui.page import Page
from ui.parts.cards import Empty

if TYPE_CHECKING:
    from ui.context import Context


class FilingsPage(Page):
    """The page."""

    def __init__(self, context: Context) -> None:
        super().__init__(context, "办件", "副标题")
        self.body.addWidget(Empty(context.theme, "inbox", "这里还没有内容", "登录后会显示。"))

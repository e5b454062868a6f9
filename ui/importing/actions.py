"""The buttons above the table, each shown where it can be used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.workflows import batch

if TYPE_CHECKING:
    from app.regions.pack import Item
    from ui.importing.page import StaffPage


class Actions:
    """Made once for the page; which are there depends on the item."""

    def __init__(self, page: StaffPage) -> None:
        self._return = page.add_action("返回列表", "chevron-left", page.back)
        self._from_roster = page.add_action("从人员中选", "users", page.choose_people)
        self._template = page.add_action("下载模板", "download", page.save_template)
        self._export = page.add_action("导出标错表格", "file-spreadsheet", page.intake.save_marked)
        self._import = page.add_action("导入表格", "upload", page.open_file)
        self._new = page.add_action("逐人填写", "user-plus", page.new)

    def show(self, item: Item | None, *, working: bool, filling: bool, marked: bool) -> None:
        """``working`` on the table or on the empty page, ``filling`` in one person; ``marked``: a file was read."""
        working = working and item is not None
        self._return.setVisible(filling)
        self._from_roster.setVisible(working and item is not None and batch.chosen_from_roster(item))
        self._new.setVisible(working)
        for button in (self._import, self._template):
            button.setVisible(working and item is not None and item.in_batches)
        self._export.setVisible(working and marked)

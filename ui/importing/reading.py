"""While a file is read: how far, and the way to stop; and how it was read, once it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QProgressBar, QVBoxLayout, QWidget

from ui.parts.buttons import Button
from ui.parts.text import label
from ui.theme import MEDIUM

if TYPE_CHECKING:
    from app.workflows.intake import FromFile
    from ui.theme import Theme


class Reading(QWidget):
    """``cancelled`` when the clerk wants it to stop."""

    cancelled = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setSpacing(MEDIUM)
        self._words = label("", "section")
        self._words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(theme.px(420))
        cancel = Button(theme, "取消")
        cancel.clicked.connect(self.cancelled)
        column.addStretch(1)
        column.addWidget(self._words)
        column.addWidget(self._bar, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(cancel, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(2)

    def begin(self, name: str, doing: str = "读") -> None:
        """A file of that name."""
        self._words.setText(f"正在{doing} {name}")
        self._bar.setRange(0, 0)

    def progress(self, done: int, total: int, what: str) -> None:
        """So far of so many."""
        self._bar.setRange(0, max(1, total))
        self._bar.setValue(done)
        self._words.setText(f"正在{what}　{done:,} / {total:,}" if total > 1 else f"正在{what}文件")


def mapping_of(source: FromFile) -> tuple[str, str, tuple[str, ...], str]:
    """How a file was read, in one line, the rest for the tool tip, the sheets it could be read from, and the chosen."""
    checked = source.checked
    table = checked.table
    words = f"{source.path.name} · 工作表“{table.sheet.name}” · 表头第 {table.header + 1} 行 · {len(source.lines)} 人"
    tips = []
    if table.missing:
        words += f" · 缺少必填的列：{'、'.join(one.name for one in table.missing)}"
    if table.unused:
        names = [name for _, name in table.unused]
        words += f" · 未用到的列：{'、'.join(names[:4])}{' 等' if len(names) > 4 else ''}"
        tips.append(f"未用到的列：{'、'.join(names)}")
    if checked.skipped:
        words += f" · 跳过 {len(checked.skipped)} 行"
        reasons = {
            "hint": "填写说明",
            "closing": "合计或落款",
            "example": "示例",
            "header": "重复的表头",
            "note": "没有人员的行",
            "other-table": "另一张表",
        }
        tips += [f"第 {row} 行：{reasons.get(why, why)}" for row, why in checked.skipped]
    return words, "\n".join(tips), source.sheets, table.sheet.name

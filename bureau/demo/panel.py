"""The small panel beside the window: pull and plug the UKey, be the counter, let the bureau's days pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from bureau.demo.ground import PIN
from ui.jobs import Jobs, Lane
from ui.parts.buttons import Button, IconButton
from ui.parts.text import label

if TYPE_CHECKING:
    from pathlib import Path

    from app.domain.progress import Progress
    from app.errors import ShebaoError
    from bureau.demo.ground import Ground
    from ui.theme import Theme

PULL, PLUG = "拔出 UKey", "插入 UKey"
WIDTH, NARROWEST = 264, 228


class Panel(QWidget):
    """What happens outside the program: in the socket, at the bureau, at the tax office."""

    def __init__(self, ground: Ground, theme: Theme, workbook: Path) -> None:
        super().__init__(None, Qt.WindowType.Tool | Qt.WindowType.WindowStaysOnTopHint)
        self.setWindowTitle("演示台")
        self._ground = ground
        self._jobs = Jobs(self)
        self._theme = theme
        outer = QVBoxLayout(self)
        outer.setContentsMargins(theme.px(16), theme.px(12), theme.px(12), theme.px(12))
        outer.setSpacing(theme.px(8))
        self._content = QWidget()
        head = QHBoxLayout()
        head.addWidget(label(f"软件 UKey 的 PIN：{PIN}", selectable=True), 1)
        self._fold = IconButton(theme, "chevron-down", "收起演示台")
        self._fold.clicked.connect(lambda: self.fold(folded=not self._content.isHidden()))
        head.addWidget(self._fold)
        outer.addLayout(head)
        outer.addWidget(self._content)
        layout = QVBoxLayout(self._content)
        layout.setContentsMargins(0, 0, theme.px(4), theme.px(4))
        layout.setSpacing(theme.px(8))
        self._key = Button(theme, PULL, "usb")
        self._key.clicked.connect(self._turn_key)
        layout.addWidget(self._key)
        open_folder = Button(theme, "人事部发来的表格在这里", "folder-open")
        open_folder.clicked.connect(lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(workbook.parent))))
        layout.addWidget(open_folder)
        layout.addWidget(label("社保和税务那一边", "secondary"))
        for text, icon, work in (
            ("柜台：通过全部待审核", "stamp", self._approve),
            ("时间过去一天", "calendar", self._next_day),
            ("时间过去十天", "calendar", self._ten_days),
        ):
            button = Button(theme, text, icon)
            button.clicked.connect(lambda _=False, work=work: self._run(work))
            layout.addWidget(button)
        self._said = label("", "secondary", wraps=True)
        self._said.setMinimumHeight(theme.px(40))
        layout.addWidget(self._said)
        self.setFixedWidth(theme.px(WIDTH))

    @property
    def narrowest(self) -> int:
        """What its buttons need."""
        return self._theme.px(NARROWEST)

    def fold(self, *, folded: bool) -> None:
        """Only its first line, or all of it; the lower edge stays where it is."""
        bottom = self.y() + self.height()
        self._content.setVisible(not folded)
        name = "展开演示台" if folded else "收起演示台"
        self._fold.set_icon("chevron-up" if folded else "chevron-down", name)
        self.setMinimumHeight(0)
        self.adjustSize()
        self.move(self.x(), bottom - self.height())

    def end(self) -> None:
        """Stop what is under way."""
        self._jobs.close()
        self.close()

    def _turn_key(self) -> None:
        key = self._ground.key
        (key.pull if key.plugged else key.plug)()
        self._key.setText(PULL if key.plugged else PLUG)

    def _run(self, work: object) -> None:
        self._said.setText("正在处理…")
        self._jobs.run(Lane.NETWORK, work, self._done, self._failed, owner=self)  # type: ignore[arg-type]  # a bound method

    def _done(self, said: str) -> None:
        self._said.setText(f"{said}。在窗口里按 F5 取最新消息。")

    def _failed(self, failure: ShebaoError) -> None:
        self._said.setText(f"没有办成：{failure.code}")

    def _approve(self, _: Progress) -> str:
        waiting = self._ground.serving.counter("review", "list")["filings"]
        for one in waiting:
            self._ground.serving.counter("review", "approve", one["filing"])
        return f"通过了 {len(waiting)} 笔" if waiting else "没有待审核的"

    def _next_day(self, _: Progress) -> str:
        return self._advance(1)

    def _ten_days(self, _: Progress) -> str:
        return self._advance(10)

    def _advance(self, days: int) -> str:
        now = self._ground.serving.counter("advance", "--days", str(days))["now"]
        return f"社保系统现在是 {now[:10]}"

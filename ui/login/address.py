"""Where the bureau is: its address and the authority its certificate must come from, folded away once known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.domain.signing import origin_of
from app.workflows.desk import Endpoint
from ui.files import ask_which
from ui.parts.buttons import LINK, Button
from ui.parts.text import label
from ui.theme import SMALL, TINY

if TYPE_CHECKING:
    from ui.context import Context


class BureauAddress(QWidget):
    """The two fields. ``changed`` whenever what stands in them does."""

    changed = Signal()

    def __init__(self, context: Context, *, folded: bool) -> None:
        super().__init__()
        self._context = context
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SMALL)
        self._fields = self._build_fields()
        self._opener = Button(context.theme, "", role=LINK)
        self._opener.clicked.connect(lambda: self.fold(self._fields.isVisibleTo(self)))
        column.addWidget(self._opener)
        column.addWidget(self._fields)
        if not folded:
            self._opener.hide()
        self.show_kept()
        self.fold(folded and bool(context.preferences.bureau))

    @property
    def endpoint(self) -> Endpoint | None:
        """What stands there, None where the address is no https address."""
        text = self.url.text().strip()
        try:
            origin_of(text)
        except ValueError:
            return None
        authority = self.authority.text().strip()
        return Endpoint(text, Path(authority) if authority else None)

    def show_kept(self) -> None:
        """What is remembered."""
        kept = self._context.preferences
        if self.url.text() != kept.bureau:
            self.url.setText(kept.bureau)
        if self.authority.text() != kept.authority:
            self.authority.setText(kept.authority)

    def keep(self) -> None:
        """Remember what stands there."""
        kept = self._context.preferences
        chosen = replace(kept, bureau=self.url.text().strip(), authority=self.authority.text().strip())
        if chosen != kept:
            self._context.shell.keep(chosen)

    def fold(self, folded: bool) -> None:
        """Show the fields, or only the address."""
        self._fields.setVisible(not folded)
        self._opener.set_icon("chevron-right" if folded else "chevron-down")
        self._opener.setText(f"社保系统：{self.url.text() or '还没有填写地址'}" if folded else "社保系统的地址")

    def _build_fields(self) -> QWidget:
        fields = QWidget()
        column = QVBoxLayout(fields)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(TINY)
        self.url = QLineEdit()
        self.url.setPlaceholderText("https://")
        self.authority = QLineEdit()
        self.authority.setPlaceholderText("不填则用系统信任的机构")
        choose = Button(self._context.theme, "选择", "folder-open")
        choose.clicked.connect(self._choose)
        for name, field in (("地址", self.url), ("签发机构的证书文件（测试或内网环境才需要）", self.authority)):
            words = label(name, "secondary")
            words.setBuddy(field)
            field.setAccessibleName(name)
            field.textChanged.connect(self.changed)
            column.addWidget(words)
            row = QHBoxLayout()
            row.setSpacing(SMALL)
            row.addWidget(field, 1)
            if field is self.authority:
                row.addWidget(choose)
            column.addLayout(row)
        return fields

    def _choose(self) -> None:
        ask_which(self, "选择证书文件", "证书 (*.pem *.crt *.cer)", lambda path: self.authority.setText(str(path)))

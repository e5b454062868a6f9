"""The files an item asks for: dropped, chosen, or made here ready for the stamp."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from ui.files import ask_which
from ui.parts.buttons import Button, IconLabel
from ui.parts.text import label, retone
from ui.theme import MEDIUM, SMALL, TINY

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from PySide6.QtGui import QDragEnterEvent, QDropEvent

    from app.regions.pack import AttachmentSlot
    from ui.theme import Theme

_ENDINGS = {"pdf": "*.pdf", "jpg": "*.jpg *.jpeg", "jpeg": "*.jpg *.jpeg"}


def _size(kilobytes: int) -> str:
    return f"{kilobytes // 1024} MB" if kilobytes >= 1024 else f"{kilobytes} KB"


class SlotRow(QFrame):
    """One file of the item. ``chosen`` carries a path, ``wanted`` asks for the form to be made."""

    chosen = Signal(object, Path)
    wanted = Signal(object)

    def __init__(self, theme: Theme, slot: AttachmentSlot) -> None:
        super().__init__()
        self.slot = slot
        self.setAcceptDrops(True)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, TINY, 0, TINY)
        row.setSpacing(SMALL)
        row.addWidget(IconLabel(theme, "paperclip"))
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(label(f"{slot.name}（{'必须附' if slot.required else '可以附'}）", wraps=True))
        self._state = label("", "small", wraps=True)
        words.addWidget(self._state)
        row.addLayout(words, 1)
        if slot.made_from:
            make = Button(theme, "生成待盖章的表", "stamp")
            make.clicked.connect(lambda: self.wanted.emit(slot))
            row.addWidget(make)
        choose = Button(theme, "附扫描件", "upload")
        choose.clicked.connect(self.choose)
        row.addWidget(choose)
        self.show_names([], 0)

    @property
    def said(self) -> str:
        """What is attached, in words."""
        return self._state.text()

    def show_names(self, names: Sequence[str], people: int) -> None:
        """The names of the attached file, one for each person who has it."""
        if not names:
            formats = "、".join(one.upper() for one in self.slot.formats)
            words = f"还没有附。{formats}，不超过 {_size(self.slot.max_kb)}，可以拖到这里。"
            retone(self._state, words, "error" if self.slot.required and people else "")
            return
        distinct = list(dict.fromkeys(names))
        missing = people - len(names)
        rest = f"；还有 {missing} 人没有附" if missing > 0 else ""
        retone(self._state, f"已附 {'、'.join(distinct[:2])}{' 等' if len(distinct) > 2 else ''}{rest}", "success")

    def choose(self) -> None:
        """Ask for a file."""
        # A PDF that only a picture is taken for becomes one when it is attached.
        taken = dict.fromkeys((*self.slot.formats, "pdf"))
        endings = " ".join(_ENDINGS.get(one, f"*.{one}") for one in taken)
        name = f"附 {self.slot.name}"
        ask_which(self, name, f"扫描件 ({endings})", lambda path: self.chosen.emit(self.slot, path))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        files = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if files:
            event.acceptProposedAction()
            self.chosen.emit(self.slot, files[0])


class Attachments(QWidget):
    """All files of an item, for one person or for many."""

    chosen = Signal(object, Path)
    wanted = Signal(object)

    def __init__(self, theme: Theme, slots: Iterable[AttachmentSlot]) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(MEDIUM, 0, MEDIUM, 0)
        column.setSpacing(0)
        self.rows: list[SlotRow] = []
        for slot in slots:
            row = SlotRow(theme, slot)
            row.chosen.connect(self.chosen)
            row.wanted.connect(self.wanted)
            self.rows.append(row)
            column.addWidget(row)
        if not self.rows:
            # Never shown from here: without a parent yet it would be a window of its own and take the keys.
            self.hide()

    def show_attached(self, attached: Mapping[str, Sequence[str]], people: int) -> None:
        """The names of what is attached, by slot, and how many people there are."""
        for row in self.rows:
            row.show_names(attached.get(row.slot.key, ()), people)

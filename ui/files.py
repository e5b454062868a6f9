"""Ask for a file, by the system's own dialog."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from ui import remembered

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

TABLES = "Excel 工作簿 (*.xlsx);;CSV (*.csv)"
SHEETS = "表格 (*.xlsx *.xls *.xlsm *.xlsb *.et *.ods *.csv *.txt)"


def ask_where(parent: QWidget, name: str, kind: str, then: Callable[[Path], None]) -> None:
    """Where a new file is to lie."""
    dialog = _dialog(parent, "保存到", kind, then)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(Path(name).suffix.removeprefix("."))
    dialog.selectFile(name)
    dialog.open()


def ask_which(parent: QWidget, title: str, kind: str, then: Callable[[Path], None]) -> None:
    """Which file it is that is there already."""
    dialog = _dialog(parent, title, kind, then)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptOpen)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.open()


def _dialog(parent: QWidget, title: str, kind: str, then: Callable[[Path], None]) -> QFileDialog:
    def chosen(file: str) -> None:
        remembered.keep_folder(parent, Path(file))
        then(Path(file))

    dialog = QFileDialog(parent, title, str(remembered.folder(parent)), kind)
    # Of Qt's own dialog these are not translated; the dialogs of Windows and macOS do not have them.
    dialog.setLabelText(QFileDialog.DialogLabel.LookIn, "位置")
    dialog.setLabelText(QFileDialog.DialogLabel.FileType, "类型")
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.fileSelected.connect(chosen)
    return dialog

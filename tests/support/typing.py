"""Typing as an input method does it: QTest.keyClicks aborts on Chinese."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit


def type_into(editor: QLineEdit, text: str) -> None:
    """Put ``text`` in place of what stands there, and tell so as typing does; leave the field afterwards."""
    editor.selectAll()
    QTest.keyClick(editor, Qt.Key.Key_Delete)
    if text:
        event = QInputMethodEvent()
        event.setCommitString(text)
        QCoreApplication.sendEvent(editor, event)
    editor.editingFinished.emit()

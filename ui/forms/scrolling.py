"""Content that may be higher than the window: at 200 % every page is."""

from __future__ import annotations

from PySide6.QtWidgets import QScrollArea, QWidget


def scrolling(content: QWidget) -> QScrollArea:
    """``content`` in an area that scrolls up and down; sideways only where it would be cut off otherwise."""
    content.setObjectName("page-content")
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setWidget(content)
    return area

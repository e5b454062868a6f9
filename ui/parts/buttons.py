"""Buttons whose icon follows the theme."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QLabel, QPushButton, QToolButton

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from ui.theme import Theme

PRIMARY, FLAT, LINK = "primary", "flat", "link"


class Button(QPushButton):
    """A push button. ``role`` is "" (secondary), PRIMARY (one a page), FLAT or LINK."""

    def __init__(
        self, theme: Theme, text: str = "", icon: str = "", *, role: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme, self._icon = theme, icon
        self._role = role
        self.setText(text)
        if role:
            self.setProperty("role", role)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAutoDefault(False)
        theme.changed.connect(self._dress)
        self._dress()

    def set_icon(self, icon: str) -> None:
        """Another icon, or none."""
        self._icon = icon
        self._dress()

    def setText(self, text: str) -> None:
        """The words; a space keeps them off the icon, which the style sheet cannot."""
        super().setText(f" {text}" if self._icon and text else text)
        self.setAccessibleName(text)

    def text(self) -> str:
        """The words."""
        return super().text().lstrip()

    def _dress(self) -> None:
        if not self._icon:
            return
        role = {PRIMARY: "on_accent", LINK: "accent"}.get(self._role, "text")
        self.setIcon(self._theme.icon(self._icon, role))
        self.setIconSize(QSize(self._theme.px(16), self._theme.px(16)))


class IconButton(QToolButton):
    """A button that is only an icon; ``name`` says to everybody what it does."""

    def __init__(self, theme: Theme, icon: str, name: str, *, size: int = 16, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._size = theme, size
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.set_icon(icon, name)
        theme.changed.connect(self._dress)

    def set_icon(self, icon: str, name: str) -> None:
        """What it does from now on."""
        self._icon = icon
        self.setToolTip(name)
        self.setAccessibleName(name)
        self._dress()

    def _dress(self) -> None:
        self.setIcon(self._theme.icon(self._icon, "secondary", self._size))
        self.setIconSize(QSize(self._theme.px(self._size), self._theme.px(self._size)))


class IconLabel(QLabel):
    """An icon that stands by itself."""

    def __init__(
        self, theme: Theme, icon: str, role: str = "secondary", size: int = 16, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme, self._icon, self._role, self._size = theme, icon, role, size
        theme.changed.connect(self._dress)
        self._dress()

    def show_icon(self, icon: str, role: str) -> None:
        """Another icon or colour."""
        self._icon, self._role = icon, role
        self._dress()

    def _dress(self) -> None:
        self.setPixmap(self._theme.pixmap(self._icon, self._role, self._size))

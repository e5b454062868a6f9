"""The look in force: which palette, how large, and the signal that it has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QColor, QFont, QPalette

from ui.theme.fonts import family
from ui.theme.icons import Icons
from ui.theme.roles import LIGHT, Palette, in_force
from ui.theme.sheet import style_sheet

if TYPE_CHECKING:
    from PySide6.QtGui import QIcon, QPixmap
    from PySide6.QtWidgets import QApplication

# The grid of the layouts, in pixels.
TINY, SMALL, MEDIUM, LARGE, WIDE, HUGE = 4, 8, 12, 16, 24, 32
SYSTEM = "system"
BODY = 13
SMALLEST_SCALE, LARGEST_SCALE = 100, 200


class Theme(QObject):
    """Colours, type and icons for one application. ``changed`` comes after every switch."""

    changed = Signal()

    def __init__(self, application: QApplication, mode: str = SYSTEM, scale: int = SMALLEST_SCALE) -> None:
        super().__init__(application)
        self._application = application
        self._icons = Icons()
        self._family = family()
        self.mode = mode
        self.scale = scale
        self.palette: Palette = LIGHT
        application.setStyle("Fusion")
        self._hints = application.styleHints()
        self._hints.colorSchemeChanged.connect(self._follow)
        self.use(mode, scale)

    def use(self, mode: str, scale: int) -> None:
        """Take light, dark or the system's choice, and a text size of 100 to 200 percent."""
        self.mode, self.scale = mode, max(SMALLEST_SCALE, min(LARGEST_SCALE, scale))
        from PySide6.QtCore import Qt  # all the names in it are made by this, before the window is painted if above

        # Told to Qt as well, so that title bars and the system's own dialogs agree.
        if mode == SYSTEM:
            self._hints.unsetColorScheme()
        else:
            self._hints.setColorScheme(Qt.ColorScheme.Dark if mode == "dark" else Qt.ColorScheme.Light)
        self._paint()

    def px(self, pixels: int) -> int:
        """A length that grows with the text."""
        return round(pixels * self.scale / 100)

    def colour(self, role: str) -> QColor:
        """The colour of a role."""
        return QColor(self.palette.of(role))

    def font(self, pixels: int = BODY, *, bold: bool = False) -> QFont:
        """The typeface for what is painted by hand."""
        font = QFont(self._family)
        font.setPixelSize(self.px(pixels))
        font.setBold(bold)
        return font

    def icon(self, name: str, role: str = "text", size: int = 16) -> QIcon:
        """An icon for a button or an action."""
        return self._icons.icon(name, self.palette.of(role), self.palette.disabled, self.px(size))

    def pixmap(self, name: str, role: str = "text", size: int = 16) -> QPixmap:
        """An icon as a picture."""
        return self._icons.pixmap(name, self.palette.of(role), self.px(size))

    def _follow(self) -> None:
        if self.mode == SYSTEM:
            self._paint()

    def _paint(self) -> None:
        from PySide6.QtCore import Qt

        self.palette = in_force(self.mode, system_is_dark=self._hints.colorScheme() is Qt.ColorScheme.Dark)
        self._application.setFont(self.font())
        self._application.setPalette(self._qt_palette())
        self._application.setStyleSheet(style_sheet(self.palette, self._family, self.px))
        self.changed.emit()

    def _qt_palette(self) -> QPalette:
        """For what Qt draws itself: check boxes, the system's file dialog, tool tips."""
        roles = {
            QPalette.ColorRole.Window: "window",
            QPalette.ColorRole.Base: "surface",
            QPalette.ColorRole.AlternateBase: "window",
            QPalette.ColorRole.Button: "surface",
            QPalette.ColorRole.ToolTipBase: "raised",
            QPalette.ColorRole.Text: "text",
            QPalette.ColorRole.WindowText: "text",
            QPalette.ColorRole.ButtonText: "text",
            QPalette.ColorRole.ToolTipText: "text",
            QPalette.ColorRole.PlaceholderText: "secondary",
            QPalette.ColorRole.Highlight: "accent",
            QPalette.ColorRole.Accent: "accent",
            QPalette.ColorRole.HighlightedText: "on_accent",
            QPalette.ColorRole.Link: "accent",
            QPalette.ColorRole.Mid: "strong_line",
            QPalette.ColorRole.Dark: "strong_line",
            QPalette.ColorRole.Light: "raised",
        }
        palette = QPalette()
        for role, name in roles.items():
            palette.setColor(role, self.colour(name))
        for role in (QPalette.ColorRole.Text, QPalette.ColorRole.WindowText, QPalette.ColorRole.ButtonText):
            palette.setColor(QPalette.ColorGroup.Disabled, role, self.colour("disabled"))
        return palette

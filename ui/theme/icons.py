"""Line icons in the colour of a role, sharp on every screen."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QRectF, QSize
from PySide6.QtGui import QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from app.resources import RESOURCES

FOLDER = RESOURCES / "icons" / "lucide"


class Icons:
    """Draws each icon once per colour and size."""

    def __init__(self) -> None:
        self._drawn: dict[tuple[str, str, int, float], QPixmap] = {}
        self._sources: dict[str, str] = {}

    def pixmap(self, name: str, colour: str, size: int) -> QPixmap:
        """The icon as a picture of ``size`` logical pixels. Raises FileNotFoundError for an icon that is none."""
        application = QGuiApplication.instance()
        ratio = application.devicePixelRatio() if isinstance(application, QGuiApplication) else 1.0
        key = (name, colour, size, ratio)
        if key not in self._drawn:
            self._drawn[key] = self._draw(name, colour, size, ratio)
        return self._drawn[key]

    def icon(self, name: str, colour: str, disabled: str, size: int) -> QIcon:
        """The icon for a button, greyed where the button is disabled."""
        icon = QIcon(self.pixmap(name, colour, size))
        icon.addPixmap(self.pixmap(name, disabled, size), QIcon.Mode.Disabled)
        return icon

    def _draw(self, name: str, colour: str, size: int, ratio: float) -> QPixmap:
        from PySide6.QtCore import Qt  # not above: see ui.theme.theme

        if name not in self._sources:
            self._sources[name] = (FOLDER / f"{name}.svg").read_text("utf-8")
        svg = self._sources[name].replace("currentColor", colour)
        renderer = QSvgRenderer(QByteArray(svg.encode()))
        pixmap = QPixmap(QSize(size, size) * ratio)
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        renderer.render(painter, QRectF(0, 0, size, size))
        painter.end()
        return pixmap

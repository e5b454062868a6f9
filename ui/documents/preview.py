"""A PDF page by page, as large as the clerk likes; to a printer or a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QMarginsF, QRectF, QSizeF, Qt
from PySide6.QtGui import QImage, QPageLayout, QPageSize, QPainter, QPixmap
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from app.documents import raster
from app.errors import CalledOff
from app.workflows import papers
from ui.files import ask_where
from ui.jobs import Lane
from ui.parts.buttons import IconButton
from ui.parts.text import label
from ui.theme import LARGE, MEDIUM, SMALL

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from PySide6.QtGui import QResizeEvent
    from PySide6.QtPrintSupport import QPrinter

    from app.documents.raster import Picture
    from app.domain.progress import Progress
    from app.errors import ShebaoError
    from ui.context import Context
    from ui.jobs import Job

ZOOMS = (50, 75, 100, 125, 150, 200, 300)
FIT = 0
PRINT_DPI = 300
_POINTS = 72


class Preview(QWidget):
    """The pages one below the other. ``show_pdf`` may be called again and again; only the last one is drawn."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._theme = context.theme
        self._pdf = b""
        self._sizes: Sequence[tuple[float, float]] = ()
        self._zoom = FIT
        self._job: Job | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SMALL)
        column.addLayout(self._tools())
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._sheet = QWidget()
        self._pages = QVBoxLayout(self._sheet)
        self._pages.setSpacing(MEDIUM)
        self._pages.setContentsMargins(LARGE, LARGE, LARGE, LARGE)
        self._area.setWidget(self._sheet)
        column.addWidget(self._area, 1)

    @property
    def pdf(self) -> bytes:
        """What is shown."""
        return self._pdf

    @property
    def pictures(self) -> list[QPixmap]:
        """The pages as they are drawn now."""
        return [page.pixmap() for page in self._labels() if not page.pixmap().isNull()]

    def show_pdf(self, pdf: bytes) -> None:
        """Another document."""
        self._pdf = pdf
        self._draw()

    def clear(self) -> None:
        """Nothing to show."""
        self._pdf, self._sizes = b"", ()
        self._empty()

    def say(self, title: str, words: str) -> None:
        """Words in place of pages."""
        self.clear()
        for text, role in ((title, "section"), (words, "secondary")):
            one = label(text, role, wraps=True)
            one.setAlignment(Qt.AlignmentFlag.AlignCenter)
            self._pages.addWidget(one)
        self._pages.addStretch(1)

    def zoom(self, by: int) -> None:
        """One step larger or smaller; from fitting the width to the step next to it."""
        now = self._percent()
        steps = [one for one in ZOOMS if (one > now if by > 0 else one < now)]
        if steps:
            self._zoom = steps[0] if by > 0 else steps[-1]
            self._draw()

    def fit(self) -> None:
        """As wide as the window."""
        self._zoom = FIT
        self._draw()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._zoom == FIT and self._pdf and abs(event.size().width() - event.oldSize().width()) > MEDIUM:
            self._draw()

    def _tools(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(SMALL)
        self._said = label("", "small")
        row.addWidget(self._said)
        row.addStretch(1)
        smaller = IconButton(self._theme, "zoom-out", "缩小")
        larger = IconButton(self._theme, "zoom-in", "放大")
        fitting = IconButton(self._theme, "file-text", "适合宽度")
        smaller.clicked.connect(lambda: self.zoom(-1))
        larger.clicked.connect(lambda: self.zoom(1))
        fitting.clicked.connect(self.fit)
        for button in (smaller, fitting, larger):
            row.addWidget(button)
        return row

    def _percent(self) -> float:
        return _percent(self._zoom, self._sizes, self._room())

    def _room(self) -> int:
        # The bar at the right comes and goes with the pages; the room is what is left when it is there.
        bar = self._area.verticalScrollBar()
        width = self._area.viewport().width() - (0 if bar.isVisible() else bar.sizeHint().width())
        return max(200, width - 2 * LARGE - 4)

    def _draw(self) -> None:
        if self._job is not None:
            self._job.cancel()
        pdf, zoom, room, ratio = self._pdf, self._zoom, self._room(), self.devicePixelRatioF()
        if not pdf:
            self._empty()
            return

        def work(progress: Progress) -> tuple[list[Picture], Sequence[tuple[float, float]]]:
            sizes = raster.page_sizes(pdf)
            dpi = 96 * _percent(zoom, sizes, room) / 100 * ratio
            drawn = []
            for number in range(len(sizes)):
                progress(number, len(sizes), "画")
                drawn.append(raster.picture(pdf, number, dpi))
            return drawn, sizes

        def done(result: tuple[list[Picture], Sequence[tuple[float, float]]]) -> None:
            if pdf is self._pdf:
                drawn, self._sizes = result
                self._take(drawn, ratio)

        def failed(failure: ShebaoError) -> None:
            # Another picture was asked for meanwhile, which takes this one's place.
            if not isinstance(failure, CalledOff):
                self._context.shell.show_failure(failure)

        self._job = self._context.jobs.run(Lane.READING, work, done, failed, owner=self)

    def _take(self, drawn: list[Picture], ratio: float) -> None:
        self._empty()
        for one in drawn:
            page = QLabel()
            picture = pixmap_of(one)
            picture.setDevicePixelRatio(ratio)
            page.setPixmap(picture)
            page.setFixedSize(picture.deviceIndependentSize().toSize())
            self._pages.addWidget(page, 0, Qt.AlignmentFlag.AlignHCenter)
        self._pages.addStretch(1)
        self._said.setText(f"共 {len(drawn)} 页 · {self._percent():.0f}%")

    def _empty(self) -> None:
        self._said.setText("")
        while (item := self._pages.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()

    def _labels(self) -> list[QLabel]:
        items = [self._pages.itemAt(at) for at in range(self._pages.count())]
        widgets = [item.widget() for item in items if item is not None]
        return [one for one in widgets if isinstance(one, QLabel)]


def _percent(zoom: int, sizes: Sequence[tuple[float, float]], room: int) -> float:
    """The zoom in percent; FIT is what makes the widest page as wide as the room, at most twice its size."""
    if zoom != FIT or not sizes:
        return zoom or 100
    widest = max(width for width, _ in sizes)
    return min(200.0, 100 * room / (widest * 96 / _POINTS))


def pixmap_of(picture: Picture) -> QPixmap:
    """A page's picture for the screen."""
    return QPixmap.fromImage(image_of(picture))


def image_of(picture: Picture) -> QImage:
    """A page's picture; Qt gets a copy of the bytes and may outlive them."""
    stride = picture.width * 4
    return QImage(picture.rgba, picture.width, picture.height, stride, QImage.Format.Format_RGBA8888).copy()


def paint_pages(printer: QPrinter, pages: Sequence[tuple[Picture, tuple[float, float]]]) -> None:
    """Put pages on a printer at their own size; a page wider than high is turned."""
    painter = QPainter()
    for number, (picture, (width, height)) in enumerate(pages):
        size = QPageSize(QSizeF(min(width, height), max(width, height)), QPageSize.Unit.Point)
        turned = QPageLayout.Orientation.Landscape if width > height else QPageLayout.Orientation.Portrait
        printer.setPageLayout(QPageLayout(size, turned, QMarginsF(0, 0, 0, 0), QPageLayout.Unit.Point))
        if number == 0:
            painter.begin(printer)
        else:
            printer.newPage()
        scale = printer.resolution() / _POINTS
        painter.drawImage(QRectF(0, 0, width * scale, height * scale), image_of(picture))
    painter.end()


def print_pdf(context: Context, parent: QWidget, pdf: bytes, title: str) -> None:
    """Ask for the printer, then draw the pages off the GUI thread and send them."""
    # Pages are imported by a worker while the window draws; a part of Qt that is new to the process is not: it crashed.
    from PySide6.QtPrintSupport import QPrintDialog, QPrinter

    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setFullPage(True)
    printer.setDocName(title)
    dialog = QPrintDialog(printer, parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

    def work(_: Progress) -> list[tuple[Picture, tuple[float, float]]]:
        sizes = raster.page_sizes(pdf)
        return [(raster.picture(pdf, number, PRINT_DPI), size) for number, size in enumerate(sizes)]

    def send(pages: list[tuple[Picture, tuple[float, float]]]) -> None:
        paint_pages(printer, pages)
        context.shell.toast("已送到打印机")

    dialog.accepted.connect(lambda: context.jobs.run(Lane.READING, work, send, owner=parent))
    # Qt's open() without a slot; the stubs know only the one with it.
    QDialog.open(dialog)


def save_pdf(context: Context, parent: QWidget, content: bytes, name: str, kind: str = "PDF 文件 (*.pdf)") -> None:
    """Ask where to, and write the file whole or not at all."""

    def chosen(path: Path) -> None:
        context.jobs.run(
            Lane.READING,
            lambda _: papers.write(path, content),
            lambda _: context.shell.toast(f"已保存到 {path}"),
            owner=parent,
        )

    ask_where(parent, name, kind, chosen)

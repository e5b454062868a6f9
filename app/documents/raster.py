"""Pages of a PDF as pictures, for the preview and the demonstration."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.documents.pdfium import opened

if TYPE_CHECKING:
    from PIL.Image import Image

_POINTS_PER_INCH = 72


@dataclass(frozen=True, slots=True)
class Picture:
    """One page: ``rgba`` holds four bytes a pixel, rows from the top, no padding."""

    width: int
    height: int
    rgba: bytes


def page_count(pdf: bytes) -> int:
    """How many pages ``pdf`` has. Raises PdfUnreadable and PdfLocked, as do the others here."""
    with opened(pdf) as document:
        return len(document)


def page_sizes(pdf: bytes) -> tuple[tuple[float, float], ...]:
    """Width and height of every page in points, so that a preview can lay out pages before it draws them."""
    with opened(pdf) as document:
        return tuple(document[number].get_size() for number in range(len(document)))


def picture(pdf: bytes, page: int, dpi: float = 96) -> Picture:
    """Page ``page`` (from 0) on white at ``dpi``. Raises IndexError for a page that is not there."""
    drawn = _drawn(pdf, page, dpi).convert("RGBA")
    return Picture(drawn.width, drawn.height, drawn.tobytes())


def png(pdf: bytes, page: int, dpi: float = 96) -> bytes:
    """Page ``page`` (from 0) as a PNG file."""
    stream = io.BytesIO()
    _drawn(pdf, page, dpi).save(stream, "PNG")
    return stream.getvalue()


def jpeg(pdf: bytes, page: int, dpi: float) -> bytes:
    """Page ``page`` (from 0) as a JPEG file."""
    stream = io.BytesIO()
    _drawn(pdf, page, dpi).convert("RGB").save(stream, "JPEG", quality=85, optimize=True)
    return stream.getvalue()


def pages(pdf: bytes, dpi: float = 96) -> tuple[Picture, ...]:
    """All pages; for long documents ask for them one by one with :func:`picture`."""
    return tuple(picture(pdf, number, dpi) for number in range(page_count(pdf)))


def _drawn(pdf: bytes, page: int, dpi: float) -> Image:
    with opened(pdf) as document:
        if not 0 <= page < len(document):
            raise IndexError(page)
        image: Image = document[page].render(scale=dpi / _POINTS_PER_INCH).to_pil()
        return image

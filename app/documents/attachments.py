"""Scans that a clerk attaches to a filing: looked at by content, never by what the file name says.

Seed 000 wants the stamped form as pdf or jpg (增员表的格式为pdf或者jpg，必须盖单位公章), seed 003 pictures as JPG of at
most 500 KB; so the limit and the kinds are the region's and come in as arguments.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from app.documents.errors import AttachmentRefused
from app.documents.pdfium import PdfLocked, PdfUnreadable, opened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL.Image import Image

KB = 1024
# A page of A4 photographed with fewer pixels cannot be read; one with more is no scan of a form, and would take
# hundreds of megabytes to look at.
_SHORT_SIDE_MIN = 500
_MEGAPIXELS_MAX = 80
_QUALITIES = (85, 75, 65, 55, 45)
_SMALLER = 0.8
_SCAN_DPI = 200


class ScanKind(StrEnum):
    """What bureaus take."""

    PDF = "pdf"
    JPEG = "jpg"

    @property
    def media_type(self) -> str:
        """As HTTP names it."""
        return "application/pdf" if self is ScanKind.PDF else "image/jpeg"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a region takes: kinds, size in KB (1024 bytes), pages of a PDF."""

    max_kb: int
    kinds: frozenset[ScanKind] = frozenset(ScanKind)
    max_pages: int = 20


@dataclass(frozen=True, slots=True)
class Scan:
    """A scan that can be attached. ``width`` and ``height`` are pixels of a picture, points of a PDF's first page."""

    name: str
    kind: ScanKind
    size: int
    pages: int
    width: int
    height: int


def check(name: str, content: bytes, limits: Limits) -> Scan:
    """Examine a scan.

    Raises AttachmentRefused, whose code is one of ``attachment-empty``, ``attachment-kind`` (facts ``found`` and
    ``wanted``), ``attachment-too-large`` (``size_kb``, ``limit_kb``), ``attachment-encrypted``, ``attachment-damaged``,
    ``attachment-pages`` (``pages``, ``limit``), ``attachment-too-coarse`` (``width``, ``height``) and
    ``attachment-too-many-pixels`` (``limit_megapixels``); every one has ``name``.
    """
    if not content:
        raise AttachmentRefused("attachment-empty", name=name)
    kind = _kind(name, content, limits)
    scan = _pdf(name, content, limits) if kind is ScanKind.PDF else _jpeg(name, content)
    if len(content) > limits.max_kb * KB:
        raise AttachmentRefused("attachment-too-large", name=name, size_kb=_kb(content), limit_kb=limits.max_kb)
    return scan


def fitted(name: str, content: bytes, limits: Limits) -> tuple[str, bytes]:
    """The scan as the bureau takes it, with its name: a picture no larger than the limit.

    One page of PDF becomes a picture where only pictures are taken.

    哈尔滨 (seed 003, Q15, Q17): JPG only, no more than 500 KB each. What needs no change is given back as it is. Raises
    AttachmentRefused as :func:`check` for a PDF that is none or has more than the one page a picture can hold.
    """
    found = _recognised(content)
    if found == ScanKind.JPEG and found in limits.kinds and len(content) > limits.max_kb * KB:
        return name, shrink(name, content, limits.max_kb)
    if limits.kinds != {ScanKind.JPEG} or found != ScanKind.PDF:
        return name, content
    _pdf(name, content, Limits(limits.max_kb, frozenset({ScanKind.PDF}), max_pages=1))
    from app.documents.raster import jpeg

    picture = jpeg(content, 0, _SCAN_DPI)
    base = name[:-4] if name.lower().endswith(".pdf") else name
    return f"{base}.jpg", picture if len(picture) <= limits.max_kb * KB else shrink(name, picture, limits.max_kb)


def media_type_of(content: bytes) -> str:
    """``application/pdf`` or ``image/jpeg``, by the content. Raises AttachmentRefused ``attachment-kind``."""
    return _kind("", content, Limits(max_kb=0)).media_type


def shrink(name: str, content: bytes, max_kb: int) -> bytes:
    """A JPEG no larger than ``max_kb``, upright and without the camera's data: first by quality, then by size.

    Raises AttachmentRefused: as :func:`check` for what is no sound JPEG, ``attachment-cannot-shrink`` where the
    picture would become too coarse to read.
    """
    _kind(name, content, Limits(max_kb, frozenset({ScanKind.JPEG})))
    _jpeg(name, content)
    for smaller in _attempts(_upright(content)):
        if len(smaller) <= max_kb * KB:
            return smaller
    raise AttachmentRefused("attachment-cannot-shrink", name=name, size_kb=_kb(content), limit_kb=max_kb)


def _kind(name: str, content: bytes, limits: Limits) -> ScanKind:
    found = _recognised(content)
    if found not in {kind.value for kind in limits.kinds}:
        wanted = "、".join(sorted(limits.kinds))
        raise AttachmentRefused("attachment-kind", name=name, found=found, wanted=wanted)
    return ScanKind(found)


def _recognised(content: bytes) -> str:
    """The kind of file by its first bytes; kinds that clerks try are named so that they can be told."""
    # The standard lets other bytes stand before a PDF's header; scanners make use of it.
    if b"%PDF-" in content[:1024]:
        return ScanKind.PDF
    signatures = {
        b"\xff\xd8\xff": str(ScanKind.JPEG),
        b"\x89PNG": "png",
        b"GIF8": "gif",
        b"BM": "bmp",
        b"II*\x00": "tiff",
        b"MM\x00*": "tiff",
        b"PK\x03\x04": "office",
        b"\xd0\xcf\x11\xe0": "office",
    }
    return next((kind for start, kind in signatures.items() if content.startswith(start)), "unknown")


def _pdf(name: str, content: bytes, limits: Limits) -> Scan:
    # pdfium mends a file that was cut off and shows what is left; a bureau would get half a form.
    if b"%%EOF" not in content[-KB:]:
        raise AttachmentRefused("attachment-damaged", name=name)
    try:
        with opened(content) as document:
            pages = len(document)
            if not pages:
                raise AttachmentRefused("attachment-damaged", name=name)
            width, height = document[0].get_size()
            for number in range(1, min(pages, limits.max_pages)):
                document[number].get_size()  # a page that cannot be loaded raises
    except PdfLocked as locked:
        raise AttachmentRefused("attachment-encrypted", name=name) from locked
    except PdfUnreadable as damaged:
        raise AttachmentRefused("attachment-damaged", name=name) from damaged
    if pages > limits.max_pages:
        raise AttachmentRefused("attachment-pages", name=name, pages=pages, limit=limits.max_pages)
    return Scan(name, ScanKind.PDF, len(content), pages, round(width), round(height))


def _jpeg(name: str, content: bytes) -> Scan:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(content), formats=("JPEG",)) as image:
            width, height = image.size
            if width * height > _MEGAPIXELS_MAX * 1_000_000:
                raise AttachmentRefused("attachment-too-many-pixels", name=name, limit_megapixels=_MEGAPIXELS_MAX)
            image.load()
    except Image.DecompressionBombError as huge:
        raise AttachmentRefused("attachment-too-many-pixels", name=name, limit_megapixels=_MEGAPIXELS_MAX) from huge
    except (UnidentifiedImageError, OSError, SyntaxError) as damaged:
        # Pillow says SyntaxError of broken markers, OSError of a picture that was cut off.
        raise AttachmentRefused("attachment-damaged", name=name) from damaged
    if min(width, height) < _SHORT_SIDE_MIN:
        raise AttachmentRefused("attachment-too-coarse", name=name, width=width, height=height)
    return Scan(name, ScanKind.JPEG, len(content), 1, width, height)


def _upright(content: bytes) -> Image:
    """The picture as the camera meant it: turned by its own note, then without notes (they may tell the place)."""
    from PIL import Image, ImageOps

    with Image.open(io.BytesIO(content), formats=("JPEG",)) as image:
        return ImageOps.exif_transpose(image).convert("RGB")


def _attempts(image: Image) -> Iterator[bytes]:
    from PIL import Image as Pillow

    width, height = float(image.width), float(image.height)
    while min(width, height) >= _SHORT_SIDE_MIN:
        sized = image.resize((round(width), round(height)), Pillow.Resampling.LANCZOS)
        for quality in _QUALITIES:
            stream = io.BytesIO()
            sized.save(stream, "JPEG", quality=quality, optimize=True)
            yield stream.getvalue()
        width, height = width * _SMALLER, height * _SMALLER


def _kb(content: bytes) -> int:
    """Size in whole KB, rounded up, so that a file over the limit is never shown as equal to it."""
    return -(-len(content) // KB)

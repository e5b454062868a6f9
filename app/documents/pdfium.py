"""The door to pdfium: one caller at a time, because the library is not safe to use from two threads."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_one_at_a_time = threading.Lock()
_PASSWORD_NEEDED = 4  # FPDF_ERR_PASSWORD
_NOT_ENCRYPTED = -1


class PdfUnreadable(ValueError):
    """Not a PDF that pdfium can open."""


class PdfLocked(ValueError):
    """An encrypted PDF, with a password to open it or without."""


@contextmanager
def opened(content: bytes) -> Iterator[Any]:
    """The ``pypdfium2.PdfDocument`` in ``content``, for the block. Raises PdfUnreadable and PdfLocked."""
    import pypdfium2

    with _one_at_a_time:
        try:
            document = pypdfium2.PdfDocument(content)
        except pypdfium2.PdfiumError as failed:
            if getattr(failed, "err_code", None) == _PASSWORD_NEEDED:
                raise PdfLocked from failed
            raise PdfUnreadable from failed
        try:
            if pypdfium2.raw.FPDF_GetSecurityHandlerRevision(document) != _NOT_ENCRYPTED:
                raise PdfLocked
            yield document
        except pypdfium2.PdfiumError as failed:
            raise PdfUnreadable from failed
        finally:
            document.close()

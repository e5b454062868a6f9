"""What can go wrong between the data and the paper, beyond a damaged layout (PackError names file and key)."""

from __future__ import annotations

from app.errors import InputRefused, LocalDataError


class PageTooSmall(LocalDataError):
    """One row of a document, with all that must stand on its page, is taller than the page."""

    default_code = "page-too-small"

    def __init__(self, layout: str) -> None:
        super().__init__(None, layout=layout)


class DocumentMismatch(LocalDataError):
    """A layout made for another kind of document was asked to print this one."""

    default_code = "document-mismatch"

    def __init__(self, layout: str, wanted: str, given: str) -> None:
        super().__init__(None, layout=layout, wanted=wanted, given=given)


class AttachmentRefused(InputRefused):
    """A scan that cannot be attached: ``code`` says why, the facts hold name, size, limit and the like."""

    default_code = "attachment-refused"

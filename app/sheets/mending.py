"""ODS packages that LibreOffice or WPS opens although something is amiss: put right in memory, never guessed at.

Tried only where the reader of the values has refused the package as it is.
"""

from __future__ import annotations

import io
import re
import zipfile

_MIMETYPE, _CONTENT = "mimetype", "content.xml"
_BETWEEN_CELLS = re.compile(rb">\s+(</?table:)")


def mended(path: str) -> io.BytesIO | None:
    """The ODS package with what its reader misses and without what it stumbles over; None where it has no cells.

    Raises BadZipFile and OSError for what is no package at all.
    """
    with zipfile.ZipFile(path) as package:
        names = set(package.namelist())
        if _CONTENT not in names:
            return None
        # Programs that indent their XML put blanks between cells; what is said stands in paragraphs, never there.
        content = _BETWEEN_CELLS.sub(rb">\1", package.read(_CONTENT))
        told = package.read(_MIMETYPE) if _MIMETYPE in names else b"application/vnd.oasis.opendocument.spreadsheet"
        return copied(package, {_MIMETYPE: told, _CONTENT: content})


def copied(package: zipfile.ZipFile, parts: dict[str, bytes]) -> io.BytesIO:
    """The package with these parts in the place of its own, the first of them first."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as new:
        for name, content in parts.items():
            new.writestr(name, content)
        for name in package.namelist():
            if name not in parts:
                new.writestr(name, package.read(name))
    whole.seek(0)
    return whole

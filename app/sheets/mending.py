"""Packages that Excel, WPS or LibreOffice open although something is missing: put right in memory, never guessed at.

Tried only where the reader of the values has refused the package as it is.
"""

from __future__ import annotations

import io
import re
import zipfile

from app.sheets.content import Kind

_BOOK, _RELATIONS, _MIMETYPE = "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "mimetype"
_SHEET = re.compile(rb"<(?:\w+:)?sheet\b[^>]*?/>")
_RELATION = re.compile(rb"\b(?:\w+:)?id=\"([^\"]*)\"")
_KNOWN = re.compile(rb"\bId=\"([^\"]+)\"")


def mended(path: str, kind: Kind) -> io.BytesIO | None:
    """The package with what its reader misses; None where nothing is known to be missing.

    Raises BadZipFile and OSError for what is no package at all.
    """
    with zipfile.ZipFile(path) as package:
        names = set(package.namelist())
        if kind is Kind.ODS and _MIMETYPE not in names:
            return _with(package, {_MIMETYPE: b"application/vnd.oasis.opendocument.spreadsheet"})
        if kind is Kind.XLSX and {_BOOK, _RELATIONS} <= names:
            known, book = set(_KNOWN.findall(package.read(_RELATIONS))), package.read(_BOOK)
            # A sheet that leads nowhere (a macro sheet that was taken out) holds nothing that could be lost.
            alive = _SHEET.sub(lambda sheet: sheet[0] if _leads(sheet[0], known) else b"", book)
            return _with(package, {_BOOK: alive}) if alive != book else None
    return None


def _leads(sheet: bytes, known: set[bytes]) -> bool:
    relation = _RELATION.search(sheet)
    return relation is None or relation[1] in known


def _with(package: zipfile.ZipFile, parts: dict[str, bytes]) -> io.BytesIO:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as new:
        for name, content in parts.items():
            new.writestr(name, content)
        for name in package.namelist():
            if name not in parts:
                new.writestr(name, package.read(name))
    whole.seek(0)
    return whole

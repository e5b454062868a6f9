"""What the records of an xlsb workbook tell and its reader does not: errors in cells, hidden rows ([MS-XLSB] 2.3)."""

from __future__ import annotations

import re
import struct
import zipfile
from typing import TYPE_CHECKING

from app.sheets.biff import ERRORS, MOST_ERRORS, Seen
from app.sheets.mending import copied

if TYPE_CHECKING:
    import io
    from collections.abc import Iterator

    from app.sheets.flaws import Place

_BOOK, _RELATIONS = "xl/workbook.bin", "xl/_rels/workbook.bin.rels"
_SHEET, _ROW, _ERROR, _FORMULA_ERROR = 156, 0, 3, 11
_HIDDEN = 0x10  # fDyZero of BrtRowHdr
#: A longer part takes longer to go through than to read.
_LONGEST = 16 * 1024 * 1024
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\b[^>]*>")
_PREFIX = re.compile(rb"(</?)[\w-]+:(?=Relationships?\b)")
#: Excel 4 macros hold nobody, and the reader of the values refuses a workbook for them.
_MACROS = "xl/macrosheets/"
_ATTRIBUTE = re.compile(rb"\b(Id|Target)=\"([^\"]*)\"")


def seen(path: str) -> list[Seen]:
    """Errors and hidden rows of each sheet in the workbook's order; nothing where it cannot be told."""
    try:
        with zipfile.ZipFile(path) as archive:
            return [_seen(archive, part) for part in _parts(archive)]
    except (zipfile.BadZipFile, KeyError, IndexError, struct.error, ValueError, OSError, EOFError):
        return []


def mended(path: str) -> io.BytesIO | None:
    """The package without sheets of Excel 4 macros and with plainly named relations; None where it has neither.

    Raises BadZipFile, KeyError and OSError for what is no such package at all.
    """
    with zipfile.ZipFile(path) as archive:
        relations, book = archive.read(_RELATIONS), archive.read(_BOOK)
        targets = _targets(archive)
        better = {_RELATIONS: _PREFIX.sub(rb"\1", relations), _BOOK: b"".join(_without_macros(book, targets))}
        return None if better == {_RELATIONS: relations, _BOOK: book} else copied(archive, better)


def _without_macros(book: bytes, targets: dict[str, str]) -> Iterator[bytes]:
    for kind, content, record in _records(book):
        if kind != _SHEET or not targets.get(_relation(content), "").startswith(_MACROS):
            yield record


def _parts(archive: zipfile.ZipFile) -> list[str]:
    """The part of each sheet that holds cells."""
    targets = _targets(archive)
    parts = [targets.get(_relation(one), "") for kind, one, _ in _records(archive.read(_BOOK)) if kind == _SHEET]
    return [one for one in parts if not one.startswith(_MACROS)]


def _relation(sheet: bytes) -> str:
    """By which relation a sheet is found ([MS-XLSB] 2.4.304 BrtBundleSh)."""
    (length,) = struct.unpack_from("<I", sheet, 8)
    return sheet[12 : 12 + 2 * length].decode("utf-16-le")


def _targets(archive: zipfile.ZipFile) -> dict[str, str]:
    targets: dict[str, str] = {}
    for relation in _RELATION.findall(archive.read(_RELATIONS)):
        told = dict(_ATTRIBUTE.findall(relation))
        target = told[b"Target"].decode()
        targets[told[b"Id"].decode()] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return targets


def _seen(archive: zipfile.ZipFile, part: str) -> Seen:
    errors: list[Place] = []
    hidden: list[int] = []
    if part not in archive.NameToInfo or archive.getinfo(part).file_size > _LONGEST:
        return Seen(set(), errors, hidden)
    row = 0
    for kind, content, _ in _records(archive.read(part)):
        if kind == _ROW and len(content) > 11:
            (row,) = struct.unpack_from("<I", content)
            if content[11] & _HIDDEN:
                hidden.append(row + 1)
        elif kind in {_ERROR, _FORMULA_ERROR} and len(content) > 8 and len(errors) < MOST_ERRORS:
            (column,) = struct.unpack_from("<I", content)
            errors.append((row + 1, column, ERRORS.get(content[8], "#?")))
    return Seen(set(), errors, hidden)


def _records(content: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Kind and content of each record, and all of it: its kind and its length are numbers of seven bits a byte."""
    at, end = 0, len(content)
    while at < end:
        begin = at
        kind = content[at]
        at += 1
        if kind & 0x80:
            kind = (kind & 0x7F) | (content[at] & 0x7F) << 7
            at += 1
        length = shift = 0
        while True:
            byte = content[at]
            at += 1
            length |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80 or shift > 21:
                break
        yield kind, content[at : at + length], content[begin : at + length]
        at += length

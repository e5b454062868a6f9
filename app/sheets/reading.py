"""Read a workbook into plain rows: xlsx, xls and their kin by python-calamine, text by the standard library.

What a file is, its content tells, not its name.
"""

from __future__ import annotations

import csv
import io
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.errors import InputRefused, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from app.rules.fields import Raw

LARGEST_FILE = 200 * 1024 * 1024
LARGEST_UNPACKED = 1024 * 1024 * 1024
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_BINARY = frozenset(range(32)) - {9, 10, 12, 13, 27}
_LONGEST_SNIFFED = 65536


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its name and its rows as they stand, from the first row of the sheet on."""

    name: str
    rows: Sequence[Sequence[Raw]]


@dataclass(frozen=True, slots=True)
class Workbook:
    """A file's sheets that hold anything, and what sort of file it is."""

    format: str
    sheets: tuple[Sheet, ...]


def read(path: Path) -> Workbook:
    """Read a whole workbook. Raises UsageError where there is no such file, InputRefused for what cannot be read."""
    if not path.is_file():
        raise UsageError("file-missing", file=str(path))
    if path.name.startswith(("~$", ".~")):
        raise InputRefused("sheet-lock-file", file=path.name)
    size = path.stat().st_size
    if size > LARGEST_FILE:
        raise InputRefused("sheet-too-large", detail=f"{size // 2**20} MB")
    with path.open("rb") as stream:
        head = stream.read(8)
    if head.startswith(_ZIP):
        return _zipped(path)
    content = path.read_bytes()
    if head == _OLE:
        if _ENCRYPTED in content:
            raise InputRefused("sheet-encrypted", file=path.name)
        return _binary(path, "xls")
    return _text(path, content)


def _zipped(path: Path) -> Workbook:
    try:
        with zipfile.ZipFile(path) as archive:
            names = {entry.filename for entry in archive.infolist()}
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError) as broken:
        raise InputRefused("sheet-unreadable", detail="zip") from broken
    if unpacked > LARGEST_UNPACKED:
        raise InputRefused("sheet-too-large", detail=f"{unpacked // 2**20} MB")
    for marker, kind in (("xl/workbook.xml", "xlsx"), ("xl/workbook.bin", "xlsb"), ("content.xml", "ods")):
        if marker in names:
            return _binary(path, kind)
    if any(name.startswith("xl/") for name in names):
        return _binary(path, "xlsx")
    raise InputRefused("sheet-not-a-sheet", file=path.name)


def _binary(path: Path, kind: str) -> Workbook:
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    try:
        workbook = CalamineWorkbook.from_path(str(path))
        names = workbook.sheet_names
        sheets = [Sheet(name, workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)) for name in names]
    except PasswordError as locked:
        raise InputRefused("sheet-encrypted", file=path.name) from locked
    except (CalamineError, ValueError, OSError, KeyError) as broken:
        raise InputRefused("sheet-unreadable", detail=type(broken).__name__) from broken
    except BaseException as fallen:
        # A panic in the reader's Rust code arrives as a BaseException of its own; nothing else of that name exists.
        if type(fallen).__name__ != "PanicException":
            raise
        raise InputRefused("sheet-reader-died", file=path.name) from fallen
    return Workbook(
        kind, tuple(sheet for sheet in sheets if any(any(cell != "" for cell in row) for row in sheet.rows))
    )


def _text(path: Path, content: bytes) -> Workbook:
    text = _decoded(content)
    if text is None or not text.strip():
        raise InputRefused("sheet-not-a-sheet", file=path.name)
    sample = text[:_LONGEST_SNIFFED]
    first = next((line for line in sample.splitlines() if line.strip()), "")
    delimiter = max(",\t;|", key=first.count)
    if first.count(delimiter) == 0:
        delimiter = ","
    try:
        rows: list[list[Raw]] = [list(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)]
    except csv.Error as broken:
        raise InputRefused("sheet-unreadable", detail="csv") from broken
    return Workbook("csv", (Sheet(path.stem, rows),))


def _decoded(content: bytes) -> str | None:
    """The text of a file in the encodings that Excel, WPS and HR systems write; None for what is no text."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _try(content, "utf-16")
    if any(byte in _BINARY for byte in content[:_LONGEST_SNIFFED]):
        return None
    return _try(content, "utf-8-sig") or _try(content, "gb18030")


def _try(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return None

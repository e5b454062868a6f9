"""What a file is, by its content, and what is refused before any reader is let near it."""

from __future__ import annotations

import os
import re
import zipfile
import zlib
from enum import Enum

from app.errors import InputRefused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO

LARGEST_FILE = 200 * 1024 * 1024
LARGEST_UNPACKED = 1024 * 1024 * 1024
#: Cells in XML shrink fifteen to forty times, rows that only carry a style up to a hundred; zeros a thousand times.
MOST_SHRUNK = 250
SUSPICIOUS_FROM = 32 * 1024 * 1024
_MOST_PARTS = 20_000
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_EARLY_BIFF = tuple(bytes((9, version)) for version in (0, 2, 4))
_UNSAFE = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)")
_LOCKED = b"".join(bytes((one, 0)) for one in b"EncryptedPackage")  # UTF-16, whose codec is a module more to load
_STREAM_NAMES = {
    "excel": ("Workbook", "Book", "WORKBOOK", "BOOK"),
    "other": ("WordDocument", "PowerPoint Document", "VisioDocument", "__properties_version1.0"),
    "quattro": ("PerfectOffice_MAIN", "NativeContent_MAIN"),
}
_WORKBOOK_BEGINS = b"\x09\x08\x10\x00\x00\x06\x05\x00"
_FILEPASS = 0x2F
_FIRST_RECORDS = 8
_BACK_LINK = 263
_OLD = (
    (b"ID;P", "SYLK"),
    (b"TABLE\r\n0,1", "DIF"),
    (b"TABLE\n0,1", "DIF"),
    (b"\x00\x00\x02\x00", "Lotus 1-2-3"),
    (b"\x00\x00\x1a\x00", "Lotus 1-2-3"),
)
#: What clerks send in a sheet's stead, by how it begins: pictures and archives are told from what nobody can name.
_OTHERS = (
    (b"%PDF", "sheet-picture", "PDF"),
    (b"\x89PNG", "sheet-picture", "PNG"),
    (b"\xff\xd8\xff", "sheet-picture", "JPG"),
    (b"GIF8", "sheet-picture", "GIF"),
    (b"II*\0", "sheet-picture", "TIFF"),
    (b"Rar!", "sheet-packed", "RAR"),
    (b"7z\xbc\xaf", "sheet-packed", "7z"),
    (b"\x1f\x8b", "sheet-packed", "GZ"),
    (b"{\\rtf", "sheet-other-office", "RTF"),
)


class Kind(Enum):
    """How a file is to be read."""

    XLSX = "xlsx"
    XLSB = "xlsb"
    ODS = "ods"
    XLS = "xls"
    XML = "xml"
    HTML = "html"
    TEXT = "csv"


def kind_of(path: str) -> Kind:
    """How ``path`` is to be read. Raises InputRefused for what is not, cannot or should not be read."""
    name = os.path.basename(path)
    if name.startswith(("~$", ".~")):
        raise InputRefused("sheet-lock-file", file=name)
    size = os.path.getsize(path)
    if size == 0:
        raise InputRefused("sheet-nothing-in-it", file=name)
    if size > LARGEST_FILE:
        raise InputRefused("sheet-too-large", detail=f"{size // 2**20} MB")
    with open(path, "rb") as stream:
        head = stream.read(65536)
        if head.startswith(_ZIP):
            return _zipped(path, name)
        if head.startswith(_OLE):
            return _compound(stream, head, size, name)
    return _plain(head)


def _plain(head: bytes) -> Kind:
    if head.startswith(_EARLY_BIFF) and len(head) > 4 and head[2] in {4, 6}:
        raise InputRefused("sheet-old-format", form="Excel 4.0")
    for mark, form in _OLD:
        if head.startswith(mark):
            raise InputRefused("sheet-old-format", form=form)
    for mark, code, form in _OTHERS:
        if head.startswith(mark):
            raise InputRefused(code, form=form)
    start = head[:2048].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if start.startswith((b"<?xml", b"<workbook", b"<office:document", b"<!doctype")) and b"<html" not in start:
        return _xml(head)
    if start.startswith((b"<html", b"<!doctype html", b"<table", b"<meta", b"<head", b"<?xml")):
        return Kind.HTML
    if _is_dbf(head):
        raise InputRefused("sheet-old-format", form="dBASE")
    return Kind.TEXT


def _xml(head: bytes) -> Kind:
    narrow = head.replace(b"\0", b"")
    if _UNSAFE.search(narrow):
        raise InputRefused("sheet-unsafe", detail="DTD")
    if b"urn:schemas-microsoft-com:office:spreadsheet" in narrow:
        return Kind.XML
    if b"urn:oasis:names:tc:opendocument" in narrow:
        raise InputRefused("sheet-old-format", form="FODS")
    raise InputRefused("sheet-not-a-sheet", form="XML")


def _is_dbf(head: bytes) -> bool:
    """A dBASE header: version, a plausible date of last change, and the field list ended by a carriage return."""
    if len(head) < 33 or head[0] not in {0x03, 0x30, 0x31, 0x83, 0x8B, 0x8C, 0xF5}:
        return False
    length = int.from_bytes(head[8:10], "little")
    # Visual FoxPro keeps the path of its database behind the list.
    ends = (length - 1, length - 2, length - 1 - _BACK_LINK)
    told = 1 <= head[2] <= 12 and 1 <= head[3] <= 31 and 33 <= length <= len(head)
    return told and any(at >= 32 and head[at] == 0x0D for at in ends)


def _compound(stream: IO[bytes], head: bytes, size: int, name: str) -> Kind:
    """An OLE file: what streams its directory names. Files end with a whole sector; one that does not was cut off."""
    content = head + stream.read()
    shift = int.from_bytes(head[30:32], "little")

    def holds(what: str) -> bool:
        return any(f"{one}\0".encode("utf-16-le") in content for one in _STREAM_NAMES[what])

    if _LOCKED in content:
        raise InputRefused("sheet-encrypted", file=name)
    if holds("excel"):
        if _has_password(content):
            raise InputRefused("sheet-encrypted", file=name)
        return Kind.XLS
    if holds("other"):
        raise InputRefused("sheet-other-office", file=name)
    if holds("quattro"):
        raise InputRefused("sheet-old-format", form="Quattro Pro")
    sectors = int.from_bytes(head[44:48], "little")
    if shift in {9, 12} and (size <= 1 << shift or sectors * (1 << shift) * 128 > size + (1 << 20)):
        raise InputRefused("sheet-truncated", file=name)
    raise InputRefused("sheet-truncated" if size % 512 else "sheet-not-a-sheet", file=name, form="OLE")


def _has_password(content: bytes) -> bool:
    """Whether a FILEPASS record (0x2F) stands among the first records of an Excel 97 workbook ([MS-XLS] 2.4.117)."""
    at = content.find(_WORKBOOK_BEGINS)
    for _ in range(_FIRST_RECORDS):
        if at < 0 or at + 4 > len(content):
            return False
        kind, length = (
            int.from_bytes(content[at : at + 2], "little"),
            int.from_bytes(content[at + 2 : at + 4], "little"),
        )
        if kind == _FILEPASS:
            return True
        at += 4 + length
    return False


def _zipped(path: str, name: str) -> Kind:
    try:
        with zipfile.ZipFile(path) as archive:
            return _package(archive, name)
    except zipfile.BadZipFile as broken:
        raise InputRefused("sheet-truncated", file=name) from broken
    except (OSError, ValueError, NotImplementedError, RuntimeError, zlib.error, EOFError) as broken:
        raise InputRefused("sheet-unreadable", detail=type(broken).__name__) from broken


def _package(archive: zipfile.ZipFile, name: str) -> Kind:
    parts = archive.infolist()
    unpacked = sum(one.file_size for one in parts)
    packed = sum(one.compress_size for one in parts)
    if len(parts) > _MOST_PARTS or (unpacked > SUSPICIOUS_FROM and unpacked > MOST_SHRUNK * packed):
        raise InputRefused("sheet-bomb", detail=f"{unpacked // 2**20} MB")
    if unpacked > LARGEST_UNPACKED:
        raise InputRefused("sheet-too-large", detail=f"{unpacked // 2**20} MB")
    names = {one.filename.replace("\\", "/").lstrip("/").lower() for one in parts}
    kind = _kind_of_package(archive, names, name)
    for one in parts:
        if one.flag_bits & 1:
            raise InputRefused("sheet-encrypted", file=name)
        if one.filename.lower().endswith((".xml", ".rels")):
            with archive.open(one) as part:
                if _UNSAFE.search(part.read(8192).replace(b"\0", b"")):
                    raise InputRefused("sheet-unsafe", detail=one.filename)
    return kind


def _kind_of_package(archive: zipfile.ZipFile, names: set[str], name: str) -> Kind:
    if "encryptedpackage" in names:
        raise InputRefused("sheet-encrypted", file=name)
    if "xl/workbook.bin" in names:
        return Kind.XLSB
    if any(one.startswith("xl/") or one.endswith("/workbook.xml") or one == "workbook.xml" for one in names):
        return Kind.XLSX
    if any(one.endswith("/workbook.bin") for one in names):
        return Kind.XLSB
    if "content.xml" in names:
        return _open_document(archive, names, name)
    raise _no_workbook(names, name)


def _open_document(archive: zipfile.ZipFile, names: set[str], name: str) -> Kind:
    if "meta-inf/manifest.xml" in names and b"encryption-data" in _read(archive, "META-INF/manifest.xml"):
        raise InputRefused("sheet-encrypted", file=name)
    told = _read(archive, "mimetype") or b"opendocument.spreadsheet"
    if b"uof" in told:
        raise InputRefused("sheet-old-format", form="UOF")
    if b"opendocument.spreadsheet" not in told:
        raise InputRefused("sheet-other-office", file=name)
    return Kind.ODS


def _no_workbook(names: set[str], name: str) -> InputRefused:
    """What a package without a workbook is."""
    if any(one.startswith(("word/", "ppt/", "visio/")) for one in names):
        return InputRefused("sheet-other-office", file=name)
    if any(one.endswith((".iwa", ".numbers/index.zip")) for one in names):
        return InputRefused("sheet-old-format", form="Numbers")
    if not names or not names.isdisjoint(("[content_types].xml", "mimetype")):
        return InputRefused("sheet-not-a-sheet", form="ZIP", file=name)
    return InputRefused("sheet-packed", form="ZIP")


def _read(archive: zipfile.ZipFile, part: str) -> bytes:
    """The beginning of a part, however its name is written."""
    for one in archive.infolist():
        if one.filename.lower() == part.lower():
            with archive.open(one) as stream:
                return stream.read(1 << 20)
    return b""


def content_of(path: str) -> bytes:
    """All that a file holds."""
    with open(path, "rb") as stream:
        return stream.read()

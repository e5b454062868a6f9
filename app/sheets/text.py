"""Text files: in which encoding, parted by what."""

from __future__ import annotations

import csv
import io
import re

from app.errors import InputRefused

_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
#: What no text has in it; with 0x1A programs of the DOS age end one.
_BINARY = re.compile(rb"[\x00-\x08\x0b\x0e-\x19\x1c-\x1f]")
_LOOKED_AT = 65536
_LINES = 20
_LONGEST_CELL = 1024 * 1024
#: How systems write a long number so that Excel keeps it as text.
_QUOTED_FORMULA = re.compile(r'^="((?:[^"]|"")*)"$')
_SEPARATOR = re.compile(r"^sep=(.)\r?\n", re.IGNORECASE)
#: A lone byte in a GBK file (the tail of a character cut in half) must not make the file unreadable.
_LOST = "\ufffd"


def decoded(content: bytes) -> str | None:
    """The text of a file in the encodings that Excel, WPS and HR systems write; None for what is no text."""
    content = content.rstrip(b"\x1a") if content.endswith(b"\x1a") else content
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _decode(content, encoding)
    head = content[:_LOOKED_AT]
    if b"\0" in head:
        wide = _width(head)
        return None if wide is None else _decode(content, wide)
    if _BINARY.search(head):
        return None
    return _decode(content, "utf-8") or _decode(content, "gb18030") or _mended(content)


def _width(head: bytes) -> str | None:
    """UTF-16 or UTF-32 without a mark: where the zero bytes stand tells which; text has some plain characters."""
    at = [head[offset::4].count(0) for offset in range(4)]
    cells = len(head) // 4 or 1
    for encoding, zero, full in (
        ("utf-32-le", (2, 3), 0),
        ("utf-32-be", (0, 1), 3),
        ("utf-16-le", (1, 3), 0),
        ("utf-16-be", (0, 2), 1),
    ):
        if all(at[place] >= cells * 0.3 for place in zero) and at[full] == 0:
            return encoding
    return None


def _decode(content: bytes, encoding: str) -> str | None:
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        return None
    return None if "\0" in text[:_LOOKED_AT] else text


def _mended(content: bytes) -> str | None:
    """GB18030 with single broken bytes; many of them mean another encoding, or none."""
    text = content.decode("gb18030", errors="replace")
    return text if text.count(_LOST) * 1000 <= len(text) else None


def guessed(content: bytes) -> str | None:
    """The text of a file in none of these encodings: letters of the West stand for its other bytes, zeros are left out.

    Numbers and plain letters are right in it all the same. None for what is no text, or hardly any of that.
    """
    plain = content.translate(None, b"\0")
    if _BINARY.search(plain) or len(plain) * 10 < len(content) * 9:
        return None
    text = plain.decode("cp1252", "replace")
    return text if sum(one > "\x7f" for one in text) * 2 <= len(text) else None


def is_text(content: bytes) -> bool:
    """Whether a file has nothing in it that text has not, whatever its encoding."""
    return _BINARY.search(content) is None


def rows_of(text: str) -> list[list[str]]:
    """The rows of a text table. Raises InputRefused."""
    told = _SEPARATOR.match(text)
    if told:
        # Excel's own first line: how the columns are parted. It stays a row, so that rows count as Excel counts them.
        return [[], *_parted(text[told.end() :], told[1])]
    sample = text[:_LOOKED_AT]
    lines = [line for line in sample.splitlines()[:_LINES] if line.strip()]
    # A delimiter is what the first lines have alike; a title above the table has none.
    delimiter = max(
        ",\t;|", key=lambda mark: (sum(mark in one for one in lines), sum(one.count(mark) for one in lines))
    )
    return _parted(text, delimiter if delimiter in sample else ",")


def _parted(text: str, delimiter: str) -> list[list[str]]:
    csv.field_size_limit(_LONGEST_CELL)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as broken:
        raise InputRefused("sheet-unreadable", detail="csv") from broken
    if '="' not in text:
        return rows
    return [[_QUOTED_FORMULA.sub(_quoted, cell) for cell in row] for row in rows]


def _quoted(formula: re.Match[str]) -> str:
    return formula[1].replace('""', '"')

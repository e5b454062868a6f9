"""Text set into a width: shrunk or broken into lines, never cut."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.documents.layout import Fit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.documents.fonts import Face, Faces

LEADING = 1.35
_SMALLEST = 6.5
_STEP = 0.5
# What keeps together: Latin words and numbers; everything else breaks between any two characters.
_PIECES = re.compile(r"[A-Za-z0-9.,:/%&?=_+\-]+|.")
_NOT_FIRST = frozenset("，。、；：？！）》〕”’%,.;:?!)")
_NOT_LAST = frozenset("（《〔“‘(")


@dataclass(frozen=True, slots=True)
class SetText:
    """Text ready to be drawn: its lines in one face and size, and the characters the faces lack."""

    lines: tuple[str, ...]
    face: Face
    size: float
    missing: frozenset[str]

    @property
    def height(self) -> float:
        """Height of all lines, in points."""
        return len(self.lines) * self.size * LEADING


def set_text(faces: Faces, text: str, size: float, width: float, *, bold: bool, fit: Fit) -> SetText:
    """``text`` in lines no wider than ``width``.

    With Fit.SHRINK in the largest type, from ``size`` down to 6.5 points, that needs no more lines than the smallest.
    """
    face, drawable, missing = faces.for_text(text, bold=bold)
    lines = _lines(drawable, face, size, width)
    if fit is Fit.SHRINK and len(lines) > 1:
        fewest = len(_lines(drawable, face, _SMALLEST, width))
        while len(lines) > fewest:
            size = max(size - _STEP, _SMALLEST)
            lines = _lines(drawable, face, size, width)
    return SetText(lines, face, size, missing)


def _lines(text: str, face: Face, size: float, width: float) -> tuple[str, ...]:
    return tuple(line for paragraph in text.split("\n") for line in _broken(paragraph, face, size, width))


def _broken(text: str, face: Face, size: float, width: float) -> Iterator[str]:
    line = ""
    for piece in _pieces(text, face, size, width):
        if line and face.width(line + piece, size) > width:
            line, moved = _moved_with(line, piece)
            yield line.rstrip()
            line = moved + piece if moved else piece.lstrip()
        else:
            line += piece
    yield line.rstrip()


def _pieces(text: str, face: Face, size: float, width: float) -> Iterator[str]:
    """What may not be broken; a word wider than the line gives up its claim."""
    for found in _PIECES.finditer(text):
        if face.width(found[0], size) <= width:
            yield found[0]
        else:
            yield from found[0]


def _moved_with(line: str, piece: str) -> tuple[str, str]:
    """The line without, and then with, the characters that must go to the next line together with ``piece``."""
    cut = len(line)
    while cut > 1 and ((piece[:1] in _NOT_FIRST and cut == len(line)) or line[cut - 1] in _NOT_LAST):
        cut -= 1
    return (line[:cut], line[cut:]) if cut > 1 else (line, "")

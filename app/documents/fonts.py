"""The two faces every document embeds, and what they lack."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container

# Printed for a character no face has: the printer's mark for a missing sort, which nobody takes for a name.
MISSING_MARK = "〓"
_FOLDER = Path(__file__).parents[2] / "resources" / "fonts"
_registering = threading.Lock()


@dataclass(frozen=True, slots=True)
class Face:
    """A face as reportlab knows it: ``name``, and the code points it can draw."""

    name: str
    points: Container[int]

    def width(self, text: str, size: float) -> float:
        """Width of ``text`` in points."""
        from reportlab.pdfbase import pdfmetrics

        return float(pdfmetrics.stringWidth(text, self.name, size))

    def holds(self, text: str) -> bool:
        """Whether every character of ``text`` can be drawn."""
        return all(ord(letter) in self.points for letter in text)


@dataclass(frozen=True, slots=True)
class Faces:
    """Regular, which has nearly every character, and bold, which has what headings need."""

    regular: Face
    bold: Face

    def for_text(self, text: str, *, bold: bool) -> tuple[Face, str, frozenset[str]]:
        """The face to draw ``text`` in, the text as it can be drawn, and the characters that cannot.

        A bold text with one rare character is set in regular throughout, rather than in two weights.
        """
        text = text.replace("\t", " ").replace("\r", "")
        visible = text.replace("\n", "")
        if bold and self.bold.holds(visible):
            return self.bold, text, frozenset()
        lacking = frozenset(letter for letter in visible if not self.regular.holds(letter))
        for letter in lacking:
            text = text.replace(letter, MISSING_MARK)
        return self.regular, text, lacking


def faces() -> Faces:
    """The faces, registered with reportlab on first use (about 60 ms)."""
    with _registering:
        return _registered()


@cache
def _registered() -> Faces:
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    made = []
    for name in ("NotoSansSC-Regular", "NotoSansSC-Bold"):
        font = TTFont(name, str(_FOLDER / f"{name}.ttf"))
        pdfmetrics.registerFont(font)
        made.append(Face(name, frozenset(font.face.charToGlyph)))
    return Faces(*made)

"""Measured pieces of a page: each knows its height and draws itself on a canvas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from app.documents.layout import Align
from app.documents.text import LEADING

if TYPE_CHECKING:
    from reportlab.pdfgen.canvas import Canvas

    from app.documents.text import SetText

PAD_X = 3.5
PAD_Y = 2.5
_THICK = 0.9
_THIN = 0.5
# Share of the type size that a Chinese character stands above the baseline.
_ABOVE_BASELINE = 0.88


@dataclass(frozen=True, slots=True)
class StampPlace:
    """Where a seal belongs: page from 1, lower left corner and size in points from the page's lower left corner."""

    name: str
    page: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Placed:
    """Set text in a rectangle: ``x`` from the box's left, ``y`` from its top downwards."""

    text: SetText
    x: float
    y: float
    width: float
    height: float
    align: Align
    stamp: str = ""


class Box(Protocol):
    """A piece of a page."""

    @property
    def height(self) -> float:
        """Height in points."""

    @property
    def texts(self) -> tuple[Placed, ...]:
        """Every text in the box."""

    def draw(self, canvas: Canvas, left: float, top: float) -> None:
        """Draw with the upper left corner there, in the canvas's own coordinates."""


@dataclass(frozen=True, slots=True)
class TextBox:
    """Texts without borders."""

    height: float
    texts: tuple[Placed, ...]

    def draw(self, canvas: Canvas, left: float, top: float) -> None:
        """See Box."""
        for text in self.texts:
            _write(canvas, text, left, top, pad=0)


@dataclass(frozen=True, slots=True)
class MarkBox:
    """The national mark in words: Chinese, spaced, over a rule and English of the same width."""

    chinese: SetText
    english: SetText
    width: float

    _SPACING = 6.0
    _RULE_GAP = 5.0

    @property
    def height(self) -> float:
        """See Box."""
        return self.chinese.height + self.english.height + self._RULE_GAP

    @property
    def texts(self) -> tuple[Placed, ...]:
        """See Box."""
        return tuple(Placed(text, 0, 0, 0, 0, Align.CENTER) for text in (self.chinese, self.english))

    def draw(self, canvas: Canvas, left: float, top: float) -> None:
        """See Box."""
        (words,), (below,) = self.chinese.lines, self.english.lines
        wide = self.chinese.face.width(words, self.chinese.size) + self._SPACING * (len(words) - 1)
        start = left + (self.width - wide) / 2
        baseline = top - self.chinese.size
        _spaced(canvas, self.chinese, words, start, baseline, self._SPACING)
        canvas.setLineWidth(_THIN)
        rule = baseline - self._RULE_GAP
        canvas.line(start, rule, start + wide, rule)
        gap = (wide - self.english.face.width(below, self.english.size)) / max(len(below) - 1, 1)
        _spaced(canvas, self.english, below, start, rule - self.english.size - 2, gap)


@dataclass(frozen=True, slots=True)
class GridBox:
    """A bordered table: every text in its cell, thin lines inside, a thick frame."""

    width: float
    height: float
    texts: tuple[Placed, ...]

    def draw(self, canvas: Canvas, left: float, top: float) -> None:
        """See Box."""
        canvas.setLineWidth(_THIN)
        for cell in self.texts:
            canvas.rect(left + cell.x, top - cell.y - cell.height, cell.width, cell.height)
            _write(canvas, cell, left, top, pad=PAD_X)
        canvas.setLineWidth(_THICK)
        canvas.rect(left, top - self.height, self.width, self.height)


@dataclass(frozen=True, slots=True)
class CodeBox:
    """A QR code (ISO/IEC 18004), a fifth of whose surface may be damaged before it cannot be read (level M)."""

    text: str
    height: float
    width: float
    align: Align
    texts: tuple[Placed, ...] = ()

    _QUIET = 4  # modules around the code that stay white

    def draw(self, canvas: Canvas, left: float, top: float) -> None:
        """See Box."""
        modules = _modules(self.text)
        count = len(modules)
        module = self.height / (count + 2 * self._QUIET)
        spare = {Align.LEFT: 0.0, Align.CENTER: (self.width - self.height) / 2, Align.RIGHT: self.width - self.height}
        x, y = left + spare[self.align] + self._QUIET * module, top - self._QUIET * module
        for row, line in enumerate(modules):
            for column, dark in enumerate(line):
                if dark:
                    canvas.rect(x + column * module, y - (row + 1) * module, module, module, stroke=0, fill=1)


def _modules(text: str) -> list[list[bool]]:
    from reportlab.graphics.barcode import qrencoder

    encoder: Any = qrencoder
    code = encoder.QRCode(None, encoder.QRErrorCorrectLevel.M)
    code.addData(encoder.QR8bitByte(text))
    code.make()
    return [[bool(dark) for dark in line] for line in code.modules]


def _write(canvas: Canvas, placed: Placed, left: float, top: float, *, pad: float) -> None:
    text = placed.text
    leading = text.size * LEADING
    line_top = top - placed.y - (placed.height - text.height) / 2
    canvas.setFont(text.face.name, text.size)
    for number, line in enumerate(text.lines):
        baseline = line_top - number * leading - (leading - text.size) / 2 - text.size * _ABOVE_BASELINE
        start, end = left + placed.x + pad, left + placed.x + placed.width - pad
        if placed.align is Align.LEFT:
            canvas.drawString(start, baseline, line)
        elif placed.align is Align.RIGHT:
            canvas.drawRightString(end, baseline, line)
        else:
            canvas.drawCentredString((start + end) / 2, baseline, line)


def _spaced(canvas: Canvas, text: SetText, line: str, x: float, baseline: float, spacing: float) -> None:
    canvas.setFont(text.face.name, text.size)
    canvas.drawString(x, baseline, line, charSpace=spacing)

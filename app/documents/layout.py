"""What a layout file declares: paper, and blocks from top to bottom. Lengths are points (1/72 inch)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.documents.templates import Template


class DocumentKind(StrEnum):
    """Which record of :mod:`app.domain.notices` a layout prints."""

    NOTICE = "notice"
    CERTIFICATE = "certificate"
    FORM = "form"


class Origin(StrEnum):
    """Whose layout it is: taken from a source, or drawn here because no source shows one."""

    SOURCE = "source"
    OWN = "own"


class Paper(StrEnum):
    """Paper and its direction."""

    PORTRAIT = "A4"
    LANDSCAPE = "A4-landscape"


class Align(StrEnum):
    """Where text stands in its cell."""

    LEFT = "left"
    CENTER = "center"
    RIGHT = "right"


class Fit(StrEnum):
    """What text does that is wider than its cell: take more lines, or first try smaller type. It is never cut."""

    WRAP = "wrap"
    SHRINK = "shrink"


class On(StrEnum):
    """On which pages a block stands."""

    EVERY = "every"
    FIRST = "first"
    LAST = "last"


@dataclass(frozen=True, slots=True)
class Cell:
    """Text across ``span`` columns of a table or parts of a line. ``stamp`` names a place for a seal."""

    text: Template
    span: int = 1
    align: Align = Align.LEFT
    bold: bool = False
    fit: Fit = Fit.WRAP
    stamp: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its headings from the top down (equal neighbours are merged), and what its cells hold."""

    head: tuple[str, ...]
    text: Template
    width: int
    align: Align
    fit: Fit


@dataclass(frozen=True, slots=True)
class Block:
    """What every block has: the pages it stands on, the space above it, the size of its type."""

    on: On
    gap: int
    size: int


@dataclass(frozen=True, slots=True)
class Mark(Block):
    """The words of the national mark (中国社会保险) over their English."""

    text: str
    english: str


@dataclass(frozen=True, slots=True)
class Code(Block):
    """A QR code of ``text``, ``width`` points wide with its quiet zone; nothing where the text comes out empty."""

    text: Template
    width: int
    align: Align


@dataclass(frozen=True, slots=True)
class Line(Block):
    """Texts side by side without borders: headings, header fields, signatures, page numbers."""

    cells: tuple[Cell, ...]
    height: int


@dataclass(frozen=True, slots=True)
class Notes(Block):
    """Paragraphs with a hanging number, ``heading`` before them; ``extra`` adds the record's own notes."""

    heading: str
    items: tuple[Template, ...]
    extra: bool


@dataclass(frozen=True, slots=True)
class Table(Block):
    """A bordered table. ``per_page`` > 0: it runs over pages; ``fill``: blank rows up to ``per_page``.

    ``below_on`` says on which pages the rows under it (totals) stand.
    """

    rows: str
    columns: tuple[Column, ...]
    above: tuple[tuple[Cell, ...], ...]
    below: tuple[tuple[Cell, ...], ...]
    below_on: On
    row_height: int
    per_page: int
    fill: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """A whole document. ``source`` says where the layout is taken from or why it is our own."""

    file: str
    document: DocumentKind
    title: str
    source: str
    origin: Origin
    paper: Paper
    margin: int
    blocks: tuple[Block, ...]
    footer: tuple[Line, ...]

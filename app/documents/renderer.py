"""A layout and a record become a PDF: rows are shared out over pages, then every page is drawn."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.documents.boxes import StampPlace
from app.documents.compose import Composer, Slice
from app.documents.errors import DocumentMismatch, PageTooSmall
from app.documents.fonts import faces
from app.documents.layout import Block, On, Paper, Table
from app.documents.records import Printable, printable
from app.domain.findings import Finding, warning

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from app.documents.boxes import Box
    from app.documents.layout import Layout
    from app.documents.records import Document

_A4 = (595.28, 841.89)
_PRODUCER = "ShebaoDesk"
_TOLERANCE = 0.01


@dataclass(frozen=True, slots=True)
class Rendered:
    """A finished PDF. ``missing_glyphs`` were printed as 〓; ``stamps`` are the places for seals."""

    pdf: bytes
    pages: int
    missing_glyphs: tuple[str, ...] = ()
    stamps: tuple[StampPlace, ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What the clerk must know before printing: the characters that the font lacks."""
        if not self.missing_glyphs:
            return ()
        return (warning("document-glyphs-missing", characters="".join(self.missing_glyphs)),)


def render(layout: Layout, document: Document) -> Rendered:
    """Print ``document`` by ``layout``; the same input gives the same bytes.

    Raises DocumentMismatch for a record the layout is not made for, and PageTooSmall where a single row cannot fit.
    """
    data = printable(document)
    if data.kind is not layout.document:
        raise DocumentMismatch(layout.file, layout.document, data.kind)
    return _Press(layout, data).printed()


class _Press:
    """One document being printed."""

    def __init__(self, layout: Layout, data: Printable) -> None:
        self._layout = layout
        self._data = data
        wide, tall = _A4 if layout.paper is Paper.PORTRAIT else _A4[::-1]
        self._paper = (wide, tall)
        self._composer = Composer(faces(), wide - 2 * layout.margin)
        self._flowing = next((one for one in layout.blocks if isinstance(one, Table) and one.per_page), None)

    def printed(self) -> Rendered:
        """Draw all pages."""
        from reportlab.pdfgen.canvas import Canvas

        plan = list(self._plan())
        stream = io.BytesIO()
        # The first font is named so that no page refers to Helvetica, which would not be embedded.
        canvas = Canvas(
            stream,
            pagesize=self._paper,
            invariant=1,
            pageCompression=1,
            initialFontName=self._composer.faces.regular.name,  # type: ignore[arg-type]  # the stub has it as a size
        )
        canvas.setTitle(f"{self._layout.title} {self._data.title}".strip())
        canvas.setSubject(self._layout.title)
        canvas.setAuthor(_PRODUCER)
        canvas.setCreator(_PRODUCER)
        canvas.setProducer(_PRODUCER)
        missing: set[str] = set()
        stamps: list[StampPlace] = []
        for number, rows in enumerate(plan, start=1):
            values = {**self._data.values, "page": number, "pages": len(plan)}
            for box, left, top in self._placed(values, rows):
                box.draw(canvas, left, top)
                missing.update(*(text.text.missing for text in box.texts))
                stamps += [
                    StampPlace(one.stamp, number, left + one.x, top - one.y - one.height, one.width, one.height)
                    for one in box.texts
                    if one.stamp
                ]
            canvas.showPage()
        canvas.save()
        return Rendered(stream.getvalue(), len(plan), tuple(sorted(missing)), tuple(stamps))

    def _plan(self) -> Iterator[Slice]:
        """The rows of each page: as many as the layout says, fewer where long texts make them tall."""
        rows = self._data.rows.get(self._flowing.rows, ()) if self._flowing else ()
        per_page = self._flowing.per_page if self._flowing else 0
        fill = per_page if self._flowing and self._flowing.fill else 0
        done = 0
        while True:
            count = min(per_page, len(rows) - done)
            page = self._page(rows[done : done + count], done, len(rows), max(fill - count, 0))
            while not self._fits(page):
                if not page.blanks and len(page.rows) <= bool(rows):
                    raise PageTooSmall(self._layout.file)
                kept = page.rows if page.blanks else page.rows[:-1]
                page = self._page(kept, done, len(rows), max(page.blanks - 1, 0))
            yield page
            done += len(page.rows)
            if done >= len(rows):
                return

    @staticmethod
    def _page(rows: Sequence[Mapping[str, object]], done: int, of: int, blanks: int) -> Slice:
        """The slice with what stands on its page, by whether it is the first and the last."""
        here = {On.EVERY} | ({On.FIRST} if done == 0 else set()) | ({On.LAST} if done + len(rows) >= of else set())
        return Slice(rows, done + 1, blanks, frozenset(here))

    def _fits(self, rows: Slice) -> bool:
        values = {**self._data.values, "page": 1, "pages": 1}
        boxes = self._boxes(self._layout.blocks, values, rows) + self._boxes(self._layout.footer, values, rows)
        needed = sum(gap + box.height for gap, box in boxes)
        return needed <= self._paper[1] - 2 * self._layout.margin + _TOLERANCE

    def _placed(self, values: Mapping[str, object], rows: Slice) -> Iterator[tuple[Box, float, float]]:
        """Every box of a page with its upper left corner: the body from the top, the footer at the bottom."""
        left, top = self._layout.margin, self._paper[1] - self._layout.margin
        for gap, box in self._boxes(self._layout.blocks, values, rows):
            yield box, left, top - gap
            top -= gap + box.height
        foot = self._boxes(self._layout.footer, values, rows)
        top = self._layout.margin + sum(gap + box.height for gap, box in foot)
        for gap, box in foot:
            yield box, left, top - gap
            top -= gap + box.height

    def _boxes(self, blocks: Sequence[Block], values: Mapping[str, object], rows: Slice) -> list[tuple[float, Box]]:
        made = []
        for block in blocks:
            if block.on in rows.pages:
                box = self._composer.box(block, values, self._rows_of(block, rows), self._data.notes)
                if box is not None:
                    made.append((float(block.gap), box))
        return made

    def _rows_of(self, block: Block, flowing: Slice) -> Slice:
        """What a table shows on this page: its share if it runs over pages, else all of its rows."""
        if block is self._flowing or not isinstance(block, Table):
            return flowing
        return Slice(self._data.rows.get(block.rows, ()), pages=flowing.pages)

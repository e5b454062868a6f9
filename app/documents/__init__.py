"""Notices, certificates and forms on paper: a layout (data) and a record (from app.domain.notices) give a PDF.

    layout = load_layout(region.layout_path("notice"))
    paper = render(layout, notice)            # paper.pdf, paper.pages, paper.missing_glyphs

Pictures of pages: :mod:`app.documents.raster`. Scans a clerk attaches: :mod:`app.documents.attachments`.
"""

from app.documents.boxes import StampPlace
from app.documents.layout import Layout, Origin
from app.documents.layouts import load_layout
from app.documents.records import Document
from app.documents.renderer import Rendered, render

__all__ = ["Document", "Layout", "Origin", "Rendered", "StampPlace", "load_layout", "render"]

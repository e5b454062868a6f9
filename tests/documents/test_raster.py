"""Pages as pictures: white paper with ink on it, in the size asked for."""

from __future__ import annotations

import io
import threading

import pytest
from PIL import Image

from app.documents import load_layout, raster, render
from app.documents.pdfium import PdfUnreadable
from tests.documents.samples import certificate, layout_file, notice

NOTICE = render(load_layout(layout_file("yichang", "notice")), notice()).pdf


def test_a_page_is_drawn_on_white_in_the_size_asked_for() -> None:
    picture = raster.picture(NOTICE, 0, dpi=72)
    assert (picture.width, picture.height) == pytest.approx((595, 842), abs=1)
    assert len(picture.rgba) == picture.width * picture.height * 4
    assert picture.rgba[:4] == b"\xff\xff\xff\xff"
    ink = Image.frombytes("RGBA", (picture.width, picture.height), picture.rgba).convert("L").getextrema()
    assert ink == (0, 255)


def test_all_pages_and_their_sizes() -> None:
    pdf = render(load_layout(layout_file("yichang", "certificate")), certificate(21)).pdf
    assert len(raster.pages(pdf, dpi=30)) == raster.page_count(pdf) == len(raster.page_sizes(pdf)) == 2
    assert raster.page_sizes(pdf)[1] == pytest.approx((595.28, 841.89), abs=0.1)
    with pytest.raises(IndexError):
        raster.picture(pdf, 2)


def test_a_png_file_shows_the_same_page() -> None:
    image = Image.open(io.BytesIO(raster.png(NOTICE, 0, dpi=144)))
    assert image.format == "PNG"
    assert image.size == pytest.approx((1191, 1684), abs=1)


def test_what_is_no_pdf_is_refused() -> None:
    with pytest.raises(PdfUnreadable):
        raster.picture(b"no paper", 0)


def test_several_threads_may_ask_at_once() -> None:
    # pdfium itself is not safe for this; without the lock in app.documents.pdfium the process dies.
    made: list[raster.Picture] = []
    threads = [threading.Thread(target=lambda: made.append(raster.picture(NOTICE, 0, dpi=40))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({picture.rgba for picture in made}) == 1
    assert len(made) == 8

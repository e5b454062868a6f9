"""Scans: judged by what they hold, refused with facts a clerk can act on, and made smaller without losing the page."""

from __future__ import annotations

import io
import random

import pypdfium2
import pytest
from PIL import Image
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from app.documents.attachments import KB, Limits, Scan, ScanKind, check, media_type_of, shrink
from app.documents.errors import AttachmentRefused

LIMITS = Limits(max_kb=500)


def jpeg(width: int = 800, height: int = 1100, *, noise: bool = False, **options: object) -> bytes:
    """A JPEG; with ``noise`` one that hardly compresses, as a photograph of paper does."""
    image = Image.new("RGB", (width, height), "white")
    if noise:
        image = Image.frombytes("RGB", (width, height), random.Random(7).randbytes(width * height * 3))  # noqa: S311
    stream = io.BytesIO()
    image.save(stream, "JPEG", **options)
    return stream.getvalue()


def claiming(content: bytes, side: int) -> bytes:
    """The JPEG with another size in its frame header, as a file made to exhaust memory has."""
    frame = content.index(b"\xff\xc0") + 5
    return content[:frame] + side.to_bytes(2, "big") * 2 + content[frame + 4 :]


def pdf(pages: int = 1, password: str | None = None) -> bytes:
    """A PDF of empty A4 pages."""
    stream = io.BytesIO()
    lock = StandardEncryption(password, ownerPassword="owner") if password is not None else None
    canvas = Canvas(stream, pagesize=(595, 842), encrypt=lock)
    for _ in range(pages):
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


def refused(name: str, content: bytes, limits: Limits = LIMITS) -> tuple[str, dict[str, str]]:
    with pytest.raises(AttachmentRefused) as error:
        check(name, content, limits)
    facts = dict(error.value.facts)
    assert facts.pop("name") == name
    return error.value.code, facts


def test_a_sound_scan_is_described() -> None:
    picture, paper = jpeg(), pdf(3)
    assert check("增员表.jpg", picture, LIMITS) == Scan("增员表.jpg", ScanKind.JPEG, len(picture), 1, 800, 1100)
    assert check("增员表.pdf", paper, LIMITS) == Scan("增员表.pdf", ScanKind.PDF, len(paper), 3, 595, 842)


def test_the_content_decides_and_not_the_name() -> None:
    assert check("增员表.pdf", jpeg(), LIMITS).kind is ScanKind.JPEG
    assert (media_type_of(jpeg()), media_type_of(pdf())) == ("image/jpeg", "application/pdf")
    stream = io.BytesIO()
    Image.new("RGB", (800, 1100)).save(stream, "PNG")
    assert refused("增员表.jpg", stream.getvalue()) == ("attachment-kind", {"found": "png", "wanted": "jpg、pdf"})
    assert refused("增员表.pdf", b"PK\x03\x04rest")[1]["found"] == "office"
    assert refused("增员表.pdf", b"stamped")[1]["found"] == "unknown"
    only_pictures = Limits(500, frozenset({ScanKind.JPEG}))
    assert refused("增员表.pdf", pdf(), only_pictures) == ("attachment-kind", {"found": "pdf", "wanted": "jpg"})


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "attachment-empty"),
        (pdf(password=""), "attachment-encrypted"),
        (pdf(password="secret"), "attachment-encrypted"),
        (pdf()[:-300], "attachment-damaged"),
        (b"%PDF-1.4\nnot a document\n%%EOF", "attachment-damaged"),
        (jpeg(noise=True)[:-5000], "attachment-damaged"),
        (b"\xff\xd8\xff\xe0not a picture", "attachment-damaged"),
    ],
    ids=["empty", "owner-password", "password", "cut-pdf", "false-pdf", "cut-jpeg", "false-jpeg"],
)
def test_what_the_bureau_could_not_open_is_refused_here(content: bytes, code: str) -> None:
    assert refused("扫描件", content) == (code, {})


def test_pages_pixels_and_size_have_limits() -> None:
    assert refused("多页.pdf", pdf(21)) == ("attachment-pages", {"pages": "21", "limit": "20"})
    assert refused("小图.jpg", jpeg(300, 400)) == ("attachment-too-coarse", {"width": "300", "height": "400"})
    for side in (9_200, 60_000):
        huge = claiming(jpeg(), side)
        assert refused("大图.jpg", huge) == ("attachment-too-many-pixels", {"limit_megapixels": "80"})
    big = jpeg(noise=True, quality=90)
    facts = {"size_kb": str(-(-len(big) // KB)), "limit_kb": "500"}
    assert refused("照片.jpg", big) == ("attachment-too-large", facts)
    assert check("正好.jpg", jpeg(), Limits(-(-len(jpeg()) // KB))).size == len(jpeg())


def test_a_large_picture_shrinks_below_the_limit_and_stands_upright() -> None:
    turned = Image.Exif()
    turned[0x0112] = 6  # orientation: the camera was held upright
    big = jpeg(1600, 1200, noise=True, quality=95, exif=turned.tobytes())
    small = shrink("照片.jpg", big, 300)
    scan = check("照片.jpg", small, Limits(300))
    assert scan.size <= 300 * KB
    assert scan.height > scan.width
    assert not Image.open(io.BytesIO(small)).getexif()
    assert shrink("照片.jpg", big, 300) == small


def test_what_cannot_be_shrunk_is_said() -> None:
    with pytest.raises(AttachmentRefused) as error:
        shrink("照片.jpg", jpeg(600, 600, noise=True), 10)
    assert error.value.code == "attachment-cannot-shrink"
    with pytest.raises(AttachmentRefused) as error:
        shrink("增员表.pdf", pdf(), 10)
    assert error.value.code == "attachment-kind"


def test_the_library_itself_would_have_opened_the_cut_file() -> None:
    """Why the end mark is looked for: pdfium mends what was cut off, and the clerk would never know."""
    pypdfium2.PdfDocument(pdf()[:-8]).close()
    assert refused("扫描件.pdf", pdf()[:-8])[0] == "attachment-damaged"

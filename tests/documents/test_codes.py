"""The QR code on an electronic receipt: a picture on paper that says what the bureau told."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from app.documents import load_layout, raster, render
from app.domain.notices import RosterForm
from app.resources import RESOURCES
from tests.support import qr

LAYOUT = RESOURCES / "documents" / "e-receipt.toml"
DPI = 300


def printed(text: str) -> Image.Image:
    """The surface of the receipt where the code stands."""
    receipt = RosterForm(
        title="x", header={"qr": text, "unit_name": "示例机械有限公司"}, rows=({"bill": "2022080800000001"},)
    )
    page = Image.open(io.BytesIO(raster.png(render(load_layout(LAYOUT), receipt).pdf, 0, DPI)))
    left, top, right, bottom = (round(at * DPI / 72) for at in (50, 283, 175, 405))
    return page.crop((left, top, right, bottom))


@pytest.mark.parametrize(
    "text",
    [
        "https://bureau.test:8443/v1/verify/20221108123456789012",
        "https://127.0.0.1:8443/v1/verify/1",
        "社保",
        "https://a-rather-long-name-of-a-bureau.example.gov.cn:18443/v1/verify/20221108123456789012",
    ],
)
def test_what_a_telephone_reads_is_what_the_bureau_told(text: str) -> None:
    assert qr.read(printed(text)) == text


def test_a_wrong_module_is_noticed() -> None:
    """The reader mends nothing, so that agreeing with it means agreeing in every module."""
    text = "https://127.0.0.1:8443/v1/verify/1"
    picture = printed(text)
    box = picture.convert("L").point(lambda value: 255 if value < 128 else 0).getbbox()
    assert box is not None
    middle = ((box[0] + box[2]) // 2, (box[1] + box[3]) // 2)
    module = (box[2] - box[0]) // 25
    picture.paste("white", (middle[0] - 2 * module, middle[1] - module, middle[0] + 2 * module, middle[1] + module))
    try:
        assert qr.read(picture) != text
    except (UnicodeDecodeError, AssertionError):
        return

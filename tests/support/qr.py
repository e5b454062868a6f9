"""Read a QR code out of a picture as a telephone would: written after ISO/IEC 18004, knowing nothing of who drew it.

Only what the house prints: upright, whole, level M, byte mode, versions 1 to 6. Nothing is corrected, so that one wrong
module is a wrong text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PIL.Image import Image

# Data words of each block at level M, by version.
_BLOCKS = {1: (16,), 2: (28,), 3: (44,), 4: (32, 32), 5: (43, 43), 6: (27, 27, 27, 27)}
_FORMAT_MASK = 0b101010000010010
_LEVEL_M = 0b00
_MASKS: tuple[Callable[[int, int], bool], ...] = (
    lambda r, c: (r + c) % 2 == 0,
    lambda r, _: r % 2 == 0,
    lambda _, c: c % 3 == 0,
    lambda r, c: (r + c) % 3 == 0,
    lambda r, c: (r // 2 + c // 3) % 2 == 0,
    lambda r, c: r * c % 2 + r * c % 3 == 0,
    lambda r, c: (r * c % 2 + r * c % 3) % 2 == 0,
    lambda r, c: ((r + c) % 2 + r * c % 3) % 2 == 0,
)


def read(picture: Image) -> str:
    """The text of the only QR code in ``picture``, which holds nothing else that is dark."""
    grid = _modules(picture)
    size = len(grid)
    version = (size - 17) // 4
    bits = [grid[8][c] for c in (0, 1, 2, 3, 4, 5, 7, 8)] + [grid[r][8] for r in (7, 5, 4, 3, 2, 1, 0)]
    told = int("".join("1" if one else "0" for one in bits), 2) ^ _FORMAT_MASK
    assert told >> 13 == _LEVEL_M, "not level M"
    mask = _MASKS[told >> 10 & 7]
    raw = [grid[r][c] ^ mask(r, c) for r, c in _path(size, version)]
    words = [int("".join("1" if bit else "0" for bit in raw[at : at + 8]), 2) for at in range(0, len(raw) - 7, 8)]
    return _text(_data(words, _BLOCKS[version]))


def _modules(picture: Image) -> list[list[bool]]:
    dark = picture.convert("L").point(lambda value: 255 if value < 128 else 0)
    box = dark.getbbox()
    assert box is not None, "nothing is drawn"
    left, top, right, bottom = box
    line = [bool(dark.getpixel((x, top + 1))) for x in range(left, right)]
    module = line.index(False) / 7  # the finder pattern's upper edge
    version = round(((right - left) / module - 17) / 4)
    size = 17 + 4 * version
    step_x, step_y = (right - left) / size, (bottom - top) / size
    at = [[(left + (c + 0.5) * step_x, top + (r + 0.5) * step_y) for c in range(size)] for r in range(size)]
    return [[bool(dark.getpixel((int(x), int(y)))) for x, y in row] for row in at]


def _reserved(r: int, c: int, size: int, version: int) -> bool:
    """Whether a module belongs to a pattern and holds no data."""
    corner = (r < 9 and c < 9) or (r < 9 and c >= size - 8) or (r >= size - 8 and c < 9)
    centre = size - 7
    alignment = version > 1 and abs(r - centre) <= 2 and abs(c - centre) <= 2
    return corner or alignment or 6 in (r, c)


def _path(size: int, version: int) -> Iterator[tuple[int, int]]:
    """Modules in the order in which the bits were laid."""
    upwards = True
    for right in (*range(size - 1, 6, -2), *range(5, 0, -2)):
        for r in range(size - 1, -1, -1) if upwards else range(size):
            for c in (right, right - 1):
                if not _reserved(r, c, size, version):
                    yield r, c
        upwards = not upwards


def _data(words: list[int], blocks: tuple[int, ...]) -> list[int]:
    """The data words in order: they stand turn by turn, one of each block."""
    spread = words[: sum(blocks)]
    return [word for at in range(len(blocks)) for word in spread[at :: len(blocks)]]


def _text(data: list[int]) -> str:
    bits = "".join(f"{word:08b}" for word in data)
    assert bits[:4] == "0100", "not byte mode"
    length = int(bits[4:12], 2)
    return bytes(int(bits[12 + at * 8 : 20 + at * 8], 2) for at in range(length)).decode("utf-8")

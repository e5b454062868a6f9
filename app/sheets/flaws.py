"""What a workbook's XML tells and its values do not: formulas never calculated, formula errors, hidden rows.

Runs beside the reader of the values, in its own thread: inflating lets go of the interpreter, and what is looked for is
rare, so that almost all of a sheet is passed over at the speed of a search for bytes.
"""

from __future__ import annotations

import re
import zipfile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_PLACES = 10_000
_CHUNK = 1 << 20
_MARK = 7  # the longest that is looked for
# As text: most sheets need few of them, and Python compiles each when it is first looked for.
CELL = rb"(?s)<(?:\w+:)?c\b([^>]*?)(?:/>|>(.*?)</(?:\w+:)?c>)"
PLACE = rb"\br=\"([A-Z]{1,3})(\d{1,7})\""
VALUE = rb"<(?:\w+:)?v\b[^>]*>[^<]|<(?:\w+:)?is\b"
_KIND = rb"\bt=\"(\w+)\""
_ERROR = rb"<(?:\w+:)?v[^>]*>([^<]*)"
_LONGEST_CELL = 65536
#: Excel's own list of a workbook's formulas: where it is, there are some.
_CHAIN = "xl/calcChain.xml"
_HIDDEN = rb"<(?:\w+:)?row\b(?=[^>]*\bhidden=\"(?:1|true)\")[^>]*\br=\"(\d{1,7})\""
_FORMULA = rb"<(?:\w+:)?f\b"

#: (row from 1, column from 0, error text); a formula without a value has no text.
Place = tuple[int, int, str]


def places(archive: zipfile.ZipFile, part: str) -> tuple[list[Place], bool, list[int]]:
    """The formula errors and formulas without a value in one part, whether there are formulas, and hidden rows, from 1.

    The archive is opened once for all parts: that of a thousand sheets has a long directory.
    """
    found: list[Place] = []
    hidden: list[int] = []
    formulas = _CHAIN in archive.NameToInfo
    if not formulas and not _may_have_any(archive, part):
        return [], False, []
    for piece in _pieces(archive, part):
        if b"hidden=" in piece:
            hidden.extend(map(int, re.findall(_HIDDEN, piece)))
        # A search for bytes before the pattern: this passes over every byte of the sheet.
        has_formula = (b"<f" in piece or b":f" in piece) and re.search(_FORMULA, piece) is not None
        formulas = formulas or has_formula
        if (has_formula or b't="e"' in piece) and len(found) < MOST_PLACES:
            found.extend(_in(piece))
    return found[:MOST_PLACES], formulas, hidden


def _may_have_any(archive: zipfile.ZipFile, part: str) -> bool:
    """Whether a part holds the bytes that formulas, errors and hidden rows have, anywhere; most staff lists do not."""
    with archive.open(part) as stream:
        last = b""
        while chunk := stream.read(_CHUNK):
            if _may_hold(chunk) or _may_hold(last + chunk[:_MARK]):
                return True
            last = chunk[-_MARK:]
    return False


def _may_hold(piece: bytes) -> bool:
    # A lone letter first: that it is nowhere is seen many times as fast as of two, and most sheets have few of it.
    return b't="e"' in piece or b"hidden=" in piece or (b"f" in piece and (b"<f" in piece or b":f" in piece))


def _pieces(archive: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """A part in pieces that end where a row or a cell ends."""
    rest = b""
    with archive.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            piece = rest + chunk
            cut = piece.rfind(b"</") if len(piece) < _CHUNK + _LONGEST_CELL else len(piece)
            end = max(piece.rfind(b"</c>"), piece.rfind(b":c>"), piece.rfind(b"</row>"))
            cut = end + 1 if end > 0 else cut
            yield piece[:cut]
            rest = piece[cut:]
    yield rest


def _in(piece: bytes) -> Iterator[Place]:
    kind_in, formula_in, value_in = (re.compile(one).search for one in (_KIND, _FORMULA, VALUE))
    for cell in re.finditer(CELL, piece):
        attributes, inside = cell[1], cell[2] or b""
        kind = kind_in(attributes)
        error = kind is not None and kind[1] == b"e"
        if not error and (not formula_in(inside) or value_in(inside)):
            continue
        if not error and kind is not None and kind[1] == b"str" and b"<v" in inside:
            continue  # a formula whose value is an empty text
        place = re.search(PLACE, attributes)
        if place is None:
            continue
        told = re.search(_ERROR, inside)
        text = told[1].decode("utf-8", "replace") if error and told else ""
        yield int(place[2]), column_of(place[1]), text or ("#?" if error else "")


def column_of(letters: bytes) -> int:
    """The index of a column by Excel's letters, from 0."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def sheet_parts(path: str) -> dict[str, str]:
    """The part of each sheet by the sheet's name, as the workbook's relations say."""
    with zipfile.ZipFile(path) as archive:
        names = {one.filename.lower(): one.filename for one in archive.infolist()}
        book, relations = names.get("xl/workbook.xml"), names.get("xl/_rels/workbook.xml.rels")
        if book is None or relations is None:
            return {}
        targets = {one.get("Id", ""): one.get("Target", "") for _, one in _elements(archive.read(relations))}
        found = {}
        for tag, one in _elements(archive.read(book)):
            if tag.rpartition(":")[2] == "sheet":
                relation = next((value for key, value in one.items() if key.endswith(":id")), "")
                target = targets.get(relation, "").lstrip("/")
                part = names.get((target if target.startswith("xl/") else f"xl/{target}").lower())
                if part:
                    found[one.get("name", "")] = part
        return found


def _elements(xml: bytes) -> list[tuple[str, dict[str, str]]]:
    """Every element's name and attributes, prefixes as written. Raises ExpatError."""
    # Not ElementTree, which takes as long to load as a small file to read. No DTD comes here: content.py has looked.
    from xml.parsers.expat import ParserCreate

    found: list[tuple[str, dict[str, str]]] = []
    parser = ParserCreate()
    parser.StartElementHandler = lambda name, attributes: found.append((name, attributes))
    parser.Parse(xml, True)  # noqa: FBT003 - a C function without names
    return found


def calculated_by_hand(path: str) -> bool:
    """Whether the workbook says that its formulas are not kept up to date by themselves."""
    with zipfile.ZipFile(path) as archive:
        names = {one.filename.lower(): one.filename for one in archive.infolist()}
        book = names.get("xl/workbook.xml")
        text = archive.read(book) if book else b""
    return re.search(rb"<(?:\w+:)?calcPr\b[^>]*(?:calcMode=\"manual\"|fullCalcOnLoad=\"(?:1|true)\")", text) is not None


def has_macros(path: str) -> bool:
    """Whether a package carries macros."""
    with zipfile.ZipFile(path) as archive:
        return any(one.filename.lower().endswith("vbaproject.bin") for one in archive.infolist())

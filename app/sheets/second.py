"""A second reader of xlsx packages, for those that calamine refuses: slower, and not put off by what Excel passes over.

Where parts lie is taken from the relations as far as they tell it. Of a sheet only its cells, its merged ranges and its
hidden rows are looked at, so that nothing else in it can keep it from being read; all text may be UTF-16 too.
"""

from __future__ import annotations

import contextlib
import posixpath
import re
import zipfile
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple, TypedDict
from xml.parsers import expat

from app.errors import InputRefused
from app.sheets.flaws import column_of
from app.sheets.trimming import MOST_CELLS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from app.rules.fields import Raw
    from app.sheets.flaws import Place

Attributes = dict[str, str]
_REFERENCE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_RANGE = re.compile(r"([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})")
_TEXTS = frozenset(("si", "sstItem"))  # as Excel and its trial versions of 2006 name a shared text
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_NUMBER = re.compile(r"(\d+)\D*$")
#: Number formats of dates that have no words of their own (ECMA-376 18.8.30, East Asian ones among them).
_DATES = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
_NO_DATE = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]')
_EPOCHS = {False: datetime(1899, 12, 30), True: datetime(1904, 1, 1)}  # noqa: DTZ001 - a cell has no zone
_LAST_DAY = 2_958_465  # 9999-12-31


class Told(TypedDict):
    """What is told of a sheet beside its cells."""

    visible: bool
    flaws: list[Place]
    hidden: list[int]


class Found(NamedTuple):
    """One sheet: its rows from the first on, and what else is told of it: visible or not, flaws, hidden rows."""

    name: str
    rows: list[list[Raw]]
    merged: list[tuple[tuple[int, int], tuple[int, int]]]
    told: Told


class Package:
    """An xlsx package. Raises BadZipFile, KeyError and ExpatError for what is none."""

    def __init__(self, path: str) -> None:
        self._zip = zipfile.ZipFile(path)
        self._names = {
            one.filename.replace("\\", "/").lstrip("/").lower(): one.filename for one in self._zip.infolist()
        }
        self._book = self._the_book()
        self._relations = self._relations_of(self._book)
        self._dated = False
        self.sheets: list[tuple[str, bool, str]] = []
        self._read_book()
        self._texts = self._shared_texts()
        self._dates = self._date_styles()

    def close(self) -> None:
        """Let the file go."""
        self._zip.close()

    def sheet(self, name: str, visible: bool, part: str) -> Found:
        """The cells of one sheet. Raises ExpatError, and InputRefused for one that is too large to lay out."""
        reading = _Sheet(self._texts, self._dates, _EPOCHS[self._dated])
        self._parse(part, reading.start, reading.end, reading.said)
        told: Told = {"visible": visible, "flaws": reading.flaws, "hidden": reading.hidden}
        return Found(name, reading.rows(), reading.merged, told)

    def _the_book(self) -> str:
        told = [
            target
            for kind, target in self._relations_of("").values()
            if kind == "officeDocument" and target in self._names
        ]
        there = told or sorted(one for one in self._names if posixpath.basename(one) == "workbook.xml")
        return there[0]

    def _relations_of(self, part: str) -> dict[str, tuple[str, str]]:
        """What a part's relations lead to, by their ids: the sort of it and its place."""
        folder, base = posixpath.split(part)
        relations = posixpath.join(folder, "_rels", f"{base}.rels")
        found: dict[str, tuple[str, str]] = {}

        def start(tag: str, told: Attributes) -> None:
            if _local(tag) == "Relationship":
                target = told.get("Target", "").replace("\\", "/")
                place = target.lstrip("/") if target.startswith("/") else posixpath.join(folder, target)
                found[told.get("Id", "")] = (
                    told.get("Type", "").rpartition("/")[2],
                    posixpath.normpath(place).lower() if target else "",
                )

        if relations in self._names:
            with contextlib.suppress(expat.ExpatError):  # what it does not tell is told by the parts' names
                self._parse(relations, start)
        return found

    def _read_book(self) -> None:
        told: list[Attributes] = []

        def start(tag: str, attributes: Attributes) -> None:
            if _local(tag) == "sheet":
                told.append(attributes)
            elif _local(tag) == "workbookPr":
                self._dated = attributes.get("date1904") in {"1", "true"}

        self._parse(self._book, start)
        claimed = {place for _, place in self._relations.values()}
        left = [one for one in self._sheet_parts() if one not in claimed]
        for attributes in told:
            relation = next((value for key, value in attributes.items() if _local(key) == "id"), "")
            kind, place = self._relations.get(relation, ("worksheet", ""))
            if place not in self._names:
                # Nothing tells where it is: they are numbered as they stand in the workbook.
                place = left.pop(0) if left else ""
            if kind == "worksheet" and place:
                self.sheets.append((attributes.get("name", ""), attributes.get("state", "visible")[:1] != "h", place))

    def _sheet_parts(self) -> list[str]:
        parts = [one for one in self._names if "/worksheets/" in f"/{one}" and one.endswith(".xml")]
        return sorted(parts, key=lambda one: (int(found[1]) if (found := _NUMBER.search(one)) else 0, one))

    def _part(self, kind: str) -> str | None:
        return next((place for one, place in self._relations.values() if one == kind and place in self._names), None)

    def _shared_texts(self) -> list[str]:
        texts: list[str] = []
        words: list[str] = []
        inside = {"t": 0, "rPh": 0}

        def start(tag: str, _: Attributes) -> None:
            tag = _local(tag)
            if tag in _TEXTS:
                words.clear()
            elif tag in inside:
                inside[tag] += 1

        def end(tag: str) -> None:
            tag = _local(tag)
            if tag in _TEXTS:
                texts.append(_plain("".join(words)))
            elif tag in inside:
                inside[tag] -= 1

        part = self._part("sharedStrings") or next(
            (one for one in self._names if one.endswith("sharedstrings.xml")), None
        )
        if part is not None:
            self._parse(
                part, start, end, lambda data: words.append(data) if inside["t"] and not inside["rPh"] else None
            )
        return texts

    def _date_styles(self) -> frozenset[int]:
        """The indexes of the cell formats that show a number as a date."""
        own: dict[str, str] = {}
        formats: list[str] = []
        within: list[str] = []

        def start(tag: str, told: Attributes) -> None:
            within.append(_local(tag))
            if within[-2:] == ["numFmts", "numFmt"]:
                own[told.get("numFmtId", "")] = told.get("formatCode", "")
            elif within[-2:] == ["cellXfs", "xf"]:
                formats.append(told.get("numFmtId", "0"))

        part = self._part("styles")
        if part is not None:
            self._parse(part, start, lambda _: within.pop())
        return frozenset(at for at, one in enumerate(formats) if _is_date(own.get(one), one))

    def _parse(
        self,
        part: str,
        start: Callable[[str, Attributes], object],
        end: Callable[[str], object] | None = None,
        said: Callable[[str], object] | None = None,
    ) -> None:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = start
        parser.EndElementHandler = end
        parser.CharacterDataHandler = said
        parser.EntityDeclHandler = _refuse
        with self._zip.open(self._names[part]) as stream:
            parser.ParseFile(stream)


class _Sheet:
    """The cells of one sheet as they come."""

    def __init__(self, texts: list[str], dates: frozenset[int], epoch: datetime) -> None:
        self._texts, self._dates, self._epoch = texts, dates, epoch
        self._cells: dict[int, dict[int, Raw]] = {}
        self._row, self._column = -1, -1
        self._kind, self._style = "", 0
        self._words: list[str] = []
        self._inside = ""
        self._spoken = 0
        self.merged: list[tuple[tuple[int, int], tuple[int, int]]] = []
        self.flaws: list[Place] = []
        self.hidden: list[int] = []

    def start(self, tag: str, told: Attributes) -> None:
        """An element begins."""
        match _local(tag):
            case "row":
                self._row = int(told["r"]) - 1 if told.get("r", "").isdecimal() else self._row + 1
                self._column = -1
                if told.get("hidden") in {"1", "true"}:
                    self.hidden.append(self._row + 1)
            case "c":
                place = _REFERENCE.fullmatch(told.get("r", ""))
                self._column = column_of(place[1].encode()) if place else self._column + 1
                self._kind = told.get("t", "n")
                self._style = int(told["s"]) if told.get("s", "").isdecimal() else 0
                self._words.clear()
            case "v" | "t" as inside:
                beside = self._spoken or (inside == "v" and self._kind == "inlineStr")
                self._inside = "" if beside else inside
            case "rPh":
                self._spoken += 1
            case "mergeCell" if found := _RANGE.fullmatch(told.get("ref", "")):
                top, bottom = int(found[2]) - 1, int(found[4]) - 1
                self.merged.append(((top, column_of(found[1].encode())), (bottom, column_of(found[3].encode()))))

    def end(self, tag: str) -> None:
        """An element ends."""
        match _local(tag):
            case "v" | "t":
                self._inside = ""
            case "rPh":
                self._spoken -= 1
            case "c":
                value = self._value("".join(self._words))
                if value != "":
                    self._cells.setdefault(self._row, {})[self._column] = value

    def said(self, data: str) -> None:
        """Text within an element."""
        if self._inside:
            self._words.append(data)

    def _value(self, text: str) -> Raw:
        match self._kind:
            case "s":
                return self._shared(text.strip())
            case "b":
                return text.strip() in {"1", "true"}
            case "e":
                self.flaws.append((self._row + 1, self._column, text or "#?"))
                return text or "#?"
            case "str" | "inlineStr":
                return _plain(text)
        return self._number(text.strip())

    def _shared(self, text: str) -> str:
        """The shared text of that number. Raises ValueError where it is nowhere: its cell must not come empty."""
        if not text:
            return ""
        if not text.isdecimal() or int(text) >= len(self._texts):
            raise ValueError(text)
        return self._texts[int(text)]

    def _number(self, text: str) -> Raw:
        """A number, a date that is written as one, or what stands there instead."""
        try:
            number = float(text)
        except ValueError:
            try:
                return datetime.fromisoformat(text) if self._kind == "d" else text
            except ValueError:
                return text
        if self._style not in self._dates or not 0 <= number <= _LAST_DAY:
            return number
        if number < 1:
            return (self._epoch + _since(number)).time()
        # Excel counts a 29 February 1900 that there never was.
        moment = self._epoch + _since(number + (1 if number < 60 and self._epoch.year == 1899 else 0))
        return date(moment.year, moment.month, moment.day) if number == int(number) else moment

    def rows(self) -> list[list[Raw]]:
        """The cells laid out. Raises InputRefused where too much lies between them."""
        height = max(self._cells, default=-1) + 1
        widest = max((column for row in self._cells.values() for column in row), default=-1) + 1
        if height * widest > MOST_CELLS:
            raise InputRefused("sheet-too-large", detail=f"{height} × {widest}")
        laid: list[list[Raw]] = []
        for at in range(height):
            row = self._cells.get(at, {})
            laid.append([row.get(column, "") for column in range(max(row, default=-1) + 1)])
        return laid


def _since(days: float) -> timedelta:
    return timedelta(milliseconds=round(days * 86_400_000))


def _plain(text: str) -> str:
    """The text without the escapes that a cell's XML has for what XML itself cannot hold."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def _local(tag: str) -> str:
    return tag.rpartition(":")[2]


def _is_date(code: str | None, number: str) -> bool:
    if code is None:
        return number.isdecimal() and int(number) in _DATES
    return (
        re.search(r"[ymdhs年月日]", _NO_DATE.sub("", code.partition(";")[0]).lower().replace("general", "")) is not None
    )


def _refuse(*_: object) -> None:
    raise InputRefused("sheet-unsafe", detail="DTD")


def sheets(path: str, wanted: Collection[str] | None = None) -> Iterator[Found | str]:
    """The sheets of a package, only the ``wanted`` ones if any are; of one that cannot be read only the name.

    Raises BadZipFile, KeyError, IndexError and ExpatError for what is no such package.
    """
    package = Package(path)
    try:
        for name, visible, part in package.sheets:
            if wanted is None or name in wanted:
                try:
                    yield package.sheet(name, visible, part)
                except (expat.ExpatError, zipfile.BadZipFile, KeyError, ValueError, EOFError):
                    yield name
    finally:
        package.close()

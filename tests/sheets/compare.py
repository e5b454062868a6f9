"""``python -m tests.sheets.compare FOLDER``: how many rows of each workbook we see, and how many another reader sees.

The others are openpyxl (xlsx), xlrd (xls), pyxlsb (xlsb), the standard library (csv and, by its XML, ods): none of them
shares code with the reader that the program uses. A row counts where a cell of it holds more than blanks. The exit code
is 1 where both read a file, the counts differ, and :data:`EXPLAINED` does not say why.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from app.errors import InputRefused
from app.sheets.reading import read
from app.workflows.importing import FOLDER_LIMITS

Counts = dict[str, int]
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_ANNOTATION = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}annotation"
_ESCAPED = re.compile("_x(00[01][0-9A-Fa-f])_")
_MOST_REPEATED = 100_000
THEIR_SECONDS = 5

#: Why the counts of a file differ, by its name: looked into one by one.
EXPLAINED: dict[str, str] = {
    "poi_sample-beta.xlsx": "its cells are in the namespace of a trial version of 2006, which openpyxl does not know",
    "php_CSV_sep.csv": "the line sep=; says how the columns are parted and is no row of the table",
    "poi_WrongFormulaRecordType.xls": "row 4 holds a record that our reader passes over: told by sheet-rows-unread",
}


def ours(path: Path) -> tuple[str, Counts, list[str]]:
    """What sort of file it is, rows by sheet, and the codes of what was said of the workbook. Raises InputRefused."""
    found = read(path, limits=FOLDER_LIMITS)
    return found.format, {one.name: one.filled for one in found.sheets if one.filled}, [code for code, _ in found.notes]


def _filled(rows: Iterable[Iterable[object]]) -> int:
    return sum(any(cell is not None and str(cell).strip() for cell in row) for row in rows)


def _xlsx(path: Path) -> Counts:
    from openpyxl import load_workbook

    with path.open("rb") as stream:
        book = load_workbook(stream, data_only=True, read_only=True)
        if not book.worksheets:
            raise ValueError("openpyxl sees no sheet in it, as in strict OOXML")
        for one in book.worksheets:
            one.reset_dimensions()
        rows = {one.title: one.iter_rows(values_only=True) for one in book.worksheets}
        return {title: _filled(map(_written, row) for row in found) for title, found in rows.items()}


def _written(value: object) -> object:
    """What a cell holds: openpyxl leaves control characters in the escapes of the file."""
    return _ESCAPED.sub(lambda one: chr(int(one[1], 16)), value) if isinstance(value, str) else value


def _xls(path: Path) -> Counts:
    xlrd: Any = import_module("xlrd")  # neither has types
    with xlrd.open_workbook(str(path), logfile=io.StringIO()) as book:
        return {one.name: _filled(one.row_values(row) for row in range(one.nrows)) for one in book.sheets()}


def _xlsb(path: Path) -> Counts:
    with import_module("pyxlsb").open_workbook(str(path)) as book:
        return {name: _filled([cell.v for cell in row] for row in book.get_sheet(name).rows()) for name in book.sheets}


def _ods(path: Path) -> Counts:
    with zipfile.ZipFile(path) as package:
        root = ET.fromstring(package.read("content.xml"))  # noqa: S314 - a file of the tests' own
    return {
        one.get(f"{_TABLE}name", ""): sum(_row_of_ods(row) for row in one.iter(f"{_TABLE}table-row"))
        for one in root.iter(f"{_TABLE}table")
    }


def _row_of_ods(row: ET.Element) -> int:
    cells = (one for one in row if one.tag in {f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"})
    filled = any("".join(_spoken(cell)).strip() for cell in cells)
    return min(int(row.get(f"{_TABLE}number-rows-repeated", "1")), _MOST_REPEATED) if filled else 0


def _spoken(cell: ET.Element) -> Iterator[str]:
    """The text of a cell without the comments on it."""
    return (text for one in cell if one.tag != _ANNOTATION for text in one.itertext())


def _csv(path: Path) -> Counts:
    content = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        separator = max(",\t;|", key=text.count)
        return {path.stem: _filled(csv.reader(io.StringIO(text, newline=""), delimiter=separator))}
    raise ValueError("neither UTF-8 nor GB18030")


THEIRS: dict[str, tuple[str, Callable[[Path], Counts]]] = {
    "xlsx": ("openpyxl", _xlsx),
    "xls": ("xlrd", _xls),
    "xlsb": ("pyxlsb", _xlsb),
    "ods": ("xml.etree", _ods),
    "csv": ("csv", _csv),
}


def compared(path: Path) -> dict[str, object]:
    """One file: ours, theirs, whether they agree, and why not where that is known."""
    line: dict[str, object] = {"file": path.name}
    try:
        kind, rows, notes = ours(path)
    except InputRefused as refused:
        return {**line, "refused": refused.code, **_agreed(None, None, path)}
    line |= {"format": kind, "ours": sum(rows.values()), "notes": notes}
    if kind not in THEIRS:
        return {**line, "by": None, "agree": None}
    name = THEIRS[kind][0]
    counted = _apart(kind, path)
    if isinstance(counted, str):
        return {**line, "by": name, "theirs": counted, "agree": None}
    theirs = {sheet: number for sheet, number in counted.items() if number}
    return {**line, "by": name, "theirs": sum(theirs.values()), **_agreed(rows, theirs, path)}


def _apart(kind: str, path: Path) -> Counts | str:
    """What the other reader counts, in a process of its own; what it said last where it falls or takes too long."""
    command = [sys.executable, "-W", "ignore", "-m", "tests.sheets.compare", "--theirs", kind, str(path)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=THEIR_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return f"not within {THEIR_SECONDS} s"
    if done.returncode != 0:
        return (done.stderr.strip().splitlines() or ["ended"])[-1][:100]
    counts: Counts = json.loads(done.stdout)
    return counts


def _agreed(rows: Counts | None, theirs: Counts | None, path: Path) -> dict[str, object]:
    if rows is None or theirs is None or sorted(rows.values()) == sorted(theirs.values()):
        return {"agree": None if rows is None else True}
    return {"agree": False, "why": EXPLAINED.get(path.name, "")}


def main(arguments: Sequence[str]) -> int:
    """One JSON object a file, then one of the totals."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--theirs", choices=tuple(THEIRS), help="count one file by the other reader alone")
    options = parser.parse_args(arguments)
    folder: Path = options.folder
    if options.theirs:
        sys.stdout.write(json.dumps(THEIRS[options.theirs][1](folder)))
        return 0
    lines = [compared(path) for path in sorted(folder.rglob("*")) if path.is_file()]
    for line in lines:
        sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
    unexplained = [line["file"] for line in lines if line.get("agree") is False and not line["why"]]
    totals = {
        "files": len(lines),
        "refused": sum("refused" in line for line in lines),
        "agree": sum(line.get("agree") is True for line in lines),
        "differ": sum(line.get("agree") is False for line in lines),
        "unexplained": unexplained,
    }
    sys.stdout.write(json.dumps(totals, ensure_ascii=False) + "\n")
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

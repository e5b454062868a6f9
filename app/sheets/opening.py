"""A workbook opened by calamine, put right where that is all that keeps it from being read. Runs in the reader."""

from __future__ import annotations

import io
import os

from app.errors import InputRefused
from app.sheets.content import Kind, content_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO

    from python_calamine import CalamineWorkbook

#: What is to be said of a workbook: the code of a finding, and its facts.
Note = tuple[str, dict[str, str]]
MOST_NAMED = 10


def opened(path: str, kind: Kind) -> tuple[CalamineWorkbook, list[Note]]:
    """The workbook, put right where that is all that keeps it from being read, and what is to be said of that.

    Raises InputRefused.
    """
    from python_calamine import CalamineWorkbook, PasswordError

    try:
        if kind is Kind.XLSX and (near := _trimmed(path)) is not None:
            return CalamineWorkbook.from_filelike(near[0]), near[1]
        if kind is Kind.XLS and (left := trimmed_97(path)) is not None:
            workbook = CalamineWorkbook.from_filelike(io.BytesIO(left[0]))
            return workbook, [_far_cells(workbook.sheet_names[at], cells) for at, cells in left[1]]
        return CalamineWorkbook.from_path(path), []
    except PasswordError as locked:
        raise InputRefused("sheet-encrypted", file=os.path.basename(path)) from locked
    except BaseException as broken:
        if not is_fault(broken):
            raise
        if kind in {Kind.ODS, Kind.XLSB} and (better := _mended(path, kind)) is not None:
            return better, []
        if kind is Kind.XLS and _is_cut_off(path):
            raise InputRefused("sheet-truncated", file=os.path.basename(path)) from broken
        raise InputRefused("sheet-unreadable", detail=kind.value) from broken


def is_fault(fault: BaseException) -> bool:
    """Whether calamine says that it cannot read something, or has given up in a panic."""
    from python_calamine import CalamineError, ZipError

    # The panic's class is one that nobody can name in an except.
    faults = (CalamineError, ZipError, ValueError, KeyError, OSError)
    return isinstance(fault, faults) or type(fault).__name__ == "PanicException"


def _is_cut_off(path: str) -> bool:
    from app.sheets import biff

    return biff.is_cut_off(content_of(path))


def _mended(path: str, kind: Kind) -> CalamineWorkbook | None:
    import struct
    from zipfile import BadZipFile

    from python_calamine import CalamineWorkbook

    from app.sheets import biff12, mending

    try:
        better = mending.mended(path) if kind is Kind.ODS else biff12.mended(path)
        return None if better is None else CalamineWorkbook.from_filelike(better)
    except BaseException as broken:
        if not is_fault(broken) and not isinstance(broken, (BadZipFile, RuntimeError, EOFError, struct.error)):
            raise
        return None  # what is wrong with it is more than that: refused as what it was


def _trimmed(path: str) -> tuple[IO[bytes], list[Note]] | None:
    """The workbook without cells that are too far away to be laid out, and what is to be said of them."""
    from xml.parsers.expat import ExpatError
    from zipfile import BadZipFile

    from app.sheets import trimming

    try:
        found = trimming.trimmed(path)
    except (BadZipFile, OSError, ValueError, KeyError, EOFError, ExpatError):
        return None  # calamine reads more crooked packages than we do
    if found is None:
        return None
    return found[0], [_far_cells(name, cells) for name, cells in found[1]]


def trimmed_97(path: str) -> tuple[bytes, list[tuple[int, list[str]]]] | None:
    """The same of an Excel 97 workbook: its bytes, and the cells left out by the sheet's place."""
    from app.sheets import trimming97

    return trimming97.trimmed(content_of(path))


def _far_cells(name: str, cells: list[str]) -> Note:
    return "sheet-far-cells", {"name": name, "count": str(len(cells)), "cells": "、".join(cells[:MOST_NAMED])}

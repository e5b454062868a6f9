"""Workbooks such as HR sends, made on the spot."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from app.rules.fields import Raw

HEADER = ("序号", "姓名", "身份证号", "首次参加工作时间", "入职日期", "增员原因", "月工资")
Rows = Sequence[Sequence[Raw]]


def xlsx(path: Path, rows: Rows, merge: str = "") -> Path:
    """An xlsx file with ``rows`` from the first row on."""
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "新员工"
    for row in rows:
        sheet.append(list(row))
    if merge:
        sheet.merge_cells(merge)
    book.save(path)
    return path


def text(path: Path, rows: Rows, encoding: str = "gb18030", delimiter: str = ",") -> Path:
    """A text file in some encoding."""
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter).writerows(rows)
    path.write_bytes(stream.getvalue().encode(encoding))
    return path

"""What a query found: kept, and exported so that a spreadsheet shows what is there and calculates nothing."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from app.bureau_api.client import Bureau, BureauFault, QueryColumn, QueryTable
from app.bureau_api.transport import Answer
from app.workflows import queries

COLUMNS = (
    QueryColumn("name", "姓名", "text"),
    QueryColumn("identity", "证件号码", "identity"),
    QueryColumn("total", "金额", "money"),
)


class Told:
    """A transport with one answer."""

    origin = "https://bureau.example"

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.asked: list[str] = []

    def send(self, method: str, path: str, body: bytes | None, headers: object) -> Answer:
        del body, headers
        self.asked.append(f"{method} {path}")
        return Answer(200, self.body)

    def close(self) -> None:
        """Nothing to close."""


def table(*rows: tuple[str, str, str]) -> QueryTable:
    """Rows of the three columns."""
    keyed = [dict(zip(("name", "identity", "total"), row, strict=True)) for row in rows]
    return QueryTable(COLUMNS, tuple(keyed), len(rows))


def cells(found: QueryTable) -> Sequence[Sequence[object]]:
    """What a spreadsheet reads, below the header."""
    sheet = load_workbook(io.BytesIO(queries.as_workbook(found))).active
    assert sheet is not None
    return [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]


def test_conditions_are_written_safely_and_empty_ones_left_out() -> None:
    told = Told(b'{"columns": [], "rows": [], "total": 0}')
    Bureau(told).query("roster", {"name": "张&示例=", "identity": ""})
    assert told.asked == ["GET /v1/queries/roster?name=%E5%BC%A0%26%E7%A4%BA%E4%BE%8B%3D"]


@pytest.mark.parametrize("body", [b"{}", b'{"columns": [{"key": 1}], "rows": [], "total": 0}', b'{"columns": 3}'])
def test_an_answer_of_the_wrong_form_is_the_bureaus_fault(body: bytes) -> None:
    with pytest.raises(BureauFault):
        Bureau(Told(body)).query("roster", {})


def test_a_table_comes_back_as_it_went() -> None:
    found = table(("张示例", "420501199003070011", "1.50"))
    assert QueryTable.from_wire(found.to_wire()) == found


def test_amounts_are_numbers_and_long_numbers_are_text() -> None:
    found = table(("张示例", "420501199003070011", "1234.50"), ("=1+1", "", "-5.00"), ("", "", "未核定"))
    workbook = cells(found)
    assert workbook[0] == ["张示例", "420501199003070011", 1234.5]
    assert workbook[1][0] == "=1+1"
    assert workbook[2][2] == "未核定"
    rows = list(csv.reader(io.StringIO(queries.as_csv(found).decode("utf-8-sig"))))
    assert rows[1:] == [["张示例", "\t420501199003070011", "1234.50"], ["'=1+1", "", "-5.00"], ["", "", "未核定"]]


texts = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20)


@given(texts, texts, st.one_of(texts, st.decimals(-(10**6), 10**6, places=2).map(str)))
def test_no_cell_is_ever_a_formula(name: str, identity: str, total: str) -> None:
    found = table((name, identity, total))
    book = load_workbook(io.BytesIO(queries.as_workbook(found)))
    sheet = book.active
    assert sheet is not None
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    (_, row) = csv.reader(io.StringIO(queries.as_csv(found).decode("utf-8-sig")))
    for text in row:
        assert not text.startswith(("=", "+", "-", "@")) or Decimal(text).is_finite()

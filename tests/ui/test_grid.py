"""The grid has the keys of a spreadsheet, every change can be taken back, and its size does not matter."""

from __future__ import annotations

import time
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QItemSelection, QItemSelectionModel, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QUndoStack
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLineEdit
from pytestqt.qtbot import QtBot

from app.rules.ground import Ground
from app.workflows.batch import Line, Table
from app.workflows.desk import Desk
from tests.support.ground import newcomer_rows
from ui.application import application
from ui.forms.texts import Texts
from ui.importing.grid import Grid
from ui.importing.model import BatchModel, Cell, Index
from ui.theme import Theme

MANY = 100_000
DESK = Desk(Path("unused"))


class Counting(BatchModel):
    """Counts what the view asks for."""

    def __init__(self, *arguments: Any) -> None:  # noqa: ANN401
        super().__init__(*arguments)
        self.asked: Counter[str] = Counter()

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401
        self.asked["data"] += 1
        return super().data(index, role)

    def cell(self, row: int, column: int) -> Cell:
        self.asked["cell"] += 1
        return super().cell(row, column)


def texts() -> Texts:
    region = DESK.region("yichang")
    return Texts(region, region.items["enrol"])


def table_of(count: int) -> Table:
    table = Table(DESK.checker("yichang", "enrol"), Ground(date(2022, 8, 8)))
    table.insert([(at, table.new_line(dict(row), row=at + 2)) for at, row in enumerate(newcomer_rows(count))])
    return table


class Bench:
    """A grid over some people."""

    def __init__(self, qtbot: QtBot, table: Table) -> None:
        self.undo = QUndoStack()
        self.model = Counting(table, texts())
        self.grid = Grid(Theme(application(), "light", 100), self.undo)
        qtbot.addWidget(self.grid)
        self.grid.resize(1100, 500)
        self.grid.show_batch(self.model)
        self.grid.show()
        qtbot.waitExposed(self.grid)

    def at(self, row: int, key: str) -> None:
        """Go to a cell."""
        self.grid.setCurrentIndex(self.model.index(row, self.model.column_of(key)))

    def choose(self, top: int, first: str, bottom: int, last: str) -> None:
        """Choose a block."""
        self.at(top, first)
        corners = (
            self.model.index(top, self.model.column_of(first)),
            self.model.index(bottom, self.model.column_of(last)),
        )
        flags = QItemSelectionModel.SelectionFlag.ClearAndSelect
        self.grid.selectionModel().select(QItemSelection(*corners), flags)

    def values(self, key: str) -> list[str]:
        """A column."""
        return [line.values[key] for line in self.model.table.lines]

    def key(self, key: Qt.Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Press a key on the grid."""
        QTest.keyClick(self.grid, key, held)


@pytest.fixture
def bench(qtbot: QtBot) -> Bench:
    return Bench(qtbot, table_of(4))


CTRL = Qt.KeyboardModifier.ControlModifier


def test_typing_edits_the_cell_and_it_can_be_taken_back_and_done_again(bench: Bench) -> None:
    bench.at(1, "wage")
    bench.key(Qt.Key.Key_F2)
    editor = bench.grid.findChild(QLineEdit)
    assert editor is not None
    QTest.keyClicks(editor, "1000")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    assert bench.values("wage")[1] == "1000.00"
    assert bench.model.cell(1, bench.model.column_of("wage")) == Cell("1,000.00", "error", right=True)

    bench.undo.undo()
    assert bench.values("wage")[1] == "6000.00"
    assert bench.model.cell(1, bench.model.column_of("wage")).tone == ""
    bench.undo.redo()
    assert bench.values("wage")[1] == "1000.00"


def test_a_code_is_chosen_by_its_name(bench: Bench) -> None:
    bench.at(0, "reason")
    bench.key(Qt.Key.Key_F2)
    box = bench.grid.findChild(QComboBox)
    assert box is not None
    assert [box.itemText(at) for at in range(box.count())] == [
        name for _, name in texts().choices(texts().item.field("reason"))
    ]
    box.setCurrentText("在职人员续保")
    box.activated.emit(box.currentIndex())

    assert bench.values("reason")[0] == "121"


def test_what_was_copied_in_excel_is_pasted_and_rows_that_are_missing_are_added(bench: Bench) -> None:
    QGuiApplication.clipboard().setText("甲示例\t男\n乙示例\t\n丙示例\t女\n")
    bench.at(2, "name")
    bench.key(Qt.Key.Key_V, CTRL)
    assert bench.values("name") == ["新示例", "新示例", "甲示例", "乙示例", "丙示例"]
    assert bench.model.table.lines[4].row is None

    bench.undo.undo()
    assert bench.values("name") == ["新示例"] * 4


def test_columns_that_are_copied_with_their_header_find_their_places(bench: Bench) -> None:
    QGuiApplication.clipboard().setText("序号\t月工资\t姓名\n1\t7000\t甲示例\n2\t8000\t乙示例\n")
    bench.at(1, "identity")
    bench.key(Qt.Key.Key_V, CTRL)

    assert bench.values("name") == ["新示例", "甲示例", "乙示例", "新示例"]
    assert bench.values("wage") == ["6000.00", "7000.00", "8000.00", "6000.00"]
    bench.undo.undo()
    assert bench.values("wage") == ["6000.00"] * 4


def test_five_thousand_rows_go_to_excel_and_back_and_are_filled_down(qtbot: QtBot) -> None:
    people = table_of(1)
    (first,) = people.lines
    people.remove([first])
    count = 5000
    people.insert([(at, people.new_line({**first.values, "identity": ""}, row=at + 2)) for at in range(count)])
    bench = Bench(qtbot, people)
    bench.choose(0, "name", count - 1, "wage")
    bench.key(Qt.Key.Key_C, CTRL)
    copied = QGuiApplication.clipboard().text()
    assert len(copied.splitlines()) == count

    QGuiApplication.clipboard().setText(copied.replace("6000.00", "7000"))
    bench.at(0, "name")
    bench.key(Qt.Key.Key_V, CTRL)
    assert bench.values("wage") == ["7000.00"] * count
    bench.undo.undo()
    assert bench.values("wage") == ["6000.00"] * count

    bench.model.wanted.emit(bench.model.shown[0], {"wage": "9000"})
    bench.choose(0, "wage", count - 1, "wage")
    bench.key(Qt.Key.Key_D, CTRL)
    assert bench.values("wage") == ["9000.00"] * count
    bench.undo.undo()
    assert bench.values("wage") == ["9000.00", *["6000.00"] * (count - 1)]


def test_a_block_is_copied_for_excel_with_nothing_hidden(bench: Bench) -> None:
    bench.choose(0, "identity", 1, "name")
    bench.key(Qt.Key.Key_C, CTRL)
    numbers = bench.values("identity")

    assert QGuiApplication.clipboard().text() == f"{numbers[0]}\t新示例\n{numbers[1]}\t新示例\n"
    assert "****" in bench.model.cell(0, 1).text


def test_fill_down_takes_the_uppermost_cell(bench: Bench) -> None:
    bench.at(0, "wage")
    bench.model.wanted.emit(bench.model.shown[0], {"wage": "7000"})
    bench.choose(0, "wage", 3, "wage")
    bench.key(Qt.Key.Key_D, CTRL)
    assert bench.values("wage") == ["7000.00"] * 4
    bench.undo.undo()

    assert bench.values("wage") == ["7000.00", *["6000.00"] * 3]


def test_cells_are_emptied_and_rows_deleted_by_keys(bench: Bench) -> None:
    bench.choose(0, "name", 1, "name")
    bench.key(Qt.Key.Key_Delete)
    assert bench.values("name") == ["", "", "新示例", "新示例"]
    assert [one.code for one in bench.model.table.lines[0].findings] == ["required"]
    gone = bench.model.table.lines[1]
    bench.choose(1, "name", 1, "name")
    bench.key(Qt.Key.Key_Delete, CTRL)
    assert gone not in bench.model.table.lines
    bench.undo.undo()

    assert bench.model.table.lines[1] is gone


def test_only_rows_with_something_wrong_are_shown_and_what_is_mended_stays_in_sight(bench: Bench) -> None:
    wrong = bench.model.shown[2]
    bench.model.wanted.emit(wrong, {"wage": "1000"})
    bench.model.filter(lambda line: bool(line.findings))
    assert bench.model.shown == [wrong]
    bench.model.wanted.emit(wrong, {"wage": "6000"})

    assert bench.model.shown == [wrong]


def test_sentences_and_remedies_are_in_the_tool_tip(bench: Bench) -> None:
    bench.model.wanted.emit(bench.model.shown[0], {"identity": "5.30102E+17"})
    place = bench.model.place_of(bench.model.shown[0], "identity")

    assert str(bench.model.data(place, Qt.ItemDataRole.ToolTipRole)).startswith("身份证号被 Excel 变成了数字")
    assert bench.model.cell(0, 1).text == "5.30102E+17"


def test_a_hundred_thousand_rows_cost_what_is_seen_of_them(qtbot: QtBot) -> None:
    one = table_of(1)
    sound = one.lines[0]
    one.remove([sound])
    one.lines = [Line(dict(sound.values), row=at) for at in range(MANY)]
    bench = Bench(qtbot, one)
    seen = 20 * bench.model.columnCount()
    bench.model.asked.clear()
    bench.grid.verticalScrollBar().setValue(MANY // 2)
    bench.grid.viewport().grab()
    assert 0 < bench.model.asked["cell"] <= 2 * seen
    assert bench.model.asked["data"] == 0

    bench.model.asked.clear()
    bench.model.sort(bench.model.column_of("name"), Qt.SortOrder.DescendingOrder)
    bench.model.filter(lambda line: line.row is not None and line.row % 2 == 0)
    bench.grid.viewport().grab()
    assert len(bench.model.shown) == MANY // 2
    assert bench.model.asked["cell"] <= 3 * seen

    bench.model.asked.clear()
    bench.model.wanted.emit(bench.model.shown[0], {"name": "改示例"})
    bench.grid.viewport().grab()
    assert bench.model.asked["cell"] + bench.model.asked["data"] <= 3 * seen


@pytest.mark.parametrize("order", Qt.SortOrder)
def test_rows_are_sorted_by_a_column_those_that_are_alike_as_they_stood(qtbot: QtBot, order: Qt.SortOrder) -> None:
    table = table_of(1)
    names = [f"{number * 7919 % 613}" if number % 3 else "张示例" for number in range(5000)]
    table.lines = [Line({"name": name}, row=at) for at, name in enumerate(names)]
    model = Bench(qtbot, table).model
    model.sort(model.column_of("name"), order)

    back = order is Qt.SortOrder.DescendingOrder
    assert model.shown == sorted(table.lines, key=lambda line: line.values["name"], reverse=back)


@pytest.mark.parametrize("how", ["sort", "filter"])
def test_a_row_that_comes_while_rows_are_gone_through_is_shown_too(qtbot: QtBot, how: str) -> None:
    table = table_of(1)
    late = table.new_line({"name": "晚示例"})
    table.lines = [Line({"name": f"{at:06}"}, row=at) for at in range(40_000)]
    model = Bench(qtbot, table).model
    QTimer.singleShot(0, lambda: model.put([(0, late)]))
    if how == "sort":
        model.sort(model.column_of("name"))
    else:

        def fits(line: Line) -> bool:
            if line.row == 0:
                time.sleep(0.01)  # so long that the event loop is let in after this slice
            return True

        model.filter(fits)

    assert late in table
    assert late in model.shown

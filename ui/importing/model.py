"""The table of :class:`app.workflows.batch.Table` as a Qt model: a plain list, sorted and filtered in Python.

A frame of a hundred thousand rows asks a model three thousand times, nearly always for roles nobody uses: the delegate
paints from :meth:`BatchModel.cell` and :meth:`BatchModel.data` answers only what is really used.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal

from app.regions.pack import FieldType
from app.wording import sentence
from app.workflows.batch import AT_ONCE
from ui.pace import Breath

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from app.domain.findings import Finding
    from app.regions.pack import Field
    from app.rules.fields import Raw
    from app.workflows.batch import Line, Table
    from ui.forms.texts import Texts

Index = QModelIndex | QPersistentModelIndex
NUMBER = 0  # the first column: where the row stands in the file
DRAFT = "草稿"
SORTED_AT_ONCE = 1024
PARTS = 256
_TOP = QModelIndex()
# Put together once: of a chosen block a view asks for the flags of every cell.
_FIXED = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
_EDITABLE = _FIXED | Qt.ItemFlag.ItemIsEditable


@dataclass(frozen=True, slots=True)
class Cell:
    """What is painted in a cell. ``tone`` is "", "error" or "warning"."""

    text: str
    tone: str
    right: bool = False
    faint: bool = False


class BatchModel(QAbstractTableModel):
    """``edited`` carries lines whose values changed, ``removed`` those taken out; ``recounted`` comes after either."""

    # Objects, not lists: Qt would make a list of its own of a hundred thousand lines, at each signal anew.
    edited = Signal(object)
    removed = Signal(object)
    recounted = Signal()
    #: A cell was typed into: line and field values, to be put on the undo stack.
    wanted = Signal(object, dict)

    def __init__(self, table: Table, texts: Texts) -> None:
        super().__init__()
        self.table = table
        self.texts = texts
        self.fields: tuple[Field, ...] = texts.item.fields
        self.whole_identities = False
        self.shown: list[Line] = list(table.lines)
        self._slots = frozenset(slot.key for slot in texts.item.attachments)
        self._keys = {field.key: column for column, field in enumerate(self.fields, start=1)}

    # --- what the view asks ---

    def rowCount(self, parent: Index = _TOP) -> int:
        return 0 if parent.isValid() else len(self.shown)

    def columnCount(self, parent: Index = _TOP) -> int:
        return 0 if parent.isValid() else len(self.fields) + 1

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401 - Qt's own signature
        if role == Qt.ItemDataRole.DisplayRole:
            return self.cell(index.row(), index.column()).text
        if role == Qt.ItemDataRole.EditRole:
            return self.whole_text(index.row(), index.column())
        if role == Qt.ItemDataRole.ToolTipRole:
            return words_of(self.findings(index.row(), index.column()))
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            if section == NUMBER:
                return "行"
            field = self.fields[section - 1]
            unit = "（元）" if field.type is FieldType.MONEY else ""
            return f"{field.name}{unit}{' *' if field.required else ''}"
        if role == Qt.ItemDataRole.ToolTipRole and section != NUMBER:
            return self.fields[section - 1].hint or None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            right = section != NUMBER and self.fields[section - 1].type is FieldType.MONEY
            side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        return _FIXED if index.column() == NUMBER else _EDITABLE

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:  # noqa: ANN401
        if role != Qt.ItemDataRole.EditRole or index.column() == NUMBER:
            return False
        if str(value) != self.whole_text(index.row(), index.column()):
            self.wanted.emit(self.shown[index.row()], {self.fields[index.column() - 1].key: value})
        return True

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        back = order is Qt.SortOrder.DescendingOrder
        if column == NUMBER:
            there = set(self.shown)
            ranked = [line for line in self.table.lines if line in there]
            if back:
                ranked.reverse()
        else:
            shown = ranked = []
            while shown is not self.shown:
                # What a job delivers meanwhile may bring lines or take them away: then once more.
                shown = self.shown
                ranked = _sorted(shown, self.fields[column - 1].key, back=back)
        self.layoutAboutToBeChanged.emit()
        self.shown = ranked
        self.layoutChanged.emit()

    # --- what the delegate and the page ask ---

    def cell(self, row: int, column: int) -> Cell:
        """What is painted at a place."""
        line = self.shown[row]
        if column == NUMBER:
            tone = tone_of(self.of_row(line))
            return Cell(DRAFT if line.row is None else str(line.row), tone, faint=True)
        field = self.fields[column - 1]
        tone = tone_of(self.findings(row, column)) if line.own or line.across or line.said else ""
        whole = self.whole_identities or bool(tone)
        text = self.texts.text(field, line.values.get(field.key, ""), whole=whole)
        return Cell(text, tone, right=field.type is FieldType.MONEY)

    def findings(self, row: int, column: int) -> list[Finding]:
        """What is wrong at a place; at the row's number what is wrong with the row as a whole."""
        line = self.shown[row]
        if column == NUMBER:
            return [one for one in line.findings if one.where.field not in self._keys]
        key = self.fields[column - 1].key
        return [one for one in line.findings if one.where.field == key]

    def of_row(self, line: Line) -> list[Finding]:
        """What is wrong with a row itself: a file that is missing is said once for all, under the table."""
        if not (line.own or line.across or line.said):
            return []
        return [one for one in line.findings if one.where.field not in self._slots]

    def whole_text(self, row: int, column: int) -> str:
        """The text for copying and editing: nothing hidden, amounts without commas."""
        if column == NUMBER:
            return self.cell(row, column).text
        field = self.fields[column - 1]
        value = self.shown[row].values.get(field.key, "")
        return value if field.type is FieldType.MONEY else self.texts.text(field, value)

    def column_of(self, key: str | None) -> int:
        """The column of a field; the row's number for what belongs to no column."""
        return self._keys.get(key or "", NUMBER)

    def place_of(self, line: Line, key: str | None) -> QModelIndex:
        """The index of a line's field; invalid where the filter hides it."""
        try:
            return self.index(self.shown.index(line), self.column_of(key))
        except ValueError:
            return QModelIndex()

    # --- changes; undo commands call these ---

    def write(self, changes: Sequence[tuple[Line, Mapping[str, Raw]]]) -> None:
        """What was typed, into the table."""
        self.table.write(changes, Breath())
        self._changed([line for line, _ in changes])

    def restore(self, changes: Sequence[tuple[Line, Mapping[str, str]]]) -> None:
        """Canonical values back into the table."""
        self.table.restore(changes, Breath())
        self._changed([line for line, _ in changes])

    def insert(self, places: Sequence[tuple[int, Line]]) -> None:
        """Lines into the table."""
        self.put(places)
        self.edited.emit([line for _, line in places])
        self.recounted.emit()

    def put(self, places: Sequence[tuple[int, Line]]) -> None:
        """Lines into the table that are kept already."""
        hidden = len(self.shown) < len(self.table.lines)
        self.table.insert(places, Breath())
        there = {*self.shown, *(line for _, line in places)} if hidden else ()
        self._show([line for line in self.table.lines if line in there] if hidden else list(self.table.lines))

    def remove(self, lines: Sequence[Line]) -> list[tuple[int, Line]]:
        """Lines out of the table; their places."""
        gone = set(lines)
        # First out of sight: a line that is not in the table any more is not painted.
        self._show([line for line in self.shown if line not in gone])
        places = self.table.remove(lines, Breath())
        self.removed.emit([line for _, line in places])
        self.recounted.emit()
        return places

    def filter(self, fits: Callable[[Line], bool] | None) -> None:
        """Show only the lines that fit; None shows all. What is mended later stays in sight until filtered anew."""
        if fits is None:
            self._show(list(self.table.lines))
            return
        breath = Breath()
        lines: Sequence[Line] | None = None
        found: list[Line] = []
        while lines is not self.table.lines:
            # The table takes another list where lines come or go, as a job may deliver them meanwhile: then once more.
            lines, found = self.table.lines, []
            for start in range(0, len(lines), AT_ONCE):
                found += filter(fits, lines[start : start + AT_ONCE])
                breath()
        self._show(found)

    def repaint_all(self) -> None:
        """The table was checked anew, or is to be written in another way."""
        self.dataChanged.emit(self.index(0, 0), self.index(len(self.shown) - 1, len(self.fields)))
        self.recounted.emit()

    def _changed(self, lines: list[Line]) -> None:
        self.edited.emit(lines)
        self.repaint_all()

    def _show(self, lines: list[Line]) -> None:
        self.beginResetModel()
        self.shown = lines
        self.endResetModel()


def _sorted(lines: Sequence[Line], key: str, *, back: bool) -> list[Line]:
    """Lines by a field, those that are alike in the order they had.

    All at once would hold the window up for as long as it takes: a sample of the values parts the lines first, and each
    part is sorted by itself.
    """
    breath = Breath()
    values: list[str] = []
    for start in range(0, len(lines), SORTED_AT_ONCE):
        values += [line.values.get(key, "") for line in lines[start : start + SORTED_AT_ONCE]]
        breath()
    marks = sorted(set(values[:: max(1, len(values) // PARTS)]))
    parts: list[list[tuple[str, int]]] = [[] for _ in range(len(marks) + 1)]
    for start in range(0, len(values), SORTED_AT_ONCE):
        for at, value in enumerate(values[start : start + SORTED_AT_ONCE], start):
            parts[bisect_right(marks, value)].append((value, at))
        breath()
    ranked: list[Line] = []
    for part in reversed(parts) if back else parts:
        part.sort(key=itemgetter(0), reverse=back)
        ranked += [lines[at] for _, at in part]
        breath()
    return ranked


def tone_of(findings: Iterable[Finding]) -> str:
    """The gravest of them."""
    tone = ""
    for finding in findings:
        if finding.stops:
            return "error"
        tone = "warning"
    return tone


def words_of(findings: Iterable[Finding]) -> str | None:
    """Sentences with their remedies, one a line; None where there is nothing to say."""
    said = [f"{words.message}。{words.remedy}" for words in map(sentence, findings)]
    return "\n".join(dict.fromkeys(said)) or None

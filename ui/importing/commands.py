"""Everything the clerk does to the table, as steps that can be taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QUndoCommand

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.rules.fields import Raw
    from app.workflows.batch import Line
    from ui.importing.model import BatchModel


class WriteCells(QUndoCommand):
    """Typed, pasted, filled down or mended: some fields of some lines."""

    def __init__(self, model: BatchModel, text: str, changes: Sequence[tuple[Line, Mapping[str, Raw]]]) -> None:
        super().__init__(text)
        self._model = model
        self._changes = changes
        # A line is given other values, never changed ones: those that it had stay as they were.
        self._before = [(line, line.values) for line, _ in changes]
        self._after: list[tuple[Line, dict[str, str]]] = []

    def redo(self) -> None:
        if self._after:
            self._model.restore(self._after)
            return
        self._model.write(self._changes)
        self._after = [(line, line.values) for line, _ in self._changes]

    def undo(self) -> None:
        self._model.restore(self._before)


class InsertLines(QUndoCommand):
    """New lines, at their places."""

    def __init__(self, model: BatchModel, text: str, places: Sequence[tuple[int, Line]]) -> None:
        super().__init__(text)
        self._model = model
        self._places = places

    def redo(self) -> None:
        self._model.insert(self._places)

    def undo(self) -> None:
        self._model.remove([line for _, line in self._places])


class RemoveLines(QUndoCommand):
    """Lines taken out; their drafts are voided, and made anew when this is taken back."""

    def __init__(self, model: BatchModel, text: str, lines: Sequence[Line]) -> None:
        super().__init__(text)
        self._model = model
        self._lines = lines
        self._places: Sequence[tuple[int, Line]] = ()

    def redo(self) -> None:
        self._places = self._model.remove(self._lines)

    def undo(self) -> None:
        self._model.insert(self._places)

"""What would be corrected, cell by cell, before anything is: the clerk reads it, leaves some out, and agrees."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from ui.dialogs import Dialog
from ui.parts.rows import Column
from ui.parts.table import Table
from ui.parts.text import DASH, label

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtWidgets import QWidget

    from app.workflows.batch import Correction
    from ui.forms.texts import Texts
    from ui.theme import Theme


class CorrectionsDialog(Dialog):
    """``then`` is called with the corrections agreed to: those selected, or all where none is."""

    def __init__(
        self,
        parent: QWidget,
        theme: Theme,
        texts: Texts,
        problem: str,
        found: Sequence[Correction],
        then: Callable[[Sequence[Correction]], None],
    ) -> None:
        super().__init__(parent, theme, "一键改正", 720)
        self._then = then
        self.body.addWidget(label(problem, "large", wraps=True))
        words = "只改认得准的，身份证号从不猜。选中几行只改这几行；改了可以撤销（Ctrl+Z）。"
        self.body.addWidget(label(words, "secondary", wraps=True))
        self.table: Table[Correction] = Table(theme, _columns(texts), "要改正的格子", several=True)
        self.table.setMinimumHeight(self.least_height(300))
        self.table.set_rows(found)
        self.body.addWidget(self.table, 1)
        self.add_button("返回", self.reject)
        self.confirm = self.add_button("", self._confirmed, primary=True)
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._count())
        self._count()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def chosen(self) -> Sequence[Correction]:
        """What would be written."""
        return self.table.selected or self.table.rows.shown

    def _count(self) -> None:
        self.confirm.setText(f"改正 {len(self.chosen)} 处")
        self.confirm.setEnabled(bool(self.chosen))

    def _confirmed(self) -> None:
        chosen = list(self.chosen)
        self.accept()
        self._then(chosen)


def _columns(texts: Texts) -> Sequence[Column[Correction]]:
    fields = {one.key: one for one in texts.item.fields}
    return (
        Column("表中行", lambda one: str(one.line.row or DASH), 70, right=True),
        Column("姓名", lambda one: one.line.values.get("name", ""), 90),
        Column("列", lambda one: fields[one.key].name, 130),
        Column(
            "现在是", lambda one: texts.text(fields[one.key], one.line.values.get(one.key, "")), 180, stretches=True
        ),
        Column("改成", lambda one: texts.text(fields[one.key], one.value), 180, stretches=True),
    )

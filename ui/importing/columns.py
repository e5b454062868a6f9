"""Which column is which: asked where a file lacks required columns, and remembered for the next file of the kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QFormLayout, QHBoxLayout, QScrollArea, QWidget

from app.sheets.layout import NONE_KNOWN
from ui.dialogs import Dialog
from ui.parts.text import label
from ui.theme import MEDIUM, SMALL

if TYPE_CHECKING:
    from app.regions.pack import Item
    from app.sheets.layout import Known
    from app.workflows.layouts import Head, Unclear
    from ui.theme import Theme

_READ_SO = "这张表的列是这样对应的，可以改。"
_INSTEAD = "改了就按新的对应重新导入，先前从这张表来的人换下来，可以撤销。点“返回”什么都不变。"


@dataclass(frozen=True)
class Again:
    """The file is in the table already: its sheet, what the clerk has said of layouts, and how to forget one."""

    sheet: str
    known: Known
    forget: Callable[[Head], None]


class ColumnsDialog(Dialog):
    """``then`` is called with the header and what the clerk said, or None to import it as it is.

    With ``again`` it shows how a file was read, to be changed or forgotten.
    """

    def __init__(
        self,
        parent: QWidget,
        theme: Theme,
        unclear: Unclear,
        item: Item,
        then: Callable[[Head | None, Mapping[str, int]], None],
        again: Again | None = None,
    ) -> None:
        super().__init__(parent, theme, "对应列", 640)
        self._unclear, self._item, self._then = unclear, item, then
        self._again = again
        self._known = again.known if again else NONE_KNOWN
        self.boxes: dict[str, QComboBox] = {}
        first = unclear.head(item, again.sheet if again else None, known=self._known)
        lost = "表里有的列没有认出来，请指一下哪一列是什么。"
        headless = "没有认出表头，请指一下表头在第几行、哪一列是什么。"
        title = _READ_SO if again else lost if first.found else headless
        self.body.addWidget(label(title, "large", wraps=True))
        words = "指一次就记住，下次同样的表不再问。打 * 的必须有。还没有导入，什么都没有改。"
        self.body.addWidget(label(_INSTEAD if again else words, "secondary", wraps=True))
        self.body.addLayout(self._place())
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setMinimumHeight(self.least_height(320))
        self.body.addWidget(self._area, 1)
        self._problem = label("", tone="error", wraps=True)
        self.body.addWidget(self._problem)
        self._back = self.add_button("返回", self.reject)
        self.forget = self.add_button("忘记这张表的对应关系", self._forgotten)
        self.add_button("缺列照样导入", self._as_it_is).setVisible(bool(first.found) and again is None)
        self.confirm = self.add_button("记住并重新导入" if again else "记住并导入", self._confirmed, primary=True)
        self._take(first)

    def _place(self) -> QHBoxLayout:
        self.sheet = QComboBox()
        self.sheet.setAccessibleName("工作表")
        self.sheet.addItems([one.name for one in self._unclear.workbook.sheets])
        self.sheet.currentTextChanged.connect(self._choose_sheet)
        self.header = QComboBox()
        self.header.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.header.setAccessibleName("表头所在的行")
        self.header.activated.connect(self._moved)
        row = QHBoxLayout()
        row.setSpacing(SMALL)
        row.addWidget(self.sheet)
        row.addWidget(label("表头"))
        row.addWidget(self.header, 1)
        if self.sheet.count() == 1:
            self.sheet.hide()
        return row

    def _choose_sheet(self, name: str) -> None:
        self._take(self._unclear.head(self._item, name, known=self._known))

    def _moved(self) -> None:
        at = self.header.currentData()
        self._take(self._unclear.head(self._item, self.sheet.currentText(), at, self._known))

    def _take(self, head: Head) -> None:
        """Show another header."""
        self._head = head
        self.header.clear()
        for at, said in self._unclear.first_rows(head.sheet):
            self.header.addItem(f"第 {at + 1} 行：{said}", at)
        self.header.setCurrentIndex(self.header.findData(head.header))
        form = QFormLayout()
        form.setSpacing(MEDIUM)
        self.boxes = {}
        fields = [one for one in self._item.fields if one.in_sheet]
        for field in sorted(fields, key=lambda one: not one.required):
            box = self.boxes[field.key] = self._box(head, head.found.get(field.key))
            box.setAccessibleName(field.name)
            form.addRow(f"{field.name} *" if field.required and not field.default else field.name, box)
        content = QWidget()
        content.setLayout(form)
        self._area.setWidget(content)
        self._chain()
        self.forget.setVisible(head.layout in self._known)
        self._judge()

    def _chain(self) -> None:
        """Tab goes down the list before it goes to the buttons, which were made first."""
        chain = [self.sheet, self.header, *self.boxes.values(), self._back]
        for one, after in pairwise(chain):
            self.setTabOrder(one, after)

    def _box(self, head: Head, chosen: int | None) -> QComboBox:
        box = QComboBox()
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumContentsLength(24)
        box.addItem("（没有这一列）", None)
        for column in head.columns:
            sample = f"（{'、'.join(column.samples)}）" if column.samples else ""
            box.addItem(f"{column.letters} 列 {column.title}{sample}", column.index)
        box.setCurrentIndex(max(0, box.findData(chosen)))
        box.currentIndexChanged.connect(self._judge)
        return box

    @property
    def told(self) -> dict[str, int]:
        """The column of each field that has one."""
        return {key: box.currentData() for key, box in self.boxes.items() if box.currentData() is not None}

    def _judge(self) -> None:
        """Say what stands in the way: the same column twice, or a required one missing."""
        told = list(self.told.values())
        twice = {one for one in told if told.count(one) > 1}
        names = [column.title for column in self._head.columns if column.index in twice]
        missing = [
            field.name
            for field in self._item.fields
            if field.in_sheet and field.required and not field.default and field.key not in self.told
        ]
        problem = f"“{'、'.join(names)}”用了两次。" if twice else ""
        same = self._head.same_title(told)
        if same:
            problem += f"不止一列叫“{'、'.join(dict.fromkeys(same))}”，分不清；请先在表里改成不同的名字。"
        later = "导入后要逐人补。" if self.told else "至少指出一列才能导入。"
        self._problem.setText(problem or (f"还缺 {'、'.join(missing)}，{later}" if missing else ""))
        self.confirm.setEnabled(not problem and bool(self.told))

    def _forgotten(self) -> None:
        if self._again is not None:
            self._again.forget(self._head)
            self._known = NONE_KNOWN
            self._take(self._unclear.head(self._item, self._head.sheet, self._head.header))

    def _as_it_is(self) -> None:
        self.accept()
        self._then(None, {})

    def _confirmed(self) -> None:
        self.accept()
        self._then(self._head, self.told)

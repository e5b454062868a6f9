"""A form made here, ready for the stamp: look at it, print it, keep it, or attach it as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.wording import sentence
from ui.dialogs import Dialog
from ui.documents.preview import Preview, print_pdf, save_pdf
from ui.parts.text import label

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from app.documents import Rendered
    from ui.context import Context


class PaperDialog(Dialog):
    """The pages of a form. ``attach`` is called with the PDF when the clerk attaches it as it is.

    Without it the form is for the counter: printed or kept, and nothing else.
    """

    def __init__(
        self,
        parent: QWidget,
        context: Context,
        name: str,
        paper: Rendered,
        attach: Callable[[bytes], None] | None = None,
    ) -> None:
        super().__init__(parent, context.theme, name, 760)
        self.resize(context.theme.px(820), min(parent.window().height() - 40, context.theme.px(680)))
        self._attach = attach
        self._paper = paper
        stamped = "打印后盖单位公章，扫描成 PDF 或 JPG，再附到申报里。"
        taken = "核对并补齐后打印，盖单位公章，带到窗口。"
        self.body.addWidget(label(stamped if attach else taken, "secondary", wraps=True))
        for finding in paper.findings:
            words = sentence(finding)
            self.body.addWidget(label(f"{words.message}。{words.remedy}", tone="warning", wraps=True))
        self.preview = Preview(context)
        self.preview.show_pdf(paper.pdf)
        self.body.addWidget(self.preview, 1)
        self.add_button("关闭", self.reject)
        if attach is not None:
            self.add_button("直接附上这张表", self._attached)
        self.add_button("保存 PDF", lambda: save_pdf(context, self, paper.pdf, f"{name}.pdf"))
        self.add_button("打印", lambda: print_pdf(context, self, paper.pdf, name), primary=True).setFocus()

    def _attached(self) -> None:
        self.accept()
        if self._attach is not None:
            self._attach(self._paper.pdf)

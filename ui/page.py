"""The base of every page: title and actions above, content in the middle, state and one next step below."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from ui.jobs import Lane
from ui.parts.buttons import Button
from ui.parts.eliding import Eliding
from ui.parts.flow import Flow
from ui.theme import LARGE, MEDIUM, SMALL, TINY, WIDE

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.domain.months import Month
    from app.domain.progress import Progress
    from app.errors import ShebaoError
    from ui.context import Context
    from ui.jobs import Job

ResultT = TypeVar("ResultT")


class Page(QWidget):
    """One page. Subclasses fill ``self.body`` in their ``__init__`` and load data in :meth:`refresh`.

    The shell calls :meth:`refresh` when the page is shown and when month, session or store changed while it is
    visible; a hidden page is refreshed when it is next shown.
    """

    #: What F1 shows, one paragraph a string.
    help: tuple[str, ...] = ()

    def __init__(self, context: Context, title: str, subtitle: str = "", *, scrolls: bool = True) -> None:
        super().__init__()
        self.context = context
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.stale = True
        self._primary_action: Callable[[], None] | None = None
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addLayout(self._head(title, subtitle))
        self.body = QVBoxLayout()
        self.body.setSpacing(LARGE)
        outer.addWidget(self._content(scrolls), 1)
        self._footer = self._foot()
        outer.addWidget(self._footer)
        self._footer.hide()

    # --- what the shell calls ---

    def refresh(self) -> None:
        """Load anew what the page shows, by jobs."""

    def on_news(self, news: object) -> None:
        """Something changed: sync brought a :class:`app.workflows.sync.News`, or None: only this computer's store."""
        del news
        self.refresh()

    def month_changed(self, month: Month) -> None:
        """The clerk looks at another month."""
        del month
        self.refresh()

    def can_leave(self) -> bool:
        """Whether the page may be left now; nothing typed may be lost by it."""
        return True

    def keep_typed(self) -> None:
        """Give to the store what was typed and is not there yet: the window is about to close."""

    def open_at(self, **where: object) -> None:
        """Navigated to with arguments, before :meth:`refresh`."""

    def primary(self) -> None:
        """Ctrl+Enter: do what the primary button does, if it can be pressed."""
        if self.primary_button.isVisible() and self.primary_button.isEnabled() and self._primary_action:
            self._primary_action()

    def new(self) -> None:
        """Ctrl+N."""

    def open_file(self) -> None:
        """Ctrl+O."""

    def print_page(self) -> None:
        """Ctrl+P."""

    def search(self) -> None:
        """Ctrl+F."""

    def undo(self) -> None:
        """Ctrl+Z outside a text field."""

    def redo(self) -> None:
        """Ctrl+Y outside a text field."""

    def back(self) -> None:
        """Esc: one step back, never losing what was typed."""

    # --- what subclasses use ---

    def add_action(self, text: str, icon: str, slot: Callable[[], None]) -> Button:
        """A secondary button at the upper right."""
        button = Button(self.context.theme, text, icon)
        button.clicked.connect(slot)
        self._actions.addWidget(button)
        return button

    @property
    def title(self) -> str:
        """The words above the page."""
        return self._title.whole

    def set_title(self, text: str) -> None:
        """Other words above the page."""
        self._title.say(text)

    def set_subtitle(self, text: str) -> None:
        """The line under the title."""
        self._subtitle.setText(text)
        self._subtitle.setVisible(bool(text))

    def set_state(self, text: str, tone: str = "") -> None:
        """The footer's words: what stands in the way, or that nothing does. ``tone``: error, warning, success, info."""
        self._state.setText(text)
        self._state.setProperty("tone", tone)
        self._state.style().polish(self._state)
        self._footer.show()

    def set_primary(self, text: str, action: Callable[[], None], *, enabled: bool = True) -> None:
        """The one next step, named by what it does and to how many."""
        self.primary_button.setText(text)
        self.primary_button.setEnabled(enabled)
        self.primary_button.show()
        self._primary_action = action
        self._footer.show()

    def hide_primary(self) -> None:
        """No next step now."""
        self.primary_button.hide()
        self._primary_action = None

    def add_footer_widget(self, widget: QWidget) -> None:
        """A secondary control beside the primary button, hidden until its owner shows it."""
        widget.hide()
        self._extras.addWidget(widget)

    def footer_last(self) -> None:
        """Content was built after the footer: let Tab reach the footer after it all the same.

        The order of Tab is that in which widgets came into the window. (QWidget.setTabOrder would do, but to know the
        last one each has to be looked at from here, and PySide then loses items of layouts.)
        """
        shown, layout = not self._footer.isHidden(), self.layout()
        assert layout is not None  # noqa: S101 - made with the page
        self._footer.setParent(None)
        layout.addWidget(self._footer)
        self._footer.setVisible(shown)

    def run(
        self,
        function: Callable[[Progress], ResultT],
        on_done: Callable[[ResultT], None] | None = None,
        *,
        lane: Lane = Lane.STORE,
        on_failed: Callable[[ShebaoError], None] | None = None,
        on_progress: Callable[[int, int, str], None] | None = None,
        owner: QObject | None = None,
    ) -> Job:
        """A job of this page; a failure nobody handles is shown by the shell."""
        return self.context.jobs.run(lane, function, on_done, on_failed, on_progress, owner=owner or self)

    # --- building ---

    def _head(self, title: str, subtitle: str) -> QVBoxLayout:
        self._title = Eliding("title")
        self._title.say(title)
        # As high as the buttons beside it: it stays where it is when they go.
        self._title.setMinimumHeight(self.context.theme.px(32))
        self._subtitle = QLabel(subtitle)
        self._subtitle.setProperty("role", "secondary")
        self._subtitle.setWordWrap(True)
        if not subtitle:
            # Never shown from here: without a parent yet it would be a window of its own and take the keys.
            self._subtitle.hide()
        self._actions = Flow(SMALL, right=True)
        row = QHBoxLayout()
        row.setSpacing(LARGE)
        row.addWidget(self._title, 1)
        row.addLayout(self._actions)
        head = QVBoxLayout()
        head.setContentsMargins(WIDE, LARGE, WIDE, MEDIUM)
        head.setSpacing(TINY)
        head.addLayout(row)
        # Below both: with large text the buttons leave it no room beside them.
        head.addWidget(self._subtitle)
        return head

    def _content(self, scrolls: bool) -> QWidget:
        content = QWidget()
        content.setObjectName("page-content")
        content.setLayout(self.body)
        self.body.setContentsMargins(WIDE, 0, WIDE, LARGE)
        if not scrolls:
            return content
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(content)
        return area

    def _foot(self) -> QFrame:
        footer = QFrame()
        footer.setObjectName("footer")
        row = QHBoxLayout(footer)
        row.setContentsMargins(WIDE, MEDIUM, WIDE, MEDIUM)
        row.setSpacing(SMALL)
        self._state = QLabel()
        self._state.setWordWrap(True)
        self._extras = QHBoxLayout()
        self._extras.setSpacing(SMALL)
        self.primary_button = Button(self.context.theme, "", role="primary")
        self.primary_button.clicked.connect(self.primary)
        self.primary_button.hide()
        row.addWidget(self._state, 1)
        row.addLayout(self._extras)
        row.addWidget(self.primary_button)
        return footer

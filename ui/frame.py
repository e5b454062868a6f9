"""The window: top bar, rail, messages, pages; where a page is told to refresh, leave or act on a key.

It is on the screen before anything stands in it. Nothing is imported here that the bare window can do without: what
the pages are made of takes longer to load than all of Qt.
"""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, QTimer, Signal
from PySide6.QtGui import QColor, QKeySequence, QPalette, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from app.errors import BureauUnreachable, CalledOff, SessionEnded

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QCloseEvent, QPaintEvent

    from app.errors import ShebaoError
    from app.wording import Notice
    from app.workflows.preferences import Preferences
    from ui.context import Context
    from ui.page import Page
    from ui.parts.cards import Message

TOAST_MS = 4000
SMALLEST = (1024, 640)
TITLE = 32  # the bar that the system puts above a window; how high it is is known only once it is there


class Frame(QWidget):
    """The main window, and the shell its pages talk to. ``closing`` once it may be taken down.

    First it is bare; ``painted`` when it can be seen. Then it is furnished, and only then it has a context and pages.
    """

    painted = Signal()
    closing = Signal()
    preferences_chosen = Signal(object)
    news_wanted = Signal()

    def __init__(self, preferences: Preferences, ground: str = "") -> None:
        """``ground``: its colour while nothing stands in it."""
        super().__init__()
        self.setObjectName("window")
        self.setWindowTitle("社保申报")
        self.setMinimumSize(*SMALLEST)
        self.resize(preferences.width, preferences.height)
        if ground:
            bare = self.palette()
            bare.setColor(self.backgroundRole(), QColor(ground))
            self.setPalette(bare)
        self._maximised = preferences.maximised
        self._furnished = self._seen = False
        self._pages: dict[str, Page] = {}
        self._current = ""

    def show_as_left(self) -> None:
        """As large as it was when it was closed; over all of the screen where that is no larger.

        A footer below the edge of the screen, or behind the bar of Windows, would hide the one next step.
        """
        room = self.screen().availableSize() - QSize(0, TITLE)
        self.setMinimumSize(self.minimumSize().boundedTo(room))
        fits = self.width() <= room.width() and self.height() <= room.height()
        (self.show if fits and not self._maximised else self.showMaximized)()

    def furnish(self, context: Context) -> None:
        """Put everything in."""
        self.setPalette(QPalette())
        self.context = context
        context.shell = self
        self._furnished = True
        self._build()
        self._region_known()
        self._keys()
        state = context.state
        state.session_changed.connect(self._region_known)
        state.session_changed.connect(self._all_stale)
        state.month_changed.connect(self._month_changed)
        state.news.connect(self._news)
        context.jobs.failed.connect(self.show_failure)
        # Rows that a page builds take their widths from the size of the text.
        context.theme.changed.connect(self._all_stale)

    # --- what pages ask for (ui.context.Shell) ---

    def navigate(self, name: str, **where: object) -> None:
        """Go to a page."""
        from ui.pages import entry

        here = self._pages.get(self._current)
        if here is not None and name != self._current and not here.can_leave():
            self.rail.mark(entry(self._current).under or self._current)
            return
        page = self._page(name)
        self._current = name
        if where:
            page.open_at(**where)
        self.rail.mark(entry(name).under or name)
        self.stack.setCurrentWidget(page)
        # Who moves along the rail by keys stays there; everybody else starts at the top of the page.
        if not self.rail.has_focus:
            page.setFocus()
        if page.stale or where:
            page.stale = False
            page.refresh()

    def show_failure(self, failure: ShebaoError) -> None:
        """Show a failure above the page, until it is closed or the next one comes."""
        if isinstance(failure, CalledOff):
            return
        from ui.dialogs import failure_message
        from ui.state import Connection

        if isinstance(failure, BureauUnreachable):
            self.context.state.set_connection(Connection.OFFLINE)
        if isinstance(failure, SessionEnded):
            self.context.signin.ended_by_bureau()
        message = failure_message(self.context.theme, failure)
        if isinstance(failure, BureauUnreachable) and self.context.state.session is not None:
            message.add_button("再连一次", self.fetch_news)
            # What it says is not true any more once the bureau answers.
            self.context.state.connection_changed.connect(message.closed)
        self._show_message(message)

    def show_notice(self, notice: Notice, tone: str = "info") -> Message:
        """Show something of the same kind that is no failure."""
        from ui.parts.cards import Message

        message = Message(self.context.theme, notice, tone=tone)
        self._show_message(message)
        return message

    def clear_message(self) -> None:
        """Take the message away."""
        from ui.parts.cards import clear

        clear(self._messages)

    def toast(self, text: str) -> None:
        """Say that something is done."""
        self._toast.setText(text)
        self._toast.adjustSize()
        self._place_toast()
        self._toast.show()
        self._toast.raise_()
        self._toast_timer.start(TOAST_MS)

    def hush(self) -> None:
        """Say no longer what was said by a toast."""
        self._toast.hide()

    def fetch_news(self) -> None:
        """Ask for news; the program does it."""
        self.news_wanted.emit()

    def keep(self, preferences: Preferences) -> None:
        """Take other preferences; the program remembers them."""
        self.preferences_chosen.emit(preferences)

    @property
    def current(self) -> Page:
        """The page that is shown."""
        return self._pages[self._current]

    @property
    def current_name(self) -> str:
        """Its name."""
        return self._current

    def page(self, name: str) -> Page:
        """The page of that name, built if need be."""
        return self._page(name)

    def keep_typed(self) -> None:
        """Have every page write what was typed; called before the window goes."""
        for page in self._pages.values():
            page.keep_typed()

    # --- Qt ---

    def closeEvent(self, event: QCloseEvent) -> None:
        """Close unless the page has something that would be lost."""
        page = self._pages.get(self._current)
        if page is not None and not page.can_leave():
            event.ignore()
            return
        if self._furnished:
            size = self.normalGeometry().size() if self.isMaximized() else self.size()
            self.context.preferences = replace(
                self.context.preferences, width=size.width(), height=size.height(), maximised=self.isMaximized()
            )
        self.closing.emit()
        super().closeEvent(event)

    def resizeEvent(self, event: object) -> None:
        """Keep the toast in its corner."""
        if self._furnished:
            self._place_toast()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Tell of the first time."""
        super().paintEvent(event)
        if not self._seen:
            self._seen = True
            self.painted.emit()

    # --- inside ---

    def _build(self) -> None:
        from ui.pages import rail
        from ui.rail import Rail
        from ui.theme import SMALL, WIDE
        from ui.topbar import TopBar

        context = self.context
        self.topbar = TopBar(context)
        self.rail = Rail(context.theme, rail())
        self.rail.chosen.connect(self.navigate)
        self.stack = QStackedWidget()
        self._messages = QVBoxLayout()
        self._messages.setContentsMargins(WIDE, SMALL, WIDE, 0)
        right = QVBoxLayout()
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(0)
        right.addLayout(self._messages)
        right.addWidget(self.stack, 1)
        below = QHBoxLayout()
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(0)
        below.addWidget(self.rail)
        below.addLayout(right, 1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self.topbar)
        outer.addLayout(below, 1)
        self._toast = QLabel(self)
        self._toast.setObjectName("toast")
        self._toast.hide()
        self._toast_timer = QTimer(self)
        self._toast_timer.setSingleShot(True)
        self._toast_timer.timeout.connect(self._toast.hide)

    def _keys(self) -> None:
        page_keys = {
            "Ctrl+Return": "primary",
            "Ctrl+Enter": "primary",
            "Ctrl+N": "new",
            "Ctrl+O": "open_file",
            "Ctrl+P": "print_page",
            "Ctrl+F": "search",
            "Ctrl+Z": "undo",
            "Ctrl+Y": "redo",
        }
        for keys, method in page_keys.items():
            QShortcut(QKeySequence(keys), self, functools.partial(self._to_page, method))
        own: dict[str, Callable[[], None]] = {
            "F5": self.fetch_news,
            "F1": self._help,
            "Esc": self._back,
            "Ctrl+K": self._search,
        }
        for keys, slot in own.items():
            QShortcut(QKeySequence(keys), self, slot)

    def _to_page(self, method: str) -> None:
        getattr(self.current, method)()

    def _help(self) -> None:
        from ui.dialogs import HelpDialog

        HelpDialog(self, self.context.theme, self.current.title, self.current.help or ("这一页还没有说明。",)).open()

    def _search(self) -> None:
        from ui.searching import SearchDialog

        SearchDialog(self, self.context).show()

    def _back(self) -> None:
        self.current.back()

    def _page(self, name: str) -> Page:
        from ui.pages import entry

        if name not in self._pages:
            page = entry(name).make(self.context)
            self._pages[name] = page
            self.stack.addWidget(page)
        return self._pages[name]

    def _show_message(self, message: Message) -> None:
        self.clear_message()
        message.closed.connect(self.clear_message)
        self._messages.addWidget(message)

    def _region_known(self) -> None:
        from ui.pages import offered, rail

        region = self.context.desk.region(self.context.state.region)
        self.rail.show_only({one.name for one in rail() if offered(one, region)})

    def _all_stale(self) -> None:
        self._each(lambda page: page.refresh())

    def _month_changed(self) -> None:
        self._each(lambda page: page.month_changed(self.context.state.month))

    def _news(self, news: object) -> None:
        self._each(lambda page: page.on_news(news))

    def _each(self, tell: Callable[[Page], None]) -> None:
        for name, page in self._pages.items():
            if name == self._current:
                tell(page)
            else:
                page.stale = True

    def _place_toast(self) -> None:
        middle = self.rail.width() + (self.width() - self.rail.width()) // 2
        self._toast.move(middle - self._toast.width() // 2, self.height() - self._toast.height() - 72)

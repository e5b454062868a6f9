"""Put the window together, with real parts or with those that are handed in."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.errors import ShebaoError, UsageError
from app.wording import Notice
from app.workflows import overview, preferences
from app.workflows.desk import Desk
from pkcs11_drivers.model import Scan
from ui.application import application
from ui.context import Context
from ui.dialogs import ask_pin, failure_message
from ui.frame import Frame
from ui.jobs import Jobs, Lane
from ui.pace import Collector
from ui.parts.cards import Message
from ui.preloading import Preloading
from ui.signin import Ending, SignIn
from ui.state import Connection, State
from ui.theme import Theme
from ui.watcher import Watcher

if TYPE_CHECKING:
    from app.domain.months import Month
    from app.domain.progress import Progress
    from app.workflows.overview import Place
    from app.workflows.preferences import Preferences
    from app.workflows.sync import News


_ENDINGS = {
    Ending.PULLED: ("UKey 已拔出，登录已结束。", "插回 UKey 后点“继续”。"),
    Ending.LOGIN_LOST: ("UKey 拔插过，或者它的驱动重新启动过，登录已结束。", "点“继续”，重新输入 PIN。"),
    Ending.NO_ANSWER: ("UKey 的驱动没有应答，登录已结束。", "拔下 UKey 重新插入，再点“继续”。"),
}


class Program(QObject):
    """One window over one home.

    ``ready`` once the store is open and the first page is shown; where it cannot be opened, ``obstacle`` is shown and
    says why.
    """

    ready = Signal()
    news_done = Signal()

    def __init__(self, desk: Desk, chosen: Preferences, theme: Theme, bare: Frame | None = None) -> None:
        """``bare``: the window, where it is on the screen already."""
        super().__init__()
        self.desk = desk
        self.jobs = Jobs()
        self._home = desk.home
        self._chosen = chosen
        self.theme = theme
        self._bare = bare
        self.window: Frame | None = None
        self.obstacle: Message | None = None
        self.watcher = Watcher(desk, self.jobs)
        self._collector = Collector(self)
        self._preloading = Preloading(self.jobs, self)
        self._fetching = False
        self._closed = False

    def start(self) -> None:
        """Open the store off the GUI thread, then furnish the window."""
        self._collector.start()
        if self._bare is not None:
            self._bare.closing.connect(self.close)
        self.jobs.run(Lane.STORE, self._open, self._opened, self._unopened, owner=self)

    def close(self) -> None:
        """Stop looking, end every job, let UKeys and store go."""
        if self._closed:
            return
        self._closed = True
        self._collector.stop()
        self._preloading.stop()
        self.watcher.stop()
        if self.window is not None:
            # The last key strokes wait for a pause in the typing: they are written now, before jobs are called off.
            self.window.keep_typed()
            self.jobs.drain(Lane.STORE)
        if self.jobs.close():
            # The UKey's login ends with the process that holds its module.
            self.desk.close()
        if self.obstacle is not None:
            self.obstacle.deleteLater()
        if self.window is not None:
            with contextlib.suppress(UsageError):
                preferences.save(self._home, self.window.context.preferences)
            self.window.deleteLater()

    # --- opening ---

    def _open(self, _: Progress) -> tuple[Month, Place, dict[str, str]]:
        place = overview.last_place(self.desk, self._chosen.region)
        regions = {}
        for region_id in self.desk.catalog.ids():
            # A pack, or an update, that is broken keeps its own region away and nothing else; the self-test says what
            # is wrong. Only the one that is worked for is loaded whole now: its pages ask for it on the GUI thread.
            with contextlib.suppress(ShebaoError):
                regions[region_id] = self.desk.catalog.name(region_id)
                if region_id == place.region:
                    self.desk.region(region_id)
        return self.desk.month(), place, regions

    def _opened(self, found: tuple[Month, Place, dict[str, str]]) -> None:
        if self._closed:
            return
        month, place, regions = found
        state = State(month, month, place)
        signin = SignIn(self.desk, self.jobs, state, ask_pin(self.theme, state))
        context = Context(self.desk, self.jobs, self.theme, state, self._chosen, signin, regions)
        window = self.window = self._bare or Frame(self._chosen)
        window.furnish(context)
        window.preferences_chosen.connect(self._keep)
        window.closing.connect(self.close)
        window.news_wanted.connect(self.fetch_news)
        window.topbar.ukey_pressed.connect(self._to_key)
        window.topbar.connection_pressed.connect(self._to_bureau)
        self.watcher.scanned.connect(self._scanned)
        self.watcher.failed.connect(self._not_scanned)
        self.watcher.seen.connect(signin.key_seen)
        signin.look_again.connect(self.watcher.rescan)
        signin.ended.connect(self._key_gone)
        signin.logged_in.connect(self._logged_in)
        signin.factory_pin.connect(self._factory_pin)
        window.navigate("login")
        if not window.isVisible():
            window.show_as_left()
        self.watcher.start()
        self._preloading.start()
        self.ready.emit()

    def _unopened(self, failure: ShebaoError) -> None:
        """The store cannot be opened: say so in a window of its own, there is nothing to work with."""
        self.obstacle = failure_message(self.theme, failure, closable=False)
        self.obstacle.setWindowTitle("社保申报")
        self.obstacle.setMinimumWidth(self.theme.px(480))
        self.obstacle.show()
        if self._bare is not None:
            self._bare.hide()

    # --- while it runs ---

    def fetch_news(self) -> None:
        """Send what waits, then fetch news, within the session."""
        window = self._window()
        if self._fetching:
            return
        if window.context.state.session is None:
            window.navigate("login")
            return
        self._fetching = True
        self.jobs.run(Lane.NETWORK, self._fetch, self._fetched, self._not_fetched, owner=self)

    def _fetch(self, progress: Progress) -> tuple[News, Month]:
        from app.workflows import session as sessions
        from app.workflows import submit as submitting
        from app.workflows import sync

        session = sessions.current(self.desk)
        bureau = sessions.connect(self.desk, session)
        try:
            done = submitting.send_waiting(self.desk, bureau, session, progress=progress)
            if done.stopped_by is not None:
                raise done.stopped_by
            return sync.fetch(self.desk, bureau, session), self.desk.month()
        finally:
            bureau.close()

    def _fetched(self, result: tuple[News, Month]) -> None:
        news, month = result
        self._fetching = False
        state = self._window().context.state
        state.set_connection(Connection.ONLINE)
        state.set_today(month)
        state.news.emit(news)
        self.news_done.emit()

    def _not_fetched(self, failure: ShebaoError) -> None:
        self._fetching = False
        self._window().show_failure(failure)
        self.news_done.emit()

    def _scanned(self, scan: Scan) -> None:
        context = self._window().context
        context.state.set_scan(scan)
        if context.state.session is None and context.state.tokens:
            context.signin.resume(context.state.tokens)

    def _not_scanned(self, failure: ShebaoError) -> None:
        """Say it once, and that no key can be seen; a page that looks for ever helps nobody."""
        context = self._window().context
        if context.state.scan is None:
            context.state.set_scan(Scan((), ()))
            context.shell.show_failure(failure)

    def _logged_in(self) -> None:
        window = self._window()
        window.clear_message()
        if window.current_name == "login":
            window.navigate("workbench")
        self.fetch_news()

    def _key_gone(self, safe_drafts: int, ending: Ending) -> None:
        safe = f"已填的 {safe_drafts} 人保存在草稿里。" if safe_drafts else "没有没存的内容。"
        happened, next_step = _ENDINGS[ending]
        message = self._window().show_notice(Notice(happened, safe, next_step), tone="warning")
        message.add_button("继续", self._log_in_again)

    def _log_in_again(self) -> None:
        window = self._window()
        window.clear_message()
        window.navigate("login")

    def _factory_pin(self) -> None:
        words = "这把 UKey 还在用出厂的或太简单的 PIN，请在“UKey 与自检”里修改。"
        self._window().context.shell.toast(words)

    def _to_key(self) -> None:
        window = self._window()
        window.navigate("ukey" if window.context.state.session else "login")

    def _to_bureau(self) -> None:
        self.fetch_news()

    def _keep(self, chosen: Preferences) -> None:
        context = self._window().context
        before, context.preferences = context.preferences, chosen
        if (before.appearance, before.scale) != (chosen.appearance, chosen.scale):
            self.theme.use(chosen.appearance, chosen.scale)
        if before.region != chosen.region and context.state.session is None:
            self.jobs.run(
                Lane.STORE,
                lambda _: overview.last_place(self.desk, chosen.region),
                context.state.set_place,
                owner=self,
            )
        self.jobs.run(Lane.STORE, lambda _: preferences.save(self._home, chosen), owner=self)

    def _window(self) -> Frame:
        assert self.window is not None  # noqa: S101 - made before anything can call back
        return self.window


def open_program(
    home: Path,
    *,
    desk: Desk | None = None,
    bureau: str | None = None,
    authority: Path | None = None,
    region: str | None = None,
    bare: Frame | None = None,
) -> Program:
    """A program over ``home``; ``desk`` stands in for the real one.

    ``bureau``, ``authority`` and ``region`` outrank what was kept; ``bare`` is a window that is shown already.

    Call ``start`` on what comes back; ``close`` ends it. A QApplication must be there (:func:`application`).
    """
    chosen = preferences.load(home)
    if bureau is not None:
        chosen = replace(chosen, bureau=bureau, authority=str(authority) if authority else "")
    if region is not None:
        chosen = replace(chosen, region=region)
    theme = Theme(application(), chosen.appearance, chosen.scale)
    return Program(desk or Desk(home), chosen, theme, bare)

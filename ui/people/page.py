"""The unit's people as the bureau last told of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLineEdit, QStackedWidget

from app.rules.ground import Standing
from app.workflows import drafts, queries, reconciling
from app.workflows.month import heard_at
from ui.files import SHEETS, TABLES, ask_where, ask_which
from ui.jobs import Lane
from ui.page import Page
from ui.parts.cards import Empty
from ui.parts.chips import Look
from ui.parts.flow import Flow
from ui.parts.reading import Reading
from ui.parts.rows import Column
from ui.parts.table import Table
from ui.parts.text import DASH, label, masked, minute, money
from ui.people.payroll import PayrollDialog
from ui.theme import SMALL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from PySide6.QtGui import QDragEnterEvent, QDropEvent

    from app.domain.filings import Filing
    from app.domain.months import Month
    from app.errors import ShebaoError
    from app.rules.ground import PersonFacts
    from app.rules.reconcile import Difference
    from app.workflows.desk import Desk
    from app.workflows.reconciling import Held
    from ui.context import Context
    from ui.jobs import Job

LOOKS: Mapping[Standing, Look] = {
    Standing.ACTIVE_HERE: Look("circle-check", "success"),
    Standing.PAUSED_HERE: Look("minus"),
    Standing.NEW: Look("user-plus", "info"),
    Standing.INSURED_ELSEWHERE: Look("building-2", "warning"),
    Standing.PAUSED_ELSEWHERE: Look("minus"),
}


class PeoplePage(Page):
    """The roster: searched, copied, and the start of a stop."""

    help = (
        "这里是社保系统里本单位的人员，登录后自动更新；按 F5 取最新。",
        "身份证号平时遮住中间，复制时是完整的。选中几个人可以直接办减员。",
        "把当月工资表拖进来，或按“核对工资表”：谁没参保、谁已离开、谁的基数不同，一次列出，选中就存为草稿。",
    )

    def __init__(self, context: Context) -> None:
        super().__init__(context, "人员", scrolls=False)
        self.add_action("取最新消息", "refresh-cw", context.shell.fetch_news)
        self._payroll = self.add_action("核对工资表", "file-spreadsheet", self.open_file)
        self._export = self.add_action("导出名单", "download", self.export)
        self.add_action("增员", "user-plus", lambda: context.shell.navigate("enrol"))
        self._stop = self.add_action("减员", "user-minus", self._to_stop)
        self.setAcceptDrops(True)
        self.payroll: PayrollDialog | None = None
        self.body.addLayout(self._filters())
        self.table: Table[PersonFacts] = Table(context.theme, self._columns(), "人员列表", several=True)
        self.table.selectionModel().selectionChanged.connect(self._selected)
        self.table.rows.modelReset.connect(self._selected)
        self._states = QStackedWidget()
        words = "插 UKey 登录后，会从社保系统取来本单位的人员。"
        self._states.addWidget(Empty(context.theme, "users", "还没有人员资料", words, "去登录", self._to_login))
        self._states.addWidget(self.table)
        self._reading = Reading(context.theme)
        self._reading.cancelled.connect(self.back)
        self._states.addWidget(self._reading)
        self._job: Job | None = None
        self.body.addWidget(self._states, 1)

    def refresh(self) -> None:
        """Load the roster."""
        unit = self.context.state.unit_number
        self.run(lambda _: _roster(self.context.desk, unit), self._show)

    def search(self) -> None:
        """Ctrl+F."""
        self._text.setFocus()
        self._text.selectAll()

    def open_at(self, **where: object) -> None:
        """``text``: what to search for."""
        self._by_standing.setCurrentIndex(0)
        self._text.setText(str(where.get("text") or ""))

    def new(self) -> None:
        """Ctrl+N."""
        self.context.shell.navigate("enrol")

    def open_file(self) -> None:
        """Ctrl+O: a payroll to hold against the roster."""
        ask_which(self, "核对工资表", SHEETS, self.hold)

    def export(self) -> None:
        """Those who are listed, as a file."""
        context, listed = self.context, tuple(self.table.rows.shown)
        region = context.desk.region(context.state.region)

        def chosen(path: Path) -> None:
            self.run(
                lambda _: queries.export(queries.people(listed, region), path),
                lambda _: context.shell.toast(f"已保存到 {path}"),
                lane=Lane.READING,
            )

        ask_where(self, "参保人员.xlsx", TABLES, chosen)

    def back(self) -> None:
        """Esc: read no further."""
        if self._job is not None:
            self._job.cancel()

    def hold(self, path: Path) -> None:
        """Read a payroll and show on whom it differs from the roster."""
        if self._job is not None:
            return
        desk, state = self.context.desk, self.context.state
        unit, region = state.unit_number, state.region
        self._reading.begin(path.name)
        self._states.setCurrentWidget(self._reading)
        self._payroll.setEnabled(False)

        def failed(failure: ShebaoError) -> None:
            self._read()
            self.context.shell.show_failure(failure)

        self._job = self.run(
            lambda progress: reconciling.hold(desk, path, unit, region, progress),
            self._held,
            lane=Lane.READING,
            on_failed=failed,
            on_progress=self._reading.progress,
        )

    def _read(self) -> None:
        """Nothing is read any more: the people again."""
        self._job = None
        self._payroll.setEnabled(True)
        self._show_state()

    def _show_state(self) -> None:
        if self._job is None:
            self._states.setCurrentIndex(1 if self.table.rows.all else 0)

    def _held(self, held: Held) -> None:
        self._read()
        self.payroll = PayrollDialog(self, self.context.theme, held, self._propose)
        self.payroll.open()

    def _propose(self, differences: Sequence[Difference]) -> None:
        desk, state = self.context.desk, self.context.state
        unit, region = state.unit_number, state.region
        self.run(lambda _: reconciling.propose(desk, unit, region, differences), self._proposed)

    def _proposed(self, made: Mapping[str, Sequence[Filing]]) -> None:
        region = self.context.desk.region(self.context.state.region)
        words = "、".join(f"{region.items[item].business} {len(filings)} 份" for item, filings in made.items())
        self.context.shell.toast(f"已存草稿：{words}。" if words else "这些人已经有草稿，没有再存。")
        self.context.store_changed()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """The first file dropped is the payroll."""
        files = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if files:
            event.acceptProposedAction()
            self.hold(files[0])

    def _show(self, found: tuple[Sequence[PersonFacts], datetime | None]) -> None:
        people, at = found
        self.set_subtitle(f"社保系统的人员，截至 {minute(at)}" if at else "社保系统里本单位的人员。")
        self._export.setEnabled(bool(people))
        self.table.set_rows(people, key=lambda one: one.identity)
        self._show_state()
        self._filter()

    def _filter(self) -> None:
        standing = self._by_standing.currentData()
        text = self._text.text().strip().lower()

        def keep(person: PersonFacts) -> bool:
            if standing and person.standing is not standing:
                return False
            return not text or text in f"{person.name} {person.identity} {person.number}".lower()

        self.table.rows.set_filter(keep)
        shown, total = len(self.table.rows.shown), len(self.table.rows.all)
        self._count.setText(f"{shown} 人" if shown == total else f"{shown} 人，共 {total} 人")

    def _selected(self) -> None:
        chosen = [one for one in self.table.selected if one.standing is Standing.ACTIVE_HERE]
        self._stop.setEnabled(bool(chosen))
        self._stop.setText(f"减员 {len(chosen)} 人" if chosen else "减员")

    def _to_stop(self) -> None:
        chosen = [one.identity for one in self.table.selected if one.standing is Standing.ACTIVE_HERE]
        if chosen:
            self.context.shell.navigate("stop", identities=tuple(chosen))

    def _to_login(self) -> None:
        self.context.shell.navigate("login")

    def _filters(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(SMALL)
        self._by_standing = QComboBox()
        self._by_standing.setAccessibleName("按状态")
        self._by_standing.addItem("全部状态", None)
        for standing in (Standing.ACTIVE_HERE, Standing.PAUSED_HERE):
            self._by_standing.addItem(standing.label, standing)
        self._text = QLineEdit()
        self._text.setPlaceholderText("姓名、身份证号")
        self._text.setAccessibleName("查找")
        self._text.setClearButtonEnabled(True)
        self._text.setMinimumWidth(self.context.theme.px(160))
        self._text.setMaximumWidth(self.context.theme.px(280))
        self._whole = QCheckBox("显示完整身份证号")
        self._count = label("", "secondary")
        self._by_standing.currentIndexChanged.connect(self._filter)
        self._text.textChanged.connect(self._filter)
        self._whole.toggled.connect(lambda _: self.table.viewport().update())
        filters = Flow(SMALL)
        for widget in (self._by_standing, self._text, self._whole):
            filters.addWidget(widget)
        row.addLayout(filters, 1)
        row.addWidget(self._count)
        return row

    def _columns(self) -> Sequence[Column[PersonFacts]]:
        return (
            Column("姓名", lambda one: one.name, 110, stretches=True),
            Column("身份证号", self._identity, 176, copied=lambda one: one.identity, order=lambda one: one.identity),
            Column("状态", lambda one: one.standing.label, 150, look=lambda one: LOOKS[one.standing]),
            Column("缴费基数（元）", lambda one: money(one.base), 120, right=True, order=lambda one: one.base or 0),
            Column("参保时间", lambda one: _month(one.since), 90),
            Column("申报至", lambda one: _month(one.declared_until), 90),
            Column("已缴至", lambda one: _month(one.paid_until), 90),
            Column("险种", self._insurances, 130, stretches=True),
        )

    def _identity(self, person: PersonFacts) -> str:
        return person.identity if self._whole.isChecked() else masked(person.identity)

    def _insurances(self, person: PersonFacts) -> str:
        region = self.context.desk.region(self.context.state.region)
        known = {one.id: one.short for one in region.insurances}
        return "、".join(known.get(one, one) for one in person.insurances) or DASH


def _month(month: Month | None) -> str:
    return DASH if month is None else str(month)


def _roster(desk: Desk, unit_number: str) -> tuple[Sequence[PersonFacts], datetime | None]:
    people = drafts.ground(desk, unit_number).people if unit_number else None
    return tuple(people.values()) if people else (), heard_at(desk, unit_number, "people")

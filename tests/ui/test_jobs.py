"""Jobs: where they run, what comes back, and what does not."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, QTimer
from pytestqt.qtbot import QtBot
from shiboken6 import delete

from app.domain.progress import Progress
from app.errors import BureauUnreachable, CalledOff, ShebaoError
from ui.jobs import Fault, Jobs, Lane


@pytest.fixture
def jobs(qtbot: QtBot) -> Iterator[Jobs]:
    made = Jobs()
    yield made
    assert made.close()


def test_work_is_done_elsewhere_and_delivered_here(qtbot: QtBot, jobs: Jobs) -> None:
    threads: list[threading.Thread] = []

    def done(worked_in: threading.Thread) -> None:
        threads.extend((worked_in, threading.current_thread()))

    jobs.run(Lane.STORE, lambda _: threading.current_thread(), done, owner=jobs)
    qtbot.waitUntil(lambda: len(threads) == 2)

    assert threads[0] is not threading.main_thread()
    assert threads[1] is threading.main_thread()


def test_a_named_failure_reaches_who_asked(qtbot: QtBot, jobs: Jobs) -> None:
    failures: list[ShebaoError] = []

    def fail(_: Progress) -> None:
        raise BureauUnreachable(host="https://nowhere")

    jobs.run(Lane.NETWORK, fail, on_failed=failures.append, owner=jobs)
    qtbot.waitUntil(lambda: bool(failures))

    assert (failures[0].code, failures[0].facts["host"]) == ("bureau-unreachable", "https://nowhere")


def test_a_failure_nobody_takes_goes_to_the_shell(qtbot: QtBot, jobs: Jobs) -> None:
    def fail(_: Progress) -> None:
        raise BureauUnreachable

    with qtbot.waitSignal(jobs.failed) as heard:
        jobs.run(Lane.NETWORK, fail, owner=jobs)

    assert isinstance(heard.args[0], BureauUnreachable)


def test_a_bug_becomes_a_report_without_what_it_worked_on(qtbot: QtBot, jobs: Jobs) -> None:
    def stumble(_: Progress) -> None:
        raise ValueError("张示例 370481199001011234")

    with qtbot.waitSignal(jobs.failed) as heard:
        jobs.run(Lane.STORE, stumble, owner=jobs)
    fault = heard.args[0]

    assert isinstance(fault, Fault)
    report = Path(fault.facts["report"]).read_text("utf-8")
    assert "builtins.ValueError" in report
    assert "张示例" not in report + str(fault.facts)


def test_a_cancelled_job_stops_at_its_next_step(qtbot: QtBot, jobs: Jobs) -> None:
    going, may_go_on = threading.Event(), threading.Event()
    steps: list[int] = []
    failures: list[ShebaoError] = []

    def work(progress: Progress) -> None:
        for step in range(10):
            progress(step, 10, "核对")
            steps.append(step)
            going.set()
            may_go_on.wait(10)

    job = jobs.run(Lane.STORE, work, on_failed=failures.append, owner=jobs)
    assert going.wait(10)
    job.cancel()
    may_go_on.set()
    qtbot.waitUntil(lambda: bool(failures))

    assert isinstance(failures[0], CalledOff)
    assert steps == [0]


def test_a_page_that_is_gone_hears_nothing_and_its_work_stops(qtbot: QtBot, jobs: Jobs) -> None:
    page = QObject()
    going, may_go_on = threading.Event(), threading.Event()
    heard: list[object] = []
    steps: list[int] = []

    def work(progress: Progress) -> None:
        for step in range(10):
            progress(step, 10, "")
            steps.append(step)
            going.set()
            may_go_on.wait(10)

    jobs.run(Lane.STORE, work, heard.append, heard.append, owner=page)
    assert going.wait(10)
    delete(page)
    may_go_on.set()
    after: list[object] = []
    jobs.run(Lane.STORE, lambda _: "later", after.append, owner=jobs)
    qtbot.waitUntil(lambda: after == ["later"])

    assert heard == []
    assert steps == [0]


def test_one_lane_keeps_order_and_does_not_hold_up_another(qtbot: QtBot, jobs: Jobs) -> None:
    gate = threading.Event()
    done: list[str] = []
    jobs.run(Lane.TOKEN, lambda _: gate.wait(10), lambda _: done.append("first"), owner=jobs)
    jobs.run(Lane.TOKEN, lambda _: None, lambda _: done.append("second"), owner=jobs)
    jobs.run(Lane.STORE, lambda _: None, lambda _: done.append("store"), owner=jobs)
    qtbot.waitUntil(lambda: done == ["store"])
    assert not jobs.idle(Lane.TOKEN)
    gate.set()
    qtbot.waitUntil(lambda: done == ["store", "first", "second"])

    assert jobs.idle(Lane.TOKEN)


def test_the_window_lives_while_every_lane_is_busy(qtbot: QtBot, jobs: Jobs) -> None:
    gate = threading.Event()
    done: list[object] = []
    for lane in Lane:
        jobs.run(lane, lambda _: gate.wait(10), done.append, owner=jobs)
    ticks: list[int] = []
    timer = QTimer()
    timer.timeout.connect(lambda: ticks.append(1))
    timer.start(1)
    qtbot.waitUntil(lambda: len(ticks) >= 50)
    timer.stop()

    assert done == []
    gate.set()
    qtbot.waitUntil(lambda: len(done) == len(Lane))


def test_progress_arrives_and_ends_at_the_last_step(qtbot: QtBot, jobs: Jobs) -> None:
    heard: list[tuple[int, int, str]] = []

    def work(progress: Progress) -> None:
        for step in range(1, 1001):
            progress(step, 1000, "核对")

    done: list[object] = []
    jobs.run(Lane.READING, work, done.append, on_progress=lambda *at: heard.append(at), owner=jobs)
    qtbot.waitUntil(lambda: bool(done))

    assert heard[-1] == (1000, 1000, "核对")
    assert len(heard) < 1000


def test_after_closing_nothing_is_begun() -> None:
    jobs = Jobs()
    assert jobs.close()
    begun: list[int] = []
    job = jobs.run(Lane.STORE, lambda _: begun.append(1), owner=jobs)

    assert job.cancelled
    assert begun == []

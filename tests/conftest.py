"""What every test owes the next one: no thread and no process of its own left behind."""

import multiprocessing
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

PATIENCE = 5.0  # seconds that something already told to end may take; only a leak waits this long


def _threads() -> set[threading.Thread]:
    # A dummy thread is Qt's or a C library's, seen from Python because a callback ran in it; it has no end to wait for.
    return {thread for thread in threading.enumerate() if not isinstance(thread, threading._DummyThread)}


def _children() -> set[int]:
    """The processes that this one started and that still run or wait to be collected; Linux only."""
    if not sys.platform.startswith("linux"):
        return set()
    multiprocessing.active_children()  # collects those that have ended
    found: set[int] = set()
    for task in Path("/proc/self/task").iterdir():
        try:
            found.update(int(child) for child in (task / "children").read_text().split())
        except FileNotFoundError:  # a thread that has just ended, or a kernel that does not list children
            continue
    return {child for child in found if "multiprocessing.resource_tracker" not in _command_of(child)}


def _command_of(process: int) -> str:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """Fail a test that leaves threads or processes; those of wider fixtures were there before it and may stay."""
    threads, children = _threads(), _children()
    yield
    deadline = time.monotonic() + PATIENCE
    while (left := (_threads() - threads, _children() - children)) != (set(), set()) and time.monotonic() < deadline:
        time.sleep(0.02)
    left_threads = sorted(thread.name for thread in left[0])
    left_processes = sorted(f"{child} {_command_of(child) or '(ended, not waited for)'}" for child in left[1])
    assert not left_threads, f"threads left behind: {left_threads}"
    assert not left_processes, f"processes left behind: {left_processes}"

"""Both kinds of pipe to a host: the one that Windows needs is held to the same on this system."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pkcs11_drivers import Algorithm, client
from pkcs11_drivers.pipes import Pipes, PolledPipes, ThreadedPipes

if TYPE_CHECKING:
    from tests.pkcs11_drivers.conftest import Bench

KINDS = [PolledPipes, ThreadedPipes]
ECHO = """
import sys
for line in sys.stdin.buffer:
    sys.stdout.buffer.write(line[::-1].strip() + b"\\n")
    sys.stdout.flush()
"""
LINES = "import sys\nsys.stdin.readline(); print('a\\nb', flush=True); sys.stdin.readline()"
DEAF = "import signal\nsignal.pause()"
ENDLESS = "import sys\nsys.stdin.readline()\nwhile True: sys.stdout.write('x' * 65536)"


@contextmanager
def talking(kind: type[PolledPipes | ThreadedPipes], program: str) -> Iterator[tuple[Pipes, subprocess.Popen[bytes]]]:
    command = [sys.executable, "-c", program]
    process = subprocess.Popen(command, bufsize=0, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    pipes = kind(process.stdin, process.stdout)
    try:
        yield pipes, process
    finally:
        process.kill()
        pipes.finish()
        process.wait()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [1, 1000, 65536, 3_000_000])
def test_a_line_is_answered_and_what_was_sent_is_wiped(kind: type[PolledPipes], size: int) -> None:
    lines = [bytearray(b"a" * size + b"z\n"), bytearray(b"second\n")]
    with talking(kind, ECHO) as (pipes, _):
        assert pipes.exchange(lines[0], 20) == b"z" + b"a" * size
        assert pipes.exchange(lines[1], 20) == b"dnoces"
    assert all(set(line) == {0} for line in lines)


@pytest.mark.parametrize("kind", KINDS)
def test_two_answers_at_once_are_two_lines(kind: type[PolledPipes]) -> None:
    with talking(kind, LINES) as (pipes, _):
        assert pipes.exchange(bytearray(b"x\n"), 20) == b"a"
        assert pipes.exchange(bytearray(b"x\n"), 20) == b"b"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [1, 3_000_000])
def test_who_does_not_answer_is_given_up(kind: type[PolledPipes], size: int) -> None:
    line = bytearray(b"1" * size + b"\n")
    with talking(kind, DEAF) as (pipes, _), pytest.raises(TimeoutError):
        pipes.exchange(line, 0.2)


@pytest.mark.parametrize("kind", KINDS)
def test_an_end_is_noticed(kind: type[PolledPipes]) -> None:
    with talking(kind, DEAF) as (pipes, process):
        process.send_signal(signal.SIGKILL)
        assert pipes.exchange(bytearray(b"x\n"), 20) is None


@pytest.mark.parametrize("kind", KINDS)
def test_an_answer_without_end_is_no_answer(kind: type[PolledPipes]) -> None:
    with talking(kind, ENDLESS) as (pipes, _):
        assert pipes.exchange(bytearray(b"x\n"), 20) is None


def test_a_key_signs_over_the_pipes_of_windows(bench: Bench, monkeypatch: pytest.MonkeyPatch, pin: str) -> None:
    monkeypatch.setattr(client, "open_pipes", ThreadedPipes)
    bench.make("甲")
    with bench.ukeys() as ukeys:
        (token,) = ukeys.scan().tokens
        ukeys.login(token, pin)
        for message in (b"x", bytes(2_000_000)):
            assert len(ukeys.sign(token, message, Algorithm.ES256)) == 64
        host = ukeys.host_pid(token)
    assert not Path(f"/proc/{host}").exists()

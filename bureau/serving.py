"""Serve over TLS, and say so once the first request would be answered."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
import threading
from typing import TYPE_CHECKING

import uvicorn

from app.domain.months import Month
from app.errors import UsageError
from bureau import clock, training
from bureau.api.application import build
from bureau.models import Unit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bureau.office import Office

_GRACE_SECONDS = 2
_TICKS_AN_HOUR = 36_000
_FIRST_LOOK = 1


def prepare(office: Office, at: datetime | None = None) -> None:
    """Tables, authorities, and the training ground where the database is still empty.

    Time never runs backwards at a bureau: on a ground that has begun, ``at`` moves the clock on or not at all. Raises
    UsageError for a region without a training ground.
    """
    office.database.migrate()
    office.pki.publish_revocations()
    office.pki.make()
    with office.database.write() as session:
        empty = session.query(Unit).first() is None
        if empty:
            clock.set_to(session, at or training.first_clock(office.regions[0]))
            month = Month.of(clock.now(session).date())
            for region in office.regions:
                training.seed(session, office.region(region), month)
        elif at is not None and at > clock.now(session):
            clock.set_to(session, at)


def serve(office: Office, host: str, port: int, *, with_parent: bool = False) -> None:
    """Serve until SIGTERM or Ctrl+C. ``office.url`` is set to where it listens unless it was given.

    ``with_parent``: also until standard input ends, which it does with the process at its other end however that ends.
    """
    listener = _listen(host, port)
    if not office.url:
        office.url = f"https://{host if ':' not in host else f'[{host}]'}:{listener.getsockname()[1]}"
    office.note_address()
    certificate, key = office.pki.server_files
    configuration = uvicorn.Config(
        build(office),
        ssl_certfile=certificate,
        ssl_keyfile=key,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    server = _Server(configuration, office)
    # uvicorn raises the signal that ended it once more; to have been told to stop is no failure.
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, lambda *_: None)
    if with_parent:
        threading.Thread(target=server.end_with_input, name="parent", daemon=True).start()
    server.run(sockets=[listener])
    office.database.close()
    if not server.started:
        sys.exit(1)


class _Server(uvicorn.Server):
    """Tells on standard output when it answers."""

    def __init__(self, configuration: uvicorn.Config, office: Office) -> None:
        super().__init__(configuration)
        self._office = office

    def end_with_input(self) -> None:
        """Wait, in a thread, until nobody is left who could write to us."""
        while sys.stdin.buffer.read(1):
            pass
        self.should_exit = True

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second; once an hour the revocation list is looked after, lest all logins end with it."""
        if counter % _TICKS_AN_HOUR == _FIRST_LOOK:
            await asyncio.to_thread(self._office.pki.renew_revocations)
        return await super().on_tick(counter)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        office = self._office
        ready = {
            "url": office.url,
            "ca": str(office.pki.bureau_authority.resolve()),
            "db": office.database.shown(),
            "data": str(office.data.resolve()),
            "regions": list(office.regions),
            "pid": os.getpid(),
        }
        print(json.dumps(ready, ensure_ascii=False), flush=True)


def served_regions(office: Office, asked: Sequence[str]) -> tuple[str, ...]:
    """The regions to serve: those asked for, else those the database has, else 宜昌."""
    known = {unit for unit in asked if unit in training.regions()}
    for one in asked:
        if one not in known:
            raise UsageError("region-unknown", region=one, known="、".join(training.regions()))
    if asked:
        return tuple(asked)
    if office.database.revision() is not None:
        with office.database.read() as session:
            there = tuple(sorted({one.region for one in session.query(Unit)}))
        if there:
            return there
    return (training.FIRST,)


def _listen(host: str, port: int) -> socket.socket:
    # The protocol is named, or asyncio does not see that this is TCP and leaves Nagle's delay of 40 ms on.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as taken:
        listener.close()
        raise UsageError(detail=f"--port {port}: {taken.strerror}") from taken
    return listener

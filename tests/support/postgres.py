"""A private PostgreSQL for the time of a test run, where its programs are installed."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

_PATIENCE = 120
_ACCOUNTS = ("postgres", "nobody")


@dataclass(frozen=True)
class Cluster:
    """A running cluster, reached by a socket in ``folder``."""

    folder: Path
    user: str

    def url(self, database: str) -> str:
        """The URL of one of its databases."""
        return f"postgresql://{self.user}@/{database}?host={self.folder}"

    def make(self) -> str:
        """A new empty database; its URL."""
        name = f"bureau_{secrets.token_hex(4)}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
        return self.url(name)

    def drop(self, url: str) -> None:
        """Drop a database again."""
        name = url.partition("?")[0].rpartition("/")[2]
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


def binaries() -> Path | None:
    """The folder of initdb and pg_ctl; None where PostgreSQL is not installed."""
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).parent
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


@contextmanager
def running_cluster(programs: Path) -> Iterator[Cluster]:
    """A cluster of its own, without a TCP port, gone afterwards. PostgreSQL refuses to run as root."""
    account = _account()
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    try:
        if account:
            os.chown(folder, pwd.getpwnam(account).pw_uid, pwd.getpwnam(account).pw_gid)
        user = account or pwd.getpwuid(os.getuid()).pw_name
        data = folder / "data"
        _run([programs / "initdb", "-D", data, "-U", user, "-A", "trust", "-E", "UTF8", "--no-sync"], account)
        options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
        _run([programs / "pg_ctl", "-D", data, "-l", folder / "log", "-o", options, "-w", "start"], account)
        try:
            yield Cluster(folder, user)
        finally:
            _run([programs / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop"], account)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _account() -> str | None:
    """Whom to be instead of root."""
    if os.getuid() != 0:
        return None
    accounts = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in _ACCOUNTS if name in accounts)


def _run(command: Sequence[str | Path], account: str | None) -> None:
    arguments = [str(part) for part in command]
    if account:
        arguments = ["setpriv", f"--reuid={account}", f"--regid={_group(account)}", "--clear-groups", *arguments]
    # pg_ctl leaves the server with its own output: pipes would never end, files do.
    with tempfile.TemporaryFile() as said:
        done = subprocess.run(
            arguments, stdin=subprocess.DEVNULL, stdout=said, stderr=said, timeout=_PATIENCE, check=False, cwd="/"
        )
        said.seek(0)
        assert done.returncode == 0, said.read().decode(errors="replace")


def _group(account: str) -> int:
    return pwd.getpwnam(account).pw_gid

"""Open the encrypted database, bring it to today's shape, and give out transactions."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Any

from sqlcipher3 import dbapi2 as sqlite

from app.errors import LocalDataError
from app.store import DATABASE
from app.store.keys import existing_or_new_key, key_source
from app.store.migrations import MIGRATIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from app.store.keys import KeySource

BUSY_MS = 5000


class Database:
    """One connection to the clerk's database, used by one caller at a time.

    Every change is on disk when its transaction ends (``synchronous=FULL``): what the outbox says is queued survives
    a power cut. Two programs may have it open; a write waits for the other up to five seconds.
    """

    def __init__(self, home: Path, key_of: KeySource | None = None) -> None:
        self.path = home / DATABASE
        home.mkdir(parents=True, exist_ok=True)
        source = key_of or key_source(home)
        self.key_kind = source.kind
        key = existing_or_new_key(source, database_exists=self.path.exists(), database=self.path)
        self._lock = threading.RLock()
        self._connection = self._open(key)

    def close(self) -> None:
        """Let the file go. What was committed is safe without it."""
        with self._lock:
            self._connection.close()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Database]:
        """All or nothing. Nested use joins the outer transaction. Raises LocalDataError ``store-busy``."""
        with self._lock:
            if self._connection.in_transaction:
                yield self
                return
            self.run("BEGIN IMMEDIATE")
            try:
                yield self
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self.run("COMMIT")

    def run(self, statement: str, values: Sequence[Any] = ()) -> None:
        """Execute one statement."""
        with self._lock, self._translated():
            self._connection.execute(statement, values)

    def run_many(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Execute one statement for many rows."""
        with self._lock, self._translated():
            self._connection.executemany(statement, rows)

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        with self._lock, self._translated():
            return list(self._connection.execute(query, values))

    def row(self, query: str, values: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        """The first row of a query, None where there is none."""
        found = self.rows(query, values)
        return found[0] if found else None

    def _open(self, key: str) -> Any:  # noqa: ANN401 - sqlcipher3 ships no types
        try:
            connection = sqlite.connect(str(self.path), isolation_level=None, check_same_thread=False)
            connection.execute(f"PRAGMA key = \"x'{key}'\"")
            connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            _migrate(connection, self.path)
        except sqlite.DatabaseError as broken:
            raise self._trouble(broken) from broken
        return connection

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite.IntegrityError:
            raise
        except sqlite.DatabaseError as broken:
            raise self._trouble(broken) from broken

    def _trouble(self, broken: Exception) -> LocalDataError:
        text = str(broken)
        if "locked" in text or "busy" in text:
            return LocalDataError("store-busy", file=str(self.path))
        return LocalDataError("local-data", file=str(self.path), detail=text)


def _migrate(connection: Any, path: Path) -> None:  # noqa: ANN401 - sqlcipher3 ships no types
    (at,) = connection.execute("PRAGMA user_version").fetchone()
    if at > len(MIGRATIONS):
        raise LocalDataError("store-newer", file=str(path))
    for number, script in enumerate(MIGRATIONS[at:], start=at + 1):
        # One transaction a step: killed in the middle, the database is as it was before the step. Another program that
        # opened it at the same moment may have taken the step first.
        connection.execute("BEGIN EXCLUSIVE")
        (now,) = connection.execute("PRAGMA user_version").fetchone()
        if now < number:
            for statement in script.split(";"):
                if statement.strip():
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number}")
        connection.execute("COMMIT")

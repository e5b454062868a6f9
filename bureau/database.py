"""The bureau's database: SQLite in a file by default, PostgreSQL by URL; one writer at a time on either.

One writer, because every decision reads much before it writes little (is the person insured elsewhere, is the month
declared): with the writers in a row each decides on what is true. Readers are never held up.
"""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, event, make_url, text
from sqlalchemy.orm import Session

from app.errors import LocalDataError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import URL, Connection

_MIGRATIONS: Final = Path(__file__).parent / "migrations"
_WRITER_LOCK: Final = 0x53484245  # any number, the same in every process of a bureau
_BUSY_SECONDS: Final = 30


def file_url(folder: Path) -> str:
    """The URL of the SQLite database in a data folder."""
    return f"sqlite:///{(folder / 'bureau.sqlite3').resolve()}"


class Database:
    """Sessions that read and sessions that write. Raises LocalDataError where it cannot be opened."""

    def __init__(self, url: str) -> None:
        self.url = _with_driver(url)
        self._is_sqlite = self.url.get_backend_name() == "sqlite"
        # SQLite's own begin is deferred and fails at the first write if another came between: see _begin.
        settings: dict[str, Any] = {"isolation_level": None, "timeout": _BUSY_SECONDS} if self._is_sqlite else {}
        # Parameters are personal data: no error message may carry them.
        self.engine = create_engine(
            self.url, connect_args=settings, pool_size=10, max_overflow=40, hide_parameters=True
        )
        if self._is_sqlite:
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)

    def shown(self) -> str:
        """The URL without its password."""
        return self.url.render_as_string(hide_password=True)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that sees one state of the database and changes nothing."""
        # SQLite reads one state anyway; PostgreSQL has to be asked for it.
        engine = self.engine if self._is_sqlite else self.engine.execution_options(isolation_level="REPEATABLE READ")
        with Session(engine) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session in one transaction, alone in writing; committed at its end, undone by an exception."""
        with Session(self.engine.execution_options(writes=True)) as session, session.begin():
            if not self._is_sqlite:
                session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _WRITER_LOCK})
            yield session

    def migrate(self) -> None:
        """Bring the tables to the newest form."""
        with self.engine.execution_options(writes=True).begin() as connection:
            if not self._is_sqlite:
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _WRITER_LOCK})
            self._refuse_newer(connection)
            configuration = _alembic()
            configuration.attributes["connection"] = connection
            command.upgrade(configuration, "head")

    def revision(self) -> str | None:
        """The form that the tables are in; None where there are none."""
        with self.engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()

    def close(self) -> None:
        """Let the connections go."""
        self.engine.dispose()

    def _refuse_newer(self, connection: Connection) -> None:
        current = MigrationContext.configure(connection).get_current_revision()
        known = {one.revision for one in ScriptDirectory.from_config(_alembic()).walk_revisions()}
        if current is not None and current not in known:
            raise LocalDataError("store-newer", detail=current)


def _alembic() -> Config:
    configuration = Config()
    configuration.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    return configuration


def _with_driver(url: str) -> URL:
    parsed = make_url(url)
    if parsed.drivername in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    return parsed


def _prepare_sqlite(connection: Any, _: object) -> None:  # noqa: ANN401 - the driver's own connection
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

"""The connection to the database: who may write when, and bringing the tables up to date.

SQLite is used as write-ahead log with full synchronisation, so what was committed survives a crash. A
writing transaction takes the write lock at its start (BEGIN IMMEDIATE): two requests never decide on the
same state.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DatabaseError, InterfaceError, SQLAlchemyError
from sqlalchemy.exc import IntegrityError as SqlIntegrityError
from sqlalchemy.orm import Session

from checkout_api.errors import DatabaseUnavailableError

# How long a writer waits for the lock before the request is refused.
_LOCK_TIMEOUT_S = 30
# As many as the web server has worker threads, so that no request waits for a connection.
_CONNECTIONS = 40
_READ_ONLY = "walkout_read_only"
_SQLITE_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON")


class Database:
    """One database; hands out one transaction at a time per caller."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Open a transaction that may write; committed at the end, rolled back on any error.

        Raises:
            DatabaseUnavailableError: If the database cannot be opened or written.
        """
        with (
            _clear_errors(self._engine),
            Session(self._engine, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Open a transaction that only reads, beside any writer.

        Raises:
            DatabaseUnavailableError: If the database cannot be opened or read.
        """
        with (
            _clear_errors(self._engine),
            self._engine.connect().execution_options(**{_READ_ONLY: True}) as connection,
            Session(connection, expire_on_commit=False) as session,
        ):
            yield session

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()


def open_database(database_url: str) -> Database:
    """Return the database at this address; nothing is opened yet."""
    return Database(_engine(database_url))


def migrate(database_url: str, revision: str = "head") -> None:
    """Bring the tables to a revision of this package's migrations, creating the database when it is missing.

    Args:
        database_url: SQLAlchemy address.
        revision: `head`, a revision id, or `base` for an empty database.

    Raises:
        DatabaseUnavailableError: If it cannot be opened or written.
    """
    # Changing a column in SQLite means copying its table, which references to it would forbid.
    engine = _engine(database_url, check_references=False)
    config = _config()
    try:
        with _clear_errors(engine), engine.begin() as connection:
            config.attributes["connection"] = connection
            if revision == "base":
                command.downgrade(config, revision)
            else:
                command.upgrade(config, revision)
    finally:
        engine.dispose()


def is_up_to_date(connection: Connection) -> bool:
    """Whether the tables are those of this version."""
    found = MigrationContext.configure(connection).get_current_heads()
    return set(found) == set(ScriptDirectory.from_config(_config()).get_heads())


@contextmanager
def _clear_errors(engine: Engine) -> Iterator[None]:
    try:
        yield
    except SqlIntegrityError:
        raise
    except (DatabaseError, InterfaceError) as error:
        raise DatabaseUnavailableError(
            f"database {_shown(engine)} cannot be used: {error.orig}; check that the folder exists, "
            "file and folder are writable, there is space, and no other program locks the file"
        ) from error
    except SQLAlchemyError as error:
        raise DatabaseUnavailableError(f"database {_shown(engine)} cannot be used: {error}") from error


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config


def _shown(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=True)


def _engine(database_url: str, *, check_references: bool = True) -> Engine:
    url = make_url(database_url)
    if url.get_backend_name() != "sqlite":
        return create_engine(url, pool_size=_CONNECTIONS, max_overflow=0)
    engine = create_engine(
        url, pool_size=_CONNECTIONS, max_overflow=0, connect_args={"timeout": _LOCK_TIMEOUT_S}
    )
    event.listen(engine, "connect", _prepare_sqlite)
    if not check_references:
        event.listen(engine, "connect", _forget_references)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    for pragma in _SQLITE_PRAGMAS:
        connection.execute(f"PRAGMA {pragma}").close()


def _forget_references(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA foreign_keys=OFF").close()


def _begin_sqlite(connection: Connection) -> None:
    read_only = connection.get_execution_options().get(_READ_ONLY, False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

"""Backups while the checkout runs, and getting them back.

A backup is one SQLite file whatever the database is: of SQLite by its own online backup, of PostgreSQL by a
copy of all rows as they were at one moment. So a backup can be looked into with any tool, restored into
either, and carries a shop from one to the other.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Connection, Select, Table, delete, func, insert, make_url, select

from checkout_api import account_tables, payment_tables, visit_tables  # noqa: F401  # so that they are known
from checkout_api.database import is_up_to_date, migrate, open_database
from checkout_api.errors import BackupError
from checkout_api.tables import Table as Tables

# Rows at a time: a thousand orders with all their lines take a few megabytes.
_ROWS = 1_000


def back_up(database_url: str, target: Path) -> int:
    """Write everything of a database that may be in use into a new file.

    Args:
        database_url: SQLAlchemy address.
        target: Where the backup goes; it appears there whole or not at all.

    Returns:
        How many rows it holds.

    Raises:
        BackupError: If it cannot be made, or the tables are of another version.
        DatabaseUnavailableError: If the database cannot be read.
    """
    if target.exists():
        raise BackupError(f"{target} exists; choose another name, a backup is never written over")
    source = make_url(database_url)
    with _written_whole(target) as unfinished:
        if source.get_backend_name() == "sqlite":
            if source.database is None or not Path(source.database).exists():
                raise BackupError(f"there is no database {source.database}; set WALKOUT_DATABASE_URL")
            with (
                closing(sqlite3.connect(source.database)) as old,
                closing(sqlite3.connect(unfinished)) as new,
            ):
                old.backup(new)
                new.execute("PRAGMA journal_mode=DELETE").close()
        else:
            migrate(_url(unfinished))
            with _transaction(database_url) as old, _transaction(_url(unfinished)) as new:
                if not is_up_to_date(old):
                    raise BackupError(
                        "the tables are of another version; start this version once to migrate them"
                    )
                _copy(old, new)
        return _checked(unfinished)


def restore(source: Path, database_url: str, *, replace: bool = False) -> int:
    """Bring a backup back, into a database that nobody uses meanwhile.

    Args:
        source: What `back_up` wrote, by this version or an older one.
        database_url: SQLAlchemy address of an empty database.
        replace: Delete what is there first.

    Returns:
        How many rows were brought back.

    Raises:
        BackupError: If the file is no backup, or the database is not empty.
        DatabaseUnavailableError: If the database cannot be written.
    """
    with TemporaryDirectory(prefix="walkout-restore-") as folder:
        copy = Path(folder) / "copy.db"
        _copy_file(source, copy)
        _checked(copy)
        # An older version's backup is brought up to date first; the file itself stays as it is.
        migrate(_url(copy))
        migrate(database_url)
        with _transaction(_url(copy)) as old, _transaction(database_url) as new:
            if _count(new) > 0:
                if not replace:
                    raise BackupError(
                        "the database is not empty; restore into a new one, or say that it may be replaced"
                    )
                for table in reversed(Tables.metadata.sorted_tables):
                    new.execute(delete(table))
            return _copy(old, new)


def _copy(old: Connection, new: Connection) -> int:
    rows = 0
    for table in Tables.metadata.sorted_tables:
        for part in old.execute(_ordered(table)).mappings().partitions(_ROWS):
            new.execute(insert(table), [dict(row) for row in part])
            rows += len(part)
    return rows


def _ordered(table: Table) -> Select[tuple[Any, ...]]:
    """Select all rows, those that refer to another row of the same table after those that do not."""
    own = [key.parent for key in table.foreign_keys if key.column.table is table]
    return select(table).order_by(*(column.is_not(None) for column in own), *table.primary_key.columns)


def _count(connection: Connection) -> int:
    return sum(
        connection.scalar(select(func.count()).select_from(table)) or 0
        for table in Tables.metadata.sorted_tables
    )


def _checked(path: Path) -> int:
    """Return how many rows a backup holds.

    Raises:
        BackupError: If it is damaged, or no backup of ours.
    """
    try:
        with closing(sqlite3.connect(path)) as db:
            verdict = db.execute("PRAGMA integrity_check").fetchone()[0]
            broken = db.execute("PRAGMA foreign_key_check").fetchone()
            names = {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if verdict != "ok" or broken is not None:
                raise BackupError(f"the backup is damaged ({verdict}); use another one")
            if "alembic_version" not in names or "orders" not in names:
                raise BackupError(f"{path} is not a backup of the checkout")
            ours = sorted(names & set(Tables.metadata.tables))
            return sum(
                int(db.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0])  # noqa: S608  # our own tables
                for name in ours
            )
    except sqlite3.Error as error:
        raise BackupError(f"the backup cannot be read: {error}") from error


def _copy_file(source: Path, target: Path) -> None:
    try:
        with (
            closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as old,
            closing(sqlite3.connect(target)) as new,
        ):
            old.backup(new)
            # One file that stands for itself, without a log beside it.
            new.execute("PRAGMA journal_mode=DELETE").close()
    except sqlite3.Error as error:
        raise BackupError(f"{source} cannot be read as a backup: {error}") from error


@contextmanager
def _written_whole(target: Path) -> Iterator[Path]:
    unfinished = target.with_name(f"{target.name}.unfinished")
    try:
        unfinished.unlink(missing_ok=True)
        # It holds addresses and tokens: nobody else may read it.
        unfinished.touch(mode=0o600)
        yield unfinished
        unfinished.replace(target)
    except OSError as error:
        raise BackupError(f"{target} cannot be written: {error.strerror}; choose another place") from error
    finally:
        unfinished.unlink(missing_ok=True)


@contextmanager
def _transaction(database_url: str) -> Iterator[Connection]:
    """Open a transaction that sees everything as it is at one moment."""
    is_sqlite = make_url(database_url).get_backend_name() == "sqlite"
    options = {} if is_sqlite else {"isolation_level": "REPEATABLE READ"}
    with closing(open_database(database_url)) as database, database.write() as session:
        yield session.connection(execution_options=options)


def _url(path: Path) -> str:
    return f"sqlite:///{path}"

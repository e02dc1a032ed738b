"""The database: up to date, strict, and clear about what is wrong with it."""

import sqlite3
from contextlib import closing
from datetime import datetime

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import IntegrityError

from checkout_api import database
from checkout_api.database import migrate, open_database
from checkout_api.errors import DatabaseUnavailableError
from checkout_api.tables import Table, UtcDateTime


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'walkout.db'}"


def tables_of(url):
    engine = create_engine(url)
    try:
        return set(inspect(engine).get_table_names()) - {"alembic_version"}
    finally:
        engine.dispose()


def test_migrations_make_all_tables_and_unmake_them(url):
    migrate(url)
    assert tables_of(url) == set(Table.metadata.tables)
    migrate(url, "base")
    assert tables_of(url) == set()
    migrate(url)
    migrate(url)
    assert tables_of(url) == set(Table.metadata.tables)


@pytest.mark.slow
def test_migrations_go_up_and_down_on_postgresql_too(postgres):
    url = postgres.empty()
    migrate(url)
    assert tables_of(url) == set(Table.metadata.tables)
    migrate(url, "base")
    assert tables_of(url) == set()
    migrate(url)
    engine = create_engine(url)
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), Table.metadata)
    engine.dispose()

    assert differences == []


def test_migrations_and_tables_say_the_same(url):
    migrate(url)
    engine = create_engine(url)
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), Table.metadata)
    engine.dispose()

    assert differences == []


def test_sqlite_is_durable_and_checks_references(url):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            database, "_SQLITE_PRAGMAS", ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON")
        )
        migrate(url)
        with closing(open_database(url)) as opened, opened.write() as session:
            pragmas = {
                name: session.scalar(text(f"PRAGMA {name}"))
                for name in ("journal_mode", "synchronous", "foreign_keys")
            }

    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_a_writer_waits_for_no_reader_and_a_reader_for_no_writer(url):
    migrate(url)
    with closing(open_database(url)) as opened, opened.write() as writer:
        writer.execute(text("INSERT INTO products VALUES ('a', 'A', 1, 'EUR', 0, '2026-01-01', 0)"))
        with opened.read() as reader:
            assert reader.scalar(text("SELECT count(*) FROM products")) == 0


def test_what_failed_half_way_is_not_written(url):
    migrate(url)
    insert = text("INSERT INTO products VALUES ('a', 'A', 1, 'EUR', 0, '2026-01-01', 0)")
    with closing(open_database(url)) as opened:
        with pytest.raises(IntegrityError), opened.write() as session:  # noqa: PT012  # the second insert is the fault
            session.execute(insert)
            session.execute(insert)
        with opened.read() as session:
            assert session.scalar(text("SELECT count(*) FROM products")) == 0


@pytest.mark.parametrize("problem", ["folder is missing", "is a folder", "is not a database", "is read-only"])
def test_a_database_that_cannot_be_used_is_named_in_one_line(tmp_path, monkeypatch, problem):
    path = tmp_path / "walkout.db"
    if problem == "folder is missing":
        path = tmp_path / "missing" / "walkout.db"
    elif problem == "is a folder":
        path.mkdir()
    elif problem == "is not a database":
        path.write_text("groceries: milk, cola\n" * 100)
    address = f"sqlite:///{path}"
    if problem == "is read-only":
        migrate(address)
        address = f"sqlite:///file:{path}?mode=ro&uri=true"

    with pytest.raises(
        DatabaseUnavailableError, match=r"^database .*walkout\.db.* cannot be used: .*; check"
    ) as error:
        migrate(address, "base")
    assert "\n" not in str(error.value)


def test_a_database_that_another_program_locks_is_refused_in_the_end(url, monkeypatch):
    monkeypatch.setattr(database, "_LOCK_TIMEOUT_S", 0.05)
    migrate(url)
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with (
            closing(open_database(url)) as opened,
            pytest.raises(DatabaseUnavailableError, match="locked"),
            opened.write() as session,
        ):
            session.execute(text("SELECT 1"))


def test_naive_times_are_refused():
    with pytest.raises(ValueError, match="no time zone"):
        UtcDateTime().process_bind_param(datetime(2026, 1, 1), None)  # noqa: DTZ001  # what is refused

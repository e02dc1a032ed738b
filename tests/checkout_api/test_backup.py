"""Backups: whole, while the checkout works, and good for getting everything back."""

import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import func, select

from checkout_api.backup import back_up, restore
from checkout_api.database import migrate, open_database
from checkout_api.errors import BackupError
from checkout_api.tables import AccountTable, OrderTable
from tests.checkout_api.conftest import PRODUCTS
from tests.checkout_api.in_process import InProcessShop


def count(url, table):
    with closing(open_database(url)) as database, database.read() as session:
        return session.scalar(select(func.count()).select_from(table))


def test_what_was_backed_up_while_open_comes_back(parts, tmp_path):
    shop = InProcessShop(parts, PRODUCTS)
    shop.place_order(("milk", 2), ("cola", 1))
    file, url = tmp_path / "backup.db", f"sqlite:///{tmp_path / 'new.db'}"
    with parts.database.read():
        rows = back_up(parts.settings.database_url, file)
    shop.place_order(("milk", 1))

    assert restore(file, url) == rows
    assert (count(url, OrderTable), count(url, AccountTable)) == (1, 2)
    assert file.stat().st_mode & 0o077 == 0
    with closing(sqlite3.connect(tmp_path / "new.db")) as new:
        assert new.execute("PRAGMA foreign_key_check").fetchall() == []


def test_a_database_that_holds_something_is_replaced_only_when_told(parts, tmp_path):
    file = tmp_path / "backup.db"
    rows = back_up(parts.settings.database_url, file)

    with pytest.raises(BackupError, match="not empty"):
        restore(file, parts.settings.database_url)
    assert restore(file, parts.settings.database_url, replace=True) == rows


def test_a_backup_is_never_written_over(parts, tmp_path):
    file = tmp_path / "backup.db"
    file.write_text("precious")

    with pytest.raises(BackupError, match="never written over"):
        back_up(parts.settings.database_url, file)
    assert file.read_text() == "precious"


@pytest.mark.parametrize("content", [b"no database at all" * 100, b""])
def test_a_file_that_is_no_backup_is_refused_and_nothing_is_touched(content, tmp_path):
    file = tmp_path / "backup.db"
    file.write_bytes(content)

    with pytest.raises(BackupError):
        restore(file, f"sqlite:///{tmp_path / 'new.db'}")
    assert not (tmp_path / "new.db").exists()


def test_a_missing_database_is_named(tmp_path):
    with pytest.raises(BackupError, match="there is no database"):
        back_up(f"sqlite:///{tmp_path / 'none.db'}", tmp_path / "backup.db")
    with pytest.raises(BackupError, match="cannot be read"):
        restore(tmp_path / "none.db", f"sqlite:///{tmp_path / 'new.db'}")


def test_a_backup_of_an_older_version_is_brought_up_to_date(tmp_path):
    old = f"sqlite:///{tmp_path / 'old.db'}"
    migrate(old, "0001")
    back_up(old, tmp_path / "backup.db")
    with closing(sqlite3.connect(tmp_path / "backup.db")) as backup, backup:
        backup.execute("INSERT INTO accounts VALUES ('a', 'a@b.example', 'A', 'x', 'shopper', '2026-01-01')")
    url = f"sqlite:///{tmp_path / 'new.db'}"
    restore(tmp_path / "backup.db", url)

    assert count(url, AccountTable) == 1

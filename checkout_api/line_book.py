"""The store computer's file of messages that have to reach the API. SQLite; nothing here sends anything."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from checkout_api.errors import StoreLineError

_TABLES = """
CREATE TABLE IF NOT EXISTS messages (
    n INTEGER PRIMARY KEY AUTOINCREMENT,
    visit_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    body TEXT NOT NULL,
    state TEXT NOT NULL,
    answer TEXT,
    UNIQUE (kind, key)
);
CREATE INDEX IF NOT EXISTS waiting_messages ON messages (state, visit_id, n);
CREATE TABLE IF NOT EXISTS openings (
    event_id TEXT PRIMARY KEY, visit_id TEXT NOT NULL, gate_id TEXT NOT NULL, at_s REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS openings_of_visits ON openings (visit_id, at_s);
CREATE TABLE IF NOT EXISTS visit_names (visit_id TEXT PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS codes (pass_id TEXT, n INTEGER, visit_id TEXT NOT NULL, PRIMARY KEY (pass_id, n));
CREATE TABLE IF NOT EXISTS signing_keys (key_id INTEGER PRIMARY KEY, public_key BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS limits (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
"""
_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000")
_COLUMNS = "n, visit_id, kind, key, body, state, answer"


class Kind(StrEnum):
    """What a message tells."""

    ENTRY = "entry"
    CART = "cart"
    TRIP = "trip"


class State(StrEnum):
    """How far a message got; refused means for good."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Message:
    """One message; `key` makes it the only one of its kind."""

    n: int
    visit_id: str
    kind: Kind
    key: str
    body: str
    state: State
    answer: str | None


class LineBook:
    """The file, for all threads of one process; the gate's process and the cameras' may share it.

    Every method may raise `StoreLineError`.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        with self._clear_errors():
            self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            for pragma in _PRAGMAS:
                self._db.execute(f"PRAGMA {pragma}").close()
            self._db.executescript(_TABLES)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def add(self, kind: Kind, visit_id: str, key: str, body: str) -> None:
        """Write a message down, unless it is there; an earlier cart of the visit that waits is forgotten."""
        with self._write() as db:
            if kind is Kind.CART:
                db.execute(
                    "DELETE FROM messages WHERE visit_id = ? AND kind = ? AND state = ?",
                    (visit_id, kind, State.WAITING),
                )
            db.execute(
                "INSERT OR IGNORE INTO messages (visit_id, kind, key, body, state) VALUES (?, ?, ?, ?, ?)",
                (visit_id, kind, key, body, State.WAITING),
            )

    def heads(self) -> list[Message]:
        """Return the oldest waiting message of each visit, oldest first."""
        return self._messages(
            f"SELECT {_COLUMNS} FROM messages WHERE n IN "  # noqa: S608  # made of constants
            "(SELECT min(n) FROM messages WHERE state = ? GROUP BY visit_id) ORDER BY n",
            State.WAITING,
        )

    def refused(self) -> list[Message]:
        """Return what was refused, oldest first."""
        return self._messages(
            f"SELECT {_COLUMNS} FROM messages WHERE state = ? ORDER BY n",  # noqa: S608  # made of constants
            State.REFUSED,
        )

    def find(self, kind: Kind, key: str) -> Message | None:
        """Find a message."""
        found = self._messages(
            f"SELECT {_COLUMNS} FROM messages WHERE kind = ? AND key = ?",  # noqa: S608  # made of constants
            kind,
            key,
        )
        return found[0] if found else None

    def count(self, state: State) -> int:
        """Count the messages in a state."""
        with self._read() as db:
            return int(db.execute("SELECT count(*) FROM messages WHERE state = ?", (state,)).fetchone()[0])

    def delivered(self, message: Message, answer: str | None) -> None:
        """Note that a message arrived. A trip is kept with its answer, of everything else nothing is left."""
        with self._write() as db:
            if message.kind is Kind.CART:
                db.execute("DELETE FROM messages WHERE n = ?", (message.n,))
            else:
                self._set(db, message, State.DELIVERED, answer)

    def refuse(self, message: Message, reason: str) -> None:
        """Set a message aside for good."""
        with self._write() as db:
            self._set(db, message, State.REFUSED, reason)

    def set_name(self, visit_id: str, name: str) -> None:
        """Note what the API calls a visit that began offline."""
        with self._write() as db:
            db.execute("INSERT OR REPLACE INTO visit_names VALUES (?, ?)", (visit_id, name))

    def name_of(self, visit_id: str) -> str:
        """Return what the API calls a visit: the same, unless it began offline."""
        with self._read() as db:
            found = db.execute("SELECT name FROM visit_names WHERE visit_id = ?", (visit_id,)).fetchone()
        return str(found[0]) if found else visit_id

    def keep_opening(self, visit_id: str, event_id: str, gate_id: str, at_s: float) -> None:
        """Remember by which opening of a gate somebody came in for a visit; its trip has to tell."""
        with self._write() as db:
            db.execute(
                "INSERT OR IGNORE INTO openings (event_id, visit_id, gate_id, at_s) VALUES (?, ?, ?, ?)",
                (event_id, visit_id, gate_id, at_s),
            )

    def openings(self, visit_id: str) -> list[tuple[str, str, float]]:
        """Return the openings of a visit, oldest first: the gate's id of each, the gate, seconds UTC."""
        with self._read() as db:
            found = db.execute(
                "SELECT event_id, gate_id, at_s FROM openings WHERE visit_id = ? ORDER BY at_s", (visit_id,)
            )
            return [(str(event_id), str(gate_id), float(at_s)) for event_id, gate_id, at_s in found]

    def use_code(self, pass_id: str, n: int, party_size: int, visit_id: str) -> str | None:
        """Use a code of a pass here, for a visit or for the one that others of the pass began here.

        Returns:
            The visit; None if the code, or all places of the pass, were used here before.
        """
        with self._write() as db:
            used = dict(db.execute("SELECT n, visit_id FROM codes WHERE pass_id = ?", (pass_id,)))
            if n in used or len(used) >= party_size:
                return None
            visit_id = next(iter(used.values()), visit_id)
            db.execute("INSERT INTO codes VALUES (?, ?, ?)", (pass_id, n, visit_id))
            return visit_id

    def waiting_entries(self) -> int:
        """Count the openings that the API has not heard of."""
        with self._read() as db:
            counted = db.execute(
                "SELECT count(*) FROM messages WHERE kind = ? AND state = ?", (Kind.ENTRY, State.WAITING)
            )
            return int(counted.fetchone()[0])

    def keep_keys(self, public_keys: dict[int, bytes], offline_entries_limit: int) -> None:
        """Keep what a gate needs after a restart without a network."""
        with self._write() as db:
            db.execute("DELETE FROM signing_keys")
            db.executemany("INSERT INTO signing_keys VALUES (?, ?)", public_keys.items())
            limit = ("offline_entries", offline_entries_limit)
            db.execute("INSERT OR REPLACE INTO limits VALUES (?, ?)", limit)

    def kept_keys(self) -> tuple[dict[int, bytes], int]:
        """Return the keys that were kept, and how many may come in offline; none and 0 before the first."""
        with self._read() as db:
            keys = {int(row[0]): bytes(row[1]) for row in db.execute("SELECT * FROM signing_keys")}
            limit = db.execute("SELECT value FROM limits WHERE name = 'offline_entries'").fetchone()
        return keys, int(limit[0]) if limit else 0

    def _messages(self, query: str, *values: str) -> list[Message]:
        with self._read() as db:
            rows = db.execute(query, values).fetchall()
        return [Message(row[0], row[1], Kind(row[2]), row[3], row[4], State(row[5]), row[6]) for row in rows]

    @staticmethod
    def _set(db: sqlite3.Connection, message: Message, state: State, answer: str | None) -> None:
        db.execute("UPDATE messages SET state = ?, answer = ? WHERE n = ?", (state, answer, message.n))

    @contextmanager
    def _read(self) -> Iterator[sqlite3.Connection]:
        with self._clear_errors(), self._lock:
            yield self._db

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        with self._clear_errors(), self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    @contextmanager
    def _clear_errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise StoreLineError(
                f"{self._path}, where messages to the checkout API wait, cannot be used: {error}; check that "
                "its folder exists and is writable, and that there is space"
            ) from error

"""The simulated provider's books: one SQLite file, read and written under the simulator's lock."""

import json
import sqlite3
from datetime import datetime
from pathlib import Path

from checkout_api.errors import DatabaseUnavailableError
from checkout_api.money import Money
from checkout_api.payments import (
    ChargeState,
    ProviderCharge,
    ProviderDispute,
    ProviderRefund,
    Setup,
    SetupState,
)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS payments (
    n INTEGER PRIMARY KEY, reference TEXT NOT NULL, token TEXT NOT NULL, amount_minor INTEGER NOT NULL,
    currency TEXT NOT NULL, is_hold INTEGER NOT NULL, state TEXT NOT NULL, captured_minor INTEGER NOT NULL,
    decline_code TEXT, action_url TEXT, return_url TEXT, capture_before TEXT, created_at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS payment_refunds (
    n INTEGER PRIMARY KEY, payment INTEGER NOT NULL REFERENCES payments(n), reference TEXT NOT NULL,
    amount_minor INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS setups (
    n INTEGER PRIMARY KEY, reference TEXT NOT NULL, return_url TEXT NOT NULL, cancel_url TEXT NOT NULL,
    state TEXT NOT NULL, token TEXT
);
CREATE TABLE IF NOT EXISTS disputes (
    n INTEGER PRIMARY KEY, payment INTEGER NOT NULL REFERENCES payments(n), amount_minor INTEGER NOT NULL,
    reason TEXT NOT NULL, is_won INTEGER, evidence_due_at TEXT, evidence TEXT
);
CREATE TABLE IF NOT EXISTS call_keys (
    key TEXT PRIMARY KEY, parameters TEXT NOT NULL, result INTEGER NOT NULL
);
"""
Value = str | int | None


class SimulatorBooks:
    """Rows in, provider's objects out; transactions and locking are the caller's."""

    def __init__(self, path: Path) -> None:
        """Open the books, making the file when it is missing.

        Raises:
            DatabaseUnavailableError: If the file cannot be opened or written.
        """
        try:
            self._connection = sqlite3.connect(
                path, isolation_level=None, check_same_thread=False, timeout=30
            )
            self._connection.execute("PRAGMA journal_mode=WAL")
            # A simulated bank may forget its last second in a power cut; a killed process loses nothing.
            self._connection.execute("PRAGMA synchronous=NORMAL")
            self._connection.executescript(_SCHEMA)
        except sqlite3.Error as error:
            raise DatabaseUnavailableError(
                f"the payment simulator's books {path} cannot be used: {error}; "
                "check that the folder exists and is writable"
            ) from error

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def run(self, statement: str, *values: Value) -> None:
        """Execute a statement that returns nothing."""
        self._connection.execute(statement, values)

    def insert(self, statement: str, *values: Value) -> int:
        """Execute an insert and return the new row's number."""
        number = self._connection.execute(statement, values).lastrowid
        if number is None:
            raise ValueError("the insert made no row")
        return number

    def numbers(self, statement: str, *values: Value) -> list[int]:
        """Return the first column of a query."""
        return [int(n) for (n, *_) in self._connection.execute(statement, values)]

    def known(self, key: str, *parameters: Value) -> int | None:
        """Return what a call with this key made before.

        Raises:
            ValueError: If the key came with other parameters.
        """
        row = self._connection.execute(
            "SELECT parameters, result FROM call_keys WHERE key = ?", (key,)
        ).fetchone()
        if row is None:
            return None
        if row[0] != json.dumps(parameters):
            raise ValueError(f"idempotency key {key} came before with other parameters")
        return int(row[1])

    def remember(self, key: str, result: int, *parameters: Value) -> None:
        """Keep what a call with this key made."""
        self.run("INSERT INTO call_keys VALUES (?, ?, ?)", key, json.dumps(parameters), result)

    def token_of(self, number: int) -> str:
        """Return the payment method of a charge."""
        return str(
            self._connection.execute("SELECT token FROM payments WHERE n = ?", (number,)).fetchone()[0]
        )

    def is_hold(self, number: int) -> bool:
        """Tell whether a charge reserves money first."""
        return bool(
            self._connection.execute("SELECT is_hold FROM payments WHERE n = ?", (number,)).fetchone()[0]
        )

    def return_url(self, number: int) -> str:
        """Return where the bank sends the shopper of a charge."""
        row = self._connection.execute("SELECT return_url FROM payments WHERE n = ?", (number,)).fetchone()
        return str(row[0])

    def charge(self, number: int) -> ProviderCharge:
        """Return one charge.

        Raises:
            ValueError: If there is none.
        """
        row = self._connection.execute(
            "SELECT reference, amount_minor, currency, state, captured_minor, decline_code, capture_before,"
            " action_url FROM payments WHERE n = ?",
            (number,),
        ).fetchone()
        if row is None:
            raise ValueError(f"the simulated provider has no charge ch_sim_{number}")
        reference, amount_minor, currency, state, captured_minor, decline_code, capture_before, url = row
        refunds = self._connection.execute(
            "SELECT n, reference, amount_minor FROM payment_refunds WHERE payment = ? ORDER BY n", (number,)
        )
        return ProviderCharge(
            charge_id=f"ch_sim_{number}",
            reference=reference,
            state=ChargeState(state),
            amount=Money(amount_minor, currency),
            captured_minor=captured_minor,
            decline_code=decline_code,
            refunds=tuple(
                ProviderRefund(f"re_sim_{n}", ref, Money(amount, currency)) for n, ref, amount in refunds
            ),
            capture_before=datetime.fromisoformat(capture_before) if capture_before else None,
            action_url=url,
        )

    def setup(self, number: int) -> Setup:
        """Return one setup without its card.

        Raises:
            ValueError: If there is none.
        """
        row = self._connection.execute(
            "SELECT state, token, reference FROM setups WHERE n = ?", (number,)
        ).fetchone()
        if row is None:
            raise ValueError(f"the simulated provider has no setup seti_sim_{number}")
        return Setup(f"seti_sim_{number}", SetupState(row[0]), row[1], f"cus_sim_{row[2]}")

    def setup_urls(self, number: int) -> tuple[str, str]:
        """Return where the page of a setup leads: when done, and when given up."""
        row = self._connection.execute(
            "SELECT return_url, cancel_url FROM setups WHERE n = ?", (number,)
        ).fetchone()
        return str(row[0]), str(row[1])

    def dispute(self, number: int) -> ProviderDispute:
        """Return one complaint.

        Raises:
            ValueError: If there is none.
        """
        row = self._connection.execute(
            "SELECT payment, disputes.amount_minor, currency, reason, is_won, evidence_due_at FROM disputes"
            " JOIN payments ON payments.n = payment WHERE disputes.n = ?",
            (number,),
        ).fetchone()
        if row is None:
            raise ValueError(f"the simulated provider has no dispute dp_sim_{number}")
        payment, amount_minor, currency, reason, is_won, due_at = row
        return ProviderDispute(
            dispute_id=f"dp_sim_{number}",
            charge_id=f"ch_sim_{payment}",
            amount=Money(amount_minor, currency),
            reason=reason,
            outcome=None if is_won is None else bool(is_won),
            evidence_due_at=datetime.fromisoformat(due_at) if due_at else None,
        )

    def evidence(self, number: int) -> str | None:
        """Return what the store answered to a complaint."""
        row = self._connection.execute("SELECT evidence FROM disputes WHERE n = ?", (number,)).fetchone()
        return row[0] if row else None

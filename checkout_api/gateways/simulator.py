"""A payment provider that runs inside this process, with its own books in its own SQLite file.

It keeps idempotency keys as real providers do, declines by token, and fails on demand before or after the
work is done, so that demos and tests can compare receipts with what the provider believes.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from threading import Lock

from checkout_api.errors import (
    DatabaseUnavailableError,
    GatewayUnavailableError,
    PaymentTokenRefusedError,
    RefundTooLargeError,
)
from checkout_api.money import Money
from checkout_api.payments import (
    CardOnFile,
    ChargeRequest,
    ChargeState,
    ProviderCharge,
    ProviderRefund,
    RefundRequest,
)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS charges (
    n INTEGER PRIMARY KEY, reference TEXT NOT NULL, token TEXT NOT NULL, amount_minor INTEGER NOT NULL,
    currency TEXT NOT NULL, state TEXT NOT NULL, decline_code TEXT
);
CREATE TABLE IF NOT EXISTS refunds (
    n INTEGER PRIMARY KEY, charge INTEGER NOT NULL REFERENCES charges(n), reference TEXT NOT NULL,
    amount_minor INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS idempotency_keys (
    key TEXT PRIMARY KEY, parameters TEXT NOT NULL, result INTEGER NOT NULL
);
"""


@dataclass(frozen=True, slots=True)
class _TestCard:
    card: CardOnFile
    decline_code: str | None = None


# Tokens as a provider's page would hand them out; the numbers are those of public test cards.
TEST_TOKENS = {
    "pm_sim_visa": _TestCard(CardOnFile("visa", "4242", 12, 2034)),
    "pm_sim_mastercard": _TestCard(CardOnFile("mastercard", "4444", 11, 2033)),
    "pm_sim_amex": _TestCard(CardOnFile("amex", "0005", 10, 2032)),
    "pm_sim_declined": _TestCard(CardOnFile("visa", "0341", 9, 2031), "card_declined"),
    "pm_sim_insufficient_funds": _TestCard(CardOnFile("visa", "9995", 8, 2030), "insufficient_funds"),
}


class Call(StrEnum):
    """What a fault can hit."""

    PREPARE = "prepare"
    CONFIRM = "confirm"
    RETRIEVE = "retrieve"
    REFUND = "refund"


class FaultKind(StrEnum):
    """What goes wrong: the request is lost, its answer is lost after the work, or the bank says no."""

    LOST_BEFORE = "lost_before"
    LOST_AFTER = "lost_after"
    DECLINE = "decline"


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault that hits the next `times` calls of one kind."""

    call: Call
    kind: FaultKind
    times: int = 1


class SimulatorGateway:
    """The simulated provider; safe to use from several threads."""

    def __init__(self, books: Path) -> None:
        """Open the books, making the file when it is missing.

        Raises:
            DatabaseUnavailableError: If the file cannot be opened or written.
        """
        self._lock = Lock()
        self._faults: list[Fault] = []
        try:
            self._connection = sqlite3.connect(
                books, isolation_level=None, check_same_thread=False, timeout=30
            )
            self._connection.execute("PRAGMA journal_mode=WAL")
            # A simulated bank may forget its last second in a power cut; a killed process loses nothing.
            self._connection.execute("PRAGMA synchronous=NORMAL")
            self._connection.executescript(_SCHEMA)
        except sqlite3.Error as error:
            raise DatabaseUnavailableError(
                f"the payment simulator's books {books} cannot be used: {error}; "
                "check that the folder exists and is writable"
            ) from error

    @property
    def provider(self) -> str:
        """The name stored with tokens."""
        return "simulator"

    def inject(self, *faults: Fault) -> None:
        """Arrange for later calls to go wrong, in this order."""
        with self._lock:
            self._faults.extend(faults)

    def clear_faults(self) -> None:
        """Let everything work again."""
        with self._lock:
            self._faults.clear()

    def forget_idempotency_keys(self) -> None:
        """Forget all idempotency keys, as providers do after a day: every later call counts as new."""
        with self._lock:
            self._connection.execute("DELETE FROM idempotency_keys")

    def close(self) -> None:
        """Close the books."""
        with self._lock:
            self._connection.close()

    def charges(self) -> tuple[ProviderCharge, ...]:
        """Return the books: every charge ever prepared, oldest first."""
        with self._lock:
            numbers = [n for (n,) in self._connection.execute("SELECT n FROM charges ORDER BY n")]
            return tuple(self._read(n) for n in numbers)

    def captured_total_minor(self) -> int:
        """Return all money captured less all money refunded."""
        captured = [charge for charge in self.charges() if charge.state is ChargeState.CAPTURED]
        refunded = sum(refund.amount.minor_units for charge in captured for refund in charge.refunds)
        return sum(charge.amount.minor_units for charge in captured) - refunded

    def card_on_file(self, token: str) -> CardOnFile:
        """Describe a test token."""
        if token not in TEST_TOKENS:
            raise PaymentTokenRefusedError(
                f"the payment provider does not know this token; the simulator has {', '.join(TEST_TOKENS)}"
            )
        return TEST_TOKENS[token].card

    def prepare(self, request: ChargeRequest) -> str:
        """Write a charge that is ready to be confirmed."""
        parameters = json.dumps([request.reference, request.token, str(request.amount)])
        with self._call(Call.PREPARE):
            number = self._known(request.idempotency_key, parameters)
            if number is None:
                self.card_on_file(request.token)
                number = self._insert(
                    "INSERT INTO charges (reference, token, amount_minor, currency, state)"
                    " VALUES (?, ?, ?, ?, ?)",
                    (
                        request.reference,
                        request.token,
                        request.amount.minor_units,
                        request.amount.currency,
                        ChargeState.READY.value,
                    ),
                )
                self._remember(request.idempotency_key, parameters, number)
        return f"ch_sim_{number}"

    def confirm(self, charge_id: str, idempotency_key: str) -> ProviderCharge:
        """Capture a ready charge, or decline it."""
        number = _number(charge_id)
        with self._call(Call.CONFIRM) as is_declined:
            if self._known(idempotency_key, charge_id) is None:
                charge = self._read(number)
                if charge.state is not ChargeState.READY:
                    raise ValueError(
                        f"{charge_id} is {charge.state}; retrieve a charge before confirming it again"
                    )
                (token,) = self._connection.execute(
                    "SELECT token FROM charges WHERE n = ?", (number,)
                ).fetchone()
                decline_code = "do_not_honor" if is_declined else TEST_TOKENS[token].decline_code
                state = ChargeState.CAPTURED if decline_code is None else ChargeState.DECLINED
                self._connection.execute(
                    "UPDATE charges SET state = ?, decline_code = ? WHERE n = ?",
                    (state.value, decline_code, number),
                )
                self._remember(idempotency_key, charge_id, number)
            return self._read(number)

    def retrieve(self, charge_id: str) -> ProviderCharge:
        """Read one charge."""
        with self._call(Call.RETRIEVE):
            return self._read(_number(charge_id))

    def refund(self, request: RefundRequest) -> ProviderRefund:
        """Give back a part of a captured charge."""
        parameters = json.dumps([request.charge_id, request.reference, str(request.amount)])
        with self._call(Call.REFUND):
            number = self._known(request.idempotency_key, parameters)
            if number is None:
                charge = self._read(_number(request.charge_id))
                given = sum(refund.amount.minor_units for refund in charge.refunds)
                left = charge.amount.minor_units - given if charge.state is ChargeState.CAPTURED else 0
                if request.amount.minor_units > left or request.amount.currency != charge.amount.currency:
                    raise RefundTooLargeError(f"{request.charge_id} has only {left} left to refund")
                number = self._insert(
                    "INSERT INTO refunds (charge, reference, amount_minor) VALUES (?, ?, ?)",
                    (_number(request.charge_id), request.reference, request.amount.minor_units),
                )
                self._remember(request.idempotency_key, parameters, number)
        return ProviderRefund(f"re_sim_{number}", request.reference, request.amount)

    @contextmanager
    def _call(self, call: Call) -> Iterator[bool]:
        """Run one call in its own transaction with the next fault; yields whether the bank says no."""
        with self._lock:
            kind = self._next_fault(call)
            if kind is FaultKind.LOST_BEFORE:
                raise GatewayUnavailableError(f"the simulated provider did not receive {call}")
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield kind is FaultKind.DECLINE
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")
            if kind is FaultKind.LOST_AFTER:
                raise GatewayUnavailableError(f"the simulated provider's answer to {call} was lost")

    def _next_fault(self, call: Call) -> FaultKind | None:
        for position, fault in enumerate(self._faults):
            if fault.call is call:
                if fault.times > 1:
                    self._faults[position] = Fault(call, fault.kind, fault.times - 1)
                else:
                    del self._faults[position]
                return fault.kind
        return None

    def _known(self, key: str, parameters: str) -> int | None:
        row = self._connection.execute(
            "SELECT parameters, result FROM idempotency_keys WHERE key = ?", (key,)
        ).fetchone()
        if row is None:
            return None
        if row[0] != parameters:
            raise ValueError(f"idempotency key {key} came before with other parameters")
        return int(row[1])

    def _remember(self, key: str, parameters: str, result: int) -> None:
        self._connection.execute("INSERT INTO idempotency_keys VALUES (?, ?, ?)", (key, parameters, result))

    def _insert(self, statement: str, values: tuple[str | int, ...]) -> int:
        number = self._connection.execute(statement, values).lastrowid
        if number is None:
            raise ValueError("the insert made no row")
        return number

    def _read(self, number: int) -> ProviderCharge:
        row = self._connection.execute(
            "SELECT reference, amount_minor, currency, state, decline_code FROM charges WHERE n = ?",
            (number,),
        ).fetchone()
        if row is None:
            raise ValueError(f"the simulated provider has no charge ch_sim_{number}")
        reference, amount_minor, currency, state, decline_code = row
        refunds = self._connection.execute(
            "SELECT n, reference, amount_minor FROM refunds WHERE charge = ? ORDER BY n", (number,)
        )
        return ProviderCharge(
            charge_id=f"ch_sim_{number}",
            reference=reference,
            state=ChargeState(state),
            amount=Money(amount_minor, currency),
            decline_code=decline_code,
            refunds=tuple(
                ProviderRefund(f"re_sim_{n}", ref, Money(amount, currency)) for n, ref, amount in refunds
            ),
        )


def _number(charge_id: str) -> int:
    return int(charge_id.removeprefix("ch_sim_"))

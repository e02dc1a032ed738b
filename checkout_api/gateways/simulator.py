"""A payment provider that runs inside this process, with its own books in its own SQLite file.

It keeps idempotency keys as real providers do, declines by token, asks for the shopper by token, and fails
on demand before or after the work is done, so that demos and tests can compare receipts with what the
provider believes.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock
from urllib.parse import urljoin

from standardwebhooks import Webhook, WebhookVerificationError

from checkout_api.errors import (
    GatewayUnavailableError,
    PaymentTokenRefusedError,
    RefundTooLargeError,
    WebhookRefusedError,
)
from checkout_api.gateways.simulator_books import SimulatorBooks
from checkout_api.gateways.simulator_cards import TEST_TOKENS, Call, Fault, FaultKind
from checkout_api.payments import (
    AUTHENTICATION_REQUIRED,
    CaptureRequest,
    CardOnFile,
    ChargeRequest,
    ChargeState,
    ConfirmRequest,
    DisputeEvidence,
    EventKind,
    ProviderCharge,
    ProviderDispute,
    ProviderEvent,
    ProviderRefund,
    RefundRequest,
    Setup,
    SetupPage,
    SetupRequest,
    SetupState,
)

# What card networks grant a charge that was held over the internet.
HOLD_LIFETIME = timedelta(days=5)
EVIDENCE_TIME = timedelta(days=7)
# Public on purpose: the simulator moves no money.
WEBHOOK_SECRET = "whsec_c2ltdWxhdGVkLXByb3ZpZGVycy1zaWduLXdpdGgtdGhpcw=="  # noqa: S105
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _utc_now() -> datetime:
    return datetime.now(UTC)


class SimulatorGateway:
    """The simulated provider; safe to use from several threads."""

    def __init__(self, books: Path, clock: Callable[[], datetime] = _utc_now) -> None:
        """Open the books, making the file when it is missing.

        Raises:
            DatabaseUnavailableError: If the file cannot be opened or written.
        """
        self._lock = Lock()
        self._faults: list[Fault] = []
        self._clock = clock
        self._books = SimulatorBooks(books)

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
            self._books.run("DELETE FROM call_keys")

    def close(self) -> None:
        """Close the books."""
        with self._lock:
            self._books.close()

    def charges(self, created_after: datetime = _EPOCH) -> tuple[ProviderCharge, ...]:
        """Return the books: every charge ever prepared, oldest first."""
        with self._lock:
            numbers = self._books.numbers(
                "SELECT n FROM payments WHERE created_at >= ? ORDER BY n", created_after.isoformat()
            )
            return tuple(self._books.charge(n) for n in numbers)

    def captured_total_minor(self) -> int:
        """Return all money captured less all money refunded."""
        return sum(charge.captured_minor - charge.refunded_minor for charge in self.charges())

    def start_setup(self, request: SetupRequest) -> SetupPage:
        """Make a page on which a test card is chosen."""
        parameters = (request.reference, request.return_url, request.cancel_url)
        with self._call(Call.SETUP):
            number = self._books.known(request.idempotency_key, *parameters)
            if number is None:
                number = self._books.insert(
                    "INSERT INTO setups (reference, return_url, cancel_url, state) VALUES (?, ?, ?, ?)",
                    *parameters,
                    SetupState.OPEN.value,
                )
                self._books.remember(request.idempotency_key, number, *parameters)
        return SetupPage(
            f"seti_sim_{number}", urljoin(request.return_url, f"/simulator/setups/seti_sim_{number}")
        )

    def setup(self, setup_id: str) -> Setup:
        """Read one setup."""
        with self._call(Call.SETUP):
            setup = self._books.setup(_number(setup_id))
        if setup.token is None:
            return setup
        return replace(setup, card=TEST_TOKENS[setup.token].card)

    def choose_card(self, setup_id: str, token: str) -> str:
        """Do what the shopper does on the page; return where the page sends them then.

        An unknown token gives up.
        """
        with self._call(Call.SETUP):
            number = _number(setup_id)
            if token in TEST_TOKENS and self._books.setup(number).state is SetupState.OPEN:
                self._books.run(
                    "UPDATE setups SET state = ?, token = ? WHERE n = ?", SetupState.COMPLETE, token, number
                )
            return self._books.setup_urls(number)[0 if token in TEST_TOKENS else 1]

    def card_on_file(self, token: str) -> CardOnFile:
        """Describe a test token."""
        if token not in TEST_TOKENS:
            raise PaymentTokenRefusedError(
                f"the payment provider does not know this token; the simulator has {', '.join(TEST_TOKENS)}"
            )
        return TEST_TOKENS[token].card

    def prepare(self, request: ChargeRequest) -> str:
        """Write a charge that is ready to be confirmed."""
        parameters = (request.reference, request.token, str(request.amount), request.is_hold)
        with self._call(Call.PREPARE):
            number = self._books.known(request.idempotency_key, *parameters)
            if number is None:
                self.card_on_file(request.token)
                number = self._books.insert(
                    "INSERT INTO payments (reference, token, amount_minor, currency, is_hold, state,"
                    " captured_minor, created_at) VALUES (?, ?, ?, ?, ?, ?, 0, ?)",
                    request.reference,
                    request.token,
                    request.amount.minor_units,
                    request.amount.currency,
                    request.is_hold,
                    ChargeState.READY.value,
                    self._clock().isoformat(),
                )
                self._books.remember(request.idempotency_key, number, *parameters)
        return f"ch_sim_{number}"

    def confirm(self, request: ConfirmRequest) -> ProviderCharge:
        """Capture or hold a ready charge, decline it, or send the shopper to their bank."""
        number = _number(request.charge_id)
        with self._call(Call.CONFIRM) as is_declined:
            if self._books.known(request.idempotency_key, request.charge_id) is None:
                charge = self._books.charge(number)
                if charge.state is not ChargeState.READY:
                    raise ValueError(
                        f"{request.charge_id} is {charge.state}; retrieve a charge before confirming it again"
                    )
                self._confirm(number, charge, request.return_url, is_declined)
                self._books.remember(request.idempotency_key, number, request.charge_id)
            return self._books.charge(number)

    def authenticate(self, charge_id: str, *, succeeds: bool) -> str:
        """Do what the shopper does on their bank's page; return where the bank sends them then."""
        number = _number(charge_id)
        with self._call(Call.RETRIEVE):
            charge = self._books.charge(number)
            if charge.state is not ChargeState.ACTION_REQUIRED:
                raise ValueError(f"{charge_id} is {charge.state}, it waits for nobody")
            back = self._books.return_url(number)
            if succeeds:
                self._take(number, charge)
            else:
                self._decline(number, "authentication_failed")
        return back

    def capture(self, request: CaptureRequest) -> ProviderCharge:
        """Take reserved money; a hold that ran out or was freed stays as it is."""
        number = _number(request.charge_id)
        parameters = (request.charge_id, str(request.amount))
        with self._call(Call.CAPTURE):
            if self._books.known(request.idempotency_key, *parameters) is None:
                charge = self._expired(number)
                if request.amount.minor_units > charge.amount.minor_units:
                    raise ValueError(f"{request.charge_id} holds only {charge.amount}")
                if charge.state is ChargeState.HELD:
                    self._books.run(
                        "UPDATE payments SET state = ?, captured_minor = ?, capture_before = NULL"
                        " WHERE n = ?",
                        ChargeState.CAPTURED,
                        request.amount.minor_units,
                        number,
                    )
                self._books.remember(request.idempotency_key, number, *parameters)
            return self._books.charge(number)

    def cancel(self, charge_id: str, idempotency_key: str) -> ProviderCharge:
        """Free a hold or give a charge up; what is captured or declined stays as it is."""
        number = _number(charge_id)
        with self._call(Call.CANCEL):
            if self._books.charge(number).state in {
                ChargeState.READY,
                ChargeState.HELD,
                ChargeState.ACTION_REQUIRED,
            }:
                self._books.run(
                    "UPDATE payments SET state = ?, capture_before = NULL, action_url = NULL WHERE n = ?",
                    ChargeState.CANCELED,
                    number,
                )
            return self._books.charge(number)

    def retrieve(self, charge_id: str) -> ProviderCharge:
        """Read one charge."""
        with self._call(Call.RETRIEVE):
            return self._expired(_number(charge_id))

    def refund(self, request: RefundRequest) -> ProviderRefund:
        """Give back a part of a captured charge."""
        parameters = (request.charge_id, request.reference, str(request.amount))
        with self._call(Call.REFUND):
            number = self._books.known(request.idempotency_key, *parameters)
            if number is None:
                charge = self._books.charge(_number(request.charge_id))
                left = charge.captured_minor - charge.refunded_minor
                if request.amount.minor_units > left or request.amount.currency != charge.amount.currency:
                    raise RefundTooLargeError(f"{request.charge_id} has only {left} left to refund")
                number = self._books.insert(
                    "INSERT INTO payment_refunds (payment, reference, amount_minor) VALUES (?, ?, ?)",
                    _number(request.charge_id),
                    request.reference,
                    request.amount.minor_units,
                )
                self._books.remember(request.idempotency_key, number, *parameters)
        return ProviderRefund(f"re_sim_{number}", request.reference, request.amount)

    def complain(self, charge_id: str, reason: str) -> str:
        """Do what an unhappy shopper does at their bank; return the dispute's id."""
        with self._call(Call.RETRIEVE):
            charge = self._books.charge(_number(charge_id))
            number = self._books.insert(
                "INSERT INTO disputes (payment, amount_minor, reason, evidence_due_at) VALUES (?, ?, ?, ?)",
                _number(charge_id),
                charge.captured_minor - charge.refunded_minor,
                reason,
                (self._clock() + EVIDENCE_TIME).isoformat(),
            )
        return f"dp_sim_{number}"

    def decide(self, dispute_id: str, *, store_wins: bool) -> None:
        """Do what the bank does in the end."""
        with self._call(Call.RETRIEVE):
            self._books.run(
                "UPDATE disputes SET is_won = ?, evidence_due_at = NULL WHERE n = ?",
                store_wins,
                _number(dispute_id),
            )

    def dispute(self, dispute_id: str) -> ProviderDispute:
        """Read one complaint."""
        with self._call(Call.RETRIEVE):
            return self._books.dispute(_number(dispute_id))

    def submit_evidence(self, dispute_id: str, evidence: DisputeEvidence, idempotency_key: str) -> None:
        """Keep the first answer to a complaint."""
        with self._call(Call.EVIDENCE):
            if self._books.evidence(_number(dispute_id)) is None:
                self._books.run(
                    "UPDATE disputes SET evidence = ?, evidence_due_at = NULL WHERE n = ?",
                    json.dumps(asdict(evidence)),
                    _number(dispute_id),
                )

    def parse_event(self, body: bytes, headers: dict[str, str], now: datetime) -> ProviderEvent:
        """Read a message signed as `standardwebhooks` says; its own clock is the system's."""
        try:
            content = Webhook(WEBHOOK_SECRET).verify(body, headers)
            return ProviderEvent(headers["webhook-id"], EventKind(content["kind"]), str(content["object_id"]))
        except (WebhookVerificationError, KeyError, ValueError, TypeError) as error:
            raise WebhookRefusedError(f"this message is not from the payment simulator: {error}") from None

    @contextmanager
    def _call(self, call: Call) -> Iterator[bool]:
        """Run one call in its own transaction with the next fault; yields whether the bank says no."""
        with self._lock:
            kind = self._next_fault(call)
            if kind is FaultKind.LOST_BEFORE:
                raise GatewayUnavailableError(f"the simulated provider did not receive {call}")
            self._books.run("BEGIN IMMEDIATE")
            try:
                yield kind is FaultKind.DECLINE
            except BaseException:
                self._books.run("ROLLBACK")
                raise
            self._books.run("COMMIT")
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

    def _confirm(
        self, number: int, charge: ProviderCharge, return_url: str | None, is_declined: bool
    ) -> None:
        card = TEST_TOKENS[self._books.token_of(number)]
        decline_code = "do_not_honor" if is_declined else card.decline_code
        if decline_code is None and card.must_authenticate and return_url is None:
            decline_code = AUTHENTICATION_REQUIRED
        if decline_code is not None:
            self._decline(number, decline_code)
        elif card.must_authenticate and return_url is not None:
            self._books.run(
                "UPDATE payments SET state = ?, action_url = ?, return_url = ? WHERE n = ?",
                ChargeState.ACTION_REQUIRED,
                urljoin(return_url, f"/simulator/banks/{charge.charge_id}"),
                return_url,
                number,
            )
        else:
            self._take(number, charge)

    def _take(self, number: int, charge: ProviderCharge) -> None:
        if self._books.is_hold(number):
            self._books.run(
                "UPDATE payments SET state = ?, capture_before = ?, action_url = NULL WHERE n = ?",
                ChargeState.HELD,
                (self._clock() + HOLD_LIFETIME).isoformat(),
                number,
            )
        else:
            self._books.run(
                "UPDATE payments SET state = ?, captured_minor = ?, action_url = NULL WHERE n = ?",
                ChargeState.CAPTURED,
                charge.amount.minor_units,
                number,
            )

    def _decline(self, number: int, decline_code: str) -> None:
        self._books.run(
            "UPDATE payments SET state = ?, decline_code = ?, action_url = NULL WHERE n = ?",
            ChargeState.DECLINED,
            decline_code,
            number,
        )

    def _expired(self, number: int) -> ProviderCharge:
        """Free a hold whose time is over, as providers do by themselves."""
        charge = self._books.charge(number)
        if charge.capture_before is not None and charge.capture_before <= self._clock():
            self._books.run(
                "UPDATE payments SET state = ?, capture_before = NULL WHERE n = ?",
                ChargeState.CANCELED,
                number,
            )
        return self._books.charge(number)


def _number(object_id: str) -> int:
    return int(object_id.rpartition("_")[2])

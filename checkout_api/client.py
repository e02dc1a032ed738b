"""How the store computer, the demo and tests talk to the checkout API: typed calls over HTTP.

Every call may be repeated without a second effect, so a broken connection is retried a few times with the
same ids. This module knows the wire and none of the server's code.
"""

import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from types import TracebackType
from typing import Any, Self

import httpx

from checkout_api.errors import CheckoutRefusedError, CheckoutUnreachableError

# 0.1 + 0.2 + 0.4 + 0.8 s: longer than a restart's hiccup, shorter than a shopper's patience.
_TRIES = 5
_FIRST_PAUSE_S = 0.1
_TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True)
class CatalogProduct:
    """A product to upload; `tax_rate` is a fraction, 0.19 for 19 %."""

    sku: str
    name: str
    price_minor: int
    currency: str
    tax_rate: Decimal


@dataclass(frozen=True, slots=True)
class ShopperLogin:
    """A signed-in shopper; the token is short-lived, see `CheckoutClient.sign_in`."""

    account_id: str
    token: str


@dataclass(frozen=True, slots=True)
class CardOnFile:
    """A linked payment method."""

    payment_method_id: str
    brand: str
    last4: str


@dataclass(frozen=True, slots=True)
class EntryCode:
    """A code that opens a gate once; `code` is the text of the QR code."""

    entry_code_id: str
    code: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class AuthEvent:
    """One opening of a gate, by the gate's own id of it."""

    event_id: str
    at: datetime
    location: str = "gate"


@dataclass(frozen=True, slots=True)
class CartLine:
    """One line of a cart; `confidence` is a probability."""

    sku: str
    quantity: int
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class PurchaseLine:
    """One line of a finished trip; without `needs_review` it is charged."""

    sku: str
    quantity: int
    confidence: float = 1.0
    needs_review: bool = False


@dataclass(frozen=True, slots=True)
class Trip:
    """A finished trip; the same `trip_id` is one purchase, however often it is sent."""

    trip_id: str
    started_at: datetime
    ended_at: datetime
    auth_events: tuple[AuthEvent, ...]
    lines: tuple[PurchaseLine, ...]


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """One line of a receipt; `state` is billed, in_review or dropped."""

    line_id: str
    sku: str
    name: str
    quantity: int
    unit_price_minor: int
    amount_minor: int
    confidence: float
    state: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt as it stands now; amounts are minor units.

    Attributes:
        status: pending, in_review, paid, payment_due, no_purchase, partly_refunded or refunded.
        charge_ids: The provider's ids of what was charged.
    """

    receipt_id: str
    receipt_number: int
    order_id: str
    visit_id: str
    status: str
    currency: str
    lines: tuple[ReceiptLine, ...]
    total_minor: int
    charged_minor: int
    refunded_minor: int
    charge_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Settled:
    """What a settling pass did."""

    finished: int
    unfinished: int


class CheckoutClient:
    """One connection to the checkout API, with the key of a gate or store computer.

    Every method may raise `CheckoutRefusedError` (the API said no; asking again does not help) or
    `CheckoutUnreachableError` (no answer after all tries; asking again later is safe).
    """

    def __init__(
        self,
        base_url: str,
        device_key: str,
        *,
        store_id: str = "store-1",
        sleep: Callable[[float], None] = time.sleep,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._http = httpx.Client(base_url=base_url, timeout=_TIMEOUT_S, transport=transport)
        self._device = {"X-Device-Key": device_key}
        self._store_id = store_id
        self._sleep = sleep

    def __enter__(self) -> Self:
        """Return this client."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connection."""
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def upload_catalog(self, products: Sequence[CatalogProduct]) -> int:
        """Add or change products and return how many."""
        items = [
            {
                "sku": product.sku,
                "name": product.name,
                "priceMinor": product.price_minor,
                "currency": product.currency,
                "taxRate": str(product.tax_rate),
            }
            for product in products
        ]
        body = {"storeId": self._store_id, "items": items}
        return int(self._call("POST", "/v1/catalog/upload", self._device, body)["uploaded"])

    def sign_up(self, email: str, password: str, display_name: str) -> ShopperLogin:
        """Make a shopper's account and sign in."""
        body = {"email": email, "password": password, "displayName": display_name}
        try:
            self._call("POST", "/v1/accounts", {}, body)
        except CheckoutRefusedError as error:
            # After a lost answer the account exists; then the password decides.
            if error.code != "email_taken":
                raise
        return self.sign_in(email, password)

    def sign_in(self, email: str, password: str) -> ShopperLogin:
        """Return a fresh token for an account."""
        token = str(
            self._call("POST", "/v1/tokens", {}, {"email": email, "password": password})["accessToken"]
        )
        account = self._call("GET", "/v1/me", _bearer(token))
        return ShopperLogin(account_id=account["accountId"], token=token)

    def link_payment_method(self, login: ShopperLogin, token: str) -> CardOnFile:
        """Link a payment method by the provider's token."""
        answer = self._call("POST", "/v1/me/payment-methods", _bearer(login.token), {"token": token})
        return CardOnFile(answer["paymentMethodId"], answer["brand"], answer["last4"])

    def issue_entry_code(self, login: ShopperLogin) -> EntryCode:
        """Ask for a code that opens a gate once."""
        answer = self._call("POST", "/v1/me/entry-codes", _bearer(login.token), {})
        return EntryCode(answer["entryCodeId"], answer["code"], datetime.fromisoformat(answer["expiresAt"]))

    def entry_code_svg(self, login: ShopperLogin, entry_code_id: str) -> bytes:
        """Return an entry code drawn as QR code."""
        return self._send("GET", f"/v1/me/entry-codes/{entry_code_id}.svg", _bearer(login.token)).content

    def scan(self, code: str, event: AuthEvent) -> str:
        """Show a code to the gate and return the visit that begins; the same event is one opening."""
        body = {
            "requestId": event.event_id,
            "identityKey": code,
            "storeId": self._store_id,
            "authEvent": _auth_event(event),
            "keyChannel": "OPTICAL",
        }
        return str(self._call("POST", "/v1/identity/identity-keys", self._device, body)["visitId"])

    def put_cart(self, visit_id: str, lines: Sequence[CartLine], as_of: datetime) -> None:
        """Tell what a visit holds as of a moment; what is older than the last word changes nothing."""
        body = {
            "asOf": as_of.isoformat(),
            "lines": [
                {"sku": line.sku, "quantity": line.quantity, "confidence": line.confidence} for line in lines
            ],
        }
        self._call("PUT", f"/v1/visits/{visit_id}/cart", self._device, body)

    def cart(self, visit_id: str) -> tuple[CartLine, ...]:
        """Return what the API holds for a visit."""
        answer = self._call("GET", f"/v1/visits/{visit_id}/cart", self._device)
        return tuple(CartLine(line["sku"], line["quantity"], line["confidence"]) for line in answer["lines"])

    def purchase(self, trip: Trip) -> Receipt:
        """Turn a finished trip into its one purchase; `pending` means that it is charged later, once."""
        body = {
            "requestId": str(uuid.uuid4()),
            "idempotentShoppingTripId": trip.trip_id,
            "storeId": self._store_id,
            "shoppingTrip": {
                "startTime": trip.started_at.isoformat(),
                "endTime": trip.ended_at.isoformat(),
                "authEvents": [_auth_event(event) for event in trip.auth_events],
            },
            "cartItems": [
                {
                    "id": line.sku,
                    "type": "SKU",
                    "quantity": line.quantity,
                    "confidence": line.confidence,
                    "decision": "review" if line.needs_review else "charge",
                }
                for line in trip.lines
            ],
        }
        return _receipt(self._call("POST", "/v1/order/purchases", self._device, body)["receipt"])

    def receipt(self, login: ShopperLogin, receipt_id: str) -> Receipt:
        """Return a shopper's receipt as it stands now."""
        return _receipt(self._call("GET", f"/v1/receipts/{receipt_id}", _bearer(login.token)))

    def receipts(self, login: ShopperLogin) -> tuple[Receipt, ...]:
        """Return a shopper's newest receipts, newest first."""
        return tuple(_receipt(found) for found in self._call("GET", "/v1/me/receipts", _bearer(login.token)))

    def receipt_pdf(self, login: ShopperLogin, receipt_id: str) -> bytes:
        """Return a shopper's receipt as PDF."""
        return self._send("GET", f"/v1/receipts/{receipt_id}.pdf", _bearer(login.token)).content

    def settle(self) -> Settled:
        """Ask the API to finish every payment whose outcome is open."""
        answer = self._call("POST", "/v1/operations/settle", self._device, {})
        return Settled(answer["finished"], answer["unfinished"])

    def expire_reviews(self) -> int:
        """Settle overdue questions for the shopper and return how many."""
        return int(self._call("POST", "/v1/review/expire", self._device, {})["expired"])

    def _call(
        self, method: str, path: str, headers: dict[str, str], body: dict[str, Any] | None = None
    ) -> Any:
        return self._send(method, path, headers, body).json()

    def _send(
        self, method: str, path: str, headers: dict[str, str], body: dict[str, Any] | None = None
    ) -> httpx.Response:
        pause_s = _FIRST_PAUSE_S
        for try_number in range(1, _TRIES + 1):
            try:
                answer = self._http.request(method, path, headers=headers, json=body)
            except httpx.TransportError as error:
                fault = f"{type(error).__name__} {error}".strip()
            else:
                if answer.status_code < httpx.codes.INTERNAL_SERVER_ERROR:
                    return _accepted(answer)
                fault = f"status {answer.status_code}"
            if try_number < _TRIES:
                self._sleep(pause_s)
                pause_s *= 2
        raise CheckoutUnreachableError(
            f"the checkout API at {self._http.base_url} did not answer {method} {path} in {_TRIES} tries "
            f"({fault}); check that it runs, the same call may be made again"
        )


def _accepted(answer: httpx.Response) -> httpx.Response:
    if answer.is_success:
        return answer
    try:
        problem = answer.json()
        code, detail = str(problem["code"]), str(problem["detail"])
    except (ValueError, KeyError, TypeError):
        code, detail = "unknown", answer.text[:200]
    raise CheckoutRefusedError(answer.status_code, code, detail)


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _auth_event(event: AuthEvent) -> dict[str, str]:
    return {"id": event.event_id, "timestamp": event.at.isoformat(), "location": event.location}


def _receipt(body: Any) -> Receipt:
    return Receipt(
        receipt_id=body["receiptId"],
        receipt_number=body["receiptNumber"],
        order_id=body["orderId"],
        visit_id=body["visitId"],
        status=body["status"],
        currency=body["currency"],
        lines=tuple(
            ReceiptLine(
                line_id=line["lineId"],
                sku=line["sku"],
                name=line["name"],
                quantity=line["quantity"],
                unit_price_minor=line["unitPriceMinor"],
                amount_minor=line["amountMinor"],
                confidence=line["confidence"],
                state=line["state"],
            )
            for line in body["lines"]
        ),
        total_minor=body["totalMinor"],
        charged_minor=body["chargedMinor"],
        refunded_minor=body["refundedMinor"],
        charge_ids=tuple(charge["chargeId"] for charge in body["charges"]),
    )

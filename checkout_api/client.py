"""How the store computer, the demo and tests talk to the checkout API: typed calls over HTTP.

Every call may be repeated without a second effect, so a broken connection is retried a few times with the
same ids. This module knows the wire and none of the server's code.
"""

import base64
import time
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, Self

import httpx

from checkout_api.client_types import (
    AuthEvent,
    CardOnFile,
    CartLine,
    CatalogProduct,
    EntryCode,
    EntryPass,
    OfflineEntry,
    OfflineEntryResult,
    PurchaseLine,
    Receipt,
    ReceiptLine,
    Settled,
    ShopperLogin,
    SigningKeys,
    Trip,
)
from checkout_api.errors import CheckoutRefusedError, CheckoutUnreachableError

__all__ = [
    "AuthEvent",
    "CardOnFile",
    "CartLine",
    "CatalogProduct",
    "CheckoutClient",
    "CheckoutRefusedError",
    "CheckoutUnreachableError",
    "EntryCode",
    "EntryPass",
    "OfflineEntry",
    "OfflineEntryResult",
    "PurchaseLine",
    "Receipt",
    "ReceiptLine",
    "Settled",
    "ShopperLogin",
    "SigningKeys",
    "Trip",
]

# 0.1 + 0.2 + 0.4 + 0.8 s: longer than a restart's hiccup, shorter than a shopper's patience.
_TRIES = 5
_FIRST_PAUSE_S = 0.1
_TIMEOUT_S = 30.0

# Settle before the answer if the provider is quick; the receipt says pending if it is not (RFC 7240).
_WAIT_FOR_PAYMENT = {"Prefer": "wait=10"}


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
        tries: int = _TRIES,
        timeout_s: float = _TIMEOUT_S,
        sleep: Callable[[float], None] = time.sleep,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Connect when the first call is made.

        Args:
            base_url: Where the API is.
            device_key: Of a gate or store computer.
            store_id: As the API's settings name the store.
            tries: How often a call is made that nobody answers.
            timeout_s: How long each try may wait for the next byte.
            sleep: Waits between tries.
            transport: In place of the network.
        """
        self._http = httpx.Client(base_url=base_url, timeout=timeout_s, transport=transport)
        self._tries = tries
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

    def mint_entry_codes(self, login: ShopperLogin, party_size: int = 1) -> EntryPass:
        """Ask for codes that open a gate once each, for as many people as are in the party."""
        body = {"partySize": party_size}
        answer = self._call("POST", "/v1/me/entry-codes", _bearer(login.token), body)
        codes = (
            EntryCode(
                code["code"],
                datetime.fromisoformat(code["validFrom"]),
                datetime.fromisoformat(code["expiresAt"]),
            )
            for code in answer["codes"]
        )
        return EntryPass(answer["entryPassId"], tuple(codes))

    def entry_code_svg(self, login: ShopperLogin, pass_id: str, n: int = 0) -> bytes:
        """Return the n-th code of a pass drawn as QR code."""
        return self._send("GET", f"/v1/me/entry-codes/{pass_id}/{n}.svg", _bearer(login.token)).content

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

    def signing_keys(self) -> SigningKeys:
        """Return what a gate needs to decide without a network."""
        answer = self._call("GET", "/v1/identity/signing-keys", self._device)
        keys = {int(key["kid"]): base64.urlsafe_b64decode(key["x"] + "==") for key in answer["keys"]}
        return SigningKeys(keys, answer["offlineEntriesLimit"])

    def report_offline_entry(self, entry: OfflineEntry) -> OfflineEntryResult:
        """Tell whom a gate let in on its own; the same event makes one visit."""
        told = {
            "requestId": entry.event.event_id,
            "identityKey": entry.code,
            "authEvent": _auth_event(entry.event),
        }
        body = {"storeId": self._store_id, "entries": [told]}
        (result,) = self._call("POST", "/v1/identity/offline-entries", self._device, body)["results"]
        return OfflineEntryResult(result["visitId"], result["flag"], result["refusal"])

    def put_evidence(
        self,
        visit_id: str,
        evidence_id: str,
        content: bytes,
        *,
        media_type: str,
        camera_id: str,
        happened_at: datetime,
        sku: str | None = None,
    ) -> None:
        """Keep a picture (image/jpeg) or clip (video/mp4) of hands at a shelf for some hours."""
        facts = {"mediaType": media_type, "cameraId": camera_id, "happenedAt": happened_at.isoformat()}
        path = f"/v1/visits/{visit_id}/evidence/{evidence_id}"
        query = httpx.QueryParams(facts if sku is None else facts | {"sku": sku})
        self._send("PUT", f"{path}?{query}", self._device, content=content)

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
        headers = self._device | _WAIT_FOR_PAYMENT
        return _receipt(self._call("POST", "/v1/order/purchases", headers, body)["receipt"])

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
        self,
        method: str,
        path: str,
        headers: dict[str, str],
        body: dict[str, Any] | None = None,
        *,
        content: bytes | None = None,
    ) -> httpx.Response:
        pause_s = _FIRST_PAUSE_S
        if content is not None:
            headers = headers | {"Content-Type": "application/octet-stream"}
        for try_number in range(1, self._tries + 1):
            try:
                answer = self._http.request(method, path, headers=headers, json=body, content=content)
            except httpx.TransportError as error:
                fault = f"{type(error).__name__} {error}".strip()
            else:
                if answer.status_code < httpx.codes.INTERNAL_SERVER_ERROR:
                    return _accepted(answer)
                fault = f"status {answer.status_code}"
            if try_number < self._tries:
                self._sleep(pause_s)
                pause_s *= 2
        raise CheckoutUnreachableError(
            f"the checkout API at {self._http.base_url} did not answer {method} {path} "
            f"in {self._tries} tries ({fault}); check that it runs, the same call may be made again"
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

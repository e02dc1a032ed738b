"""Stripe, through its own SDK. A charge is a PaymentIntent; a payment method is linked on Stripe's own page.

What Stripe's idempotency keys promise holds for a day. So after any error that may have come too late, the
PaymentIntent itself is looked at: an error can be the replayed answer to a request that succeeded.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import stripe
from stripe import StripeClient
from stripe.params import PaymentIntentCreateParams
from stripe.params.checkout import SessionCreateParams

from checkout_api.errors import (
    GatewayUnavailableError,
    PaymentTokenRefusedError,
    RefundTooLargeError,
    WebhookRefusedError,
)
from checkout_api.gateways.stripe_objects import (
    charge_of,
    dispute_of,
    event_of,
    minor_units_at_stripe,
    refund_of,
    setup_of,
)
from checkout_api.payments import (
    CaptureRequest,
    CardOnFile,
    ChargeRequest,
    ChargeState,
    ConfirmRequest,
    DisputeEvidence,
    ProviderCharge,
    ProviderDispute,
    ProviderEvent,
    ProviderRefund,
    RefundRequest,
    Setup,
    SetupPage,
    SetupRequest,
)

logger = logging.getLogger(__name__)

# Shorter than the lease of a payment attempt even with all of the SDK's retries.
_TIMEOUT_S = 10.0
_SDK_RETRIES = 2
# Stripe's SDK refuses old messages and lets any future one pass; both are refused here.
_STAMP_TOLERANCE = timedelta(minutes=5)
_NOT_LEFT = {"charge_already_refunded", "amount_too_large", "charge_disputed"}


class StripeGateway:
    """Payments through one Stripe account."""

    def __init__(self, key: str, webhook_secret: str, base_url: str | None = None) -> None:
        """Use the account of a secret key.

        Args:
            key: `sk_...`.
            webhook_secret: `whsec_...`, of the endpoint at which Stripe sends its messages here.
            base_url: In place of Stripe's own address.
        """
        self._webhook_secret = webhook_secret
        self._client = StripeClient(
            key,
            base_addresses={"api": base_url} if base_url is not None else None,
            max_network_retries=_SDK_RETRIES,
            http_client=stripe.RequestsClient(timeout=_TIMEOUT_S),
        )

    @property
    def provider(self) -> str:
        """The name stored with tokens."""
        return "stripe"

    def start_setup(self, request: SetupRequest) -> SetupPage:
        """Make a Checkout page in setup mode; the shopper proves there once who they are."""
        with _answers("start a setup"):
            customer = request.customer or self._customer(request)
            params: SessionCreateParams = {
                "mode": "setup",
                "customer": customer,
                "allowed_payment_method_types": ["card"],
                "success_url": request.return_url,
                "cancel_url": request.cancel_url,
                "metadata": {"reference": request.reference},
            }
            session = self._client.v1.checkout.sessions.create(
                params=params, options={"idempotency_key": request.idempotency_key}
            )
        return SetupPage(session.id, session.url or "")

    def setup(self, setup_id: str) -> Setup:
        """Look at a Checkout page and what was linked on it."""
        with _answers("look at a setup"):
            session = self._client.v1.checkout.sessions.retrieve(
                setup_id, params={"expand": ["setup_intent.payment_method"]}
            )
        return setup_of(_plain(session))

    def card_on_file(self, token: str) -> CardOnFile:
        """Describe a PaymentMethod."""
        try:
            with _answers("look at a payment method"):
                method = _plain(self._client.v1.payment_methods.retrieve(token))
        except stripe.InvalidRequestError as error:
            raise PaymentTokenRefusedError(f"Stripe does not know this token: {error.user_message}") from None
        card = method.get("card")
        if card is None:
            raise PaymentTokenRefusedError(
                f"this is a {method.get('type')}, only cards can be charged at an exit"
            )
        return CardOnFile(card["brand"], card["last4"], card["exp_month"], card["exp_year"])

    def prepare(self, request: ChargeRequest) -> str:
        """Create a PaymentIntent that waits for its confirmation."""
        params: PaymentIntentCreateParams = {
            "amount": minor_units_at_stripe(request.amount),
            "currency": request.amount.currency.lower(),
            "payment_method": request.token,
            "allowed_payment_method_types": ["card"],
            "capture_method": "manual" if request.is_hold else "automatic",
            "metadata": {"reference": request.reference},
        }
        if request.customer is not None:
            params["customer"] = request.customer
        try:
            with _answers("prepare a charge"):
                intent = self._client.v1.payment_intents.create(
                    params=params, options={"idempotency_key": request.idempotency_key}
                )
        except stripe.InvalidRequestError as error:
            raise PaymentTokenRefusedError(f"Stripe refuses this charge: {error.user_message}") from None
        return intent.id

    def confirm(self, request: ConfirmRequest) -> ProviderCharge:
        """Confirm a PaymentIntent, with the shopper there if there is a way back for them."""
        refusal = ""
        try:
            with _answers("confirm a charge"):
                options: stripe.RequestOptions = {"idempotency_key": request.idempotency_key}
                if request.return_url is None:
                    self._client.v1.payment_intents.confirm(
                        request.charge_id, params={"off_session": True}, options=options
                    )
                else:
                    self._client.v1.payment_intents.confirm(
                        request.charge_id, params={"return_url": request.return_url}, options=options
                    )
        except (stripe.CardError, stripe.InvalidRequestError) as error:
            refusal = error.code or "refused"
        charge = self.retrieve(request.charge_id)
        if refusal and charge.state is ChargeState.READY:
            # Refused for a reason that asking again will not change; a new payment method may.
            return self._give_up(charge, refusal)
        return charge

    def capture(self, request: CaptureRequest) -> ProviderCharge:
        """Capture a PaymentIntent, once: what was captured or canceled before is told as it is."""
        try:
            with _answers("capture a hold"):
                self._client.v1.payment_intents.capture(
                    request.charge_id,
                    params={"amount_to_capture": minor_units_at_stripe(request.amount)},
                    options={"idempotency_key": request.idempotency_key},
                )
        except (stripe.CardError, stripe.InvalidRequestError) as error:
            charge = self.retrieve(request.charge_id)
            if charge.state is ChargeState.HELD:
                raise GatewayUnavailableError(f"Stripe did not capture: {error.user_message}") from error
            return charge
        return self.retrieve(request.charge_id)

    def cancel(self, charge_id: str, idempotency_key: str) -> ProviderCharge:
        """Cancel a PaymentIntent, if it still can be."""
        try:
            with _answers("cancel a charge"):
                self._client.v1.payment_intents.cancel(
                    charge_id, options={"idempotency_key": idempotency_key}
                )
        except stripe.InvalidRequestError:
            logger.info("charge %s cannot be canceled any more", charge_id)
        return self.retrieve(charge_id)

    def retrieve(self, charge_id: str) -> ProviderCharge:
        """Look at a PaymentIntent and its refunds."""
        with _answers("look at a charge"), _surprises():
            intent = _plain(
                self._client.v1.payment_intents.retrieve(charge_id, params={"expand": ["latest_charge"]})
            )
            refunds = []
            if intent.get("amount_received"):
                listed = self._client.v1.refunds.list(params={"payment_intent": charge_id, "limit": 100})
                refunds = [_plain(refund) for refund in listed.auto_paging_iter()]
        return charge_of(intent, refunds)

    def charges(self, created_after: datetime) -> Iterator[ProviderCharge]:
        """Go through PaymentIntents, newest first."""
        since: Any = {"gte": int(created_after.timestamp())}
        with _answers("go through the books"), _surprises():
            by_intent: dict[str, list[dict[str, Any]]] = {}
            refunds = self._client.v1.refunds.list(params={"created": since, "limit": 100})
            for refund in refunds.auto_paging_iter():
                plain = _plain(refund)
                by_intent.setdefault(plain.get("payment_intent") or "", []).append(plain)
            intents = self._client.v1.payment_intents.list(params={"created": since, "limit": 100})
            for intent in intents.auto_paging_iter():
                yield charge_of(_plain(intent), by_intent.get(intent.id, []))

    def refund(self, request: RefundRequest) -> ProviderRefund:
        """Refund a PaymentIntent in part or as a whole."""
        try:
            with _answers("refund"):
                made = self._client.v1.refunds.create(
                    params={
                        "payment_intent": request.charge_id,
                        "amount": minor_units_at_stripe(request.amount),
                        "metadata": {"reference": request.reference},
                    },
                    options={"idempotency_key": request.idempotency_key},
                )
        except stripe.InvalidRequestError as error:
            left = self.retrieve(request.charge_id)
            if (
                error.code in _NOT_LEFT
                or request.amount.minor_units > left.captured_minor - left.refunded_minor
            ):
                raise RefundTooLargeError(f"Stripe refuses this refund: {error.user_message}") from None
            raise GatewayUnavailableError(f"Stripe did not refund: {error.user_message}") from error
        return refund_of(_plain(made))

    def dispute(self, dispute_id: str) -> ProviderDispute:
        """Look at a dispute."""
        with _answers("look at a dispute"), _surprises():
            return dispute_of(_plain(self._client.v1.disputes.retrieve(dispute_id)))

    def submit_evidence(self, dispute_id: str, evidence: DisputeEvidence, idempotency_key: str) -> None:
        """Submit the evidence of a dispute."""
        with _answers("submit evidence"), _surprises():
            self._client.v1.disputes.update(
                dispute_id,
                params={
                    "evidence": {
                        "uncategorized_text": evidence.receipt_text,
                        "service_date": evidence.service_date,
                        "access_activity_log": evidence.access_log,
                    },
                    "submit": True,
                },
                options={"idempotency_key": idempotency_key},
            )

    def parse_event(self, body: bytes, headers: dict[str, str], now: datetime) -> ProviderEvent:
        """Check the signature and the stamp of a message, and say what it is about."""
        header = headers.get("stripe-signature")
        try:
            stripe.WebhookSignature.verify_header(body, header, self._webhook_secret, tolerance=None)
            stamp = dict(part.split("=", 1) for part in (header or "").split(","))["t"]
            sent_at = datetime.fromtimestamp(int(stamp), UTC)
            if abs(now - sent_at) > _STAMP_TOLERANCE:
                raise WebhookRefusedError(
                    f"this message was stamped {sent_at:%Y-%m-%d %H:%M:%S} UTC; if it is fresh, check clocks"
                )
            return event_of(body)
        except (stripe.SignatureVerificationError, ValueError, KeyError, OverflowError) as error:
            raise WebhookRefusedError(f"this message is not from Stripe: {error}") from None

    def _customer(self, request: SetupRequest) -> str:
        customer = self._client.v1.customers.create(
            params={"metadata": {"reference": request.reference}},
            options={"idempotency_key": f"customer:{request.reference}"},
        )
        return customer.id

    def _give_up(self, charge: ProviderCharge, refusal: str) -> ProviderCharge:
        canceled = self.cancel(charge.charge_id, f"give-up:{charge.charge_id}")
        if canceled.state is not ChargeState.CANCELED:
            return canceled
        return ProviderCharge(
            charge_id=charge.charge_id,
            reference=charge.reference,
            state=ChargeState.DECLINED,
            amount=charge.amount,
            captured_minor=0,
            decline_code=refusal,
            refunds=(),
        )


@contextmanager
def _answers(what: str) -> Iterator[None]:
    """Let refusals pass as they are; everything else means that nobody knows."""
    try:
        yield
    except (stripe.CardError, stripe.InvalidRequestError):
        raise
    except stripe.StripeError as error:
        raise GatewayUnavailableError(
            f"Stripe did not {what}: {type(error).__name__} {error.user_message or ''}".strip()
        ) from error


@contextmanager
def _surprises() -> Iterator[None]:
    """Treat a refusal where none is expected as no answer, so that it is asked again and seen in the log."""
    try:
        yield
    except (stripe.CardError, stripe.InvalidRequestError) as error:
        logger.warning("Stripe refused to tell: %s", error.user_message)
        raise GatewayUnavailableError(f"Stripe refused to tell: {error.user_message}") from error


def _plain(found: stripe.StripeObject) -> dict[str, Any]:
    plain: dict[str, Any] = found.to_dict()
    return plain

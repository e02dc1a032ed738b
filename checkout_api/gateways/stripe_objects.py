"""Stripe's objects as plain dictionaries, translated into ours. Pure."""

import json
from datetime import UTC, datetime
from typing import Any

from checkout_api.money import Money, decimals_of
from checkout_api.payments import (
    CardOnFile,
    ChargeState,
    EventKind,
    ProviderCharge,
    ProviderDispute,
    ProviderEvent,
    ProviderRefund,
    Setup,
    SetupState,
)

# Stripe counts these in whole units although ISO 4217 does not, or in hundredths although it has none
# (https://docs.stripe.com/currencies, "zero-decimal" and "special cases").
_STRIPE_DECIMALS = {"MGA": 0, "ISK": 2, "UGX": 2}
_STATES = {
    "requires_confirmation": ChargeState.READY,
    "requires_action": ChargeState.ACTION_REQUIRED,
    "processing": ChargeState.PROCESSING,
    "requires_capture": ChargeState.HELD,
    "succeeded": ChargeState.CAPTURED,
    "canceled": ChargeState.CANCELED,
    "requires_payment_method": ChargeState.DECLINED,
}
_DISPUTE_OUTCOMES = {"won": True, "warning_closed": True, "lost": False}
_EVENTS = {
    "payment_intent": EventKind.CHARGE,
    "checkout.session": EventKind.SETUP,
    "dispute": EventKind.DISPUTE,
    "refund": EventKind.CHARGE,
    "charge": EventKind.CHARGE,
}


def minor_units_at_stripe(amount: Money) -> int:
    """Return an amount as Stripe counts it.

    Raises:
        ValueError: If Stripe cannot express it.
    """
    ours = decimals_of(amount.currency)
    theirs = _STRIPE_DECIMALS.get(amount.currency, ours)
    # Of three decimals the last has to be 0.
    step = 10 if ours == 3 else 10 ** max(0, ours - theirs)
    if amount.minor_units % step:
        raise ValueError(f"Stripe cannot charge {amount}: the last digit has to be 0")
    more: int = 10 ** max(0, theirs - ours)
    fewer: int = 10 ** max(0, ours - theirs)
    return amount.minor_units * more // fewer


def money_from_stripe(minor_units: int, currency: str) -> Money:
    """Return an amount of Stripe's as ours."""
    code = currency.upper()
    ours = decimals_of(code)
    theirs = _STRIPE_DECIMALS.get(code, ours)
    return Money(minor_units * 10 ** max(0, ours - theirs) // 10 ** max(0, theirs - ours), code)


def charge_of(intent: dict[str, Any], refunds: list[dict[str, Any]]) -> ProviderCharge:
    """Return a PaymentIntent as a charge."""
    state = _STATES[intent["status"]]
    received = money_from_stripe(intent.get("amount_received") or 0, intent["currency"])
    error = intent.get("last_payment_error") or {}
    return ProviderCharge(
        charge_id=intent["id"],
        reference=(intent.get("metadata") or {}).get("reference", ""),
        state=state,
        amount=money_from_stripe(intent["amount"], intent["currency"]),
        captured_minor=received.minor_units,
        decline_code=_decline_code(error) if state is ChargeState.DECLINED else None,
        refunds=tuple(refund_of(refund) for refund in refunds if refund.get("status") != "failed"),
        capture_before=_capture_before(intent) if state is ChargeState.HELD else None,
        action_url=_action_url(intent) if state is ChargeState.ACTION_REQUIRED else None,
    )


def refund_of(refund: dict[str, Any]) -> ProviderRefund:
    """Return a Refund as ours."""
    return ProviderRefund(
        refund_id=refund["id"],
        reference=(refund.get("metadata") or {}).get("reference", ""),
        amount=money_from_stripe(refund["amount"], refund["currency"]),
    )


def setup_of(session: dict[str, Any]) -> Setup:
    """Return a Checkout session in setup mode, its payment method expanded, as a setup."""
    state = SetupState(session["status"])
    intent = session.get("setup_intent") or {}
    method = intent.get("payment_method") if isinstance(intent, dict) else None
    if state is not SetupState.COMPLETE or not isinstance(method, dict) or method.get("card") is None:
        return Setup(session["id"], SetupState.OPEN if state is SetupState.COMPLETE else state)
    card = method["card"]
    return Setup(
        setup_id=session["id"],
        state=state,
        token=method["id"],
        customer=session["customer"],
        card=CardOnFile(card["brand"], card["last4"], card["exp_month"], card["exp_year"]),
    )


def dispute_of(dispute: dict[str, Any]) -> ProviderDispute:
    """Return a Dispute as ours."""
    due_by = (dispute.get("evidence_details") or {}).get("due_by")
    return ProviderDispute(
        dispute_id=dispute["id"],
        charge_id=dispute["payment_intent"],
        amount=money_from_stripe(dispute["amount"], dispute["currency"]),
        reason=dispute["reason"],
        outcome=_DISPUTE_OUTCOMES.get(dispute["status"]),
        evidence_due_at=datetime.fromtimestamp(due_by, UTC) if due_by else None,
    )


def event_of(body: bytes) -> ProviderEvent:
    """Return what an Event is about.

    Raises:
        ValueError: If it is not an event.
    """
    try:
        event = json.loads(body)
        event_id, found = str(event["id"]), event["data"]["object"]
        kind = _EVENTS.get(found["object"], EventKind.OTHER)
        about = found.get("payment_intent") if found["object"] in {"refund", "charge"} else found["id"]
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"it is no event: {error}") from None
    if not isinstance(about, str) or not about:
        return ProviderEvent(event_id, EventKind.OTHER, "")
    return ProviderEvent(event_id, kind, about)


def _decline_code(error: dict[str, Any]) -> str:
    # The bank's own word says more than "card_declined" where there is one.
    return error.get("decline_code") or error.get("code") or "declined"


def _capture_before(intent: dict[str, Any]) -> datetime | None:
    charge = intent.get("latest_charge")
    if not isinstance(charge, dict):
        return None
    card = (charge.get("payment_method_details") or {}).get("card") or {}
    at = card.get("capture_before")
    return datetime.fromtimestamp(at, UTC) if at else None


def _action_url(intent: dict[str, Any]) -> str | None:
    action = intent.get("next_action") or {}
    url = (action.get("redirect_to_url") or {}).get("url")
    return str(url) if url else None

"""Stripe's adapter: its amounts, its messages, and faults on the wire."""

import json
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
import stripe
from hypothesis import given
from hypothesis import strategies as st

from checkout_api.errors import GatewayUnavailableError, WebhookRefusedError
from checkout_api.gateways.stripe_gateway import StripeGateway
from checkout_api.gateways.stripe_objects import minor_units_at_stripe, money_from_stripe
from checkout_api.money import Money
from checkout_api.payments import CaptureRequest, ChargeRequest, ChargeState, ConfirmRequest, EventKind
from tests.checkout_api.psp.stripe_account import running_stripe
from tests.checkout_api.test_gateways import StripeBench

SECRET = "whsec_test"
NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def stripe_account():
    with running_stripe() as account:
        yield account


@pytest.fixture
def gateway():
    return StripeGateway("sk_test_123", SECRET)


@pytest.mark.parametrize(
    ("amount", "at_stripe"),
    [
        (Money(1099, "EUR"), 1099),
        (Money(500, "JPY"), 500),
        (Money(500, "ISK"), 50_000),
        (Money(500, "UGX"), 50_000),
        (Money(1_200, "MGA"), 12),
        (Money(1_250, "KWD"), 1_250),
    ],
)
def test_amounts_are_counted_as_stripe_counts_them(amount, at_stripe):
    assert minor_units_at_stripe(amount) == at_stripe


@pytest.mark.parametrize("amount", [Money(1_255, "KWD"), Money(1_250, "MGA")])
def test_an_amount_that_stripe_cannot_charge_is_named(amount):
    with pytest.raises(ValueError, match="last digit"):
        minor_units_at_stripe(amount)


@given(st.integers(0, 10**9), st.sampled_from(["EUR", "JPY", "KWD", "ISK", "MGA", "UGX"]))
def test_amounts_survive_the_way_to_stripe_and_back(tens, currency):
    amount = Money(tens * 100, currency)

    assert money_from_stripe(minor_units_at_stripe(amount), currency.lower()) == amount


def message(kind="payment_intent", object_id="pi_1", *, at=NOW, secret=SECRET, **more):
    body = json.dumps(
        {"id": "evt_1", "object": "event", "data": {"object": {"object": kind, "id": object_id} | more}}
    )
    header = stripe.WebhookSignature.generate_signature_header(body, secret, int(at.timestamp()))
    return body.encode(), {"stripe-signature": header}


@pytest.mark.parametrize(
    ("kind", "object_id", "more", "expected"),
    [
        ("payment_intent", "pi_1", {}, (EventKind.CHARGE, "pi_1")),
        ("checkout.session", "cs_1", {}, (EventKind.SETUP, "cs_1")),
        ("dispute", "dp_1", {}, (EventKind.DISPUTE, "dp_1")),
        ("refund", "re_1", {"payment_intent": "pi_1"}, (EventKind.CHARGE, "pi_1")),
        ("refund", "re_1", {}, (EventKind.OTHER, "")),
        ("customer", "cus_1", {}, (EventKind.OTHER, "cus_1")),
    ],
)
def test_a_signed_message_says_what_to_ask_about(gateway, kind, object_id, more, expected):
    event = gateway.parse_event(*message(kind, object_id, **more), NOW)

    assert (event.event_id, event.kind, event.object_id) == ("evt_1", *expected)


@pytest.mark.parametrize("minutes", [-6, 6, 60 * 24 * 3, -60 * 24 * 3])
def test_old_and_future_messages_are_refused(gateway, minutes):
    with pytest.raises(WebhookRefusedError, match="stamped"):
        gateway.parse_event(*message(at=NOW + timedelta(minutes=minutes)), NOW)


@pytest.mark.parametrize("minutes", [-4, 0, 4])
def test_clocks_may_differ_a_little(gateway, minutes):
    assert gateway.parse_event(*message(at=NOW + timedelta(minutes=minutes)), NOW).event_id == "evt_1"


def test_what_is_not_signed_or_altered_is_refused(gateway):
    body, headers = message()
    for altered, header in [
        (body + b" ", headers),
        (body, {}),
        (body, {"stripe-signature": "t=1"}),
        (body, {"stripe-signature": "nonsense"}),
        message(secret="whsec_other"),
    ]:
        with pytest.raises(WebhookRefusedError):
            gateway.parse_event(altered, header, NOW)


def test_a_signed_message_that_is_no_event_is_refused(gateway):
    for body in ["{}", "[]", "nonsense", '{"id": "evt_1", "data": null}']:
        header = stripe.WebhookSignature.generate_signature_header(body, SECRET, int(NOW.timestamp()))
        with pytest.raises(WebhookRefusedError):
            gateway.parse_event(body.encode(), {"stripe-signature": header}, NOW)


@pytest.fixture
def held(stripe_account):
    """A gateway and the id of a hold of 1.00 EUR."""
    bench = StripeBench(stripe_account)
    with closing(bench):
        charge_id = bench.gateway.prepare(
            ChargeRequest(Money(100, "EUR"), "pm_card_visa", None, "r", True, f"k-{time.monotonic_ns()}")
        )
        bench.gateway.confirm(ConfirmRequest(charge_id, None, f"confirm-{charge_id}"))
        yield bench, charge_id


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["lost_before", "lost_after", "500_before", "500_after", "html"])
def test_one_fault_is_made_good_by_the_sdk_with_the_same_key(held, kind):
    bench, charge_id = held
    bench.account.fault(kind, "/capture")

    charge = bench.gateway.capture(CaptureRequest(charge_id, Money(100, "EUR"), f"capture-{charge_id}"))

    assert (charge.state, charge.captured_minor) == (ChargeState.CAPTURED, 100)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["429", "html", "500_before"])
def test_a_provider_that_stays_broken_is_unavailable_and_not_a_decline(held, kind):
    bench, charge_id = held
    bench.account.fault(kind, "/capture", times=9)

    with pytest.raises(GatewayUnavailableError):
        bench.gateway.capture(CaptureRequest(charge_id, Money(100, "EUR"), f"capture-{charge_id}"))


@pytest.mark.slow
def test_an_error_that_is_replayed_for_a_capture_that_succeeded_is_seen_through(held):
    bench, charge_id = held
    bench.account.fault("replayed_500", "/capture")
    request = CaptureRequest(charge_id, Money(100, "EUR"), f"capture-{charge_id}")
    with pytest.raises(GatewayUnavailableError):
        bench.gateway.capture(request)

    assert bench.gateway.retrieve(charge_id).captured_minor == 100
    bench.account.control(forget_keys=True)
    assert bench.gateway.capture(request).captured_minor == 100


@pytest.mark.slow
def test_a_provider_that_is_not_there_is_unavailable():
    with pytest.raises(GatewayUnavailableError, match="Stripe did not"):
        StripeGateway("sk_test_123", SECRET, "http://127.0.0.1:9").retrieve("pi_1")

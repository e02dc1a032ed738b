"""What every payment provider promises, asked of the simulator and, over the wire, of Stripe's adapter."""

import itertools
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import pytest

from checkout_api.errors import GatewayUnavailableError, PaymentTokenRefusedError, RefundTooLargeError
from checkout_api.gateways.simulator import Fault, FaultKind, SimulatorGateway
from checkout_api.gateways.simulator_cards import Call
from checkout_api.gateways.stripe_gateway import StripeGateway
from checkout_api.money import Money
from checkout_api.payments import (
    AUTHENTICATION_REQUIRED,
    CaptureRequest,
    ChargeRequest,
    ChargeState,
    ConfirmRequest,
    DisputeEvidence,
    RefundRequest,
    SetupRequest,
    SetupState,
)
from tests.checkout_api.psp.stripe_account import running_stripe

EVIDENCE = DisputeEvidence("1 x Milk", "2026-01-05", "gate opened")
BACK = "https://shop.example/back"
numbers = itertools.count(1)


class SimulatorBench:
    """The simulator with what a test needs to do around it."""

    cards: ClassVar = {"good": "pm_sim_visa", "declined": "pm_sim_declined", "asks": "pm_sim_authenticate"}

    def __init__(self, folder):
        self.gateway = SimulatorGateway(folder / "provider.db")

    def choose(self, setup_id, card):
        self.gateway.choose_card(setup_id, self.cards[card])

    def authenticate(self, charge_id, *, succeeds=True):
        self.gateway.authenticate(charge_id, succeeds=succeeds)

    def lose(self, call, *, after):
        kind = FaultKind.LOST_AFTER if after else FaultKind.LOST_BEFORE
        self.gateway.inject(Fault(call, kind))

    def forget_keys(self):
        self.gateway.forget_idempotency_keys()

    def complain(self, charge_id):
        return self.gateway.complain(charge_id, "product_not_received")

    def decide(self, dispute_id, *, store_wins):
        self.gateway.decide(dispute_id, store_wins=store_wins)

    def close(self):
        self.gateway.close()


class StripeBench:
    """Stripe's adapter before localstripe, with the same around it."""

    cards: ClassVar = {"good": "4242424242424242", "declined": "4000000000000341", "asks": "4000002500003155"}
    paths: ClassVar = {Call.CONFIRM: "/confirm", Call.CAPTURE: "/capture", Call.REFUND: "/v1/refunds"}

    def __init__(self, account):
        self.account = account
        self.gateway = StripeGateway("sk_test_123", "whsec_x", account.url)

    def choose(self, setup_id, card):
        self.account.control(choose=[setup_id, self.cards[card]])

    def authenticate(self, charge_id, *, succeeds=True):
        self.account.control(authenticate=[charge_id, succeeds])

    def lose(self, call, *, after):
        # The SDK asks three times by itself; only when all are lost does the adapter hear of it.
        path = self.paths[call]
        self.account.fault("lost_after" if after else "lost_before", path, times=3)

    def forget_keys(self):
        self.account.control(forget_keys=True)

    def complain(self, charge_id):
        dispute_id = f"dp_{next(numbers)}"
        self.account.control(complain=[dispute_id, charge_id, 100])
        return dispute_id

    def decide(self, dispute_id, *, store_wins):
        self.account.control(decide=[dispute_id, "won" if store_wins else "lost"])

    def close(self):
        self.account.control(clear=True)


@pytest.fixture(scope="module")
def stripe_account():
    with running_stripe() as account:
        yield account


@pytest.fixture(params=["simulator", pytest.param("stripe", marks=pytest.mark.slow)])
def bench(request, tmp_path):
    if request.param == "simulator":
        made = SimulatorBench(tmp_path)
    else:
        made = StripeBench(request.getfixturevalue("stripe_account"))
    with closing(made):
        yield made


@pytest.fixture
def linked(bench):
    """Link a card on the provider's page and return the setup with its token."""

    def link(card="good"):
        key = f"setup-{next(numbers)}"
        page = bench.gateway.start_setup(SetupRequest(key, None, BACK, BACK, key))
        bench.choose(page.setup_id, card)
        return bench.gateway.setup(page.setup_id)

    return link


@pytest.fixture
def prepared(bench, linked):
    """Prepare a charge of 1.00 EUR and return its id."""

    def prepare(card="good", *, is_hold=False, reference=None):
        setup = linked(card)
        key = f"key-{next(numbers)}"
        return bench.gateway.prepare(
            ChargeRequest(
                Money(100, "EUR"), setup.token, setup.customer, reference or f"ref-{key}", is_hold, key
            )
        )

    return prepare


def confirm(bench, charge_id, *, return_url=None):
    return bench.gateway.confirm(ConfirmRequest(charge_id, return_url, f"confirm-{charge_id}"))


def capture(bench, charge_id, amount=100):
    return bench.gateway.capture(CaptureRequest(charge_id, Money(amount, "EUR"), f"capture-{charge_id}"))


def refund(bench, charge_id, amount, key):
    return bench.gateway.refund(
        RefundRequest(charge_id, Money(amount, "EUR"), f"ref-{key}", f"{charge_id}-{key}")
    )


def test_a_card_is_linked_on_the_providers_page(bench, linked):
    page = bench.gateway.start_setup(SetupRequest("account", None, BACK, BACK, f"k-{next(numbers)}"))
    assert page.url
    assert bench.gateway.setup(page.setup_id).state is SetupState.OPEN
    setup = linked()

    assert setup.state is SetupState.COMPLETE
    assert (setup.card.last4, setup.card.exp_year) == ("4242", 2034)
    assert bench.gateway.card_on_file(setup.token) == setup.card


def test_an_unknown_token_is_refused(bench):
    with pytest.raises(PaymentTokenRefusedError):
        bench.gateway.card_on_file("pm_nobody")
    with pytest.raises(PaymentTokenRefusedError):
        bench.gateway.prepare(ChargeRequest(Money(100, "EUR"), "pm_nobody", None, "r", False, "k-nobody"))


def test_nothing_moves_before_the_confirmation_and_all_with_it(bench, prepared):
    charge_id = prepared(reference="attempt-1")
    assert bench.gateway.retrieve(charge_id).state is ChargeState.READY
    charge = confirm(bench, charge_id)

    assert charge.state is ChargeState.CAPTURED
    assert (charge.captured_minor, charge.amount, charge.reference) == (100, Money(100, "EUR"), "attempt-1")
    assert bench.gateway.retrieve(charge_id) == charge


def test_the_same_key_prepares_one_charge(bench, linked):
    setup = linked()
    request = ChargeRequest(Money(100, "EUR"), setup.token, setup.customer, "r", False, f"k-{next(numbers)}")
    with ThreadPoolExecutor(4) as callers:
        made = set(callers.map(lambda _: bench.gateway.prepare(request), range(4)))

    assert len(made) == 1


@pytest.mark.parametrize("after", [False, True])
def test_whether_a_lost_confirmation_happened_can_be_found_out(bench, prepared, after):
    charge_id = prepared()
    bench.lose(Call.CONFIRM, after=after)
    with pytest.raises(GatewayUnavailableError):
        confirm(bench, charge_id)

    expected = ChargeState.CAPTURED if after else ChargeState.READY
    assert bench.gateway.retrieve(charge_id).state is expected
    if not after:
        assert confirm(bench, charge_id).state is ChargeState.CAPTURED


def test_a_hold_takes_nothing_until_a_part_is_captured(bench, prepared):
    charge_id = prepared(is_hold=True)
    held = confirm(bench, charge_id)
    assert (held.state, held.captured_minor) == (ChargeState.HELD, 0)
    assert held.capture_before > datetime.now(UTC) + timedelta(days=1)
    charge = capture(bench, charge_id, 60)

    assert (charge.state, charge.captured_minor) == (ChargeState.CAPTURED, 60)
    assert charge.refunds == ()


@pytest.mark.parametrize("forgets", [False, True])
def test_a_capture_happens_once_even_when_its_key_is_forgotten(bench, prepared, forgets):
    charge_id = prepared(is_hold=True)
    confirm(bench, charge_id)
    capture(bench, charge_id, 60)
    if forgets:
        bench.forget_keys()

    assert capture(bench, charge_id, 60).captured_minor == 60


def test_a_lost_capture_can_be_found_out(bench, prepared):
    charge_id = prepared(is_hold=True)
    confirm(bench, charge_id)
    bench.lose(Call.CAPTURE, after=True)
    with pytest.raises(GatewayUnavailableError):
        capture(bench, charge_id)

    assert bench.gateway.retrieve(charge_id).captured_minor == 100


def test_a_canceled_hold_is_free_and_cannot_be_captured(bench, prepared):
    charge_id = prepared(is_hold=True)
    confirm(bench, charge_id)
    assert bench.gateway.cancel(charge_id, f"cancel-{charge_id}").state is ChargeState.CANCELED
    charge = capture(bench, charge_id)

    assert (charge.state, charge.captured_minor) == (ChargeState.CANCELED, 0)


def test_what_is_captured_cannot_be_canceled(bench, prepared):
    charge_id = prepared()
    confirm(bench, charge_id)

    assert bench.gateway.cancel(charge_id, f"cancel-{charge_id}").state is ChargeState.CAPTURED


def test_a_decline_is_an_answer(bench, prepared):
    charge_id = prepared("declined")
    charge = confirm(bench, charge_id)

    assert (charge.state, charge.decline_code) == (ChargeState.DECLINED, "card_declined")
    assert bench.gateway.retrieve(charge_id).state is ChargeState.DECLINED


def test_without_the_shopper_a_bank_that_wants_to_see_them_declines(bench, prepared):
    charge = confirm(bench, prepared("asks"))

    assert (charge.state, charge.decline_code) == (ChargeState.DECLINED, AUTHENTICATION_REQUIRED)


@pytest.mark.parametrize("is_hold", [False, True])
def test_with_the_shopper_their_bank_asks_and_then_it_works(bench, prepared, is_hold):
    charge_id = prepared("asks", is_hold=is_hold)
    waiting = confirm(bench, charge_id, return_url=BACK)
    assert waiting.state is ChargeState.ACTION_REQUIRED
    assert waiting.action_url.startswith("https://")
    bench.authenticate(charge_id)

    expected = ChargeState.HELD if is_hold else ChargeState.CAPTURED
    assert bench.gateway.retrieve(charge_id).state is expected


def test_refunds_stop_at_what_was_captured(bench, prepared):
    charge_id = prepared()
    confirm(bench, charge_id)
    first = refund(bench, charge_id, 60, "r1")

    assert refund(bench, charge_id, 60, "r1") == first
    with pytest.raises(RefundTooLargeError):
        refund(bench, charge_id, 60, "r2")
    assert [made.reference for made in bench.gateway.retrieve(charge_id).refunds] == ["ref-r1"]


def test_a_lost_refund_can_be_found_out(bench, prepared):
    charge_id = prepared()
    confirm(bench, charge_id)
    bench.lose(Call.REFUND, after=True)
    with pytest.raises(GatewayUnavailableError):
        refund(bench, charge_id, 60, "r1")

    assert [made.reference for made in bench.gateway.retrieve(charge_id).refunds] == ["ref-r1"]


def test_the_books_list_every_charge(bench, prepared):
    charge_id = prepared()
    confirm(bench, charge_id)
    refund(bench, charge_id, 30, "r1")
    found = {
        charge.charge_id: charge for charge in bench.gateway.charges(datetime.now(UTC) - timedelta(hours=1))
    }

    assert (found[charge_id].captured_minor, found[charge_id].refunded_minor) == (100, 30)


@pytest.mark.parametrize("store_wins", [False, True])
def test_a_complaint_is_answered_once_and_decided_by_the_bank(bench, prepared, store_wins):
    charge_id = prepared()
    confirm(bench, charge_id)
    dispute_id = bench.complain(charge_id)
    opened = bench.gateway.dispute(dispute_id)
    assert (opened.charge_id, opened.amount, opened.outcome) == (charge_id, Money(100, "EUR"), None)
    bench.gateway.submit_evidence(dispute_id, EVIDENCE, f"evidence-{dispute_id}")
    assert bench.gateway.dispute(dispute_id).evidence_due_at is None
    bench.decide(dispute_id, store_wins=store_wins)

    assert bench.gateway.dispute(dispute_id).outcome is store_wins

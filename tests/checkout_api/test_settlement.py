"""Money moves exactly once, whatever the network, the provider or a crash does."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkout_api import ledger
from checkout_api.client import PurchaseLine
from checkout_api.context import Context
from checkout_api.gateways.simulator import Call, Fault, FaultKind
from checkout_api.ledger import Entry, LedgerAccount
from checkout_api.payments import ChargeState
from checkout_api.repository import orders
from checkout_api.settlement import settle_open
from checkout_api.startup import prepare
from tests.checkout_api.conftest import PRODUCTS, bearer
from tests.checkout_api.in_process import InProcessShop

LOST = [FaultKind.LOST_BEFORE, FaultKind.LOST_AFTER]
CHARGE_CALLS = [Call.PREPARE, Call.CONFIRM, Call.RETRIEVE]
OUTAGES = {
    "nothing arrives": [Fault(call, FaultKind.LOST_BEFORE, 100) for call in Call],
    "no answer comes back": [Fault(call, FaultKind.LOST_AFTER, 100) for call in Call],
    "charged, then down": [
        Fault(Call.CONFIRM, FaultKind.LOST_AFTER),
        Fault(Call.RETRIEVE, FaultKind.LOST_BEFORE, 100),
    ],
    "prepared, then down": [
        Fault(Call.CONFIRM, FaultKind.LOST_BEFORE, 100),
        Fault(Call.RETRIEVE, FaultKind.LOST_AFTER, 100),
    ],
}


def captured(gateway, receipt):
    """The money that the provider captured for this receipt, each charge apart."""
    return [
        charge.amount.minor_units
        for charge in gateway.charges()
        if charge.state is ChargeState.CAPTURED and charge.charge_id in receipt.charge_ids
    ]


@pytest.mark.parametrize("call", CHARGE_CALLS)
@pytest.mark.parametrize("kind", LOST)
def test_one_lost_message_is_made_good_at_once(shop, call, kind):
    shop.gateway.inject(Fault(call, kind))
    receipt = shop.buy(shop.shopper(), ("milk", 1))

    assert (receipt.status, captured(shop.gateway, receipt)) == ("paid", [129])


@pytest.mark.parametrize("outage", OUTAGES.values(), ids=OUTAGES.keys())
def test_during_an_outage_a_receipt_is_pending_and_settles_later_once(shop, outage):
    login = shop.shopper()
    shop.gateway.inject(*outage)
    receipt = shop.buy(login, ("milk", 1))
    assert (receipt.status, receipt.charged_minor, receipt.charge_ids) == ("pending", 0, ())
    assert shop.client.settle().unfinished == 1

    shop.gateway.clear_faults()
    shop.gateway.forget_idempotency_keys()
    assert shop.client.settle().finished == 1
    receipt = shop.client.receipt(login, receipt.receipt_id)

    assert (receipt.status, captured(shop.gateway, receipt)) == ("paid", [129])
    assert shop.client.settle().finished == 0


def test_a_repeated_purchase_after_an_outage_settles_the_first_one(shop):
    login = shop.shopper()
    _, event = shop.enter(login)
    trip = shop.trip(event, PurchaseLine("milk", 1))
    shop.gateway.inject(
        Fault(Call.CONFIRM, FaultKind.LOST_AFTER), Fault(Call.RETRIEVE, FaultKind.LOST_BEFORE, 3)
    )
    assert shop.client.purchase(trip).status == "pending"

    shop.gateway.clear_faults()
    receipt = shop.client.purchase(trip)

    assert (receipt.status, captured(shop.gateway, receipt)) == ("paid", [129])


def test_a_decline_whose_answer_was_lost_is_a_decline(shop):
    shop.gateway.inject(Fault(Call.CONFIRM, FaultKind.LOST_AFTER))
    receipt = shop.buy(shop.shopper("pm_sim_declined"), ("milk", 1))

    assert receipt.status == "payment_due"


def test_a_bank_that_says_no_once_is_asked_again_only_by_the_shopper(shop):
    login = shop.shopper()
    shop.gateway.inject(Fault(Call.CONFIRM, FaultKind.DECLINE))
    receipt = shop.buy(login, ("milk", 1))
    assert (receipt.status, shop.client.settle().finished) == ("payment_due", 0)

    paid = shop.http.post(f"/v1/orders/{receipt.order_id}/payments", headers=bearer(login)).json()

    assert (paid["status"], paid["chargedMinor"]) == ("paid", 129)


class Crash(BaseException):
    """The process dies here."""


class CrashingGateway:
    """The simulator, dying before or after one of its calls."""

    def __init__(self, gateway, call_number, is_after):
        self._gateway, self._call_number, self._is_after = gateway, call_number, is_after
        self._calls = itertools.count()

    provider = "simulator"

    def _through(self, function, *arguments):
        is_here = next(self._calls) == self._call_number
        if is_here and not self._is_after:
            raise Crash
        answer = function(*arguments)
        if is_here:
            raise Crash
        return answer

    def prepare(self, request):
        return self._through(self._gateway.prepare, request)

    def confirm(self, request):
        return self._through(self._gateway.confirm, request)

    def retrieve(self, charge_id):
        return self._through(self._gateway.retrieve, charge_id)

    def refund(self, request):
        return self._through(self._gateway.refund, request)


class CountingGateway:
    """The simulator, with a list of what it was asked to prepare."""

    provider = "simulator"

    def __init__(self, gateway):
        self._gateway = gateway
        self.references = []

    @property
    def calls(self):
        return len(self.references)

    def prepare(self, request):
        self.references.append(request.reference)
        return self._gateway.prepare(request)


def with_gateway(context, gateway):
    return Context(context.settings, context.database, gateway, context.clock, context.rng)


@pytest.mark.parametrize("is_after", [False, True])
@pytest.mark.parametrize("call_number", [0, 1])
def test_a_process_that_dies_at_any_call_leaves_one_charge_after_its_restart(parts, call_number, is_after):
    shop = InProcessShop(parts, PRODUCTS)
    order_id = shop.place_order(("milk", 2))
    with pytest.raises(Crash):
        settle_open(with_gateway(parts, CrashingGateway(parts.gateway, call_number, is_after)))

    assert settle_open(parts).finished == 0, "somebody else may still be calling"
    prepare(parts)

    assert shop.state(order_id) == "paid"
    assert parts.gateway.captured_total_minor() == shop.clearing_total(order_id) == 258
    assert len(parts.gateway.charges()) == 1


def test_a_call_under_way_is_not_repeated_until_its_time_is_over(parts):
    shop = InProcessShop(parts, PRODUCTS)
    shop.place_order(("milk", 2))
    with pytest.raises(Crash):
        settle_open(with_gateway(parts, CrashingGateway(parts.gateway, 1, False)))

    parts.clock.advance(seconds=50)
    assert settle_open(parts).finished == 0
    parts.clock.advance(seconds=10)
    assert settle_open(parts).finished == 1


def test_a_pass_gives_up_on_a_silent_provider_and_later_passes_leave_nobody_out(parts):
    shop = InProcessShop(parts, PRODUCTS)
    order_ids = [shop.place_order(("milk", 1)) for _ in range(7)]
    gateway = CountingGateway(parts.gateway)
    parts.gateway.inject(*OUTAGES["nothing arrives"])
    assert settle_open(with_gateway(parts, gateway)).unfinished == 7
    assert gateway.calls == 3 * 2

    assert settle_open(with_gateway(parts, gateway)).unfinished == 7
    assert len(set(gateway.references)) == 6
    parts.gateway.clear_faults()
    assert settle_open(parts).finished == 7
    assert {shop.state(order_id) for order_id in order_ids} == {"paid"}


def test_books_that_disagree_leave_the_outcome_open(parts):
    shop = InProcessShop(parts, PRODUCTS)
    order_id = shop.place_order(("milk", 2))
    with parts.database.write() as session:
        (attempt,) = orders.attempts(session, order_id)
        attempt.charge_id = parts.gateway.prepare(shop.other_charge())

    assert settle_open(parts).unfinished == 1
    assert shop.state(order_id) == "pending"


faults = st.builds(Fault, st.sampled_from(list(Call)), st.sampled_from(LOST), st.integers(1, 3))
baskets = st.lists(st.tuples(st.sampled_from(["milk", "cola"]), st.integers(1, 5)), max_size=3)


@settings(max_examples=25, deadline=None)
@given(basket=baskets, trouble=st.lists(faults, max_size=6), passes=st.integers(0, 3))
def test_books_ledger_and_order_agree_whatever_is_lost(parts_of_module, basket, trouble, passes):
    parts = parts_of_module
    shop = InProcessShop(parts, PRODUCTS)
    before = parts.gateway.captured_total_minor()
    order_id = shop.place_order(*basket)
    parts.gateway.inject(*trouble)
    for _ in range(passes):
        settle_open(parts)
    parts.gateway.clear_faults()
    settle_open(parts)

    expected = sum(quantity * {"milk": 129, "cola": 219}[sku] for sku, quantity in basket)
    with parts.database.read() as session:
        entries = orders.ledger_entries(session, order_id)
    assert ledger.is_balanced([Entry(LedgerAccount(row.ledger_account), row.amount_minor) for row in entries])
    assert shop.state(order_id) == ("paid" if basket else "no_purchase")
    assert shop.clearing_total(order_id) == expected
    assert parts.gateway.captured_total_minor() - before == expected


def test_the_settle_route_is_for_managers_and_the_store_computer(shop):
    assert shop.http.post("/v1/operations/settle", headers=shop.gate).status_code == 403
    assert shop.http.post("/v1/operations/settle", headers=bearer(shop.shopper())).status_code == 403
    assert shop.http.post("/v1/operations/settle", headers=bearer(shop.manager())).status_code == 200

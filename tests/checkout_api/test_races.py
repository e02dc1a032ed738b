"""Many at once, with real threads, on both databases: one effect each."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from checkout_api.errors import CheckoutError, RefundTooLargeError
from checkout_api.orders import place_order
from checkout_api.payments import ChargeState
from checkout_api.purchases import pay_order
from checkout_api.refunds import refund_order
from checkout_api.repository import orders
from checkout_api.schemas import RefundRequestBody
from checkout_api.settlement import settle_due, settle_open, settle_order
from tests.checkout_api.conftest import PRODUCTS
from tests.checkout_api.in_process import InProcessShop

N_SENDERS = 50


@pytest.fixture
def shop(both):
    return InProcessShop(both, PRODUCTS)


def at_once(call, arguments):
    """Call with each argument at the same time; refusals are results too."""

    def carefully(argument):
        try:
            return call(argument)
        except CheckoutError as error:
            return error

    with ThreadPoolExecutor(len(arguments)) as callers:
        return list(callers.map(carefully, arguments))


def captured(context):
    return [c.captured_minor for c in context.gateway.charges() if c.state is ChargeState.CAPTURED]


def test_fifty_parallel_duplicates_of_an_exit_are_one_order_and_one_charge(both, shop):
    body = shop.trip(shop.enter(), ("milk", 3))

    def leave(_):
        order_id = place_order(both, body)
        settle_order(both, order_id)
        return order_id

    order_ids = at_once(leave, range(N_SENDERS))
    settle_open(both)

    assert len(set(order_ids)) == 1
    assert captured(both) == [387]
    assert shop.state(order_ids[0]) == "paid"


def test_several_workers_settle_a_queue_once(both, shop):
    order_ids = [shop.place_order(("milk", 1)) for _ in range(40)]
    results = at_once(lambda _: settle_due(both), range(4))
    settle_open(both)

    assert sum(result.finished for result in results) <= len(order_ids)
    assert captured(both) == [129] * 40
    assert {shop.state(order_id) for order_id in order_ids} == {"paid"}


def test_of_many_refunds_at_once_only_what_fits_is_given_back(both, shop):
    order_id = shop.place_order(("milk", 2))
    settle_open(both)
    body = RefundRequestBody(amount_minor=100, reason="broken")
    results = at_once(lambda n: refund_order(both, shop.person, order_id, body, f"key-{n}"), range(8))
    settle_open(both)

    assert sum(isinstance(result, RefundTooLargeError) for result in results) == 6
    assert both.gateway.captured_total_minor() == shop.clearing_total(order_id) == 58


def test_a_debt_that_is_paid_in_two_tabs_is_paid_once(both):
    shop = InProcessShop(both, PRODUCTS, "pm_sim_declined")
    order_id = shop.place_order(("milk", 2))
    settle_open(both)
    shop.link("pm_sim_visa")
    at_once(lambda _: pay_order(both, shop.person, order_id), range(6))
    settle_open(both)

    assert captured(both) == [258]


def test_receipts_of_racing_exits_are_numbered_without_a_gap(both):
    shops = [InProcessShop(both, PRODUCTS) for _ in range(6)]
    trips = [shop.trip(shop.enter(), ("milk", 1)) for shop in shops]
    order_ids = at_once(lambda trip: place_order(both, trip), trips)
    with both.database.read() as session:
        numbers = sorted(orders.order(session, order_id).receipt_number for order_id in order_ids)

    assert numbers == list(range(1, 7))

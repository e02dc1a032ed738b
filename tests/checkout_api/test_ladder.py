"""From the hold at home to the debt at the gate: each rung of the settlement, on both databases."""

import pytest

from checkout_api.charges import plan_dunning
from checkout_api.context import Context
from checkout_api.errors import ConflictError, PaymentDueError
from checkout_api.gateways.simulator import Fault, FaultKind
from checkout_api.gateways.simulator_cards import Call
from checkout_api.holds import ensure_hold, release_unused
from checkout_api.orders import place_order
from checkout_api.payment_schemas import PaymentBody
from checkout_api.payments import ChargeState
from checkout_api.purchases import pay_order
from checkout_api.refunds import refund_order
from checkout_api.repository import accounts, orders
from checkout_api.schemas import RefundRequestBody
from checkout_api.settlement import settle_due, settle_open
from checkout_api.states import AttemptState, Operation, Purpose
from checkout_api.tables import PaymentMethodTable
from checkout_api.visit_states import VisitFlag, VisitKind
from tests.checkout_api.conftest import PRODUCTS
from tests.checkout_api.in_process import InProcessShop

BACK = "https://shop.example/back"


@pytest.fixture
def holding(both):
    """A checkout that holds 5.00 before a visit."""
    settings = both.settings.model_copy(update={"hold_minor": 500})
    return Context(settings, both.database, both.gateway, both.clock, both.rng)


@pytest.fixture
def shop(holding):
    return InProcessShop(holding, PRODUCTS)


def hold(context, shop, return_url=None):
    return ensure_hold(context, shop.account_id, return_url)


def moved(context):
    """What the provider did, charge by charge: its state and the money it took."""
    return [(charge.state, charge.captured_minor) for charge in context.gateway.charges()]


def done(shop, order_id):
    return [(row.operation, row.purpose, row.state, row.amount_minor) for row in shop.attempts(order_id)]


def test_a_small_basket_is_captured_from_the_hold_and_the_rest_is_free(holding, shop):
    hold(holding, shop)
    order_id = shop.place_order(("milk", 2))
    settle_open(holding)

    assert shop.state(order_id) == "paid"
    assert moved(holding) == [(ChargeState.CAPTURED, 258)]
    assert shop.clearing_total(order_id) == 258


def test_a_large_basket_takes_the_whole_hold_and_charges_the_rest(holding, shop):
    hold(holding, shop)
    order_id = shop.place_order(("milk", 10))
    settle_open(holding)

    assert shop.state(order_id) == "paid"
    assert moved(holding) == [(ChargeState.CAPTURED, 500), (ChargeState.CAPTURED, 790)]
    assert shop.clearing_total(order_id) == 1290
    taxes = sum(row.tax_minor for row in shop.attempts(order_id))
    assert taxes == sum(line.tax_minor for line in shop.lines(order_id))


def test_who_buys_nothing_gets_the_hold_back(holding, shop):
    hold(holding, shop)
    order_id = shop.place_order()
    settle_open(holding)

    assert shop.state(order_id) == "no_purchase"
    assert moved(holding) == [(ChargeState.CANCELED, 0)]


def test_one_open_hold_is_enough_and_the_next_visit_makes_another(holding, shop):
    first = hold(holding, shop)
    assert hold(holding, shop).id == first.id
    shop.place_order(("milk", 1))

    assert hold(holding, shop).id != first.id


def test_a_hold_that_ran_out_is_charged_without_it(holding, shop):
    hold(holding, shop)
    order_id = shop.place_order(("milk", 1))
    holding.clock.advance(days=6)
    settle_open(holding)
    settle_open(holding)

    assert shop.state(order_id) == "paid"
    assert moved(holding) == [(ChargeState.CANCELED, 0), (ChargeState.CAPTURED, 129)]


def test_a_hold_about_to_run_out_is_not_counted_on(holding, shop):
    hold(holding, shop)
    holding.clock.advance(days=4, hours=23, minutes=30)
    order_id = shop.place_order(("milk", 1))

    assert [row.operation for row in shop.attempts(order_id)] == [Operation.CHARGE]


def test_a_hold_of_somebody_who_did_not_come_is_freed(holding, shop):
    hold(holding, shop)
    assert release_unused(holding) == 0
    holding.clock.advance(hours=25)
    assert release_unused(holding) == 1
    settle_open(holding)

    assert moved(holding) == [(ChargeState.CANCELED, 0)]
    assert release_unused(holding) == 0


def test_a_hold_of_somebody_inside_stays(holding, shop):
    hold(holding, shop)
    event = shop.enter()
    holding.clock.advance(hours=25)

    assert release_unused(holding) == 0
    place_order(holding, shop.trip(event, ("milk", 1)))
    settle_open(holding)
    assert moved(holding) == [(ChargeState.CAPTURED, 129)]


def test_a_bank_that_wants_to_see_the_shopper_is_asked_before_the_visit(holding):
    shop = InProcessShop(holding, PRODUCTS, "pm_sim_authenticate")
    waiting = hold(holding, shop, BACK)
    assert (waiting.state, waiting.action_url[:8]) == (AttemptState.ACTION_REQUIRED, "https://")
    assert holding.gateway.authenticate(waiting.charge_id, succeeds=True) == BACK

    assert hold(holding, shop).state is AttemptState.HELD


def test_a_store_without_holds_says_so(both):
    with pytest.raises(ConflictError, match="holds no money"):
        ensure_hold(both, "account", None)


def test_at_the_exit_nobody_can_be_asked_so_the_shopper_pays_later_at_their_bank(both):
    shop = InProcessShop(both, PRODUCTS, "pm_sim_authenticate")
    order_id = shop.place_order(("milk", 1))
    settle_open(both)
    assert shop.state(order_id) == "action_required"
    with both.database.read() as session:
        assert orders.has_payment_due(session, shop.account_id), "the gate stays shut until it is paid"
    receipt = pay_order(both, shop.person, order_id, PaymentBody(return_url=BACK))
    assert (receipt.status, receipt.action_url[:8]) == ("action_required", "https://")
    again = pay_order(both, shop.person, order_id, PaymentBody(return_url=BACK))
    assert again.action_url == receipt.action_url
    both.gateway.authenticate(shop.attempts(order_id)[-1].charge_id, succeeds=True)
    settle_open(both)

    assert shop.state(order_id) == "paid"
    assert [captured for _, captured in moved(both) if captured] == [129]
    with both.database.read() as session:
        assert not orders.has_payment_due(session, shop.account_id)


def test_who_does_not_come_back_from_the_bank_owes_as_before(both):
    shop = InProcessShop(both, PRODUCTS, "pm_sim_authenticate")
    order_id = shop.place_order(("milk", 1))
    settle_open(both)
    pay_order(both, shop.person, order_id, PaymentBody(return_url=BACK))
    both.clock.advance(minutes=31)
    settle_due(both)

    assert shop.state(order_id) == "payment_due"
    assert {state for state, _ in moved(both)} == {ChargeState.CANCELED, ChargeState.DECLINED}


def test_an_empty_account_is_asked_again_on_later_days_and_not_for_ever(both):
    shop = InProcessShop(both, PRODUCTS, "pm_sim_insufficient_funds")
    order_id = shop.place_order(("milk", 1))
    settle_open(both)
    for days in range(1, 40):
        both.clock.advance(days=1)
        plan_dunning(both)
        settle_due(both)
        assert shop.state(order_id) == "payment_due", days

    assert len(shop.attempts(order_id)) == 4


def test_a_card_that_is_closed_is_not_asked_again(both):
    shop = InProcessShop(both, PRODUCTS, "pm_sim_declined")
    shop.place_order(("milk", 1))
    settle_open(both)
    both.clock.advance(days=30)

    assert plan_dunning(both) == 0


def test_a_new_card_pays_the_debt(both):
    shop = InProcessShop(both, PRODUCTS, "pm_sim_declined")
    order_id = shop.place_order(("milk", 1))
    settle_open(both)
    shop.link("pm_sim_visa")

    assert pay_order(both, shop.person, order_id).status == "paid"
    with pytest.raises(ConflictError, match="nothing to pay"):
        pay_order(both, shop.person, order_id)


def test_without_a_payment_method_the_order_is_written_down_and_due(both):
    shop = InProcessShop(both, PRODUCTS)
    event = shop.enter()
    with both.database.write() as session:
        method = accounts.newest_payment_method(session, shop.account_id)
        session.delete(session.get_one(PaymentMethodTable, method.id))
    order_id = place_order(both, shop.trip(event, ("milk", 1)))

    assert shop.state(order_id) == "payment_due"
    with pytest.raises(PaymentDueError, match="link one"):
        pay_order(both, shop.person, order_id)
    shop.link("pm_sim_visa")
    assert pay_order(both, shop.person, order_id).status == "paid"


def test_what_staff_carry_is_not_bought(both):
    shop = InProcessShop(both, PRODUCTS)
    order_id = place_order(both, shop.trip(shop.enter(VisitKind.ASSOCIATE), ("milk", 5)))

    assert (shop.state(order_id), shop.attempts(order_id)) == ("no_purchase", [])


def test_after_a_doubtful_entry_a_person_looks_at_every_line(both):
    shop = InProcessShop(both, PRODUCTS)
    order_id = place_order(both, shop.trip(shop.enter(flag=VisitFlag.CODE_USED), ("milk", 5)))

    assert (shop.state(order_id), shop.attempts(order_id)) == ("in_review", [])


def test_a_silent_provider_is_asked_less_and_less_often(both):
    shop = InProcessShop(both, PRODUCTS)
    order_id = shop.place_order(("milk", 1))
    both.gateway.inject(Fault(Call.PREPARE, FaultKind.LOST_BEFORE, 10_000))
    waits = []
    for _ in range(6):
        settle_due(both)
        (attempt,) = shop.attempts(order_id)
        assert attempt.state is AttemptState.UNKNOWN
        wait = (attempt.next_try_at - both.clock()).total_seconds()
        waits.append(round(wait))
        assert settle_due(both).finished == 0
        both.clock.advance(seconds=wait)
    both.gateway.clear_faults()
    both.clock.advance(hours=1)
    settle_due(both)

    assert waits == [1, 2, 4, 8, 16, 32]
    assert shop.state(order_id) == "paid"


def test_refunds_of_a_split_payment_come_from_both_charges(holding, shop):
    hold(holding, shop)
    order_id = shop.place_order(("milk", 10))
    settle_open(holding)
    (line,) = shop.lines(order_id)
    body = RefundRequestBody(lines=[{"lineId": line.id, "quantity": 8}], reason="broken")
    refund = refund_order(holding, shop.person, order_id, body, "key")

    assert (refund.status, refund.amount_minor) == ("succeeded", 8 * 129)
    assert shop.clearing_total(order_id) == 2 * 129
    assert [c.captured_minor - c.refunded_minor for c in holding.gateway.charges()] == [0, 258]
    assert done(shop, order_id)[-1][:3] == (Operation.REFUND, Purpose.REFUND, AttemptState.CAPTURED)

"""Our books against the provider's: agreement is shown, and every difference is found."""

from checkout_api.gateways.simulator import Fault, FaultKind
from checkout_api.gateways.simulator_cards import Call
from checkout_api.money import Money
from checkout_api.payments import ConfirmRequest, RefundRequest
from checkout_api.reconciliation import reconcile
from checkout_api.settlement import settle_open
from checkout_api.states import AttemptState
from checkout_api.tables import PaymentAttemptTable
from tests.checkout_api.conftest import PRODUCTS
from tests.checkout_api.in_process import InProcessShop


def kinds(found):
    return [finding.kind for finding in found.findings]


def test_books_that_agree_have_no_findings(both):
    shop = InProcessShop(both, PRODUCTS)
    shop.place_order(("milk", 2))
    shop.place_order(("cola", 1))
    found = reconcile(both)

    assert (found.n_charges, found.findings) == (2, [])
    assert found.captured_minor - found.refunded_minor == found.ledger_minor == 477


def test_money_that_we_know_nothing_of_is_found(both):
    shop = InProcessShop(both, PRODUCTS)
    charge_id = both.gateway.prepare(shop.other_charge())
    both.gateway.confirm(ConfirmRequest(charge_id, None, "k"))

    assert kinds(reconcile(both)) == ["unknown_charge"]
    assert kinds(reconcile(both)) == ["unknown_charge"]


def test_a_refund_made_behind_our_back_is_found_and_goes_away_when_it_is_booked(both):
    shop = InProcessShop(both, PRODUCTS)
    order_id = shop.place_order(("milk", 2))
    settle_open(both)
    (attempt,) = shop.attempts(order_id)
    both.gateway.refund(RefundRequest(attempt.charge_id, Money(29, "EUR"), "by hand", "k"))

    assert kinds(reconcile(both)) == ["refunded_differs"]


def test_a_capture_that_our_books_lack_is_found(both):
    shop = InProcessShop(both, PRODUCTS)
    order_id = shop.place_order(("milk", 2))
    settle_open(both)
    with both.database.write() as session:
        for row in shop.attempts(order_id):
            session.get_one(PaymentAttemptTable, row.id).state = AttemptState.CANCELED

    assert "captured_differs" in kinds(reconcile(both))


def test_an_outcome_that_nobody_knows_for_a_day_is_a_finding_until_it_is_known(both):
    shop = InProcessShop(both, PRODUCTS)
    shop.place_order(("milk", 2))
    both.gateway.inject(Fault(Call.CONFIRM, FaultKind.LOST_BEFORE, 100))
    settle_open(both)
    both.clock.advance(hours=25)
    assert kinds(reconcile(both)) == ["unknown_outcome"]
    both.gateway.clear_faults()

    assert kinds(reconcile(both)) == []

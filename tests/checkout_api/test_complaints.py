"""What shoppers say about receipts, to the store and to their bank, and what becomes of the money."""

import pytest

from checkout_api.contests import answer_contest, contest, contests_of_order, open_contests
from checkout_api.disputes import evidence, follow_dispute, submit_evidence
from checkout_api.errors import ConflictError, InvalidRequestError, NotFoundError, ReviewClosedError
from checkout_api.ledger import LedgerAccount
from checkout_api.payment_schemas import ContestAnswer, ContestBody
from checkout_api.repository import complaints, orders
from checkout_api.settlement import settle_open
from checkout_api.states import ContestState, DisputeState, Role
from checkout_api.tokens import Person
from tests.checkout_api.conftest import PRODUCTS
from tests.checkout_api.in_process import InProcessShop


@pytest.fixture
def shop(both):
    return InProcessShop(both, PRODUCTS)


@pytest.fixture
def staff(both):
    return Person(InProcessShop(both, PRODUCTS).account_id, Role.MANAGER)


@pytest.fixture
def bought(both, shop):
    """A paid order of two milk and one cola."""
    order_id = shop.place_order(("milk", 2), ("cola", 1))
    settle_open(both)
    return order_id


def accept(context, staff, made, answer="accept"):
    return answer_contest(context, staff, made.contest_id, ContestAnswer(answer=answer))


def not_taken(context, shop, order_id, *, quantity=1, key="tap"):
    line = shop.lines(order_id)[0]
    body = ContestBody(kind="not_taken", line_id=line.id, quantity=quantity)
    return contest(context, shop.person, order_id, body, key)


def test_what_was_not_taken_is_given_back_when_a_person_agrees(both, shop, staff, bought):
    made = not_taken(both, shop, bought)
    assert not_taken(both, shop, bought).contest_id == made.contest_id
    assert [row.contest_id for row in open_contests(both, staff)] == [made.contest_id]
    assert shop.clearing_total(bought) == 477
    assert accept(both, staff, made).state is ContestState.ACCEPTED
    accept(both, staff, made)

    assert shop.clearing_total(bought) == 477 - 129
    assert both.gateway.captured_total_minor() == 477 - 129
    assert (shop.state(bought), open_contests(both, staff)) == ("partly_refunded", [])


def test_a_refused_contest_moves_nothing_and_stays_refused(both, shop, staff, bought):
    made = not_taken(both, shop, bought)
    assert accept(both, staff, made, "refuse").state is ContestState.REFUSED

    assert shop.clearing_total(bought) == 477
    with pytest.raises(ReviewClosedError):
        accept(both, staff, made)


def test_what_was_taken_and_is_not_on_the_receipt_is_added_and_charged(both, shop, staff, bought):
    made = contest(both, shop.person, bought, ContestBody(kind="missing", sku="cola", quantity=2), "tap")
    accept(both, staff, made)

    assert [line.sku for line in shop.lines(bought)] == ["milk", "cola", "cola"]
    assert shop.clearing_total(bought) == both.gateway.captured_total_minor() == 477 + 2 * 219
    assert shop.state(bought) == "paid"
    again = contest(both, shop.person, bought, ContestBody(kind="missing", sku="milk"), "tap 2")
    with pytest.raises(ConflictError, match="corrected before"):
        accept(both, staff, again)
    assert shop.clearing_total(bought) == 477 + 2 * 219


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "not_taken"},
        {"kind": "not_taken", "line_id": "x", "sku": "milk"},
        {"kind": "missing"},
        {"kind": "missing", "sku": "milk", "quantity": 0},
    ],
)
def test_a_contest_of_nothing_is_refused(fields):
    with pytest.raises(ValueError, match="validation error"):
        ContestBody(**fields)


def test_more_than_the_receipt_has_or_a_strangers_receipt_is_refused(both, shop, staff, bought):
    with pytest.raises(InvalidRequestError, match="only 2"):
        not_taken(both, shop, bought, quantity=3)
    with pytest.raises(InvalidRequestError, match="no line"):
        contest(both, shop.person, bought, ContestBody(kind="not_taken", line_id="another"), "tap")
    stranger = Person("somebody", Role.SHOPPER)
    with pytest.raises(NotFoundError):
        contest(both, stranger, bought, ContestBody(kind="missing", sku="milk"), "tap")
    with pytest.raises(NotFoundError):
        contests_of_order(both, stranger, bought)


@pytest.fixture
def disputed(both, shop, bought):
    dispute_id = both.gateway.complain(shop.attempts(bought)[0].charge_id, "product_not_received")
    follow_dispute(both, dispute_id)
    return dispute_id


def totals(context):
    with context.database.read() as session:
        return {account.value: orders.ledger_total(session, account) for account in LedgerAccount}


def test_a_complaint_takes_the_money_out_until_the_bank_has_decided(both, bought, disputed):
    follow_dispute(both, disputed)
    found = totals(both)

    assert (found["provider_clearing"], found["disputed"]) == (0, 477)
    assert sum(found.values()) == 0


@pytest.mark.parametrize("store_wins", [True, False])
def test_the_banks_decision_is_posted_once(both, disputed, store_wins):
    both.gateway.decide(disputed, store_wins=store_wins)
    follow_dispute(both, disputed)
    follow_dispute(both, disputed)
    found = totals(both)

    assert found["disputed"] == 0
    assert found["provider_clearing" if store_wins else "dispute_losses"] == 477
    with both.database.read() as session:
        (row,) = complaints.disputes(session)
    assert row.state is (DisputeState.WON if store_wins else DisputeState.LOST)


def test_the_evidence_tells_what_was_bought_and_how_the_gate_was_opened(both, staff, disputed):
    shown = evidence(both, staff, disputed)

    assert "2 x Milk 1 l: 2.58 EUR" in shown.receipt_text
    assert "gate opened" in shown.access_log
    assert submit_evidence(both, staff, disputed).state is DisputeState.EVIDENCE_SENT
    assert both.gateway.dispute(disputed).evidence_due_at is None


def test_evidence_after_the_decision_is_refused(both, staff, disputed):
    both.gateway.decide(disputed, store_wins=False)
    follow_dispute(both, disputed)

    with pytest.raises(ConflictError, match="too late"):
        submit_evidence(both, staff, disputed)


def test_a_complaint_about_a_strangers_charge_is_only_logged(both, shop, caplog):
    charge_id = both.gateway.prepare(shop.other_charge())
    follow_dispute(both, both.gateway.complain(charge_id, "fraudulent"))

    assert "not ours" in caplog.text
    assert totals(both)["disputed"] == 0

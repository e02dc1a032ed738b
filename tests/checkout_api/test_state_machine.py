"""Trips, repeats, refunds, restarts, declines and a bad network in any order, beside a small model."""

import uuid
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import select

from checkout_api import ledger
from checkout_api.accounts import create_account
from checkout_api.gateways.simulator import Call, Fault, FaultKind
from checkout_api.ledger import Entry, LedgerAccount
from checkout_api.orders import place_order
from checkout_api.payments import ChargeState
from checkout_api.purchases import pay_order
from checkout_api.refunds import refund_order
from checkout_api.schemas import PurchaseRequest, RefundRequestBody, SignUp
from checkout_api.settlement import settle_due, settle_open
from checkout_api.startup import prepare
from checkout_api.states import Role
from checkout_api.tables import LedgerEntryTable
from checkout_api.tokens import Person
from tests.checkout_api.conftest import PASSWORD, PRODUCTS, checkout_parts
from tests.checkout_api.in_process import InProcessShop

PRICE = {product.sku: product.price_minor for product in PRODUCTS}


@dataclass
class Sold:
    """What the model knows of one trip."""

    shop: InProcessShop
    trip: PurchaseRequest
    order_id: str
    total_minor: int
    card_is_good: bool
    refunds: dict[str, int] = field(default_factory=dict)

    @property
    def refunded_minor(self):
        return sum(self.refunds.values())


class MoneyMachine(RuleBasedStateMachine):
    """One checkout with its database, provider, network and clock; `sold` is what should be true of it."""

    empty_database: Path

    def __init__(self):
        super().__init__()
        self._folder = TemporaryDirectory()
        self._open = checkout_parts(Path(self._folder.name), self.empty_database)
        self.parts = self._open.__enter__()
        manager = SignUp(email="bo@example.org", password=PASSWORD, display_name="Bo")
        self.staff = Person(create_account(self.parts, manager, Role.MANAGER).account_id, Role.MANAGER)
        self.sold: list[Sold] = []

    def teardown(self):
        try:
            self.everything_comes_right()
        finally:
            self._open.__exit__(None, None, None)
            self._folder.cleanup()

    @rule(
        basket=st.dictionaries(st.sampled_from(["milk", "cola", "sample"]), st.integers(1, 4), max_size=3),
        card_is_good=st.booleans(),
    )
    def somebody_leaves(self, basket, card_is_good):
        shop = InProcessShop(self.parts, PRODUCTS, "pm_sim_visa" if card_is_good else "pm_sim_declined")
        trip = shop.trip(shop.enter(), *basket.items())
        total = sum(PRICE[sku] * quantity for sku, quantity in basket.items())
        self.sold.append(Sold(shop, trip, place_order(self.parts, trip), total, card_is_good))

    @precondition(lambda self: self.sold)
    @rule(data=st.data())
    def a_trip_is_sent_again(self, data):
        one = data.draw(st.sampled_from(self.sold))
        assert place_order(self.parts, one.trip) == one.order_id

    @rule(
        call=st.sampled_from([Call.PREPARE, Call.CONFIRM, Call.RETRIEVE, Call.REFUND]),
        kind=st.sampled_from([FaultKind.LOST_BEFORE, FaultKind.LOST_AFTER]),
        times=st.integers(1, 4),
    )
    def the_network_gets_worse(self, call, kind, times):
        self.parts.gateway.inject(Fault(call, kind, times))

    @rule()
    def the_network_is_well_again(self):
        self.parts.gateway.clear_faults()

    @rule(seconds=st.sampled_from([1, 30, 120, 3_600, 100_000]))
    def time_passes(self, seconds):
        self.parts.clock.advance(seconds=seconds)

    @rule()
    def what_is_due_is_settled(self):
        settle_due(self.parts)

    @rule()
    def the_process_starts_again(self):
        prepare(self.parts)

    @rule()
    def the_provider_forgets_old_keys(self):
        self.parts.clock.advance(hours=25)
        self.parts.gateway.forget_idempotency_keys()

    @precondition(lambda self: self.sold)
    @rule(data=st.data(), share=st.floats(0.01, 1.5))
    def money_is_given_back(self, data, share):
        one = data.draw(st.sampled_from(self.sold))
        amount = max(1, round(one.total_minor * share))
        is_possible = (
            one.shop.state(one.order_id) in {"paid", "partly_refunded"}
            and amount <= one.total_minor - one.refunded_minor
        )
        key = str(uuid.uuid4())
        body = RefundRequestBody(amount_minor=amount, reason="spoiled")
        for _ in range(2):  # an answer was lost
            if is_possible:
                refund_order(self.parts, self.staff, one.order_id, body, key)
                one.refunds[key] = amount
            else:
                with pytest.raises(Exception, match="refund"):
                    refund_order(self.parts, self.staff, one.order_id, body, key)

    @precondition(lambda self: any(not one.card_is_good for one in self.sold))
    @rule(data=st.data())
    def a_debt_is_paid_with_another_card(self, data):
        one = data.draw(st.sampled_from([one for one in self.sold if not one.card_is_good]))
        if one.shop.state(one.order_id) == "payment_due":
            one.shop.link("pm_sim_visa")
            pay_order(self.parts, one.shop.person, one.order_id)
            one.card_is_good = True

    @invariant()
    def no_trip_is_charged_twice_or_too_much(self):
        captured = Counter()
        for charge in self.parts.gateway.charges():
            if charge.state is ChargeState.CAPTURED:
                captured[charge.amount.minor_units] += 1
                assert (
                    sum(refund.amount.minor_units for refund in charge.refunds) <= charge.amount.minor_units
                )
        owed = Counter(one.total_minor for one in self.sold if one.total_minor)
        assert captured <= owed

    @invariant()
    def debits_equal_credits(self):
        with self.parts.database.read() as session:
            entries = session.scalars(select(LedgerEntryTable)).all()
        assert ledger.is_balanced(
            [Entry(LedgerAccount(one.ledger_account), one.amount_minor) for one in entries]
        )

    def everything_comes_right(self):
        """Once the network is well, every trip is as the model says, at the provider and in our books."""
        self.parts.gateway.clear_faults()
        for _ in range(8):
            self.parts.clock.advance(hours=2)
            if settle_open(self.parts, after_restart=True).unfinished == 0:
                break
        charges = self.parts.gateway.charges()
        for one in self.sold:
            paid = one.card_is_good and one.total_minor > 0
            expected = one.total_minor - one.refunded_minor if paid else 0
            assert one.shop.clearing_total(one.order_id) == expected, one
            if one.total_minor == 0:
                assert one.shop.state(one.order_id) == ("paid" if one.trip.cart_items else "no_purchase")
            elif not one.card_is_good:
                assert one.shop.state(one.order_id) == "payment_due"
        captured = sum(one.amount.minor_units for one in charges if one.state is ChargeState.CAPTURED)
        refunded = sum(refund.amount.minor_units for one in charges for refund in one.refunds)
        good = [one for one in self.sold if one.card_is_good]
        assert captured == sum(one.total_minor for one in good)
        assert refunded == sum(one.refunded_minor for one in good)


@pytest.fixture
def machine(empty_database):
    return type("Machine", (MoneyMachine,), {"empty_database": empty_database})


@pytest.mark.parametrize(
    "examples", [8, pytest.param(150, marks=[pytest.mark.slow, pytest.mark.timeout(1_200)])]
)
def test_whatever_happens_in_whatever_order_the_books_are_right(machine, examples):
    machine.TestCase.settings = settings(max_examples=examples, stateful_step_count=25, deadline=None)
    machine.TestCase().runTest()

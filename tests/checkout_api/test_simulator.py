"""The simulated payment provider keeps its promises, and breaks them on demand."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from checkout_api.errors import DatabaseUnavailableError, GatewayUnavailableError, RefundTooLargeError
from checkout_api.gateways.simulator import Call, Fault, FaultKind, SimulatorGateway
from checkout_api.money import Money
from checkout_api.payments import ChargeRequest, ChargeState, ConfirmRequest, RefundRequest

EURO = Money(100, "EUR")


@pytest.fixture
def gateway(tmp_path):
    with closing(SimulatorGateway(tmp_path / "provider.db")) as opened:
        yield opened


def request(key, *, card="pm_sim_visa", amount=EURO):
    return ChargeRequest(amount, card, None, f"attempt-{key}", False, key)


def charge(gateway, key="k", *, card="pm_sim_visa"):
    charge_id = gateway.prepare(request(key, card=card))
    return gateway.confirm(ConfirmRequest(charge_id, None, f"confirm-{key}"))


def test_nothing_moves_before_the_confirmation(gateway):
    charge_id = gateway.prepare(request("k"))

    assert gateway.retrieve(charge_id).state is ChargeState.READY
    assert gateway.captured_total_minor() == 0


def test_the_same_keys_make_one_charge(gateway):
    with ThreadPoolExecutor(8) as callers:
        made = list(callers.map(lambda _: charge(gateway), range(8)))

    assert len(set(made)) == len(gateway.charges()) == 1
    assert gateway.captured_total_minor() == 100


def test_a_key_with_other_parameters_is_refused(gateway):
    charge(gateway)

    with pytest.raises(ValueError, match="other parameters"):
        gateway.prepare(request("k", amount=Money(101, "EUR")))


@pytest.mark.parametrize(
    ("card", "code"),
    [("pm_sim_declined", "card_declined"), ("pm_sim_insufficient_funds", "insufficient_funds")],
)
def test_some_cards_are_declined(gateway, card, code):
    declined = charge(gateway, card=card)

    assert (declined.state, declined.decline_code) == (ChargeState.DECLINED, code)
    assert gateway.captured_total_minor() == 0


def test_refunds_stop_at_what_was_captured(gateway):
    charge_id = charge(gateway).charge_id
    first = gateway.refund(RefundRequest(charge_id, Money(60, "EUR"), "r1", "k1"))

    assert gateway.refund(RefundRequest(charge_id, Money(60, "EUR"), "r1", "k1")) == first
    with pytest.raises(RefundTooLargeError, match="only 40 left"):
        gateway.refund(RefundRequest(charge_id, Money(60, "EUR"), "r2", "k2"))
    assert [refund.reference for refund in gateway.retrieve(charge_id).refunds] == ["r1"]
    assert gateway.captured_total_minor() == 40


def test_a_request_lost_before_did_nothing_and_one_lost_after_did_all(gateway):
    gateway.inject(Fault(Call.CONFIRM, FaultKind.LOST_BEFORE), Fault(Call.CONFIRM, FaultKind.LOST_AFTER))

    for expected in (0, 100):
        with pytest.raises(GatewayUnavailableError):
            charge(gateway)
        assert gateway.captured_total_minor() == expected
    assert charge(gateway).state is ChargeState.CAPTURED


def test_the_books_survive_a_restart(tmp_path):
    with closing(SimulatorGateway(tmp_path / "provider.db")) as gateway:
        made = charge(gateway)
    with closing(SimulatorGateway(tmp_path / "provider.db")) as gateway:
        assert gateway.charges() == (made,)
        assert charge(gateway) == made


def test_books_that_cannot_be_written_are_named(tmp_path):
    with pytest.raises(DatabaseUnavailableError, match=r"provider\.db cannot be used: .*; check"):
        SimulatorGateway(tmp_path / "missing" / "provider.db")

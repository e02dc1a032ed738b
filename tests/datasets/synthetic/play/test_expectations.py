"""What a script expects of a system agrees with what happens in it."""

from collections.abc import Iterator

import pytest

from datasets.recording import Expectation, Outcome, RecordingTruth
from datasets.synthetic.play.scenarios import find_scenario, list_scenarios, write_scenario
from datasets.synthetic.play.truth import script_truth

FEW = (
    "put-back",
    "misplaced-taken",
    "put-back-by-other",
    "hand-over",
    "dropped-taken",
    "eaten-inside",
    "turn-back",
)


def truth_of(name: str, seed: int) -> RecordingTruth:
    return script_truth(write_scenario(find_scenario(name), seed), name, seed, 1000.0, 2)


def about_products(truth: RecordingTruth, outcome: Outcome) -> Iterator[tuple[Expectation, int]]:
    """Yield what is expected of single products, and how many of each the visit owes in truth."""
    carts = {visit.visit_id: visit.cart for visit in truth.visits}
    for one in truth.expectations:
        if one.product_id is not None and one.outcome is outcome:
            yield one, carts[one.visit_id].get(one.product_id, 0)


def check(truth: RecordingTruth) -> None:
    assert all(count == 1 for _, count in about_products(truth, Outcome.CHARGED_ONCE))
    assert all(count == 0 for _, count in about_products(truth, Outcome.NOT_CHARGED))
    whole = {one.visit_id for one in truth.expectations if one.product_id is None and one.visit_id}
    assert whole == {visit.visit_id for visit in truth.visits}
    for one in truth.expectations:
        assert (one.alert is not None) == (one.outcome is Outcome.ALERT)


@pytest.mark.parametrize("name", FEW)
def test_expectations_agree_with_the_truth(name):
    check(truth_of(name, 6))


@pytest.mark.slow
@pytest.mark.parametrize("name", [scenario.name for scenario in list_scenarios()])
def test_expectations_agree_with_the_truth_everywhere(name):
    check(truth_of(name, 7))


def test_what_is_handed_over_is_owed_by_who_leaves_with_it():
    truth = truth_of("hand-over", 6)

    assert [sum(visit.cart.values()) for visit in truth.visits] == [0, 1]


def test_what_is_eaten_is_owed():
    truth = truth_of("eaten-inside", 6)

    assert sum(truth.visits[0].cart.values()) == 1
    assert any(unit.places[-1].place == "eaten:shopper-1" for unit in truth.units)


def test_what_a_companion_takes_is_owed_by_the_account():
    truth = truth_of("child-picks", 6)

    assert truth.visits[0].shopper_ids == ("shopper-1", "shopper-2")
    assert sum(truth.visits[0].cart.values()) == 2
    assert sum(truth.shoppers[1].cart.values()) == 1


def test_nobody_owes_what_an_intruder_takes():
    truth = truth_of("tailgating", 6)

    assert Expectation(Outcome.ALERT, alert="tailgating") in truth.expectations
    assert truth.shoppers[1].visit_id is None
    assert sum(truth.shoppers[1].cart.values()) == 1
    assert sum(visit.total_minor for visit in truth.visits) == sum(
        visit.total_minor for visit in truth.visits if "shopper-2" not in visit.shopper_ids
    )


def test_who_turns_back_at_the_gate_owes_nothing():
    truth = truth_of("turn-back", 6)

    assert truth.visits[0].cart == {}
    assert truth.visits[0].left_s < truth.visits[1].scanned_s

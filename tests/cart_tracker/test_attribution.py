from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cart_tracker.attribution import MISSED_PICK_NATS, UNSEEN_NATS, JointProblem, QuantityBound, Question
from cart_tracker.evidence import Hypothesis
from cart_tracker.shelf_changes import ShelfChange
from cart_tracker.store_map import ProductId, SlotId
from cart_tracker.visits import EventKind

MILK, TEA = ProductId("milk"), ProductId("tea")
SLOT = SlotId("slot-1")
SIGN = {EventKind.PICK: 1, EventKind.PUT: -1, EventKind.TOUCH: 0, EventKind.GIVE: -1}


def pick(product: ProductId, nats: float, slot: SlotId = SLOT) -> Hypothesis:
    return Hypothesis(EventKind.PICK, product, slot, nats)


def put(product: ProductId, nats: float) -> Hypothesis:
    return Hypothesis(EventKind.PUT, product, SLOT, nats)


def touch(nats: float) -> Hypothesis:
    return Hypothesis(EventKind.TOUCH, None, SLOT, nats)


def emptied(nats: float, units: float = 0.0) -> ShelfChange:
    return ShelfChange(SLOT, 8.0, 12.0, nats, -nats, units)


def give(product: ProductId, nats: float) -> Hypothesis:
    return Hypothesis(EventKind.GIVE, product, None, nats)


def question(number: int, *hypotheses: Hypothesis, holder: str = "visit-1", rivals: tuple = ()) -> Question:
    return Question(number, holder, float(number), hypotheses, rivals)


def kinds(problem: JointProblem) -> list[tuple[str, str | None]]:
    return [(one.kind.value, one.product_id) for one in problem.solve().chosen]


def test_the_likeliest_explanation_wins_when_nothing_binds_interactions_together():
    problem = JointProblem(
        [question(1, touch(-6), pick(MILK, -0.1)), question(2, touch(-0.1), pick(TEA, -4))], []
    )

    assert kinds(problem) == [("pick", MILK), ("touch", None)]


def test_only_a_holder_puts_back():
    """Alone, milk would be put back; nobody took milk, so it must have been the tea that was taken."""
    problem = JointProblem(
        [question(1, pick(TEA, -0.1), touch(-9)), question(2, put(MILK, -0.5), put(TEA, -2.0), touch(-9))], []
    )

    assert kinds(problem) == [("pick", TEA), ("put", TEA)]


def test_a_put_back_that_nobody_saw_taken_is_possible_at_a_price():
    problem = JointProblem([question(1, put(MILK, 0.0), touch(-12.0))], [])

    assert kinds(problem) == [("put", MILK)]
    assert problem.solve().cost > 4.0


def test_a_change_of_the_shelf_turns_a_doubtful_touch_into_a_pick():
    doubtful = question(10, touch(-0.5), pick(MILK, -1.5))
    change = emptied(3.0)

    assert kinds(JointProblem([doubtful], [])) == [("touch", None)]
    assert kinds(JointProblem([doubtful], [change])) == [("pick", MILK)]


def test_a_move_that_no_camera_could_have_noticed_needs_no_change_of_the_shelf():
    doubtful = question(10, touch(-1.5), pick(MILK, -0.5))

    assert kinds(JointProblem([doubtful], [], noticed={SLOT: 1.0})) == [("touch", None)]
    assert kinds(JointProblem([doubtful], [], noticed={SLOT: 0.2})) == [("pick", MILK)]
    assert kinds(JointProblem([doubtful], [], noticed={SlotId("other"): 1.0})) == [("pick", MILK)]


@given(st.floats(0.0, 1.0), st.floats(0.1, 6.0), st.floats(-4.0, 0.0))
@settings(max_examples=30, deadline=None)
def test_an_explained_move_costs_the_same_however_its_slot_is_watched(share, gain, nats):
    """What explains a change was noticed, so how often nothing is noticed there does not matter."""
    sure = question(10, pick(MILK, nats))
    costs = [
        JointProblem([sure], [emptied(gain)], noticed={SLOT: noticed}).solve().cost
        for noticed in (share, 1.0)
    ]

    assert costs[0] == pytest.approx(costs[1])


def test_one_change_explains_one_of_two_doubtful_touches():
    pair = [question(10, touch(-0.5), pick(MILK, -1.5)), question(11, touch(-0.5), pick(MILK, -1.6))]

    assert kinds(JointProblem(pair, [emptied(3.0)])) == [
        ("pick", MILK),
        ("touch", None),
    ]


def test_something_that_came_does_not_support_a_pick():
    doubtful = question(10, touch(-0.5), pick(MILK, -1.5))

    assert kinds(JointProblem([doubtful], [emptied(-3.0)])) == [("touch", None)]


def test_two_hands_on_one_spot_rarely_are_two_moves():
    unseen = UNSEEN_NATS[EventKind.PICK]
    mine = question(1, touch(-1.0 - unseen), pick(MILK, -0.5), rivals=(2,))
    theirs = question(2, touch(-0.6 - unseen), pick(MILK, -0.5), holder="visit-2", rivals=(1,))

    assert kinds(JointProblem([mine, theirs], [])) == [("pick", MILK), ("touch", None)]


def test_bounds_force_the_next_best_explanation_and_impossible_ones_cost_everything():
    problem = JointProblem([question(1, pick(MILK, -0.1), touch(-2.1))], [])

    fewer = problem.solve([QuantityBound("visit-1", MILK, -np.inf, 0)])
    more = problem.solve([QuantityBound("visit-1", MILK, 2, np.inf)])

    assert fewer.chosen[0].kind is EventKind.TOUCH
    assert fewer.cost - problem.solve().cost == pytest.approx(0.0)  # 2 nats less, and no unseen change
    assert more.cost == np.inf


def test_no_interaction_is_an_empty_basket():
    assert JointProblem([], []).solve().chosen == ()


def test_two_units_that_left_support_two_moves_and_a_move_of_two():
    pair = [question(10, touch(-0.5), pick(MILK, -1.5)), question(11, touch(-0.5), pick(MILK, -1.6))]
    twice = replace(pick(MILK, -2.5), quantity=2)

    assert kinds(JointProblem(pair, [emptied(3.0, -2.0)])) == [("pick", MILK)] * 2
    (chosen,) = (
        JointProblem([question(10, touch(-4), pick(MILK, -1.5), twice)], [emptied(3.0, -2.0)]).solve().chosen
    )
    assert chosen.quantity == 2


def test_what_was_taken_and_soon_put_back_leaves_no_trace_to_be_missed():
    there_and_back = [question(1, touch(-4.0), pick(MILK, -0.5)), question(9, touch(-4.5), put(MILK, -0.5))]
    much_later = [there_and_back[0], replace(there_and_back[1], contact_s=90.0)]

    assert kinds(JointProblem(there_and_back, [])) == [("pick", MILK), ("put", MILK)]
    assert kinds(JointProblem(much_later, [])) != [("pick", MILK), ("put", MILK)]


def test_no_more_leaves_a_slot_than_stood_in_it():
    three = [question(number, touch(-6.0), pick(MILK, -0.01 * number)) for number in (1, 30, 60)]

    assert kinds(JointProblem(three, [], {SLOT: 2})).count(("pick", MILK)) == 2
    assert kinds(JointProblem(three, [], {SLOT: 3})).count(("pick", MILK)) == 3


def test_what_is_given_away_is_the_others_and_was_the_givers():
    problem = JointProblem(
        [
            question(1, pick(MILK, -0.1), touch(-9)),
            replace(question(50, give(MILK, 0.0), touch(-6.0)), partner="visit-2"),
            question(99, put(MILK, -0.5), touch(-7.0), holder="visit-2"),
        ],
        [],
    )

    assert kinds(problem) == [("pick", MILK), ("give", MILK), ("put", MILK)]
    assert problem.solve().cost < MISSED_PICK_NATS + 4.0


def cheapest_by_trying_everything(questions: list[Question]) -> float:
    """Add up every combination; what is lost before it was gained costs a missed pick, two at most."""
    best = np.inf
    for chosen in product(*(one.hypotheses for one in questions)):
        cost = sum(UNSEEN_NATS[one.kind] - one.log_likelihood for one in chosen)
        for holder in ("visit-1", "visit-2"):
            for item in (MILK, TEA):
                held = lowest = 0
                for asked, one in zip(questions, chosen, strict=True):
                    held += asked.units(one, holder) if one.product_id == item else 0
                    lowest = min(lowest, held)
                cost += MISSED_PICK_NATS * -lowest if lowest >= -2 else np.inf
        best = min(best, cost)
    return best


nats = st.floats(-8.0, 0.0)
options = st.lists(
    st.one_of(
        st.builds(pick, st.sampled_from([MILK, TEA]), nats),
        st.builds(put, st.sampled_from([MILK, TEA]), nats),
        st.builds(give, st.sampled_from([MILK, TEA]), nats),
        st.builds(touch, nats),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.booleans(), options), min_size=1, max_size=4))
def test_the_joint_solve_is_as_good_as_trying_everything(rows):
    """Times are so far apart that nothing is put back before somebody looks at the slot."""
    names = ("visit-1", "visit-2")
    questions = [
        Question(number, names[first], 100.0 * number, tuple(hypotheses), (), names[1 - first])
        for number, (first, hypotheses) in enumerate(rows)
    ]
    expected = cheapest_by_trying_everything(questions)

    if np.isfinite(expected):
        assert JointProblem(questions, []).solve().cost == pytest.approx(expected, abs=1e-5)


moves = st.lists(
    st.tuples(st.sampled_from(["visit-1", "visit-2"]), nats, nats, nats, nats, nats), min_size=1, max_size=7
)


@settings(max_examples=30, deadline=None)
@given(moves)
def test_a_cart_is_never_negative_at_any_time(rows):
    questions = [
        question(number, touch(a), pick(MILK, b), pick(TEA, c), put(MILK, d), put(TEA, e), holder=holder)
        for number, (holder, a, b, c, d, e) in enumerate(rows)
    ]
    problem = JointProblem(questions, [])

    solution = problem.solve()

    for holder in ("visit-1", "visit-2"):
        for item in (MILK, TEA):
            held = 0
            for asked, chosen in zip(questions, solution.chosen, strict=True):
                if asked.holder == holder and chosen.product_id == item:
                    held += SIGN[chosen.kind]
            # Units that nobody saw being taken may come back, at most two of a kind.
            assert held >= -2

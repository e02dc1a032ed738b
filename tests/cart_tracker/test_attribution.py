import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cart_tracker.attribution import JointProblem, QuantityBound, Question, ShelfChange
from cart_tracker.evidence import Hypothesis
from cart_tracker.store_map import ProductId, SlotId
from cart_tracker.visits import EventKind

MILK, TEA = ProductId("milk"), ProductId("tea")
SLOT = SlotId("slot-1")
SIGN = {EventKind.PICK: 1, EventKind.PUT: -1, EventKind.TOUCH: 0}


def pick(product: ProductId, nats: float, slot: SlotId = SLOT) -> Hypothesis:
    return Hypothesis(EventKind.PICK, product, slot, nats)


def put(product: ProductId, nats: float) -> Hypothesis:
    return Hypothesis(EventKind.PUT, product, SLOT, nats)


def touch(nats: float) -> Hypothesis:
    return Hypothesis(EventKind.TOUCH, None, SLOT, nats)


def question(number: int, *hypotheses: Hypothesis, holder: str = "visit-1", rivals: tuple = ()) -> Question:
    return Question(number, holder, float(number), hypotheses, rivals)


def kinds(problem: JointProblem) -> list[tuple[str, str | None]]:
    return [(one.kind.value, one.product_id) for one in problem.solve().chosen]


def test_the_likeliest_explanation_wins_when_nothing_binds_interactions_together():
    problem = JointProblem(
        [question(1, touch(-3), pick(MILK, -0.1)), question(2, touch(-0.1), pick(TEA, -4))], []
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
    change = ShelfChange(SLOT, 8.0, 12.0, 3.0, -1)

    assert kinds(JointProblem([doubtful], [])) == [("touch", None)]
    assert kinds(JointProblem([doubtful], [change])) == [("pick", MILK)]


def test_one_change_explains_one_of_two_doubtful_touches():
    pair = [question(10, touch(-0.5), pick(MILK, -1.5)), question(11, touch(-0.5), pick(MILK, -1.6))]

    assert kinds(JointProblem(pair, [ShelfChange(SLOT, 8.0, 12.0, 3.0, -1)])) == [
        ("pick", MILK),
        ("touch", None),
    ]


def test_something_that_came_does_not_support_a_pick():
    doubtful = question(10, touch(-0.5), pick(MILK, -1.5))

    assert kinds(JointProblem([doubtful], [ShelfChange(SLOT, 8.0, 12.0, 3.0, 1)])) == [("touch", None)]


def test_two_hands_on_one_spot_rarely_are_two_moves():
    mine = question(1, touch(-4.0), pick(MILK, -0.5), rivals=(2,))
    theirs = question(2, touch(-3.5), pick(MILK, -0.5), holder="visit-2", rivals=(1,))

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


nats = st.floats(-8.0, 0.0)
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
        for product in (MILK, TEA):
            held = 0
            for asked, chosen in zip(questions, solution.chosen, strict=True):
                if asked.holder == holder and chosen.product_id == product:
                    held += SIGN[chosen.kind]
            # Units that nobody saw being taken may come back, at most two of a kind.
            assert held >= -2

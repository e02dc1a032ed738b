from dataclasses import replace

import pytest

from cart_tracker.attribution import JointProblem, Question, Solution
from cart_tracker.carts import Carts, Move, Reading
from cart_tracker.closing import alerts_of, closed_lines
from cart_tracker.confidence import ASSUMED
from cart_tracker.evidence import Hypothesis
from cart_tracker.identity import ShopperId
from cart_tracker.lines import Weighed
from cart_tracker.observations import VisitId
from cart_tracker.questions import review_questions
from cart_tracker.visits import BasketFeatures, Decision, EventKind
from tests.cart_tracker.observation_simulator import store_map

MAP = store_map()
HOME = MAP.slots[0]
OTHER = MAP.product_ids[5]
ME, CHILD = ShopperId(1), ShopperId(2)


def move(kind: EventKind = EventKind.PICK, product=HOME.product_id, person: ShopperId = ME) -> Move:
    return Move(1, (person,), 10.0, 10.5, Hypothesis(kind, product, HOME.slot_id, -0.1), 0.95)


def reading(*moves: Move, margin: float = 8.0, least: float = 8.0) -> Reading:
    weighed = tuple(Weighed(one.hypothesis.product_id, 1, margin, 9.0) for one in moves)
    problem = JointProblem([], [])
    return Reading({}, weighed, moves, (), BasketFeatures(least), problem, Solution((), 0.0))


def decided(told: Reading, followers=(), doubt: str = "", *, is_settled: bool = True):
    (line,) = closed_lines(told, followers, doubt, is_settled=is_settled, settings=ASSUMED)
    return line


def test_a_sure_line_is_charged():
    assert decided(reading(move())).decision is Decision.CHARGE


@pytest.mark.parametrize(
    ("told", "circumstances", "reason"),
    [
        (reading(move(person=CHILD)), {"followers": [CHILD]}, "came in on this code"),
        (reading(move(EventKind.GIVE)), {}, "hand to hand"),
        (reading(replace(move(), looked_like=OTHER)), {}, f"held {OTHER}"),
        (reading(move()), {"doubt": "camera cam1 was missing for 3 s"}, "cam1"),
        (reading(move()), {"is_settled": False}, "not seen leaving"),
        (reading(move(), margin=0.5), {}, "confidence"),
        (reading(move(), least=0.0), {}, "confidence of the basket"),
    ],
)
def test_what_is_doubtful_is_left_to_a_person_with_the_reason(told, circumstances, reason):
    line = decided(told, **circumstances)

    assert line.decision is Decision.REVIEW
    assert reason in line.reason


def empty(*margins: float) -> Reading:
    """A basket without a line, and products that it may hold all the same."""
    near = zip(MAP.product_ids, margins, strict=False)
    weighed = tuple(Weighed(product_id, 0, float("inf"), margin) for product_id, margin in near)
    return replace(reading(least=min(margins)), weighed=weighed)


def test_an_empty_basket_in_doubt_is_asked_about_at_what_it_holds_likeliest():
    line = decided(empty(0.9, 0.2))

    assert (line.product_id, line.quantity) == (MAP.product_ids[1], 1)
    assert line.decision is Decision.REVIEW
    assert line.confidence < 0.7
    assert "confidence of the basket" in line.reason


@pytest.mark.parametrize("margin", [2.0, 8.0])
def test_a_basket_that_is_empty_for_sure_is_not_asked_about(margin):
    assert closed_lines(empty(margin), (), "", is_settled=True, settings=ASSUMED) == ()


def alerts(told: Reading) -> list[str]:
    return [one.kind.value for one in alerts_of(VisitId("visit-1"), 20.0, told, Carts(MAP))]


def test_staff_is_called_for_what_stands_where_it_does_not_belong():
    assert alerts(reading(move())) == []
    assert alerts(reading(move(EventKind.PUT, OTHER))) == ["misplaced-unit"]
    assert alerts(reading(replace(move(EventKind.PUT, OTHER), confidence=0.5))) == []


def test_a_slot_that_seems_to_hold_something_else_than_planned_is_to_be_checked():
    assert alerts(reading(replace(move(), looked_like=OTHER))) == ["planogram-check"]


def test_one_question_is_asked_about_one_doubtful_hand_with_the_two_best_readings():
    pick = Hypothesis(EventKind.PICK, HOME.product_id, HOME.slot_id, -0.5)
    touch = Hypothesis(EventKind.TOUCH, None, HOME.slot_id, -6.0)
    question = Question(1, "visit-1", 10.0, (pick, touch))
    problem = JointProblem([question], [])
    best = problem.solve()
    told = Reading(
        {HOME.product_id: 1},
        (Weighed(HOME.product_id, 1, 0.5, 9.0),),
        (move(),),
        (question,),
        BasketFeatures(0.5),
        problem,
        best,
    )
    lines = closed_lines(told, (), "", is_settled=True, settings=ASSUMED)
    (asked,) = review_questions(told, "visit-1", lines, ASSUMED)

    assert [one.kind for one in asked.options] == [EventKind.PICK, EventKind.TOUCH]
    assert asked.settles == (HOME.product_id,)
    assert review_questions(told, "visit-1", (), ASSUMED) == ()

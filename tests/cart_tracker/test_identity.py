import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cart_tracker.identity import Belief, Identities, Newcomer, ShopperId, sinkhorn
from cart_tracker.observations import GateScanned, VisitId


def scan(at_s: float, name: str) -> GateScanned:
    return GateScanned(at_s, "gate-1", VisitId(name))


def newcomer(number: int, first_seen_s: float, passed_s: float | None) -> Newcomer:
    return Newcomer(ShopperId(number), first_seen_s, passed_s)


def bound(identities: Identities, newcomers: list[Newcomer], now_s: float) -> dict[int, tuple[str, bool]]:
    bindings = identities.bind(newcomers, now_s)
    return {int(one.shopper_id): (str(one.scan.visit_id), one.is_follower) for one in bindings}


def test_a_code_is_of_whoever_walks_in_on_it():
    identities = Identities()
    identities.scanned(scan(10.0, "a"))

    assert bound(identities, [newcomer(1, 9.0, None)], 11.0) == {}
    assert bound(identities, [newcomer(1, 9.0, 11.5)], 11.6) == {1: ("a", False)}
    assert identities.visit_of(ShopperId(1)) == "a"


def test_a_code_scanned_by_who_stands_behind_lets_in_who_stands_in_front():
    identities = Identities()
    identities.scanned(scan(10.0, "a"))
    identities.scanned(scan(13.0, "b"))
    ahead, behind = newcomer(1, 8.0, 12.0), newcomer(2, 9.0, 14.0)

    assert bound(identities, [ahead, behind], 14.1) == {1: ("a", False), 2: ("b", False)}


def test_a_code_that_is_read_after_its_owner_has_passed_is_theirs_unless_somebody_waits_at_the_gate():
    late, early = Identities(), Identities()
    for identities in (late, early):
        assert bound(identities, [newcomer(1, 8.0, 10.0)], 10.1) == {}
        identities.scanned(scan(11.0, "a"))

    assert bound(late, [newcomer(1, 8.0, 10.0)], 11.1) == {1: ("a", False)}
    assert bound(early, [newcomer(1, 8.0, 10.0), newcomer(2, 10.5, None)], 11.1) == {}


def test_a_child_behind_its_parent_does_not_take_the_code_of_who_scans_next():
    identities = Identities()
    identities.scanned(scan(3.4, "family"))
    bound(identities, [newcomer(1, 2.2, 4.9), newcomer(2, 4.4, None)], 5.0)
    child, stranger = newcomer(2, 4.4, 6.0), newcomer(3, 5.7, None)
    identities.scanned(scan(6.8, "stranger"))

    assert bound(identities, [child, stranger], 6.9) == {}
    assert bound(identities, [child, newcomer(3, 5.7, 7.6)], 7.7) == {3: ("stranger", False)}
    assert bound(identities, [child], 9.6) == {2: ("family", True)}


def test_somebody_who_passes_right_behind_without_a_code_follows_and_much_later_is_nobody():
    identities = Identities()
    identities.scanned(scan(10.0, "a"))
    bound(identities, [newcomer(1, 9.0, 11.0)], 11.1)

    assert bound(identities, [newcomer(2, 10.0, 12.0)], 15.6) == {2: ("a", True)}
    assert bound(identities, [newcomer(3, 40.0, 42.0)], 46.0) == {}
    assert identities.is_lonely(ShopperId(3))


def test_a_code_to_which_nobody_comes_is_given_up_and_a_second_code_of_a_visit_ignored():
    identities = Identities()
    identities.scanned(scan(10.0, "a"))
    identities.scanned(scan(11.0, "a"))

    assert identities.give_up(20.0, is_gate_empty=True) == []
    assert identities.give_up(26.0, is_gate_empty=False) == []
    assert [one.visit_id for one in identities.give_up(26.0, is_gate_empty=True)] == ["a"]
    assert identities.open_scans == ()


def test_two_people_who_may_have_been_exchanged_are_doubted_alike_and_a_fact_about_one_settles_both():
    belief = Belief()
    for number, name in ((1, "a"), (2, "b"), (3, "c")):
        belief.born(ShopperId(number), VisitId(name))
    belief.mix(ShopperId(1), ShopperId(2), 0.3)

    assert belief.of(ShopperId(1), VisitId("a")) == pytest.approx(0.7)
    assert belief.of(ShopperId(2), VisitId("a")) == pytest.approx(0.3)

    belief.weigh(ShopperId(1), VisitId("b"), 1e6)
    assert belief.of(ShopperId(2), VisitId("a")) > 0.99
    assert belief.of(ShopperId(3), VisitId("c")) > 0.99


def test_a_code_shown_at_the_exit_gives_two_people_who_were_exchanged_back_what_is_theirs():
    identities = Identities()
    for number, at_s in ((1, 10.0), (2, 20.0)):
        identities.scanned(scan(at_s, f"visit-{number}"))
        identities.bind([newcomer(number, at_s - 1, at_s + 1)], at_s + 1.1)
    identities.mix(ShopperId(1), ShopperId(2), 0.4)
    assert identities.doubt(ShopperId(1)) == pytest.approx(0.4)

    changed = identities.prove(ShopperId(1), VisitId("visit-2"))

    assert {one: own.visit_id for one, own in changed.items()} == {1: "visit-2", 2: "visit-1"}
    assert identities.visit_of(ShopperId(2)) == "visit-1"
    assert identities.doubt(ShopperId(2)) < 0.01
    assert identities.prove(ShopperId(1), VisitId("visit-2")) == {}


def test_who_has_left_takes_no_doubt_along():
    identities = Identities()
    for number, at_s in ((1, 10.0), (2, 20.0)):
        identities.scanned(scan(at_s, f"visit-{number}"))
        identities.bind([newcomer(number, at_s - 1, at_s + 1)], at_s + 1.1)
    identities.mix(ShopperId(1), ShopperId(2), 0.3)
    identities.forget(ShopperId(1))

    assert identities.doubt(ShopperId(2)) == pytest.approx(0.3)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0.01, 1.0), min_size=9, max_size=9))
def test_beliefs_about_people_and_about_visits_sum_to_one(values):
    share = sinkhorn(np.array(values).reshape(3, 3))

    assert share.sum(axis=0) == pytest.approx(np.ones(3), abs=0.02)
    assert share.sum(axis=1) == pytest.approx(np.ones(3), abs=0.02)

import pytest

from walkout.comparison import WrongLine
from walkout.confusions import Confusion, Mistake, confusions
from walkout.moments import moment_of, wrong_lines


@pytest.fixture
def truth(build):
    return build.truth(
        [build.act("shopper-1", "pick", "cola", 4.0), build.act("shopper-2", "pick", "beans", 9.0)],
        ["shopper-1", "shopper-2"],
    )


def comparison_of(build, truth, carts, events=None):
    run = build.perfect_run(truth)
    visits = tuple(build.visit(shopper, cart) for shopper, cart in carts.items())
    return build.comparison(
        truth, build.replace(run, visits=visits, events=run.events if events is None else tuple(events))
    )


def test_a_right_run_has_no_wrong_lines_and_no_mistakes(build, truth):
    comparison = build.comparison(truth, build.perfect_run(truth))
    assert wrong_lines(comparison) == ()
    assert not confusions(comparison)


def test_a_missed_pick_is_shown_where_it_happened(build, truth):
    run = build.perfect_run(truth)
    comparison = comparison_of(build, truth, {"shopper-1": {}, "shopper-2": {"beans": 1}}, run.events[1:])
    (line,) = wrong_lines(comparison)
    assert line == WrongLine("shopper-1", "cola", true_units=1, seen_units=0)
    moment = moment_of(comparison, line)
    assert moment.at_s == pytest.approx(build.start_s + 4.0)
    assert moment.slot_id == "slot-cola"
    assert moment.true_text == "shopper-1 took Cola"
    assert moment.seen_text == "nothing"
    assert confusions(comparison) == {Confusion(Mistake.MISSED, "cola", None): 1}


def test_an_invented_pick_is_shown_where_it_was_recognised(build, truth):
    run = build.perfect_run(truth)
    invented = build.replace(
        run.events[0], product_id="water", slot_id="slot-water", at_s=build.start_s + 15.0
    )
    carts = {"shopper-1": {"cola": 1, "water": 1}, "shopper-2": {"beans": 1}}
    comparison = comparison_of(build, truth, carts, [*run.events, invented])
    (line,) = wrong_lines(comparison)
    moment = moment_of(comparison, line)
    assert (moment.true_text, moment.seen_text) == ("nothing", "shopper-1 took Water")
    assert moment.slot_id == "slot-water"
    assert confusions(comparison) == {Confusion(Mistake.INVENTED, None, "water"): 1}


def test_a_unit_at_the_wrong_shopper_is_one_mistake_shown_from_both_sides(build, truth):
    run = build.perfect_run(truth)
    given_away = build.replace(run.events[0], shopper="shopper-2")
    carts = {"shopper-1": {}, "shopper-2": {"beans": 1, "cola": 1}}
    comparison = comparison_of(build, truth, carts, [given_away, run.events[1]])
    assert confusions(comparison) == {Confusion(Mistake.WRONG_SHOPPER, "cola", "cola"): 1}
    for line in wrong_lines(comparison):
        moment = moment_of(comparison, line)
        assert (moment.true_text, moment.seen_text) == ("shopper-1 took Cola", "shopper-2 took Cola")


def test_a_product_taken_for_another_is_one_mistake(build, truth):
    run = build.perfect_run(truth)
    confused = build.replace(run.events[1], product_id="water")
    carts = {"shopper-1": {"cola": 1}, "shopper-2": {"water": 1}}
    comparison = comparison_of(build, truth, carts, [run.events[0], confused])
    assert confusions(comparison) == {Confusion(Mistake.WRONG_PRODUCT, "beans", "water"): 1}
    texts = {moment_of(comparison, line).seen_text for line in wrong_lines(comparison)}
    assert texts == {"shopper-2 took Water"}


def test_a_missed_and_an_invented_product_far_apart_are_two_mistakes(build, truth):
    run = build.perfect_run(truth)
    invented = build.replace(run.events[1], product_id="water", at_s=build.start_s + 16.0)
    carts = {"shopper-1": {"cola": 1}, "shopper-2": {"water": 1}}
    comparison = comparison_of(build, truth, carts, [run.events[0], invented])
    assert confusions(comparison) == {
        Confusion(Mistake.MISSED, "beans", None): 1,
        Confusion(Mistake.INVENTED, None, "water"): 1,
    }


def test_right_events_and_a_wrong_line_blame_the_decision(build, truth):
    comparison = comparison_of(build, truth, {"shopper-1": {}, "shopper-2": {"beans": 1}})
    (line,) = wrong_lines(comparison)
    assert "decided otherwise" in moment_of(comparison, line).seen_text


def test_a_line_without_any_event_has_no_moment(build, truth):
    carts = {"shopper-1": {"cola": 1, "water": 1}, "shopper-2": {"beans": 1}}
    comparison = comparison_of(build, truth, carts)
    (line,) = wrong_lines(comparison)
    assert moment_of(comparison, line) is None

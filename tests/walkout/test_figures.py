import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from walkout.figures import FIGURE_KEYS, figures_file, figures_of, figures_per_scenario
from walkout.run_result import CartUpdate, LineDecision, RecognisedEvent, VisitLine

PROMISED_KEYS = [
    "n_recordings",
    "n_baskets",
    "n_events",
    "baskets_exact",
    "item_precision",
    "item_recall",
    "item_f1",
    "event_f1",
    "event_f1_pick",
    "event_f1_put",
    "person_accuracy",
    "overcharge",
    "undercharge",
    "true_total",
    "money_error",
    "auto_wrong_rate",
    "review_rate",
    "idf1",
    "hota",
    "wrong_account_s",
    "receipt_latency_p95_s",
    "cart_latency_p95_s",
    "cpu_s_per_camera_frame",
    "realtime_factor",
    "peak_memory_mb",
    "as_expected",
]

SHOPPERS = ("shopper-1", "shopper-2", "shopper-3")


@st.composite
def stories(draw):
    """Picks 1.5 s apart; some are put back a second later, so that no cart goes below zero."""
    moves = draw(
        st.lists(
            st.tuples(st.sampled_from(SHOPPERS), st.sampled_from(["cola", "water", "beans"]), st.booleans()),
            min_size=1,
            max_size=5,
        )
    )
    acts = []
    for number, (shopper, product, is_put_back) in enumerate(moves):
        acts.append((shopper, "pick", product, 2.0 + 3 * number))
        if is_put_back:
            acts.append((shopper, "put", product, 3.5 + 3 * number))
    return acts


@pytest.fixture
def two_shoppers(build):
    """Shopper 1 takes cola and water, shopper 2 takes beans: 9.50 EUR."""
    return build.truth(
        [
            build.act("shopper-1", "pick", "cola", 4.0),
            build.act("shopper-1", "pick", "water", 8.0),
            build.act("shopper-2", "pick", "beans", 12.0),
        ],
        ["shopper-1", "shopper-2"],
    )


def test_the_figures_file_has_exactly_the_promised_keys(build, two_shoppers):
    comparison = build.comparison(two_shoppers, build.perfect_run(two_shoppers))
    document = figures_file(figures_of([comparison]), figures_per_scenario([comparison]))
    assert list(document) == [*PROMISED_KEYS, "per_scenario"]
    assert list(document["per_scenario"]) == ["easy"]
    assert list(document["per_scenario"]["easy"]) == PROMISED_KEYS == list(FIGURE_KEYS)


@settings(max_examples=12, deadline=None)
@given(story=stories())
def test_a_run_that_gets_everything_right_scores_one_everywhere(build, story):
    truth = build.truth([build.act(*act) for act in story], SHOPPERS)
    flat = figures_of([build.comparison(truth, build.perfect_run(truth))]).flat()
    for key in ("baskets_exact", "event_f1", "event_f1_pick", "person_accuracy", "idf1", "hota"):
        assert flat[key] == pytest.approx(1.0), key
    for key in ("item_precision", "item_recall", "item_f1", "event_f1_put"):
        assert flat[key] in (None, pytest.approx(1.0)), key
    for key in ("overcharge", "undercharge", "auto_wrong_rate", "review_rate", "wrong_account_s"):
        assert flat[key] == 0, key


@settings(max_examples=12, deadline=None)
@given(story=stories(), names=st.permutations(SHOPPERS), wrong_product=st.sampled_from(["cola", "water"]))
def test_renaming_shoppers_in_truth_and_run_changes_no_figure(build, story, names, wrong_product):
    def told_with(called):
        truth = build.truth([build.act(called[who], *rest) for who, *rest in story], list(called.values()))
        run = build.perfect_run(truth)
        first = called[story[0][0]]
        mistaken = tuple(
            build.visit(first, {wrong_product: 2}) if visit.shopper == first else visit
            for visit in run.visits
        )
        return figures_of([build.comparison(truth, build.replace(run, visits=mistaken))]).flat()

    assert told_with(dict(zip(SHOPPERS, SHOPPERS, strict=True))) == told_with(
        dict(zip(SHOPPERS, names, strict=True))
    )


def test_a_unit_at_the_wrong_shopper_costs_precision_recall_and_both_baskets(build, two_shoppers):
    visits = (build.visit("shopper-1", {"cola": 1}), build.visit("shopper-2", {"beans": 1, "water": 1}))
    run = build.replace(build.perfect_run(two_shoppers), visits=visits)
    figures = figures_of([build.comparison(two_shoppers, run)])
    assert figures.baskets_exact.value == 0.0
    assert figures.item_precision.value == pytest.approx(2 / 3)
    assert figures.item_recall.value == pytest.approx(2 / 3)
    assert figures.item_f1.value == pytest.approx(2 / 3)
    assert (figures.overcharge, figures.undercharge, figures.true_total) == (100, 100, 950)
    assert figures.money_error == pytest.approx(200 / 950)
    assert figures.auto_wrong_rate.value == 1.0


def test_an_empty_receipt_for_somebody_who_did_not_come_is_a_wrong_basket(build, two_shoppers):
    run = build.perfect_run(two_shoppers)
    run = build.replace(run, visits=(*run.visits, build.visit("shopper-9", {})))
    figures = figures_of([build.comparison(two_shoppers, run)])
    assert figures.n_baskets == 3
    assert figures.baskets_exact.value == pytest.approx(2 / 3)
    assert figures.auto_wrong_rate.value == 0.0


def test_a_missed_shopper_is_a_wrong_basket_even_with_empty_hands(build):
    truth = build.truth([], ["shopper-1", "shopper-2"])
    run = build.perfect_run(truth)
    figures = figures_of([build.comparison(truth, build.replace(run, visits=run.visits[:1]))])
    assert figures.baskets_exact.value == 0.5


def test_a_right_line_in_review_is_exact_but_not_charged(build, two_shoppers):
    run = build.perfect_run(two_shoppers)
    doubtful = build.visit("shopper-2", {"beans": 1}, decision=LineDecision.REVIEW)
    figures = figures_of(
        [build.comparison(two_shoppers, build.replace(run, visits=(run.visits[0], doubtful)))]
    )
    assert figures.baskets_exact.value == 1.0
    assert figures.baskets_exact_final.value == 0.5
    assert figures.review_rate.value == 0.5
    assert figures.auto_wrong_rate.value == 0.0
    assert (figures.overcharge, figures.undercharge) == (0, 700)


def test_a_dropped_line_is_not_recognised(build, two_shoppers):
    run = build.perfect_run(two_shoppers)
    dropped = build.replace(
        run.visits[1], lines=(VisitLine("beans", 1, 0.2, LineDecision.DROP),), charged_minor=0
    )
    figures = figures_of(
        [build.comparison(two_shoppers, build.replace(run, visits=(run.visits[0], dropped)))]
    )
    assert figures.item_recall.value == pytest.approx(2 / 3)
    assert figures.item_precision.value == 1.0


def test_events_are_judged_apart_from_whose_they_are(build, two_shoppers):
    run = build.perfect_run(two_shoppers)
    first, second, third = run.events
    events = (
        build.replace(first, shopper="shopper-2"),  # found, wrong person
        build.replace(second, at_s=second.at_s + 1.5),  # too late: missed and invented
        third,
        RecognisedEvent("touch", None, "slot-cola", "shopper-1", third.at_s, 0.9),  # moves nothing
    )
    figures = figures_of([build.comparison(two_shoppers, build.replace(run, events=events))])
    assert figures.n_events == 3
    # matched 2, invented 1, missed 1
    assert figures.event_f1.value == pytest.approx(2 * 2 / (2 * 2 + 1 + 1))
    assert figures.event_f1_put.value is None
    assert figures.person_accuracy.value == 0.5


def test_latencies_run_from_the_hand_and_from_the_last_step(build, two_shoppers):
    figures = figures_of([build.comparison(two_shoppers, build.perfect_run(two_shoppers))])
    assert figures.cart_latency_p95_s == pytest.approx(0.3, abs=1e-6)
    # the tracker closes half a second after the last step, the receipt takes another quarter
    assert figures.receipt_latency_p95_s == pytest.approx(0.75, abs=1e-6)


def test_a_cart_update_of_an_earlier_or_later_event_does_not_answer_for_this_one(build):
    truth = build.truth(
        [build.act("shopper-1", "pick", "cola", 4.0), build.act("shopper-1", "pick", "cola", 10.0)],
        ["shopper-1"],
    )
    only_second = (CartUpdate(build.start_s + 11.5, "shopper-1", "cola", 2),)
    run = build.replace(build.perfect_run(truth), cart_updates=only_second)
    assert build.comparison(truth, run).cart_latency_s == pytest.approx((1.0,))


def test_cpu_is_per_camera_frame_and_speed_over_all_recordings(build, two_shoppers):
    fast = build.perfect_run(two_shoppers)
    slow = build.replace(fast, wall_s=32.0, peak_memory_mb=900.0)
    figures = figures_of([build.comparison(two_shoppers, run) for run in (fast, slow)])
    assert figures.cpu_s_per_camera_frame == pytest.approx(10.0 / 800)
    assert [stage.stage for stage in figures.stage_cpu_s] == ["decode", "detect"]
    assert figures.stage_cpu_s[1].cpu_s == pytest.approx(8.0 / 800)
    assert figures.realtime_factor == pytest.approx(40.0 / 40.0)
    assert figures.peak_memory_mb == 900.0


def test_a_replay_from_a_journal_has_no_speed_and_no_cpu(build, two_shoppers):
    replayed = build.replace(build.perfect_run(two_shoppers), camera_frames=0, stages=())
    figures = figures_of([build.comparison(two_shoppers, replayed)])
    assert figures.cpu_s_per_camera_frame is None
    assert figures.realtime_factor is None


def test_pooling_weighs_every_basket_the_same_and_splits_by_scenario(build, two_shoppers):
    alone = build.truth([build.act("shopper-1", "pick", "cola", 4.0)], ["shopper-1"], scenario="normal")
    missed = build.replace(build.perfect_run(alone), visits=())
    comparisons = [
        build.comparison(two_shoppers, build.perfect_run(two_shoppers)),
        build.comparison(alone, missed),
    ]
    assert figures_of(comparisons).baskets_exact.value == pytest.approx(2 / 3)
    by_scenario = figures_per_scenario(comparisons)
    assert by_scenario["easy"].baskets_exact.value == 1.0
    assert by_scenario["normal"].baskets_exact.value == 0.0
    assert by_scenario["normal"].hota.value == pytest.approx(1.0)


def test_two_visits_of_one_account_are_refused(build, two_shoppers):
    run = build.perfect_run(two_shoppers)
    with pytest.raises(ValueError, match="two visits"):
        build.replace(run, visits=run.visits * 2)


def test_a_swap_of_names_on_the_floor_shows_as_wrong_account_seconds(build, two_shoppers):
    run = build.perfect_run(two_shoppers)
    swapped = build.replace(run, floor=build.replace(run.floor, shopper_index=1 - run.floor.shopper_index))
    figures = figures_of([build.comparison(two_shoppers, swapped)])
    assert figures.wrong_account_s == pytest.approx(40.0)
    assert figures.body_s == pytest.approx(40.0)
    # the names are consistent, so a tracker without accounts would be perfect
    assert figures.idf1.value == 1.0
    assert np.isclose(figures.hota.value, 1.0)

"""What a scenario expects, judged on stories whose end is known."""

from dataclasses import replace

import pytest

from datasets.recording import Expectation, Outcome
from walkout.expectations import is_as_expected, verdicts_on
from walkout.figures import figures_of
from walkout.gate_log import read_gate_log
from walkout.run_result import LineDecision

ANNA, BERT = "anna", "bert"
TAKEN = {ANNA: {"cola": 1}, BERT: {"beans": 1}}


@pytest.fixture
def story(build):
    """Anna takes a cola, Bert takes beans."""
    return build.truth(
        [build.act(ANNA, "pick", "cola", 5), build.act(BERT, "pick", "beans", 9)], (ANNA, BERT)
    )


def ending(build, truth, *, anna=None, bert=None, decision=LineDecision.CHARGE):
    """Run the story so that both are given these carts; by default what they took."""
    carts = {ANNA: TAKEN[ANNA] if anna is None else anna, BERT: TAKEN[BERT] if bert is None else bert}
    visits = tuple(build.visit(name, cart, decision=decision) for name, cart in carts.items())
    return replace(build.perfect_run(truth), visits=visits)


def is_met(build, truth, expectation, **carts):
    told = replace(truth, expectations=(expectation,))
    return is_as_expected(build.comparison(told, ending(build, truth, **carts)))


def of(outcome, who=ANNA, product=None):
    return Expectation(outcome, f"visit-of-{who}", product)


def test_right_means_that_all_lines_are_those_taken(build, story):
    assert is_met(build, story, of(Outcome.RIGHT))
    assert not is_met(build, story, of(Outcome.RIGHT), anna={"cola": 2})
    assert is_met(build, story, of(Outcome.RIGHT, product="cola"), anna={"cola": 1, "water": 1})


def test_a_wrong_receipt_may_wait_for_review_but_not_charge_what_was_not_taken(build, story):
    wanted = of(Outcome.RIGHT_OR_REVIEW)
    assert is_met(build, story, wanted, anna={"beans": 1}, decision=LineDecision.REVIEW)
    assert not is_met(build, story, wanted, anna={"beans": 1})
    assert is_met(build, story, wanted)


def test_in_review_wants_a_question_even_where_the_line_is_right(build, story):
    assert not is_met(build, story, of(Outcome.IN_REVIEW))
    assert is_met(build, story, of(Outcome.IN_REVIEW), decision=LineDecision.REVIEW)
    assert not is_met(
        build, story, of(Outcome.IN_REVIEW, product="beans"), decision=LineDecision.REVIEW, bert={}
    )


def test_not_charged_allows_a_missed_unit_but_no_invented_one(build, story):
    assert is_met(build, story, of(Outcome.NOT_CHARGED, product="beans"), anna={})
    assert not is_met(build, story, of(Outcome.NOT_CHARGED, product="beans"), anna={"beans": 1})
    assert not is_met(build, story, Expectation(Outcome.NOT_CHARGED), bert={"beans": 2})


def test_charged_once_counts_all_receipts(build, story):
    once = of(Outcome.CHARGED_ONCE, BERT, "beans")
    assert is_met(build, story, once)
    assert not is_met(build, story, once, anna={"cola": 1, "beans": 1})
    assert not is_met(build, story, once, bert={})


def test_an_alert_is_met_when_the_store_raises_it(build, story):
    told = replace(story, expectations=(Expectation(Outcome.ALERT, alert="tailgating"),))
    run = ending(build, story)
    assert not is_as_expected(build.comparison(told, run))
    assert is_as_expected(build.comparison(told, replace(run, alerts=("tailgating",))))


def test_a_missed_expectation_says_what_happened_instead(build, story):
    told = replace(story, expectations=(of(Outcome.CHARGED_ONCE, BERT, "beans"),))
    (verdict,) = verdicts_on(build.comparison(told, ending(build, story, bert={})))
    assert verdict.text == "bert, beans: charged once"
    assert verdict.remark == "bert took 1, was charged 0"


def test_the_figure_counts_recordings_that_expect_something(build, story):
    told = replace(story, expectations=(of(Outcome.RIGHT), of(Outcome.RIGHT, BERT)))
    silent = build.comparison(story, ending(build, story))
    right, wrong = (build.comparison(told, ending(build, told, anna=cart)) for cart in (None, {}))
    figures = figures_of([silent, right, wrong])
    assert (figures.as_expected.value, figures.as_expected.n) == (0.5, 2)


def test_a_group_on_one_code_is_one_basket(build, story):
    group = replace(
        story,
        shoppers=tuple(replace(shopper, visit_id="visit-of-anna") for shopper in story.shoppers),
        visits=(replace(story.visits[0], shopper_ids=(ANNA, BERT), cart={"cola": 1, "beans": 1}),),
    )
    run = build.perfect_run(story)
    seen = replace(
        run,
        visits=(build.visit(ANNA, {"cola": 1, "beans": 1}),),
        events=tuple(replace(event, shopper=ANNA) for event in run.events),
    )
    comparison = build.comparison(group, seen)
    assert [basket.shopper for basket in comparison.baskets] == [ANNA]
    assert comparison.baskets[0].is_exact
    assert figures_of([comparison]).person_accuracy.value == 1.0


def test_an_account_that_comes_twice_has_two_baskets(build, story, tmp_path):
    log = tmp_path / "gate.jsonl"
    lines = [f'{{"at_s": {at_s}, "gate_id": "g", "shopper": "anna"}}' for at_s in (9.0, 1.0)]
    log.write_text("\n".join(lines), encoding="utf-8")
    assert [scan.label for scan in read_gate_log(log)] == ["anna", "anna (2)"]
    first, second = story.visits
    twice = replace(story, visits=(first, replace(second, account=ANNA, scanned_s=second.scanned_s + 5)))
    assert [b.shopper for b in build.comparison(twice, ending(build, twice)).baskets] == [
        ANNA,
        "anna (2)",
        BERT,
    ]

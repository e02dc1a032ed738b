from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from trackeval.metrics.hota import HOTA

from datasets.metrics.floor import FloorTracks, pool_floor, resample, score_floor, similarity

ACCOUNTS = ("shopper-1", "shopper-2")


def tracks(**people):
    length = len(next(iter(people.values())))
    return FloorTracks(
        np.arange(length) / 10.0,
        {name.replace("_", "-"): np.array(xy, dtype=np.float64) for name, xy in people.items()},
    )


def standing(x, ticks=10, y=0.0):
    return [[x, y]] * ticks


def positions(people):
    spots = st.sampled_from([0.0, 0.25, 0.75, 3.0, np.nan])
    return arrays(np.float64, (people, 4, 2), elements=spots)


def as_tracks(xy):
    known = np.where(np.isfinite(xy).all(axis=2, keepdims=True), xy, np.nan)
    return FloorTracks(np.arange(4) / 10.0, {f"shopper-{k}": track for k, track in enumerate(known)})


def slow_idtp(true, seen):
    """Best count of positions under the right identity, over all one-to-one namings."""
    bodies, names = list(true.xy_m.values()), list(seen.xy_m.values())
    hits = [
        [int(np.sum(np.linalg.norm(body - name, axis=1) <= 0.5)) for name in names] + [0] * len(bodies)
        for body in bodies
    ]
    choices = permutations(range(len(names) + len(bodies)), len(bodies))
    return max(sum(hits[i][j] for i, j in enumerate(chosen)) for chosen in choices)


def test_a_perfect_tracker_scores_one():
    truth = tracks(shopper_1=standing(0.0), shopper_2=standing(3.0))
    score = score_floor(truth, truth, ACCOUNTS)
    assert score.hota == pytest.approx(1.0)
    assert score.idf1 == 1.0
    assert score.wrong_account_s == 0.0
    assert score.bodies == 2


def test_a_swap_halfway_halves_idf1_and_counts_the_seconds():
    truth = tracks(shopper_1=standing(0.0), shopper_2=standing(3.0))
    swapped = tracks(
        shopper_1=standing(0.0, 5) + standing(3.0, 5), shopper_2=standing(3.0, 5) + standing(0.0, 5)
    )
    score = score_floor(truth, swapped, ACCOUNTS)
    # 20 positions, 10 under the right name: IDTP 10, IDFP 10, IDFN 10
    assert (score.idtp, score.idfp, score.idfn) == (10, 10, 10)
    assert score.idf1 == 0.5
    # 2 bodies, 5 ticks of 0.1 s each under the other account
    assert score.wrong_account_s == pytest.approx(1.0)
    # every position is found, so DetA = 1; each of the 20 has TPA 5, FNA 5, FPA 5, so AssA = 1/3
    assert score.hota == pytest.approx(np.sqrt(1 / 3))


def test_thirty_centimetres_off_pass_the_thresholds_up_to_seventy_percent():
    truth = tracks(shopper_1=standing(0.0))
    score = score_floor(truth, tracks(shopper_1=standing(0.3)), ACCOUNTS)
    # similarity 0.7: 14 of the 19 thresholds 0.05 ... 0.95 are met, each with DetA = AssA = 1
    assert score.hota == pytest.approx(14 / 19)
    assert score.idf1 == 1.0


def test_a_person_whom_nobody_tracked_is_missed_not_wrong():
    truth = tracks(shopper_1=standing(0.0), shopper_2=standing(3.0))
    score = score_floor(truth, tracks(shopper_1=standing(0.0)), ACCOUNTS)
    # IDTP 10, IDFN 10: 2 * 10 / (2 * 10 + 10)
    assert score.idf1 == pytest.approx(2 / 3)
    assert score.wrong_account_s == 0.0


def test_a_track_without_an_account_is_nobodys_account():
    truth = tracks(shopper_1=standing(0.0))
    assert score_floor(truth, tracks(person_7=standing(0.0)), ACCOUNTS).wrong_account_s == 0.0
    assert score_floor(truth, tracks(shopper_2=standing(0.0)), ACCOUNTS).wrong_account_s == pytest.approx(1.0)


def test_position_noise_of_two_people_side_by_side_is_no_wrong_account():
    truth = tracks(shopper_1=standing(0.0), shopper_2=standing(0.08))
    crossed = tracks(shopper_1=standing(0.06), shopper_2=standing(0.02))
    assert score_floor(truth, crossed, ACCOUNTS).wrong_account_s == 0.0


def test_nobody_there_and_nobody_seen_is_no_score():
    empty = FloorTracks(np.arange(5) / 10.0, {})
    score = score_floor(empty, empty, ())
    assert score.hota is None
    assert score.idf1 is None


def test_different_ticks_are_refused():
    with pytest.raises(ValueError, match="resample"):
        score_floor(tracks(a=standing(0.0, 5)), tracks(a=standing(0.0, 6)), ("a",))


def test_a_track_of_the_wrong_length_is_refused():
    with pytest.raises(ValueError, match="expected"):
        FloorTracks(np.arange(5) / 10.0, {"shopper-1": np.zeros((4, 2))})


@settings(max_examples=40)
@given(positions(2), positions(3))
def test_idf1_agrees_with_trying_all_namings(true_xy, seen_xy):
    true, seen = as_tracks(true_xy), as_tracks(seen_xy)
    score = score_floor(true, seen, ())
    bodies = sum(np.isfinite(xy[:, 0]).sum() for xy in true.xy_m.values())
    names = sum(np.isfinite(xy[:, 0]).sum() for xy in seen.xy_m.values())
    assert score.idtp == slow_idtp(true, seen)
    assert score.idfn == bodies - score.idtp
    assert score.idfp == names - score.idtp


@settings(max_examples=20)
@given(positions(2), positions(2), positions(2), positions(3))
def test_pooling_agrees_with_trackeval(first_true, first_seen, second_true, second_seen):
    scores = [
        score_floor(as_tracks(true), as_tracks(seen), ())
        for true, seen in ((first_true, first_seen), (second_true, second_seen))
    ]
    sequences = {
        str(number): {
            "HOTA_TP": score.tp,
            "HOTA_FN": score.fn,
            "HOTA_FP": score.fp,
            "AssA": score.ass_sum / np.maximum(1, score.tp),
            "AssRe": np.zeros(19),
            "AssPr": np.zeros(19),
            "LocA": np.ones(19),
        }
        for number, score in enumerate(scores)
    }
    combined = HOTA().combine_sequences(sequences)["HOTA"]
    pooled = pool_floor(scores).hota
    assert (pooled or 0.0) == pytest.approx(float(np.mean(combined)))


@settings(max_examples=20)
@given(positions(3), positions(3))
def test_the_order_of_people_plays_no_part(true_xy, seen_xy):
    true, seen = as_tracks(true_xy), as_tracks(seen_xy)
    backwards = FloorTracks(seen.at_s, dict(reversed(seen.xy_m.items())))
    one, other = score_floor(true, seen, ()), score_floor(true, backwards, ())
    assert one.idf1 == other.idf1


def test_similarity_falls_to_zero_at_one_metre():
    found = similarity(np.array([[0.0, 0.0]]), np.array([[0.0, 0.25], [0.0, 1.0], [4.0, 3.0]]))
    assert found.tolist() == [[0.75, 0.0, 0.0]]


def test_resampling_draws_straight_lines_and_leaves_long_gaps_open():
    at_s = np.array([0.0, 0.4, 2.0])
    xy = resample(
        at_s, np.array([[0.0, 0.0], [4.0, 0.0], [4.0, 8.0]]), np.array([-0.1, 0.1, 0.4, 1.0, 2.0, 2.1])
    )
    assert np.isnan(xy[[0, 3, 5]]).all()
    assert xy[[1, 2, 4]] == pytest.approx(np.array([[1.0, 0.0], [4.0, 0.0], [4.0, 8.0]]))


def test_resampling_nothing_gives_nothing():
    assert np.isnan(resample(np.empty(0), np.empty((0, 2)), np.arange(3.0))).all()

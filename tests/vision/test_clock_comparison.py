"""Whose clock is off is found by people who walk, and by nothing else."""

import numpy as np
import pytest

from cart_tracker.observations import CameraId, PeopleSeen
from vision.clock_comparison import ClockComparison

CAMERAS = [CameraId(f"cam{number}") for number in (1, 2, 3)]
FPS = 10
BIAS_M = {"cam1": (0.05, -0.03), "cam2": (-0.08, 0.04), "cam3": (0.0, 0.07)}  # of calibration


def sightings(way, seconds, ahead_s, cameras=CAMERAS, seed=0, sigma_m=0.06):
    """What cameras tell of people who walk as `way` says: a function of time to `(n, 2)` places."""
    rng = np.random.default_rng(seed)
    for k in range(seconds * FPS):
        for row, camera_id in enumerate(cameras):
            true_s = k / FPS + 0.03 * row
            xy = way(true_s) + BIAS_M[camera_id] + rng.normal(0, sigma_m, (len(way(true_s)), 2))
            yield seen(camera_id, true_s + ahead_s.get(camera_id, 0.0), xy)


def seen(camera_id, at_s, xy):
    n = len(xy)
    return PeopleSeen(
        camera_id,
        at_s,
        np.arange(n),
        np.full(n, 0.9),
        xy,
        np.tile(np.eye(2) * 0.01, (n, 1, 1)),
        np.full((n, 2, 3), np.nan),
        np.full((n, 2), np.nan),
        np.array([0.0, 0.0, 2.8]),
    )


def up_and_down(at_s):
    """One person between two shelves, 4 m, at about a metre a second."""
    return np.array([[2 + 2 * np.sin(at_s / 2), 1 + 0.5 * np.cos(at_s / 3)]])


def standing(at_s):
    return np.array([[2.0, 1.0]])


def hear(told, cameras=CAMERAS):
    comparison, changes = ClockComparison(cameras), []
    for one in sorted(told, key=lambda one: one.at_s):
        changes += comparison.hear([one], one.at_s)
    return comparison, changes


@pytest.mark.parametrize("ahead_s", [0.3, -0.3, 0.12])
def test_a_clock_that_is_off_is_named_while_the_others_are_not(ahead_s):
    comparison, changes = hear(sightings(up_and_down, 30, {"cam2": ahead_s}))

    assert {(change.camera_id, change.is_usable) for change in changes} == {("cam2", False)}
    assert ("ahead of" if ahead_s > 0 else "behind") in changes[0].reason
    found = {(one.first, one.second): one.offset_s for one in comparison.differences()}
    assert found["cam1", "cam2"] == pytest.approx(ahead_s, abs=0.04)
    assert found["cam1", "cam3"] == pytest.approx(0.0, abs=0.04)


def test_three_hundred_milliseconds_are_named_within_ten_seconds_of_walking():
    _, changes = hear(sightings(up_and_down, 12, {"cam3": 0.3}))

    assert [change.camera_id for change in changes] == ["cam3"]
    assert changes[0].at_s < 10


@pytest.mark.parametrize("seed", range(4))
def test_clocks_that_agree_are_left_alone(seed):
    assert hear(sightings(up_and_down, 40, {}, seed=seed))[1] == []


def test_of_two_cameras_that_disagree_both_are_named_for_nobody_knows_which():
    pair = CAMERAS[:2]
    _, changes = hear(sightings(up_and_down, 20, {"cam1": 0.3}, pair), pair)

    assert {change.camera_id for change in changes} == set(pair)


def test_nothing_is_known_from_people_who_stand_or_cannot_be_told_apart():
    def two_abreast(at_s):
        return np.concatenate([up_and_down(at_s), up_and_down(at_s) + 0.5])

    assert hear(sightings(standing, 30, {"cam1": 0.3}))[0].differences() == ()
    assert hear(sightings(two_abreast, 30, {"cam1": 0.3}))[0].differences() == ()


def test_a_clock_that_was_set_right_is_trusted_again():
    first = list(sightings(up_and_down, 20, {"cam2": 0.3}))
    later = [seen(one.camera_id, one.at_s + 21, one.xy_m) for one in sightings(up_and_down, 150, {}, seed=1)]

    _, changes = hear([*first, *later])

    assert [change.is_usable for change in changes if change.camera_id == "cam2"] == [False, True]

"""Feet stay where they are put until they are lifted, and stand side by side at every stop."""

import numpy as np
import pytest

from datasets.synthetic.play.gait import PelvisTrack, headings, smooth_walk
from datasets.synthetic.play.routes import TICK_S

STILL = 40


def walk(turn_at_end=0.0, length_m=3.0, speed=1.0):
    ticks = int(length_m / speed / TICK_S)
    way = np.column_stack([np.zeros(ticks), -np.linspace(0.0, length_m, ticks)])
    track = smooth_walk(
        np.concatenate([np.repeat(way[:1], STILL, 0), way, np.repeat(way[-1:], 2 * STILL, 0)])
    )
    facing = np.full(len(track), np.nan)
    facing[:STILL] = 0.0
    facing[-2 * STILL + 20 :] = turn_at_end
    return PelvisTrack(0.0, track, headings(track, facing), 1.75, 0.08)


@pytest.fixture(params=[0.0, 1.6, -2.5])
def track(request):
    return walk(request.param)


def feet_over_time(track):
    times = np.arange(0.0, track.end_s, 0.02)
    return times, [track.feet(at_s) for at_s in times]


def test_a_foot_on_the_floor_does_not_slide(track):
    _, feet = feet_over_time(track)
    moved = np.linalg.norm(np.diff([foot.xy_m for foot in feet], axis=0), axis=2)
    lifted = np.array([foot.lift_m for foot in feet])
    on_floor = (lifted[1:] < 1e-3) & (lifted[:-1] < 1e-3)

    assert moved[on_floor].max() < 0.002


def test_one_foot_always_carries(track):
    _, feet = feet_over_time(track)
    moved = np.linalg.norm(np.diff([foot.xy_m for foot in feet], axis=0), axis=2) / 0.02

    assert (moved.min(axis=1) < 0.1).mean() > 0.97


def test_feet_stand_side_by_side_under_the_pelvis_at_the_end(track):
    at_end = track.feet(track.end_s)
    pelvis, yaw = track.xy_m(track.end_s), track.yaw_rad(track.end_s)
    left = np.array([np.cos(yaw), np.sin(yaw)])

    np.testing.assert_allclose(at_end.xy_m, [pelvis + 0.08 * left, pelvis - 0.08 * left], atol=0.03)
    np.testing.assert_allclose(at_end.lift_m, 0.0, atol=1e-6)


def test_somebody_who_walks_faces_where_they_go():
    track = walk()

    assert abs(track.yaw_rad(track.end_s / 3)) < 0.05


def test_standing_makes_no_steps():
    still = np.zeros((60, 2))
    track = PelvisTrack(0.0, still, np.zeros(60), 1.7, 0.08)

    assert track.stride_phase(0.0) == track.stride_phase(2.9)
    np.testing.assert_allclose(track.feet(1.0).xy_m, [[0.08, 0.0], [-0.08, 0.0]], atol=1e-9)

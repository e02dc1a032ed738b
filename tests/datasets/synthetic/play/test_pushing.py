"""Trolleys and prams go through nothing and nobody, and stand still while their person is at a shelf."""

from dataclasses import replace

import numpy as np
import pytest

from datasets.synthetic.body.wardrobe import Pushed
from datasets.synthetic.play.pushing import PUSHED_AHEAD_M, PUSHED_HALF_WIDTH_M, outline
from datasets.synthetic.play.scenario import Wheels
from datasets.synthetic.play.scenarios import find_scenario, write_scenario
from datasets.synthetic.play.stay import in_a_lane


@pytest.fixture(scope="module", params=[(Pushed.TROLLEY, 13), (Pushed.PRAM, 7)], ids=["trolley", "pram"])
def script(request):
    kind, seed = request.param
    return write_scenario(replace(find_scenario("on-wheels"), wheels=Wheels((kind,), (1.0,), stores=8)), seed)


def moments(script):
    """Pose of what is pushed, and everybody's, every tenth of a second."""
    for at_s in np.arange(0.0, script.duration_s, 0.1):
        state = script.state_at(float(at_s))
        for prop in state.props:
            if prop.prop_index == len(script.props) - 1:
                yield float(at_s), prop, state.people


def apart_m(prop, xy_m):
    """Distance of a point from what is pushed; 0 in it."""
    cos, sin = np.cos(prop.yaw_rad), np.sin(prop.yaw_rad)
    x, y = np.subtract(xy_m, prop.xyz_m[:2])
    aside, ahead = abs(cos * x + sin * y) - PUSHED_HALF_WIDTH_M, sin * x - cos * y
    beyond = max(PUSHED_AHEAD_M[0] - ahead, ahead - PUSHED_AHEAD_M[1])
    return float(np.hypot(max(aside, 0.0), max(beyond, 0.0)))


def test_what_is_pushed_goes_through_no_fixture(script):
    for _, prop, _ in moments(script):
        around = outline(np.array([prop.xyz_m[:2]]), np.array([prop.yaw_rad]))[:, 0]
        around = around[~in_a_lane(script.store, around)]
        assert len(around) == 0 or script.store.obstacles.clearance_m(around).min() > 0.0


def test_what_is_pushed_goes_through_nobody(script):
    for _, prop, people in moments(script):
        for _, pose in people:
            assert apart_m(prop, pose.xy_m) > 0.2


def test_it_stands_still_while_its_person_is_at_a_shelf(script):
    stay = script.stays[0]
    there = {at_s: prop for at_s, prop, _ in moments(script)}
    for timed in stay.routines:
        stood = [
            (*prop.xyz_m, prop.yaw_rad)
            for at_s, prop in there.items()
            if timed.start_s <= at_s <= timed.start_s + timed.routine.duration_s
        ]
        assert np.ptp(stood, axis=0).max() < 1e-9


def test_it_is_left_and_fetched_without_a_jump(script):
    at = [(at_s, *prop.xyz_m[:2]) for at_s, prop, _ in moments(script)]
    steps = np.hypot(*np.diff(np.array(at)[:, 1:], axis=0).T)

    assert steps.max() < 0.13


def test_hands_are_at_the_handle_on_the_way_and_off_it_at_the_shelf(script):
    stay, body = script.stays[0], script.people[0]
    timed, parking = stay.routines[0], stay.pushed.parkings[0]

    on_the_way = stay.performance.pose_at(parking.from_s - 1.0)
    np.testing.assert_allclose(on_the_way.wrist_m, body.push_hands_m, atol=1e-6)
    assert np.abs(stay.performance.pose_at(timed.start_s).wrist_m - body.push_hands_m).max() > 0.1


def test_what_is_pushed_stands_along_the_shelf(script):
    stay = script.stays[0]
    for timed, parking in zip(stay.routines, stay.pushed.parkings, strict=True):
        ahead = np.array([np.sin(parking.yaw_rad), -np.cos(parking.yaw_rad)])
        assert abs(ahead @ timed.routine.stance.inward_xy) < 1e-6
        assert np.hypot(*(parking.xy_m - timed.routine.stance.xy_m)) < 0.8

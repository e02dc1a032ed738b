"""Doors in the walls are open while somebody passes, and shut when people appear and vanish behind them."""

import pytest

from datasets.synthetic.play.scenarios import find_scenario, write_scenario
from datasets.synthetic.play.stay import door_lane

_SCRIPTS = {name: write_scenario(find_scenario(name), 2) for name in ("tailgating", "restock", "easy")}


def yaws_at(script, lane, at_s):
    poses = {pose.prop_index: pose for pose in script.state_at(at_s).props}
    return [(poses[leaf.prop_index].yaw_rad, leaf) for leaf in script.store.leaves if leaf.lane == lane]


def passages(script):
    for part, stay in zip(script.parts, script.stays, strict=True):
        yield door_lane(script.store, part.enters), stay.entered_s
        yield door_lane(script.store, part.leaves), stay.left_s


@pytest.mark.parametrize("name", list(_SCRIPTS))
def test_nobody_walks_through_a_shut_door(name):
    script = _SCRIPTS[name]
    for lane, at_s in passages(script):
        for moment_s in (at_s - 0.3, at_s, at_s + 0.3):
            for yaw, leaf in yaws_at(script, lane, moment_s):
                assert yaw == pytest.approx(leaf.open_yaw_rad)


@pytest.mark.parametrize("name", list(_SCRIPTS))
def test_people_appear_and_vanish_behind_shut_doors(name):
    script = _SCRIPTS[name]
    for part, stay in zip(script.parts, script.stays, strict=True):
        for lane, at_s in (
            (door_lane(script.store, part.enters), stay.start_s),
            (door_lane(script.store, part.leaves), stay.end_s),
        ):
            others = [other for where, other in passages(script) if where == lane]
            if sum(abs(other - at_s) < 2.5 for other in others) > 1:
                continue  # somebody else holds the door open
            for yaw, leaf in yaws_at(script, lane, at_s):
                assert yaw == pytest.approx(leaf.closed_yaw_rad, abs=0.35)


def test_doors_are_shut_when_nobody_is_about():
    for script in _SCRIPTS.values():
        for lane in {leaf.lane for leaf in script.store.leaves}:
            for at_s in (0.0, script.duration_s):
                if any(where == lane and abs(other - at_s) < 1.5 for where, other in passages(script)):
                    continue
                for pose, leaf in ((yaw, leaf) for yaw, leaf in _resting_or_moving(script, lane, at_s)):
                    assert pose == pytest.approx(leaf.closed_yaw_rad)


def _resting_or_moving(script, lane, at_s):
    moving = {pose.prop_index: pose.yaw_rad for pose in script.state_at(at_s).props}
    resting = {pose.prop_index: pose.yaw_rad for pose in script.store.resting_props}
    for leaf in script.store.leaves:
        if leaf.lane == lane:
            yield moving.get(leaf.prop_index, resting[leaf.prop_index]), leaf

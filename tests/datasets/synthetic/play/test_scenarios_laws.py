"""Every row of the table of adversarial scenarios happens; nobody walks through anybody in any of them."""

from itertools import combinations, pairwise

import numpy as np
import pytest

from datasets.recording import Role
from datasets.synthetic.play.acts import Action, InHand, OnFloor
from datasets.synthetic.play.faults import FaultKind
from datasets.synthetic.play.scenarios import Knobs, find_scenario, list_scenarios, write_scenario
from datasets.synthetic.play.stay import in_a_lane
from datasets.synthetic.play.truth import script_truth
from datasets.truth_checks import first_contradiction

ROWS = tuple(scenario.name for scenario in list_scenarios() if scenario.row is not None)
# What the quick tests look at; the slow ones look at all.
FEW = (
    "huddle",
    "child-lifted",
    "tailgating",
    "hand-over",
    "dropped-taken",
    "fridge-door",
)
_SCRIPTS = {}


def script_of(name, seed=2):
    if (name, seed) not in _SCRIPTS:
        _SCRIPTS[name, seed] = write_scenario(find_scenario(name), seed)
    return _SCRIPTS[name, seed]


def actions(script):
    return [event.action for event in script.events]


def nearest_m(script, one, other):
    apart = np.hypot(*(script.stays[one].track_xy_m - script.stays[other].track_xy_m).T)
    return float(np.nanmin(np.append(apart, 9.0)))


def check_laws(script):
    for one, other in combinations(range(len(script.stays)), 2):
        are_family = script.parts[one].companion == other or script.parts[other].companion == one
        assert nearest_m(script, one, other) >= (0.25 if are_family else 0.35)
    for stay in script.stays:
        inside = stay.track_xy_m[np.isfinite(stay.track_xy_m[:, 0])]
        inside = inside[~in_a_lane(script.store, inside)]
        assert len(inside) == 0 or script.store.obstacles.clearance_m(inside).min() > 0.15
        assert stay.left_s < script.duration_s
    for visit in script.visits:
        assert 0.0 < visit.scanned_s < visit.left_s
    assert first_contradiction(script_truth(script, "tale", 2, 1000.0, 4)) is None


def test_all_rows_of_the_table_exist():
    assert {scenario.row for scenario in list_scenarios() if scenario.row} == set(range(1, 36))


@pytest.mark.parametrize("name", FEW)
def test_the_laws_hold(name):
    check_laws(script_of(name))


@pytest.mark.slow
@pytest.mark.parametrize("name", [scenario.name for scenario in list_scenarios()])
def test_the_laws_hold_everywhere(name):
    for seed in (3, 4):
        check_laws(script_of(name, seed))


@pytest.mark.parametrize(
    "name", ["hand-over", "dropped-taken", pytest.param("restock", marks=pytest.mark.slow)]
)
def test_units_do_not_jump_from_hand_to_hand_or_floor(name):
    script = script_of(name)
    for unit in script.moving_units:
        for (from_s, before), (at_s, after) in pairwise(unit.places):
            if isinstance(before, InHand) and isinstance(after, (InHand, OnFloor)) and at_s - from_s > 0.01:
                poses = [
                    next(
                        (
                            one
                            for one in script.state_at(at_s + by).moving_units
                            if one.unit_id == unit.unit_id
                        ),
                        None,
                    )
                    for by in (-1e-3, 1e-3)
                ]
                assert np.linalg.norm(np.subtract(poses[0].xyz_m, poses[1].xyz_m)) < 0.04


def test_two_take_the_same_product_in_the_same_second():
    script = script_of("same-product-same-second")
    one, other = script.events

    assert one.product_index == other.product_index
    assert one.unit_id != other.unit_id
    assert abs(one.contact_s - other.contact_s) < 0.5
    assert {one.shopper, other.shopper} == {0, 1}


def test_four_people_are_in_about_a_square_metre_for_twenty_seconds():
    script = script_of("huddle")
    tracks = np.array([stay.track_xy_m for stay in script.stays[:4]])
    spread = np.ptp(tracks, axis=0).max(axis=1)

    assert (np.nan_to_num(spread, nan=9.0) < 1.1).sum() * 0.05 > 20.0


def test_twins_change_places():
    script = script_of("uniforms-swap-places")
    slots = {event.slot_id for event in script.events}

    assert script.people[0].height_m == script.people[1].height_m
    assert len(slots) >= 2
    shelf = script.store.store_map.shelf_of
    for shopper in (0, 1):
        shelves = [shelf(event.slot_id).shelf_id for event in script.events if event.shopper == shopper]
        assert shelves[0] != shelves[1]


def test_a_tailgater_has_no_visit_and_comes_right_behind():
    script = script_of("tailgating")

    assert script.parts[1].role is Role.INTRUDER
    assert len(script.visits) == 1
    assert 0.0 < script.stays[1].entered_s - script.stays[0].entered_s < 6.0


def test_who_stands_behind_scans_for_who_walks_in_first():
    script = script_of("scan-by-other")
    first, second = script.visits

    assert script.stays[0].stop_s[1] < script.stays[1].stop_s[1]
    assert first.shoppers == (0,)
    assert second.shoppers == (1,)
    assert first.scanned_s < script.stays[0].stop_s[1] < second.scanned_s


def test_who_comes_back_within_ten_seconds_has_a_second_visit_of_the_same_account():
    script = script_of("in-and-out")

    assert script.people[0] is script.people[1]
    assert script.visits[0].account == script.visits[1].account
    assert 0.0 < script.stays[1].entered_s - script.stays[0].left_s < 10.0
    assert abs(script.stays[3].left_s - script.stays[2].left_s) < 3.0


def test_a_child_is_lifted_by_who_stands_behind_it():
    script = script_of("child-lifted")

    assert {Action.LIFT, Action.PICK} <= set(actions(script))
    assert nearest_m(script, 0, 1) < 0.45
    assert script.visits[0].shoppers == (0, 1)


def test_staff_restocks_while_a_shopper_takes():
    script = script_of("restock")
    stocked = [event for event in script.events if event.action is Action.RESTOCK]
    taken = next(event for event in script.events if event.action is Action.PICK)

    assert len(stocked) >= 2
    assert stocked[0].contact_s - 15.0 < taken.contact_s < stocked[-1].contact_s + 15.0
    assert script.cart_of(1) == {}


def test_a_fridge_is_opened_before_something_is_taken_from_it_and_shut_after():
    assert actions(script_of("fridge-door")) == [Action.OPEN_DOOR, Action.PICK, Action.CLOSE_DOOR]


def test_the_camera_fails_around_a_pick():
    script = script_of("camera-fault")
    fault = script.faults[0]

    assert fault.kind in (FaultKind.DEAD, FaultKind.FROZEN, FaultKind.KNOCKED)
    assert any(fault.from_s < event.contact_s < fault.to_s for event in script.events)


def test_the_map_of_a_wrong_planogram_differs_from_the_store():
    script = script_of("planogram-wrong")
    changed = [
        (mine.slot_id, theirs.slot_id)
        for mine, theirs in zip(script.store_map.slots, script.store.store_map.slots, strict=True)
        if mine.product_id != theirs.product_id
    ]

    assert len(changed) == 2


def test_knobs_bring_more_people():
    script = write_scenario(find_scenario("hand-over"), 2, Knobs(shoppers=4, crowding=1.0))

    assert len(script.people) == 4
    assert len(script.visits) == 4


def test_any_row_can_be_drawn():
    script = write_scenario(find_scenario("adversarial"), 5)

    assert len(script.people) >= 2
    check_laws(script)

"""The laws of the scripted world: bodies, units and hands obey them at every moment."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from datasets.synthetic.body.people import Person
from datasets.synthetic.play.acts import Action, Eaten, InBag, InCarton, InHand, InSlot, OnFloor, Outside
from datasets.synthetic.play.agenda import ShoppingList
from datasets.synthetic.play.script import write_script
from datasets.synthetic.play.stage import Stage
from datasets.synthetic.play.staging import store_planner
from datasets.synthetic.play.stay import in_a_lane
from datasets.synthetic.play.truth import gate_scans, script_truth
from datasets.synthetic.pools import Pool
from datasets.synthetic.store.layout import StoreWish, Template, generate_store

WISHES = (
    ShoppingList(picks=2, put_backs=1, touches=1),
    ShoppingList(picks=2, misplacements=1),
    ShoppingList(picks=1),
)
ENTER_S = (0.5, 4.5, 8.5)
STORE = StoreWish(templates=(Template.CORNER_SHOP,), area_m2=(20.0, 30.0))
SEED = 3


NEXT_PLACES = {
    InSlot: (InHand, InSlot),
    InHand: (InHand, InBag, InSlot, OnFloor, Eaten, Outside),
    InBag: (InHand, Outside),
    InCarton: (InHand,),
    OnFloor: (OnFloor, InHand),
    Eaten: (),
}


def write(seed=SEED):
    rng = np.random.default_rng(seed)
    store = generate_store(Pool.DEV, seed, STORE)
    planner = store_planner(store)
    people = tuple(Person(Pool.DEV, seed * 10 + index) for index in range(len(WISHES)))
    while True:
        stage = Stage(store, planner, people, 0.0, rng)
        parts = [
            replace(stage.shopper(row, enter_s=enter_s), shopping=wishes)
            for row, (wishes, enter_s) in enumerate(zip(WISHES, ENTER_S, strict=True))
        ]
        script = write_script(store, planner, stage.plot(parts, ()), stage.stock, rng)
        if script is not None:
            return script


@pytest.fixture(scope="module")
def script():
    return write()


@pytest.fixture(scope="module")
def moments(script):
    return np.arange(0.0, script.duration_s, 0.1)


@pytest.fixture(scope="module")
def tracks(script):
    return np.array([stay.track_xy_m for stay in script.stays])


def test_nobody_walks_through_anybody(tracks):
    for i in range(len(tracks)):
        for j in range(i):
            apart = np.hypot(*(tracks[i] - tracks[j]).T)
            assert np.nanmin(np.append(apart, 9.0)) >= 0.35


def test_nobody_stands_in_a_shelf(script, tracks):
    for track in tracks:
        inside = track[np.isfinite(track[:, 0])]
        inside = inside[~in_a_lane(script.store, inside)]
        assert script.store.obstacles.clearance_m(inside).min() > 0.15


def test_everybody_comes_in_scans_and_leaves(script):
    for stay, visit in zip(script.stays, script.visits, strict=True):
        assert stay.entered_s < visit.scanned_s < stay.left_s < script.duration_s


def test_scans_happen_in_the_gate(script):
    low, high = script.store.entry.corners_xy_m.min(0), script.store.entry.corners_xy_m.max(0)
    for stay, visit in zip(script.stays, script.visits, strict=True):
        at = stay.performance.pelvis.xy_m(visit.scanned_s)
        assert (low <= at).all()
        assert (at <= high).all()


def test_the_gate_reports_every_shopper_once(script):
    scans = gate_scans(script, 1000.0)

    assert sorted(scan.shopper for scan in scans) == ["account-1", "account-2", "account-3"]
    assert [scan.at_s for scan in scans] == sorted(scan.at_s for scan in scans)


def test_every_unit_is_in_one_place_and_the_places_follow_each_other(script):
    for unit in script.units:
        times = [from_s for from_s, _ in unit.places]
        assert times == sorted(times)
        assert len(set(times)) == len(times)
        for (_, before), (_, after) in pairwise(unit.places):
            assert isinstance(after, NEXT_PLACES[type(before)])


def test_no_hand_holds_two_units(script, moments):
    for at_s in moments:
        places = [unit.place_at(at_s) for unit in script.moving_units]
        hands = [(place.shopper, place.hand) for place in places if isinstance(place, InHand)]
        assert len(hands) == len(set(hands))


def test_units_only_jump_into_bags(script):
    for unit in script.moving_units:
        for from_s, place in unit.places[1:]:
            if not isinstance(place, (InHand, InSlot)):
                continue
            before, after = (_pose(script, unit.unit_id, from_s + shift) for shift in (-1e-4, 1e-4))
            if before is not None:
                assert np.linalg.norm(np.subtract(before.xyz_m, after.xyz_m)) < 0.02


def _pose(script, unit_id, at_s):
    return next((unit for unit in script.state_at(at_s).moving_units if unit.unit_id == unit_id), None)


def test_carts_are_picks_minus_put_backs(script):
    for shopper in range(len(script.people)):
        counts = {}
        for event in script.events:
            if event.shopper == shopper and event.action is not Action.TOUCH:
                change = 1 if event.action is Action.PICK else -1
                counts[event.product_index] = counts.get(event.product_index, 0) + change
        assert sorted(script.cart_of(shopper).values()) == sorted(n for n in counts.values() if n)


def test_the_plot_happens(script):
    actions = [event.action for event in script.events]
    assert actions.count(Action.PICK) == 5
    assert actions.count(Action.PUT) == 2
    assert actions.count(Action.TOUCH) == 1
    assert [event.is_misplaced for event in script.events].count(True) == 1


def test_a_misplaced_unit_ends_in_a_slot_of_another_product(script):
    slots = {slot.slot_id: slot for slot in script.store.store_map.slots}
    event = next(event for event in script.events if event.is_misplaced)
    products = script.store.store_map.product_ids

    assert slots[event.slot_id].product_id != products[event.product_index]


def test_the_palm_is_in_the_shelf_at_contact_and_out_of_it_around(script):
    for event in script.events:
        shelf = script.store.store_map.shelf_of(event.slot_id)
        inward = {}
        for moment in (event.start_s - 0.1, event.contact_s, event.end_s + 0.1):
            pose = script.pose_at(event.shopper, moment)
            palm = script.people[event.shopper].skeleton_only(pose).palm_m[event.hand]
            inward[moment] = shelf.to_shelf(palm[None])[0]
        along, depth, height = inward[event.contact_s]
        slot = next(slot for slot in shelf.slots if slot.slot_id == event.slot_id)
        assert 0.0 < depth < shelf.depth_m
        assert slot.along_m[0] - 0.12 < along < slot.along_m[1] + 0.12
        assert slot.height_m[0] < height < slot.height_m[1]
        assert inward[event.start_s - 0.1][1] < 0.02
        assert inward[event.end_s + 0.1][1] < 0.02


def test_hands_and_feet_move_like_those_of_people(script):
    for index, (person, stay) in enumerate(zip(script.people, script.stays, strict=True)):
        inside = np.arange(stay.start_s, stay.end_s - 0.05, 0.05)
        poses = [script.pose_at(index, at_s) for at_s in inside]
        wrists = np.array([person.skeleton_only(pose).wrist_m for pose in poses])
        feet = np.array([stay.performance.pelvis.feet(at_s).xy_m for at_s in inside])
        pelvis = np.array([pose.xy_m for pose in poses])
        assert np.linalg.norm(np.diff(wrists, axis=0), axis=2).max() / 0.05 < 3.0
        assert np.linalg.norm(feet - pelvis[:, None], axis=2).max() < 0.85
        foot_speed = np.linalg.norm(np.diff(feet, axis=0), axis=2) / 0.05
        assert (foot_speed.min(axis=1) < 0.05).mean() > 0.97


def test_nobody_is_shown_before_they_come_or_after_they_left(script):
    stay = script.stays[2]

    assert 2 not in dict(script.state_at(stay.start_s - 0.1).people)
    assert 2 in dict(script.state_at(script.visits[2].scanned_s).people)
    assert 2 not in dict(script.state_at(stay.end_s + 0.1).people)


def test_moving_units_are_not_in_the_baked_store(script):
    static = {unit.unit_id for unit in script.layout.static_units}
    moving = {unit.unit_id for unit in script.moving_units}

    assert not static & moving
    assert len(static) + len(moving) == len(script.units)


def test_the_same_seed_gives_the_same_script(script):
    again = write()

    assert again.units == script.units
    assert again.events == script.events
    for mine, theirs in zip(again.stays, script.stays, strict=True):
        np.testing.assert_array_equal(mine.track_xy_m, theirs.track_xy_m)


def test_the_truth_says_what_the_script_does(script):
    truth = script_truth(script, "tale", SEED, 1000.0, 10)

    assert len(truth.events) == len(script.events)
    assert len(truth.units) == len(script.units)
    assert truth.ticks_s[1] == 1000.1
    assert np.isnan(truth.floor_xy_m["shopper-3"][0]).all()
    for event in truth.events:
        if event.unit_id is None:
            continue
        unit = next(unit for unit in truth.units if unit.unit_id == event.unit_id)
        place = unit.place_at(event.contact_s + 0.01)
        at_slot, in_hand = f"slot:{event.slot_id}", f"hand:{event.shopper_id}:{event.hand}"
        assert place == (in_hand if event.kind == "pick" else at_slot)

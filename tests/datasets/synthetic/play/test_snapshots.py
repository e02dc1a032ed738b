"""Snapshots show people as they are in shops, with every product in as many hands."""

from collections import Counter

import numpy as np
import pytest

from datasets.synthetic.body.people import Person, PersonWish
from datasets.synthetic.body.wardrobe import Pushed
from datasets.synthetic.play.snapshots import SnapshotTaker
from datasets.synthetic.pools import Pool
from datasets.synthetic.store.cameras import random_camera
from datasets.synthetic.store.layout import StoreWish, generate_store

SEED = 4
WISHES = (
    PersonWish(),
    PersonWish(age_years=(6, 9)),
    PersonWish(pushes=Pushed.TROLLEY),
    PersonWish(pushes=Pushed.WHEELCHAIR),
    PersonWish(age_years=(70, 80)),
)


@pytest.fixture(scope="module")
def store():
    return generate_store(Pool.DEV, SEED, StoreWish(full_share=0.8))


@pytest.fixture(scope="module")
def people():
    return tuple(Person(Pool.DEV, index, wish) for index, wish in enumerate(WISHES))


def take(store, people, count=36):
    rng = np.random.default_rng(SEED)
    taker = SnapshotTaker(store, people, rng)
    camera = random_camera(store, rng)
    return taker, [taker.take(camera) for _ in range(count)]


@pytest.fixture(scope="module")
def taken(store, people):
    return take(store, people)


def test_products_take_turns_in_hands(store, taken):
    counts = Counter(unit.product_index for snapshot in taken[1] for unit in snapshot.held)

    assert sum(counts.values()) > 24
    assert max(counts.values()) <= 2 * (1 + sum(counts.values()) / len(store.assortment)) + 2


def test_what_is_held_is_where_the_hand_is(people, taken):
    for snapshot in taken[1]:
        poses = dict(snapshot.state.people)
        units = {unit.unit_id: unit for unit in snapshot.state.moving_units}
        for held in snapshot.held:
            palms = people[held.person].skeleton_only(poses[held.person]).palm_m
            assert np.linalg.norm(palms - units[held.unit_id].xyz_m, axis=1).min() < 0.45


def test_unit_ids_are_unique(taken):
    for snapshot in taken[1]:
        ids = [unit.unit_id for unit in snapshot.state.moving_units]
        assert len(set(ids)) == len(ids)


def test_people_keep_apart_and_out_of_shelves(store, taken):
    for snapshot in taken[1]:
        xy = np.array([pose.xy_m for _, pose in snapshot.state.people]).reshape(-1, 2)
        assert (store.obstacles.clearance_m(xy) > 0.15).all()
        for i in range(len(xy)):
            assert (np.hypot(*(xy[:i] - xy[i]).T) > 0.3).all()


def test_what_is_pushed_is_where_its_person_is(people, taken):
    taker, snapshots = taken
    shown = 0
    for snapshot in snapshots:
        poses = dict(snapshot.state.people)
        pushed = [p for p in snapshot.state.props if p.prop_index not in taker.moving_props]
        for prop in pushed:
            owner = next(i for i in poses if people[i].pushed is taker.props[prop.prop_index])
            np.testing.assert_allclose(prop.xyz_m[:2], poses[owner].xy_m)
            shown += 1
        assert sum(people[i].pushed is not None for i in poses) == len(pushed)
    assert shown > 6


def test_doors_are_open_for_hands_in_fridges_only(store, taken):
    opened = 0
    for snapshot in taken[1]:
        for door in store.doors:
            pose = next(p for p in snapshot.state.props if p.prop_index == door.prop_index)
            is_open = pose.yaw_rad == door.open_yaw_rad
            assert is_open or pose.yaw_rad == door.closed_yaw_rad
            opened += is_open
    assert bool(opened) == bool(store.doors)


def test_some_crouch_some_walk_and_most_stand(people, taken):
    drops = [
        pose.pelvis_drop_m / people[i].height_m
        for snapshot in taken[1]
        for i, pose in snapshot.state.people
        if not people[i].is_seated
    ]
    lifted = [
        pose.ankle_m[:, 2].max() - people[i].ankle_height_m > 0.03
        for snapshot in taken[1]
        for i, pose in snapshot.state.people
        if not people[i].is_seated
    ]
    assert 0.01 < np.mean(np.array(drops) > 0.1) < 0.4
    assert 0.1 < np.mean(lifted) < 0.6


def test_the_same_seed_gives_the_same_snapshots(store, people, taken):
    again = take(store, people, 5)[1]

    for mine, theirs in zip(again, taken[1], strict=False):
        assert mine.held == theirs.held
        assert mine.state.moving_units == theirs.state.moving_units

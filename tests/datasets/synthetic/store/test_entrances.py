"""Doors in the walls: they fill their opening when shut, and leave it free when open."""

import numpy as np
import pytest

from datasets.synthetic.pools import Pool
from datasets.synthetic.store.entrances import BESIDE_LANE_M, leaf_mesh, open_spans
from datasets.synthetic.store.layout import generate_store
from datasets.synthetic.store.layout_types import Lane, Wall


@pytest.fixture(scope="module")
def stores():
    return [generate_store(Pool.DEV, seed) for seed in range(6)]


def in_lane(leaf, yaw):
    """Return a hung leaf's vertices as (inward from the wall, to the side of the lane's middle)."""
    inward = np.asarray(leaf.lane.inward_xy)
    at = leaf_mesh(leaf).placed((*leaf.hinge_xy_m, 0.0), yaw).vertices_m[:, :2] - leaf.lane.wall_xy_m
    return at @ inward, at @ np.array([-inward[1], inward[0]])


def test_shut_leaves_fill_the_opening_just_behind_the_wall(stores):
    for store in stores:
        for lane in {leaf.lane for leaf in store.leaves}:
            parts = [in_lane(leaf, leaf.closed_yaw_rad) for leaf in store.leaves if leaf.lane == lane]
            inward, aside = (np.concatenate(values) for values in zip(*parts, strict=True))
            assert -0.06 < inward.min() <= inward.max() < 0.005
            half = lane.width_m / 2 + BESIDE_LANE_M
            assert (aside.min(), aside.max()) == pytest.approx((-half, half), abs=0.01)


def test_open_leaves_stand_outside_and_leave_the_lane_free(stores):
    for store in stores:
        for leaf in store.leaves:
            inward, aside = in_lane(leaf, leaf.open_yaw_rad)
            assert inward.max() < 0.01
            assert np.abs(aside).min() > leaf.lane.width_m / 2 - 0.1


def test_every_way_through_a_wall_has_its_leaves(stores):
    for store in stores:
        ways = {store.entry, store.exit} | ({store.staff_door} if store.staff_door else set())
        assert {leaf.lane for leaf in store.leaves} == ways
        assert store.layout.closed_leaves == store.leaves
        assert store.layout_without(frozenset()).closed_leaves == ()


def test_a_wall_is_whole_but_for_its_openings():
    wall = Wall((0.0, 4.0), (1.0, 0.0), 5.0)
    lane = Lane((2.0, 4.0), (0.0, -1.0), 1.0, 1.2)
    spans = open_spans(wall, [(lane, 2.1)])
    assert [high for _, _, high in spans] == [0.0, 2.1, 0.0]
    assert [edge for low, high, _ in spans for edge in (low, high)] == pytest.approx(
        [0.0, 1.46, 1.46, 2.54, 2.54, 5.0]
    )
    assert open_spans(wall, []) == [(0.0, 5.0, 0.0)]

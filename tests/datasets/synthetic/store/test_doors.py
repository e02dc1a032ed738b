"""Fridge doors and turnstiles hang where the shelf and the lane are, shut and open."""

from itertools import pairwise

import numpy as np
import pytest

from datasets.synthetic.mesh import Material
from datasets.synthetic.pools import Pool
from datasets.synthetic.scene import FloatArray
from datasets.synthetic.store.doors import door_mesh, wing_mesh
from datasets.synthetic.store.layout import (
    FridgeDoor,
    GateWing,
    GeneratedStore,
    StoreWish,
    Template,
    generate_store,
)
from datasets.synthetic.store.layout_types import DoorLeaf, ShelfKind


@pytest.fixture(scope="module", params=range(4))
def store(request: pytest.FixtureRequest) -> GeneratedStore:
    return generate_store(Pool.DEV, request.param, StoreWish((Template.FRIDGES,)))


def hung(store: GeneratedStore, door: FridgeDoor, yaw_rad: float) -> FloatArray:
    """Vertices in shelf coordinates."""
    mesh = door_mesh(door, (0.1, 0.1, 0.1)).placed((*door.hinge_xy_m, 0.0), yaw_rad)
    (shelf,) = (one for one in store.layout.shelves if one.shelf_id == door.shelf_id)
    return shelf.to_shelf(mesh.vertices_m.astype(np.float64))


def test_every_fridge_is_behind_doors_from_end_to_end(store: GeneratedStore) -> None:
    fridges = [one.shelf_id for one in store.layout.fixtures if one.kind is ShelfKind.FRIDGE]
    assert fridges
    for shelf in store.layout.shelves:
        doors = sorted(door.along_m for door in store.doors if door.shelf_id == shelf.shelf_id)
        assert bool(doors) == (shelf.shelf_id in fridges)
        if doors:
            assert doors[0][0] < 0.01
            assert doors[-1][1] > shelf.width_m - 0.01
            for (_, end), (start, _) in pairwise(doors):
                assert 0 < start - end < 0.01


def test_a_shut_door_covers_its_part_of_the_shelf_and_hangs_before_it(store: GeneratedStore) -> None:
    for door in store.doors:
        local = hung(store, door, door.closed_yaw_rad)
        assert local[:, 0].min() == pytest.approx(door.along_m[0], abs=1e-3)
        assert local[:, 0].max() == pytest.approx(door.along_m[1], abs=1e-3)
        assert -0.12 < local[:, 1].min() < local[:, 1].max() < 0.0
        assert local[:, 2].min() == pytest.approx(door.height_m[0], abs=1e-3)


def test_an_open_door_stands_out_into_the_aisle_at_its_hinge(store: GeneratedStore) -> None:
    for door in store.doors:
        local = hung(store, door, door.open_yaw_rad)
        width = door.along_m[1] - door.along_m[0]
        hinge = door.along_m[0] if door.is_hinged_left else door.along_m[1]
        assert local[:, 1].min() == pytest.approx(-width - 0.035, abs=0.03)
        assert np.abs(local[:, 0] - hinge).max() < 0.12


def test_the_handle_is_on_the_outside_away_from_the_hinge(store: GeneratedStore) -> None:
    for door in store.doors:
        (shelf,) = (one for one in store.layout.shelves if one.shelf_id == door.shelf_id)
        along, inward, height = shelf.to_shelf(np.array([door.handle_xyz_m]))[0]
        local = hung(store, door, door.closed_yaw_rad)
        nearest = np.linalg.norm(local - [along, inward, height], axis=1).min()
        assert nearest < 0.2
        assert inward < -0.05
        assert (along > sum(door.along_m) / 2) == door.is_hinged_left


def test_doors_have_panes_to_look_through(store: GeneratedStore) -> None:
    assert (door_mesh(store.doors[0], (0.1, 0.1, 0.1)).material == Material.GLASS).any()


def test_props_and_their_resting_poses_come_in_the_order_of_their_rows(store: GeneratedStore) -> None:
    things: list[FridgeDoor | GateWing | DoorLeaf] = [*store.doors, *store.wings, *store.leaves]
    assert [thing.prop_index for thing in things] == list(range(len(store.props)))
    assert [pose.prop_index for pose in store.resting_props] == list(range(len(store.props)))
    assert [pose.yaw_rad for pose in store.resting_props] == [thing.closed_yaw_rad for thing in things]


def test_turnstiles_bar_their_lane_and_open_into_the_store() -> None:
    stores = [generate_store(Pool.DEV, seed) for seed in range(8)]
    with_wings = [store for store in stores if store.wings]
    assert with_wings
    assert len(with_wings) < len(stores)
    for store in with_wings:
        for wing in store.wings:
            lane = store.exit if wing.is_exit else store.entry
            inward = np.asarray(lane.inward_xy)
            across = np.array([inward[1], -inward[0]])
            mesh = wing_mesh(wing)
            for yaw, shut in ((wing.closed_yaw_rad, True), (wing.open_yaw_rad, False)):
                at = mesh.placed((*wing.post_xy_m, 0.0), yaw).vertices_m[:, :2] - lane.at_m(0.0)
                assert (np.abs(at @ across) < lane.width_m / 2 + 0.02).all()
                reaches_middle = (np.abs(at @ across) < 0.12).any()
                assert reaches_middle == shut
                assert shut or (at @ inward).max() > lane.length_m

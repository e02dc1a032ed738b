"""Every store that a seed draws can be walked through, is fully stocked, and is seen by its cameras."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.synthetic.goods.products import CATALOGUE
from datasets.synthetic.play.script import store_planner
from datasets.synthetic.pools import Pool
from datasets.synthetic.store.cameras import SIZE_PX, random_camera, store_cameras
from datasets.synthetic.store.layout import generate_store

SEEDS = st.integers(0, 2**31)
FEW = settings(max_examples=12, deadline=None, derandomize=True)


@FEW
@given(SEEDS)
def test_every_product_is_sold_and_every_slot_is_known(seed):
    store = generate_store(Pool.DEV, seed)
    slots = {slot.slot_id: slot for slot in store.store_map.slots}

    assert {slot.product_id for slot in slots.values()} == {product.product_id for product in CATALOGUE}
    for slot in slots.values():
        units = [unit for unit in store.units if unit.slot_id == slot.slot_id]
        assert len(units) == slot.stock
        assert {CATALOGUE[unit.pose.product_index].product_id for unit in units} <= {slot.product_id}


@FEW
@given(SEEDS)
def test_units_stand_inside_their_slots_without_touching(seed):
    store = generate_store(Pool.DEV, seed)
    for shelf in store.store_map.shelves:
        for slot in shelf.slots:
            units = [unit for unit in store.units if unit.slot_id == slot.slot_id]
            local = shelf.to_shelf(np.array([unit.pose.xyz_m for unit in units]).reshape(-1, 3))
            assert ((local[:, 0] > slot.along_m[0]) & (local[:, 0] < slot.along_m[1])).all()
            assert ((local[:, 1] > 0) & (local[:, 1] < shelf.depth_m)).all()
            np.testing.assert_allclose(local[:, 2], slot.height_m[0])
            width, depth, height = next(p.size_m for p in CATALOGUE if p.product_id == slot.product_id)
            assert slot.height_m[0] + height < slot.height_m[1]
            for i in range(len(units)):
                for j in range(i):
                    apart = np.abs(local[i] - local[j])
                    assert apart[0] >= width or apart[1] >= depth


@FEW
@given(SEEDS)
def test_one_can_walk_from_the_gate_past_every_shelf_to_the_exit(seed):
    store = generate_store(Pool.DEV, seed)
    planner = store_planner(store)
    mouth = np.array(
        [[store.entry.x_m, store.entry.length_m + 0.32], [store.exit.x_m, store.exit.length_m + 0.32]]
    )
    assert (planner.obstacles.clearance_m(mouth) > 0.25).all()
    for shelf in store.store_map.shelves:
        in_front = shelf.to_store(np.array([[shelf.width_m / 2, -0.5, 0.0]]))[:, :2]
        assert planner.obstacles.clearance_m(in_front)[0] >= 0.27


def test_the_same_seed_gives_the_same_store():
    one, other = generate_store(Pool.DEV, 5), generate_store(Pool.DEV, 5)

    assert one.layout == other.layout
    assert one.units == other.units
    assert one.store_map.shelves == other.store_map.shelves


def test_other_seeds_give_other_stores():
    assert generate_store(Pool.DEV, 5).layout != generate_store(Pool.DEV, 6).layout


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_four_cameras_hang_from_the_ceiling_and_differ(seed):
    store = generate_store(Pool.DEV, seed)
    cameras = store_cameras(store, seed)

    assert len(cameras) == 4
    for camera in cameras:
        assert 2.5 <= camera.position_m[2] < store.layout.room_size_m[2]
        np.testing.assert_allclose(camera.rotation @ camera.rotation.T, np.eye(3), atol=1e-9)


@FEW
@given(SEEDS)
def test_lenses_are_one_to_one_up_to_the_corners(seed):
    store = generate_store(Pool.DEV, seed % 7)
    camera = random_camera(store, np.random.default_rng(seed))
    corner_px = np.hypot(*np.array(SIZE_PX) / 2)
    outward = np.linspace(0.0, 2.0, 200)[:, None] * [0.8, 0.6] @ camera.rotation[:2]
    points = camera.position_m + camera.rotation[2] + outward

    from_centre = np.hypot(*(camera.project(points) - camera.matrix[:2, 2]).T)

    beyond = int(np.argmax(from_centre > corner_px))
    assert beyond > 0
    assert (np.diff(from_centre[: beyond + 1]) > 0).all()

"""Units stand inside their slots, on their boards, and not inside each other, however messy it is."""

import cv2
import numpy as np

from cart_tracker.store_map import Slot
from datasets.synthetic.pools import Pool
from datasets.synthetic.scene import FloatArray
from datasets.synthetic.store.layout import GeneratedStore, StoreWish, Template, generate_store
from datasets.synthetic.store.planogram import HEADROOM_M, StockedUnit

TOLERANCE_M = 2e-3


def corners_m(store: GeneratedStore, unit: StockedUnit) -> FloatArray:
    """The box around a unit in shelf coordinates, `(8, 3)`."""
    width, depth, height = store.assortment[unit.pose.product_index].size_m
    box = np.array(
        [[x, y, z] for x in (-width / 2, width / 2) for y in (-depth / 2, depth / 2) for z in (0, height)]
    )
    tilt, yaw = unit.pose.tilt_rad, unit.pose.yaw_rad
    about_x = np.array([[1, 0, 0], [0, np.cos(tilt), -np.sin(tilt)], [0, np.sin(tilt), np.cos(tilt)]])
    about_z = np.array([[np.cos(yaw), -np.sin(yaw), 0], [np.sin(yaw), np.cos(yaw), 0], [0, 0, 1]])
    placed = box @ (about_z @ about_x).T + np.array(unit.pose.xyz_m)
    return store.store_map.shelf_of(unit.slot_id).to_shelf(placed)


def is_round(store: GeneratedStore, unit: StockedUnit) -> bool:
    return store.assortment[unit.pose.product_index].shape in ("can", "bottle", "jar", "cup")


def shared_area_m2(one: FloatArray, other: FloatArray) -> float:
    hulls = [cv2.convexHull(points[:, :2].astype(np.float32)) for points in (one, other)]
    return float(cv2.intersectConvexConvex(hulls[0], hulls[1])[0])


def test_units_stand_on_their_boards_inside_their_slots(messy_store: GeneratedStore) -> None:
    store = messy_store
    slots: dict[str, Slot] = {slot.slot_id: slot for slot in store.store_map.slots}
    depth_of = {slot.slot_id: shelf.depth_m for shelf in store.layout.shelves for slot in shelf.slots}
    for unit in store.units[::7]:
        slot, corners = slots[unit.slot_id], corners_m(store, unit)
        assert abs(corners[:, 2].min() - slot.height_m[0]) < TOLERANCE_M
        assert corners[:, 2].max() < slot.height_m[1]
        assert corners[:, 1].min() > 0.0
        assert corners[:, 1].max() < depth_of[unit.slot_id]
        middle = corners[:, 0].mean()
        assert slot.along_m[0] < middle < slot.along_m[1]
        if not is_round(store, unit):
            assert corners[:, 0].min() > slot.along_m[0] - TOLERANCE_M
            assert corners[:, 0].max() < slot.along_m[1] + TOLERANCE_M


def test_units_of_a_slot_do_not_touch_each_other(messy_store: GeneratedStore) -> None:
    store = messy_store
    for slot in store.store_map.slots[::5]:
        units = [unit for unit in store.units if unit.slot_id == slot.slot_id]
        boxes = [corners_m(store, unit) for unit in units]
        for i, one in enumerate(units):
            for j in range(i):
                if is_round(store, one) and is_round(store, units[j]):
                    apart = np.hypot(*(boxes[i].mean(axis=0) - boxes[j].mean(axis=0))[:2])
                    sizes = [store.assortment[unit.pose.product_index].size_m for unit in (one, units[j])]
                    if all(abs(size[0] - size[1]) < 0.01 for size in sizes) and not one.pose.tilt_rad:
                        assert apart >= (sizes[0][0] + sizes[1][0]) / 2 - TOLERANCE_M
                        continue
                assert shared_area_m2(boxes[i], boxes[j]) < 2e-5


def test_facings_have_room_for_their_product_and_a_hand(any_store: GeneratedStore) -> None:
    store = any_store
    for facing in (*store.facings, *store.misplaced):
        width, _, height = store.assortment[facing.product_index].size_m
        assert facing.width_m > width
        assert facing.headroom_m >= height + HEADROOM_M - 1e-3


def test_small_stores_have_several_units_behind_each_other() -> None:
    store = generate_store(Pool.DEV, 3, StoreWish((Template.MICRO_MARKET,)))
    assert max(unit.row for unit in store.units) >= 2
    assert {unit.pose.unit_id for unit in store.units if unit.row} == store.layout.behind

"""Every store that a seed draws can be walked through, is stocked, and is as large and messy as asked."""

from dataclasses import replace

import numpy as np
import pytest

from datasets.synthetic.play.routes import WALL_CLEARANCE_M, RoutePlanner
from datasets.synthetic.pools import Pool
from datasets.synthetic.store.floor_plan import PASSING_CLEARANCE_M, STANCE_M, WALKER_CLEARANCE_M
from datasets.synthetic.store.layout import (
    ANY_STORE,
    GeneratedStore,
    StoreWish,
    StoreWishError,
    Template,
    generate_store,
)
from datasets.synthetic.store.layout_types import ShelfKind
from datasets.synthetic.store.obstacles import Obstacles, overlap, shelf_footprint
from datasets.synthetic.store.templates import AREA_M2


def store_of(
    template: Template, seed: int, pool: Pool = Pool.DEV, wish: StoreWish = ANY_STORE
) -> GeneratedStore:
    return generate_store(pool, seed, replace(wish, templates=(template,)))


def area_m2(store: GeneratedStore) -> float:
    return store.layout.room_size_m[0] * store.layout.room_size_m[1]


def test_nothing_stands_in_anything_else(any_store: GeneratedStore) -> None:
    store = any_store
    solids = [shelf_footprint(shelf) for shelf in store.layout.shelves]
    solids += [clutter.footprint for clutter in store.layout.clutter]
    for index, one in enumerate(solids):
        assert min(one.low_xy_m) >= -1e-9
        assert (np.array(one.high_xy_m) <= np.array(store.layout.room_size_m[:2]) + 1e-9).all()
        assert not any(overlap(one, other) for other in solids[:index])
        assert not any(overlap(one, lane.rectangle()) for lane in (store.entry, store.exit))
    assert not overlap(store.entry.rectangle(), store.exit.rectangle())


def test_one_can_walk_from_the_gate_to_every_facing_to_the_exit_and_to_the_back_room(
    any_store: GeneratedStore,
) -> None:
    store = any_store
    lanes = tuple(lane.rectangle() for lane in (store.entry, store.exit))
    closed = Obstacles(store.obstacles.room_xy_m, (*store.obstacles.rectangles, *lanes))
    planner = RoutePlanner(closed)
    start = store.entry.mouth_xy_m
    ends = [store.exit.mouth_xy_m]
    if store.staff_door is not None:
        ends.append(store.staff_door.mouth_xy_m)
    for end in ends:
        assert closed.clearance_m(end[None])[0] >= WALKER_CLEARANCE_M - 0.02
        assert np.isfinite(planner.walking_s(start, end, 1.0))
    for shelf in store.layout.shelves:
        facings = [facing for facing in store.facings if facing.shelf_id == shelf.shelf_id]
        stances = [[facing.along_m + side, -STANCE_M, 0.0] for facing in facings for side in (-0.15, 0.15)]
        xy = shelf.to_store(np.array(stances).reshape(-1, 3))[:, :2].reshape(-1, 2, 2)
        clearance = closed.clearance_m(xy.reshape(-1, 2)).reshape(-1, 2)
        assert (clearance.max(axis=1) >= WALKER_CLEARANCE_M - 0.05).all()
        for place, free in zip(xy[::9], clearance[::9], strict=True):
            assert np.isfinite(planner.walking_s(start, place[int(free.argmax())], 1.0))


def test_walkers_of_the_layout_are_as_wide_as_walkers_of_the_script() -> None:
    assert WALKER_CLEARANCE_M == WALL_CLEARANCE_M


def test_two_people_can_pass_each_other_somewhere(any_store: GeneratedStore) -> None:
    x, y, _ = any_store.layout.room_size_m
    grid = np.stack(np.meshgrid(np.arange(0.1, x, 0.1), np.arange(0.1, y, 0.1)), axis=-1).reshape(-1, 2)
    assert any_store.obstacles.clearance_m(grid).max() >= PASSING_CLEARANCE_M


def test_every_product_has_a_slot_and_every_slot_knows_its_stock(any_store: GeneratedStore) -> None:
    store = any_store
    slots = {slot.slot_id: slot for slot in store.store_map.slots}
    sold = [product.product_id for product in store.assortment.products]
    assert {slot.product_id for slot in slots.values()} == set(sold)
    assert [product.product_id for product in store.store_map.products] == sold
    for slot in slots.values():
        right = [unit for unit in store.units if unit.slot_id == slot.slot_id and not unit.is_misplaced]
        assert len(right) == slot.stock
        assert {sold[unit.pose.product_index] for unit in right} <= {slot.product_id}


def test_facings_name_upright_units_front_first_and_gaps_are_empty(messy_store: GeneratedStore) -> None:
    store = messy_store
    units = {unit.pose.unit_id: unit for unit in store.units}
    assert sorted(units) == list(range(1, len(units) + 1))
    assert not all(facing.unit_ids for facing in store.facings)
    for facing in store.facings:
        stand = [units[unit_id] for unit_id in facing.unit_ids]
        assert [unit.row for unit in stand] == list(range(len(stand)))
        assert all(unit.pose.product_index == facing.product_index for unit in stand)
        assert all(unit.pose.tilt_rad == 0.0 and unit.slot_id == facing.slot_id for unit in stand)
    for facing in store.misplaced:
        (stranger,) = (units[unit_id] for unit_id in facing.unit_ids)
        assert stranger.is_misplaced
        assert stranger.pose.product_index != facing.product_index


@pytest.mark.parametrize("template", list(Template))
def test_areas_are_as_wished_and_cover_what_the_template_allows(template: Template) -> None:
    low, high = AREA_M2[template]
    for asked in ((low, low + 0.5), (high - 0.5, high)):
        area = area_m2(store_of(template, 3, wish=StoreWish(area_m2=asked)))
        assert asked[0] - 1e-6 <= area <= asked[1] + 1e-6


def test_a_crowded_store_of_15_m2_can_be_asked_for() -> None:
    for seed in range(4):
        assert 14.5 <= area_m2(generate_store(Pool.DEV, seed, StoreWish(area_m2=(14.5, 15.5)))) <= 15.5


def test_a_store_that_cannot_be_is_refused_with_what_could_be() -> None:
    with pytest.raises(StoreWishError, match=r"kiosk has 9-25 m2; ask for another size"):
        generate_store(Pool.DEV, 1, StoreWish((Template.KIOSK,), (100.0, 120.0)))
    with pytest.raises(StoreWishError):
        generate_store(Pool.DEV, 1, StoreWish(area_m2=(3.0, 5.0)))


def test_all_kinds_of_store_are_drawn() -> None:
    assert {generate_store(Pool.TRAIN, seed).template for seed in range(15)} == set(Template)


def test_big_stores_sell_more() -> None:
    small = store_of(Template.KIOSK, 2, Pool.TRAIN, wish=StoreWish(area_m2=(9.0, 11.0)))
    big = store_of(Template.GONDOLA_AISLES, 2, Pool.TRAIN, wish=StoreWish(area_m2=(120.0, 150.0)))
    assert len(small.assortment) < len(big.assortment)


@pytest.mark.parametrize("template", list(Template))
def test_the_same_seed_gives_the_same_store(template: Template) -> None:
    one, other = store_of(template, 9), store_of(template, 9)
    assert one.layout == other.layout
    assert one.units == other.units
    assert one.facings == other.facings
    assert one.doors == other.doors
    assert one.resting_props == other.resting_props
    assert one.store_map.shelves == other.store_map.shelves


def test_other_seeds_and_pools_give_other_stores() -> None:
    layouts = [store_of(Template.KIOSK, seed, pool).layout for pool in Pool for seed in (5, 6)]
    for index, layout in enumerate(layouts):
        assert not any(layout.room_size_m == other.room_size_m for other in layouts[:index])


def test_mess_moves_tips_and_misplaces_what_tidy_shelves_keep_straight() -> None:
    tidy, messy = (store_of(Template.CORNER_SHOP, 4, wish=StoreWish(mess=mess)) for mess in (0.0, 1.0))
    assert not tidy.misplaced
    assert all(unit.pose.tilt_rad == 0.0 and not unit.is_misplaced for unit in tidy.units)
    assert len(messy.misplaced) > 2
    assert sum(unit.pose.tilt_rad != 0.0 for unit in messy.units) > 5


def test_emptier_shelves_can_be_asked_for() -> None:
    full, half = (store_of(Template.CORNER_SHOP, 4, wish=StoreWish(full_share=share)) for share in (1.0, 0.5))
    gaps = [sum(not facing.unit_ids for facing in store.facings) for store in (full, half)]
    assert gaps[0] == 0
    assert gaps[1] > 0.3 * len(half.facings)


def test_what_moves_is_not_in_the_static_layout() -> None:
    store = store_of(Template.FRIDGES, 5)
    moving = frozenset(unit.pose.unit_id for unit in store.units[:3])
    layout = store.layout_without(moving)
    assert {unit.unit_id for unit in layout.static_units} == {u.pose.unit_id for u in store.units} - moving
    assert layout.closed_doors == ()
    one = store.layout_without(moving, frozenset({store.doors[0].prop_index}))
    assert one.closed_doors == store.doors[1:]
    assert store.layout.closed_doors == store.doors


def test_exits_lead_through_the_gates_wall_or_another() -> None:
    small = (Template.MICRO_MARKET, Template.KIOSK, Template.CORNER_SHOP)
    walls = {generate_store(Pool.DEV, seed, StoreWish(small)).exit.inward_xy for seed in range(3)}
    assert walls == {(0.0, 1.0), (1.0, 0.0), (-1.0, 0.0)}


def test_every_kind_of_shelf_is_built_somewhere() -> None:
    stores = [store_of(template, 2) for template in Template]
    assert {fixture.kind for store in stores for fixture in store.layout.fixtures} == set(ShelfKind)

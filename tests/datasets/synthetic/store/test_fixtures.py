import time
from dataclasses import replace

import numpy as np
import pytest

from cart_tracker.store_map import ProductId, Shelf, ShelfId, Slot, SlotId
from datasets.synthetic.goods.products import draw_assortment
from datasets.synthetic.mesh import Material
from datasets.synthetic.pools import Pool
from datasets.synthetic.scene import FloatArray, UnitPose
from datasets.synthetic.store.decor import CeilingKind, FloorKind
from datasets.synthetic.store.fixtures import LONGEST_EDGE_M, SHELL_EDGE_M, build_room_mesh, draw_decor
from datasets.synthetic.store.layout import StoreWish, Template, generate_store
from datasets.synthetic.store.layout_types import (
    CeilingLight,
    Clutter,
    ClutterKind,
    FloorRectangle,
    Gate,
    Lane,
    StoreLayout,
    Theme,
    WallItem,
    WallItemKind,
    shelf_board_heights_m,
)
from datasets.synthetic.store.stand_ins import stand_in
from datasets.synthetic.store.templates import AREA_M2

MOST_TRIANGLES = 160_000

SOLD = draw_assortment(np.random.default_rng(6), Pool.DEV, 16)


def layout(decor_seed: int = 1, units: tuple[UnitPose, ...] = ()) -> StoreLayout:
    slots = tuple(
        Slot(SlotId(f"s{board}"), ProductId(SOLD[0].product_id), (0.1, 0.5), (board, board + 0.3), 3)
        for board in (0.9, 0.5)
    )
    shelf = Shelf(ShelfId("a"), (2.0, 1.0), (0.0, 1.0), 1.5, 0.4, slots)
    return StoreLayout(
        (4.0, 3.0, 2.8),
        SOLD,
        (shelf,),
        Gate(FloorRectangle((0.2, 0.1), (0.9, 0.6)), ((0.15, 0.7),)),
        ((3.0, 0.7), (3.6, 0.7)),
        (CeilingLight((2.0, 1.5)),),
        (Clutter(FloorRectangle((3.2, 2.2), (3.6, 2.6)), 0.7),),
        units,
        decor_seed,
    )


def test_board_heights_are_the_lower_heights_of_the_slots_lowest_first() -> None:
    assert shelf_board_heights_m(layout().shelves[0]) == (0.5, 0.9)


def _aside(lane: Lane) -> FloatArray:
    return np.array([lane.inward_xy[1], -lane.inward_xy[0]])


@pytest.mark.parametrize("template", list(Template))
def test_everything_is_inside_the_room_or_behind_a_door(template: Template) -> None:
    store = generate_store(
        Pool.DEV, 11, StoreWish((template,), (AREA_M2[template][0], AREA_M2[template][0] + 8.0))
    )
    mesh = build_room_mesh(store.layout)
    room = np.array(store.layout.room_size_m)
    is_inside = ((mesh.vertices_m >= -1e-5) & (mesh.vertices_m <= room + 1e-5)).all(axis=1)
    assert is_inside.mean() > 0.8
    for x, y, z in mesh.vertices_m[~is_inside].tolist():  # the lobbies behind the doors
        assert -1e-5 <= z < 2.2
        lanes = {leaf.lane for leaf in store.leaves}
        assert any(
            abs((np.array([x, y]) - lane.wall_xy_m) @ _aside(lane)) < lane.width_m / 2 + 0.05
            for lane in lanes
        )
    assert np.linalg.norm(mesh.normals, axis=1) == pytest.approx(1.0, abs=1e-3)
    assert np.isfinite(mesh.texture).all()


def test_boards_lie_where_the_slots_are() -> None:
    mesh = build_room_mesh(layout())
    # The shelf looks to +x and reaches from x = 2.0 to x = 1.6.
    inside = (np.abs(mesh.vertices_m[:, 0] - 1.8) < 0.21) & (np.abs(mesh.vertices_m[:, 1] - 1.7) < 0.75)
    tops = mesh.vertices_m[inside & (mesh.normals[:, 2] > 0.9), 2]
    for height in (0.5, 0.9):
        assert np.abs(tops - height).min() < 1e-4


def test_edges_are_short_enough_for_a_bending_lens() -> None:
    mesh = build_room_mesh(layout())
    corners = mesh.vertices_m[mesh.faces]
    longest = np.linalg.norm(corners - corners[:, [1, 2, 0]], axis=2).max(axis=1)
    assert longest.max() <= SHELL_EDGE_M + 1e-6
    is_furniture = ((corners[:, :, :2] > [1.55, 0.95]) & (corners[:, :, :2] < [2.05, 2.55])).all((1, 2))
    is_furniture &= (corners[:, :, 2].min(1) > 0.05) & (corners[:, :, 2].max(1) < 2.0)
    assert longest[is_furniture].max() <= LONGEST_EDGE_M + 1e-6


def test_static_units_and_lamps_are_in_the_mesh_but_daylight_has_no_lamp() -> None:
    without, with_unit = (
        build_room_mesh(layout()),
        build_room_mesh(layout(units=(UnitPose(1, 0, (1.8, 1.3, 0.5), 0.0),))),
    )
    assert len(with_unit.faces) > len(without.faces)
    assert (without.material == Material.LAMP).any()
    daylight = replace(layout(), lights=(CeilingLight((2.0, 1.5), is_daylight=True),))
    assert not (build_room_mesh(daylight).material == Material.LAMP).any()


@pytest.mark.parametrize("kind", list(ClutterKind))
def test_clutter_of_every_kind_stays_within_its_footprint(kind: ClutterKind) -> None:
    empty = replace(layout(), clutter=())
    footprint = FloorRectangle((2.9, 1.6), (3.7, 2.2))
    height = 2.8 if kind is ClutterKind.COLUMN else 0.9
    meshes = (
        build_room_mesh(empty),
        build_room_mesh(replace(empty, clutter=(Clutter(footprint, height, kind),))),
    )
    vertices = [{tuple(v) for v in np.round(mesh.vertices_m, 4).tolist()} for mesh in meshes]
    added = np.array(sorted(vertices[1] - vertices[0]))
    assert len(added) > 3
    assert (added[:, :2] >= np.array(footprint.low_xy_m) - 0.08).all()
    assert (added[:, :2] <= np.array(footprint.high_xy_m) + 0.08).all()


@pytest.mark.parametrize("kind", list(WallItemKind))
def test_wall_items_hang_on_their_wall(kind: WallItemKind) -> None:
    bare = build_room_mesh(layout())
    before = {tuple(v) for v in np.round(bare.vertices_m, 4).tolist()}
    for wall, axis, plane in ((0, 1, 3.0), (1, 0, 0.0), (2, 0, 4.0), (3, 1, 0.0)):
        item = WallItem(kind, wall, (1.0, 1.8), (1.0, 2.0), 3)
        mesh = build_room_mesh(replace(layout(), wall_items=(item,)))
        after = {tuple(v) for v in np.round(mesh.vertices_m, 4).tolist()}
        added = np.array(sorted(after - before))
        assert len(added) >= 4
        assert (np.abs(added[:, axis] - plane) < 0.25).all()


def test_stores_differ_in_materials_and_light() -> None:
    decors = [draw_decor(seed, theme) for seed in range(10) for theme in Theme]
    assert len({decor.floor for decor in decors}) > 15
    assert len({decor.wall for decor in decors}) > 15
    assert {decor.floor_kind for decor in decors} == set(FloorKind)
    assert {decor.ceiling_kind for decor in decors} == set(CeilingKind)
    assert max(d.lamp_strength for d in decors) > 1.2 * min(d.lamp_strength for d in decors)


def test_the_floor_pattern_and_the_lamps_do_not_depend_on_the_theme() -> None:
    for seed in range(5):
        looks = {
            (d.tile_m, d.joint_shade, d.lamp_strength, d.lamp_rgb)
            for d in (draw_decor(seed, t) for t in Theme)
        }
        assert len(looks) == 1


def test_lamps_of_a_store_differ_in_strength_and_warmth() -> None:
    store = generate_store(Pool.DEV, 3, StoreWish((Template.GONDOLA_AISLES,), (40.0, 60.0)))
    lamps = [light for light in store.layout.lights if not light.is_daylight]
    assert 3 <= len(lamps) <= 18
    assert len({light.rgb for light in lamps}) == len(lamps)
    warmth = [
        generate_store(Pool.DEV, seed, StoreWish((Template.KIOSK,))).layout.lights[0].rgb for seed in range(8)
    ]
    assert np.ptp([rgb[0] / rgb[2] for rgb in warmth]) > 0.2


def test_the_same_seed_decorates_alike() -> None:
    assert draw_decor(7) == draw_decor(7)
    assert np.array_equal(build_room_mesh(layout(3)).vertices_m, build_room_mesh(layout(3)).vertices_m)


def test_the_largest_store_is_furnished_and_meshed_in_time() -> None:
    began = time.process_time()
    store = generate_store(Pool.TRAIN, 5, StoreWish((Template.GONDOLA_AISLES,), (149.0, 150.0)))
    generated = time.process_time()
    mesh = build_room_mesh(store.layout)
    assert generated - began < 2.0  # a second on a free core
    assert len(store.units) > 1500
    assert len(mesh.faces) < MOST_TRIANGLES


def test_stand_ins_are_as_large_as_the_units_they_stand_for() -> None:
    for index, product in enumerate(SOLD.products):
        mesh = stand_in(SOLD, index)
        size = np.ptp(mesh.vertices_m, axis=0)
        assert size[[0, 2]] == pytest.approx([product.size_m[0], product.size_m[2]], rel=0.02)
        assert len(mesh.faces) <= 54

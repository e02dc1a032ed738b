import numpy as np
import pytest

from cart_tracker.store_map import ProductId, Shelf, ShelfId, Slot, SlotId
from datasets.synthetic.goods.products import CATALOGUE, Assortment
from datasets.synthetic.mesh import Material
from datasets.synthetic.scene import UnitPose
from datasets.synthetic.store.fixtures import LONGEST_EDGE_M, build_room_mesh, draw_decor
from datasets.synthetic.store.layout_types import (
    CeilingLight,
    Clutter,
    FloorRectangle,
    Gate,
    StoreLayout,
    shelf_board_heights_m,
)


def layout(decor_seed: int = 1, units: tuple[UnitPose, ...] = ()) -> StoreLayout:
    slots = tuple(
        Slot(SlotId(f"s{board}"), ProductId(CATALOGUE[0].product_id), (0.1, 0.5), (board, board + 0.3), 3)
        for board in (0.9, 0.5)
    )
    shelf = Shelf(ShelfId("a"), (2.0, 1.0), (0.0, 1.0), 1.5, 0.4, slots)
    return StoreLayout(
        (4.0, 3.0, 2.8),
        Assortment(CATALOGUE),
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


def test_everything_is_inside_the_room() -> None:
    mesh = build_room_mesh(layout())
    assert mesh.vertices_m.min() >= -1e-5
    assert (mesh.vertices_m.max(0) <= np.array([4.0, 3.0, 2.8]) + 1e-5).all()


def test_boards_lie_where_the_slots_are() -> None:
    mesh = build_room_mesh(layout())
    # The shelf looks to +x and reaches from x = 2.0 to x = 1.6.
    inside = (np.abs(mesh.vertices_m[:, 0] - 1.8) < 0.19) & (np.abs(mesh.vertices_m[:, 1] - 1.7) < 0.7)
    tops = mesh.vertices_m[inside & (mesh.normals[:, 2] > 0.9), 2]
    for height in (0.5, 0.9):
        assert np.abs(tops - height).min() < 1e-4


def test_edges_are_short_enough_for_a_bending_lens() -> None:
    mesh = build_room_mesh(layout())
    corners = mesh.vertices_m[mesh.faces]
    assert np.linalg.norm(corners - corners[:, [1, 2, 0]], axis=2).max() <= LONGEST_EDGE_M + 1e-6


def test_static_units_and_lamps_are_in_the_mesh() -> None:
    without, with_unit = (
        build_room_mesh(layout()),
        build_room_mesh(layout(units=(UnitPose(1, 0, (1.8, 1.3, 0.5), 0.0),))),
    )
    assert len(with_unit.faces) > len(without.faces)
    assert (without.material == Material.LAMP).any()


def test_stores_differ_in_materials_and_light() -> None:
    decors = [draw_decor(seed) for seed in range(10)]
    assert len({decor.floor for decor in decors}) > 5
    assert len({decor.wall for decor in decors}) > 5
    assert max(d.lamp_strength for d in decors) > 1.2 * min(d.lamp_strength for d in decors)


def test_the_same_seed_decorates_alike() -> None:
    assert draw_decor(7) == draw_decor(7)
    assert build_room_mesh(layout(3)).vertices_m == pytest.approx(build_room_mesh(layout(3)).vertices_m)

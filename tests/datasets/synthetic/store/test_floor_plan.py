"""What a plan must be before a store is built from it."""

from dataclasses import replace

import numpy as np
import pytest

from datasets.synthetic.store.floor_plan import (
    FloorPlan,
    Front,
    Template,
    Ways,
    front,
    is_sound,
    mirrored,
)
from datasets.synthetic.store.layout_types import (
    Clutter,
    FloorRectangle,
    Lane,
    ShelfKind,
    Theme,
    room_walls,
)
from datasets.synthetic.store.templates import draw_plan


def plan() -> FloorPlan:
    """A room of 5 x 4 m with shelves along its back."""
    shelf = front("wall", "south", 3.6, 0.4, 4.6, 0.38)
    return FloorPlan(
        (5.0, 4.0, 2.8),
        Theme.GROCERY,
        (Front(shelf, ShelfKind.WALL, 4, 0.15, 1.8),),
        Lane((0.9, 0.0), (0.0, 1.0), 0.95, 0.85),
        Lane((4.0, 0.0), (0.0, 1.0), 0.95, 0.85),
    )


def test_a_plain_room_is_sound() -> None:
    assert is_sound(plan())


@pytest.mark.parametrize(
    "barrier",
    [
        FloorRectangle((0.0, 2.9), (5.0, 3.1)),
        FloorRectangle((2.4, 0.1), (2.7, 3.55)),
        FloorRectangle((0.5, 0.9), (1.4, 1.5)),
    ],
)
def test_clutter_that_bars_a_way_is_noticed(barrier: FloorRectangle) -> None:
    assert not Ways(replace(plan(), clutter=(Clutter(barrier, 1.0),))).are_open()
    assert not Ways(plan()).narrowed(barrier).are_open()


def test_a_shelf_in_a_shelf_and_a_shelf_in_a_lane_are_noticed() -> None:
    one = plan()
    for shelf in (front("other", "south", 3.5, 1.0, 2.0, 0.3), front("other", "north", 0.6, 3.6, 4.4, 0.3)):
        assert not is_sound(replace(one, fronts=(*one.fronts, Front(shelf, ShelfKind.WALL, 4, 0.15, 1.8))))


def test_a_shelf_looks_where_it_is_told_to() -> None:
    for looks, inward in (("south", (0, 1)), ("north", (0, -1)), ("west", (1, 0)), ("east", (-1, 0))):
        shelf = front("a", looks, 2.0, 1.0, 1.8, 0.4)
        assert shelf.inward_xy == pytest.approx(inward)
        across = shelf.to_store(np.array([[0.0, 0.0, 0.0], [0.8, 0.0, 0.0]]))[:, 0 if inward[0] == 0 else 1]
        assert sorted(across) == pytest.approx([1.0, 1.8])


def test_mirrored_plans_are_as_sound_as_before_and_twice_is_none() -> None:
    one = draw_plan(np.random.default_rng(3), Template.BAKERY, (30.0, 40.0))
    assert is_sound(mirrored(one))
    twice = mirrored(mirrored(one))
    for shelf, again in zip(one.fronts, twice.fronts, strict=True):
        assert again.shelf.origin_xy_m == pytest.approx(shelf.shelf.origin_xy_m)
        assert again.shelf.along_xy == pytest.approx(shelf.shelf.along_xy)


def test_walls_run_along_the_room_with_their_faces_inwards() -> None:
    for wall in room_walls((5.0, 4.0, 2.8)):
        corner = wall.xyz(wall.length_m / 2, 0.5, 1.0)
        assert (corner > 0).all()
        assert (corner[:2] < [5.0, 4.0]).all()
        along, off = wall.place(corner[:2])
        assert (along, off) == pytest.approx((wall.length_m / 2, 0.5))


def test_a_lane_leads_from_behind_the_wall_into_the_store() -> None:
    lane = Lane((0.0, 2.0), (1.0, 0.0), 0.9, 0.8)
    assert lane.outside_xy_m[0] < 0 < lane.scan_xy_m[0] < 0.8 < lane.mouth_xy_m[0]
    assert lane.rectangle() == FloorRectangle((0.0, 1.55), (0.8, 2.45))
    corners = lane.corners_xy_m
    following = np.roll(corners, -1, axis=0)
    area = (corners[:, 0] * following[:, 1] - following[:, 0] * corners[:, 1]).sum() / 2
    assert area == pytest.approx(0.9 * 0.8)

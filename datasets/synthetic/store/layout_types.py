"""What stands in a synthetic store: plain values that a generator fills in and the renderer draws.

All lengths are metres in the store frame (z up, floor z = 0, the room spans 0..x and 0..y).
"""

from dataclasses import dataclass

from cart_tracker.store_map import Shelf
from datasets.synthetic.goods.products import Assortment
from datasets.synthetic.scene import UnitPose


@dataclass(frozen=True, slots=True)
class FloorRectangle:
    """An axis-aligned rectangle on the floor: lower and upper corner."""

    low_xy_m: tuple[float, float]
    high_xy_m: tuple[float, float]


@dataclass(frozen=True, slots=True)
class CeilingLight:
    """A rectangular lamp in the ceiling that shines downwards.

    Attributes:
        xy_m: Centre of the lamp.
        half_size_m: Half of its extent along x and y.
    """

    xy_m: tuple[float, float]
    half_size_m: tuple[float, float] = (0.6, 0.15)


@dataclass(frozen=True, slots=True)
class Gate:
    """The entrance with the code reader.

    Attributes:
        mat: The door mat that an entering shopper steps on.
        post_xy_m: Centres of the posts (about 1 m high), the scanner on the first one.
    """

    mat: FloorRectangle
    post_xy_m: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Clutter:
    """Something that stands in the way: a carton pile, a promotion bin, a column.

    Attributes:
        height_m: From the floor; as high as the room makes it a column.
    """

    footprint: FloorRectangle
    height_m: float


@dataclass(frozen=True, slots=True)
class StoreLayout:
    """Everything in the store that never moves.

    Attributes:
        room_size_m: Extent along x, y and z.
        assortment: What is sold.
        shelves: Fronts of the shelving. A shelf's boards are at the lower heights of its slots; a gondola is
            two shelves back to back.
        gate: Entrance.
        exit_post_xy_m: Centres of the posts of the exit lane.
        lights: Lamps in the ceiling; four to six light a small store well, every one costs time.
        clutter: Boxes and columns between the shelves.
        static_units: Units of products that never move.
        decor_seed: Posters, signs, materials, colours and lamp strength follow from it.
    """

    room_size_m: tuple[float, float, float]
    assortment: Assortment
    shelves: tuple[Shelf, ...]
    gate: Gate
    exit_post_xy_m: tuple[tuple[float, float], ...]
    lights: tuple[CeilingLight, ...]
    clutter: tuple[Clutter, ...]
    static_units: tuple[UnitPose, ...]
    decor_seed: int


def shelf_board_heights_m(shelf: Shelf) -> tuple[float, ...]:
    """Return the heights of a shelf's boards, lowest first."""
    return tuple(sorted({slot.height_m[0] for slot in shelf.slots}))

"""What stands in a synthetic store: plain values that a generator fills in and the renderer draws.

All lengths are metres in the store frame (z up, floor z = 0, the room spans 0..x and 0..y).
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from cart_tracker.store_map import Shelf, ShelfId
from datasets.synthetic.goods.products import Assortment
from datasets.synthetic.scene import FloatArray, UnitPose

Rgb = tuple[float, float, float]

MOUTH_M = 0.32  # beyond its end a lane is left: room for half a body
_OUTSIDE_M = 1.35  # a door has shut behind them before people are gone
_SCAN_M = 0.42


@dataclass(frozen=True, slots=True)
class FloorRectangle:
    """An axis-aligned rectangle on the floor: lower and upper corner."""

    low_xy_m: tuple[float, float]
    high_xy_m: tuple[float, float]


@dataclass(frozen=True, slots=True)
class CeilingLight:
    """A rectangle under the ceiling that shines downwards.

    Attributes:
        xy_m: Centre.
        half_size_m: Half of its extent along x and y.
        rgb: Strength and colour; six of (1, 1, 1) light 20 m2 well.
        is_daylight: Stands for what comes in through a window: it shines, but there is no lamp to see.
    """

    xy_m: tuple[float, float]
    half_size_m: tuple[float, float] = (0.6, 0.15)
    rgb: Rgb = (1.0, 1.0, 1.0)
    is_daylight: bool = False


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
class Lane:
    """A straight way through a wall: of the gate, of the exit, or the door of the back room.

    Attributes:
        wall_xy_m: Where its middle line crosses the wall.
        inward_xy: Unit vector from there into the store.
        width_m: Between its sides.
        length_m: From the wall to its end inside.
    """

    wall_xy_m: tuple[float, float]
    inward_xy: tuple[float, float]
    width_m: float
    length_m: float

    @property
    def outside_xy_m(self) -> FloatArray:
        """`(2,)` behind the wall, out of every picture."""
        return self.at_m(-_OUTSIDE_M)

    @property
    def scan_xy_m(self) -> FloatArray:
        """`(2,)` where one stops at the reader."""
        return self.at_m(_SCAN_M)

    @property
    def mouth_xy_m(self) -> FloatArray:
        """`(2,)` just beyond its end, in the store."""
        return self.at_m(self.length_m + MOUTH_M)

    @property
    def corners_xy_m(self) -> FloatArray:
        """`(4, 2)` counter-clockwise."""
        inward = np.asarray(self.inward_xy)
        right = np.array([inward[1], -inward[0]]) * self.width_m / 2
        wall, end = self.at_m(0.0), self.at_m(self.length_m)
        return np.array([wall - right, wall + right, end + right, end - right])

    def at_m(self, inward_m: float) -> FloatArray:
        """Return the point `(2,)` of its middle line so far inside the wall."""
        return np.asarray(self.wall_xy_m) + inward_m * np.asarray(self.inward_xy)

    def rectangle(self) -> FloorRectangle:
        """Return what it covers of the floor."""
        corners = self.corners_xy_m
        (x0, y0), (x1, y1) = corners.min(axis=0), corners.max(axis=0)
        return FloorRectangle((float(x0), float(y0)), (float(x1), float(y1)))


class ShelfKind(StrEnum):
    """How a shelf looks and how it is used."""

    WALL = "wall"
    GONDOLA = "gondola"
    FRIDGE = "fridge"
    ISLAND = "island"
    COUNTER = "counter"
    BREAD = "bread"


@dataclass(frozen=True, slots=True)
class Fixture:
    """What a shelf is made as.

    Attributes:
        shelf_id: Which shelf.
        top_m: Height of the furniture.
        header: Number of the sign on top of it, None for none.
        strip: Product whose bags hang at its end, not for sale from there; None for none.
    """

    shelf_id: ShelfId
    kind: ShelfKind
    top_m: float
    header: int | None = None
    strip: int | None = None


@dataclass(frozen=True, slots=True)
class FridgeDoor:
    """A glass door before a part of a fridge.

    Its mesh hangs at the origin, stands on z = 0 and reaches along +x.

    Attributes:
        prop_index: Row of the store's props.
        shelf_id: The fridge.
        along_m: The part of the shelf behind it, from and to.
        hinge_xy_m: The axis it turns about.
        closed_yaw_rad: Of its mesh when shut.
        open_yaw_rad: When wide open.
        handle_xyz_m: Middle of the handle when shut.
        height_m: Lower and upper edge.
    """

    prop_index: int
    shelf_id: ShelfId
    along_m: tuple[float, float]
    hinge_xy_m: tuple[float, float]
    closed_yaw_rad: float
    open_yaw_rad: float
    handle_xyz_m: tuple[float, float, float]
    height_m: tuple[float, float]

    @property
    def is_hinged_left(self) -> bool:
        """Whether it turns about its left edge, as a shopper sees it."""
        return self.open_yaw_rad < self.closed_yaw_rad


@dataclass(frozen=True, slots=True)
class GateWing:
    """One wing of a turnstile: a low glass flap that turns about a post.

    Attributes:
        prop_index: Row of the store's props.
        is_exit: Whether it bars the exit lane or the entry lane.
        post_xy_m: The axis it turns about.
        closed_yaw_rad: Of its mesh (it reaches along +x) when it bars the lane.
        open_yaw_rad: When it lets somebody pass.
        length_m: How far it reaches.
    """

    prop_index: int
    is_exit: bool
    post_xy_m: tuple[float, float]
    closed_yaw_rad: float
    open_yaw_rad: float
    length_m: float


@dataclass(frozen=True, slots=True)
class DoorLeaf:
    """One leaf of a door in a wall: it turns about its hinge, out of the store.

    Attributes:
        prop_index: Row of the store's props.
        lane: The way through the wall that it shuts.
        hinge_xy_m: The axis it turns about.
        closed_yaw_rad: Of its mesh (it reaches along +x) when it is shut.
        open_yaw_rad: When somebody can pass.
        length_m: How far it reaches.
        is_hinged_left: Seen from inside the store.
        is_staff: Of the back room, one leaf and no glass.
    """

    prop_index: int
    lane: Lane
    hinge_xy_m: tuple[float, float]
    closed_yaw_rad: float
    open_yaw_rad: float
    length_m: float
    is_hinged_left: bool
    is_staff: bool


class ClutterKind(StrEnum):
    """What stands in the way."""

    CARTONS = "cartons"
    PROMO_BIN = "promo-bin"
    COLUMN = "column"
    PLANT = "plant"
    BASKETS = "baskets"
    MANNEQUIN = "mannequin"
    RUBBISH_BIN = "rubbish-bin"
    SIGN_STAND = "sign-stand"
    TABLE = "table"


@dataclass(frozen=True, slots=True)
class Clutter:
    """Something that stands in the way: a carton pile, a promotion bin, a column.

    Attributes:
        height_m: From the floor; as high as the room makes it a column.
    """

    footprint: FloorRectangle
    height_m: float
    kind: ClutterKind = ClutterKind.CARTONS


class WallItemKind(StrEnum):
    """What hangs on a wall."""

    WINDOW = "window"
    DARK_WINDOW = "dark-window"
    POSTER = "poster"
    PERSON_POSTER = "person-poster"
    SIGN = "sign"
    MENU_BOARD = "menu-board"
    SHUTTER = "shutter"


@dataclass(frozen=True, slots=True)
class WallItem:
    """Something flat on a wall.

    Attributes:
        wall: Row of `room_walls`.
        along_m: From and to along the wall.
        height_m: Lower and upper edge.
        variant: Which of its kind.
    """

    kind: WallItemKind
    wall: int
    along_m: tuple[float, float]
    height_m: tuple[float, float]
    variant: int


@dataclass(frozen=True, slots=True)
class Wall:
    """One wall of a room: a point at its left end as seen from inside, and its directions."""

    start_xy_m: tuple[float, float]
    along_xy: tuple[float, float]
    length_m: float

    @property
    def inward_xy(self) -> tuple[float, float]:
        """Unit vector into the room."""
        return (self.along_xy[1], -self.along_xy[0])

    def xyz(self, along_m: float, inward_m: float, height_m: float) -> FloatArray:
        """Return a point `(3,)` before the wall."""
        inward = self.inward_xy
        return np.array(
            [
                self.start_xy_m[0] + along_m * self.along_xy[0] + inward_m * inward[0],
                self.start_xy_m[1] + along_m * self.along_xy[1] + inward_m * inward[1],
                height_m,
            ]
        )

    def place(self, xy_m: FloatArray) -> FloatArray:
        """Express points `(..., 2)` as (along, inward)."""
        offset = xy_m - np.asarray(self.start_xy_m)
        return np.stack([offset @ np.asarray(self.along_xy), offset @ np.asarray(self.inward_xy)], axis=-1)


def room_walls(room_size_m: tuple[float, float, float]) -> tuple[Wall, Wall, Wall, Wall]:
    """Return the walls y = high, x = low, x = high and y = 0, in this order."""
    x, y, _ = room_size_m
    return (
        Wall((0.0, y), (1.0, 0.0), x),
        Wall((0.0, 0.0), (0.0, 1.0), y),
        Wall((x, y), (0.0, -1.0), y),
        Wall((x, 0.0), (-1.0, 0.0), x),
    )


class Theme(StrEnum):
    """What kind of place it is; colours and materials follow from it."""

    OFFICE = "office"
    GROCERY = "grocery"
    BAKERY = "bakery"
    STADIUM = "stadium"


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
        clutter: What else stands on the floor.
        static_units: Units of products that never move.
        decor_seed: Materials, colours and lamp strength follow from it.
        theme: What kind of place it is.
        fixtures: What the shelves are made as; wall shelving where it says nothing.
        lanes: Ways through the walls, each with a door.
        staff_door: The door of the back room.
        wall_items: Windows, posters and signs.
        closed_doors: Doors of fridges that nobody opens.
        closed_wings: Wings of the turnstile that nobody opens.
        closed_leaves: Leaves of doors in the walls that nobody opens.
        behind: Ids of units that stand behind another one.
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
    theme: Theme = Theme.GROCERY
    fixtures: tuple[Fixture, ...] = ()
    lanes: tuple[Lane, ...] = ()
    staff_door: Lane | None = None
    wall_items: tuple[WallItem, ...] = ()
    closed_doors: tuple[FridgeDoor, ...] = ()
    closed_wings: tuple[GateWing, ...] = ()
    closed_leaves: tuple[DoorLeaf, ...] = ()
    behind: frozenset[int] = frozenset()


def shelf_board_heights_m(shelf: Shelf) -> tuple[float, ...]:
    """Return the heights of a shelf's boards, lowest first."""
    return tuple(sorted({slot.height_m[0] for slot in shelf.slots}))

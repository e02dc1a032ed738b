"""A store before it is stocked: room, shelf fronts, lanes, clutter; and whether one can shop in it."""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, replace
from enum import StrEnum

import cv2
import numpy as np
import numpy.typing as npt

from cart_tracker.store_map import Shelf, ShelfId
from datasets.synthetic.scene import FloatArray
from datasets.synthetic.store.layout_types import Clutter, FloorRectangle, Lane, ShelfKind, Theme
from datasets.synthetic.store.obstacles import Obstacles, overlap, post_footprint, shelf_footprint

# The grid and the clearance that walkers are planned with.
CELL_M = 0.15
WALKER_CLEARANCE_M = 0.27
# Where people stand to reach, and how far to the side of what they reach for.
STANCE_M = 0.5
_SIDEWAYS_M = 0.15
# Two people pass each other where both keep clear of everything and of each other.
PASSING_CLEARANCE_M = 0.6
POST_BEFORE_END_M = 0.1


class Template(StrEnum):
    """Kinds of store."""

    MICRO_MARKET = "micro-market"
    CORNER_SHOP = "corner-shop"
    GONDOLA_AISLES = "gondola-aisles"
    FRIDGES = "fridges"
    BAKERY = "bakery"
    KIOSK = "kiosk"


@dataclass(frozen=True, slots=True)
class Front:
    """A shelf that has no slots yet.

    Attributes:
        boards: How many boards.
        lowest_m: Height of the lowest.
        top_m: Where the room over the highest ends; ignored if there is one board only.
    """

    shelf: Shelf
    kind: ShelfKind
    boards: int
    lowest_m: float
    top_m: float
    has_header: bool = False


@dataclass(frozen=True, slots=True)
class FloorPlan:
    """What stands where; entry and exit may lead through any wall."""

    room_size_m: tuple[float, float, float]
    theme: Theme
    fronts: tuple[Front, ...]
    entry: Lane
    exit: Lane
    staff_door: Lane | None = None
    clutter: tuple[Clutter, ...] = ()

    @property
    def obstacles(self) -> Obstacles:
        """What a walker has to go round, lanes not included."""
        return Obstacles(
            (self.room_size_m[0], self.room_size_m[1]),
            (
                *(shelf_footprint(front.shelf) for front in self.fronts),
                *(post_footprint(post) for lane in (self.entry, self.exit) for post in lane_posts(lane)),
                *(clutter.footprint for clutter in self.clutter),
            ),
        )


def lane_posts(lane: Lane) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the centres of the two posts at a lane's end, the reader's first."""
    corners = lane.corners_xy_m
    back = POST_BEFORE_END_M * np.asarray(lane.inward_xy)
    right, left = corners[2] - back, corners[3] - back
    return (float(left[0]), float(left[1])), (float(right[0]), float(right[1]))


def front(name: str, looks: str, at_m: float, low_m: float, high_m: float, depth_m: float) -> Shelf:
    """Place a shelf along an axis.

    Args:
        name: Its id.
        looks: Where its front looks: "south" (to -y), "north", "west" (to -x) or "east".
        at_m: Where the front plane is, along the axis it looks along.
        low_m: One end along the other axis.
        high_m: The other end.
        depth_m: From the front to the back.
    """
    origin, along = {
        "south": ((low_m, at_m), (1.0, 0.0)),
        "north": ((high_m, at_m), (-1.0, 0.0)),
        "west": ((at_m, high_m), (0.0, -1.0)),
        "east": ((at_m, low_m), (0.0, 1.0)),
    }[looks]
    return Shelf(ShelfId(name), origin, along, high_m - low_m, depth_m, ())


def mirrored(plan: FloorPlan) -> FloorPlan:
    """Mirror a plan at the middle of the room; left and right of its shoppers change places."""
    width = plan.room_size_m[0]

    def lane(one: Lane) -> Lane:
        return replace(
            one,
            wall_xy_m=(width - one.wall_xy_m[0], one.wall_xy_m[1]),
            inward_xy=(-one.inward_xy[0], one.inward_xy[1]),
        )

    def shelf(one: Shelf) -> Shelf:
        ax, ay = one.along_xy
        end = (one.origin_xy_m[0] + ax * one.width_m, one.origin_xy_m[1] + ay * one.width_m)
        return replace(one, origin_xy_m=(width - end[0], end[1]), along_xy=(ax, -ay))

    return replace(
        plan,
        fronts=tuple(replace(one, shelf=shelf(one.shelf)) for one in plan.fronts),
        entry=lane(plan.entry),
        exit=lane(plan.exit),
    )


def is_sound(plan: FloorPlan) -> bool:
    """Tell whether nothing overlaps and everything can be reached."""
    solids = [shelf_footprint(one.shelf) for one in plan.fronts] + [one.footprint for one in plan.clutter]
    lanes = [lane.rectangle() for lane in (plan.entry, plan.exit)]
    return (
        all(one.shelf.width_m >= 0.55 for one in plan.fronts)
        and all(_is_inside(one, plan.room_size_m) for one in (*solids, *lanes))
        and not any(overlap(a, b) for i, a in enumerate(solids) for b in solids[:i])
        and not any(overlap(lane, one, 0.03) for lane in lanes for one in solids)
        and not overlap(lanes[0], lanes[1])
        and Ways(plan).are_open()
    )


class Ways:
    """Where people can walk in a plan, and whether that is enough."""

    def __init__(self, plan: FloorPlan) -> None:
        """Measure the clearance of a grid over the floor, and wherever people have to stand."""
        standing = plan.obstacles
        lanes = (plan.entry.rectangle(), plan.exit.rectangle())
        closed = Obstacles(standing.room_xy_m, (*standing.rectangles, *lanes))
        columns, rows = (int(extent / CELL_M) for extent in standing.room_xy_m)
        x, y = np.meshgrid((np.arange(columns) + 0.5) * CELL_M, (np.arange(rows) + 0.5) * CELL_M)
        doors = [plan.exit] if plan.staff_door is None else [plan.exit, plan.staff_door]
        mouths = np.array([door.mouth_xy_m for door in doors])
        sides = [stances(one) for one in plan.fronts]
        self._shape = (rows, columns)
        self._start_xy_m = plan.entry.mouth_xy_m
        self._left_xy_m = np.concatenate([mouths, *(left for left, _ in sides)])
        self._right_xy_m = np.concatenate([mouths, *(right for _, right in sides)])
        self._xy_m = np.concatenate(
            [np.column_stack([x.ravel(), y.ravel()]), self._left_xy_m, self._right_xy_m]
        )
        self._clearance_m = closed.clearance_m(self._xy_m)

    def narrowed(self, rectangle: FloorRectangle) -> "Ways":
        """Return what is left when something more stands there."""
        other = copy(self)
        (x, y) = self._xy_m.max(axis=0) + 1e3
        alone = Obstacles((float(x), float(y)), (rectangle,)).clearance_m(self._xy_m)
        other._clearance_m = np.minimum(self._clearance_m, alone)
        return other

    def are_open(self) -> bool:
        """Tell whether gate, exit, staff door and all fronts are connected, and two can pass somewhere."""
        cells = self._shape[0] * self._shape[1]
        clearance = self._clearance_m[:cells].reshape(self._shape)
        walkable = (clearance >= WALKER_CLEARANCE_M).astype(np.uint8)
        areas = np.asarray(cv2.connectedComponents(walkable, connectivity=4)[1], dtype=np.int32)
        main = _area_at(areas, self._start_xy_m)
        if main == 0 or clearance[areas == main].max() < PASSING_CLEARANCE_M:
            return False
        # A place is reached from its cell or one beside it.
        near = cv2.dilate((areas == main).astype(np.uint8), np.ones((3, 3), dtype=np.uint8)) > 0
        left, right = self._clearance_m[cells:].reshape(2, -1) >= WALKER_CLEARANCE_M - 0.02
        left &= self._at(near, self._left_xy_m)
        right &= self._at(near, self._right_xy_m)
        return bool((left | right).all())

    def _at(self, grid: npt.NDArray[np.bool_], xy_m: FloatArray) -> npt.NDArray[np.bool_]:
        column, row = (xy_m / CELL_M).astype(int).T
        rows, columns = self._shape
        found: npt.NDArray[np.bool_] = grid[np.clip(row, 0, rows - 1), np.clip(column, 0, columns - 1)]
        return found


def stances(one: Front) -> tuple[FloatArray, FloatArray]:
    """Return where people stand before a front, `(n, 2)`: left of what they reach for, and right of it."""
    along = np.arange(0.1, one.shelf.width_m - 0.05, 0.12)
    local = np.column_stack([along, np.full_like(along, -STANCE_M), np.zeros_like(along)])
    sideways = np.array([_SIDEWAYS_M, 0.0, 0.0])
    return one.shelf.to_store(local - sideways)[:, :2], one.shelf.to_store(local + sideways)[:, :2]


def _area_at(areas: npt.NDArray[np.int32], xy_m: FloatArray) -> int:
    """Return the area that holds a place's cell or one beside it; the most frequent of several."""
    column, row = (int(value) for value in np.asarray(xy_m) / CELL_M)
    window = areas[max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2]
    found = window[window > 0]
    return int(np.bincount(found).argmax()) if found.size else 0


def _is_inside(rectangle: FloorRectangle, room_size_m: Sequence[float]) -> bool:
    (x0, y0), (x1, y1) = rectangle.low_xy_m, rectangle.high_xy_m
    return x0 >= -1e-9 and y0 >= -1e-9 and x1 <= room_size_m[0] + 1e-9 and y1 <= room_size_m[1] + 1e-9

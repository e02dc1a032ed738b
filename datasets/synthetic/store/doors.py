"""What moves in a store: glass doors of fridges, wings of turnstiles; where they hang, how they look."""

from collections.abc import Sequence

import numpy as np

from cart_tracker.store_map import Shelf
from datasets.synthetic.mesh import Material, Mesh, box, joined, quad
from datasets.synthetic.scene import PropPose
from datasets.synthetic.store.floor_plan import Front, lane_posts
from datasets.synthetic.store.layout_types import FridgeDoor, GateWing, Lane, Rgb, ShelfKind

DOOR_GAP_M = 0.006
_BEFORE_FRONT_M = 0.035  # the pane hangs this far before the plane that hands reach through
_OPEN_RAD = 1.55
_HANDLE_M = (0.95, 1.25)
_HANDLE_OFF_M = 0.05
_FRAME_M, _THICK_M = 0.035, 0.03
_WING_HEIGHT_M = (0.32, 0.92)
_NOMINAL_DOOR_M = 0.66
FRIDGE_FOOT_M = 0.12


def hang_doors(rng: np.random.Generator, fronts: Sequence[Front], first_prop: int) -> tuple[FridgeDoor, ...]:
    """Divide every fridge into doors; all of a fridge turn about the same side, or in pairs."""
    doors: list[FridgeDoor] = []
    for front in fronts:
        if front.kind is not ShelfKind.FRIDGE:
            continue
        shelf = front.shelf
        count = max(1, round(shelf.width_m / _NOMINAL_DOOR_M))
        is_paired, is_left = bool(rng.random() < 0.4), bool(rng.random() < 0.5)
        edges = np.linspace(0.0, shelf.width_m, count + 1)
        for number in range(count):
            span = (float(edges[number]) + DOOR_GAP_M / 2, float(edges[number + 1]) - DOOR_GAP_M / 2)
            left = (number % 2 == 0) if is_paired else is_left
            doors.append(
                _door(shelf, span, (FRIDGE_FOOT_M, front.top_m + 0.03), left, first_prop + len(doors))
            )
    return tuple(doors)


def _door(
    shelf: Shelf, along_m: tuple[float, float], height_m: tuple[float, float], is_left: bool, prop_index: int
) -> FridgeDoor:
    hinge, latch = along_m if is_left else along_m[::-1]
    inwards = 0.06 if is_left else -0.06
    spots = np.array(
        [
            [hinge, -_BEFORE_FRONT_M, 0.0],
            [latch - inwards, -_BEFORE_FRONT_M - _HANDLE_OFF_M, sum(_HANDLE_M) / 2],
        ]
    )
    (hx, hy, _), (x, y, z) = shelf.to_store(spots)
    along_yaw = float(np.arctan2(shelf.along_xy[1], shelf.along_xy[0]))
    closed = along_yaw if is_left else along_yaw + np.pi
    return FridgeDoor(
        prop_index=prop_index,
        shelf_id=shelf.shelf_id,
        along_m=along_m,
        hinge_xy_m=(float(hx), float(hy)),
        closed_yaw_rad=closed,
        open_yaw_rad=closed - _OPEN_RAD if is_left else closed + _OPEN_RAD,
        handle_xyz_m=(float(x), float(y), float(z)),
        height_m=height_m,
    )


def hang_wings(lanes: Sequence[tuple[Lane, bool]], first_prop: int) -> tuple[GateWing, ...]:
    """Give each lane a pair of wings at its posts; open wings point into the store.

    Args:
        lanes: With whether it is the exit.
        first_prop: Row of the first wing among the props.
    """
    wings: list[GateWing] = []
    for lane, is_exit in lanes:
        left, right = (np.array(post) for post in lane_posts(lane))
        length = float(np.hypot(*(right - left))) / 2 - 0.09
        inward = float(np.arctan2(lane.inward_xy[1], lane.inward_xy[0]))
        for post, other in ((left, right), (right, left)):
            across = float(np.arctan2(*(other - post)[::-1]))
            turn = float(np.angle(np.exp(1j * (inward - across))))
            wings.append(
                GateWing(
                    first_prop + len(wings),
                    is_exit,
                    (float(post[0]), float(post[1])),
                    across,
                    across + turn,
                    length,
                )
            )
    return tuple(wings)


def door_mesh(door: FridgeDoor, frame: Rgb) -> Mesh:
    """Build a shut door before it is hung: frame, pane, handle; see `FridgeDoor`."""
    width = door.along_m[1] - door.along_m[0]
    low, high = door.height_m
    half = _THICK_M / 2
    inner = (_FRAME_M, width - _FRAME_M, low + _FRAME_M, high - _FRAME_M)
    # A left-hinged door shows its outside to -y, a right-hinged one to +y.
    out = -1.0 if door.is_hinged_left else 1.0
    handle_x = width - 0.06
    near, far = sorted((out * (_HANDLE_OFF_M - 0.012), out * (_HANDLE_OFF_M + 0.012)))
    parts = [
        box((0.0, -half, low), (inner[0], half, high), frame),
        box((inner[1], -half, low), (width, half, high), frame),
        box((inner[0], -half, low), (inner[1], half, inner[2]), frame),
        box((inner[0], -half, inner[3]), (inner[1], half, high), frame),
        box(
            (handle_x - 0.012, near, _HANDLE_M[0]), (handle_x + 0.012, far, _HANDLE_M[1]), (0.35, 0.35, 0.36)
        ),
    ]
    pane = [
        [inner[0], 0.0, inner[2]],
        [inner[1], 0.0, inner[2]],
        [inner[1], 0.0, inner[3]],
        [inner[0], 0.0, inner[3]],
    ]
    parts.append(quad(pane, (0.0, out, 0.0), Material.GLASS, colour=(0.55, 0.62, 0.63)))
    return joined(parts)


def wing_mesh(wing: GateWing) -> Mesh:
    """Build a wing before it is hung: a glass flap with a steel edge, see `GateWing`."""
    low, high = _WING_HEIGHT_M
    start = 0.06
    pane = [[start, 0.0, low], [wing.length_m, 0.0, low], [wing.length_m, 0.0, high], [start, 0.0, high]]
    return joined(
        [
            quad(pane, (0.0, -1.0, 0.0), Material.GLASS, colour=(0.55, 0.62, 0.63)),
            box((start, -0.012, high - 0.03), (wing.length_m, 0.012, high), (0.55, 0.10, 0.08)),
            box((wing.length_m - 0.02, -0.012, low), (wing.length_m, 0.012, high), (0.45, 0.45, 0.46)),
        ]
    )


def closed_door(door: FridgeDoor) -> PropPose:
    """Return how a shut door hangs."""
    return PropPose(door.prop_index, (*door.hinge_xy_m, 0.0), door.closed_yaw_rad)


def closed_wing(wing: GateWing) -> PropPose:
    """Return how a wing hangs that bars its lane."""
    return PropPose(wing.prop_index, (*wing.post_xy_m, 0.0), wing.closed_yaw_rad)

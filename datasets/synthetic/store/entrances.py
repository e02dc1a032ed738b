"""Doors that people come and go through: openings in the walls, a dark lobby behind, leaves that turn."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from datasets.synthetic.goods.panels import Panel, panel_uv
from datasets.synthetic.mesh import Material, Mesh, box, joined, quad, single_material_mesh
from datasets.synthetic.scene import PropPose
from datasets.synthetic.store.layout_types import DoorLeaf, Lane, Rgb, Wall
from datasets.synthetic.store.wall_items import LANE_DOOR_M, STAFF_DOOR_M

# An opening is wider than its lane by twice this.
BESIDE_LANE_M = 0.04
_LOBBY_DEPTH_M = 2.3  # who is on the way in or out has room behind the wall
_LOBBY_FLOOR, _LOBBY_WALL, _LOBBY_CEILING = (0.10, 0.10, 0.11), (0.22, 0.22, 0.23), (0.15, 0.15, 0.15)
_BEHIND_WALL_M = 0.02
_OPEN_RAD = 1.5
_HALF_THICK_M = 0.018
_EDGE: Rgb = (0.25, 0.25, 0.26)
_GAP_M = 0.004


def hang_leaves(lanes: Sequence[Lane], staff_door: Lane | None, first_prop: int) -> tuple[DoorLeaf, ...]:
    """Give each lane two leaves and the back room one; they open outwards.

    Args:
        lanes: Of shoppers; one that is both entry and exit has its leaves once.
        staff_door: None if there is none.
        first_prop: Row of the first leaf among the props.
    """
    leaves: list[DoorLeaf] = []
    for lane in dict.fromkeys(lanes):
        half = lane.width_m / 2 + BESIDE_LANE_M
        for is_left in (True, False):
            leaves.append(_leaf(first_prop + len(leaves), lane, is_left, half, False))
    if staff_door is not None:
        width = staff_door.width_m + 2 * BESIDE_LANE_M
        leaves.append(_leaf(first_prop + len(leaves), staff_door, True, width, True))
    return tuple(leaves)


def _leaf(prop_index: int, lane: Lane, is_left: bool, length_m: float, is_staff: bool) -> DoorLeaf:
    """Hang a leaf at the left or right side of an opening, seen from inside the store."""
    inward = np.asarray(lane.inward_xy)
    to_right = np.array([-inward[1], inward[0]])  # of somebody who looks out
    across = to_right if is_left else -to_right
    hinge = np.asarray(lane.wall_xy_m) - (lane.width_m / 2 + BESIDE_LANE_M) * across
    hinge = hinge - _BEHIND_WALL_M * inward
    closed = float(np.arctan2(across[1], across[0]))
    outwards = float(np.angle(np.exp(1j * (np.arctan2(-inward[1], -inward[0]) - closed))))
    return DoorLeaf(
        prop_index=prop_index,
        lane=lane,
        hinge_xy_m=(float(hinge[0]), float(hinge[1])),
        closed_yaw_rad=closed,
        open_yaw_rad=closed + float(np.sign(outwards)) * _OPEN_RAD,
        length_m=length_m - _GAP_M,
        is_hinged_left=is_left,
        is_staff=is_staff,
    )


def closed_leaf(leaf: DoorLeaf) -> PropPose:
    """Return how a shut leaf hangs."""
    return PropPose(leaf.prop_index, (*leaf.hinge_xy_m, 0.0), leaf.closed_yaw_rad)


def leaf_mesh(leaf: DoorLeaf) -> Mesh:
    """Build a leaf before it is hung: it reaches along +x from its hinge; see `DoorLeaf`."""
    panel, high = (Panel.DOOR, STAFF_DOOR_M) if leaf.is_staff else (Panel.ENTRANCE, LANE_DOOR_M)
    whole, y = (1.0 if leaf.is_staff else 0.5), _HALF_THICK_M
    u = (0.0, whole) if leaf.is_hinged_left else (1.0, 1.0 - whole)
    texture = np.array(
        [(*panel_uv(panel, a, v), 0.0) for a, v in ((u[0], 0), (u[1], 0), (u[1], 1), (u[0], 1))]
    )
    parts = [box((0.0, -y, 0.004), (leaf.length_m, y, high), _EDGE)]
    for side in (-y - 0.001, y + 0.001):
        corners = [(0.0, side, 0.004), (leaf.length_m, side, 0.004)]
        corners += [(x, side, high) for x, _, _ in reversed(corners)]
        normal = (0.0, float(np.sign(side)), 0.0)
        faces = [[0, 1, 2], [0, 2, 3]]
        parts.append(single_material_mesh(corners, normal, faces, Material.PRINTED, texture=texture))
    return joined(parts)


def open_spans(wall: Wall, lanes: Sequence[tuple[Lane, float]]) -> list[tuple[float, float, float]]:
    """Divide a wall where there are openings: from, to, and the height of the opening or 0.

    Args:
        wall: Whole.
        lanes: Each that leads through this wall, with the height of its door.
    """
    openings = sorted(
        (along - half, along + half, high)
        for lane, high in lanes
        for along, half in [(wall.place(np.asarray(lane.wall_xy_m))[0], lane.width_m / 2 + BESIDE_LANE_M)]
    )
    spans: list[tuple[float, float, float]] = []
    ends = [(0.0, 0.0, 0.0), *openings, (wall.length_m, wall.length_m, 0.0)]
    for before, after in pairwise(ends):
        spans.append((before[1], after[0], 0.0))
        if after[1] > after[0]:
            spans.append(after)
    return [span for span in spans if span[1] > span[0]]


def build_lobby(wall: Wall, span: tuple[float, float, float]) -> list[Mesh]:
    """Build what is behind an opening: a passage without lamps of its own, with glass at its far end."""
    low, high, top = span
    far = -_LOBBY_DEPTH_M
    inward = np.array([*wall.inward_xy, 0.0])
    along = wall.xyz(1.0, 0.0, 0.0) - wall.xyz(0.0, 0.0, 0.0)

    def at(a: float, i: float, z: float) -> list[float]:
        return [float(value) for value in wall.xyz(a, i, z)]

    near = [(low, 0.0), (high, 0.0), (high, far), (low, far)]
    floor = [at(a, i, 0.0) for a, i in near]
    ceiling = [at(a, i, top) for a, i in near]
    left = [at(low, 0.0, 0.0), at(low, far, 0.0), at(low, far, top), at(low, 0.0, top)]
    right = [at(high, 0.0, 0.0), at(high, far, 0.0), at(high, far, top), at(high, 0.0, top)]
    end = [at(low, far, 0.0), at(high, far, 0.0), at(high, far, top), at(low, far, top)]
    texture = np.array([(*panel_uv(Panel.ENTRANCE, u, v), 0.0) for u, v in ((0, 0), (1, 0), (1, 1), (0, 1))])
    return [
        quad(floor, (0, 0, 1), Material.PLAIN, colour=_LOBBY_FLOOR),
        quad(ceiling, (0, 0, -1), Material.PLAIN, colour=_LOBBY_CEILING),
        quad(left, along, Material.PLAIN, colour=_LOBBY_WALL),
        quad(right, -along, Material.PLAIN, colour=_LOBBY_WALL),
        single_material_mesh(end, inward, [[0, 1, 2], [0, 2, 3]], Material.PRINTED, texture=texture),
    ]

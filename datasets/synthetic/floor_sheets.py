"""Printed tag sheets on a synthetic store's floor: where an installer would lay them, and as a mesh."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from datasets.synthetic.mesh import Material, Mesh, joined, quad
from datasets.synthetic.play.staging import store_planner
from datasets.synthetic.scene import FloatArray
from datasets.synthetic.store.cameras_coverage import is_free, targets_of
from datasets.synthetic.store.layout import GeneratedStore
from vision.calibration.targets import TAG_SIDE_M, TagFamily, tag_corners_m
from vision.camera_model import CameraModel

A3_M = (0.420, 0.297)
_PAPER, _INK = (0.82, 0.82, 0.80), (0.03, 0.03, 0.03)
# The depth buffer wants what lies on the floor some millimetres above it; sheets lie on stains and mats, too.
SHEET_M = 0.007
_CLEAR_M = 0.28  # half a sheet's diagonal
_LEAST_PX = 14.0  # shortest side of a tag that an installer would call visible
_WANTED = 5  # sheets per camera; two or three are asked for, people lay more where they are in doubt
_MARGIN_PX = 6.0
_CANDIDATES = 160


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its number, its middle, and its turn counter-clockwise from above."""

    tag_id: int
    xy_m: tuple[float, float]
    turn_rad: float

    def corners_m(self) -> FloatArray:
        """Corners `(4, 3)` of the tag."""
        cos, sin = np.cos(self.turn_rad), np.sin(self.turn_rad)
        turned = tag_corners_m(TAG_SIDE_M) @ np.array([[cos, -sin], [sin, cos]]).T
        return np.column_stack([turned + np.array(self.xy_m), np.full(4, SHEET_M)])


def lay_sheets(
    store: GeneratedStore, cameras: Sequence[CameraModel], most: int, rng: np.random.Generator
) -> tuple[Sheet, ...]:
    """Lay sheets so that every camera sees some and neighbours share them, first where most cameras look.

    Args:
        store: Where.
        cameras: Who shall see them.
        most: No more than this.
        rng: Draws places to try, and turns.
    """
    width, depth, _ = store.layout.room_size_m
    # Lanes have posts and rails that no obstacle tells of.
    floor = store_planner(store).obstacles
    tried = rng.uniform([0.3, 0.3], [width - 0.3, depth - 0.3], (20 * _CANDIDATES, 2))
    free = tried[floor.clearance_m(tried) >= _CLEAR_M][:_CANDIDATES]
    turns = rng.uniform(0, 2 * np.pi, len(free))
    sheets = [Sheet(0, (float(x), float(y)), float(turn)) for (x, y), turn in zip(free, turns, strict=True)]
    targets = targets_of(store)
    seen = np.array(
        [
            [
                _is_in_view(camera, sheet)
                and all(is_free(targets, camera.position_m, corner) for corner in sheet.corners_m())
                for camera in cameras
            ]
            for sheet in sheets
        ]
    )
    chosen: list[int] = []
    while len(chosen) < most:
        lacking = np.maximum(_WANTED - seen[chosen].sum(axis=0), 0)
        # Seen by two is worth more than twice seen by one: it joins them.
        gain = (seen * np.minimum(lacking, 2)).sum(axis=1) * np.where(seen.sum(axis=1) > 1, 1.5, 1.0)
        near = [np.linalg.norm(free - free[n], axis=1) < 0.7 for n in chosen]
        gain[np.any(near, axis=0) if near else []] = -1.0
        if gain.max() <= 0:
            break
        chosen.append(int(np.round(gain, 6).argmax()))
    return tuple(Sheet(number, sheets[row].xy_m, sheets[row].turn_rad) for number, row in enumerate(chosen))


def _is_in_view(camera: CameraModel, sheet: Sheet) -> bool:
    uv = camera.project(sheet.corners_m())
    if not np.isfinite(uv).all():
        return False
    is_inside = bool(((uv > _MARGIN_PX) & (uv < np.array(camera.size_px) - _MARGIN_PX)).all())
    return is_inside and float(np.linalg.norm(uv - np.roll(uv, 1, axis=0), axis=1).min()) >= _LEAST_PX


def with_sheets(room: Mesh, sheets: Sequence[Sheet], family: TagFamily) -> Mesh:
    """Return a room's mesh with sheets lying on its floor."""
    return joined([room, *(sheet_mesh(sheet, family) for sheet in sheets)])


def sheet_mesh(sheet: Sheet, family: TagFamily) -> Mesh:
    """Build a sheet as patches of paper and ink side by side."""
    cells, half = family.cells, TAG_SIDE_M / 2
    print_ = family.picture(sheet.tag_id) > 0
    edges = -half + TAG_SIDE_M * np.arange(cells + 1) / cells
    right, up = A3_M[0] / 2, A3_M[1] / 2
    patches: list[tuple[float, float, float, float, bool]] = [
        (-right, -up, right, -half, True),
        (-right, half, right, up, True),
        (-right, -half, -half, half, True),
        (half, -half, right, half, True),
    ]
    for row in range(cells):
        low, high = -edges[row + 1], -edges[row]
        starts = [0, *(np.flatnonzero(np.diff(print_[row])) + 1).tolist(), cells]
        for start, end in pairwise(starts):
            patches.append((edges[start], low, edges[end], high, bool(print_[row, start])))
    parts = [
        quad(
            [[x0, y0, 0.0], [x1, y0, 0.0], [x1, y1, 0.0], [x0, y1, 0.0]],
            (0, 0, 1),
            Material.PLAIN,
            colour=_PAPER if is_paper else _INK,
        )
        for x0, y0, x1, y1, is_paper in patches
    ]
    return joined(parts).placed((*sheet.xy_m, SHEET_M), sheet.turn_rad)

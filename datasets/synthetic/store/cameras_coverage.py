"""What a set of cameras sees of a store: people in front of shelves, and the shelves' faces.

A shopper in front of a shelf must be seen from knee to head past everything that stands in between; a face
must be seen from its own side. Both must be near enough to be recognised.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from datasets.synthetic.compiled import compiled
from datasets.synthetic.scene import FloatArray, IntArray
from datasets.synthetic.store.layout import GeneratedStore
from datasets.synthetic.store.layout_types import FloorRectangle, ShelfKind
from datasets.synthetic.store.obstacles import shelf_footprint
from vision.camera_model import CameraModel

BoolArray = npt.NDArray[np.bool_]

CELL_M = 0.25
NEAR_SHELF_M = 1.2  # where people stand who take something
BODY_HEIGHTS_M = (0.5, 1.05, 1.6)  # knee, waist, head
MIN_CLEARANCE_M = 0.15  # nobody stands nearer to a thing than half a body is deep
# Of a picture 640 pixels wide: a person is then 50 pixels tall, which detectors still find.
MIN_PX_PER_M = 30.0
FACE_SHARE = 0.55  # of a face's points that must be seen
MIN_FACING = 0.22  # cosine between view and face: 77 degrees
_FACE_ALONG, _FACE_HEIGHTS = np.linspace(0.08, 0.92, 7), (0.2, 0.5, 0.8)
_SIGN_M = 0.3  # signs and canopies on top of shelves
BEFORE_LENS_M = 1.3  # what stands nearer hides the store instead of being part of it
_BEFORE_LENS_RAYS = (10, 8)
_SHORT_OF_TARGET = 0.995  # of a sight line: its end touches what is looked at


@dataclass(frozen=True, slots=True, eq=False)
class Targets:
    """What should be seen.

    Attributes:
        cell_xy_m: `(n, 2)` middles of the floor cells in front of shelves where somebody can stand.
        body_m: `(n, 3, 3)` knee, waist and head of somebody there.
        face_m: `(s, p, 3)` points just in front of each shelf's face.
        outward: `(s, 3)` unit vectors from the faces to their shoppers.
        boxes_m: `(b, 6)` what hides things: lower, then upper corner.
    """

    cell_xy_m: FloatArray
    body_m: FloatArray
    face_m: FloatArray
    outward: FloatArray
    boxes_m: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Views:
    """What one camera sees of targets: `cells` `(n,)` and `faces` `(s,)`."""

    cells: BoolArray
    faces: BoolArray


@dataclass(frozen=True, slots=True, eq=False)
class Coverage:
    """How many cameras see what.

    Attributes:
        cell_xy_m: `(n, 2)` floor cells in front of shelves.
        cell_views: `(n,)` cameras that see somebody there from knee to head.
        face_views: `(s,)` cameras that see a shelf's face from its own side, in the order of the layout.
    """

    cell_xy_m: FloatArray
    cell_views: IntArray
    face_views: IntArray

    def share_seen_by(self, at_least: int) -> float:
        """Share of the cells that `at_least` so many cameras see."""
        return float((self.cell_views >= at_least).mean()) if len(self.cell_views) else 1.0


def coverage(store: GeneratedStore, cameras: Sequence[CameraModel]) -> Coverage:
    """Count the cameras that see each floor cell in front of a shelf, and each shelf's face."""
    targets = targets_of(store)
    views = [
        views_of(targets, camera, clear_from(targets, camera.position_m), camera.size_px)
        for camera in cameras
    ]
    return Coverage(
        targets.cell_xy_m,
        sum((view.cells.astype(np.int64) for view in views), np.zeros(len(targets.cell_xy_m), np.int64)),
        sum((view.faces.astype(np.int64) for view in views), np.zeros(len(targets.face_m), np.int64)),
    )


def targets_of(store: GeneratedStore) -> Targets:
    """List what cameras should see of a store."""
    width, depth, _ = store.layout.room_size_m
    grid = np.stack(
        np.meshgrid(*(np.arange(CELL_M / 2, extent, CELL_M) for extent in (width, depth)), indexing="ij"), 2
    ).reshape(-1, 2)
    grid = grid[store.obstacles.clearance_m(grid) >= MIN_CLEARANCE_M]
    near = np.zeros(len(grid), dtype=bool)
    faces, outward = [], []
    for shelf in store.layout.shelves:
        local = shelf.to_shelf(np.column_stack([grid, np.zeros(len(grid))]))
        in_front = (local[:, 1] < 0) & (local[:, 1] > -NEAR_SHELF_M)
        near |= in_front & (local[:, 0] > 0) & (local[:, 0] < shelf.width_m)
        low = min(slot.height_m[0] for slot in shelf.slots)
        high = max(slot.height_m[1] for slot in shelf.slots)
        points = [
            [along * shelf.width_m, -0.02, low + share * (high - low)]
            for along in _FACE_ALONG
            for share in _FACE_HEIGHTS
        ]
        faces.append(shelf.to_store(np.array(points)))
        outward.append([-shelf.inward_xy[0], -shelf.inward_xy[1], 0.0])
    cells = grid[near]
    body = np.stack([np.column_stack([cells, np.full(len(cells), z)]) for z in BODY_HEIGHTS_M], axis=1)
    return Targets(cells, body, np.array(faces), np.array(outward), _boxes(store))


def clear_from(targets: Targets, eye_m: FloatArray) -> tuple[BoolArray, BoolArray]:
    """Tell which body points `(n, 3)` and face points `(s, p)` are hidden by nothing, seen from a place."""
    return tuple(  # type: ignore[return-value]
        _clear(eye_m, points.reshape(-1, 3), targets.boxes_m).reshape(points.shape[:2])
        for points in (targets.body_m, targets.face_m)
    )


def views_of(
    targets: Targets, camera: CameraModel, clear: tuple[BoolArray, BoolArray], size_px: tuple[int, int]
) -> Views:
    """Tell what a camera sees, given what is `clear_from` its place."""
    bodies: BoolArray = np.all(clear[0], axis=1)
    bodies[bodies] = _in_picture(camera, targets.body_m[bodies], size_px).all(axis=1)
    towards = camera.position_m - targets.face_m
    facing = (towards @ targets.outward[:, :, None])[..., 0] / np.linalg.norm(towards, axis=2)
    seen = clear[1] & (facing > MIN_FACING)
    seen[seen] = _in_picture(camera, targets.face_m[seen][:, None], size_px)[:, 0]
    return Views(bodies, seen.mean(axis=1) >= FACE_SHARE)


def is_free(targets: Targets, from_m: FloatArray, to_m: FloatArray) -> bool:
    """Tell whether nothing stands between two places `(3,)`."""
    return bool(_clear(from_m, to_m[None], targets.boxes_m)[0])


def stands_in(boxes_m: FloatArray, xyz_m: FloatArray, margin_m: float) -> bool:
    """Tell whether a place is inside a box or nearer to it than `margin_m`."""
    inside = (xyz_m > boxes_m[:, :3] - margin_m) & (xyz_m < boxes_m[:, 3:] + margin_m)
    return bool(inside.all(axis=1).any())


def share_blocked(targets: Targets, camera: CameraModel) -> float:
    """Return the share of a camera's picture that fixtures fill within `BEFORE_LENS_M` of the lens."""
    across, down = ((np.arange(n) + 0.5) / n for n in _BEFORE_LENS_RAYS)
    uv = np.stack(np.meshgrid(across, down), 2).reshape(-1, 2) * np.array(camera.size_px)
    ends = camera.position_m + BEFORE_LENS_M * camera.rays(uv)
    return 1.0 - float(_clear(camera.position_m, ends, targets.boxes_m).mean())


def _in_picture(camera: CameraModel, points_m: FloatArray, size_px: tuple[int, int]) -> BoolArray:
    """Tell which points `(n, k, 3)` are inside the picture and near enough, `(n, k)`."""
    flat = points_m.reshape(-1, 3)
    uv = camera.project(flat)
    focal_px = camera.matrix[0, 0] * 640 / size_px[0]
    near = np.linalg.norm(flat - camera.position_m, axis=1) < focal_px / MIN_PX_PER_M
    inside: BoolArray = ((uv > 0) & (uv < np.array(size_px))).all(axis=1) & near
    return inside.reshape(points_m.shape[:2])


def _boxes(store: GeneratedStore) -> FloatArray:
    made = {fixture.shelf_id: fixture for fixture in store.layout.fixtures}
    tall = []
    for shelf in store.layout.shelves:
        top = max(slot.height_m[1] for slot in shelf.slots)
        fixture = made.get(shelf.shelf_id)
        if fixture is not None:
            has_sign = fixture.header is not None or fixture.kind is ShelfKind.FRIDGE
            top = max(top, fixture.top_m + (_SIGN_M if has_sign else 0.0))
        tall.append((shelf_footprint(shelf), top))
    tall += [(clutter.footprint, clutter.height_m) for clutter in store.layout.clutter]
    return np.array([_box(footprint, height) for footprint, height in tall]).reshape(-1, 6)


def _box(footprint: FloorRectangle, height_m: float) -> list[float]:
    return [*footprint.low_xy_m, 0.0, *footprint.high_xy_m, height_m]


def _clear(eye_m: FloatArray, points_m: FloatArray, boxes_m: FloatArray) -> BoolArray:
    out = np.empty(len(points_m), dtype=np.bool_)
    mark_clear(np.ascontiguousarray(eye_m), np.ascontiguousarray(points_m), boxes_m, _SHORT_OF_TARGET, out)
    return out


@compiled(fast=False)
def mark_clear(eye: FloatArray, points: FloatArray, boxes: FloatArray, short: float, out: BoolArray) -> None:
    """Mark points `(n, 3)` whose sight line from `eye` misses all boxes `(b, 6)`, by the slab test."""
    for i in range(points.shape[0]):
        clear = True
        for b in range(boxes.shape[0]):
            enter, leave = 0.0, short
            for axis in range(3):
                step = points[i, axis] - eye[axis]
                if abs(step) < 1e-12:
                    step = 1e-12
                first = (boxes[b, axis] - eye[axis]) / step
                last = (boxes[b, axis + 3] - eye[axis]) / step
                enter = max(enter, min(first, last))
                leave = min(leave, max(first, last))
                if enter >= leave:
                    break
            if enter < leave:
                clear = False
                break
        out[i] = clear

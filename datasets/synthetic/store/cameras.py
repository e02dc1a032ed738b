"""Where cameras hang: a set that covers a store for recordings, single random ones for training."""

from functools import cache

import numpy as np

from cart_tracker.observations import CameraId
from cart_tracker.store_map import Shelf
from datasets.synthetic.scene import FloatArray
from datasets.synthetic.store.layout import GeneratedStore
from vision.camera_model import CameraModel

SIZE_PX = (640, 480)
_CEILING_GAP_M = 0.12
_TRIES = 60
# Undistorted corners further out than this cost more resolution than they give.
_MAX_CORNER_RADIUS = 2.0


def store_cameras(store: GeneratedStore, seed: int) -> tuple[CameraModel, ...]:
    """Hang four cameras so that every shelf face is seen from its front by at least two of them.

    Two hang at the ends of the aisle between the wall and the gondola and look along it, two over the
    corners of the gate's side. Heights, targets and lenses vary with the seed.
    """
    rng = np.random.default_rng([seed, 0xCA])
    best: tuple[int, tuple[CameraModel, ...]] = (-1, ())
    for _ in range(_TRIES):
        cameras = _draw_store_cameras(rng, store)
        least = min(_cameras_on(store, shelf, cameras) for shelf in store.store_map.shelves)
        if least > best[0]:
            best = (least, cameras)
        if least >= 2:
            break
    return best[1]


def random_camera(store: GeneratedStore, rng: np.random.Generator) -> CameraModel:
    """Hang one camera anywhere: 2.2 to 3.1 m high, straight down to about 65 degrees of tilt, any lens."""
    width, depth, ceiling = store.layout.room_size_m
    room = np.array([width, depth])
    while True:
        at = rng.uniform(0.04, 0.96, 2) * room
        height = float(rng.uniform(2.25, ceiling - 0.08))
        tilt = float(np.radians(rng.uniform(0, 66)))
        target_z = 0.9
        reach = (height - target_z) * np.tan(tilt)
        towards = room * rng.uniform(0.25, 0.75, 2) - at
        towards /= max(float(np.hypot(*towards)), 1e-6)
        target = np.array([*(at + towards * reach), target_z])
        if not ((target[:2] > 0.3) & (target[:2] < room - 0.3)).all():
            continue
        return look_at("cam1", np.array([*at, height]), target, rng, (62.0, 100.0))


def look_at(
    name: str,
    position_m: FloatArray,
    target_m: FloatArray,
    rng: np.random.Generator,
    hfov_deg: tuple[float, float],
) -> CameraModel:
    """Point a camera with a random lens and a slight roll at a target."""
    forward = (target_m - position_m) / np.linalg.norm(target_m - position_m)
    up = (
        np.array([0.0, 0.0, 1.0])
        if abs(forward[2]) < 0.98
        else np.array([np.cos(a := rng.uniform(0, 2 * np.pi)), np.sin(a), 0.0])
    )
    right = np.cross(forward, up)
    right /= np.linalg.norm(right)
    down = np.cross(forward, right)
    roll = float(rng.normal(0, np.radians(1.5)))
    cos, sin = np.cos(roll), np.sin(roll)
    rotation = np.stack([cos * right + sin * down, -sin * right + cos * down, forward])
    while True:
        focal = SIZE_PX[0] / 2 / np.tan(np.radians(rng.uniform(*hfov_deg)) / 2)
        k1, k2 = float(rng.uniform(-0.2, -0.03)), float(rng.uniform(0.0, 0.03))
        if _is_invertible(round(focal, 3), round(k1, 4), round(k2, 4)):
            break
    matrix = np.array([[focal, 0.0, SIZE_PX[0] / 2], [0.0, focal, SIZE_PX[1] / 2], [0.0, 0.0, 1.0]])
    matrix[:2, 2] += rng.normal(0, 3.0, 2)
    distortion = np.array([k1, k2, 0.0, 0.0, 0.0])
    return CameraModel(CameraId(name), SIZE_PX, matrix, distortion, rotation, position_m)


def _draw_store_cameras(rng: np.random.Generator, store: GeneratedStore) -> tuple[CameraModel, ...]:
    width, depth, ceiling = store.layout.room_size_m
    shelves = {str(shelf.shelf_id): shelf for shelf in store.store_map.shelves}
    wall, gondola = shelves["wall"], shelves["gondola-b"]
    aisle_y = (wall.origin_xy_m[1] + gondola.origin_xy_m[1]) / 2
    blocks_left = blocks_right = 0.0
    if "side" in shelves:
        is_left = shelves["side"].origin_xy_m[0] < width / 2
        blocks_left, blocks_right = (wall.depth_m, 0.0) if is_left else (0.0, wall.depth_m)
    low_x, high_x = 0.2 + blocks_left, width - 0.2 - blocks_right
    middle = width / 2
    spots = (
        ((low_x, aisle_y), (middle, aisle_y)),
        ((high_x, aisle_y), (middle, aisle_y)),
        ((low_x, 0.25), (middle, depth * 0.42)),
        ((high_x, 0.25), (middle, depth * 0.42)),
    )
    cameras = []
    for number, (at, towards) in enumerate(spots, start=1):
        x, y = at[0] + rng.uniform(-0.05, 0.15) * np.sign(middle - at[0]), at[1] + rng.uniform(-0.12, 0.12)
        height = min(ceiling - _CEILING_GAP_M, float(rng.uniform(2.6, 3.0)))
        target = np.array([*(np.array(towards) + rng.normal(0, 0.2, 2)), rng.uniform(0.1, 0.5)])
        cameras.append(look_at(f"cam{number}", np.array([x, y, height]), target, rng, (82.0, 96.0)))
    return tuple(cameras)


def _cameras_on(store: GeneratedStore, shelf: Shelf, cameras: tuple[CameraModel, ...]) -> int:
    """Count cameras that see most of a shelf's front from its own side, with nothing in between."""
    grid = [[a, -0.02, z] for a in np.linspace(0.08, 0.92, 5) * shelf.width_m for z in (0.5, 0.9, 1.3)]
    points = shelf.to_store(np.array(grid))
    count = 0
    for camera in cameras:
        if shelf.to_shelf(camera.position_m[None])[0, 1] > -0.15:
            continue
        uv = camera.project(points)
        inside = ((uv > 0) & (uv < np.array(SIZE_PX))).all(axis=1)
        clear = np.array([_is_clear(store, shelf, camera.position_m, point) for point in points])
        count += bool((inside & clear).mean() >= 0.55)
    return count


def _is_clear(store: GeneratedStore, target: Shelf, camera_m: FloatArray, point_m: FloatArray) -> bool:
    line = camera_m + np.linspace(0.0, 0.98, 40)[:, None] * (point_m - camera_m)
    for shelf in store.store_map.shelves:
        if shelf.shelf_id == target.shelf_id:
            continue
        top = max(slot.height_m[1] for slot in shelf.slots)
        local = shelf.to_shelf(line)
        inside = (
            (local[:, 0] > 0) & (local[:, 0] < shelf.width_m)
            & (local[:, 1] > 0) & (local[:, 1] < shelf.depth_m) & (local[:, 2] < top)
        )  # fmt: skip
        if inside.any():
            return False
    return True


@cache
def _is_invertible(focal_px: float, k1: float, k2: float) -> bool:
    """Tell whether the lens is one to one up to the corners of the picture, with room to spare."""
    corner = float(np.hypot(*SIZE_PX)) / 2 / focal_px
    radius = np.linspace(0.0, _MAX_CORNER_RADIUS, 400)
    distorted = radius * (1 + k1 * radius**2 + k2 * radius**4)
    rising = np.concatenate([[True], np.diff(distorted) > 0.15 * (radius[1] - radius[0])])
    up_to = int(np.argmin(rising)) if not rising.all() else len(radius)
    return bool(distorted[:up_to].max() > corner * 1.02)

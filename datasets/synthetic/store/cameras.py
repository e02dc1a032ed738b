"""Where cameras hang: a set that covers a store for recordings, single random ones for training.

Sets are found by greedy set cover over random mounts on a grid of the ceiling, along the walls and in the
corners. Source: Nemhauser, Wolsey and Fisher, An analysis of approximations for maximizing submodular set
functions, 1978.
"""

from dataclasses import dataclass, replace

import numpy as np

from cart_tracker.observations import CameraId
from datasets.synthetic.scene import FloatArray
from datasets.synthetic.store.cameras_coverage import (
    BoolArray,
    Targets,
    Views,
    clear_from,
    is_free,
    share_blocked,
    stands_in,
    targets_of,
    views_of,
)
from datasets.synthetic.store.cameras_lenses import (
    LARGEST_FIELD_DEG,
    SMALLEST_FIELD_DEG,
    draw_lens,
    draw_size,
    hung_camera,
)
from datasets.synthetic.store.layout import GeneratedStore
from vision.camera_model import CameraModel
from vision.lens import Lens

VIEWS_PER_CELL = 2
LOWEST_M, HIGHEST_M = 2.4, 4.5
MAX_TILT_RAD = np.radians(66.0)
_CEILING_GAP_M = (0.1, 0.25)
_WALL_GAP_M = (0.12, 0.3)
_MOUNT_SPACING_M = 1.3
_LOOKS_PER_MOUNT = 8
_DOWN_SHARE = 0.35  # of the stores have a camera that looks straight down
_ENOUGH = 0.985  # of the cells in two views; the last few would cost a camera each
_ENOUGH_FACES = 0.75  # of the faces in two views, where mounts for that were found
# A face that nobody sees is as bad as this many cells; a second view of it is worth a little.
_FACE_WEIGHTS = (24.0, 10.0)
_FREE_AHEAD_M = 1.5  # no installer lets a camera stare at a column
_MOST_BLOCKED = 0.25  # of the picture by what is right before the lens
# How cameras of shops look, by eye on footage of many: from degrees off straight down, to, and their share.
_TILTS_DEG = ((0.0, 8.0, 0.1), (8.0, 35.0, 0.15), (35.0, 66.0, 0.75))
_AT_WALL_SHARE, _AT_WALL_M = 0.7, (0.1, 0.5)  # of the cameras that look aside; how far they hang from it
_AIM_M = 1.3  # the middle of the picture shows somebody's chest before the far wall, or what is nearer
_TRIES = 60  # for a mount; small rooms have none from which a steep look meets the floor
_FIELDS_DEG = (74.0, 108.0)  # of the first try; a store that is not covered then gets wider lenses
_WIDER_DEG = (100.0, 108.0)


@dataclass(frozen=True, slots=True)
class CameraWish:
    """What is asked of a store's cameras; the rest is drawn.

    Attributes:
        count: Fewest and most cameras.
        sizes_px: One of these is drawn for the store; of all usual ones, mostly 640 x 480, if empty.
        lenses: Kinds of lenses that may be drawn; all if empty.
    """

    count: tuple[int, int] = (2, 12)
    sizes_px: tuple[tuple[int, int], ...] = ()
    lenses: tuple[Lens, ...] = ()


ANY_CAMERAS = CameraWish()


@dataclass(frozen=True, slots=True, eq=False)
class _Candidate:
    camera: CameraModel
    views: Views


def hang_cameras(store: GeneratedStore, seed: int, wish: CameraWish = ANY_CAMERAS) -> tuple[CameraModel, ...]:
    """Hang cameras so that everybody in front of a shelf is in two views, and every face in one at least.

    Where the largest number of cameras cannot reach that, as much as they can is covered; see
    `cameras_coverage.coverage`. The same store, seed and wish give the same cameras.

    Raises:
        ValueError: If the wish's count is not a range within 1 to 12.
    """
    fewest, most = wish.count
    if not 1 <= fewest <= most <= 12:
        raise ValueError(f"count is {fewest} to {most}; ask for a range within 1 to 12")
    rng = np.random.default_rng([seed, 0xCA])
    size_px = wish.sizes_px[int(rng.integers(len(wish.sizes_px)))] if wish.sizes_px else draw_size(rng)
    targets = targets_of(store)
    best: tuple[float, list[_Candidate]] = (-1.0, [])
    for field_deg in (float(rng.uniform(*_FIELDS_DEG)), *_WIDER_DEG):
        candidates = _draw_candidates(rng, store, targets, size_px, field_deg, wish.lenses)
        chosen = _chosen(rng, candidates, wish.count)
        score = _score(
            np.array([one.views.cells for one in chosen]), np.array([one.views.faces for one in chosen])
        )
        if score > best[0]:
            best = (score, chosen)
        if score >= _ENOUGH:
            break
    return tuple(
        replace(candidate.camera, camera_id=CameraId(f"cam{number}"))
        for number, candidate in enumerate(best[1], start=1)
    )


def random_camera(
    store: GeneratedStore, rng: np.random.Generator, wish: CameraWish = ANY_CAMERAS
) -> CameraModel:
    """Hang one camera anywhere: any height, lens and field, straight down to 66 degrees of tilt.

    Tilts come in the shares of `_TILTS_DEG`, as far as the room is wide enough for them.
    """
    room = np.array(store.layout.room_size_m[:2])
    size_px = wish.sizes_px[int(rng.integers(len(wish.sizes_px)))] if wish.sizes_px else draw_size(rng)
    field_deg = float(rng.uniform(SMALLEST_FIELD_DEG, LARGEST_FIELD_DEG))
    lens = wish.lenses[int(rng.integers(len(wish.lenses)))] if wish.lenses else draw_lens(rng, field_deg)
    targets = targets_of(store)
    tilt_deg = _draw_tilt_deg(rng)
    tried = 0
    while True:
        tried += 1
        tilt = np.radians(tilt_deg if tried <= _TRIES else rng.uniform(0.0, tilt_deg))
        at = _draw_mount(rng, store, is_at_wall=bool(tilt > np.radians(_TILTS_DEG[-1][0])))
        towards = room * rng.uniform(0.25, 0.75, 2) - at[:2]
        towards /= max(float(np.hypot(*towards)), 1e-6)
        aim = at[:2] + towards * (at[2] - _AIM_M) * np.tan(tilt)
        if ((aim < 0.3) | (aim > room - 0.3)).any() or stands_in(targets.boxes_m, at, 0.1):
            continue
        forward = np.array([*(towards * np.sin(tilt)), -np.cos(tilt)])
        camera = hung_camera("cam1", at, forward, rng, size_px, field_deg, lens)
        if share_blocked(targets, camera) <= _MOST_BLOCKED:
            return camera


def _draw_tilt_deg(rng: np.random.Generator) -> float:
    low, high, _ = _TILTS_DEG[int(rng.choice(len(_TILTS_DEG), p=[share for _, _, share in _TILTS_DEG]))]
    return float(rng.uniform(low, high))


def _draw_mount(rng: np.random.Generator, store: GeneratedStore, *, is_at_wall: bool) -> FloatArray:
    """Draw a place `(3,)` under the ceiling; most cameras that look aside hang at a wall or in a corner."""
    width, depth, ceiling = store.layout.room_size_m
    room, highest = np.array([width, depth]), min(HIGHEST_M, ceiling - 0.08)
    xy = rng.uniform(0.04, 0.96, 2) * room
    if is_at_wall and rng.random() < _AT_WALL_SHARE:
        axis, gap_m = int(rng.integers(2)), float(rng.uniform(*_AT_WALL_M))
        xy[axis] = gap_m if rng.random() < 0.5 else room[axis] - gap_m
    return np.array([*xy, rng.uniform(min(LOWEST_M, highest - 0.2), highest)])


def _draw_candidates(
    rng: np.random.Generator,
    store: GeneratedStore,
    targets: Targets,
    size_px: tuple[int, int],
    field_deg: float,
    lenses: tuple[Lens, ...],
) -> list[_Candidate]:
    """Try some directions at every mount; the cameras of a store are of one kind."""
    lens = lenses[int(rng.integers(len(lenses)))] if lenses else draw_lens(rng, field_deg)
    room = np.array(store.layout.room_size_m[:2])
    candidates = []
    for mount in _mounts(rng, store, targets):
        clear = clear_from(targets, mount)
        for look in range(_LOOKS_PER_MOUNT + 1):
            forward = _forward(rng, mount, room) if look else np.array([0.0, 0.0, -1.0])
            if not is_free(targets, mount, mount + _FREE_AHEAD_M * forward):
                continue
            field = float(np.clip(field_deg + rng.uniform(-10, 6), SMALLEST_FIELD_DEG, LARGEST_FIELD_DEG))
            camera = hung_camera("candidate", mount, forward, rng, size_px, field, lens)
            if share_blocked(targets, camera) > _MOST_BLOCKED:
                continue
            candidates.append(_Candidate(camera, views_of(targets, camera, clear, size_px)))
    return candidates


def _mounts(rng: np.random.Generator, store: GeneratedStore, targets: Targets) -> list[FloatArray]:
    """Draw places under the ceiling: a grid over the room, the walls, the corners."""
    width, depth, ceiling = store.layout.room_size_m
    height = min(HIGHEST_M, ceiling - float(rng.uniform(*_CEILING_GAP_M)))
    height = float(rng.uniform(min(height, max(LOWEST_M, height - 0.8)), height))
    gap = float(rng.uniform(*_WALL_GAP_M))
    xs, ys = (
        np.linspace(gap, extent - gap, max(3, round(extent / _MOUNT_SPACING_M) + 1))
        for extent in (width, depth)
    )
    places = [np.array([x, y, height]) for x in xs for y in ys]
    jitter = rng.uniform(-0.3, 0.3, (len(places), 3)) * [1.0, 1.0, 0.15]
    mounts = []
    for place, shift in zip(places, jitter, strict=True):
        moved = np.clip(place + shift, [gap, gap, 0], [width - gap, depth - gap, ceiling - 0.08])
        if not stands_in(targets.boxes_m, moved, 0.12):
            mounts.append(moved)
    return mounts


def _forward(rng: np.random.Generator, mount: FloatArray, room: FloatArray) -> FloatArray:
    """Look somewhere into the room, tilted as installers do: at people some metres away."""
    towards = room * rng.uniform(0.1, 0.9, 2) - mount[:2]
    towards /= max(float(np.hypot(*towards)), 1e-6)
    tilt = float(rng.uniform(np.radians(30), MAX_TILT_RAD))
    return np.array([*(towards * np.sin(tilt)), -np.cos(tilt)])


def _chosen(
    rng: np.random.Generator, candidates: list[_Candidate], count: tuple[int, int]
) -> list[_Candidate]:
    """Take the candidate that adds most until the rule is kept, then drop whom it does not need."""
    fewest, most = count
    cells = np.array([candidate.views.cells for candidate in candidates])
    faces = np.array([candidate.views.faces for candidate in candidates])
    down = np.array([candidate.camera.rotation[2, 2] < -0.999 for candidate in candidates])
    taken: list[int] = []
    first = down if rng.random() < _DOWN_SHARE else ~down
    wanted = np.minimum(faces.sum(axis=0), 2)

    def is_kept(numbers: list[int]) -> bool:
        is_twice = faces[numbers].sum(axis=0) >= wanted
        return (
            len(numbers) >= fewest
            and float(is_twice.mean()) >= _ENOUGH_FACES
            and _score(cells[numbers], faces[numbers]) >= _ENOUGH
        )

    while len(taken) < most and not is_kept(taken):
        seen, shown = cells[taken].sum(axis=0), faces[taken].sum(axis=0)
        gain = cells @ np.where(seen < VIEWS_PER_CELL, 1.0, 0.02 / (1 + seen)) + faces @ np.choose(
            np.minimum(shown, 2), (*_FACE_WEIGHTS, 0.0)
        )
        gain[taken] = -1.0
        if not taken:
            gain[~first] -= 1e6
        # Rounded: sums differ between machines in their last digits, and equals must stay equal.
        taken.append(int(np.round(gain, 6).argmax()))
    for number in taken.copy():
        others = [k for k in taken if k != number]
        if is_kept(others):
            taken = others
    return [candidates[k] for k in taken]


def _score(cells: BoolArray, faces: BoolArray) -> float:
    """Share of the cells in two views, less the share of faces in none; both by camera, `(cameras, ...)`."""
    return float((cells.sum(axis=0) >= VIEWS_PER_CELL).mean() - (faces.sum(axis=0) == 0).mean())

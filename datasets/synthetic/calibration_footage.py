"""Footage of somebody who calibrates a synthetic store: a waved board, sheets on the floor, a walk, tapes.

The folder holds what an installer would have: `store.toml` without poses, `lens/CAMERA/*.png`,
`floor/CAMERA.mp4`, `walk/CAMERA.mp4`, `tapes.txt`, `places.txt`; and `truth.toml`, what is to be found.
"""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import tomlkit

from datasets.recording_writer import RecordingVideo
from datasets.synthetic.board_waving import wave_board
from datasets.synthetic.body.people import Person, PersonWish
from datasets.synthetic.floor_sheets import SHEET_M, Sheet, lay_sheets, with_sheets
from datasets.synthetic.picture.camera_view import FrameWish
from datasets.synthetic.picture.renderer import Renderer, World
from datasets.synthetic.play.gait import PelvisTrack, headings, smooth_walk
from datasets.synthetic.play.motion import Build, Performance, UpperBody
from datasets.synthetic.play.routes import TICK_S, RoutePlanner, Traffic
from datasets.synthetic.play.staging import store_planner
from datasets.synthetic.pools import pool_of_recording
from datasets.synthetic.scene import FloatArray, SceneState
from datasets.synthetic.store.cameras import CameraWish, hang_cameras
from datasets.synthetic.store.layout import GeneratedStore, StoreWish, generate_store
from vision.calibration.targets import CharucoBoard, TagFamily
from vision.camera_model import CameraModel

FPS = 10
WALK_S = 60.0
_WALK_FPS = 5
_FLOOR_FRAMES = 30
_MOST_SHEETS = 16
_AREA_M2 = (9.0, 45.0)
_WALK_M_S = 1.1
_CLOCK_OFF_S = 0.15  # standard deviation: cameras that nobody set
_CLOCK_JITTER_S = 0.002
_TAPE_SIGMA_M, _PLACE_SIGMA_M = 0.003, 0.003
_SPEED_OVER_S = 0.02
_LEAD_S = 1.0  # stamps count from here, so that clocks may be early


@dataclass(frozen=True, slots=True)
class CalibrationWish:
    """How large the footage may be.

    Attributes:
        walk_s: Length of the walk.
        cameras: Fewest and most.
        sizes_px: One of these.
    """

    walk_s: float = WALK_S
    cameras: tuple[int, int] = (3, 6)
    sizes_px: tuple[tuple[int, int], ...] = ((640, 480),)


AN_AFTERNOON = CalibrationWish()


def record_calibration(seed: int, folder: Path, wish: CalibrationWish = AN_AFTERNOON) -> None:
    """Film a calibration into an empty folder; the same seed gives the same footage."""
    cv2.setNumThreads(1)
    pool, rng = pool_of_recording(seed), np.random.default_rng([seed, 0xCA1])
    store = generate_store(pool, seed, StoreWish(area_m2=_AREA_M2))
    cameras = hang_cameras(store, seed, CameraWish(wish.cameras, wish.sizes_px))
    sheets = lay_sheets(store, cameras, _MOST_SHEETS, rng)
    clocks = {str(camera.camera_id): float(rng.normal(0, _CLOCK_OFF_S)) for camera in cameras}
    folder.mkdir(parents=True, exist_ok=True)
    _write_notes(folder, cameras, sheets, clocks, store, rng)
    _film_boards(folder, cameras, rng)
    walker = Person(pool, seed, PersonWish(age_years=(20.0, 60.0)))
    world = World(store.layout, [walker], store.layout.decor_seed)
    world.mesh = with_sheets(world.mesh, sheets, TagFamily.APRILTAG_36H11)
    renderer = Renderer(world, cameras, sensor_seed=seed)
    _film_floor(folder, renderer, cameras)
    _film_walk(folder, renderer, cameras, _walk(store, walker, wish.walk_s, rng), clocks, rng)


def _film_boards(folder: Path, cameras: tuple[CameraModel, ...], rng: np.random.Generator) -> None:
    for camera in cameras:
        place = folder / "lens" / str(camera.camera_id)
        place.mkdir(parents=True, exist_ok=True)
        for number, picture in enumerate(wave_board(camera, CharucoBoard(), rng)):
            cv2.imwrite(str(place / f"{number:03d}.png"), picture)


def _film_floor(folder: Path, renderer: Renderer, cameras: tuple[CameraModel, ...]) -> None:
    (folder / "floor").mkdir(exist_ok=True)
    for row, camera in enumerate(cameras):
        with RecordingVideo(folder / "floor" / f"{camera.camera_id}.mp4", camera.size_px, FPS) as video:
            for tick in range(_FLOOR_FRAMES):
                at_s = tick / FPS
                state = SceneState(at_s, (), ())
                picture = renderer.render_some(state, {row: FrameWish(with_truth=False)})[row]
                video.write(picture.image, at_s)


def _film_walk(
    folder: Path,
    renderer: Renderer,
    cameras: tuple[CameraModel, ...],
    walk: Performance,
    clocks: dict[str, float],
    rng: np.random.Generator,
) -> None:
    """Film one person; every camera has its own moments and its own clock."""
    (folder / "walk").mkdir(exist_ok=True)
    for row, camera in enumerate(cameras):
        phase = rng.uniform(0, 1 / _WALK_FPS)
        with RecordingVideo(folder / "walk" / f"{camera.camera_id}.mp4", camera.size_px, _WALK_FPS) as video:
            for at_s in np.arange(walk.pelvis.start_s + phase, walk.pelvis.end_s, 1 / _WALK_FPS).tolist():
                now, before = (
                    SceneState(when, ((0, walk.pose_at(when)),), ()) for when in (at_s, at_s - _SPEED_OVER_S)
                )
                wish = {row: FrameWish(with_truth=False)}
                picture = renderer.render_some(now, wish, before)[row]
                stamp = at_s + clocks[str(camera.camera_id)] + rng.normal(0, _CLOCK_JITTER_S)
                video.write(picture.image, _LEAD_S + stamp)


def _walk(store: GeneratedStore, walker: Person, walk_s: float, rng: np.random.Generator) -> Performance:
    """Walk from place to place all over the store, without stopping."""
    planner = store_planner(store)
    ticks = round(walk_s / TICK_S)
    track = _track(planner, ticks, rng)
    smooth = smooth_walk(track[:ticks])
    build = Build.of(walker)
    facing = headings(smooth, np.full(len(smooth), np.nan))
    pelvis = PelvisTrack(0.0, smooth, facing, build.height_m, build.foot_offset_m, build.gait)
    idle = build.idle()
    return Performance(build, pelvis, UpperBody(0.0, pelvis.end_s, [(0.0, idle), (pelvis.end_s, idle)]))


def _track(planner: RoutePlanner, ticks: int, rng: np.random.Generator) -> FloatArray:
    nobody = Traffic(np.empty((0, ticks + 400, 2)))
    here, legs = planner.random_point(rng), [np.empty((0, 2))]
    while sum(len(leg) for leg in legs) < ticks:
        tried = [planner.random_point(rng) for _ in range(6)]
        goal = max(tried, key=lambda point: float(np.linalg.norm(point - here)))
        leg = planner.plan(here, 0, goal, goal[None], _WALK_M_S, nobody)
        if leg is not None and len(leg) > 1:
            legs.append(leg[:-1])
            here = goal
    return np.concatenate(legs)


def _write_notes(
    folder: Path,
    cameras: tuple[CameraModel, ...],
    sheets: tuple[Sheet, ...],
    clocks: dict[str, float],
    store: GeneratedStore,
    rng: np.random.Generator,
) -> None:
    """Write the installer's notes, and the truth."""
    (folder / "store.toml").write_text(_store_toml(store, cameras), encoding="utf-8")
    middles = np.array([sheet.xy_m for sheet in sheets])
    pairs = sorted(
        ((a, b) for a in range(len(sheets)) for b in range(a)),
        key=lambda pair: -float(np.linalg.norm(middles[pair[0]] - middles[pair[1]])),
    )
    measured = [
        (a, b, float(np.linalg.norm(middles[a] - middles[b])) + rng.normal(0, _TAPE_SIGMA_M))
        for a, b in (pairs[0], pairs[len(pairs) // 3], pairs[len(pairs) // 2])
    ]
    tapes = [f"tag{a}-tag{b}={length:.3f}m" for a, b, length in measured]
    (folder / "tapes.txt").write_text("\n".join(tapes) + "\n", encoding="ascii")
    known = [(n, middles[n] + rng.normal(0, _PLACE_SIGMA_M, 2)) for n in pairs[0]]
    places = [f"tag{n}={x:.3f},{y:.3f}" for n, (x, y) in known]
    (folder / "places.txt").write_text("\n".join(places) + "\n", encoding="ascii")
    truth = tomlkit.document()
    truth["cameras"] = [
        {
            "id": str(camera.camera_id),
            "video": "none",
            "size_px": list(camera.size_px),
            "fps": FPS,
            "lens": str(camera.lens),
            "matrix": camera.matrix.tolist(),
            "distortion": camera.distortion.tolist(),
            "rotation": camera.rotation.tolist(),
            # Heights count from the sheets, which are printed on nothing in reality.
            "position_m": (camera.position_m - [0.0, 0.0, SHEET_M]).tolist(),
            "clock_late_s": clocks[str(camera.camera_id)],
        }
        for camera in cameras
    ]
    truth["sheets"] = [{"tag": sheet.tag_id, "xy_m": list(sheet.xy_m)} for sheet in sheets]
    (folder / "truth.toml").write_text(tomlkit.dumps(truth), encoding="utf-8")


def _store_toml(store: GeneratedStore, cameras: tuple[CameraModel, ...]) -> str:
    """Write what an installer knows before anything is calibrated: rooms and shelves, but no poses."""
    document, plan = tomlkit.document(), store.store_map
    document.add(tomlkit.comment("A synthetic store before its calibration."))
    document["store"] = {
        "id": plan.store_id,
        "name": plan.name,
        "currency": plan.currency,
        "floor_xy_m": plan.floor_xy_m.tolist(),
        "gate_xy_m": plan.gate_xy_m.tolist(),
        "exit_xy_m": plan.exit_xy_m.tolist(),
        "scanner_xy_m": plan.scanner_xy_m.tolist(),
    }
    document["products"] = []
    document["shelves"] = [
        {
            "id": str(shelf.shelf_id),
            "origin_xy_m": list(shelf.origin_xy_m),
            "along_xy": list(shelf.along_xy),
            "width_m": shelf.width_m,
            "depth_m": shelf.depth_m,
            "slots": [],
        }
        for shelf in plan.shelves
    ]
    document["cameras"] = [
        {
            "id": str(camera.camera_id),
            "video": f"walk/{camera.camera_id}.mp4",
            "size_px": list(camera.size_px),
            "fps": _WALK_FPS,
            "lens_profile": str(camera.camera_id),
        }
        for camera in cameras
    ]
    return tomlkit.dumps(document)

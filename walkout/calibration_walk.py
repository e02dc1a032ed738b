"""`walkout calibrate walk`: clocks, and poses a little better, from one person who walks for a minute."""

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from rich.console import Console

from models import zoo
from vision.calibration.overlays import draw_way
from vision.calibration.store_file import CameraEntry, Quality, StoreFile
from vision.calibration.walk_sightings import Detect, WalkTrack, every, follow_walker
from vision.calibration.walk_solve import PoseSigma, WalkCalibration, solve_walk
from vision.camera_model import CameraModel
from vision.clock import StoreClock
from vision.detector import PoseDetector, check_pose_card
from vision.errors import CalibrationError
from vision.inference import OnnxSession
from vision.pipeline import SHOPPER_MODEL
from vision.settings import CameraSettings, is_device, is_url
from vision.sources.live_camera import LiveCamera
from vision.sources.video_file import VideoFileSource
from vision.types import Frame
from walkout.calibration_footage import Footage, map_of, now_text
from walkout.calibration_report import CalibrationPage, Figure, say, write_page

MEDIAN_AIM_M, P95_AIM_M = 0.08, 0.20
_LIVE_WALK_S = 60.0


class DetectorMaker:
    """Makes one detector per camera from the store's shopper network.

    Raises:
        ModelError: If its weights are missing or do not fit this code.
    """

    def __init__(self) -> None:
        """Check the weights."""
        self._model = zoo.load(SHOPPER_MODEL)
        self._input_px = check_pose_card(self._model)

    def __call__(self) -> Detect:
        """Return a detector for one thread."""
        return PoseDetector(OnnxSession(self._model.path), self._input_px).detect


def run_walk(
    path: Path,
    footage: Footage,
    *,
    every_s: float,
    keep_poses: bool,
    make_detector: DetectorMaker,
    out: Path,
    console: Console,
) -> WalkCalibration:
    """Solve clocks and refine poses from a walk, and write both into `store.toml`.

    Raises:
        VisionError: Saying what is wrong and what to do; nothing is written then.
    """
    file = StoreFile(path)
    entries = footage.chosen(file)
    if len(entries) < 2:
        raise CalibrationError("one camera has nothing to be compared with; the walk test needs two or more")
    cameras = [_full(entry) for entry in entries]
    tracks = _tracks(entries, cameras, footage, every_s, make_detector, console)
    sigmas = {
        entry.camera_id: PoseSigma(entry.rotation_sigma_rad, entry.position_sigma_m)
        for entry in entries
        if entry.rotation_sigma_rad is not None and entry.position_sigma_m is not None
    }
    found = solve_walk(cameras, tracks, sigmas, keep_poses=keep_poses)
    is_live = footage.folder is None and _is_live(entries[0])
    for entry, camera in zip(entries, found.cameras, strict=True):
        # A live camera's times already carry the correction that was found before.
        before = entry.clock_offset_s if is_live else 0.0
        file.set_clock(entry.camera_id, before - found.late_s[entry.camera_id])
        if not keep_poses:
            quality = Quality("walk", now_text(), 0.0, entry.rotation_sigma_rad, entry.position_sigma_m)
            file.set_pose(camera, quality)
    file.save()
    _report_walk(file, found, tracks, out, console)
    return found


def _tracks(
    entries: Sequence[CameraEntry],
    cameras: Sequence[CameraModel],
    footage: Footage,
    every_s: float,
    make_detector: DetectorMaker,
    console: Console,
) -> list[WalkTrack]:
    """Find the walker in every camera: live ones side by side, recordings one after another."""
    if footage.folder is None and all(_is_live(entry) for entry in entries):
        console.print(f"walk now, for {_LIVE_WALK_S:.0f} seconds, all over the floor ...", highlight=False)
        clock = StoreClock()
        live = [
            LiveCamera(_settings(e, c, e.video, e.clock_offset_s), clock, np.random.default_rng(n))
            for n, (e, c) in enumerate(zip(entries, cameras, strict=True))
        ]
        with ThreadPoolExecutor(len(live)) as pool:
            return list(
                pool.map(
                    lambda pair: follow_walker(
                        pair[1], every(_for_a_while(pair[0]), every_s), make_detector()
                    ),
                    zip(live, cameras, strict=True),
                )
            )
    tracks = []
    detect = make_detector()
    for entry, camera in zip(entries, cameras, strict=True):
        source = VideoFileSource(_settings(entry, camera, footage.of(entry), 0.0), 0.0)
        tracks.append(follow_walker(camera, every(source, every_s), detect))
        console.print(f"  {entry.camera_id}: the walker in {len(tracks[-1].at_s)} frames", highlight=False)
    return tracks


def _for_a_while(camera: LiveCamera) -> Iterator[Frame]:
    timer = threading.Timer(_LIVE_WALK_S, camera.stop)
    camera.start()
    timer.start()
    try:
        yield from camera
    finally:
        timer.cancel()
        camera.stop()


def _is_live(entry: CameraEntry) -> bool:
    return is_url(entry.video) or is_device(entry.video)


def _settings(entry: CameraEntry, camera: CameraModel, video: str, clock_offset_s: float) -> CameraSettings:
    return CameraSettings(camera, video, entry.fps, clock_offset_s=clock_offset_s)


def _full(entry: CameraEntry) -> CameraModel:
    if isinstance(entry.pose, CameraModel):
        return entry.pose
    raise CalibrationError(
        f"camera {entry.camera_id!r} has no pose yet; run 'walkout calibrate floor' first, or leave it"
        " out with"
        f" --without {entry.camera_id}"
    )


def _report_walk(
    file: StoreFile, found: WalkCalibration, tracks: Sequence[WalkTrack], out: Path, console: Console
) -> None:
    after = found.after
    is_good = bool(after.median_m <= MEDIAN_AIM_M and after.p95_m <= P95_AIM_M)
    verdict = (
        f"Pairs of cameras saw the walker's feet within {100 * after.median_m:.1f} cm of each other"
        " (median; before:"
        f" {100 * found.before.median_m:.1f} cm), 95 % within {100 * after.p95_m:.1f} cm"
        f" (before: {100 * found.before.p95_m:.1f} cm). That includes what the network errs about feet."
    )
    frames = {track.camera_id: len(track.at_s) for track in tracks}
    rows = tuple(
        (
            str(camera_id),
            str(frames[camera_id]),
            f"{1000 * late:+.0f} ms (± {1000 * found.late_sigma_s[camera_id]:.0f})",
            f"{1000 * found.moved_m[camera_id]:.0f} mm",
            f"{np.degrees(found.turned_rad[camera_id]):.2f}°",
        )
        for camera_id, late in found.late_s.items()
    )
    page = CalibrationPage(
        "Walk test",
        verdict,
        is_good,
        (f"the walker is {found.height_m:.2f} m tall",),
        ("camera", "frames", "clock late by", "moved by", "turned by"),
        rows,
    )
    store_map = map_of(file)
    figures = (
        [Figure("way.png", "Where the walker went", draw_way(store_map, found.cameras, found.way_m))]
        if store_map is not None
        else []
    )
    say(console, page, write_page(out, page, figures))
    console.print("next: walkout calibrate shelves, then walkout calibrate coverage", highlight=False)

"""Steps of `walkout calibrate` that find cameras from pictures: lens, sheets on the floor, clicked points."""

from pathlib import Path

import cv2
import numpy as np
from rich.console import Console

from cart_tracker.observations import CameraId
from vision.calibration.drift import REFERENCE_FOLDER, clear_marks
from vision.calibration.floor import FloorWish, calibrate_floor
from vision.calibration.floor_points import calibrate_points, read_points
from vision.calibration.intrinsics import MOST_RMS_PX, LensMeasurement, measure_lens
from vision.calibration.lens_profile import FOLDER, write_profile
from vision.calibration.overlays import draw_board_coverage, draw_floor_grid, draw_sheets
from vision.calibration.pictures import average, read_pictures
from vision.calibration.store_file import Quality, StoreFile
from vision.calibration.targets import CharucoBoard
from vision.camera_model import FloorCamera
from vision.errors import CalibrationError
from vision.privacy import open_face_hider
from vision.types import Image
from walkout.calibration_footage import Footage, now_text
from walkout.calibration_report import CalibrationPage, Figure, say, write_page

MEDIAN_AIM_M, P95_AIM_M = 0.04, 0.10
_MOST_LENS_FRAMES = 300


def run_intrinsics(
    pictures: Path, name: str, board: CharucoBoard, store_folder: Path, out: Path, console: Console
) -> LensMeasurement:
    """Measure a lens, and write its profile beside the store.

    Raises:
        VisionError: Saying what is missing and how to take better pictures; nothing is written then.
    """
    measured = measure_lens(name, read_pictures(str(pictures), _MOST_LENS_FRAMES), board)
    profile = measured.profile
    path = write_profile(profile, store_folder / FOLDER)
    rms = profile.rms_px or 0.0
    rows = (
        ("lens model", str(profile.lens)),
        ("reprojection error", f"{rms:.2f} px (at most {MOST_RMS_PX:g})"),
        ("the other model's", f"{measured.other_rms_px:.2f} px"),
        ("views used / pictures", f"{profile.views} / {measured.seen}"),
        ("focal length", f"{profile.matrix[0, 0]:.1f} px"),
        ("optical axis", f"{profile.matrix[0, 2]:.1f}, {profile.matrix[1, 2]:.1f} px"),
    )
    page = CalibrationPage(
        f"Lens profile {name}",
        f"The board fits to {rms:.2f} pixels in {profile.views} views that cover the picture. The profile"
        f" is in {path}.",
        True,
        (),
        ("what", "value"),
        rows,
    )
    caption = "Where the board's corners were; errors 20 times as long"
    report = write_page(out, page, [Figure("coverage.png", caption, draw_board_coverage(measured))])
    say(console, page, report)
    console.print(
        f'next: lens_profile = "{name}" in store.toml for such cameras, then walkout calibrate sheets',
        highlight=False,
        markup=False,
    )
    return measured


def run_floor(path: Path, footage: Footage, wish: FloorWish, out: Path, console: Console) -> None:
    """Calibrate all cameras from sheets on the floor, and write their poses into `store.toml`.

    Raises:
        VisionError: Saying what is wrong and what to do; nothing is written then.
    """
    file = StoreFile(path)
    entries = footage.chosen(file)
    lenses = {entry.camera_id: file.lens_of(entry) for entry in entries}
    pictures = {entry.camera_id: average(footage.of(entry)) for entry in entries}
    found = calibrate_floor(pictures, lenses, wish)
    for camera in found.cameras:
        camera_id = camera.camera_id
        sigma = found.rotation_sigma_rad[camera_id], found.position_sigma_m[camera_id]
        file.set_pose(camera, Quality("floor", now_text(), found.rms_px[camera_id], *sigma))
    file.save()
    faces = open_face_hider()
    pictures = {camera_id: faces.hidden(picture) for camera_id, picture in pictures.items()}
    _keep_references(file.folder, pictures)
    clear_marks(file.folder, [entry.camera_id for entry in entries])

    seen = found.disagreement
    is_good = (
        bool(seen.median_m <= MEDIAN_AIM_M and seen.p95_m <= P95_AIM_M) if len(seen.distance_m) else False
    )
    verdict = (
        f"Cameras put the same spot of a sheet within {100 * seen.median_m:.1f} cm of each other"
        " (median), 95 % within"
        f" {100 * seen.p95_m:.1f} cm; {'good' if is_good else 'not good enough'}."
        if len(seen.distance_m)
        else "No sheet is seen by two cameras, so nothing was checked."
    )
    counts = {camera_id: sum(s.camera_id == camera_id for s in found.sightings) for camera_id in lenses}
    rows = tuple(
        (
            str(camera.camera_id),
            str(counts[camera.camera_id]),
            f"{found.rms_px[camera.camera_id]:.2f} px",
            f"{camera.position_m[0]:.2f}, {camera.position_m[1]:.2f}, {camera.position_m[2]:.2f} m",
            lenses[camera.camera_id].name,
        )
        for camera in found.cameras
    )
    page = CalibrationPage(
        "Cameras from sheets on the floor",
        verdict,
        is_good,
        found.notes,
        ("camera", "sheets", "error", "hangs at x, y, z", "lens profile"),
        rows,
    )
    xy = np.array([pose.xy_m for pose in found.tags.values()])
    figures = []
    for camera in found.cameras:
        mine = [n for n, s in enumerate(found.sightings) if s.camera_id == camera.camera_id]
        drawn = draw_floor_grid(
            pictures[camera.camera_id], camera, None, xy.min(axis=0) - 1, xy.max(axis=0) + 1
        )
        drawn = draw_sheets(drawn, [found.sightings[n] for n in mine], [found.residual_px[n] for n in mine])
        caption = f"{camera.camera_id}: sheets, errors 20 times as long; the grid of metres must lie flat"
        figures.append(Figure(f"{camera.camera_id}.png", caption, drawn))
    say(console, page, write_page(out, page, figures))
    console.print("next: walkout calibrate walk, one person for a minute, for the clocks", highlight=False)


def run_points(path: Path, points: Path, out: Path, console: Console) -> None:
    """Calibrate cameras from clicked floor points.

    Raises:
        VisionError: Saying what is wrong and what to do; nothing is written then.
    """
    file = StoreFile(path)
    entries = {entry.camera_id: entry for entry in file.cameras()}
    rows, notes = [], []
    for clicked in read_points(points):
        entry = entries.get(clicked.camera_id)
        if entry is None:
            raise CalibrationError(
                f"{points}: {file.path.name} has no camera {clicked.camera_id!r}; it has"
                f" {', '.join(map(str, entries))}"
            )
        lens = file.lens_of(entry) if entry.lens_profile else None
        found = calibrate_points(clicked, entry.size_px, lens)
        quality = Quality("points", now_text(), found.rms_px)
        if isinstance(found.camera, FloorCamera):
            file.set_floor(found.camera, quality)
            notes.append(
                f"camera {entry.camera_id} knows only its floor: people are followed, hands are not; give"
                " it a"
                " lens_profile for more"
            )
        else:
            file.set_pose(found.camera, quality)
        for n, (uv, xy) in enumerate(zip(clicked.uv_px, clicked.xy_m, strict=True)):
            off = float(np.linalg.norm(found.residual_px[n]))
            used = "" if found.is_used[n] else "left out: contradicts the others"
            rows.append(
                (
                    str(entry.camera_id),
                    f"{uv[0]:.0f}, {uv[1]:.0f}",
                    f"{xy[0]:.2f}, {xy[1]:.2f}",
                    f"{off:.1f} px",
                    f"{100 * found.residual_m[n]:.1f} cm",
                    used,
                )
            )
            if used:
                notes.append(
                    f"camera {entry.camera_id}: the point at pixel {uv[0]:.0f}, {uv[1]:.0f} was {used}"
                )
    file.save()
    page = CalibrationPage(
        "Cameras from clicked points",
        f"{len({row[0] for row in rows})} cameras from {len(rows)} points; look at the errors below.",
        not any(row[-1] for row in rows),
        tuple(notes),
        ("camera", "pixel", "place in m", "error", "on the floor", ""),
        tuple(rows),
    )
    say(console, page, write_page(out, page, ()))
    console.print("next: walkout calibrate coverage, to see what the cameras see", highlight=False)


def _keep_references(folder: Path, pictures: dict[CameraId, Image]) -> None:
    place = folder / REFERENCE_FOLDER
    place.mkdir(parents=True, exist_ok=True)
    for camera_id, picture in pictures.items():
        cv2.imwrite(str(place / f"{camera_id}.png"), picture)
